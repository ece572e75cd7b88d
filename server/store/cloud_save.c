/* SPDX-License-Identifier: Apache-2.0 */
/* What a session left behind, in one transaction; and devices to be looked at again. */
#include <string.h>

#include "server/store/rollout.h"
#include "server/store/store_cloud.h"
#include "server/store/store_internal.h"

struct save {
    const struct eg_cloud_save *in;
};

/* *out_sessions counts this one; 0: the device has no row. */
static eg_status contact(struct eg_db *db, const struct eg_cloud_save *in, int64_t *out_sessions)
{
    struct eg_arg args[] = {
        eg_arg_int(in->device_id),     eg_arg_int(in->now_s),      eg_arg_int(in->success),
        eg_arg_int(in->update_status), eg_arg_int(in->rtp_status), eg_arg_int(in->csp_status),
        eg_arg_int(in->agent_version), eg_arg_text(in->address),   eg_arg_text(in->correlation)};

    *out_sessions = 0;
    return eg_row_get_int(db, EG_SQL_CLOUD_CONTACT, args, 9, EG_OK, out_sessions);
}

/* The row is made by the first contact, if not by a claim before; lists of devices that never
 * connected go by the device's own row. */
static eg_status contact_or_first(struct eg_db *db, const struct eg_cloud_save *in)
{
    struct eg_arg init[] = {eg_arg_int(in->device_id), eg_arg_int(in->company_id),
                            eg_arg_int(in->now_s)};
    int64_t sessions;

    EG_TRY(contact(db, in, &sessions));
    if (sessions == 0) {
        EG_TRY(eg_db_run(db, EG_SQL_CLOUD_INIT, init, 3, NULL));
        EG_TRY(contact(db, in, &sessions));
    }
    return sessions != 1 ? EG_OK : eg_db_run(db, EG_SQL_CLOUD_CONTACTED, init, 1, NULL);
}

static struct eg_arg bytes_or_null(struct eg_span bytes)
{
    struct eg_arg a = eg_arg_bytes(bytes);

    a.null = bytes.len == 0;
    return a;
}

static eg_status held(struct eg_db *db, const struct eg_cloud_save *in)
{
    struct eg_arg args[] = {eg_arg_int(in->device_id),        eg_arg_int(in->held_group),
                            eg_arg_int(in->held_set),         eg_arg_int(in->held_epoch),
                            eg_arg_int(in->recheck_s),        eg_arg_int(in->expires_s),
                            eg_arg_int(in->binding),          eg_arg_int(in->remove_claim ? 1 : 0),
                            eg_arg_int(in->claim_status),     bytes_or_null(in->facts),
                            bytes_or_null(in->services_hash), bytes_or_null(in->connection_hash)};

    return eg_db_run(db, EG_SQL_CLOUD_HELD, args, 12, NULL);
}

static void bind_object(void *ctx, size_t i, struct eg_arg *args)
{
    const struct eg_cloud_save *in = ((struct save *)ctx)->in;
    const struct eg_held_object *o = &in->objects[i];

    args[0] = eg_arg_int(in->device_id);
    args[1] = eg_arg_int(o->chip_id);
    args[2] = eg_arg_int(o->object_id);
    args[3] = eg_arg_int(o->version);
    args[4] = eg_arg_int(o->generation);
    args[5] = eg_arg_int(o->state);
    args[6] = eg_arg_int(o->psa_status);
    args[7] = eg_arg_int(o->rtp_status);
    args[8] = eg_arg_int(o->expires_s);
    args[9] = eg_arg_int(o->updated_s);
    args[10] = eg_arg_int(o->confirmed_s);
}

static void bind_gone(void *ctx, size_t i, struct eg_arg *args)
{
    const struct eg_cloud_save *in = ((struct save *)ctx)->in;

    args[0] = eg_arg_int(in->device_id);
    args[1] = eg_arg_int(in->gone[i]);
}

static void bind_event(void *ctx, size_t i, struct eg_arg *args)
{
    const struct eg_cloud_save *in = ((struct save *)ctx)->in;

    args[0] = eg_arg_int(in->device_id);
    args[1] = eg_arg_int(in->now_s);
    args[2] = eg_arg_int(in->events[i].kind);
    args[3] = eg_arg_int(in->group_id);
    args[4] = eg_arg_int(0);
    args[5] = eg_arg_text(in->events[i].detail);
}

static eg_status lists(struct eg_db *db, struct save *s)
{
    struct eg_db_many objects = {.sql = EG_SQL_HELD_PUT,
                                 .count = s->in->object_count,
                                 .arg_count = 11,
                                 .bind = bind_object,
                                 .ctx = s};
    struct eg_db_many gone = {.sql = EG_SQL_HELD_DROP,
                              .count = s->in->gone_count,
                              .arg_count = 2,
                              .bind = bind_gone,
                              .ctx = s};
    struct eg_db_many events = {.sql = EG_SQL_EVENT_ADD,
                                .count = s->in->event_count,
                                .arg_count = 6,
                                .bind = bind_event,
                                .ctx = s};

    EG_TRY(eg_db_many(db, &objects));
    EG_TRY(eg_db_many(db, &gone));
    return eg_db_many(db, &events);
}

/* The device's own state, and a line for watchers. */
static eg_status tell(struct eg_db *db, const struct eg_cloud_save *in)
{
    int64_t state = in->success ? EG_DEVICE_PROVISIONED : EG_DEVICE_PROVISIONING_FAILED;
    struct eg_arg device[] = {eg_arg_int(in->device_id), eg_arg_int(state),
                              eg_arg_int(in->group_id)};
    struct eg_arg event[] = {eg_arg_int(in->company_id), eg_arg_int(in->group_id),
                             eg_arg_int(in->device_id),  eg_arg_int(EG_SERVICE_DEVICE),
                             eg_arg_int(in->now_s),      eg_arg_text(in->correlation)};

    if (in->complete && in->group_id != 0) {
        EG_TRY(eg_db_run(db, EG_SQL_CLOUD_DONE, device, 3, NULL));
    }
    return eg_db_run(db, EG_SQL_SERVICE_EVENT_ADD, event, 6, NULL);
}

static eg_status op_save(struct eg_db *db, void *arg)
{
    struct save *s = arg;

    EG_TRY(contact_or_first(db, s->in));
    if (s->in->quiet) {
        return EG_OK;
    }
    EG_TRY(held(db, s->in));
    EG_TRY(lists(db, s));
    EG_TRY(eg_rollout_note(db, s->in));
    EG_TRY(eg_retire_note(db, s->in));
    return tell(db, s->in);
}

eg_status eg_store_cloud_save(struct eg_store *store, const struct eg_cloud_save *in)
{
    struct save s = {in};

    return eg_store_write(store, op_save, &s);
}

/* ---- look again -------------------------------------------------------------------------------
 */

struct again {
    enum eg_sql sql;
    int64_t company_id, id;
    eg_status missing;
    bool must;
};

static eg_status op_again(struct eg_db *db, void *arg)
{
    const struct again *a = arg;
    struct eg_arg args[] = {eg_arg_int(a->company_id), eg_arg_int(a->id)};
    uint64_t changes;

    EG_TRY(eg_db_run(db, a->sql, args, 2, &changes));
    return changes == 1 || !a->must ? EG_OK : a->missing;
}

eg_status eg_store_cloud_group_again(struct eg_store *store, int64_t company_id, int64_t group_id)
{
    struct again a = {EG_SQL_CLOUD_GROUP_AGAIN, company_id, group_id, EG_ERR(GROUP_UNKNOWN), true};

    return eg_store_write(store, op_again, &a);
}

/* A device without a row is looked at anyway. */
eg_status eg_store_cloud_device_again(struct eg_store *store, int64_t company_id, int64_t device_id)
{
    struct again a = {EG_SQL_CLOUD_DEVICE_AGAIN, company_id, device_id, EG_OK, false};

    return eg_store_write(store, op_again, &a);
}
