/* SPDX-License-Identifier: Apache-2.0 */
/* The length before each message: a varint, of which ours are minimal and theirs need not be. */
#include "lib/wire/session/session_msg.h"

enum { LONGEST = 10 /* bytes of a varint */ };

size_t eg_session_put_prefix(uint8_t out[static EG_SESSION_PREFIX_MAX], size_t message_len)
{
    size_t n = 0;
    uint32_t rest = (uint32_t)message_len;
    for (; rest > 0x7F; rest >>= 7) {
        out[n++] = (uint8_t)(0x80 | (rest & 0x7F));
    }
    out[n++] = (uint8_t)rest;
    return n;
}

/* Bits above the 32nd must be zero, however many bytes they come in. */
static bool fits(uint8_t byte, size_t index)
{
    uint8_t bits = byte & 0x7F;
    return index < 4 || (index == 4 ? bits <= 0x0F : bits == 0);
}

eg_status eg_session_get_prefix(struct eg_span received, size_t max_len, size_t *out_used,
                                size_t *out_len)
{
    uint32_t len = 0;
    *out_used = 0;
    *out_len = 0;
    for (size_t i = 0; i < LONGEST; i++) {
        if (i == received.len) {
            return EG_ERR(TRUNCATED);
        }
        uint8_t byte = received.ptr[i];
        if (!fits(byte, i)) {
            return EG_ERR(WIRE_BAD_SESSION);
        }
        len |= i < 5 ? (uint32_t)(byte & 0x7F) << (7 * i) : 0;
        if ((byte & 0x80) == 0) {
            if (len > max_len) {
                return EG_ERR(WIRE_SESSION_TOO_LONG);
            }
            *out_used = i + 1;
            *out_len = len;
            return EG_OK;
        }
    }
    return EG_ERR(WIRE_BAD_SESSION);
}

void eg_session_iter_start(struct eg_session_iter *it, struct eg_span message)
{
    it->rest = message;
    it->status = EG_OK;
}
