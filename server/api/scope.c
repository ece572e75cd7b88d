/* SPDX-License-Identifier: Apache-2.0 */
#include "server/api/scope.h"

#include <string.h>

#include "lib/base/text.h"

/** What the path names; 0 and false: not there. */
struct subject {
    int64_t nc12, group_id;
    bool device, job;
    size_t at; /* parameter of device or job */
};

/** Is the {} at `brace` behind "/word/"? */
static bool behind(const char *pattern, const char *brace, const char *word)
{
    size_t len = strlen(word);
    return (size_t)(brace - pattern) >= len && memcmp(brace - len, word, len) == 0;
}

static void read_subject(const struct eg_api_call *a, const char *pattern, struct subject *s)
{
    size_t n = 0;
    for (const char *p = strstr(pattern, "{}"); p != NULL; p = strstr(p + 2, "{}"), n++) {
        uint64_t number = 0;
        bool is_number = eg_ok(eg_number_parse(a->params[n], INT64_MAX, &number));
        if (behind(pattern, p, "/products/") && is_number) {
            s->nc12 = (int64_t)number;
        } else if (behind(pattern, p, "/device-groups/") && is_number) {
            s->group_id = (int64_t)number;
        } else if (behind(pattern, p, "/devices/") && s->group_id == 0) {
            s->device = true;
            s->at = n;
        } else if (behind(pattern, p, "/jobs/")) {
            s->job = true;
            s->at = n;
        }
    }
}

/** Group of the device or job named. EG_OK with 0: it is in none. */
static eg_status find_group(struct eg_api_call *a, struct subject *s)
{
    struct eg_store *store = eg_core_store(a->c.core);
    if (s->device) {
        struct eg_uuid uuid;
        struct eg_device d;
        EG_TRY(eg_api_device(a, s->at, &uuid));
        EG_TRY(eg_store_device_get(store, a->c.company_id, &uuid, a->c.arena, &d));
        s->group_id = d.group_id;
        s->nc12 = d.nc12;
    } else if (s->job) {
        struct eg_job job;
        const char *uuid = eg_arena_text(a->c.arena, a->params[s->at]);
        if (uuid == NULL) {
            return EG_ERR(NO_MEMORY);
        }
        EG_TRY(eg_store_job_get(store, a->c.company_id, uuid, a->c.arena, &job));
        s->group_id = job.group_id;
    }
    return EG_OK;
}

static eg_status find_product(struct eg_api_call *a, struct subject *s)
{
    struct eg_group g;
    if (s->nc12 == 0 && s->group_id != 0) {
        EG_TRY(eg_store_group_get(eg_core_store(a->c.core), a->c.company_id, s->group_id,
                                  a->c.arena, &g));
        s->nc12 = g.nc12;
    }
    return EG_OK;
}

static bool open_to_all(const struct eg_route *route)
{
    static const char *const paths[] = {"/api/v1/company", "/api/v1/families",
                                        "/api/v1/openapi.json"};
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        if (strcmp(route->pattern, paths[i]) == 0) {
            return true;
        }
    }
    return route->role == EG_ROLE_PUBLIC;
}

static bool absent(eg_status st)
{
    return eg_category(st) == EG_CAT_NOT_FOUND || eg_is(st, EG_E_BAD_UUID);
}

eg_status eg_scope_check(struct eg_api_call *a, const struct eg_route *route)
{
    struct subject s = {0};
    if ((a->c.scope_nc12 == 0 && a->c.scope_group == 0) || open_to_all(route)) {
        return EG_OK;
    }
    read_subject(a, route->pattern, &s);
    eg_status st = find_group(a, &s);
    if (eg_ok(st) && a->c.scope_nc12 != 0) {
        st = find_product(a, &s);
    }
    if (!eg_ok(st)) {
        return absent(st) ? EG_ERR(AUTH_SCOPE) : st;
    }
    bool fits = (a->c.scope_group == 0 || s.group_id == a->c.scope_group) &&
                (a->c.scope_nc12 == 0 || s.nc12 == a->c.scope_nc12);
    return fits ? EG_OK : EG_ERR(AUTH_SCOPE);
}
