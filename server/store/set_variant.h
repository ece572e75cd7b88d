/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_STORE_SET_VARIANT_H
#define EG_SERVER_STORE_SET_VARIANT_H
/** Variants of a set inside a transaction; see store_cloud.h. */
#include "server/store/store_catalog.h"
#include "server/store/store_cloud.h"
#include "server/store/store_internal.h"

enum {
    EG_SET_ITEM_LEN = 12,
    EG_SET_ITEMS_MAX = EG_SET_OBJECTS_MAX * EG_SET_ITEM_LEN + 1,
};

/** Find or make the variant of a set; the set itself for EG_SET_PROXY, 0 for 0. */
EG_MUST_USE eg_status eg_set_variant_of(struct eg_db *db, int64_t base_id,
                                        enum eg_set_variant variant, int64_t *out);
EG_MUST_USE eg_status eg_set_origin_of(struct eg_db *db, int64_t set_id, struct eg_set_origin *out);

#endif
