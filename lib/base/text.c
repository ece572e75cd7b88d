/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/text.h"

#include <string.h>

void eg_hex_encode(struct eg_span data, char *out)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < data.len; i++) {
        out[2 * i] = digits[data.ptr[i] >> 4];
        out[2 * i + 1] = digits[data.ptr[i] & 15];
    }
    out[2 * data.len] = '\0';
}

/* All ones if lo <= c <= hi, else zero; no branch, no table, since keys pass through here. */
static unsigned in_range(unsigned c, unsigned lo, unsigned hi)
{
    return ((lo - 1 - c) & (c - hi - 1)) >> 16 & 1 ? ~0u : 0u;
}

/* Value of a hex digit, or -1 (all ones). */
static int hex_value(uint8_t ch)
{
    unsigned c = ch;
    unsigned digit = in_range(c, '0', '9');
    unsigned lower = in_range(c, 'a', 'f');
    unsigned upper = in_range(c, 'A', 'F');
    unsigned v = (digit & (c - '0')) | (lower & (c - 'a' + 10)) | (upper & (c - 'A' + 10));
    return (int)(v | ~(digit | lower | upper));
}

eg_status eg_hex_decode(struct eg_span text, uint8_t *out, size_t len)
{
    int bad = 0;
    if (len > SIZE_MAX / 2 || text.len != 2 * len) {
        memset(out, 0, len);
        return EG_ERR(BAD_HEX);
    }
    for (size_t i = 0; i < len; i++) {
        int hi = hex_value(text.ptr[2 * i]);
        int lo = hex_value(text.ptr[2 * i + 1]);
        bad |= hi | lo;
        out[i] = (uint8_t)(((unsigned)hi << 4) | ((unsigned)lo & 15u));
    }
    if (bad < 0) {
        memset(out, 0, len);
        return EG_ERR(BAD_HEX);
    }
    return EG_OK;
}

static char base64_char(unsigned v)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    return digits[v & 63];
}

void eg_base64_encode(struct eg_span data, char *out)
{
    size_t i = 0;
    for (; i + 3 <= data.len; i += 3) {
        unsigned v =
            ((unsigned)data.ptr[i] << 16) | ((unsigned)data.ptr[i + 1] << 8) | data.ptr[i + 2];
        *out++ = base64_char(v >> 18);
        *out++ = base64_char(v >> 12);
        *out++ = base64_char(v >> 6);
        *out++ = base64_char(v);
    }
    if (data.len - i == 1) {
        unsigned v = (unsigned)data.ptr[i] << 16;
        *out++ = base64_char(v >> 18);
        *out++ = base64_char(v >> 12);
        *out++ = '=';
        *out++ = '=';
    } else if (data.len - i == 2) {
        unsigned v = ((unsigned)data.ptr[i] << 16) | ((unsigned)data.ptr[i + 1] << 8);
        *out++ = base64_char(v >> 18);
        *out++ = base64_char(v >> 12);
        *out++ = base64_char(v >> 6);
        *out++ = '=';
    }
    *out = '\0';
}

static int base64_value(uint8_t ch)
{
    unsigned c = ch;
    unsigned upper = in_range(c, 'A', 'Z');
    unsigned lower = in_range(c, 'a', 'z');
    unsigned digit = in_range(c, '0', '9');
    unsigned plus = in_range(c, '+', '+');
    unsigned slash = in_range(c, '/', '/');
    unsigned v = (upper & (c - 'A')) | (lower & (c - 'a' + 26)) | (digit & (c - '0' + 52)) |
                 (plus & 62) | (slash & 63);
    return (int)(v | ~(upper | lower | digit | plus | slash));
}

/* Length of the decoded bytes, or SIZE_MAX if the text is not base64. */
static size_t base64_check(struct eg_span text, size_t *out_pad)
{
    size_t pad = 0;
    int bad = 0;
    if (text.len % 4 != 0) {
        return SIZE_MAX;
    }
    while (pad < 2 && pad < text.len && text.ptr[text.len - 1 - pad] == '=') {
        pad++;
    }
    for (size_t i = 0; i < text.len - pad; i++) {
        bad |= base64_value(text.ptr[i]);
    }
    if (bad < 0) {
        return SIZE_MAX;
    }
    if (pad > 0) {
        unsigned last = (unsigned)base64_value(text.ptr[text.len - 1 - pad]);
        if ((last & (pad == 1 ? 3u : 15u)) != 0) {
            return SIZE_MAX;
        }
    }
    *out_pad = pad;
    return text.len / 4 * 3 - pad;
}

eg_status eg_base64_decode(struct eg_span text, struct eg_writer *w)
{
    size_t pad = 0;
    size_t len = base64_check(text, &pad);
    if (len == SIZE_MAX) {
        return EG_ERR(BAD_BASE64);
    }
    uint8_t *out = eg_writer_reserve(w, len);
    if (out == NULL) {
        return w->status;
    }
    unsigned acc = 0;
    unsigned bits = 0;
    for (size_t i = 0; i < text.len - pad; i++) {
        acc = (acc << 6) | (unsigned)base64_value(text.ptr[i]);
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            *out++ = (uint8_t)(acc >> bits);
        }
    }
    return EG_OK;
}

eg_status eg_number_parse(struct eg_span text, uint64_t max, uint64_t *out)
{
    uint64_t base = 10;
    uint64_t v = 0;
    size_t i = 0;
    *out = 0;
    if (text.len > 2 && text.ptr[0] == '0' && (text.ptr[1] == 'x' || text.ptr[1] == 'X')) {
        base = 16;
        i = 2;
    }
    if (i == text.len) {
        return EG_ERR(BAD_NUMBER);
    }
    for (; i < text.len; i++) {
        int d = hex_value(text.ptr[i]);
        if (d < 0 || (uint64_t)d >= base || v > (UINT64_MAX - (uint64_t)d) / base) {
            return EG_ERR(BAD_NUMBER);
        }
        v = v * base + (uint64_t)d;
    }
    if (v > max) {
        return EG_ERR(BAD_NUMBER);
    }
    *out = v;
    return EG_OK;
}
