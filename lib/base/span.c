/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/span.h"

#include <string.h>

struct eg_span eg_span_str(const char *text)
{
    return eg_span(text, strlen(text));
}

bool eg_span_equal(struct eg_span a, struct eg_span b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

void eg_reader_init(struct eg_reader *r, struct eg_span data)
{
    r->rest = data;
    r->status = EG_OK;
}

void eg_reader_fail(struct eg_reader *r, eg_status st)
{
    if (eg_ok(r->status)) {
        r->status = st;
    }
}

struct eg_span eg_reader_take(struct eg_reader *r, size_t len)
{
    if (!eg_ok(r->status)) {
        return eg_span(NULL, 0);
    }
    if (len > r->rest.len) {
        r->status = EG_ERR(TRUNCATED);
        return eg_span(NULL, 0);
    }
    struct eg_span out = eg_span(r->rest.ptr, len);
    if (len > 0) {
        r->rest.ptr += len;
        r->rest.len -= len;
    }
    return out;
}

void eg_reader_copy(struct eg_reader *r, uint8_t *out, size_t len)
{
    struct eg_span s = eg_reader_take(r, len);
    if (s.len == len && len > 0) {
        memcpy(out, s.ptr, len);
    } else if (len > 0) {
        memset(out, 0, len);
    }
}

static uint64_t read_be(struct eg_reader *r, size_t len)
{
    struct eg_span s = eg_reader_take(r, len);
    uint64_t v = 0;
    for (size_t i = 0; i < s.len; i++) {
        v = (v << 8) | s.ptr[i];
    }
    return v;
}

static uint32_t read_le(struct eg_reader *r, size_t len)
{
    struct eg_span s = eg_reader_take(r, len);
    uint32_t v = 0;
    for (size_t i = s.len; i > 0; i--) {
        v = (v << 8) | s.ptr[i - 1];
    }
    return v;
}

uint8_t eg_reader_u8(struct eg_reader *r)
{
    return (uint8_t)read_be(r, 1);
}

uint16_t eg_reader_be16(struct eg_reader *r)
{
    return (uint16_t)read_be(r, 2);
}

uint32_t eg_reader_be32(struct eg_reader *r)
{
    return (uint32_t)read_be(r, 4);
}

uint64_t eg_reader_be64(struct eg_reader *r)
{
    return read_be(r, 8);
}

uint16_t eg_reader_le16(struct eg_reader *r)
{
    return (uint16_t)read_le(r, 2);
}

uint32_t eg_reader_le32(struct eg_reader *r)
{
    return read_le(r, 4);
}

struct eg_span eg_reader_block(struct eg_reader *r, size_t max)
{
    uint32_t len = eg_reader_be32(r);
    if (eg_ok(r->status) && len > max) {
        r->status = EG_ERR(NO_ROOM);
        return eg_span(NULL, 0);
    }
    return eg_reader_take(r, len);
}

eg_status eg_reader_finish(const struct eg_reader *r)
{
    if (eg_ok(r->status) && r->rest.len > 0) {
        return EG_ERR(TRAILING);
    }
    return r->status;
}

void eg_writer_init(struct eg_writer *w, void *room, size_t capacity)
{
    w->ptr = room;
    w->len = 0;
    w->capacity = capacity;
    w->status = EG_OK;
}

void eg_writer_fail(struct eg_writer *w, eg_status st)
{
    if (eg_ok(w->status)) {
        w->status = st;
    }
}

uint8_t *eg_writer_reserve(struct eg_writer *w, size_t len)
{
    if (!eg_ok(w->status)) {
        return NULL;
    }
    if (len > w->capacity - w->len) {
        w->status = EG_ERR(NO_ROOM);
        return NULL;
    }
    uint8_t *at = w->ptr + w->len;
    w->len += len;
    return at;
}

void eg_writer_bytes(struct eg_writer *w, struct eg_span data)
{
    uint8_t *at = eg_writer_reserve(w, data.len);
    if (at != NULL && data.len > 0) {
        memcpy(at, data.ptr, data.len);
    }
}

void eg_writer_str(struct eg_writer *w, const char *text)
{
    eg_writer_bytes(w, eg_span_str(text));
}

static void write_be(struct eg_writer *w, uint64_t v, size_t len)
{
    uint8_t *at = eg_writer_reserve(w, len);
    for (size_t i = 0; at != NULL && i < len; i++) {
        at[i] = (uint8_t)(v >> (8 * (len - 1 - i)));
    }
}

static void write_le(struct eg_writer *w, uint32_t v, size_t len)
{
    uint8_t *at = eg_writer_reserve(w, len);
    for (size_t i = 0; at != NULL && i < len; i++) {
        at[i] = (uint8_t)(v >> (8 * i));
    }
}

void eg_writer_u8(struct eg_writer *w, uint8_t v)
{
    write_be(w, v, 1);
}

void eg_writer_be16(struct eg_writer *w, uint16_t v)
{
    write_be(w, v, 2);
}

void eg_writer_be32(struct eg_writer *w, uint32_t v)
{
    write_be(w, v, 4);
}

void eg_writer_be64(struct eg_writer *w, uint64_t v)
{
    write_be(w, v, 8);
}

void eg_writer_le16(struct eg_writer *w, uint16_t v)
{
    write_le(w, v, 2);
}

void eg_writer_le32(struct eg_writer *w, uint32_t v)
{
    write_le(w, v, 4);
}

void eg_writer_block(struct eg_writer *w, struct eg_span data)
{
    if (data.len > UINT32_MAX) {
        eg_writer_fail(w, EG_ERR(NO_ROOM));
        return;
    }
    eg_writer_be32(w, (uint32_t)data.len);
    eg_writer_bytes(w, data);
}
