/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/uuid.h"

#include <string.h>

#include "lib/base/text.h"

eg_status eg_uuid_from_dec(struct eg_span text, struct eg_uuid *out)
{
    struct eg_uuid v = {{0}};
    memset(out, 0, sizeof *out);
    if (text.len == 0 || text.len > EG_UUID_DEC_MAX) {
        return EG_ERR(BAD_UUID);
    }
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') {
            return EG_ERR(BAD_UUID);
        }
        unsigned carry = (unsigned)(text.ptr[i] - '0');
        for (size_t j = EG_UUID_LEN; j > 0; j--) {
            carry += v.bytes[j - 1] * 10u;
            v.bytes[j - 1] = (uint8_t)carry;
            carry >>= 8;
        }
        if (carry != 0) {
            return EG_ERR(BAD_UUID);
        }
    }
    *out = v;
    return EG_OK;
}

enum { LIMBS = EG_UUID_LEN / 4, PART_DIGITS = 9, PARTS = 5 };

/* Divide the number, most significant limb first, by 10^9 in place and return the remainder. */
static uint32_t divide_by_part(uint32_t limbs[static LIMBS])
{
    uint64_t rest = 0;
    for (size_t i = 0; i < LIMBS; i++) {
        rest = (rest << 32) | limbs[i];
        limbs[i] = (uint32_t)(rest / 1000000000);
        rest %= 1000000000;
    }
    return (uint32_t)rest;
}

void eg_uuid_to_dec(const struct eg_uuid *uuid, char out[static EG_UUID_DEC_MAX + 1])
{
    char digits[PARTS * PART_DIGITS] = {0};
    uint32_t limbs[LIMBS];
    size_t first = 0;
    for (size_t i = 0; i < LIMBS; i++) {
        limbs[i] = eg_load_be32(uuid->bytes + 4 * i);
    }
    for (size_t part = PARTS; part > 0; part--) {
        uint32_t value = divide_by_part(limbs);
        for (size_t i = part * PART_DIGITS; i > (part - 1) * PART_DIGITS; i--) {
            digits[i - 1] = (char)('0' + value % 10);
            value /= 10;
        }
    }
    while (first + 1 < sizeof(digits) && digits[first] == '0') {
        first++;
    }
    memcpy(out, digits + first, sizeof(digits) - first);
    out[sizeof(digits) - first] = '\0';
}

eg_status eg_uuid_from_hex(struct eg_span text, struct eg_uuid *out)
{
    if (text.len == EG_UUID_HEX_LEN + 2 && text.ptr[0] == '0' &&
        (text.ptr[1] == 'x' || text.ptr[1] == 'X')) {
        text = eg_span(text.ptr + 2, text.len - 2);
    }
    return eg_ok(eg_hex_decode(text, out->bytes, EG_UUID_LEN)) ? EG_OK : EG_ERR(BAD_UUID);
}

void eg_uuid_to_hex(const struct eg_uuid *uuid, char out[static EG_UUID_HEX_LEN + 1])
{
    eg_hex_encode(EG_SPAN_OF(uuid->bytes), out);
}
