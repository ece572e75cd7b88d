/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_LIB_BASE_UUID_H
#define EG_LIB_BASE_UUID_H
/**
 * A chip's UUID: 16 raw bytes in the order the chip reports them on the line.
 *
 * The API writes it as the decimal number of those bytes read big endian, certificates and error
 * details as 32 hex digits. Leading zero bytes vanish in the decimal form and come back here.
 */
#include <stdint.h>

#include "lib/base/span.h"

enum {
    EG_UUID_LEN = 16,
    EG_UUID_DEC_MAX = 39, /* characters of 2^128 - 1, without NUL */
    EG_UUID_HEX_LEN = 32,
};

struct eg_uuid {
    uint8_t bytes[EG_UUID_LEN];
};

/** Decimal text (1..39 digits, below 2^128). BAD_UUID: *out is zero. */
EG_MUST_USE eg_status eg_uuid_from_dec(struct eg_span text, struct eg_uuid *out);

/** Decimal text without leading zeros, NUL-terminated. */
void eg_uuid_to_dec(const struct eg_uuid *uuid, char out[static EG_UUID_DEC_MAX + 1]);

/** 32 hex digits, optionally after 0x. BAD_UUID: *out is zero. */
EG_MUST_USE eg_status eg_uuid_from_hex(struct eg_span text, struct eg_uuid *out);

/** 32 lower-case hex digits, NUL-terminated. */
void eg_uuid_to_hex(const struct eg_uuid *uuid, char out[static EG_UUID_HEX_LEN + 1]);

#endif
