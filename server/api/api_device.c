/* SPDX-License-Identifier: Apache-2.0 */
/* Looking at devices: of a group, of the company, one with its history. */
#include <string.h>

#include "lib/base/text.h"
#include "server/api/handlers.h"
#include "server/core/device.h"
#include "server/core/product.h"
#include "server/main/limits.h"

static void put_device_members(struct eg_json_out *o, const struct eg_device *d)
{
    char hex[EG_UUID_HEX_LEN + 1];
    eg_uuid_to_hex(&d->uuid, hex);
    eg_api_device_member(o, "id", &d->uuid);
    eg_json_text_member(o, "hexId", hex);
    eg_json_text_member(o, "family", d->family);
    eg_json_text_member(o, "state", eg_device_state_name(d->state));
    eg_api_id_member(o, "deviceGroupId", d->group_id);
    eg_api_id_member(o, "nc12", d->nc12);
    eg_api_time_member(o, "createdAt", d->created_s);
}

static void put_device(struct eg_json_out *o, const struct eg_device *d)
{
    eg_json_begin_object(o);
    put_device_members(o, d);
    eg_json_end_object(o);
}

/** {"device":{..}}, the form of the group's list. */
static void put_member(struct eg_json_out *o, const struct eg_device *d)
{
    eg_json_begin_object(o);
    eg_json_key(o, "device");
    put_device(o, d);
    eg_json_end_object(o);
}

/* ---- lists ------------------------------------------------------------------------------------
 */

enum { TOKEN_LEN = EG_UUID_LEN + 8 + 8 }; /* bytes: UUID, be64 group, be64 device */

eg_status eg_api_read_after(struct eg_api_call *a, struct eg_page page, struct eg_page_key *room,
                            const struct eg_page_key **out)
{
    uint8_t token[TOKEN_LEN];
    struct eg_reader r;
    const char *text = eg_http_query(a->rq, "after");
    *out = NULL;
    if (text == NULL) {
        return EG_OK;
    }
    if (page.number != 0 || strlen(text) != EG_HEX_LEN(TOKEN_LEN) ||
        !eg_ok(eg_hex_decode(eg_span_str(text), token, sizeof(token)))) {
        return eg_call_refuse(&a->c, EG_ERR(API_QUERY),
                              "after: the nextToken of a page is needed, and no page.");
    }
    eg_reader_init(&r, EG_SPAN_OF(token));
    memcpy(room->uuid.bytes, eg_reader_take(&r, EG_UUID_LEN).ptr, EG_UUID_LEN);
    room->first = (int64_t)eg_reader_be64(&r);
    room->device_id = (int64_t)eg_reader_be64(&r);
    *out = room;
    return r.status;
}

void eg_api_put_token(struct eg_json_out *j, const struct eg_page_key *next, bool more)
{
    uint8_t token[TOKEN_LEN];
    char text[EG_HEX_LEN(TOKEN_LEN) + 1];
    struct eg_writer w;
    eg_writer_init(&w, token, sizeof(token));
    eg_writer_bytes(&w, EG_SPAN_OF(next->uuid.bytes));
    eg_writer_be64(&w, (uint64_t)next->first);
    eg_writer_be64(&w, (uint64_t)next->device_id);
    eg_hex_encode(EG_SPAN_OF(token), text);
    eg_json_text_member(j, "nextToken", more ? text : NULL);
}

static eg_status list(struct eg_api_call *a, const struct eg_device_filter *filter,
                      void (*put)(struct eg_json_out *, const struct eg_device *))
{
    struct eg_page page;
    struct eg_page_key from;
    struct eg_device_list devices;
    struct eg_device_filter f = *filter;
    EG_TRY(eg_api_page(a, &page));
    EG_TRY(eg_api_read_after(a, page, &from, &f.from));
    EG_TRY(eg_store_device_list(eg_core_store(a->c.core), a->c.company_id, &f, page, a->c.arena,
                                &devices));
    eg_api_begin_list(a);
    for (size_t i = 0; i < devices.count; i++) {
        put(&a->json, &devices.items[i]);
    }
    eg_json_end_array(&a->json);
    eg_api_put_token(&a->json, &devices.next, devices.more);
    eg_api_next_member(a, page, devices.more && f.from == NULL);
    eg_json_end_object(&a->json);
    return EG_OK;
}

eg_status eg_api_group_devices(struct eg_api_call *a)
{
    int64_t nc12, group;
    struct eg_group g;
    EG_TRY(eg_api_group(a, &nc12, &group));
    EG_TRY(eg_group_of(&a->c, nc12, group, &g));
    struct eg_device_filter filter = {.group_id = group};
    return list(a, &filter, put_member);
}

eg_status eg_api_group_device(struct eg_api_call *a)
{
    int64_t nc12, group;
    struct eg_group g;
    struct eg_uuid uuid;
    struct eg_device d;
    EG_TRY(eg_api_group(a, &nc12, &group));
    EG_TRY(eg_group_of(&a->c, nc12, group, &g));
    EG_TRY(eg_api_device(a, 2, &uuid));
    EG_TRY(eg_store_device_get(eg_core_store(a->c.core), a->c.company_id, &uuid, a->c.arena, &d));
    if (d.group_id != group) {
        return EG_ERR(DEVICE_UNKNOWN); /* clients ask each group until one answers */
    }
    put_member(&a->json, &d);
    return EG_OK;
}

static eg_status read_filter(struct eg_api_call *a, struct eg_device_filter *out)
{
    const char *state = eg_http_query(a->rq, "state");
    *out = (struct eg_device_filter){.search = eg_http_query(a->rq, "search"),
                                     .family = eg_http_query(a->rq, "family")};
    EG_TRY(eg_api_query_number(a, "group", 0, INT64_MAX, &out->group_id));
    if (out->search != NULL && strlen(out->search) > EG_DEVICE_SEARCH_MAX) {
        return eg_call_refuse(&a->c, EG_ERR(API_QUERY), "search: at most %d characters.",
                              EG_DEVICE_SEARCH_MAX);
    }
    if (state != NULL) {
        out->state = (int)eg_device_state_from_name(state);
        if (out->state == 0) {
            return eg_call_refuse(&a->c, EG_ERR(API_QUERY), "state: this state is not known.");
        }
    }
    return EG_OK;
}

eg_status eg_api_device_list(struct eg_api_call *a)
{
    struct eg_device_filter filter;
    struct eg_cloud_filter cloud;
    bool by_cloud;
    EG_TRY(eg_api_cloud_filter(a, &cloud, &by_cloud));
    if (by_cloud) {
        return eg_api_cloud_list(a, &cloud);
    }
    EG_TRY(read_filter(a, &filter));
    return list(a, &filter, put_device);
}

static void put_event(struct eg_json_out *o, const struct eg_event *e)
{
    eg_json_begin_object(o);
    eg_api_time_member(o, "at", e->at_s);
    eg_json_text_member(o, "event", eg_event_kind_name(e->kind));
    eg_json_number_member(o, "deviceGroupId", e->group_id);
    eg_json_number_member(o, "apiKeyId", e->actor);
    eg_json_text_member(o, "detail", e->detail);
    eg_json_end_object(o);
}

eg_status eg_api_device_get(struct eg_api_call *a)
{
    struct eg_store *store = eg_core_store(a->c.core);
    struct eg_uuid uuid;
    struct eg_device d;
    struct eg_event_list events;
    const struct eg_page all = {EG_LIMIT_PAGE_MAX, 0};
    EG_TRY(eg_api_device(a, 0, &uuid));
    EG_TRY(eg_store_device_get(store, a->c.company_id, &uuid, a->c.arena, &d));
    EG_TRY(eg_store_device_history(store, a->c.company_id, &uuid, all, a->c.arena, &events));
    eg_json_begin_object(&a->json);
    put_device_members(&a->json, &d);
    EG_TRY(eg_api_put_device_cloud(a, &uuid));
    eg_json_key(&a->json, "history");
    eg_json_begin_array(&a->json);
    for (size_t i = 0; i < events.count; i++) {
        put_event(&a->json, &events.items[i]);
    }
    eg_json_end_array(&a->json);
    eg_json_end_object(&a->json);
    return EG_OK;
}
