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

eg_status eg_brick_life_cycle(struct eg_call *call, const struct eg_group *group,
                              enum eg_life_cycle life_cycle)
{
    struct eg_group after = *group;
    bool empty, taken = group->quota_used > 0;
    after.life_cycle = life_cycle;
    return life_cycle <= group->life_cycle ? EG_OK
                                           : eg_assignment_judge(call, &after, taken, &empty);
}

eg_status eg_brick_went_back(struct eg_call *call, eg_status st, const struct eg_group *group,
                             enum eg_life_cycle life_cycle)
{
    if (!eg_is(st, EG_E_LIFE_CYCLE_BACK)) {
        return st;
    }
    return eg_call_refuse(call, st,
                          "/lifeCycle: objects that make a chip %s were made, or are being made, "
                          "for devices of this group, and a chip does not go back to %s. Make "
                          "another device group.",
                          eg_life_cycle_name(group->life_cycle), eg_life_cycle_name(life_cycle));
}

bool eg_brick_is_burned(const struct eg_group *group, const struct eg_object_def *def)
{
    return group->life_cycle != EG_LC_OPEN && eg_object_is_internal(def->object_id);
}

eg_status eg_brick_burned(struct eg_call *call, eg_status st, const struct eg_group *group,
                          const struct eg_object_def *def)
{
    if (!eg_is(st, EG_E_BURNED_OBJECT)) {
        return st;
    }
    return eg_call_refuse(
        call, st,
        "Object id 0x%08X is burned once, and devices of this group, which are %s "
        "afterwards, were made already or are being made: they take no other value. Make another "
        "device group for the new one.",
        (unsigned)def->object_id, eg_life_cycle_name(group->life_cycle));
}
