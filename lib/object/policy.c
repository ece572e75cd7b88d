/* SPDX-License-Identifier: Apache-2.0 */
/* Names of usages and algorithms. */
#include "lib/object/policy.h"

static const struct eg_policy_name usages[] = {
    {"EXPORT", EG_USAGE_EXPORT},
    {"ENCRYPT", EG_USAGE_ENCRYPT},
    {"DECRYPT", EG_USAGE_DECRYPT},
    {"SIGN_MESSAGE", EG_USAGE_SIGN_MESSAGE},
    {"VERIFY_MESSAGE", EG_USAGE_VERIFY_MESSAGE},
    {"SIGN_HASH", EG_USAGE_SIGN_HASH},
    {"VERIFY_HASH", EG_USAGE_VERIFY_HASH},
    {"DERIVE", EG_USAGE_DERIVE},
};

/* psa_algorithm_t; the last byte of signatures and HMACs is the hash, FF any. */
static const struct eg_policy_name algorithms[] = {
    {"NONE", 0x00000000},
    {"ECDSA_ANY", 0x060006FF},
    {"ECDSA_SHA256", 0x06000609},
    {"ECDSA_SHA384", 0x0600060A},
    {"ECDSA_SHA512", 0x0600060B},
    {"PURE_EDDSA", 0x06000800},
    {"ECDH", 0x09020000},
    {"RSA_PKCS1_ANY", 0x060002FF},
    {"RSA_PKCS1_SHA256", 0x06000209},
    {"RSA_PKCS1_SHA384", 0x0600020A},
    {"RSA_PKCS1_SHA512", 0x0600020B},
    {"RSA_PSS_ANY", 0x060003FF},
    {"RSA_PSS_SHA256", 0x06000309},
    {"RSA_PSS_SHA384", 0x0600030A},
    {"RSA_PSS_SHA512", 0x0600030B},
    {"RSA_PKCS1_CRYPT", 0x07000200},
    {"RSA_OAEP_SHA256", 0x07000309},
    {"HMAC_SHA256", 0x03800009},
    {"HMAC_SHA384", 0x0380000A},
    {"HMAC_SHA512", 0x0380000B},
    {"CMAC", 0x03C00200},
    {"ECB", 0x04404400},
    {"CBC", 0x04404000},
    {"CTR", 0x04C01000},
    {"GCM", 0x05500200},
    {"CKDF", 0x8800FF00},
    {"HKDF_SHA256", 0x08000109},
};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

const struct eg_policy_name *eg_policy_usages(size_t *out_count)
{
    *out_count = COUNT(usages);
    return usages;
}

const struct eg_policy_name *eg_policy_algorithms(size_t *out_count)
{
    *out_count = COUNT(algorithms);
    return algorithms;
}

static const struct eg_policy_name *by_name(const struct eg_policy_name *list, size_t count,
                                            struct eg_span name)
{
    for (size_t i = 0; i < count; i++) {
        if (eg_span_equal(name, eg_span_str(list[i].name))) {
            return &list[i];
        }
    }
    return NULL;
}

eg_status eg_policy_add_usage(struct eg_span name, uint32_t *usage)
{
    const struct eg_policy_name *found = by_name(usages, COUNT(usages), name);

    if (found == NULL) {
        return EG_ERR(OBJECT_POLICY);
    }
    *usage |= found->word;
    return EG_OK;
}

eg_status eg_policy_algorithm(struct eg_span name, uint32_t *out)
{
    const struct eg_policy_name *found = by_name(algorithms, COUNT(algorithms), name);

    *out = found != NULL ? found->word : 0;
    return found != NULL ? EG_OK : EG_ERR(OBJECT_POLICY);
}

const char *eg_policy_algorithm_name(uint32_t word)
{
    for (size_t i = 0; i < COUNT(algorithms); i++) {
        if (algorithms[i].word == word) {
            return algorithms[i].name;
        }
    }
    return "";
}
