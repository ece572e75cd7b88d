/* SPDX-License-Identifier: Apache-2.0 */
/* Which usages and algorithms fit which object. */
#include "lib/object/policy.h"

enum {
    SIGN = EG_USAGE_SIGN_MESSAGE | EG_USAGE_SIGN_HASH,
    VERIFY = EG_USAGE_VERIFY_MESSAGE | EG_USAGE_VERIFY_HASH,
    CIPHER = EG_USAGE_ENCRYPT | EG_USAGE_DECRYPT,
    MAC = EG_USAGE_SIGN_MESSAGE | EG_USAGE_VERIFY_MESSAGE,
    ALGORITHMS_MAX = 12,
};

/* One combination of algorithms with the usages that make sense for them. */
struct rule {
    enum eg_object_type type;
    enum eg_key_alg first, last; /* key algorithms, inclusive; NONE..NONE for other objects */
    uint32_t usages;             /* all that may be set */
    bool usage_needed;
    uint32_t algorithms[ALGORITHMS_MAX];
    size_t algorithm_count;
};

#define ALGORITHMS(...) {__VA_ARGS__}, sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t)

#define ECDSA_ALL ALGORITHMS(0x060006FF, 0x06000605, 0x06000608, 0x06000609, 0x0600060A, 0x0600060B)
#define RSA_SIGN_ALL                                                                               \
    ALGORITHMS(0x060002FF, 0x06000209, 0x0600020A, 0x0600020B, 0x060003FF, 0x06000309, 0x0600030A, \
               0x0600030B)
#define RSA_CRYPT_ALL ALGORITHMS(0x07000200, 0x07000309)
#define NONE_NONE     EG_KEY_NONE, EG_KEY_NONE

static const struct rule rules[] = {
    {EG_OBJECT_KEYPAIR, EG_KEY_P256, EG_KEY_P384, SIGN | VERIFY | EG_USAGE_EXPORT, true, ECDSA_ALL},
    {EG_OBJECT_KEYPAIR, EG_KEY_P256, EG_KEY_P384, EG_USAGE_DERIVE | EG_USAGE_EXPORT, true,
     ALGORITHMS(0x09020000)},
    {EG_OBJECT_KEYPAIR, EG_KEY_ED25519, EG_KEY_ED25519, MAC | EG_USAGE_EXPORT, true,
     ALGORITHMS(0x06000800)},
    {EG_OBJECT_KEYPAIR, EG_KEY_RSA_2048, EG_KEY_RSA_4096, SIGN | VERIFY | EG_USAGE_EXPORT, true,
     RSA_SIGN_ALL},
    {EG_OBJECT_KEYPAIR, EG_KEY_RSA_2048, EG_KEY_RSA_4096, CIPHER | EG_USAGE_EXPORT, true,
     RSA_CRYPT_ALL},
    {EG_OBJECT_STATIC_PUBLIC_KEY, EG_KEY_P256, EG_KEY_P384, VERIFY | EG_USAGE_EXPORT, true,
     ECDSA_ALL},
    {EG_OBJECT_STATIC_PUBLIC_KEY, EG_KEY_ED25519, EG_KEY_ED25519,
     EG_USAGE_VERIFY_MESSAGE | EG_USAGE_EXPORT, true, ALGORITHMS(0x06000800)},
    {EG_OBJECT_STATIC_PUBLIC_KEY, EG_KEY_RSA_2048, EG_KEY_RSA_4096, VERIFY | EG_USAGE_EXPORT, true,
     RSA_SIGN_ALL},
    {EG_OBJECT_STATIC_PUBLIC_KEY, EG_KEY_RSA_2048, EG_KEY_RSA_4096,
     EG_USAGE_ENCRYPT | EG_USAGE_EXPORT, true, RSA_CRYPT_ALL},
    {EG_OBJECT_MASTER_KEY, NONE_NONE, CIPHER, true,
     ALGORITHMS(0x04C01000, 0x04404000, 0x04404400, 0x05500200)},
    {EG_OBJECT_MASTER_KEY, NONE_NONE, MAC, true, ALGORITHMS(0x03C00200)},
    {EG_OBJECT_HMAC_KEY, NONE_NONE, MAC, true, ALGORITHMS(0x03800009, 0x0380000A, 0x0380000B)},
    {EG_OBJECT_HMAC_KEY, NONE_NONE, EG_USAGE_DERIVE, true, ALGORITHMS(0x08000109)},
    {EG_OBJECT_CERTIFICATE, NONE_NONE, EG_USAGE_EXPORT, true, ALGORITHMS(0)},
    {EG_OBJECT_BINARY_FILE, NONE_NONE, EG_USAGE_EXPORT, true, ALGORITHMS(0)},
    {EG_OBJECT_OEM_FW_AUTH_KEY_HASH, NONE_NONE, 0, false, ALGORITHMS(0)},
    {EG_OBJECT_OEM_FW_DECRYPT_KEY, NONE_NONE, EG_USAGE_DERIVE, true, ALGORITHMS(0x8800FF00)},
};

/* What an object gets without a policy of its own. */
static const struct {
    enum eg_object_type type;
    enum eg_key_alg first, last;
    struct eg_policy policy;
} defaults[] = {
    {EG_OBJECT_KEYPAIR, EG_KEY_P256, EG_KEY_P384, {SIGN, 0x060006FF}},
    {EG_OBJECT_KEYPAIR, EG_KEY_ED25519, EG_KEY_ED25519, {EG_USAGE_SIGN_MESSAGE, 0x06000800}},
    {EG_OBJECT_KEYPAIR, EG_KEY_RSA_2048, EG_KEY_RSA_4096, {SIGN, 0x060002FF}},
    {EG_OBJECT_STATIC_PUBLIC_KEY, EG_KEY_P256, EG_KEY_P384, {VERIFY | EG_USAGE_EXPORT, 0x060006FF}},
    {EG_OBJECT_STATIC_PUBLIC_KEY,
     EG_KEY_ED25519,
     EG_KEY_ED25519,
     {EG_USAGE_VERIFY_MESSAGE | EG_USAGE_EXPORT, 0x06000800}},
    {EG_OBJECT_STATIC_PUBLIC_KEY,
     EG_KEY_RSA_2048,
     EG_KEY_RSA_4096,
     {VERIFY | EG_USAGE_EXPORT, 0x060002FF}},
    {EG_OBJECT_MASTER_KEY, NONE_NONE, {CIPHER, 0x04C01000}},
    {EG_OBJECT_HMAC_KEY, NONE_NONE, {MAC, 0x03800009}},
    {EG_OBJECT_CERTIFICATE, NONE_NONE, {EG_USAGE_EXPORT, 0}},
    {EG_OBJECT_BINARY_FILE, NONE_NONE, {EG_USAGE_EXPORT, 0}},
    {EG_OBJECT_OEM_FW_AUTH_KEY_HASH, NONE_NONE, {0, 0}},
    {EG_OBJECT_OEM_FW_DECRYPT_KEY, NONE_NONE, {EG_USAGE_DERIVE, 0x8800FF00}},
};

static bool within(const struct eg_object *o, enum eg_object_type type, enum eg_key_alg first,
                   enum eg_key_alg last)
{
    return o->type == type && o->key_alg >= first && o->key_alg <= last;
}

struct eg_policy eg_policy_default(const struct eg_object *o)
{
    for (size_t i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++) {
        if (within(o, defaults[i].type, defaults[i].first, defaults[i].last)) {
            return defaults[i].policy;
        }
    }
    return (struct eg_policy){0, 0};
}

static bool allows(const struct rule *r, const struct eg_policy *p)
{
    if ((p->usage & ~r->usages) != 0 || (r->usage_needed && p->usage == 0)) {
        return false;
    }
    for (size_t i = 0; i < r->algorithm_count; i++) {
        if (r->algorithms[i] == p->algorithm) {
            return true;
        }
    }
    return false;
}

eg_status eg_policy_check(const struct eg_object *o)
{
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        if (within(o, rules[i].type, rules[i].first, rules[i].last) &&
            allows(&rules[i], &o->policy)) {
            return EG_OK;
        }
    }
    return EG_ERR(OBJECT_POLICY);
}
