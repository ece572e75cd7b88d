/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/crypto/x509_der.h"

enum { LENGTH_BYTES_MAX = 4 };

bool eg_der_at(const struct eg_reader *r, unsigned tag)
{
    return eg_ok(r->status) && r->rest.len > 0 && r->rest.ptr[0] == tag;
}

/* Definite length in its shortest form. */
static size_t take_length(struct eg_reader *r)
{
    size_t first = eg_reader_u8(r);
    if (first < 0x80) {
        return first;
    }
    size_t count = first & 0x7F;
    if (count == 0 || count > LENGTH_BYTES_MAX) {
        eg_reader_fail(r, EG_ERR(CRYPTO_BAD_CERT));
        return 0;
    }
    size_t len = 0;
    for (size_t i = 0; i < count; i++) {
        len = len << 8 | eg_reader_u8(r);
    }
    if (len < 0x80 || len >> (8 * (count - 1)) == 0) {
        eg_reader_fail(r, EG_ERR(CRYPTO_BAD_CERT));
        return 0;
    }
    return len;
}

struct eg_span eg_der_take(struct eg_reader *r, unsigned tag)
{
    if (!eg_der_at(r, tag)) {
        eg_reader_fail(r, EG_ERR(CRYPTO_BAD_CERT));
        return eg_span(NULL, 0);
    }
    (void)eg_reader_u8(r);
    return eg_reader_take(r, take_length(r));
}

struct eg_span eg_der_take_whole(struct eg_reader *r, unsigned tag)
{
    struct eg_span before = r->rest;
    (void)eg_der_take(r, tag);
    return eg_ok(r->status) ? eg_span(before.ptr, before.len - r->rest.len) : eg_span(NULL, 0);
}

struct eg_reader eg_der_enter(struct eg_reader *r, unsigned tag)
{
    struct eg_reader inner;
    eg_reader_init(&inner, eg_der_take(r, tag));
    inner.status = r->status;
    return inner;
}

void eg_der_leave(struct eg_reader *r, const struct eg_reader *inner)
{
    eg_status st = eg_reader_finish(inner);
    if (!eg_ok(st)) {
        eg_reader_fail(r, st);
    }
}

bool eg_der_take_bool(struct eg_reader *r)
{
    struct eg_span content = eg_der_take(r, EG_DER_BOOLEAN);
    bool valid = content.len == 1 && (content.ptr[0] == 0x00 || content.ptr[0] == 0xFF);
    if (!valid) {
        eg_reader_fail(r, EG_ERR(CRYPTO_BAD_CERT));
        return false;
    }
    return content.ptr[0] == 0xFF;
}
