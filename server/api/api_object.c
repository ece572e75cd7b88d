/* SPDX-License-Identifier: Apache-2.0 */
#include "server/api/handlers.h"
#include "server/core/object.h"
#include "server/main/limits.h"

/** The definition as it was given, with what the service adds; never a secret. */
static void put_object(struct eg_json_out *j, const struct eg_stored_object *o)
{
    eg_json_begin_object(j);
    eg_json_number_member(j, "id", o->id);
    eg_json_number_member(j, "version", o->version);
    eg_json_text_member(j, "name", o->name);
    eg_json_text_member(j, "secureObjectType", o->type);
    eg_json_bool_member(j, "hasSecret", o->wrapped.len > 0);
    eg_json_key(j, "definition");
    eg_json_put_raw(j, o->definition, eg_span_str(o->definition).len);
    eg_api_time_member(j, "createdAt", o->created_s);
    eg_json_end_object(j);
}

static eg_status put_made(struct eg_api_call *a, const void *made)
{
    put_object(&a->json, made);
    return EG_OK;
}

eg_status eg_api_object_create(struct eg_api_call *a)
{
    struct eg_object_def def;
    if (!eg_ok(eg_object_def_read(&a->in, a->c.arena, &def))) {
        return eg_api_body_status(a);
    }
    eg_api_makes(a, 201, put_made, &a->room.object);
    return eg_object_create(&a->c, &def, &a->room.object);
}

eg_status eg_api_object_update(struct eg_api_call *a)
{
    int64_t id;
    EG_TRY(eg_api_id(a, 0, EG_E_OBJECT_UNKNOWN, &id));
    if (!json_is_object(a->body)) {
        return eg_call_refuse(&a->c, EG_ERR(API_TYPE), ": a JSON object is needed");
    }
    eg_api_makes(a, 200, put_made, &a->room.object);
    return eg_object_update(&a->c, id, a->body, &a->room.object);
}

static void put_list(struct eg_api_call *a, const struct eg_stored_object_list *list,
                     struct eg_page page)
{
    eg_api_begin_list(a);
    for (size_t i = 0; i < list->count; i++) {
        put_object(&a->json, &list->items[i]);
    }
    eg_api_end_list(a, page, list->more);
}

static eg_status read_filter(struct eg_api_call *a, struct eg_object_filter *out)
{
    const char *type = eg_http_query(a->rq, "type");
    const char *object_id = eg_http_query(a->rq, "objectId");
    uint32_t id = 0;
    if (type != NULL && eg_object_type_from_name(eg_span_str(type)) == EG_OBJECT_NONE) {
        return eg_call_refuse(&a->c, EG_ERR(API_QUERY), "type: this type is not known.");
    }
    if (object_id != NULL && !eg_ok(eg_object_id_parse(eg_span_str(object_id), &id))) {
        return eg_call_refuse(&a->c, EG_ERR(API_QUERY), "objectId: a number is needed.");
    }
    *out = (struct eg_object_filter){
        .type = type, .name = eg_http_query(a->rq, "name"), .object_id = id};
    return eg_api_query_number(a, "group", 0, INT64_MAX, &out->group_id);
}

eg_status eg_api_object_list(struct eg_api_call *a)
{
    struct eg_page page;
    struct eg_object_filter filter;
    struct eg_stored_object_list list;
    EG_TRY(eg_api_page(a, &page));
    EG_TRY(read_filter(a, &filter));
    EG_TRY(eg_store_object_list(eg_core_store(a->c.core), a->c.company_id, &filter, page,
                                a->c.arena, &list));
    put_list(a, &list, page);
    return EG_OK;
}

eg_status eg_api_group_objects(struct eg_api_call *a)
{
    int64_t group;
    struct eg_stored_object_list list;
    EG_TRY(eg_api_id(a, 0, EG_E_GROUP_UNKNOWN, &group));
    EG_TRY(eg_store_group_objects(eg_core_store(a->c.core), a->c.company_id, group, a->c.arena,
                                  &list));
    list.more = false;
    put_list(a, &list, (struct eg_page){0, 0});
    return EG_OK;
}

eg_status eg_api_object_get(struct eg_api_call *a)
{
    int64_t id;
    struct eg_stored_object o;
    EG_TRY(eg_api_id(a, 0, EG_E_OBJECT_UNKNOWN, &id));
    EG_TRY(eg_object_get(&a->c, id, &o));
    put_object(&a->json, &o);
    return EG_OK;
}

eg_status eg_api_object_delete(struct eg_api_call *a)
{
    int64_t id;
    EG_TRY(eg_api_id(a, 0, EG_E_OBJECT_UNKNOWN, &id));
    a->status = 204;
    return eg_object_delete(&a->c, id);
}

eg_status eg_api_object_assign(struct eg_api_call *a)
{
    int64_t id;
    EG_TRY(eg_api_id(a, 0, EG_E_OBJECT_UNKNOWN, &id));
    int64_t group = eg_json_number(&a->in, "deviceGroupId", EG_JSON_REQUIRED, 0, 1, INT64_MAX);
    const char *family =
        eg_json_text(&a->in, "productHardwareFamilyType", EG_JSON_OPTIONAL, 1, EG_LIMIT_NAME_CHARS);
    EG_TRY(eg_api_body_status(a));
    a->status = 204;
    return eg_object_assign(&a->c, id, group, family);
}

/** An array of the body, 1 to EG_LIMIT_PAGE_MAX items, and room for as many ids. API_TYPE. */
static eg_status begin_ids(struct eg_api_call *a, const char *what, int64_t **out,
                           size_t *out_count)
{
    size_t count = json_array_size(a->body);
    if (!json_is_array(a->body) || count == 0 || count > EG_LIMIT_PAGE_MAX) {
        return eg_call_refuse(&a->c, EG_ERR(API_TYPE), ": an array of 1 to %d %s is needed.",
                              EG_LIMIT_PAGE_MAX, what);
    }
    *out = eg_arena_alloc(a->c.arena, count * sizeof(**out));
    *out_count = *out == NULL ? 0 : count;
    return *out == NULL ? EG_ERR(NO_MEMORY) : EG_OK;
}

eg_status eg_api_object_unassign(struct eg_api_call *a)
{
    int64_t id, *groups = NULL;
    size_t n = 0;
    EG_TRY(eg_api_id(a, 0, EG_E_OBJECT_UNKNOWN, &id));
    EG_TRY(begin_ids(a, "groups", &groups, &n));
    for (size_t i = 0; i < n; i++) {
        eg_json_in_init(&a->in, json_array_get(a->body, i), "");
        groups[i] = eg_json_number(&a->in, "deviceGroupId", EG_JSON_REQUIRED, 0, 1, INT64_MAX);
        EG_TRY(eg_api_body_status(a));
    }
    a->status = 204;
    return eg_objects_unassign(&a->c, &id, 1, groups, n);
}

/** [object id, ...], the other way round. */
eg_status eg_api_group_unassign(struct eg_api_call *a)
{
    int64_t group, *ids = NULL;
    size_t n = 0;
    EG_TRY(eg_api_id(a, 0, EG_E_GROUP_UNKNOWN, &group));
    EG_TRY(begin_ids(a, "objects", &ids, &n));
    for (size_t i = 0; i < n; i++) {
        ids[i] = json_integer_value(json_array_get(a->body, i));
        if (ids[i] <= 0) {
            return eg_call_refuse(&a->c, EG_ERR(API_TYPE), "/%zu: an object id is needed.", i);
        }
    }
    a->status = 204;
    return eg_objects_unassign(&a->c, ids, n, &group, 1);
}
