/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/port/linux/psa_roots.h"

#include <stddef.h>
#include <string.h>

#include "lib/base/secret.h"
#include "lib/base/text.h"

enum { WORDS = 6, ENTRIES = 5 };

static const struct entry {
    const char *id, *kind;
    size_t offset, len;
} entries[ENTRIES] = {
    {"3fff0201", "00", offsetof(struct eg_psa_roots, connection), 32},
    {"3fff0210", "01", offsetof(struct eg_psa_roots, kek), 32},
    {"3fff0211", "01", offsetof(struct eg_psa_roots, data), 32},
    {"3fff0212", "01", offsetof(struct eg_psa_roots, auth), 32},
    {"3fff0220", "40", offsetof(struct eg_psa_roots, uuid), 16},
};

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* The next word of a line; empty at its end. */
static struct eg_span next_word(struct eg_span *line)
{
    size_t at = 0;
    while (at < line->len && is_space(line->ptr[at])) {
        at++;
    }
    size_t end = at;
    while (end < line->len && !is_space(line->ptr[end])) {
        end++;
    }
    struct eg_span word = eg_span(line->ptr + at, end - at);
    *line = eg_span(line->ptr + end, line->len - end);
    return word;
}

static bool is(struct eg_span word, const char *text)
{
    return eg_span_equal(word, eg_span_str(text));
}

/* One line; false: it is one of ours and wrong. seen: bit per entry. */
static bool take_line(struct eg_span line, struct eg_psa_roots *out, unsigned *seen)
{
    struct eg_span words[WORDS];
    for (size_t i = 0; i < WORDS; i++) {
        words[i] = next_word(&line);
    }
    for (size_t i = 0; i < ENTRIES && is(words[0], "keydata"); i++) {
        const struct entry *e = &entries[i];
        if (is(words[1], e->id)) {
            bool first = (*seen & 1u << i) == 0;
            *seen |= 1u << i;
            return first && is(words[2], e->kind) && next_word(&line).len == 0 &&
                   words[5].len == EG_HEX_LEN(e->len) &&
                   eg_ok(eg_hex_decode(words[5], (uint8_t *)out + e->offset, e->len));
        }
    }
    return true;
}

bool eg_psa_roots_parse(struct eg_span text, struct eg_psa_roots *out)
{
    unsigned seen = 0;
    bool good = true;
    memset(out, 0, sizeof(*out));
    while (good && text.len > 0) {
        size_t len = 0;
        while (len < text.len && text.ptr[len] != '\n') {
            len++;
        }
        good = take_line(eg_span(text.ptr, len), out, &seen);
        len += len < text.len ? 1 : 0;
        text = eg_span(text.ptr + len, text.len - len);
    }
    if (!good || seen != (1u << ENTRIES) - 1) {
        eg_wipe(out, sizeof(*out));
        return false;
    }
    return true;
}
