/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_CORE_ASSIGNMENT_H
#define EG_SERVER_CORE_ASSIGNMENT_H
/** The objects of a group as lib/object judges them; inside server/core. */
#include "server/core/core.h"
#include "server/core/object_def.h"

struct eg_assigned {
    int64_t row_id; /* secure object */
    struct eg_object_def def;
    struct eg_object object;
};

struct eg_assigned_set {
    struct eg_assigned items[EG_SET_OBJECTS_MAX + 1]; /* one more: the one being added */
    size_t count;
};

/** Read one stored object; a certificate's size becomes the most its chain can take. */
EG_MUST_USE eg_status eg_assignment_object(struct eg_call *call, const struct eg_stored_object *row,
                                           struct eg_assigned *out);

/** All objects of a group. GROUP_UNKNOWN. */
EG_MUST_USE eg_status eg_assignment_load(struct eg_call *call, int64_t group_id,
                                         struct eg_assigned_set *out);

/** Would the group bear this new version of one of its objects? Errors of eg_object_assign(). *out
 * is the group that was judged, in the arena: for a guard. */
EG_MUST_USE eg_status eg_assignment_replaced(struct eg_call *call, int64_t group_id,
                                             const struct eg_stored_object *row,
                                             struct eg_group *out);

/**
 * What the group has now against the rules of lib/object/brick.h for its life cycle; whole: chips
 * shall be made with it. Errors: eg_brick_check(), OBJECT_SET_INCOMPLETE.
 */
EG_MUST_USE eg_status eg_assignment_judge(struct eg_call *call, const struct eg_group *group,
                                          bool whole, bool *out_empty);

/**
 * Can chips be made with what the group has now? Errors: eg_assignment_judge(). A group without
 * objects is fine (*out_empty): nothing will be made.
 */
EG_MUST_USE eg_status eg_assignment_complete(struct eg_call *call, const struct eg_group *group,
                                             bool *out_empty);

#endif
