/* SPDX-License-Identifier: Apache-2.0 */
#include "server/core/json_in.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/text.h"

eg_status eg_json_parse(struct eg_span text, json_t **out, char *where, size_t where_room)
{
    json_error_t error;
    *out = text.len == 0 ? json_object()
                         : json_loadb((const char *)text.ptr, text.len,
                                      JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    if (*out != NULL) {
        return EG_OK;
    }
    if (text.len == 0) {
        return EG_ERR(NO_MEMORY);
    }
    snprintf(where, where_room, "line %d, column %d: %s", error.line, error.column, error.text);
    return EG_ERR(API_JSON);
}

static void fail(struct eg_json_in *in, eg_status st, const char *name, const char *what)
{
    if (eg_ok(in->status)) {
        in->status = st;
        snprintf(in->where, sizeof(in->where), "%s%s%s: %s", in->prefix, name[0] != '\0' ? "/" : "",
                 name, what);
    }
}

void eg_json_in_init(struct eg_json_in *in, const json_t *object, const char *prefix)
{
    *in = (struct eg_json_in){.object = object};
    snprintf(in->prefix, sizeof(in->prefix), "%s", prefix);
    if (!json_is_object(object)) {
        in->object = NULL;
        fail(in, EG_ERR(API_TYPE), "", "a JSON object is needed");
    }
}

/** The member if it is there and not null; a required one that is not is an error. */
static const json_t *member(struct eg_json_in *in, const char *name, enum eg_json_need need)
{
    if (!eg_ok(in->status)) {
        return NULL;
    }
    const json_t *v = json_object_get(in->object, name);
    if (v == NULL || json_is_null(v)) {
        if (need == EG_JSON_REQUIRED) {
            fail(in, EG_ERR(API_TYPE), name, "this member is missing");
        }
        return NULL;
    }
    return v;
}

bool eg_json_has(const struct eg_json_in *in, const char *name)
{
    const json_t *v = json_object_get(in->object, name);
    return v != NULL && !json_is_null(v);
}

static bool has_control(const char *text)
{
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text < 0x20 || *text == 0x7F) {
            return true;
        }
    }
    return false;
}

/** PEM and base64 texts have line breaks; names have not: max decides (see EG_JSON_LINE_MAX). */
enum { EG_JSON_LINE_MAX = 1024 };

const char *eg_json_text(struct eg_json_in *in, const char *name, enum eg_json_need need,
                         size_t min, size_t max)
{
    const json_t *v = member(in, name, need);
    if (v == NULL) {
        return NULL;
    }
    if (!json_is_string(v)) {
        fail(in, EG_ERR(API_TYPE), name, "a text is needed");
        return NULL;
    }
    const char *text = json_string_value(v);
    size_t len = json_string_length(v);
    if (len < min || len > max || (max <= EG_JSON_LINE_MAX && has_control(text))) {
        char what[96];
        snprintf(what, sizeof(what), "a text of %zu to %zu bytes%s is needed", min, max,
                 max <= EG_JSON_LINE_MAX ? " without control characters" : "");
        fail(in, EG_ERR(FIELD_INVALID), name, what);
        return NULL;
    }
    return text;
}

/** A JSON number, or a text that is one (12NC and object ids come both ways). */
static bool number_of(const json_t *v, int64_t *out)
{
    if (json_is_integer(v)) {
        *out = json_integer_value(v);
        return true;
    }
    uint64_t u = 0;
    if (json_is_string(v) &&
        eg_ok(
            eg_number_parse(eg_span(json_string_value(v), json_string_length(v)), INT64_MAX, &u))) {
        *out = (int64_t)u;
        return true;
    }
    return false;
}

int64_t eg_json_number(struct eg_json_in *in, const char *name, enum eg_json_need need,
                       int64_t absent, int64_t min, int64_t max)
{
    const json_t *v = member(in, name, need);
    int64_t n = absent;
    if (v == NULL) {
        return absent;
    }
    if (!number_of(v, &n)) {
        fail(in, EG_ERR(API_TYPE), name, "a whole number is needed");
        return absent;
    }
    if (n < min || n > max) {
        char what[96];
        snprintf(what, sizeof(what), "a number from %lld to %lld is needed", (long long)min,
                 (long long)max);
        fail(in, EG_ERR(FIELD_INVALID), name, what);
        return absent;
    }
    return n;
}

bool eg_json_bool(struct eg_json_in *in, const char *name, bool absent)
{
    const json_t *v = member(in, name, EG_JSON_OPTIONAL);
    if (v == NULL) {
        return absent;
    }
    if (!json_is_boolean(v)) {
        fail(in, EG_ERR(API_TYPE), name, "true or false is needed");
        return absent;
    }
    return json_is_true(v);
}

bool eg_json_object(struct eg_json_in *in, const char *name, enum eg_json_need need,
                    struct eg_json_in *sub)
{
    *sub = (struct eg_json_in){.status = in->status};
    const json_t *v = member(in, name, need);
    if (v == NULL) {
        return false;
    }
    if (!json_is_object(v)) {
        fail(in, EG_ERR(API_TYPE), name, "a JSON object is needed");
        sub->status = in->status;
        return false;
    }
    char prefix[EG_JSON_PREFIX_LEN];
    int n = snprintf(prefix, sizeof(prefix), "%s/%s", in->prefix, name);
    eg_json_in_init(sub, v, n < (int)sizeof(prefix) ? prefix : "/...");
    return true;
}

const json_t *eg_json_array(struct eg_json_in *in, const char *name, enum eg_json_need need,
                            size_t min, size_t max)
{
    const json_t *v = member(in, name, need);
    if (v == NULL) {
        return NULL;
    }
    if (!json_is_array(v)) {
        fail(in, EG_ERR(API_TYPE), name, "an array is needed");
        return NULL;
    }
    if (json_array_size(v) < min || json_array_size(v) > max) {
        char what[96];
        snprintf(what, sizeof(what), "%zu to %zu items are needed", min, max);
        fail(in, EG_ERR(FIELD_INVALID), name, what);
        return NULL;
    }
    return v;
}

void eg_json_refuse(struct eg_json_in *in, const char *name, const char *what)
{
    fail(in, EG_ERR(FIELD_INVALID), name, what);
}

void eg_json_join(struct eg_json_in *in, const struct eg_json_in *sub)
{
    if (eg_ok(in->status) && !eg_ok(sub->status)) {
        in->status = sub->status;
        memcpy(in->where, sub->where, sizeof(in->where));
    }
}
