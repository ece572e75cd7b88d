/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/err.h>
#include <openssl/rand.h>

#include "lib/base/secret.h"
#include "lib/crypto/crypto_openssl_internal.h"

static const char *const HASH_NAMES[EG_HASH_SLOTS] = {
    [EG_HASH_SHA256] = "SHA256", [EG_HASH_SHA384] = "SHA384",     [EG_HASH_SHA512] = "SHA512",
    [EG_HASH_SHA1] = "SHA1",     [EG_HASH_SHA3_512] = "SHA3-512",
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

static bool make_macs(struct eg_crypto *c)
{
    for (size_t slot = 0; slot < EG_MAC_SLOTS; slot++) {
        c->mac[slot] = eg_mac_new((enum eg_mac_slot)slot);
        if (c->mac[slot] == NULL) {
            return false;
        }
    }
    return true;
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
    /* Without memory for the default context the first fetch would crash (OpenSSL 3.0). */
    if (c == NULL || OSSL_LIB_CTX_get0_global_default() == NULL) {
        OPENSSL_free(c);
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
    for (size_t slot = 0; slot < EG_MAC_SLOTS; slot++) {
        EVP_MAC_CTX_free(c->mac[slot]);
    }
    for (size_t kind = 0; kind < EG_AES_KEY_KINDS; kind++) {
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
