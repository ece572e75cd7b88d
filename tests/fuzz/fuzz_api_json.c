/* SPDX-License-Identifier: Apache-2.0 */
/* Input: the body of a request. Every decoder that takes one sees it. */
#include <stdlib.h>
#include <string.h>

#include "server/api/call.h"
#include "server/core/object_def.h"
#include "tests/fuzz/fuzz.h"

/** What was accepted must be kept in a form that is accepted again. */
static void read_again(const struct eg_object_def *def, struct eg_arena *arena)
{
    struct eg_object_def again;
    struct eg_json_in in;
    char *text = eg_object_def_text(def);
    json_t *v = text == NULL ? NULL : json_loads(text, 0, NULL);
    if (v == NULL) {
        abort();
    }
    eg_json_in_init(&in, v, "");
    if (!eg_ok(eg_object_def_read(&in, arena, &again)) || again.object_id != def->object_id) {
        abort();
    }
    json_decref(v);
    free(text);
}

static void read_members(const json_t *body)
{
    static const char *const names[] = {"name", "nc12", "quota", "deviceIds", "payload", ""};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct eg_json_in in, sub;
        eg_json_in_init(&in, body, "");
        (void)eg_json_text(&in, names[i], EG_JSON_OPTIONAL, 1, 10);
        (void)eg_json_number(&in, names[i], EG_JSON_REQUIRED, 0, 1, 1000);
        (void)eg_json_bool(&in, names[i], false);
        (void)eg_json_object(&in, names[i], EG_JSON_REQUIRED, &sub);
        eg_json_join(&in, &sub);
        (void)eg_json_array(&in, names[i], EG_JSON_REQUIRED, 1, 3);
        if (memchr(in.where, '\0', sizeof(in.where)) == NULL) {
            abort();
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct eg_arena arena;
    struct eg_object_def def;
    struct eg_uuid *uuids = NULL;
    size_t count = 0;
    struct eg_api_call a = {.c = {.arena = &arena}};
    eg_arena_init(&arena, EG_ARENA_REQUEST_MAX);
    if (eg_ok(eg_json_parse(eg_span(data, size), &a.body, a.c.detail, sizeof(a.c.detail)))) {
        read_members(a.body);
        eg_json_in_init(&a.in, a.body, "");
        if (eg_ok(eg_object_def_read(&a.in, &arena, &def))) {
            read_again(&def, &arena);
        }
        eg_json_in_init(&a.in, a.body, "");
        if (eg_ok(eg_api_device_ids(&a, &uuids, &count)) && (uuids == NULL || count == 0)) {
            abort();
        }
    }
    json_decref(a.body);
    eg_arena_cleanup(&arena);
    return 0;
}
