/* SPDX-License-Identifier: Apache-2.0 */
#include "server/api/json_out.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"

enum { FIRST_ROOM = 1024 };

void eg_json_out_init(struct eg_json_out *o, size_t max)
{
    *o = (struct eg_json_out){.max = max};
}

void eg_json_out_cleanup(struct eg_json_out *o)
{
    free(o->text);
    *o = (struct eg_json_out){0};
}

/** Room for len more bytes, or NULL. */
static char *reserve(struct eg_json_out *o, size_t len)
{
    if (o->failed || len > o->max - o->len) {
        o->failed = true;
        return NULL;
    }
    size_t room = o->room == 0 ? FIRST_ROOM : o->room;
    while (room < o->len + len) {
        room *= 2;
    }
    if (room != o->room) {
        char *bigger = realloc(o->text, room);
        if (bigger == NULL) {
            o->failed = true;
            return NULL;
        }
        o->text = bigger;
        o->room = room;
    }
    return o->text + o->len;
}

static void raw(struct eg_json_out *o, const char *text, size_t len)
{
    char *to = reserve(o, len);
    if (to != NULL) {
        memcpy(to, text, len);
        o->len += len;
    }
}

/** The comma before an item, unless it is the first or follows its key. */
static void separate(struct eg_json_out *o)
{
    uint32_t bit = 1u << o->depth;
    if (o->after_key) {
        o->after_key = false;
    } else if ((o->filled & bit) != 0) {
        raw(o, ",", 1);
    }
    o->filled |= bit;
}

static void begin(struct eg_json_out *o, const char *bracket)
{
    separate(o);
    raw(o, bracket, 1);
    if (o->depth + 1 >= EG_JSON_NESTING_MAX) {
        o->failed = true;
        return;
    }
    o->depth++;
    o->filled &= ~(1u << o->depth);
}

static void end(struct eg_json_out *o, const char *bracket)
{
    if (o->depth == 0) {
        o->failed = true;
        return;
    }
    o->depth--;
    raw(o, bracket, 1);
}

void eg_json_begin_object(struct eg_json_out *o)
{
    begin(o, "{");
}

void eg_json_end_object(struct eg_json_out *o)
{
    end(o, "}");
}

void eg_json_begin_array(struct eg_json_out *o)
{
    begin(o, "[");
}

void eg_json_end_array(struct eg_json_out *o)
{
    end(o, "]");
}

/** A character that may not stand in a JSON text as it is (RFC 8259 section 7). */
static void escaped(struct eg_json_out *o, char c)
{
    char buf[8];
    int n = c == '"' || c == '\\' ? snprintf(buf, sizeof(buf), "\\%c", c)
            : c == '\n'           ? snprintf(buf, sizeof(buf), "\\n")
                                  : snprintf(buf, sizeof(buf), "\\u%04x", (unsigned char)c);
    raw(o, buf, (size_t)n);
}

static void quoted(struct eg_json_out *o, const char *text)
{
    raw(o, "\"", 1);
    while (*text != '\0') {
        size_t plain = 0;
        while ((unsigned char)text[plain] >= 0x20 && text[plain] != '"' && text[plain] != '\\') {
            plain++;
        }
        raw(o, text, plain);
        text += plain;
        if (*text != '\0') {
            escaped(o, *text++);
        }
    }
    raw(o, "\"", 1);
}

void eg_json_key(struct eg_json_out *o, const char *key)
{
    separate(o);
    quoted(o, key);
    raw(o, ":", 1);
    o->after_key = true;
}

void eg_json_put_text(struct eg_json_out *o, const char *text)
{
    if (text == NULL) {
        eg_json_put_null(o);
        return;
    }
    separate(o);
    quoted(o, text);
}

void eg_json_put_number(struct eg_json_out *o, int64_t number)
{
    char buf[24];
    int n = snprintf(buf, sizeof(buf), "%lld", (long long)number);
    separate(o);
    raw(o, buf, (size_t)n);
}

void eg_json_put_bool(struct eg_json_out *o, bool value)
{
    separate(o);
    raw(o, value ? "true" : "false", value ? 4 : 5);
}

void eg_json_put_null(struct eg_json_out *o)
{
    separate(o);
    raw(o, "null", 4);
}

void eg_json_put_base64(struct eg_json_out *o, struct eg_span data)
{
    separate(o);
    raw(o, "\"", 1);
    char *to = reserve(o, EG_BASE64_LEN(data.len) + 1); /* one more for its NUL */
    if (to != NULL) {
        eg_base64_encode(data, to);
        o->len += EG_BASE64_LEN(data.len);
    }
    raw(o, "\"", 1);
}

void eg_json_put_raw(struct eg_json_out *o, const char *json, size_t len)
{
    separate(o);
    raw(o, json, len);
}

void eg_json_text_member(struct eg_json_out *o, const char *key, const char *text)
{
    eg_json_key(o, key);
    eg_json_put_text(o, text);
}

void eg_json_number_member(struct eg_json_out *o, const char *key, int64_t number)
{
    eg_json_key(o, key);
    eg_json_put_number(o, number);
}

void eg_json_bool_member(struct eg_json_out *o, const char *key, bool value)
{
    eg_json_key(o, key);
    eg_json_put_bool(o, value);
}
