/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_STORE_ROLLOUT_H
#define EG_SERVER_STORE_ROLLOUT_H
/** Inside server/store: what the report of a session means for a rollout and a decommission. */
#include "server/store/driver.h"
#include "server/store/store_cloud.h"

/**
 * Count a device's report for the running rollout of its group, once per device, and halt it when
 * failures pass its limit: in the transaction of the report.
 */
EG_MUST_USE eg_status eg_rollout_note(struct eg_db *db, const struct eg_cloud_save *in);

/** A device that is to be retired and holds nothing any more is retired and leaves its group. */
EG_MUST_USE eg_status eg_retire_note(struct eg_db *db, const struct eg_cloud_save *in);

/** Forget everything of a group that is being deleted. */
EG_MUST_USE eg_status eg_life_forget_group(struct eg_db *db, int64_t group_id);

#endif
