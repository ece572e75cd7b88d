/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures with each algorithm's natural hash. */
#include <openssl/rsa.h>

#include "lib/crypto/crypto_openssl_internal.h"

static enum eg_hash natural_hash(enum eg_key_alg alg)
{
    return alg == EG_KEY_P384 ? EG_HASH_SHA384 : EG_HASH_SHA256;
}

EVP_PKEY_CTX *eg_signer_new(EVP_PKEY *pkey, enum eg_key_alg alg)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
    const EVP_MD *md = natural_hash(alg) == EG_HASH_SHA384 ? EVP_sha384() : EVP_sha256();
    bool rsa = EVP_PKEY_get_base_id(pkey) == EVP_PKEY_RSA;
    bool done = ctx != NULL && EVP_PKEY_sign_init(ctx) == 1 &&
                (!rsa || EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1) &&
                EVP_PKEY_CTX_set_signature_md(ctx, md) == 1;
    if (!done) {
        EVP_PKEY_CTX_free(ctx);
        return NULL;
    }
    return ctx;
}

static bool sign_digest(struct eg_crypto *c, const struct eg_key *key, struct eg_span data,
                        uint8_t *sig, size_t *len)
{
    enum eg_hash hash = natural_hash(key->alg);
    uint8_t digest[EG_HASH_LEN_MAX];
    return eg_ok(eg_hash(c, hash, data, digest)) &&
           EVP_PKEY_sign(key->signer, sig, len, digest, eg_hash_len(hash)) == 1;
}

/* Ed25519 has no digest of its own to hand over: it signs the message. */
static bool sign_message(const struct eg_key *key, struct eg_span data, uint8_t *sig, size_t *len)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool done = ctx != NULL && EVP_DigestSignInit(ctx, NULL, NULL, NULL, key->pkey) == 1 &&
                EVP_DigestSign(ctx, sig, len, data.ptr, data.len) == 1;
    EVP_MD_CTX_free(ctx);
    return done;
}

eg_status eg_sign(struct eg_crypto *c, const struct eg_key *key, struct eg_span data,
                  struct eg_writer *out)
{
    if (!key->has_private) {
        return EG_ERR(CRYPTO_BAD_KEY);
    }
    uint8_t sig[EG_SIGNATURE_LEN_MAX];
    size_t len = sizeof(sig);
    bool done = key->alg == EG_KEY_ED25519 ? sign_message(key, data, sig, &len)
                                           : sign_digest(c, key, data, sig, &len);
    if (!done) {
        return eg_crypto_fail(EG_ERR(CRYPTO_FAILED));
    }
    eg_writer_bytes(out, eg_span(sig, len));
    return out->status;
}

eg_status eg_sign_digest(const struct eg_key *key, struct eg_span digest, struct eg_writer *out)
{
    uint8_t sig[EG_SIGNATURE_LEN_MAX];
    size_t len = sizeof(sig);
    if (!key->has_private) {
        return EG_ERR(CRYPTO_BAD_KEY);
    }
    bool done = key->alg != EG_KEY_ED25519 && digest.len == eg_hash_len(natural_hash(key->alg)) &&
                EVP_PKEY_sign(key->signer, sig, &len, digest.ptr, digest.len) == 1;
    if (!done) {
        return eg_crypto_fail(EG_ERR(CRYPTO_FAILED));
    }
    eg_writer_bytes(out, eg_span(sig, len));
    return out->status;
}

eg_status eg_verify(struct eg_crypto *c, const struct eg_key *key, struct eg_span data,
                    struct eg_span signature)
{
    const EVP_MD *md = key->alg == EG_KEY_ED25519 ? NULL : c->md[natural_hash(key->alg)];
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    if (ctx == NULL || EVP_DigestVerifyInit(ctx, NULL, md, NULL, key->pkey) != 1) {
        EVP_MD_CTX_free(ctx);
        return eg_crypto_fail(EG_ERR(CRYPTO_FAILED));
    }
    /* Zero and negative both: a signature that cannot be read does not verify. */
    int good = EVP_DigestVerify(ctx, signature.ptr, signature.len, data.ptr, data.len);
    EVP_MD_CTX_free(ctx);
    return good == 1 ? EG_OK : eg_crypto_fail(EG_ERR(CRYPTO_BAD_SIGNATURE));
}
