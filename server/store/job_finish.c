/* SPDX-License-Identifier: Apache-2.0 */
/* Finish: the rows of a chunk appear and its bit is set, in one transaction. */
#include <string.h>

#include "server/store/job_internal.h"

struct finish {
    int64_t job_id;
    const char *node;
    uint32_t index;
    const struct eg_made *made;
    size_t count;
    int64_t now_s;
    struct eg_job job;
    bool fits; /* the devices are those of the chunk */
    /* indexes into made */
    size_t stored[EG_JOB_CHUNK], failed[EG_JOB_CHUNK], changed[EG_JOB_CHUNK];
    size_t stored_count, failed_count, changed_count;
};

static void sort_out(struct finish *f)
{
    for (size_t i = 0; i < f->count; i++) {
        if (f->made[i].failed) {
            f->failed[f->failed_count++] = i;
            f->changed[f->changed_count++] = i;
        } else if (!f->made[i].skipped) {
            f->stored[f->stored_count++] = i;
            f->changed[f->changed_count++] = i;
        }
    }
}

static bool devices_fit(const struct finish *f, struct eg_span packed)
{
    size_t first = eg_job_chunk_first(f->index);

    if (f->count != eg_job_chunk_count(&f->job, f->index) ||
        packed.len < (first + f->count) * EG_JOB_ID_LEN) {
        return false;
    }
    for (size_t i = 0; i < f->count; i++) {
        if (f->made[i].device_id != eg_job_device_id(packed, first + i)) {
            return false;
        }
    }
    return true;
}

static void take_finished(struct eg_row *row, void *item)
{
    struct finish *f = item;

    eg_job_take(row, &f->job);
    f->fits = devices_fit(f, eg_db_bytes(row->db, EG_JOB_COLUMN_DEVICES));
}

/* ---- rows of the devices ----------------------------------------------------------------------
 */

static void bind_body(void *ctx, size_t i, struct eg_arg *args)
{
    const struct finish *f = ctx;
    const struct eg_made *m = &f->made[f->stored[i]];

    args[0] = eg_arg_int(m->device_id);
    args[1] = eg_arg_int(f->job.group_id);
    args[2] = eg_arg_int(f->job.set_id);
    args[3] = eg_arg_int(f->now_s);
    args[4] = eg_arg_bytes(m->body);
}

static void bind_state(void *ctx, size_t i, struct eg_arg *args)
{
    const struct finish *f = ctx;
    const struct eg_made *m = &f->made[f->changed[i]];

    args[0] = eg_arg_int(m->device_id);
    args[1] = eg_arg_int(f->job.group_id);
    args[2] = eg_arg_int(m->failed ? EG_DEVICE_GENERATION_FAILED : EG_DEVICE_GENERATED);
}

/* Success is told by the row itself. */
static void bind_event(void *ctx, size_t i, struct eg_arg *args)
{
    const struct finish *f = ctx;
    const struct eg_made *m = &f->made[f->failed[i]];

    args[0] = eg_arg_int(m->device_id);
    args[1] = eg_arg_int(f->now_s);
    args[2] = eg_arg_int(EG_EVENT_GENERATION_FAILED);
    args[3] = eg_arg_int(f->job.group_id);
    args[4] = eg_arg_int(0);
    args[5] = eg_arg_text(m->reason != NULL ? m->reason : "");
}

static eg_status store_rows(struct eg_db *db, struct finish *f)
{
    struct eg_db_many bodies = {.sql = EG_SQL_PROVISIONING_ADD,
                                .count = f->stored_count,
                                .arg_count = 5,
                                .bind = bind_body,
                                .ctx = f};
    struct eg_db_many states = {.sql = EG_SQL_DEVICE_MADE,
                                .count = f->changed_count,
                                .arg_count = 3,
                                .bind = bind_state,
                                .ctx = f};
    struct eg_db_many events = {.sql = EG_SQL_EVENT_ADD,
                                .count = f->failed_count,
                                .arg_count = 6,
                                .bind = bind_event,
                                .ctx = f};

    EG_TRY(eg_db_many(db, &bodies));
    EG_TRY(eg_db_many(db, &states));
    return eg_db_many(db, &events);
}

/* The bit could not be set: was it set before, or is the job no longer ours? */
static eg_status not_ours(struct eg_db *db, struct finish *f)
{
    struct eg_arg id = eg_arg_int(f->job_id);

    EG_TRY(
        eg_row_get(db, EG_SQL_JOB_BY_ID, &id, 1, NULL, eg_job_take, &f->job, EG_ERR(JOB_UNKNOWN)));
    if (f->index >= eg_job_chunks(&f->job)) {
        return EG_ERR(STORE_CHUNK);
    }
    return (f->job.chunks_done >> f->index & 1) != 0 ? EG_OK : EG_ERR(JOB_LEASE_LOST);
}

static eg_status op_finish(struct eg_db *db, void *arg)
{
    struct finish *f = arg;
    struct eg_arg args[] = {
        eg_arg_int(f->job_id), eg_arg_text(f->node), eg_arg_int((int64_t)(UINT64_C(1) << f->index)),
        eg_arg_int((int64_t)(f->count - f->failed_count)), eg_arg_int((int64_t)f->failed_count)};
    eg_status st;

    st =
        eg_row_get(db, EG_SQL_JOB_FINISH, args, 5, NULL, take_finished, f, EG_ERR(STORE_NOT_FOUND));
    if (eg_is(st, EG_E_STORE_NOT_FOUND)) {
        return not_ours(db, f);
    }
    EG_TRY(st);
    return f->fits ? store_rows(db, f) : EG_ERR(STORE_CHUNK);
}

eg_status eg_store_job_finish(struct eg_store *store, int64_t job_id, const char *node,
                              uint32_t index, const struct eg_made *made, size_t count,
                              int64_t now_s, struct eg_job *out)
{
    struct finish f = {.job_id = job_id,
                       .node = node,
                       .index = index,
                       .made = made,
                       .count = count,
                       .now_s = now_s};

    if (count == 0 || count > EG_JOB_CHUNK || index > EG_JOB_DEVICES_MAX / EG_JOB_CHUNK) {
        return EG_ERR(STORE_CHUNK);
    }
    sort_out(&f);
    EG_TRY(eg_store_write(store, op_finish, &f));
    if (out != NULL) {
        *out = f.job;
    }
    return EG_OK;
}
