/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/hostname.h"

enum { LABEL_MAX = 63 };

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c - 'A' + 'a') : c;
}

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static bool label_valid(struct eg_span label, bool *out_number)
{
    *out_number = true;
    if (label.len == 0 || label.len > LABEL_MAX) {
        return false;
    }
    for (size_t i = 0; i < label.len; i++) {
        uint8_t c = lower(label.ptr[i]);
        bool inner_hyphen = c == '-' && i > 0 && i + 1 < label.len;
        if (!is_digit(c) && !(c >= 'a' && c <= 'z') && !inner_hyphen) {
            return false;
        }
        *out_number = *out_number && is_digit(c);
    }
    return true;
}

bool eg_hostname_valid(struct eg_span name)
{
    bool number = false;
    size_t from = 0;
    if (name.len == 0 || name.len > EG_HOSTNAME_MAX) {
        return false;
    }
    for (size_t i = 0; i <= name.len; i++) {
        if (i < name.len && name.ptr[i] != '.') {
            continue;
        }
        if (!label_valid(eg_span(name.ptr + from, i - from), &number)) {
            return false;
        }
        from = i + 1;
    }
    return !number;
}

bool eg_hostname_equal(struct eg_span a, struct eg_span b)
{
    for (size_t i = 0; a.len == b.len && i < a.len; i++) {
        if (lower(a.ptr[i]) != lower(b.ptr[i])) {
            return false;
        }
    }
    return a.len == b.len;
}
