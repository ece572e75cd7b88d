/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of devices that connect themselves: for a session. */
#include <string.h>

#include "server/store/store_cloud.h"
#include "server/store/store_internal.h"
#include "server/store/store_life.h"

static void copy_bytes(struct eg_db *db, int column, void *out, size_t len)
{
    struct eg_span bytes = eg_db_bytes(db, column);

    if (bytes.len > 0) {
        memcpy(out, bytes.ptr, bytes.len < len ? bytes.len : len);
    }
}

/* ---- a session begins -------------------------------------------------------------------------
 */

static void take_seen(struct eg_db *db, struct eg_cloud_row *r)
{
    size_t len = eg_db_bytes(db, 21).len;

    r->seen = true;
    r->retired_s = eg_db_int(db, 10);
    r->binding = (enum eg_cloud_binding)eg_db_int(db, 11);
    r->remove_claim = eg_db_int(db, 12) != 0;
    r->claim_failures = eg_db_int(db, 13);
    r->locked_until_s = eg_db_int(db, 14);
    r->held_group = eg_db_int(db, 15);
    r->held_set = eg_db_int(db, 16);
    r->held_epoch = eg_db_int(db, 17);
    r->recheck_s = eg_db_int(db, 18);
    r->update_status = (uint32_t)eg_db_int(db, 19);
    r->last_contact_s = eg_db_int(db, 20);
    r->facts_len = len < sizeof r->facts ? len : sizeof r->facts;
    copy_bytes(db, 21, r->facts, sizeof r->facts);
    copy_bytes(db, 22, r->services_hash, sizeof r->services_hash);
    copy_bytes(db, 23, r->connection_hash, sizeof r->connection_hash);
    r->epoch += eg_db_int(db, 24);
}

static void take_row(struct eg_row *row, void *item)
{
    struct eg_cloud_row *r = item;
    struct eg_db *db = row->db;

    memset(r, 0, sizeof *r);
    r->device_id = eg_db_int(db, 0);
    r->company_id = eg_db_int(db, 1);
    r->group_id = eg_db_null(db, 2) ? 0 : eg_db_int(db, 2);
    r->state = (enum eg_device_state)eg_db_int(db, 3);
    copy_bytes(db, 4, r->family, sizeof r->family - 1);
    copy_bytes(db, 5, r->connection_key, sizeof r->connection_key);
    r->set_id = eg_db_int(db, 6);
    r->flows = (uint32_t)eg_db_int(db, 7);
    r->epoch = eg_db_int(db, 8);
    r->retiring_s = eg_db_int(db, 25);
    r->rollout_id = eg_db_int(db, 26);
    r->rollout_state = (int)eg_db_int(db, 27);
    r->rollout_from = eg_db_int(db, 28);
    r->rollout_percent = (uint32_t)eg_db_int(db, 29);
    r->rollout_canary = eg_db_int(db, 30) != 0;
    if (!eg_db_null(db, 9)) {
        take_seen(db, r);
    }
}

eg_status eg_store_cloud_admit(struct eg_store *store, const struct eg_uuid *uuid,
                               struct eg_cloud_row *out)
{
    struct eg_get get = {.sql = EG_SQL_CLOUD_ADMIT,
                         .args = {eg_arg_bytes(EG_SPAN_OF(uuid->bytes))},
                         .count = 1,
                         .fn = take_row,
                         .item = out,
                         .missing = EG_ERR(DEVICE_UNKNOWN)};

    EG_TRY(eg_store_get(store, &get));
    out->target_set = eg_rollout_target(out, uuid);
    return EG_OK;
}

static void take_bool(struct eg_row *row, void *item)
{
    bool *out = item;

    *out = eg_db_int(row->db, 0) != 0;
}

eg_status eg_store_cloud_proxy_done(struct eg_store *store, int64_t device_id, bool *out)
{
    struct eg_get get = {.sql = EG_SQL_CLOUD_PROXY_DONE,
                         .args = {eg_arg_int(device_id)},
                         .count = 1,
                         .fn = take_bool,
                         .item = out,
                         .missing = EG_ERR(STORE_FAILED)};

    *out = false;
    return eg_store_get(store, &get);
}

static void take_held(struct eg_row *row, void *item)
{
    struct eg_held_object *o = item;
    struct eg_db *db = row->db;

    *o = (struct eg_held_object){.chip_id = (uint32_t)eg_db_int(db, 0),
                                 .object_id = eg_db_int(db, 1),
                                 .version = (uint32_t)eg_db_int(db, 2),
                                 .generation = (uint32_t)eg_db_int(db, 3),
                                 .state = (enum eg_held_state)eg_db_int(db, 4),
                                 .psa_status = (int32_t)eg_db_int(db, 5),
                                 .rtp_status = (uint32_t)eg_db_int(db, 6),
                                 .expires_s = eg_db_int(db, 7),
                                 .updated_s = eg_db_int(db, 8),
                                 .confirmed_s = eg_db_int(db, 9)};
}

eg_status eg_store_cloud_objects(struct eg_store *store, int64_t device_id, struct eg_arena *arena,
                                 struct eg_held_list *out)
{
    struct eg_arg args[] = {eg_arg_int(device_id), eg_arg_int(EG_CLOUD_OBJECTS_MAX)};
    struct eg_rows rows = {sizeof *out->items, take_held, EG_CLOUD_OBJECTS_MAX, NULL, 0, false};

    EG_TRY(eg_store_list(store, EG_SQL_HELD_LIST, args, 2, arena, &rows));
    *out = (struct eg_held_list){rows.items, rows.count};
    return EG_OK;
}

static void take_body(struct eg_row *row, void *item)
{
    struct eg_span *out = item;

    *out = eg_row_bytes(row, 0);
}

eg_status eg_store_cloud_body(struct eg_store *store, int64_t device_id, int64_t group_id,
                              int64_t base_set, enum eg_set_variant variant, struct eg_arena *arena,
                              struct eg_span *out)
{
    struct eg_get get = {.sql = EG_SQL_CLOUD_BODY,
                         .args = {eg_arg_int(device_id), eg_arg_int(group_id), eg_arg_int(base_set),
                                  eg_arg_int(variant)},
                         .count = 4,
                         .arena = arena,
                         .fn = take_body,
                         .item = out,
                         .missing = EG_ERR(STORE_NOT_FOUND)};

    return eg_store_get(store, &get);
}
