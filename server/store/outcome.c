/* SPDX-License-Identifier: Apache-2.0 */
/* How it went on the line, and devices leaving their group. */
#include <string.h>

#include "server/store/store_internal.h"
#include "server/store/store_provisioning.h"

/* ---- report from the line ---------------------------------------------------------------------
 */

struct outcome {
    int64_t company_id, group_id;
    const struct eg_uuid *uuid;
    enum eg_device_state state;
    const char *detail;
    int64_t actor, now_s;
};

struct device_now {
    int64_t id, group_id;
};

static void take_device_now(struct eg_row *row, void *item)
{
    struct device_now *d = item;

    d->id = eg_db_int(row->db, 0);
    d->group_id = eg_db_null(row->db, 1) ? 0 : eg_db_int(row->db, 1);
}

static eg_status add_event(struct eg_db *db, const struct outcome *o, int64_t device_id)
{
    enum eg_event_kind kind =
        o->state == EG_DEVICE_PROVISIONED ? EG_EVENT_PROVISIONED : EG_EVENT_PROVISIONING_FAILED;
    struct eg_arg args[] = {eg_arg_int(device_id), eg_arg_int(o->now_s),
                            eg_arg_int(kind),      eg_arg_int(o->group_id),
                            eg_arg_int(o->actor),  eg_arg_text(o->detail == NULL ? "" : o->detail)};

    return eg_db_run(db, EG_SQL_EVENT_ADD, args, 6, NULL);
}

static eg_status op_outcome(struct eg_db *db, void *arg)
{
    struct outcome *o = arg;
    struct eg_arg group[] = {eg_arg_int(o->company_id), eg_arg_int(o->group_id)};
    struct eg_arg key[] = {eg_arg_bytes(EG_SPAN_OF(o->uuid->bytes)), eg_arg_int(o->company_id)};
    struct device_now d;
    int64_t set_id;
    uint64_t changes;

    /* first of all, so that no device leaves the group between look and report */
    EG_TRY(eg_row_get_int(db, EG_SQL_GROUP_LOCK, group, 2, EG_ERR(GROUP_UNKNOWN), &set_id));
    EG_TRY(eg_row_get(db, EG_SQL_DEVICE_BY_UUID, key, 2, NULL, take_device_now, &d,
                      EG_ERR(DEVICE_UNKNOWN)));
    if (d.group_id != o->group_id) {
        return EG_ERR(DEVICE_NOT_IN_GROUP);
    }
    struct eg_arg row[] = {eg_arg_int(d.id), eg_arg_int(o->group_id), eg_arg_int(set_id),
                           eg_arg_int(o->state)};
    struct eg_arg state[] = {eg_arg_int(d.id), eg_arg_int(o->state)};

    EG_TRY(eg_db_run(db, EG_SQL_PROVISIONING_OUTCOME, row, 4, &changes));
    if (changes == 0) {
        return EG_ERR(NOT_GENERATED);
    }
    EG_TRY(eg_db_run(db, EG_SQL_DEVICE_STATE, state, 2, NULL));
    return add_event(db, o, d.id);
}

eg_status eg_store_outcome(struct eg_store *store, int64_t company_id, int64_t group_id,
                           const struct eg_uuid *uuid, enum eg_device_state state,
                           const char *detail, int64_t actor, int64_t now_s)
{
    struct outcome o = {company_id, group_id, uuid, state, detail, actor, now_s};

    if (state != EG_DEVICE_PROVISIONED && state != EG_DEVICE_PROVISIONING_FAILED) {
        return EG_ERR(INTERNAL);
    }
    return eg_store_write(store, op_outcome, &o);
}

/* ---- unclaim ----------------------------------------------------------------------------------
 */

enum { SLICE = 500 }; /* devices of one round when a whole group is emptied */

struct unclaim {
    int64_t company_id, group_id;
    const struct eg_uuid *uuids; /* NULL: all of the group */
    size_t count;
    int64_t actor, now_s;
    int64_t after;      /* all: device id to go on behind */
    int64_t ids[SLICE]; /* candidates, then those that left */
    size_t id_count;
    size_t gone_count; /* of this round */
    uint32_t total;
};

static void bind_uuid(void *ctx, size_t i, struct eg_arg *args)
{
    const struct unclaim *u = ctx;

    args[0] = eg_arg_bytes(EG_SPAN_OF(u->uuids[i].bytes));
    args[1] = eg_arg_int(u->company_id);
}

static eg_status row_id(void *ctx, size_t i, struct eg_db *db)
{
    struct unclaim *u = ctx;

    (void)i;
    u->ids[u->id_count++] = eg_db_int(db, 0);
    return EG_OK;
}

static void bind_id(void *ctx, size_t i, struct eg_arg *args)
{
    const struct unclaim *u = ctx;

    args[0] = eg_arg_int(u->ids[i]);
    args[1] = eg_arg_int(u->group_id);
}

/* Those that left move to the front of ids; never past the item being looked at. */
static eg_status done_unclaim(void *ctx, size_t i, uint64_t changes)
{
    struct unclaim *u = ctx;

    if (changes == 1) {
        u->ids[u->gone_count++] = u->ids[i];
    }
    return EG_OK;
}

static void bind_event(void *ctx, size_t i, struct eg_arg *args)
{
    const struct unclaim *u = ctx;

    args[0] = eg_arg_int(u->ids[i]);
    args[1] = eg_arg_int(u->now_s);
    args[2] = eg_arg_int(EG_EVENT_UNCLAIMED);
    args[3] = eg_arg_int(u->group_id);
    args[4] = eg_arg_int(u->actor);
    args[5] = eg_arg_text("");
}

/* Candidates of the next round into ids. */
static eg_status find_ids(struct eg_db *db, struct unclaim *u)
{
    struct eg_arg args[] = {eg_arg_int(u->group_id), eg_arg_int(u->after), eg_arg_int(SLICE)};
    bool row = true;

    u->id_count = 0;
    if (u->uuids != NULL) {
        struct eg_db_many find = {.sql = EG_SQL_DEVICE_BY_UUID,
                                  .count = u->count,
                                  .arg_count = 2,
                                  .bind = bind_uuid,
                                  .row = row_id,
                                  .ctx = u};

        return eg_db_many(db, &find);
    }
    EG_TRY(eg_db_query(db, EG_SQL_GROUP_MEMBERS, args, 3));
    while (row && u->id_count < SLICE) {
        EG_TRY(eg_db_step(db, &row));
        if (row) {
            u->ids[u->id_count++] = eg_db_int(db, 0);
        }
    }
    eg_db_reset(db);
    if (u->id_count > 0) {
        u->after = u->ids[u->id_count - 1];
    }
    return EG_OK;
}

static eg_status release_ids(struct eg_db *db, struct unclaim *u)
{
    struct eg_db_many release = {.sql = EG_SQL_DEVICE_UNCLAIM,
                                 .count = u->id_count,
                                 .arg_count = 2,
                                 .bind = bind_id,
                                 .done = done_unclaim,
                                 .ctx = u};
    struct eg_db_many event = {
        .sql = EG_SQL_EVENT_ADD, .arg_count = 6, .bind = bind_event, .ctx = u};

    u->gone_count = 0;
    EG_TRY(eg_db_many(db, &release));
    event.count = u->gone_count;
    u->total += (uint32_t)u->gone_count;
    return eg_db_many(db, &event);
}

static eg_status op_unclaim(struct eg_db *db, void *arg)
{
    struct unclaim *u = arg;
    struct eg_arg group[] = {eg_arg_int(u->company_id), eg_arg_int(u->group_id)};
    int64_t set_id;

    EG_TRY(eg_row_get_int(db, EG_SQL_GROUP_LOCK, group, 2, EG_ERR(GROUP_UNKNOWN), &set_id));
    do {
        EG_TRY(find_ids(db, u));
        EG_TRY(release_ids(db, u));
    } while (u->uuids == NULL && u->id_count == SLICE);
    return EG_OK;
}

static eg_status unclaim(struct eg_store *store, struct unclaim *u, uint32_t *out_count)
{
    *out_count = 0;
    EG_TRY(eg_store_write(store, op_unclaim, u));
    *out_count = u->total;
    return EG_OK;
}

eg_status eg_store_unclaim(struct eg_store *store, int64_t company_id, int64_t group_id,
                           const struct eg_uuid *uuids, size_t count, int64_t actor, int64_t now_s,
                           uint32_t *out_count)
{
    struct unclaim u = {.company_id = company_id,
                        .group_id = group_id,
                        .uuids = uuids,
                        .count = count,
                        .actor = actor,
                        .now_s = now_s};

    *out_count = 0;
    if (count > EG_PAGE_SIZE_MAX) {
        return EG_ERR(TOO_MANY_DEVICES);
    }
    return count == 0 ? EG_OK : unclaim(store, &u, out_count);
}

eg_status eg_store_unclaim_all(struct eg_store *store, int64_t company_id, int64_t group_id,
                               int64_t actor, int64_t now_s, uint32_t *out_count)
{
    struct unclaim u = {
        .company_id = company_id, .group_id = group_id, .actor = actor, .now_s = now_s};

    return unclaim(store, &u, out_count);
}
