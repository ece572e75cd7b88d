/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_LIB_BASE_TEXT_H
#define EG_LIB_BASE_TEXT_H
/** Bytes as text and back: hexadecimal, base64, numbers. Decoding takes time by length, not
 * content. */
#include <stddef.h>
#include <stdint.h>

#include "lib/base/span.h"

#define EG_HEX_LEN(bytes)    (2 * (bytes))             /* characters, without NUL */
#define EG_BASE64_LEN(bytes) (4 * (((bytes) + 2) / 3)) /* characters, without NUL */

/** Lower-case hex of data, NUL-terminated; out has room for EG_HEX_LEN(data.len) + 1. */
void eg_hex_encode(struct eg_span data, char *out);

/** Exactly 2 * len hex digits of either case to len bytes. BAD_HEX: out is zeroed. */
EG_MUST_USE eg_status eg_hex_decode(struct eg_span text, uint8_t *out, size_t len);

/** RFC 4648 base64 with padding, NUL-terminated; out has room for EG_BASE64_LEN(data.len) + 1. */
void eg_base64_encode(struct eg_span data, char *out);

/**
 * Strict base64 (padding required, no white space, unused bits zero) into w.
 * BAD_BASE64: nothing was written. NO_ROOM: w too small.
 */
EG_MUST_USE eg_status eg_base64_decode(struct eg_span text, struct eg_writer *w);

/** Decimal, or hex after 0x; the whole text; at most max. BAD_NUMBER: *out is 0. */
EG_MUST_USE eg_status eg_number_parse(struct eg_span text, uint64_t max, uint64_t *out);

#endif
