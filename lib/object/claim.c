/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/object/claim.h"

#include <string.h>

#include "lib/base/secret.h"
#include "lib/object/ckdf.h"

enum {
    TAG_UUID = 0x41,
    TAG_POINT = 0x42,
    TAG_WORD_ENC = 0x43,
    TAG_WORD_MAC = 0x44,
    TAG_IV = 0x45,
    TAG_CIPHER = 0x46,
    TAG_MAC = 0x5E,
    IV_LEN = 16,
    CIPHER_MAX = EG_CLAIM_TEXT_MAX + 1, /* at least one byte of padding, a multiple of 16 */
};

static const uint8_t label_enc[EG_CKDF_LABEL_LEN] = "CC_ENC";
static const uint8_t label_mac[EG_CKDF_LABEL_LEN] = "CC_MAC";

/* ---- structure ------------------------------------------------------------------------------- */

/** Length in DER's shortest form, at most two bytes of it. */
static size_t read_len(struct eg_reader *r)
{
    uint8_t first = eg_reader_u8(r);
    if (first < 0x80) {
        return first;
    }
    size_t len = first == 0x81 ? eg_reader_u8(r) : first == 0x82 ? eg_reader_be16(r) : 0;
    bool shortest = len >= (first == 0x81 ? 0x80u : 0x100u);
    if (!shortest) {
        eg_reader_fail(r, EG_ERR(CLAIM_BLOB));
    }
    return shortest ? len : 0;
}

/** Value of the next element; len 0: any. Empty and r failed when it is another one. */
static struct eg_span element(struct eg_reader *r, uint8_t tag, size_t len)
{
    if (eg_reader_u8(r) != tag) {
        eg_reader_fail(r, EG_ERR(CLAIM_BLOB));
        return eg_span(NULL, 0);
    }
    size_t got = read_len(r);
    if (len != 0 && got != len) {
        eg_reader_fail(r, EG_ERR(CLAIM_BLOB));
        return eg_span(NULL, 0);
    }
    return eg_reader_take(r, got);
}

static uint32_t word(struct eg_reader *r, uint8_t tag)
{
    struct eg_span v = element(r, tag, 4);
    return v.len == 4 ? eg_load_be32(v.ptr) : 0;
}

static bool begins(struct eg_span data)
{
    return data.len >= 2 && data.ptr[0] == TAG_UUID && data.ptr[1] == EG_UUID_LEN;
}

eg_status eg_claim_blob_decode(struct eg_span data, struct eg_claim_blob *out)
{
    struct eg_reader r;
    struct eg_claim_blob b;
    memset(&b, 0, sizeof(b));
    memset(out, 0, sizeof(*out));
    if (!begins(data)) {
        return EG_ERR(CLAIM_BLOB_TYPE);
    }
    eg_reader_init(&r, data);
    struct eg_span uuid = element(&r, TAG_UUID, EG_UUID_LEN);
    b.point = element(&r, TAG_POINT, EG_P256_POINT_LEN);
    b.word_enc = word(&r, TAG_WORD_ENC);
    b.word_mac = word(&r, TAG_WORD_MAC);
    b.iv = element(&r, TAG_IV, IV_LEN);
    b.cipher = element(&r, TAG_CIPHER, 0);
    b.mac = element(&r, TAG_MAC, EG_CMAC_LEN);
    bool whole = eg_ok(eg_reader_finish(&r));
    if (!whole || uuid.ptr == NULL || b.cipher.len == 0 || b.cipher.len % EG_AES_BLOCK_LEN != 0 ||
        b.cipher.len > CIPHER_MAX) {
        return EG_ERR(CLAIM_BLOB);
    }
    memcpy(b.uuid.bytes, uuid.ptr, EG_UUID_LEN);
    b.mac_over = eg_span(data.ptr, data.len - EG_CMAC_LEN);
    *out = b;
    return EG_OK;
}

bool eg_claim_text_ok(struct eg_span text)
{
    size_t pad = 0;
    if (text.len < EG_CLAIM_TEXT_MIN || text.len > EG_CLAIM_TEXT_MAX) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.ptr[i];
        bool digit = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                     c == '+' || c == '/' || c == '-' || c == '_';
        pad += c == '=' ? 1 : 0;
        if ((!digit && c != '=') || (digit && pad > 0)) {
            return false;
        }
    }
    return pad <= 2;
}

/* ---- keys ------------------------------------------------------------------------------------ */

struct claim_keys {
    uint8_t enc[EG_CKDF_LEN_MAX], mac[EG_CKDF_LEN_MAX];
    size_t enc_len, mac_len;
};

static eg_status derive(struct eg_crypto *c, const struct eg_key *key, const uint8_t *peer,
                        uint32_t word_enc, uint32_t word_mac, struct claim_keys *out)
{
    uint8_t z[32];
    eg_status st = eg_ecdh_p256(c, key, peer, z);
    out->enc_len = eg_ckdf_len(word_enc);
    out->mac_len = eg_ckdf_len(word_mac);
    if (eg_ok(st)) {
        st = eg_ckdf(c, EG_SPAN_OF(z), label_enc, word_enc, out->enc);
    }
    if (eg_ok(st)) {
        st = eg_ckdf(c, EG_SPAN_OF(z), label_mac, word_mac, out->mac);
    }
    eg_wipe(z, sizeof(z));
    return st;
}

/** What a stranger could cause must look the same whatever it was. */
static eg_status one_answer(eg_status st)
{
    return eg_is(st, EG_E_CRYPTO_BAD_KEY) || eg_is(st, EG_E_CRYPTO_BAD_PADDING) ||
                   eg_is(st, EG_E_CRYPTO_BAD_MAC)
               ? EG_ERR(CLAIM_BLOB_SEALED)
               : st;
}

static eg_status check_mac(struct eg_crypto *c, const struct claim_keys *keys,
                           const struct eg_claim_blob *blob, const struct eg_uuid *uuid)
{
    uint8_t mac[EG_CMAC_LEN];
    EG_TRY(eg_cmac(c, eg_span(keys->mac, keys->mac_len), blob->mac_over, mac));
    bool same = eg_ct_equal(mac, blob->mac.ptr, sizeof(mac));
    bool mine = eg_ct_equal(uuid->bytes, blob->uuid.bytes, EG_UUID_LEN);
    return same && mine ? EG_OK : EG_ERR(CLAIM_BLOB_SEALED);
}

eg_status eg_claim_open(struct eg_crypto *c, const struct eg_key *key,
                        const struct eg_claim_blob *blob, const struct eg_uuid *uuid,
                        struct eg_writer *text)
{
    struct claim_keys keys = {.enc_len = 0};
    uint8_t plain[CIPHER_MAX];
    struct eg_writer w;
    eg_writer_init(&w, plain, sizeof(plain));
    eg_status st = derive(c, key, blob->point.ptr, blob->word_enc, blob->word_mac, &keys);
    if (eg_ok(st)) {
        st = check_mac(c, &keys, blob, uuid);
    }
    if (eg_ok(st)) {
        st = eg_cbc_decrypt(c, eg_span(keys.enc, keys.enc_len), blob->iv.ptr, blob->cipher, &w);
    }
    if (eg_ok(st)) {
        eg_writer_bytes(text, eg_writer_span(&w));
        st = text->status;
    }
    eg_wipe(&keys, sizeof(keys));
    eg_wipe(plain, sizeof(plain));
    return one_answer(st);
}

/* ---- what a device does ---------------------------------------------------------------------- */

static void put(struct eg_writer *w, uint8_t tag, struct eg_span value)
{
    eg_writer_u8(w, tag);
    if (value.len >= 0x100) {
        eg_writer_u8(w, 0x82);
        eg_writer_be16(w, (uint16_t)value.len);
    } else {
        if (value.len >= 0x80) {
            eg_writer_u8(w, 0x81);
        }
        eg_writer_u8(w, (uint8_t)value.len);
    }
    eg_writer_bytes(w, value);
}

static void put_word(struct eg_writer *w, uint8_t tag, uint32_t v)
{
    uint8_t b[4];
    eg_store_be32(b, v);
    put(w, tag, EG_SPAN_OF(b));
}

static eg_status put_sealed(struct eg_crypto *c, const struct claim_keys *keys, struct eg_span text,
                            size_t start, struct eg_writer *out)
{
    uint8_t iv[IV_LEN], cipher[CIPHER_MAX], mac[EG_CMAC_LEN];
    struct eg_writer w;
    eg_writer_init(&w, cipher, sizeof(cipher));
    EG_TRY(eg_random(c, iv, sizeof(iv)));
    EG_TRY(eg_cbc_encrypt(c, eg_span(keys->enc, keys->enc_len), iv, text, &w));
    put(out, TAG_IV, EG_SPAN_OF(iv));
    put(out, TAG_CIPHER, eg_writer_span(&w));
    eg_writer_u8(out, TAG_MAC);
    eg_writer_u8(out, EG_CMAC_LEN);
    EG_TRY(out->status);
    EG_TRY(eg_cmac(c, eg_span(keys->mac, keys->mac_len),
                   eg_span(out->ptr + start, out->len - start), mac));
    eg_writer_bytes(out, EG_SPAN_OF(mac));
    return out->status;
}

eg_status eg_claim_seal(struct eg_crypto *c, const uint8_t claim_public[static EG_P256_POINT_LEN],
                        const struct eg_uuid *uuid, struct eg_span text, struct eg_writer *out)
{
    uint8_t scalar[EG_P256_SCALAR_LEN], point[EG_P256_POINT_LEN];
    struct claim_keys keys = {.enc_len = 0};
    struct eg_key *key = NULL;
    size_t start = out->len;
    if (!eg_claim_text_ok(text)) {
        return EG_ERR(CLAIM_SECRET);
    }
    eg_status st = eg_p256_generate(c, scalar, point);
    if (eg_ok(st)) {
        st = eg_key_from_private(c, EG_KEY_P256, EG_SPAN_OF(scalar), &key);
    }
    if (eg_ok(st)) {
        st = derive(c, key, claim_public, EG_CLAIM_WORD_ENC, EG_CLAIM_WORD_MAC, &keys);
    }
    if (eg_ok(st)) {
        put(out, TAG_UUID, EG_SPAN_OF(uuid->bytes));
        put(out, TAG_POINT, EG_SPAN_OF(point));
        put_word(out, TAG_WORD_ENC, EG_CLAIM_WORD_ENC);
        put_word(out, TAG_WORD_MAC, EG_CLAIM_WORD_MAC);
        st = put_sealed(c, &keys, text, start, out);
    }
    eg_key_free(key);
    eg_wipe(scalar, sizeof(scalar));
    eg_wipe(&keys, sizeof(keys));
    return st;
}
