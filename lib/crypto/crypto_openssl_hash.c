/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes and MACs on the reused contexts. */
#include "lib/crypto/crypto_openssl_internal.h"

size_t eg_hash_len(enum eg_hash alg)
{
    switch (alg) {
    case EG_HASH_SHA256:
        return EG_SHA256_LEN;
    case EG_HASH_SHA384:
        return 48;
    case EG_HASH_SHA512:
    case EG_HASH_SHA3_512:
        return 64;
    case EG_HASH_SHA1:
        return 20;
    }
    return 0;
}

eg_status eg_hash(struct eg_crypto *c, enum eg_hash alg, struct eg_span data, uint8_t *out)
{
    if (eg_hash_len(alg) == 0) {
        return EG_ERR(CRYPTO_UNSUPPORTED);
    }
    EVP_MD_CTX *ctx = c->md_ctx[alg];
    if (!EVP_DigestInit_ex2(ctx, c->md[alg], NULL) || !EVP_DigestUpdate(ctx, data.ptr, data.len) ||
        !EVP_DigestFinal_ex(ctx, out, NULL)) {
        return eg_crypto_fail(EG_ERR(CRYPTO_FAILED));
    }
    return EG_OK;
}

/* Re-key a MAC context and run it over data. */
static eg_status mac_once(EVP_MAC_CTX *ctx, struct eg_span key, struct eg_span data, uint8_t *out,
                          size_t out_len)
{
    /* A NULL key would mean "keep the last one". */
    const uint8_t *key_bytes = key.len == 0 ? (const uint8_t *)"" : key.ptr;
    size_t len = 0;
    if (!EVP_MAC_init(ctx, key_bytes, key.len, NULL) || !EVP_MAC_update(ctx, data.ptr, data.len) ||
        !EVP_MAC_final(ctx, out, &len, out_len) || len != out_len) {
        return eg_crypto_fail(EG_ERR(CRYPTO_FAILED));
    }
    return EG_OK;
}

eg_status eg_hmac_sha256(struct eg_crypto *c, struct eg_span key, struct eg_span data,
                         uint8_t out[static EG_SHA256_LEN])
{
    return mac_once(c->hmac_sha256, key, data, out, EG_SHA256_LEN);
}

eg_status eg_cmac(struct eg_crypto *c, struct eg_span key, struct eg_span data,
                  uint8_t out[static EG_CMAC_LEN])
{
    int kind = eg_aes_key_kind(key.len);
    if (kind < 0) {
        return EG_ERR(CRYPTO_FAILED);
    }
    return mac_once(c->cmac[kind], key, data, out, EG_CMAC_LEN);
}
