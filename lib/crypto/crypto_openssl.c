/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/rand.h>

#include "lib/base/secret.h"
#include "lib/crypto/crypto_openssl_internal.h"

static const char *const HASH_NAMES[EG_HASH_SLOTS] = {
    [EG_HASH_SHA256] = "SHA256",
    [EG_HASH_SHA384] = "SHA384",
    [EG_HASH_SHA512] = "SHA512",
    [EG_HASH_SHA1] = "SHA1",
    [EG_HASH_SHA3_512] = "SHA3-512",
};
static const char *const AES_NAMES[EG_AES_MODE_COUNT][EG_AES_KEY_KINDS] = {
    [EG_AES_ECB] = {"AES-128-ECB", "AES-256-ECB"},
    [EG_AES_CBC] = {"AES-128-CBC", "AES-256-CBC"},
    [EG_AES_CTR] = {"AES-128-CTR", "AES-256-CTR"},
    [EG_AES_GCM] = {"AES-128-GCM", "AES-256-GCM"},
};

eg_status eg_crypto_fail(eg_status st)
{
    ERR_clear_error();
    return st;
}

void eg_writer_undo(struct eg_writer *w, size_t mark)
{
    eg_wipe(w->ptr + mark, w->len - mark);
    w->len = mark;
}

static bool make_hashes(struct eg_crypto *c)
{
    for (size_t i = 0; i < EG_HASH_SLOTS; i++) {
        if (HASH_NAMES[i] == NULL) {
            continue;
        }
        c->md[i] = EVP_MD_fetch(NULL, HASH_NAMES[i], NULL);
        c->md_ctx[i] = EVP_MD_CTX_new();
        if (c->md[i] == NULL || c->md_ctx[i] == NULL ||
            !EVP_DigestInit_ex2(c->md_ctx[i], c->md[i], NULL)) {
            return false;
        }
    }
    return true;
}

static EVP_MAC_CTX *make_mac(const char *mac_name, const char *param, const char *value)
{
    EVP_MAC *mac = EVP_MAC_fetch(NULL, mac_name, NULL);
    EVP_MAC_CTX *ctx = mac == NULL ? NULL : EVP_MAC_CTX_new(mac);
    EVP_MAC_free(mac); /* the context holds its own reference */
    char text[16];
    OPENSSL_strlcpy(text, value, sizeof(text));
    const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(param, text, 0), OSSL_PARAM_END};
    if (ctx != NULL && !EVP_MAC_CTX_set_params(ctx, params)) {
        EVP_MAC_CTX_free(ctx);
        ctx = NULL;
    }
    return ctx;
}

static bool make_macs(struct eg_crypto *c)
{
    c->hmac_sha256 = make_mac("HMAC", OSSL_MAC_PARAM_DIGEST, "SHA256");
    c->cmac[0] = make_mac("CMAC", OSSL_MAC_PARAM_CIPHER, "AES-128-CBC");
    c->cmac[1] = make_mac("CMAC", OSSL_MAC_PARAM_CIPHER, "AES-256-CBC");
    return c->hmac_sha256 != NULL && c->cmac[0] != NULL && c->cmac[1] != NULL;
}

static EVP_CIPHER_CTX *make_cipher(const char *name)
{
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, name, NULL);
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    /* Without padding: whole blocks in, the same number out, in both directions. */
    bool done = cipher != NULL && ctx != NULL &&
                EVP_EncryptInit_ex2(ctx, cipher, NULL, NULL, NULL) &&
                EVP_CIPHER_CTX_set_padding(ctx, 0);
    EVP_CIPHER_free(cipher);
    if (!done) {
        EVP_CIPHER_CTX_free(ctx);
        return NULL;
    }
    return ctx;
}

static bool make_ciphers(struct eg_crypto *c)
{
    for (size_t mode = 0; mode < EG_AES_MODE_COUNT; mode++) {
        for (size_t kind = 0; kind < EG_AES_KEY_KINDS; kind++) {
            c->aes[mode][kind] = make_cipher(AES_NAMES[mode][kind]);
            if (c->aes[mode][kind] == NULL) {
                return false;
            }
        }
    }
    return true;
}

static bool make_ec(struct eg_crypto *c)
{
    c->scalar = BN_new();
    c->x = BN_new();
    c->bn = BN_CTX_new();
    if (c->scalar == NULL || c->x == NULL || c->bn == NULL) {
        return false;
    }
    BN_set_flags(c->scalar, BN_FLG_CONSTTIME);
    return eg_curve_init(&c->p256, "prime256v1", EG_P256_SCALAR_LEN) &&
           eg_curve_init(&c->p384, "secp384r1", EG_EC_LEN_MAX);
}

eg_status eg_crypto_new(struct eg_crypto **out)
{
    *out = NULL;
    struct eg_crypto *c = OPENSSL_zalloc(sizeof(*c));
    if (c == NULL) {
        return eg_crypto_fail(EG_ERR(NO_MEMORY));
    }
    if (!make_hashes(c) || !make_macs(c) || !make_ciphers(c) || !make_ec(c)) {
        eg_crypto_free(c);
        return eg_crypto_fail(EG_ERR(CRYPTO_FAILED));
    }
    *out = c;
    return EG_OK;
}

void eg_crypto_free(struct eg_crypto *c)
{
    if (c == NULL) {
        return;
    }
    for (size_t i = 0; i < EG_HASH_SLOTS; i++) {
        EVP_MD_CTX_free(c->md_ctx[i]);
        EVP_MD_free(c->md[i]);
    }
    EVP_MAC_CTX_free(c->hmac_sha256);
    for (size_t kind = 0; kind < EG_AES_KEY_KINDS; kind++) {
        EVP_MAC_CTX_free(c->cmac[kind]);
        for (size_t mode = 0; mode < EG_AES_MODE_COUNT; mode++) {
            EVP_CIPHER_CTX_free(c->aes[mode][kind]);
        }
    }
    eg_curve_cleanup(&c->p256);
    eg_curve_cleanup(&c->p384);
    BN_clear_free(c->scalar);
    BN_clear_free(c->x);
    BN_CTX_free(c->bn);
    OPENSSL_clear_free(c, sizeof(*c));
}

eg_status eg_random(struct eg_crypto *c, uint8_t *out, size_t len)
{
    (void)c;
    if (RAND_priv_bytes_ex(NULL, out, len, 0) != 1) {
        eg_wipe(out, len);
        return eg_crypto_fail(EG_ERR(CRYPTO_FAILED));
    }
    return EG_OK;
}
