/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "lib/crypto/x509_der.h"

size_t eg_der_begin(struct eg_writer *w, unsigned tag)
{
    eg_writer_u8(w, (uint8_t)tag);
    eg_writer_u8(w, 0); /* length, known at the end */
    return w->len;
}

/* Bytes that a length needs behind its first byte. */
static size_t length_extra(size_t len)
{
    return len < 0x80 ? 0 : len <= 0xFF ? 1 : len <= 0xFFFF ? 2 : 3;
}

void eg_der_end(struct eg_writer *w, size_t mark)
{
    if (!eg_ok(w->status)) {
        return;
    }
    size_t len = w->len - mark;
    size_t extra = length_extra(len);
    if (len > 0xFFFFFF) {
        eg_writer_fail(w, EG_ERR(NO_ROOM));
        return;
    }
    if (extra == 0) {
        w->ptr[mark - 1] = (uint8_t)len;
        return;
    }
    if (eg_writer_reserve(w, extra) == NULL) {
        return;
    }
    memmove(w->ptr + mark + extra, w->ptr + mark, len);
    w->ptr[mark - 1] = (uint8_t)(0x80 | extra);
    for (size_t i = 0; i < extra; i++) {
        w->ptr[mark + i] = (uint8_t)(len >> (8 * (extra - 1 - i)));
    }
}

void eg_der_bytes(struct eg_writer *w, unsigned tag, struct eg_span content)
{
    size_t mark = eg_der_begin(w, tag);
    eg_writer_bytes(w, content);
    eg_der_end(w, mark);
}

void eg_der_unsigned(struct eg_writer *w, struct eg_span number)
{
    while (number.len > 1 && number.ptr[0] == 0) {
        number = eg_span(number.ptr + 1, number.len - 1);
    }
    size_t mark = eg_der_begin(w, EG_DER_INTEGER);
    if (number.len == 0 || (number.ptr[0] & 0x80) != 0) {
        eg_writer_u8(w, 0);
    }
    eg_writer_bytes(w, number);
    eg_der_end(w, mark);
}

void eg_der_small(struct eg_writer *w, uint8_t number)
{
    eg_der_unsigned(w, eg_span(&number, 1));
}

void eg_der_true(struct eg_writer *w)
{
    static const uint8_t yes = 0xFF;
    eg_der_bytes(w, EG_DER_BOOLEAN, eg_span(&yes, 1));
}

void eg_der_named_bits(struct eg_writer *w, uint8_t bits)
{
    uint8_t mirrored = 0; /* named bit 0 is the top bit */
    uint8_t unused = 8;
    for (uint8_t i = 0; i < 8; i++) {
        if ((bits >> i) & 1) {
            mirrored = (uint8_t)(mirrored | (0x80u >> i));
            unused = (uint8_t)(7 - i);
        }
    }
    const uint8_t content[2] = {bits == 0 ? 0 : unused, mirrored};
    eg_der_bytes(w, EG_DER_BIT_STRING, eg_span(content, bits == 0 ? 1 : 2));
}
