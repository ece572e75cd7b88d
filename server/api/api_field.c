/* SPDX-License-Identifier: Apache-2.0 */
/* Service descriptors and connection data of device groups. */
#include <string.h>

#include "lib/base/hostname.h"
#include "server/api/handlers.h"
#include "server/core/product.h"
#include "server/core/service_def.h"
#include "server/main/limits.h"

/** The group of the path, checked. */
static eg_status group_of(struct eg_api_call *a, int64_t *out)
{
    int64_t nc12;
    struct eg_group g;
    EG_TRY(eg_api_group(a, &nc12, out));
    return eg_group_of(&a->c, nc12, *out, &g);
}

/* ---- services ---------------------------------------------------------------------------------
 */

static void put_service(struct eg_json_out *j, const struct eg_service_row *s)
{
    eg_json_begin_object(j);
    eg_json_number_member(j, "id", s->id);
    eg_json_number_member(j, "deviceGroupId", s->group_id);
    eg_json_key(j, "service");
    eg_json_put_raw(j, s->definition, strlen(s->definition));
    eg_api_time_member(j, "createdAt", s->created_s);
    eg_api_time_member(j, "changedAt", s->changed_s);
    eg_json_end_object(j);
}

static eg_status put_made_service(struct eg_api_call *a, const void *made)
{
    put_service(&a->json, made);
    return EG_OK;
}

static eg_status read_service(struct eg_api_call *a, struct eg_service_def *def, const char **out)
{
    eg_status st = eg_service_def_read(&a->in, a->c.arena, def);
    (void)st; /* the same as a->in.status */
    EG_TRY(eg_api_body_status(a));
    EG_TRY(eg_service_def_check(&a->c, def));
    *out = eg_service_def_text(a->body, a->c.arena);
    return *out == NULL ? EG_ERR(NO_MEMORY) : EG_OK;
}

eg_status eg_api_service_create(struct eg_api_call *a)
{
    struct eg_service_def def;
    const char *text = NULL;
    int64_t group, now_s = a->c.now_ms / 1000;
    EG_TRY(group_of(a, &group));
    EG_TRY(read_service(a, &def, &text));
    struct eg_service_row *made = eg_arena_alloc(a->c.arena, sizeof(*made));
    if (made == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    *made = (struct eg_service_row){.group_id = group,
                                    .name = def.name,
                                    .definition = text,
                                    .created_s = now_s,
                                    .changed_s = now_s};
    eg_api_makes(a, 201, put_made_service, made);
    eg_call_makes(&a->c);
    return eg_store_service_add(eg_core_store(a->c.core), a->c.company_id, group, def.name, text,
                                a->c.actor, now_s, &made->id);
}

eg_status eg_api_service_list(struct eg_api_call *a)
{
    int64_t group;
    struct eg_service_rows rows;
    EG_TRY(group_of(a, &group));
    EG_TRY(
        eg_store_service_rows(eg_core_store(a->c.core), a->c.company_id, group, a->c.arena, &rows));
    eg_api_begin_list(a);
    for (size_t i = 0; i < rows.count; i++) {
        put_service(&a->json, &rows.items[i]);
    }
    eg_api_end_list(a, (struct eg_page){0, 0}, false);
    return EG_OK;
}

static eg_status answer_service(struct eg_api_call *a, int64_t group, int64_t id)
{
    struct eg_service_rows rows;
    EG_TRY(
        eg_store_service_rows(eg_core_store(a->c.core), a->c.company_id, group, a->c.arena, &rows));
    for (size_t i = 0; i < rows.count; i++) {
        if (rows.items[i].id == id) {
            put_service(&a->json, &rows.items[i]);
            return EG_OK;
        }
    }
    return EG_ERR(SERVICE_UNKNOWN);
}

eg_status eg_api_service_get(struct eg_api_call *a)
{
    int64_t group, id;
    EG_TRY(group_of(a, &group));
    EG_TRY(eg_api_id(a, 2, EG_E_SERVICE_UNKNOWN, &id));
    return answer_service(a, group, id);
}

eg_status eg_api_service_update(struct eg_api_call *a)
{
    struct eg_service_def def;
    const char *text = NULL;
    int64_t group, id;
    EG_TRY(group_of(a, &group));
    EG_TRY(eg_api_id(a, 2, EG_E_SERVICE_UNKNOWN, &id));
    EG_TRY(read_service(a, &def, &text));
    EG_TRY(eg_store_service_update(eg_core_store(a->c.core), a->c.company_id, group, id, def.name,
                                   text, a->c.actor, a->c.now_ms / 1000));
    return answer_service(a, group, id);
}

eg_status eg_api_service_delete(struct eg_api_call *a)
{
    int64_t group, id;
    EG_TRY(group_of(a, &group));
    EG_TRY(eg_api_id(a, 2, EG_E_SERVICE_UNKNOWN, &id));
    a->status = 204;
    return eg_store_service_delete(eg_core_store(a->c.core), a->c.company_id, group, id, a->c.actor,
                                   a->c.now_ms / 1000);
}

/* ---- connection data --------------------------------------------------------------------------
 */

enum { PORT_MAX = 65535 };

static void put_connection(struct eg_api_call *a, int64_t group, const struct eg_connection *c)
{
    struct eg_json_out *j = &a->json;
    eg_json_begin_object(j);
    eg_api_id_member(j, "deviceGroupId", group);
    eg_json_text_member(j, "hostname", c->host);
    eg_json_number_member(j, "port", c->port);
    eg_json_key(j, "rootsDer");
    eg_json_put_base64(j, c->roots);
    eg_api_time_member(j, "changedAt", c->changed_s);
    eg_json_end_object(j);
}

/** `group` 0: the company's. */
static eg_status get_connection(struct eg_api_call *a, int64_t group)
{
    struct eg_connection c;
    eg_status st = eg_store_connection_get(eg_core_store(a->c.core), a->c.company_id, group, true,
                                           a->c.arena, &c);
    if (eg_is(st, EG_E_STORE_NOT_FOUND)) {
        return EG_ERR(CONNECTION_UNKNOWN);
    }
    EG_TRY(st);
    put_connection(a, group, &c);
    return EG_OK;
}

static eg_status put_new_connection(struct eg_api_call *a, int64_t group)
{
    struct eg_connection c = {.changed_s = a->c.now_ms / 1000};
    const json_t *pem = json_object_get(a->body, "roots");
    c.host = eg_json_text(&a->in, "hostname", EG_JSON_REQUIRED, 1, EG_HOSTNAME_MAX);
    c.port = (uint32_t)eg_json_number(&a->in, "port", EG_JSON_REQUIRED, 0, 1, PORT_MAX);
    if (c.host != NULL && !eg_hostname_valid(eg_span_str(c.host))) {
        eg_json_refuse(&a->in, "hostname", "a host name is needed, devices check it");
    }
    if (!json_is_string(pem) || !eg_service_roots(json_string_value(pem), a->c.arena, &c.roots)) {
        eg_json_refuse(&a->in, "roots", "1 to 8 certificates in PEM form are needed");
    }
    EG_TRY(eg_api_body_status(a));
    EG_TRY(eg_store_connection_set(eg_core_store(a->c.core), a->c.company_id, group, &c, a->c.actor,
                                   c.changed_s));
    put_connection(a, group, &c);
    return EG_OK;
}

static eg_status drop_connection(struct eg_api_call *a, int64_t group)
{
    const struct eg_connection none = {.host = NULL};
    a->status = 204;
    return eg_store_connection_set(eg_core_store(a->c.core), a->c.company_id, group, &none,
                                   a->c.actor, a->c.now_ms / 1000);
}

eg_status eg_api_connection_get(struct eg_api_call *a)
{
    int64_t group;
    EG_TRY(group_of(a, &group));
    return get_connection(a, group);
}

eg_status eg_api_connection_put(struct eg_api_call *a)
{
    int64_t group;
    EG_TRY(group_of(a, &group));
    return put_new_connection(a, group);
}

eg_status eg_api_connection_delete(struct eg_api_call *a)
{
    int64_t group;
    EG_TRY(group_of(a, &group));
    return drop_connection(a, group);
}

eg_status eg_api_company_connection_get(struct eg_api_call *a)
{
    return get_connection(a, 0);
}

eg_status eg_api_company_connection_put(struct eg_api_call *a)
{
    return put_new_connection(a, 0);
}

eg_status eg_api_company_connection_delete(struct eg_api_call *a)
{
    return drop_connection(a, 0);
}
