/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_STORE_CLAIM_INTERNAL_H
#define EG_SERVER_STORE_CLAIM_INTERNAL_H
/** What the files about claim codes share. */
#include "server/store/catalog_internal.h"
#include "server/store/store_claim.h"
#include "server/store/store_cloud.h"
#include "server/store/store_internal.h"

/** Row of a claim_code statement into struct eg_claim_code. */
void eg_claim_take(struct eg_row *row, void *item);

/** A line for watchers and auditors; inside a transaction. */
struct eg_claim_told {
    int64_t company_id, group_id, device_id;
    enum eg_service_event_kind kind;
    int64_t now_s;
    int64_t actor;      /* API key that did it; 0: a device or the service */
    const char *detail; /* no secrets */
};
EG_MUST_USE eg_status eg_claim_tell(struct eg_db *db, const struct eg_claim_told *told);

#endif
