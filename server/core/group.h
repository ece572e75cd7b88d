/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_CORE_GROUP_H
#define EG_SERVER_CORE_GROUP_H
/** Changing a device group. */
#include "server/core/core.h"

/** What shall become of a group; what is NULL or 0 stays. */
struct eg_group_wish {
    const char *name;
    const int64_t *quota; /* or EG_QUOTA_NONE */
    enum eg_life_cycle life_cycle;
    const bool *production;
    uint32_t flows; /* enum eg_flow */
};

/** May objects with these flows be in a group, and may a group of the family have them?
 * FLOW_INTERNAL: internal objects and no proxy flow. FLOW_UNSUPPORTED: not a flow of the family. */
EG_MUST_USE eg_status eg_group_flows_check(struct eg_call *call, const struct eg_group *group,
                                           uint32_t flows);

/** "PROXY", "CLOUD"; 0 for anything else. */
uint32_t eg_flow_from_name(const char *name);

/**
 * All of it or nothing; *out is the group afterwards. PRODUCT_UNKNOWN, GROUP_UNKNOWN, NAME_TAKEN,
 * QUOTA_BELOW_USED, LIFE_CYCLE_BACK, IN_USE (life cycle, once a device was taken), TEST_ONLY,
 * FLOW_INTERNAL, FLOW_UNSUPPORTED, errors of eg_brick_check().
 */
EG_MUST_USE eg_status eg_group_update(struct eg_call *call, int64_t nc12, int64_t id,
                                      const struct eg_group_wish *wish, struct eg_group *out);

#endif
