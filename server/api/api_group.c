/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "server/api/handlers.h"
#include "server/core/group.h"
#include "server/core/product.h"
#include "server/main/limits.h"

static void put_flows(struct eg_json_out *j, uint32_t flows)
{
    eg_json_key(j, "flows");
    eg_json_begin_array(j);
    if ((flows & EG_FLOW_PROXY) != 0) {
        eg_json_put_text(j, "PROXY");
    }
    if ((flows & EG_FLOW_CLOUD) != 0) {
        eg_json_put_text(j, "CLOUD");
    }
    eg_json_end_array(j);
}

static void put_group(struct eg_api_call *a, const struct eg_group *g)
{
    eg_json_begin_object(&a->json);
    eg_json_number_member(&a->json, "id", g->id);
    eg_json_text_member(&a->json, "deviceGroupName", g->name);
    eg_json_number_member(&a->json, "nc12", g->nc12);
    eg_json_text_member(&a->json, "family", g->family);
    eg_json_text_member(&a->json, "lifeCycle", eg_life_cycle_name(g->life_cycle));
    eg_json_key(&a->json, "quota");
    if (g->quota == EG_QUOTA_NONE) {
        eg_json_put_null(&a->json);
    } else {
        eg_json_put_number(&a->json, g->quota);
    }
    eg_json_number_member(&a->json, "quotaUsed", g->quota_used);
    eg_json_bool_member(&a->json, "production", g->production);
    put_flows(&a->json, g->flows);
    eg_api_time_member(&a->json, "createdAt", g->created_s);
    eg_json_end_object(&a->json);
}

/** lifeCycle of the body; `absent` when it is not there. */
static enum eg_life_cycle read_life_cycle(struct eg_api_call *a, enum eg_life_cycle absent)
{
    const char *name = eg_json_text(&a->in, "lifeCycle", EG_JSON_OPTIONAL, 1, EG_LIMIT_NAME_CHARS);
    if (name == NULL) {
        return absent;
    }
    enum eg_life_cycle lc = eg_life_cycle_from_name(name);
    if (lc == 0) {
        eg_json_refuse(&a->in, "lifeCycle", "OPEN, CLOSED or LOCKED is needed");
    }
    return lc;
}

/** flows of the body; 0 when it is not there. */
static uint32_t read_flows(struct eg_api_call *a)
{
    const json_t *list = eg_json_array(&a->in, "flows", EG_JSON_OPTIONAL, 1, 2);
    uint32_t flows = 0;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *name = json_string_value(json_array_get(list, i));
        uint32_t flow = name == NULL ? 0 : eg_flow_from_name(name);
        if (flow == 0) {
            eg_json_refuse(&a->in, "flows", "PROXY and CLOUD are the values allowed");
            return 0;
        }
        flows |= flow;
    }
    return flows;
}

static int64_t read_quota(struct eg_api_call *a)
{
    return eg_json_number(&a->in, "quota", EG_JSON_OPTIONAL, EG_QUOTA_NONE, 0, INT64_MAX);
}

static eg_status answer_group(struct eg_api_call *a, int64_t nc12, int64_t id)
{
    struct eg_group g;
    EG_TRY(eg_group_of(&a->c, nc12, id, &g));
    put_group(a, &g);
    return EG_OK;
}

static eg_status put_made(struct eg_api_call *a, const void *made)
{
    put_group(a, made);
    return EG_OK;
}

/** Flows that the family does not have are refused, if they are asked for. */
static eg_status check_new(struct eg_api_call *a, const struct eg_product *product, uint32_t flows)
{
    const struct eg_group g = {.family = product->family};
    return flows == 0 ? EG_OK : eg_group_flows_check(&a->c, &g, flows);
}

eg_status eg_api_group_create(struct eg_api_call *a)
{
    int64_t nc12, now_s = a->c.now_ms / 1000;
    struct eg_product product;
    EG_TRY(eg_api_id(a, 0, EG_E_PRODUCT_UNKNOWN, &nc12));
    const struct eg_group_new group = {
        .name = eg_json_text(&a->in, "deviceGroupName", EG_JSON_REQUIRED, 1, EG_LIMIT_NAME_CHARS),
        .quota = read_quota(a),
        .life_cycle = read_life_cycle(a, EG_LC_OPEN),
        .production = eg_json_bool(&a->in, "production", false),
        .flows = read_flows(a),
    };
    EG_TRY(eg_api_body_status(a));
    EG_TRY(eg_product_get(&a->c, nc12, &product));
    EG_TRY(check_new(a, &product, group.flows));
    struct eg_group *g = &a->room.group;
    *g = (struct eg_group){.nc12 = nc12,
                           .family = product.family,
                           .name = group.name,
                           .quota = group.quota,
                           .life_cycle = group.life_cycle,
                           .created_s = now_s,
                           .flows = group.flows != 0 ? group.flows : EG_GROUP_FLOWS};
    eg_api_makes(a, 201, put_made, g);
    eg_call_makes(&a->c);
    return eg_store_group_add(eg_core_store(a->c.core), a->c.company_id, nc12, &group, now_s,
                              &g->id);
}

eg_status eg_api_group_list(struct eg_api_call *a)
{
    int64_t nc12;
    struct eg_page page;
    struct eg_group_list list;
    EG_TRY(eg_api_id(a, 0, EG_E_PRODUCT_UNKNOWN, &nc12));
    EG_TRY(eg_api_page(a, &page));
    EG_TRY(eg_store_group_list(eg_core_store(a->c.core), a->c.company_id, nc12, page, a->c.arena,
                               &list));
    eg_api_begin_list(a);
    for (size_t i = 0; i < list.count; i++) {
        put_group(a, &list.items[i]);
    }
    eg_api_end_list(a, page, list.more);
    return EG_OK;
}

eg_status eg_api_group_get(struct eg_api_call *a)
{
    int64_t nc12, id;
    EG_TRY(eg_api_group(a, &nc12, &id));
    return answer_group(a, nc12, id);
}

eg_status eg_api_group_update(struct eg_api_call *a)
{
    int64_t nc12, id;
    struct eg_group g;
    EG_TRY(eg_api_group(a, &nc12, &id));
    int64_t quota = read_quota(a);
    bool production = eg_json_bool(&a->in, "production", false);
    bool has_quota = json_object_get(a->body, "quota") != NULL; /* null means: no limit */
    bool has_production = json_is_boolean(json_object_get(a->body, "production"));
    const struct eg_group_wish wish = {
        .name = eg_json_text(&a->in, "deviceGroupName", EG_JSON_OPTIONAL, 1, EG_LIMIT_NAME_CHARS),
        .quota = has_quota ? &quota : NULL,
        .life_cycle = read_life_cycle(a, (enum eg_life_cycle)0),
        .production = has_production ? &production : NULL,
        .flows = read_flows(a),
    };
    EG_TRY(eg_api_body_status(a));
    EG_TRY(eg_group_update(&a->c, nc12, id, &wish, &g));
    put_group(a, &g);
    return EG_OK;
}

eg_status eg_api_group_delete(struct eg_api_call *a)
{
    int64_t nc12, id;
    struct eg_group g;
    EG_TRY(eg_api_group(a, &nc12, &id));
    EG_TRY(eg_group_of(&a->c, nc12, id, &g));
    a->status = 204;
    return eg_store_group_delete(eg_core_store(a->c.core), a->c.company_id, id);
}
