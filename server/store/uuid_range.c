/* SPDX-License-Identifier: Apache-2.0 */
#include "server/store/uuid_range.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static void add_range(struct eg_uuid_range *out, size_t *count, const struct eg_uuid *first,
                      const struct eg_uuid *last)
{
    out[*count] = (struct eg_uuid_range){*first, *last};
    *count += 1;
}

/* "12ab" is 12ab000..0 to 12abfff..f. */
static void add_hex(const char *text, size_t len, struct eg_uuid_range *out, size_t *count)
{
    char digits[EG_UUID_HEX_LEN];
    struct eg_uuid first, last;

    if (len > EG_UUID_HEX_LEN) {
        return;
    }
    memset(digits, '0', sizeof digits);
    memcpy(digits, text, len);
    if (!eg_ok(eg_uuid_from_hex(EG_SPAN_OF(digits), &first))) {
        return;
    }
    memset(digits + len, 'f', sizeof digits - len);
    if (eg_ok(eg_uuid_from_hex(EG_SPAN_OF(digits), &last))) {
        add_range(out, count, &first, &last);
    }
}

/* All numbers of `digits` digits that begin with the text. False: they are beyond 128 bits. */
static bool add_dec_of(const char *text, size_t len, size_t digits, struct eg_uuid_range *out,
                       size_t *count)
{
    char number[EG_UUID_DEC_MAX];
    struct eg_uuid first, last;

    memset(number, '0', sizeof number);
    memcpy(number, text, len);
    if (!eg_ok(eg_uuid_from_dec(eg_span(number, digits), &first))) {
        return false;
    }
    memset(number + len, '9', sizeof number - len);
    if (!eg_ok(eg_uuid_from_dec(eg_span(number, digits), &last))) {
        memset(last.bytes, 0xff, sizeof last.bytes);
    }
    add_range(out, count, &first, &last);
    return true;
}

static void add_dec(const char *text, size_t len, struct eg_uuid_range *out, size_t *count)
{
    size_t most = text[0] == '0' ? len : EG_UUID_DEC_MAX; /* 0 begins only the number 0 */

    for (size_t i = 0; i < len; i++) {
        if (isdigit((unsigned char)text[i]) == 0) {
            return;
        }
    }
    if (text[0] == '0' && len > 1) {
        return;
    }
    for (size_t digits = len; digits <= most && digits <= EG_UUID_DEC_MAX; digits++) {
        if (!add_dec_of(text, len, digits, out, count)) {
            return;
        }
    }
}

static int by_first(const void *a, const void *b)
{
    const struct eg_uuid_range *x = a, *y = b;

    return memcmp(x->first.bytes, y->first.bytes, EG_UUID_LEN);
}

static void merge(struct eg_uuid_range *r, size_t *count)
{
    size_t kept = 0;

    qsort(r, *count, sizeof *r, by_first);
    for (size_t i = 0; i < *count; i++) {
        if (kept > 0 && memcmp(r[i].first.bytes, r[kept - 1].last.bytes, EG_UUID_LEN) <= 0) {
            if (memcmp(r[i].last.bytes, r[kept - 1].last.bytes, EG_UUID_LEN) > 0) {
                r[kept - 1].last = r[i].last;
            }
        } else {
            r[kept++] = r[i];
        }
    }
    *count = kept;
}

void eg_uuid_ranges(const char *text, struct eg_uuid_range out[static EG_UUID_RANGES_MAX],
                    size_t *out_count)
{
    bool marked = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    size_t len;

    *out_count = 0;
    text += marked ? 2 : 0;
    len = strlen(text);
    add_hex(text, len, out, out_count);
    if (len > 0 && !marked) {
        add_dec(text, len, out, out_count);
    }
    merge(out, out_count);
}
