/* SPDX-License-Identifier: Apache-2.0 */
/* Key objects: making them, and the raw (PSA) form of their private half. */
#include <openssl/core_names.h>
#include <openssl/rsa.h>

#include "lib/base/secret.h"
#include "lib/crypto/crypto_openssl_internal.h"

enum { ED25519_LEN = 32, GROUP_NAME_MAX = 32 };

static enum eg_key_alg rsa_alg(int bits)
{
    switch (bits) {
    case 2048:
        return EG_KEY_RSA_2048;
    case 3072:
        return EG_KEY_RSA_3072;
    case 4096:
        return EG_KEY_RSA_4096;
    default:
        return EG_KEY_NONE;
    }
}

static bool is_rsa(enum eg_key_alg alg)
{
    return alg == EG_KEY_RSA_2048 || alg == EG_KEY_RSA_3072 || alg == EG_KEY_RSA_4096;
}

static enum eg_key_alg ec_alg(const EVP_PKEY *pkey)
{
    char name[GROUP_NAME_MAX] = "";
    if (!EVP_PKEY_get_utf8_string_param(pkey, OSSL_PKEY_PARAM_GROUP_NAME, name, sizeof(name),
                                        NULL)) {
        return EG_KEY_NONE;
    }
    struct eg_span group = eg_span_str(name);
    return eg_span_equal(group, eg_span_str("prime256v1"))  ? EG_KEY_P256
           : eg_span_equal(group, eg_span_str("secp384r1")) ? EG_KEY_P384
                                                            : EG_KEY_NONE;
}

enum eg_key_alg eg_pkey_alg(const EVP_PKEY *pkey)
{
    switch (EVP_PKEY_get_base_id(pkey)) {
    case EVP_PKEY_EC:
        return ec_alg(pkey);
    case EVP_PKEY_ED25519:
        return EG_KEY_ED25519;
    case EVP_PKEY_RSA:
        return rsa_alg(EVP_PKEY_get_bits(pkey));
    default:
        return EG_KEY_NONE;
    }
}

eg_status eg_key_adopt(EVP_PKEY *pkey, bool has_private, struct eg_key **out)
{
    *out = NULL;
    if (pkey == NULL) {
        return eg_crypto_fail(EG_ERR(CRYPTO_BAD_KEY));
    }
    enum eg_key_alg alg = eg_pkey_alg(pkey);
    if (alg == EG_KEY_NONE) {
        EVP_PKEY_free(pkey);
        return eg_crypto_fail(EG_ERR(CRYPTO_UNSUPPORTED));
    }
    struct eg_key *key = OPENSSL_zalloc(sizeof(*key));
    if (key == NULL) {
        EVP_PKEY_free(pkey);
        return eg_crypto_fail(EG_ERR(NO_MEMORY));
    }
    *key = (struct eg_key){.alg = alg, .has_private = has_private, .pkey = pkey};
    if (has_private && alg != EG_KEY_ED25519) {
        key->signer = eg_signer_new(pkey, alg);
        if (key->signer == NULL) {
            eg_key_free(key);
            return eg_crypto_fail(EG_ERR(CRYPTO_FAILED));
        }
    }
    *out = key;
    return EG_OK;
}

void eg_key_free(struct eg_key *key)
{
    if (key == NULL) {
        return;
    }
    EVP_PKEY_CTX_free(key->signer);
    EVP_PKEY_free(key->pkey); /* the library clears private numbers */
    OPENSSL_clear_free(key, sizeof(*key));
}

enum eg_key_alg eg_key_alg_of(const struct eg_key *key)
{
    return key->alg;
}

bool eg_key_has_private(const struct eg_key *key)
{
    return key->has_private;
}

/* Key object of a scalar and its point, which were checked to belong together. */
static EVP_PKEY *ec_pkey(const struct eg_curve *curve, BIGNUM *scalar, uint8_t *pub)
{
    uint8_t native[EG_EC_LEN_MAX]; /* OSSL_PARAM integers have the machine's byte order */
    EVP_PKEY *pkey = NULL;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    if (ctx != NULL && BN_bn2nativepad(scalar, native, (int)curve->len) == (int)curve->len &&
        EVP_PKEY_fromdata_init(ctx) == 1) {
        char group[GROUP_NAME_MAX];
        OPENSSL_strlcpy(group, curve->name, sizeof(group));
        OSSL_PARAM params[] = {
            OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
            OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, pub, 1 + 2 * curve->len),
            OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_PRIV_KEY, native, curve->len),
            OSSL_PARAM_END,
        };
        if (EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_KEYPAIR, params) != 1) {
            pkey = NULL;
        }
    }
    EVP_PKEY_CTX_free(ctx);
    eg_wipe(native, sizeof(native));
    return pkey;
}

static eg_status ec_key(struct eg_crypto *c, const struct eg_curve *curve, const uint8_t *priv,
                        uint8_t *pub, struct eg_key **out)
{
    EVP_PKEY *pkey = NULL;
    if (BN_bin2bn(priv, (int)curve->len, c->scalar) != NULL) {
        pkey = ec_pkey(curve, c->scalar, pub);
    }
    BN_clear(c->scalar);
    if (pkey == NULL) {
        return eg_crypto_fail(EG_ERR(CRYPTO_FAILED));
    }
    return eg_key_adopt(pkey, true, out);
}

static eg_status generate_ec(struct eg_crypto *c, struct eg_curve *curve, struct eg_key **out)
{
    uint8_t priv[EG_EC_LEN_MAX];
    uint8_t pub[EG_EC_POINT_LEN_MAX];
    eg_status st = eg_curve_generate(c, curve, priv, pub);
    if (eg_ok(st)) {
        st = ec_key(c, curve, priv, pub, out);
    }
    eg_wipe(priv, sizeof(priv));
    return st;
}

eg_status eg_key_generate(struct eg_crypto *c, enum eg_key_alg alg, struct eg_key **out)
{
    *out = NULL;
    struct eg_curve *curve = eg_curve_of(c, alg);
    if (curve != NULL) {
        return generate_ec(c, curve, out);
    }
    EVP_PKEY *pkey = NULL;
    if (alg == EG_KEY_ED25519) {
        pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    } else if (is_rsa(alg)) {
        pkey = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)eg_key_alg_bits(alg));
    } else {
        return EG_ERR(CRYPTO_UNSUPPORTED);
    }
    return pkey == NULL ? eg_crypto_fail(EG_ERR(CRYPTO_FAILED)) : eg_key_adopt(pkey, true, out);
}

static eg_status ec_from_private(struct eg_crypto *c, struct eg_curve *curve, struct eg_span data,
                                 struct eg_key **out)
{
    if (data.len != curve->len) {
        return EG_ERR(CRYPTO_BAD_KEY);
    }
    uint8_t pub[EG_EC_POINT_LEN_MAX];
    EG_TRY(eg_curve_public(c, curve, data.ptr, pub));
    return ec_key(c, curve, data.ptr, pub, out);
}

/* Do the numbers of a foreign RSA key belong together? (d2i only looks at the encoding.) */
static bool rsa_consistent(EVP_PKEY *pkey)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
    bool good = ctx != NULL && EVP_PKEY_pairwise_check(ctx) == 1;
    EVP_PKEY_CTX_free(ctx);
    return good;
}

static eg_status rsa_from_private(enum eg_key_alg alg, struct eg_span data, struct eg_key **out)
{
    if (data.len > EG_PRIVATE_LEN_MAX) {
        return EG_ERR(CRYPTO_BAD_KEY);
    }
    const unsigned char *p = data.ptr;
    EVP_PKEY *pkey = d2i_PrivateKey(EVP_PKEY_RSA, NULL, &p, (long)data.len);
    if (pkey == NULL || p != data.ptr + data.len || eg_pkey_alg(pkey) != alg ||
        !rsa_consistent(pkey)) {
        EVP_PKEY_free(pkey);
        return eg_crypto_fail(EG_ERR(CRYPTO_BAD_KEY));
    }
    return eg_key_adopt(pkey, true, out);
}

eg_status eg_key_from_private(struct eg_crypto *c, enum eg_key_alg alg, struct eg_span data,
                              struct eg_key **out)
{
    *out = NULL;
    struct eg_curve *curve = eg_curve_of(c, alg);
    if (curve != NULL) {
        return ec_from_private(c, curve, data, out);
    }
    if (alg == EG_KEY_ED25519) {
        if (data.len != ED25519_LEN) {
            return EG_ERR(CRYPTO_BAD_KEY);
        }
        return eg_key_adopt(
            EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, data.ptr, data.len), true, out);
    }
    return is_rsa(alg) ? rsa_from_private(alg, data, out) : EG_ERR(CRYPTO_UNSUPPORTED);
}

static eg_status ec_private(const struct eg_key *key, struct eg_writer *out)
{
    size_t len = key->alg == EG_KEY_P256 ? EG_P256_SCALAR_LEN : EG_EC_LEN_MAX;
    size_t mark = out->len;
    uint8_t *to = eg_writer_reserve(out, len);
    if (to == NULL) {
        return out->status;
    }
    BIGNUM *scalar = NULL;
    bool done = EVP_PKEY_get_bn_param(key->pkey, OSSL_PKEY_PARAM_PRIV_KEY, &scalar) == 1 &&
                BN_bn2binpad(scalar, to, (int)len) == (int)len;
    BN_clear_free(scalar);
    if (!done) {
        eg_writer_undo(out, mark);
        return eg_crypto_fail(EG_ERR(CRYPTO_FAILED));
    }
    return EG_OK;
}

static eg_status ed25519_private(const struct eg_key *key, struct eg_writer *out)
{
    size_t mark = out->len;
    size_t len = ED25519_LEN;
    uint8_t *to = eg_writer_reserve(out, len);
    if (to == NULL) {
        return out->status;
    }
    if (EVP_PKEY_get_raw_private_key(key->pkey, to, &len) != 1) {
        eg_writer_undo(out, mark);
        return eg_crypto_fail(EG_ERR(CRYPTO_FAILED));
    }
    return EG_OK;
}

static eg_status rsa_private(const struct eg_key *key, struct eg_writer *out)
{
    unsigned char *der = NULL;
    int len = i2d_PrivateKey(key->pkey, &der); /* PKCS#1 for RSA */
    if (len <= 0) {
        return eg_crypto_fail(EG_ERR(CRYPTO_FAILED));
    }
    eg_writer_bytes(out, eg_span(der, (size_t)len));
    OPENSSL_clear_free(der, (size_t)len);
    return out->status;
}

eg_status eg_key_private(const struct eg_key *key, struct eg_writer *out)
{
    if (!key->has_private) {
        return EG_ERR(CRYPTO_BAD_KEY);
    }
    if (key->alg == EG_KEY_ED25519) {
        return ed25519_private(key, out);
    }
    return is_rsa(key->alg) ? rsa_private(key, out) : ec_private(key, out);
}
