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
};

/**
 * All of it or nothing; *out is the group afterwards. PRODUCT_UNKNOWN, GROUP_UNKNOWN, NAME_TAKEN,
 * QUOTA_BELOW_USED, LIFE_CYCLE_BACK, IN_USE (life cycle, once a device was taken), TEST_ONLY,
 * errors of eg_brick_check().
 */
EG_MUST_USE eg_status eg_group_update(struct eg_call *call, int64_t nc12, int64_t id,
                                      const struct eg_group_wish *wish, struct eg_group *out);

#endif
