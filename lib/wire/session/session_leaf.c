/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/wire/session/session_leaf.h"

#include <pb_decode.h>
#include <pb_encode.h>
#include <string.h>

bool eg_leaf_read(struct eg_span data, const pb_msgdesc_t *fields, void *dest)
{
    static const uint8_t nothing[1];
    pb_istream_t in = pb_istream_from_buffer(data.len > 0 ? data.ptr : nothing, data.len);
    return pb_decode_ex(&in, fields, dest, PB_DECODE_NOINIT);
}

static bool bytes_in(pb_istream_t *in, const pb_field_t *field, void **arg)
{
    (void)field;
    struct eg_span *place = *arg;
    *place = eg_span(in->state, in->bytes_left);
    return pb_read(in, NULL, in->bytes_left);
}

pb_callback_t eg_leaf_bytes_in(struct eg_span *place)
{
    return (pb_callback_t){.funcs.decode = bytes_in, .arg = place};
}

bool eg_put_varint(pb_ostream_t *out, uint32_t field, uint64_t value)
{
    return pb_encode_tag(out, PB_WT_VARINT, field) && pb_encode_varint(out, value);
}

bool eg_put_fixed32(pb_ostream_t *out, uint32_t field, uint32_t value)
{
    return pb_encode_tag(out, PB_WT_32BIT, field) && pb_encode_fixed32(out, &value);
}

bool eg_put_bytes(pb_ostream_t *out, uint32_t field, struct eg_span bytes)
{
    return bytes.ptr == NULL ||
           (pb_encode_tag(out, PB_WT_STRING, field) && pb_encode_string(out, bytes.ptr, bytes.len));
}

static bool encode_inner(pb_ostream_t *out, const struct eg_leaf *leaf)
{
    return leaf->encode == NULL || leaf->encode(out, leaf->src);
}

static size_t varint_size(uint64_t v)
{
    size_t n = 1;
    for (; v > 0x7F; v >>= 7) {
        n++;
    }
    return n;
}

/* Bytes inside each wrapper, from the innermost out; false if the leaf cannot be encoded. */
static bool measure(const struct eg_leaf *leaf, size_t inside[EG_WRAP_MAX + 1])
{
    pb_ostream_t count = PB_OSTREAM_SIZING;
    if (leaf->wraps == 0 || !encode_inner(&count, leaf)) {
        return false;
    }
    size_t len = count.bytes_written;
    if (leaf->tail.ptr != NULL) {
        len += 1 + varint_size(leaf->tail.len) + leaf->tail.len;
    }
    for (size_t i = leaf->wraps; i > 0; i--) {
        len += i == 1 ? leaf->head.len : 0;
        if (len > INT32_MAX) {
            return false;
        }
        inside[i] = len;
        len += varint_size((uint64_t)leaf->wrap[i - 1] << 3) + varint_size(len);
    }
    inside[0] = len;
    return true;
}

size_t eg_leaf_size(const struct eg_leaf *leaf)
{
    size_t inside[EG_WRAP_MAX + 1];
    return measure(leaf, inside) ? inside[0] : 0;
}

static bool encode_all(pb_ostream_t *out, const struct eg_leaf *leaf, const size_t *inside)
{
    for (size_t i = 0; i < leaf->wraps; i++) {
        if (!pb_encode_tag(out, PB_WT_STRING, leaf->wrap[i]) ||
            !pb_encode_varint(out, inside[i + 1])) {
            return false;
        }
        if (i == 0 && !pb_write(out, leaf->head.ptr, leaf->head.len)) {
            return false;
        }
    }
    return encode_inner(out, leaf) &&
           (leaf->tail.ptr == NULL || (pb_encode_tag(out, PB_WT_STRING, EG_LEAF_TAIL) &&
                                       pb_encode_varint(out, leaf->tail.len)));
}

void eg_leaf_put(struct eg_writer *w, const struct eg_leaf *leaf)
{
    size_t inside[EG_WRAP_MAX + 1];
    if (!measure(leaf, inside)) {
        eg_writer_fail(w, EG_ERR(WIRE_BAD_SESSION));
        return;
    }
    uint8_t *room = eg_writer_reserve(w, inside[0]);
    if (room == NULL) {
        return;
    }
    pb_ostream_t out = pb_ostream_from_buffer(room, inside[0]);
    if (!encode_all(&out, leaf, inside)) {
        w->len -= inside[0];
        eg_writer_fail(w, EG_ERR(WIRE_BAD_SESSION));
        return;
    }
    if (leaf->tail.ptr != NULL) {
        memmove(room + out.bytes_written, leaf->tail.ptr, leaf->tail.len);
    }
}
