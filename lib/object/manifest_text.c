/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/object/manifest_text.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/secret.h"
#include "lib/base/text.h"

#define FIRST_LINE "engrave-manifest 1"

enum {
    DIE_KEY_HEX = 2 * EG_DIE_KEY_LEN,
    COUNT_DIGITS_MAX = 7,
};

/* Next line without its LF; false when there is none. */
static bool take_line(struct eg_span *rest, struct eg_span *line)
{
    const uint8_t *end = rest->len > 0 ? memchr(rest->ptr, '\n', rest->len) : NULL;

    if (end == NULL) {
        return false;
    }
    *line = eg_span(rest->ptr, (size_t)(end - rest->ptr));
    rest->ptr = end + 1;
    rest->len -= line->len + 1;
    return true;
}

/* The value of "<name> <value>". */
static bool take_value(struct eg_span *rest, const char *name, struct eg_span *value)
{
    size_t len = strlen(name);
    struct eg_span line;

    if (!take_line(rest, &line) || line.len <= len + 1 || memcmp(line.ptr, name, len) != 0 ||
        line.ptr[len] != ' ') {
        return false;
    }
    *value = eg_span(line.ptr + len + 1, line.len - len - 1);
    return true;
}

static bool is_family_name(struct eg_span name)
{
    if (name.len == 0 || name.len >= EG_FAMILY_NAME_MAX) {
        return false;
    }
    for (size_t i = 0; i < name.len; i++) {
        uint8_t ch = name.ptr[i];

        if (!((ch >= 'a' && ch <= 'z') || (ch >= '0' && ch <= '9') || ch == '-' || ch == '_')) {
            return false;
        }
    }
    return true;
}

/* One text per count: no leading zero, no hexadecimal. */
static bool parse_count(struct eg_span text, uint32_t *out)
{
    uint32_t count = 0;

    if (text.len == 0 || text.len > COUNT_DIGITS_MAX || text.ptr[0] == '0') {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') {
            return false;
        }
        count = count * 10 + (uint32_t)(text.ptr[i] - '0');
    }
    *out = count;
    return count <= EG_MANIFEST_COUNT_MAX;
}

static bool read_head(struct eg_manifest_reader *r)
{
    struct eg_span line, family, count;

    if (!take_line(&r->rest, &line) || !eg_span_equal(line, eg_span_str(FIRST_LINE)) ||
        !take_value(&r->rest, "family", &family) || !is_family_name(family) ||
        !take_value(&r->rest, "count", &count) || !parse_count(count, &r->count)) {
        return false;
    }
    memcpy(r->family, family.ptr, family.len);
    return true;
}

eg_status eg_manifest_open(struct eg_manifest_reader *r, struct eg_span text)
{
    memset(r, 0, sizeof(*r));
    r->rest = text;
    if (!read_head(r)) {
        memset(r, 0, sizeof(*r));
        return EG_ERR(OBJECT_MANIFEST);
    }
    return EG_OK;
}

static bool is_lower(struct eg_span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] >= 'A' && text.ptr[i] <= 'Z') {
            return false;
        }
    }
    return true;
}

static bool read_chip(struct eg_span line, struct eg_manifest_chip *out)
{
    struct eg_span uuid = eg_span(line.ptr, EG_UUID_HEX_LEN);
    struct eg_span key = eg_span(line.ptr + EG_UUID_HEX_LEN + 1, DIE_KEY_HEX);

    return line.ptr[EG_UUID_HEX_LEN] == ' ' && is_lower(line) &&
           eg_ok(eg_hex_decode(uuid, out->uuid.bytes, EG_UUID_LEN)) &&
           eg_ok(eg_hex_decode(key, out->die_key, EG_DIE_KEY_LEN));
}

/* "end" as the very last line. */
static bool tail_follows(const struct eg_manifest_reader *r)
{
    return eg_span_equal(r->rest, eg_span_str("end\n"));
}

eg_status eg_manifest_next(struct eg_manifest_reader *r, struct eg_manifest_chip *out)
{
    struct eg_span line;
    bool good = r->read < r->count && take_line(&r->rest, &line) &&
                line.len == EG_MANIFEST_LINE_LEN - 1 && read_chip(line, out);

    if (good) {
        r->read++;
        good = r->read < r->count || tail_follows(r);
    }
    if (!good) {
        eg_wipe(out, sizeof(*out));
        return EG_ERR(OBJECT_MANIFEST);
    }
    return EG_OK;
}

/* ---- unique --------------------------------------------------------------------------------- */

static int compare(const struct eg_uuid *a, const struct eg_uuid *b)
{
    return memcmp(a->bytes, b->bytes, EG_UUID_LEN);
}

static void swap(struct eg_uuid *a, struct eg_uuid *b)
{
    struct eg_uuid t = *a;

    *a = *b;
    *b = t;
}

static void sift_down(struct eg_uuid *list, size_t root, size_t count)
{
    for (size_t child = 2 * root + 1; child < count; child = 2 * root + 1) {
        if (child + 1 < count && compare(&list[child], &list[child + 1]) < 0) {
            child++;
        }
        if (compare(&list[root], &list[child]) >= 0) {
            return;
        }
        swap(&list[root], &list[child]);
        root = child;
    }
}

/* Heap sort: in place, no recursion, no bad case that a sender could choose. */
static void sort(struct eg_uuid *list, size_t count)
{
    for (size_t i = count / 2; i > 0; i--) {
        sift_down(list, i - 1, count);
    }
    for (size_t end = count; end > 1; end--) {
        swap(&list[0], &list[end - 1]);
        sift_down(list, 0, end - 1);
    }
}

eg_status eg_manifest_unique(struct eg_uuid *list, size_t count, struct eg_uuid *out_twice)
{
    sort(list, count);
    for (size_t i = 1; i < count; i++) {
        if (compare(&list[i - 1], &list[i]) == 0) {
            if (out_twice != NULL) {
                *out_twice = list[i];
            }
            return EG_ERR(OBJECT_MANIFEST_TWICE);
        }
    }
    return EG_OK;
}

/* ---- writing -------------------------------------------------------------------------------- */

void eg_manifest_put_head(struct eg_writer *w, const char *family, uint32_t count)
{
    char digits[16];

    if (!is_family_name(eg_span_str(family)) || count == 0 || count > EG_MANIFEST_COUNT_MAX) {
        eg_writer_fail(w, EG_ERR(OBJECT_MANIFEST));
        return;
    }
    (void)snprintf(digits, sizeof(digits), "%u", (unsigned)count);
    eg_writer_str(w, FIRST_LINE "\nfamily ");
    eg_writer_str(w, family);
    eg_writer_str(w, "\ncount ");
    eg_writer_str(w, digits);
    eg_writer_str(w, "\n");
}

void eg_manifest_put_chip(struct eg_writer *w, const struct eg_manifest_chip *chip)
{
    char line[EG_MANIFEST_LINE_LEN + 1];

    eg_hex_encode(eg_span(chip->uuid.bytes, EG_UUID_LEN), line);
    line[EG_UUID_HEX_LEN] = ' ';
    eg_hex_encode(eg_span(chip->die_key, EG_DIE_KEY_LEN), line + EG_UUID_HEX_LEN + 1);
    line[EG_MANIFEST_LINE_LEN - 1] = '\n';
    eg_writer_bytes(w, eg_span(line, EG_MANIFEST_LINE_LEN));
    eg_wipe(line, sizeof(line));
}

void eg_manifest_put_end(struct eg_writer *w)
{
    eg_writer_str(w, "end\n");
}
