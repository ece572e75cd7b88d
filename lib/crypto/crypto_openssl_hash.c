/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes and MACs on the reused contexts. */
#include <openssl/core_names.h>

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

static const struct {
    const char *mac, *param, *value;
} MACS[EG_MAC_SLOTS] = {
    [EG_MAC_HMAC_SHA256] = {"HMAC", OSSL_MAC_PARAM_DIGEST, "SHA256"},
    [EG_MAC_CMAC_16] = {"CMAC", OSSL_MAC_PARAM_CIPHER, "AES-128-CBC"},
    [EG_MAC_CMAC_32] = {"CMAC", OSSL_MAC_PARAM_CIPHER, "AES-256-CBC"},
};

EVP_MAC_CTX *eg_mac_new(enum eg_mac_slot slot)
{
    EVP_MAC *mac = EVP_MAC_fetch(NULL, MACS[slot].mac, NULL);
    EVP_MAC_CTX *ctx = mac == NULL ? NULL : EVP_MAC_CTX_new(mac);
    EVP_MAC_free(mac); /* the context holds its own reference */
    char text[16];
    OPENSSL_strlcpy(text, MACS[slot].value, sizeof(text));
    const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(MACS[slot].param, text, 0),
                                 OSSL_PARAM_END};
    if (ctx != NULL && !EVP_MAC_CTX_set_params(ctx, params)) {
        EVP_MAC_CTX_free(ctx);
        ctx = NULL;
    }
    return ctx;
}

/* Re-key a MAC context and run it over data. */
static bool mac_run(EVP_MAC_CTX *ctx, struct eg_span key, struct eg_span data, uint8_t *out,
                    size_t out_len)
{
    /* A NULL key would mean "keep the last one". */
    const uint8_t *key_bytes = key.len == 0 ? (const uint8_t *)"" : key.ptr;
    size_t len = 0;
    return EVP_MAC_init(ctx, key_bytes, key.len, NULL) && EVP_MAC_update(ctx, data.ptr, data.len) &&
           EVP_MAC_final(ctx, out, &len, out_len) && len == out_len;
}

/* A context that failed is not used again: a CMAC that found no memory for its cipher would crash.
 */
static eg_status mac_once(struct eg_crypto *c, enum eg_mac_slot slot, struct eg_span key,
                          struct eg_span data, uint8_t *out, size_t out_len)
{
    if (c->mac[slot] == NULL) {
        c->mac[slot] = eg_mac_new(slot);
    }
    if (c->mac[slot] == NULL) {
        return eg_crypto_fail(EG_ERR(NO_MEMORY));
    }
    if (!mac_run(c->mac[slot], key, data, out, out_len)) {
        EVP_MAC_CTX_free(c->mac[slot]);
        c->mac[slot] = NULL;
        return eg_crypto_fail(EG_ERR(CRYPTO_FAILED));
    }
    return EG_OK;
}

eg_status eg_hmac_sha256(struct eg_crypto *c, struct eg_span key, struct eg_span data,
                         uint8_t out[static EG_SHA256_LEN])
{
    return mac_once(c, EG_MAC_HMAC_SHA256, key, data, out, EG_SHA256_LEN);
}

eg_status eg_cmac(struct eg_crypto *c, struct eg_span key, struct eg_span data,
                  uint8_t out[static EG_CMAC_LEN])
{
    int kind = eg_aes_key_kind(key.len);
    if (kind < 0) {
        return EG_ERR(CRYPTO_FAILED);
    }
    return mac_once(c, kind == 0 ? EG_MAC_CMAC_16 : EG_MAC_CMAC_32, key, data, out, EG_CMAC_LEN);
}
