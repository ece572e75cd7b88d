/* SPDX-License-Identifier: Apache-2.0 */
#include "server/core/leaf_size.h"

#include <string.h>

#include "lib/crypto/x509.h"

enum {
    LEAF_LEN_MAX = 1536, /* of any: RSA-4096 by RSA-4096 with short names is about 1400 */
    /* version, serial, validity, headers, and all extensions but the two with a URL */
    FIXED_LEN = 300,
    ATTRIBUTE_LEN = 13, /* around the text of one attribute of a name */
    UUID_TEXT_LEN = 32,
    CRL_POINT_LEN = 32, /* around the URL */
    OCSP_LEN = 40,
};

/* DER bytes of a SubjectPublicKeyInfo, and of a signature with its two algorithm identifiers. */
static const struct {
    enum eg_key_alg alg;
    size_t spki, signature;
} lengths[] = {
    {EG_KEY_P256, 91, 100},      {EG_KEY_P384, 120, 132},     {EG_KEY_ED25519, 44, 84},
    {EG_KEY_RSA_2048, 294, 290}, {EG_KEY_RSA_3072, 422, 418}, {EG_KEY_RSA_4096, 550, 546},
};
enum { ALGORITHMS = sizeof(lengths) / sizeof(lengths[0]) };

static size_t spki_len(enum eg_key_alg alg)
{
    for (size_t i = 0; i < ALGORITHMS; i++) {
        if (lengths[i].alg == alg) {
            return lengths[i].spki;
        }
    }
    return LEAF_LEN_MAX;
}

static size_t signature_len(const char *alg)
{
    enum eg_key_alg by = eg_key_alg_from_name(eg_span_str(alg));
    for (size_t i = 0; i < ALGORITHMS; i++) {
        if (lengths[i].alg == by) {
            return lengths[i].signature;
        }
    }
    return LEAF_LEN_MAX;
}

static size_t attribute_len(const char *text)
{
    return text == NULL || text[0] == '\0' ? 0 : ATTRIBUTE_LEN + strlen(text);
}

/* The common name has the UUID, and so may a serial number; Matter's ids take two more. */
static size_t subject_len(const struct eg_object_def *d)
{
    size_t common_name = ATTRIBUTE_LEN + UUID_TEXT_LEN + strlen(d->cn_prefix);
    size_t serial = d->serial_number ? ATTRIBUTE_LEN + UUID_TEXT_LEN : 0;
    return common_name + serial + attribute_len(d->country) + attribute_len(d->organization) +
           attribute_len(d->unit) + 2 * attribute_len(d->vendor_id) +
           2 * attribute_len(d->product_id);
}

size_t eg_leaf_size_max(const struct eg_object_def *def, enum eg_key_alg key,
                        const struct eg_ca *issuer, const char *crl_url, const char *ocsp_url)
{
    struct eg_x509_info info;
    if (!eg_ok(eg_x509_parse(issuer->certificate, &info))) {
        return LEAF_LEN_MAX;
    }
    size_t crl = crl_url[0] == '\0' ? 0 : CRL_POINT_LEN + strlen(crl_url);
    size_t ocsp = ocsp_url[0] == '\0' ? 0 : OCSP_LEN + strlen(ocsp_url);
    size_t len = FIXED_LEN + subject_len(def) + info.subject_name.len + spki_len(key) +
                 signature_len(issuer->algorithm) + crl + ocsp;
    return len < LEAF_LEN_MAX ? len : LEAF_LEN_MAX;
}
