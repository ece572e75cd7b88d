/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/wire/session/session_walk.h"

#include <pb_decode.h>
#include <string.h>

/* Length-delimited: the place of its bytes in the frame. */
static bool take_bytes(pb_istream_t *in, struct eg_walk_field *out)
{
    uint32_t len = 0;
    if (!pb_decode_varint32(in, &len) || len > in->bytes_left) {
        return false;
    }
    out->is_bytes = true;
    out->data = eg_span(in->state, len);
    return pb_read(in, NULL, len);
}

static bool take_value(pb_istream_t *in, pb_wire_type_t wire, struct eg_walk_field *out)
{
    uint32_t fixed = 0;
    switch (wire) {
    case PB_WT_STRING:
        return take_bytes(in, out);
    case PB_WT_VARINT:
        return pb_decode_varint(in, &out->value);
    case PB_WT_64BIT:
        return pb_decode_fixed64(in, &out->value);
    case PB_WT_32BIT:
        if (!pb_decode_fixed32(in, &fixed)) {
            return false;
        }
        out->value = fixed;
        return true;
    default:
        return false;
    }
}

bool eg_walk_next(struct eg_span *rest, struct eg_walk_field *out, bool *bad)
{
    memset(out, 0, sizeof(*out));
    *bad = false;
    if (rest->len == 0) {
        return false;
    }
    pb_istream_t in = pb_istream_from_buffer(rest->ptr, rest->len);
    pb_wire_type_t wire;
    bool eof;
    if (!pb_decode_tag(&in, &wire, &out->number, &eof) || !take_value(&in, wire, out)) {
        *bad = true;
        return false;
    }
    *rest = eg_span(in.state, in.bytes_left);
    return true;
}

bool eg_walk_next_message(struct eg_span *rest, uint32_t number, eg_status *status,
                          struct eg_span *message)
{
    struct eg_walk_field field;
    bool bad = false;
    while (!bad && eg_ok(*status) && eg_walk_next(rest, &field, &bad)) {
        if (field.number == number && field.is_bytes) {
            *message = field.data;
            return true;
        }
        bad = field.number == number;
    }
    if (bad) {
        *status = EG_ERR(WIRE_BAD_SESSION);
    }
    return false;
}

static bool is_known(const uint8_t *known, uint32_t number)
{
    for (; *known != 0; known++) {
        if (*known == number) {
            return true;
        }
    }
    return false;
}

bool eg_walk_pick(struct eg_span message, const uint8_t *known, struct eg_walk_field *out,
                  bool *found)
{
    struct eg_walk_field field;
    bool bad;
    bool member = false;
    *found = false;
    memset(out, 0, sizeof(*out));
    while (eg_walk_next(&message, &field, &bad)) {
        if (!field.is_bytes) {
            continue;
        }
        bool hit = is_known(known, field.number);
        if (hit && member) {
            return false;
        }
        if (hit || !*found) {
            *out = field;
            *found = true;
        }
        member = member || hit;
    }
    return !bad;
}
