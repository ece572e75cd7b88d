/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/wire/so_tlv.h"

#include "lib/wire/so_tags.h"

enum {
    LEN_U16 = 4, /* bytes of a field with tag and length */
    LEN_U32 = 6,
    LEN_IV = 2 + EG_SO_IV_LEN,
    LEN_MAC = 2 + EG_SO_MAC_LEN,
    U32_FIELDS = 9, /* 41 42 43 45 46 50 51 53 54 */
};

/* Bytes of tag and length in front of a value. */
static size_t head_len(size_t value_len)
{
    if (value_len < 0x80) {
        return 2;
    }
    return value_len <= UINT8_MAX ? 3 : 4;
}

size_t eg_so_len(const struct eg_so *so, size_t payload_len)
{
    size_t len = SO_START_LEN + U32_FIELDS * LEN_U32 + LEN_U16 + LEN_MAC;

    len += so->has_life_cycle ? LEN_U32 : 0;
    len += so->wrap == EG_SO_WRAP_CBC ? LEN_IV : 0;
    len += head_len(payload_len) + payload_len;
    if (so->provisioning_id.len > 0) {
        len += head_len(so->provisioning_id.len) + so->provisioning_id.len;
    }
    return len;
}

static void put_head(struct eg_writer *w, enum so_tag tag, size_t len)
{
    eg_writer_u8(w, (uint8_t)tag);
    if (len >= 0x80 && len <= UINT8_MAX) {
        eg_writer_u8(w, 0x81);
    }
    if (len > UINT8_MAX) {
        eg_writer_u8(w, 0x82);
        eg_writer_be16(w, (uint16_t)len);
        return;
    }
    eg_writer_u8(w, (uint8_t)len);
}

static void put_u32(struct eg_writer *w, enum so_tag tag, uint32_t value)
{
    put_head(w, tag, sizeof(value));
    eg_writer_be32(w, value);
}

static void put_u16(struct eg_writer *w, enum so_tag tag, uint16_t value)
{
    put_head(w, tag, sizeof(value));
    eg_writer_be16(w, value);
}

static void put_bytes(struct eg_writer *w, enum so_tag tag, struct eg_span value)
{
    put_head(w, tag, value.len);
    eg_writer_bytes(w, value);
}

/* The IV must be there exactly when the payload is CBC. */
static bool lengths_allowed(const struct eg_so *so, size_t payload_len)
{
    size_t iv_len = so->wrap == EG_SO_WRAP_CBC ? EG_SO_IV_LEN : 0;

    return so->iv.len == iv_len && payload_len > 0 && payload_len <= EG_SO_PAYLOAD_MAX &&
           so->provisioning_id.len <= EG_SO_PROVISIONING_MAX;
}

void eg_so_put_head(struct eg_writer *w, const struct eg_so *so, size_t payload_len)
{
    if (!lengths_allowed(so, payload_len)) {
        eg_writer_fail(w, EG_ERR(WIRE_BAD_LENGTH));
        return;
    }
    eg_writer_bytes(w, EG_SPAN_OF(so_start));
    put_u32(w, SO_KEY_ID, so->key_id);
    put_u32(w, SO_ALGORITHM, so->algorithm);
    put_u32(w, SO_USAGE, so->usage);
    put_u16(w, SO_KEY_TYPE, so->key_type);
    put_u32(w, SO_KEY_BITS, so->key_bits);
    put_u32(w, SO_LIFETIME, so->lifetime);
    if (so->has_life_cycle) {
        put_u32(w, SO_LIFE_CYCLE, so->life_cycle);
    }
    put_u32(w, SO_WRAP_KEY_ID, so->wrap_key_id);
    put_u32(w, SO_WRAP, so->wrap);
    if (so->wrap == EG_SO_WRAP_CBC) {
        put_bytes(w, SO_IV, so->iv);
    }
    put_u32(w, SO_SIGN_KEY_ID, so->sign_key_id);
    put_u32(w, SO_SIGN, so->sign);
    put_head(w, SO_PAYLOAD, payload_len);
}

void eg_so_put_tail(struct eg_writer *w, const struct eg_so *so)
{
    if (so->provisioning_id.len > 0) {
        put_bytes(w, SO_PROVISIONING, so->provisioning_id);
    }
    put_head(w, SO_MAC, EG_SO_MAC_LEN);
}

void eg_so_put(struct eg_writer *w, const struct eg_so *so)
{
    if (so->mac.len != EG_SO_MAC_LEN) {
        eg_writer_fail(w, EG_ERR(WIRE_BAD_LENGTH));
        return;
    }
    eg_so_put_head(w, so, so->payload.len);
    eg_writer_bytes(w, so->payload);
    eg_so_put_tail(w, so);
    eg_writer_bytes(w, so->mac);
}
