/* SPDX-License-Identifier: Apache-2.0 */
#include "server/core/group.h"

#include "server/core/brick.h"
#include "server/core/product.h"
#include "server/core/production.h"

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
    const struct eg_group_guard guard = {.group_id = u->id, .seen = moves || begins ? &g : NULL};
    const struct eg_group_change change = {
        .name = w->name,
        .quota = w->quota,
        .life_cycle = moves ? &w->life_cycle : NULL,
        .production = w->production,
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
