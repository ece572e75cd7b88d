/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_TESTS_UNIT_WIRE_VECTORS_H
#define EG_TESTS_UNIT_WIRE_VECTORS_H
/** Reads tests/vectors/NAME.txt: sections in brackets, lines `key = hex`. */
#include "lib/base/span.h"

enum {
    VECTOR_MAX = 1024, /* bytes of one value */
};

/** Bytes of a vector. */
struct vector {
    uint8_t bytes[VECTOR_MAX];
    size_t len;
};

/** The value of a key; fails the running test when it is not there. */
struct vector vector_read(const char *file, const char *section, const char *key);

/** Is there such a key? */
bool vector_exists(const char *file, const char *section, const char *key);

/** A value of four bytes as a number. */
uint32_t vector_u32(const char *file, const char *section, const char *key);

static inline struct eg_span vector_span(const struct vector *v)
{
    return eg_span(v->bytes, v->len);
}

#endif
