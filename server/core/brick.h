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
 * Would what the group has be fit for this life cycle, and whole if it took devices? What those are
 * is looked at where the change is written: eg_store_group_update().
 */
EG_MUST_USE eg_status eg_brick_life_cycle(struct eg_call *call, const struct eg_group *group,
                                          enum eg_life_cycle life_cycle);
/** The sentence for LIFE_CYCLE_BACK; any other st as it is. */
EG_MUST_USE eg_status eg_brick_went_back(struct eg_call *call, eg_status st,
                                         const struct eg_group *group,
                                         enum eg_life_cycle life_cycle);

/** Is this object one that is burned into chips which are closed afterwards? It enters or leaves
 * the group only while nothing was made (eg_group_guard.none_made). */
bool eg_brick_is_burned(const struct eg_group *group, const struct eg_object_def *def);
/** The sentence for BURNED_OBJECT; any other st as it is. */
EG_MUST_USE eg_status eg_brick_burned(struct eg_call *call, eg_status st,
                                      const struct eg_group *group,
                                      const struct eg_object_def *def);

#endif
