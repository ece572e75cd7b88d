/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_LIB_BASE_SPAN_H
#define EG_LIB_BASE_SPAN_H
/**
 * Bytes in motion: a span to look at them, a reader to take them apart, a writer to put them
 * together.
 *
 * Readers and writers keep their first error and turn every later call into a no-op that yields
 * zero, so that decoding reads straight down and is checked once at the end. Neither owns memory;
 * what they point to must outlive them. Not thread-safe; use one per thread.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/status.h"

/** Read-only bytes. ptr may be NULL only when len is 0. */
struct eg_span {
    const uint8_t *ptr;
    size_t len; /* bytes */
};

static inline struct eg_span eg_span(const void *ptr, size_t len)
{
    return (struct eg_span){(const uint8_t *)ptr, len};
}

/** Span over the characters of a C string, without its final NUL. */
struct eg_span eg_span_str(const char *text);

/** Span over a whole array. */
#define EG_SPAN_OF(array) eg_span((array), sizeof(array))

/** Same length and same bytes; NOT constant time, for public data only (secrets: eg_ct_equal()). */
bool eg_span_equal(struct eg_span a, struct eg_span b);

/* ---- reader --------------------------------------------------------------------------------- */

struct eg_reader {
    struct eg_span rest; /* what was not read yet */
    eg_status status;    /* first error, or EG_OK */
};

void eg_reader_init(struct eg_reader *r, struct eg_span data);

/** Next `len` bytes, borrowed from the data. Too few: error TRUNCATED and an empty span. */
struct eg_span eg_reader_take(struct eg_reader *r, size_t len);

/** Copy the next `len` bytes to out; on error out is set to zeros. */
void eg_reader_copy(struct eg_reader *r, uint8_t *out, size_t len);

uint8_t eg_reader_u8(struct eg_reader *r);
uint16_t eg_reader_be16(struct eg_reader *r);
uint32_t eg_reader_be32(struct eg_reader *r);
uint64_t eg_reader_be64(struct eg_reader *r);
uint16_t eg_reader_le16(struct eg_reader *r);
uint32_t eg_reader_le32(struct eg_reader *r);

/** A length (32 bits, big endian) and then that many bytes, borrowed. At most `max` bytes. */
struct eg_span eg_reader_block(struct eg_reader *r, size_t max);

/** Record an error found by the caller; the first error stays. */
void eg_reader_fail(struct eg_reader *r, eg_status st);

/** EG_OK if everything was read and nothing is left; TRAILING if bytes are left. */
EG_MUST_USE eg_status eg_reader_finish(const struct eg_reader *r);

/* ---- writer --------------------------------------------------------------------------------- */

struct eg_writer {
    uint8_t *ptr;
    size_t len;       /* bytes written so far */
    size_t capacity;  /* room behind ptr */
    eg_status status; /* first error, or EG_OK; NO_ROOM when the capacity is used up */
};

void eg_writer_init(struct eg_writer *w, void *room, size_t capacity);
void eg_writer_bytes(struct eg_writer *w, struct eg_span data);
void eg_writer_str(struct eg_writer *w, const char *text);
void eg_writer_u8(struct eg_writer *w, uint8_t v);
void eg_writer_be16(struct eg_writer *w, uint16_t v);
void eg_writer_be32(struct eg_writer *w, uint32_t v);
void eg_writer_be64(struct eg_writer *w, uint64_t v);
void eg_writer_le16(struct eg_writer *w, uint16_t v);
void eg_writer_le32(struct eg_writer *w, uint32_t v);

/** What eg_reader_block() reads: 32-bit big-endian length, then the bytes. */
void eg_writer_block(struct eg_writer *w, struct eg_span data);

/** Advance by `len` bytes and return where they are to be put; NULL (and NO_ROOM) if too few left.
 */
uint8_t *eg_writer_reserve(struct eg_writer *w, size_t len);

void eg_writer_fail(struct eg_writer *w, eg_status st);

/** What was written so far. */
static inline struct eg_span eg_writer_span(const struct eg_writer *w)
{
    return eg_span(w->ptr, w->len);
}

/* ---- raw endian access (for fixed-size arrays already checked) --------------------------------
 */

static inline uint32_t eg_load_be32(const uint8_t p[static 4])
{
    return ((uint32_t)p[0] << 24) | ((uint32_t)p[1] << 16) | ((uint32_t)p[2] << 8) | p[3];
}

static inline uint32_t eg_load_le32(const uint8_t p[static 4])
{
    return ((uint32_t)p[3] << 24) | ((uint32_t)p[2] << 16) | ((uint32_t)p[1] << 8) | p[0];
}

static inline uint16_t eg_load_le16(const uint8_t p[static 2])
{
    return (uint16_t)(((unsigned)p[1] << 8) | p[0]);
}

static inline void eg_store_be32(uint8_t p[static 4], uint32_t v)
{
    p[0] = (uint8_t)(v >> 24);
    p[1] = (uint8_t)(v >> 16);
    p[2] = (uint8_t)(v >> 8);
    p[3] = (uint8_t)v;
}

static inline void eg_store_le32(uint8_t p[static 4], uint32_t v)
{
    p[0] = (uint8_t)v;
    p[1] = (uint8_t)(v >> 8);
    p[2] = (uint8_t)(v >> 16);
    p[3] = (uint8_t)(v >> 24);
}

#endif
