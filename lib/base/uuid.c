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

/* Divide by ten in place and return the remainder. */
static unsigned divide_by_ten(uint8_t v[static EG_UUID_LEN])
{
    unsigned rest = 0;
    for (size_t i = 0; i < EG_UUID_LEN; i++) {
        rest = (rest << 8) | v[i];
        v[i] = (uint8_t)(rest / 10);
        rest %= 10;
    }
    return rest;
}

void eg_uuid_to_dec(const struct eg_uuid *uuid, char out[static EG_UUID_DEC_MAX + 1])
{
    char digits[EG_UUID_DEC_MAX];
    struct eg_uuid v = *uuid;
    size_t first = EG_UUID_DEC_MAX - 1;
    for (size_t i = EG_UUID_DEC_MAX; i > 0; i--) {
        unsigned d = divide_by_ten(v.bytes);
        digits[i - 1] = (char)('0' + d);
        if (d != 0) {
            first = i - 1;
        }
    }
    memcpy(out, digits + first, EG_UUID_DEC_MAX - first);
    out[EG_UUID_DEC_MAX - first] = '\0';
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
