/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_STORE_CATALOG_INTERNAL_H
#define EG_SERVER_STORE_CATALOG_INTERNAL_H
/** What the files of the catalog share. */
#include "server/store/store_catalog.h"
#include "server/store/store_internal.h"

/**
 * Lock the group's row until the transaction ends, and see that the group is what the caller
 * judged. Other groups of the same transaction: in the order of ids; objects after groups.
 * GROUP_UNKNOWN, STORE_MOVED, BURNED_OBJECT. out may be NULL; only set_id, life_cycle and
 * production are filled in.
 */
EG_MUST_USE eg_status eg_group_hold(struct eg_db *db, int64_t company_id,
                                    const struct eg_group_guard *guard, struct eg_group *out);
/** `refused` when anything was made, or is being made, for a device of a group that is held. */
EG_MUST_USE eg_status eg_group_none_made(struct eg_db *db, int64_t company_id, int64_t group_id,
                                         eg_status refused);

/** Find the set that the group's assignments make up now and note it in the group, whose row the
 * caller has locked. SET_TOO_LARGE, OBJECT_ASSIGNED_TWICE. */
EG_MUST_USE eg_status eg_set_refresh(struct eg_db *db, int64_t group_id, int64_t *out_set);

#endif
