/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "agent/core/core.h"
#include "engrave/agent_claim.h"
#include "lib/base/secret.h"

enum { TAG_UUID = 0x41, TAG_KEY, TAG_CIPHER_WORD, TAG_MAC_WORD, TAG_IV, TAG_TEXT, TAG_MAC = 0x5E };
enum { LABEL_LEN = 12, BLOCK = 16, KEY_BITS = 128, TEXT_ROOM = 256 };

/* Property words of the two keys: AES and CMAC keys of 128 bits, as NXP's simulated platform has.
 */
#define CIPHER_WORD 0x20001080u
#define MAC_WORD    0x20200080u

struct claim {
    const struct eg_agent_claim_crypto *crypto;
    void *ctx;
    uint8_t secret[32];
    uint8_t key[BLOCK];
    uint8_t padded[TEXT_ROOM];
};

/* CKDF, one round: CMAC(secret, label || 8 zeros || word || bits || 1). */
static eg_agent_result derive(struct claim *c, const char label[static LABEL_LEN], uint32_t word)
{
    static const uint8_t zeros[8];
    uint8_t room[32];
    struct eg_writer w;
    eg_writer_init(&w, room, sizeof(room));
    eg_writer_bytes(&w, eg_span(label, LABEL_LEN));
    eg_writer_bytes(&w, EG_SPAN_OF(zeros));
    eg_writer_be32(&w, word);
    eg_writer_be32(&w, KEY_BITS);
    eg_writer_be32(&w, 1);
    return c->crypto->cmac(c->ctx, agent_bytes(c->secret, sizeof(c->secret)),
                           agent_bytes(room, sizeof(room)), c->key);
}

static void put(struct eg_writer *w, uint8_t tag, struct eg_span value)
{
    eg_writer_u8(w, tag);
    eg_writer_u8(w, (uint8_t)value.len);
    eg_writer_bytes(w, value);
}

static void put_word(struct eg_writer *w, uint8_t tag, uint32_t word)
{
    uint8_t bytes[4];
    eg_store_be32(bytes, word);
    put(w, tag, EG_SPAN_OF(bytes));
}

/* DER lengths: one byte below 128; more takes the long form that NXP's agent does not know. */
static void put_text(struct eg_writer *w, struct eg_span value)
{
    eg_writer_u8(w, TAG_TEXT);
    if (value.len > 0xFF) {
        eg_writer_u8(w, 0x82);
        eg_writer_u8(w, (uint8_t)(value.len >> 8));
    } else if (value.len > 0x7F) {
        eg_writer_u8(w, 0x81);
    }
    eg_writer_u8(w, (uint8_t)value.len);
    eg_writer_bytes(w, value);
}

/* ISO 7816-4: one byte 80, then zeros to the next block. */
static size_t pad(struct claim *c, struct eg_agent_text text)
{
    memset(c->padded, 0, sizeof(c->padded));
    memcpy(c->padded, text.ptr, text.len);
    c->padded[text.len] = 0x80;
    return (text.len / BLOCK + 1) * BLOCK;
}

static eg_agent_result put_sealed(struct claim *c, struct eg_writer *w, struct eg_agent_text text)
{
    uint8_t iv[BLOCK];
    size_t len = pad(c, text);
    AGENT_TRY(c->crypto->random(c->ctx, iv, sizeof(iv)));
    AGENT_TRY(derive(c, "CC_ENC\0\0\0\0\0", CIPHER_WORD));
    AGENT_TRY(c->crypto->cbc(c->ctx, agent_bytes(c->key, sizeof(c->key)), iv, c->padded, len));
    put(w, TAG_IV, EG_SPAN_OF(iv));
    put_text(w, eg_span(c->padded, len));
    return EG_AGENT_OK;
}

/* The MAC covers its own tag and length. */
static eg_agent_result put_mac(struct claim *c, struct eg_writer *w)
{
    uint8_t mac[BLOCK];
    AGENT_TRY(derive(c, "CC_MAC\0\0\0\0\0", MAC_WORD));
    eg_writer_u8(w, TAG_MAC);
    eg_writer_u8(w, BLOCK);
    AGENT_TRY(c->crypto->cmac(c->ctx, agent_bytes(c->key, sizeof(c->key)),
                              agent_bytes(w->ptr, w->len), mac));
    eg_writer_bytes(w, EG_SPAN_OF(mac));
    return EG_AGENT_OK;
}

static eg_agent_result seal(struct claim *c, const uint8_t *uuid, const uint8_t *service_key,
                            struct eg_agent_text text, struct eg_writer *w)
{
    uint8_t peer[EG_AGENT_PUBLIC_KEY_LEN] = {0x04};
    uint8_t own[EG_AGENT_PUBLIC_KEY_LEN];
    memcpy(peer + 1, service_key, EG_AGENT_CLAIM_KEY_LEN);
    AGENT_TRY(c->crypto->agree(c->ctx, peer, own, c->secret));
    put(w, TAG_UUID, eg_span(uuid, EG_AGENT_UUID_LEN));
    put(w, TAG_KEY, EG_SPAN_OF(own));
    put_word(w, TAG_CIPHER_WORD, CIPHER_WORD);
    put_word(w, TAG_MAC_WORD, MAC_WORD);
    AGENT_TRY(put_sealed(c, w, text));
    return put_mac(c, w);
}

eg_agent_result eg_agent_claim_blob(const struct eg_agent_claim_crypto *crypto, void *ctx,
                                    const uint8_t uuid[EG_AGENT_UUID_LEN],
                                    const uint8_t service_key[EG_AGENT_CLAIM_KEY_LEN],
                                    struct eg_agent_text text, uint8_t *room, size_t room_size,
                                    size_t *len)
{
    struct claim c = {.crypto = crypto, .ctx = ctx};
    struct eg_writer w;
    *len = 0;
    if (room_size < EG_AGENT_CLAIM_BLOB_MAX || text.len < EG_AGENT_CLAIM_TEXT_MIN ||
        text.len > EG_AGENT_CLAIM_TEXT_MAX) {
        return EG_AGENT_ARGUMENT;
    }
    eg_writer_init(&w, room, room_size);
    eg_agent_result result = seal(&c, uuid, service_key, text, &w);
    eg_wipe(&c, sizeof(c));
    if (result == EG_AGENT_OK) {
        *len = w.len;
    }
    return result;
}

_Static_assert(2 + 16 + 2 + 65 + 6 + 6 + 2 + 16 + 4 + TEXT_ROOM + 2 + 16 <=
                   (int)EG_AGENT_CLAIM_BLOB_MAX,
               "the longest claim code fits");
