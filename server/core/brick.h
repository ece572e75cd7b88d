/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_CORE_BRICK_H
#define EG_SERVER_CORE_BRICK_H
/**
 * Never brick a part: where the service asks the rules of lib/object/brick.h, and those that need
 * to know which devices there are. call->detail says why and what to do.
 */
#include "server/core/assignment.h"

/** An object as it is created: boot key hash and its evidence. OBJECT_BOOT_KEY_HASH,
 * OBJECT_BOOT_KEY_EVIDENCE, CRYPTO_BAD_KEY. */
EG_MUST_USE eg_status eg_brick_new_object(struct eg_call *call, const struct eg_object_def *def);

/** A group's objects with a life cycle; whole: chips shall be made with them. Errors:
 * eg_brick_check(). */
EG_MUST_USE eg_status eg_brick_set_check(struct eg_call *call, const struct eg_family *family,
                                         enum eg_life_cycle life_cycle,
                                         const struct eg_assigned_set *set, bool whole);

/**
 * May the group's life cycle become this one? LIFE_CYCLE_BACK: devices were made for a later one.
 * With devices in the group its objects must be whole for the new one, else only not wrong.
 */
EG_MUST_USE eg_status eg_brick_life_cycle(struct eg_call *call, const struct eg_group *group,
                                          enum eg_life_cycle life_cycle);

/** May this object leave or enter the group? BURNED_OBJECT: it is one that is burned, and chips of
 * the group are closed already. */
EG_MUST_USE eg_status eg_brick_may_change(struct eg_call *call, const struct eg_group *group,
                                          const struct eg_object_def *def);

#endif
