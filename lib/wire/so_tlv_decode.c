/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <string.h>

#include "lib/wire/so_tags.h"
#include "lib/wire/so_tlv.h"

/* Which tags may be there, in which order, how long, and where the value goes. */
struct field {
    uint8_t tag;
    bool optional; /* presence is decided by what comes next on the wire */
    uint16_t len_min, len_max;
    enum kind { U16, U32, SPAN } kind;
    size_t offset; /* in struct eg_so */
};

#define MEMBER(member) offsetof(struct eg_so, member)

static const struct field fields[] = {
    {SO_KEY_ID, false, 4, 4, U32, MEMBER(key_id)},
    {SO_ALGORITHM, false, 4, 4, U32, MEMBER(algorithm)},
    {SO_USAGE, false, 4, 4, U32, MEMBER(usage)},
    {SO_KEY_TYPE, false, 2, 2, U16, MEMBER(key_type)},
    {SO_KEY_BITS, false, 4, 4, U32, MEMBER(key_bits)},
    {SO_LIFETIME, false, 4, 4, U32, MEMBER(lifetime)},
    {SO_LIFE_CYCLE, true, 4, 4, U32, MEMBER(life_cycle)},
    {SO_WRAP_KEY_ID, false, 4, 4, U32, MEMBER(wrap_key_id)},
    {SO_WRAP, false, 4, 4, U32, MEMBER(wrap)},
    {SO_IV, true, EG_SO_IV_LEN, EG_SO_IV_LEN, SPAN, MEMBER(iv)},
    {SO_SIGN_KEY_ID, false, 4, 4, U32, MEMBER(sign_key_id)},
    {SO_SIGN, false, 4, 4, U32, MEMBER(sign)},
    {SO_PAYLOAD, false, 1, EG_SO_PAYLOAD_MAX, SPAN, MEMBER(payload)},
    {SO_PROVISIONING, true, 1, EG_SO_PROVISIONING_MAX, SPAN, MEMBER(provisioning_id)},
};

/* A length in its shortest form: 00..7F, 81 xx, 82 xx xx. */
static size_t take_length(struct eg_reader *r)
{
    uint8_t first = eg_reader_u8(r);
    size_t len = first;

    if (first == 0x81) {
        len = eg_reader_u8(r);
    } else if (first == 0x82) {
        len = eg_reader_be16(r);
    }
    if (eg_ok(r->status) && ((first > 0x82 || first == 0x80) || (first == 0x81 && len < 0x80) ||
                             (first == 0x82 && len <= UINT8_MAX))) {
        eg_reader_fail(r, EG_ERR(WIRE_BAD_LENGTH));
        return 0;
    }
    return len;
}

static struct eg_span take_value(struct eg_reader *r, size_t len_min, size_t len_max)
{
    size_t len = take_length(r);

    if (eg_ok(r->status) && (len < len_min || len > len_max)) {
        eg_reader_fail(r, EG_ERR(WIRE_BAD_LENGTH));
    }
    return eg_reader_take(r, len);
}

static void store(struct eg_so *so, const struct field *f, struct eg_span value)
{
    uint8_t *member = (uint8_t *)so + f->offset;
    uint32_t word;
    uint16_t half;

    switch (f->kind) {
    case U32:
        word = eg_load_be32(value.ptr);
        memcpy(member, &word, sizeof(word));
        break;
    case U16:
        half = (uint16_t)((unsigned)value.ptr[0] << 8 | value.ptr[1]);
        memcpy(member, &half, sizeof(half));
        break;
    case SPAN:
        memcpy(member, &value, sizeof(value));
        break;
    }
    so->has_life_cycle = so->has_life_cycle || f->tag == SO_LIFE_CYCLE;
}

static void take_field(struct eg_reader *r, const struct field *f, struct eg_so *so)
{
    struct eg_span value;

    if (f->optional && r->rest.len > 0 && r->rest.ptr[0] != f->tag) {
        return;
    }
    if (eg_reader_u8(r) != f->tag) {
        eg_reader_fail(r, EG_ERR(WIRE_BAD_TAG));
        return;
    }
    value = take_value(r, f->len_min, f->len_max);
    if (eg_ok(r->status)) {
        store(so, f, value);
    }
}

static void take_start(struct eg_reader *r)
{
    struct eg_span start = eg_reader_take(r, SO_START_LEN);

    if (eg_ok(r->status) && !eg_span_equal(start, EG_SPAN_OF(so_start))) {
        eg_reader_fail(r, EG_ERR(WIRE_BAD_MAGIC));
    }
}

static void take_mac(struct eg_reader *r, struct eg_so *so)
{
    if (eg_reader_u8(r) != SO_MAC) {
        eg_reader_fail(r, EG_ERR(WIRE_BAD_TAG));
        return;
    }
    so->mac = take_value(r, EG_SO_MAC_LEN, EG_SO_MAC_LEN);
}

eg_status eg_so_next(struct eg_reader *r, struct eg_so *out)
{
    const uint8_t *start = r->rest.ptr;

    memset(out, 0, sizeof(*out));
    take_start(r);
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]) && eg_ok(r->status); i++) {
        take_field(r, &fields[i], out);
    }
    if (eg_ok(r->status)) {
        take_mac(r, out);
    }
    if (eg_ok(r->status) && (out->iv.len > 0) != (out->wrap == EG_SO_WRAP_CBC)) {
        eg_reader_fail(r, EG_ERR(WIRE_BAD_TAG));
    }
    if (!eg_ok(r->status)) {
        memset(out, 0, sizeof(*out));
        return r->status;
    }
    out->whole = eg_span(start, (size_t)(r->rest.ptr - start));
    out->mac_over = eg_span(start, out->whole.len - EG_SO_MAC_LEN);
    return EG_OK;
}

eg_status eg_so_decode(struct eg_span data, struct eg_so *out)
{
    struct eg_reader r;
    eg_status st;

    eg_reader_init(&r, data);
    EG_TRY(eg_so_next(&r, out));
    st = eg_reader_finish(&r);
    if (!eg_ok(st)) {
        memset(out, 0, sizeof(*out));
    }
    return st;
}

eg_status eg_so_count(struct eg_span data, size_t *out_count)
{
    struct eg_reader r;
    struct eg_so so;
    size_t count = 0;

    *out_count = 0;
    eg_reader_init(&r, data);
    while (r.rest.len > 0) {
        EG_TRY(eg_so_next(&r, &so));
        count++;
    }
    *out_count = count;
    return EG_OK;
}
