/* SPDX-License-Identifier: Apache-2.0 */
#include "server/core/brick.h"

#include "lib/object/brick.h"
#include "server/core/evidence.h"
#include "server/core/product.h"

static eg_status ask(struct eg_call *call, const struct eg_brick_set *set)
{
    struct eg_brick_finding finding;
    eg_status st = eg_brick_check(set, &finding);
    return eg_ok(st) ? st : eg_call_refuse(call, st, "%s", finding.why);
}

static struct eg_brick_object seen(const struct eg_object_def *def)
{
    return (struct eg_brick_object){
        .id = def->object_id,
        .value = def->data,
        .evidence = def->evidence_count > 0 ? EG_BRICK_SIGNING_KEY
                    : def->evidence_waived  ? EG_BRICK_WAIVED
                                            : EG_BRICK_NO_EVIDENCE,
    };
}

eg_status eg_brick_new_object(struct eg_call *call, const struct eg_object_def *def)
{
    const struct eg_brick_object object = seen(def);
    const struct eg_brick_set set = {
        .life_cycle = EG_LC_OPEN, /* no group yet */
        .objects = &object,
        .count = 1,
    };
    if (def->type != EG_OBJECT_OEM_FW_AUTH_KEY_HASH) {
        return EG_OK;
    }
    EG_TRY(ask(call, &set));
    return eg_evidence_check(call, def);
}

eg_status eg_brick_set_check(struct eg_call *call, const struct eg_family *family,
                             enum eg_life_cycle life_cycle, const struct eg_assigned_set *set,
                             bool whole)
{
    struct eg_brick_object objects[EG_SET_OBJECTS_MAX + 1];
    for (size_t i = 0; i < set->count; i++) {
        objects[i] = seen(&set->items[i].def);
    }
    const struct eg_brick_set asked = {
        .family = family,
        .life_cycle = life_cycle,
        .objects = objects,
        .count = set->count,
        .whole = whole,
    };
    return ask(call, &asked);
}

/* ---- what devices already are ---------------------------------------------------------------- */

static eg_status any_device(struct eg_call *call, int64_t group_id, int state, bool *out)
{
    struct eg_device_list list;
    const struct eg_device_filter filter = {.group_id = group_id, .state = state};
    EG_TRY(eg_store_device_list(eg_core_store(call->core), call->company_id, &filter,
                                (struct eg_page){.size = 1}, call->arena, &list));
    *out = list.count > 0;
    return EG_OK;
}

/**
 * Were objects made for a device of the group? Then the line may have loaded them: not every line
 * tells the outcome, so a device that was made counts as burned.
 */
static eg_status any_burned(struct eg_call *call, int64_t group_id, bool *out)
{
    static const int burned[] = {EG_DEVICE_GENERATED, EG_DEVICE_PROVISIONED,
                                 EG_DEVICE_PROVISIONING_FAILED};
    *out = false;
    for (size_t i = 0; i < sizeof(burned) / sizeof(burned[0]) && !*out; i++) {
        EG_TRY(any_device(call, group_id, burned[i], out));
    }
    return EG_OK;
}

static eg_status check_backwards(struct eg_call *call, const struct eg_group *group,
                                 enum eg_life_cycle life_cycle)
{
    bool burned = false;
    EG_TRY(any_burned(call, group->id, &burned));
    if (!burned) {
        return EG_OK;
    }
    return eg_call_refuse(call, EG_ERR(LIFE_CYCLE_BACK),
                          "/lifeCycle: objects that make a chip %s were made for devices of this "
                          "group, and a chip does not go back to %s. Make another device group.",
                          eg_life_cycle_name(group->life_cycle), eg_life_cycle_name(life_cycle));
}

static eg_status check_forward(struct eg_call *call, const struct eg_group *group,
                               enum eg_life_cycle life_cycle)
{
    struct eg_group after = *group;
    bool devices = false, empty;
    after.life_cycle = life_cycle;
    EG_TRY(any_device(call, group->id, 0, &devices));
    return eg_assignment_judge(call, &after, devices, &empty);
}

eg_status eg_brick_life_cycle(struct eg_call *call, const struct eg_group *group,
                              enum eg_life_cycle life_cycle)
{
    if (life_cycle == group->life_cycle) {
        return EG_OK;
    }
    return life_cycle < group->life_cycle ? check_backwards(call, group, life_cycle)
                                          : check_forward(call, group, life_cycle);
}

eg_status eg_brick_may_change(struct eg_call *call, const struct eg_group *group,
                              const struct eg_object_def *def)
{
    bool burned = false;
    if (group->life_cycle == EG_LC_OPEN || !eg_object_is_internal(def->object_id)) {
        return EG_OK;
    }
    EG_TRY(any_burned(call, group->id, &burned));
    if (!burned) {
        return EG_OK;
    }
    return eg_call_refuse(
        call, EG_ERR(BURNED_OBJECT),
        "Object id 0x%08X is burned once, and devices of this group, which are %s "
        "afterwards, were made already: they take no other value. Make another "
        "device group for the new one.",
        (unsigned)def->object_id, eg_life_cycle_name(group->life_cycle));
}
