/* SPDX-License-Identifier: Apache-2.0 */
#include "server/core/group.h"

#include <string.h>

#include "lib/object/object.h"
#include "server/core/brick.h"
#include "server/core/product.h"
#include "server/core/production.h"

uint32_t eg_flow_from_name(const char *name)
{
    return strcmp(name, "PROXY") == 0   ? (uint32_t)EG_FLOW_PROXY
           : strcmp(name, "CLOUD") == 0 ? (uint32_t)EG_FLOW_CLOUD
                                        : 0;
}

eg_status eg_group_flows_check(struct eg_call *call, const struct eg_group *group, uint32_t flows)
{
    const struct eg_family *family = eg_families_find(eg_core_families(call->core), group->family);
    struct eg_stored_object_list list = {.count = 0};
    if (family == NULL || (flows & family->flows) == 0) {
        return eg_call_refuse(call, EG_ERR(FLOW_UNSUPPORTED), "Family %s has none of these flows.",
                              group->family);
    }
    if (group->id != 0 && (flows & EG_FLOW_PROXY) == 0) {
        EG_TRY(eg_store_group_objects(eg_core_store(call->core), call->company_id, group->id,
                                      call->arena, &list));
    }
    for (size_t i = 0; i < list.count; i++) {
        if (eg_object_is_internal(list.items[i].object_id)) {
            return eg_call_refuse(call, EG_ERR(FLOW_INTERNAL), "Object \"%s\" has the id 0x%08X.",
                                  list.items[i].name, (unsigned)list.items[i].object_id);
        }
    }
    return EG_OK;
}

struct update {
    int64_t nc12, id;
    const struct eg_group_wish *wish;
};

static eg_status update(struct eg_call *call, void *arg)
{
    const struct update *u = arg;
    const struct eg_group_wish *w = u->wish;
    struct eg_group g;
    EG_TRY(eg_group_of(call, u->nc12, u->id, &g));
    bool moves = w->life_cycle != 0 && w->life_cycle != g.life_cycle;
    bool begins = w->production != NULL && *w->production && !g.production;
    if (moves) {
        EG_TRY(eg_brick_life_cycle(call, &g, w->life_cycle));
    }
    if (begins) {
        EG_TRY(eg_production_begin(call, &g));
    }
    if (w->flows != 0) {
        EG_TRY(eg_group_flows_check(call, &g, w->flows));
    }
    bool judged = moves || begins || w->flows != 0;
    const struct eg_group_guard guard = {.group_id = u->id, .seen = judged ? &g : NULL};
    const struct eg_group_change change = {
        .name = w->name,
        .quota = w->quota,
        .life_cycle = moves ? &w->life_cycle : NULL,
        .production = w->production,
        .flows = w->flows != 0 ? &w->flows : NULL,
    };
    eg_status st =
        eg_store_group_update(eg_core_store(call->core), call->company_id, &guard, &change);
    return eg_brick_went_back(call, st, &g, w->life_cycle);
}

eg_status eg_group_update(struct eg_call *call, int64_t nc12, int64_t id,
                          const struct eg_group_wish *wish, struct eg_group *out)
{
    struct update u = {nc12, id, wish};
    EG_TRY(eg_call_settle(call, update, &u));
    return eg_group_of(call, nc12, id, out);
}
