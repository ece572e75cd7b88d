/* SPDX-License-Identifier: Apache-2.0 */
/* AES in CBC, CTR and GCM mode on the reused contexts. */
#include <limits.h>
#include <string.h>

#include "lib/base/secret.h"
#include "lib/crypto/crypto_openssl_internal.h"

enum { CIPHER_LEN_MAX = INT_MAX - EG_AES_BLOCK_LEN }; /* EVP counts in int */

int eg_aes_key_kind(size_t key_len)
{
    return key_len == 16 ? 0 : key_len == 32 ? 1 : -1;
}

EVP_CIPHER_CTX *eg_aes_start(struct eg_crypto *c, enum eg_aes_mode mode, struct eg_span key,
                             const uint8_t *iv, bool encrypt)
{
    int kind = eg_aes_key_kind(key.len);
    if (kind < 0) {
        return NULL;
    }
    EVP_CIPHER_CTX *ctx = c->aes[mode][kind];
    return EVP_CipherInit_ex2(ctx, NULL, key.ptr, iv, encrypt, NULL) ? ctx : NULL;
}

/* Run data through the cipher to `to`; as many bytes come out as go in. */
static bool update(EVP_CIPHER_CTX *ctx, struct eg_span data, uint8_t *to)
{
    int len = 0;
    return data.len == 0 ||
           (EVP_CipherUpdate(ctx, to, &len, data.ptr, (int)data.len) && (size_t)len == data.len);
}

static uint8_t *reserve(struct eg_writer *out, size_t data_len, size_t extra)
{
    if (data_len > CIPHER_LEN_MAX) {
        eg_writer_fail(out, EG_ERR(NO_ROOM));
        return NULL;
    }
    return eg_writer_reserve(out, data_len + extra);
}

eg_status eg_cbc_encrypt(struct eg_crypto *c, struct eg_span key,
                         const uint8_t iv[static EG_AES_BLOCK_LEN], struct eg_span plain,
                         struct eg_writer *out)
{
    size_t mark = out->len;
    size_t tail = plain.len % EG_AES_BLOCK_LEN;
    size_t whole = plain.len - tail;
    uint8_t *to = reserve(out, plain.len, EG_AES_BLOCK_LEN - tail);
    if (to == NULL) {
        return out->status;
    }
    uint8_t last[EG_AES_BLOCK_LEN] = {0};
    if (tail > 0) {
        memcpy(last, plain.ptr + whole, tail);
    }
    last[tail] = 0x80;
    EVP_CIPHER_CTX *ctx = eg_aes_start(c, EG_AES_CBC, key, iv, true);
    bool done = ctx != NULL && update(ctx, eg_span(plain.ptr, whole), to) &&
                update(ctx, EG_SPAN_OF(last), to + whole);
    eg_wipe(last, sizeof(last));
    if (!done) {
        eg_writer_undo(out, mark);
        return eg_crypto_fail(EG_ERR(CRYPTO_FAILED));
    }
    return EG_OK;
}

/*
 * Bytes of ISO 7816-4 padding at the end of a last block, 0 if it is none. Looks at every byte of
 * the block whatever it finds, so that time does not tell where the padding begins.
 */
static size_t padding_len(const uint8_t block[static EG_AES_BLOCK_LEN])
{
    size_t found = 0;
    unsigned searching = 1;
    for (size_t i = EG_AES_BLOCK_LEN; i-- > 0;) {
        unsigned is_mark = block[i] == 0x80;
        unsigned is_zero = block[i] == 0x00;
        found |= (size_t)(searching & is_mark) * (EG_AES_BLOCK_LEN - i);
        searching &= is_zero;
    }
    return found;
}

eg_status eg_cbc_decrypt(struct eg_crypto *c, struct eg_span key,
                         const uint8_t iv[static EG_AES_BLOCK_LEN], struct eg_span cipher,
                         struct eg_writer *out)
{
    if (cipher.len == 0 || cipher.len % EG_AES_BLOCK_LEN != 0) {
        return EG_ERR(CRYPTO_BAD_PADDING);
    }
    size_t mark = out->len;
    uint8_t *to = reserve(out, cipher.len, 0);
    if (to == NULL) {
        return out->status;
    }
    EVP_CIPHER_CTX *ctx = eg_aes_start(c, EG_AES_CBC, key, iv, false);
    if (ctx == NULL || !update(ctx, cipher, to)) {
        eg_writer_undo(out, mark);
        return eg_crypto_fail(EG_ERR(CRYPTO_FAILED));
    }
    size_t padding = padding_len(to + cipher.len - EG_AES_BLOCK_LEN);
    if (padding == 0) {
        eg_writer_undo(out, mark);
        return EG_ERR(CRYPTO_BAD_PADDING);
    }
    eg_writer_undo(out, out->len - padding);
    return EG_OK;
}

eg_status eg_ctr(struct eg_crypto *c, struct eg_span key, const uint8_t iv[static EG_AES_BLOCK_LEN],
                 struct eg_span data, struct eg_writer *out)
{
    size_t mark = out->len;
    uint8_t *to = reserve(out, data.len, 0);
    if (to == NULL) {
        return out->status;
    }
    EVP_CIPHER_CTX *ctx = eg_aes_start(c, EG_AES_CTR, key, iv, true);
    if (ctx == NULL || !update(ctx, data, to)) {
        eg_writer_undo(out, mark);
        return eg_crypto_fail(EG_ERR(CRYPTO_FAILED));
    }
    return EG_OK;
}

static bool feed_aad(EVP_CIPHER_CTX *ctx, struct eg_span aad)
{
    int len = 0;
    return aad.len == 0 ||
           (aad.len <= CIPHER_LEN_MAX && EVP_CipherUpdate(ctx, NULL, &len, aad.ptr, (int)aad.len));
}

static bool finish(EVP_CIPHER_CTX *ctx)
{
    uint8_t none[EG_AES_BLOCK_LEN]; /* GCM ends on any byte; nothing is left to write */
    int len = 0;
    return EVP_CipherFinal_ex(ctx, none, &len) == 1 && len == 0;
}

eg_status eg_gcm_seal(struct eg_crypto *c, struct eg_span key,
                      const uint8_t iv[static EG_GCM_IV_LEN], struct eg_span aad,
                      struct eg_span plain, struct eg_writer *out)
{
    size_t mark = out->len;
    uint8_t *to = reserve(out, plain.len, EG_GCM_TAG_LEN);
    if (to == NULL) {
        return out->status;
    }
    EVP_CIPHER_CTX *ctx = eg_aes_start(c, EG_AES_GCM, key, iv, true);
    if (ctx == NULL || !feed_aad(ctx, aad) || !update(ctx, plain, to) || !finish(ctx) ||
        EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, EG_GCM_TAG_LEN, to + plain.len) != 1) {
        eg_writer_undo(out, mark);
        return eg_crypto_fail(EG_ERR(CRYPTO_FAILED));
    }
    return EG_OK;
}

eg_status eg_gcm_open(struct eg_crypto *c, struct eg_span key,
                      const uint8_t iv[static EG_GCM_IV_LEN], struct eg_span aad,
                      struct eg_span data, struct eg_writer *out)
{
    if (data.len < EG_GCM_TAG_LEN) {
        return EG_ERR(CRYPTO_BAD_MAC);
    }
    size_t mark = out->len;
    size_t len = data.len - EG_GCM_TAG_LEN;
    uint8_t *to = reserve(out, len, 0);
    if (to == NULL) {
        return out->status;
    }
    uint8_t tag[EG_GCM_TAG_LEN];
    memcpy(tag, data.ptr + len, sizeof(tag));
    EVP_CIPHER_CTX *ctx = eg_aes_start(c, EG_AES_GCM, key, iv, false);
    if (ctx == NULL || !feed_aad(ctx, aad) || !update(ctx, eg_span(data.ptr, len), to) ||
        EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, EG_GCM_TAG_LEN, tag) != 1) {
        eg_writer_undo(out, mark);
        return eg_crypto_fail(EG_ERR(CRYPTO_FAILED));
    }
    if (!finish(ctx)) {
        eg_writer_undo(out, mark);
        return eg_crypto_fail(EG_ERR(CRYPTO_BAD_MAC));
    }
    return EG_OK;
}
