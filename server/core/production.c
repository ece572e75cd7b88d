/* SPDX-License-Identifier: Apache-2.0 */
#include "server/core/production.h"

#include "server/core/assignment.h"
#include "server/core/ca.h"

static eg_status check_one(struct eg_call *call, const struct eg_object_def *def)
{
    bool test = def->test_only;
    if (def->type == EG_OBJECT_CERTIFICATE) {
        EG_TRY(eg_ca_is_test(call, def->ca_id, &test));
    }
    return test ? eg_call_refuse(call, EG_ERR(TEST_ONLY), "%s is for test only.", def->name)
                : EG_OK;
}

eg_status eg_production_check(struct eg_call *call, const struct eg_group *group,
                              const struct eg_object_def *def)
{
    return group->production ? check_one(call, def) : EG_OK;
}

eg_status eg_production_begin(struct eg_call *call, const struct eg_group *group)
{
    struct eg_assigned_set *set = eg_arena_alloc(call->arena, sizeof(*set));
    if (set == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    EG_TRY(eg_assignment_load(call, group->id, set));
    for (size_t i = 0; i < set->count; i++) {
        EG_TRY(check_one(call, &set->items[i].def));
    }
    return EG_OK;
}
