/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_STORE_CATALOG_INTERNAL_H
#define EG_SERVER_STORE_CATALOG_INTERNAL_H
/** What the files of the catalog share. */
#include "server/store/store_internal.h"

/** Find the set that the group's assignments make up now and note it in the group, whose row the
 * caller has locked. SET_TOO_LARGE, OBJECT_ASSIGNED_TWICE. */
EG_MUST_USE eg_status eg_set_refresh(struct eg_db *db, int64_t group_id, int64_t *out_set);

#endif
