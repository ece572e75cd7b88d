/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OpenSSL's way to let somebody else sign for an EC key: a method with an own sign function. The
 * interface is marked old in 3.0 in favour of providers, which would be ten times this code for the
 * same three calls.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <string.h>

#include "agent/port/linux/tls.h"

/* Who signs for a key, attached to it. */
struct signer {
    eg_tls_sign_fn sign;
    void *ctx;
};

static void free_signer(void *parent, void *ptr, CRYPTO_EX_DATA *ad, int index, long argl,
                        void *argp)
{
    (void)parent, (void)ad, (void)index, (void)argl, (void)argp;
    OPENSSL_free(ptr);
}

/* Place of the signer in a key; one for the process. */
static int signer_index(void)
{
    static int index = -1;
    if (index < 0) {
        index = EC_KEY_get_ex_new_index(0, NULL, NULL, NULL, free_signer);
    }
    return index;
}

static ECDSA_SIG *sign_sig(const unsigned char *digest, int len, const BIGNUM *kinv,
                           const BIGNUM *rp, EC_KEY *key)
{
    const struct signer *s = EC_KEY_get_ex_data(key, signer_index());
    uint8_t raw[EG_AGENT_SIGNATURE_LEN];
    (void)kinv, (void)rp;
    if (s == NULL || len != EG_AGENT_HASH_LEN || !s->sign(s->ctx, digest, raw)) {
        return NULL;
    }
    ECDSA_SIG *sig = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(raw, sizeof(raw) / 2, NULL);
    BIGNUM *v = BN_bin2bn(raw + sizeof(raw) / 2, sizeof(raw) / 2, NULL);
    if (sig == NULL || r == NULL || v == NULL || ECDSA_SIG_set0(sig, r, v) != 1) {
        ECDSA_SIG_free(sig);
        BN_free(r);
        BN_free(v);
        return NULL;
    }
    return sig;
}

static int sign_der(int type, const unsigned char *digest, int len, unsigned char *out,
                    unsigned int *out_len, const BIGNUM *kinv, const BIGNUM *r, EC_KEY *key)
{
    ECDSA_SIG *sig = sign_sig(digest, len, kinv, r, key);
    int n = sig != NULL ? i2d_ECDSA_SIG(sig, &out) : 0;
    (void)type;
    ECDSA_SIG_free(sig);
    *out_len = n > 0 ? (unsigned int)n : 0;
    return n > 0;
}

static const EC_KEY_METHOD *method(void)
{
    static EC_KEY_METHOD *m;
    if (m == NULL) {
        m = EC_KEY_METHOD_new(EC_KEY_OpenSSL());
        if (m != NULL) {
            EC_KEY_METHOD_set_sign(m, sign_der, NULL, sign_sig);
        }
    }
    return m;
}

static EC_KEY *make_key(const X509 *certificate, const struct signer *signer)
{
    EVP_PKEY *holder = X509_get0_pubkey(certificate);
    unsigned char *point = NULL;
    size_t len = holder != NULL ? EVP_PKEY_get1_encoded_public_key(holder, &point) : 0;
    EC_KEY *key = EC_KEY_new_by_curve_name(NID_X9_62_prime256v1);
    struct signer *copy = OPENSSL_memdup(signer, sizeof(*signer));
    const unsigned char *p = point;
    bool done = len == EG_AGENT_PUBLIC_KEY_LEN && key != NULL && copy != NULL && method() != NULL &&
                o2i_ECPublicKey(&key, &p, (long)len) != NULL &&
                EC_KEY_set_method(key, method()) == 1 &&
                EC_KEY_set_ex_data(key, signer_index(), copy) == 1;
    OPENSSL_free(point);
    if (!done) {
        OPENSSL_free(copy);
        EC_KEY_free(key);
        return NULL;
    }
    return key;
}

EVP_PKEY *eg_tls_key(const X509 *certificate, eg_tls_sign_fn sign, void *ctx)
{
    const struct signer signer = {sign, ctx};
    EC_KEY *key = make_key(certificate, &signer);
    EVP_PKEY *pkey = key != NULL ? EVP_PKEY_new() : NULL;
    if (pkey == NULL || EVP_PKEY_assign_EC_KEY(pkey, key) != 1) {
        EC_KEY_free(key);
        EVP_PKEY_free(pkey);
        return NULL;
    }
    return pkey;
}

bool eg_tls_client_context(SSL_CTX *ctx, X509 *certificate, EVP_PKEY *key)
{
    char groups[] = "P-256:P-384:X25519"; /* OpenSSL's macros want them writable */
    char algorithms[] = "ECDSA+SHA256:ECDSA+SHA384:RSA-PSS+SHA256:RSA-PSS+SHA384:"
                        "RSA+SHA256:RSA+SHA384";
    return SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) == 1 &&
           SSL_CTX_set_cipher_list(ctx, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1 &&
           SSL_CTX_set1_groups_list(ctx, groups) == 1 &&
           SSL_CTX_set1_sigalgs_list(ctx, algorithms) == 1 &&
           SSL_CTX_use_certificate(ctx, certificate) == 1 && SSL_CTX_use_PrivateKey(ctx, key) == 1;
}
