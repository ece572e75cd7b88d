/* SPDX-License-Identifier: Apache-2.0 */
/* Jobs: look up, lease, read a chunk. */
#include <string.h>

#include "server/store/job_internal.h"
#include "server/store/set_variant.h"

void eg_job_take(struct eg_row *row, void *item)
{
    struct eg_job *j = item;
    struct eg_span uuid = eg_db_bytes(row->db, 1);

    memset(j, 0, sizeof *j);
    j->id = eg_db_int(row->db, 0);
    memcpy(j->uuid, uuid.ptr, uuid.len < EG_JOB_UUID_LEN ? uuid.len : EG_JOB_UUID_LEN);
    j->company_id = eg_db_int(row->db, 2);
    j->group_id = eg_db_int(row->db, 3);
    j->set_id = eg_db_int(row->db, 4);
    j->state = (enum eg_job_state)eg_db_int(row->db, 5);
    j->total = (uint32_t)eg_db_int(row->db, 6);
    j->todo = (uint32_t)eg_db_int(row->db, 7);
    j->done = (uint32_t)eg_db_int(row->db, 8);
    j->failed = (uint32_t)eg_db_int(row->db, 9);
    j->chunks_done = (uint64_t)eg_db_int(row->db, 10);
    j->lease_until_s = eg_db_int(row->db, 11);
    j->created_s = eg_db_int(row->db, 12);
    j->node = row->arena == NULL ? "" : eg_row_text(row, 13);
}

int64_t eg_job_device_id(struct eg_span packed, size_t idx)
{
    const uint8_t *p = packed.ptr + idx * EG_JOB_ID_LEN;

    return (int64_t)(((uint64_t)eg_load_be32(p) << 32) | eg_load_be32(p + 4));
}

size_t eg_job_chunk_first(uint32_t chunk)
{
    return (size_t)chunk * EG_JOB_CHUNK;
}

size_t eg_job_chunk_count(const struct eg_job *job, uint32_t chunk)
{
    size_t first = eg_job_chunk_first(chunk);

    if (chunk >= eg_job_chunks(job)) {
        return 0;
    }
    return job->todo - first < EG_JOB_CHUNK ? job->todo - first : EG_JOB_CHUNK;
}

eg_status eg_store_job_get(struct eg_store *store, int64_t company_id, const char *job_uuid,
                           struct eg_arena *arena, struct eg_job *out)
{
    struct eg_get get = {.sql = EG_SQL_JOB_GET,
                         .args = {eg_arg_text(job_uuid), eg_arg_int(company_id)},
                         .count = 2,
                         .arena = arena,
                         .fn = eg_job_take,
                         .item = out,
                         .missing = EG_ERR(JOB_UNKNOWN)};

    return eg_store_get(store, &get);
}

/* ---- devices of the request -------------------------------------------------------------------
 */

struct job_devices {
    int64_t company_id;
    const char *job_uuid;
    struct eg_arena *arena;
    struct eg_span packed;
    struct eg_uuid_list *out;
};

static void take_packed(struct eg_row *row, void *item)
{
    struct eg_span *out = item;

    *out = eg_row_bytes(row, 0);
}

static void bind_device(void *ctx, size_t i, struct eg_arg *args)
{
    const struct job_devices *d = ctx;

    args[0] = eg_arg_int(eg_job_device_id(d->packed, i));
}

static eg_status row_device(void *ctx, size_t i, struct eg_db *db)
{
    struct job_devices *d = ctx;
    struct eg_span uuid = eg_db_bytes(db, 0);

    if (uuid.len != EG_UUID_LEN) {
        return EG_ERR(STORE_FAILED);
    }
    memcpy(d->out->items[i].bytes, uuid.ptr, EG_UUID_LEN);
    return EG_OK;
}

static eg_status op_job_devices(struct eg_db *db, void *arg)
{
    struct job_devices *d = arg;
    struct eg_arg args[] = {eg_arg_text(d->job_uuid), eg_arg_int(d->company_id)};
    struct eg_db_many many = {.sql = EG_SQL_DEVICE_UUID,
                              .arg_count = 1,
                              .bind = bind_device,
                              .row = row_device,
                              .ctx = d};

    EG_TRY(eg_row_get(db, EG_SQL_JOB_DEVICES, args, 2, d->arena, take_packed, &d->packed,
                      EG_ERR(JOB_UNKNOWN)));
    many.count = d->packed.len / EG_JOB_ID_LEN;
    d->out->items = eg_arena_alloc(d->arena, many.count * sizeof *d->out->items);
    if (d->out->items == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    d->out->count = many.count;
    return eg_db_many(db, &many);
}

eg_status eg_store_job_devices(struct eg_store *store, int64_t company_id, const char *job_uuid,
                               struct eg_arena *arena, struct eg_uuid_list *out)
{
    struct job_devices d = {company_id, job_uuid, arena, {NULL, 0}, out};

    memset(out, 0, sizeof *out);
    return eg_store_read(store, op_job_devices, &d);
}

/* ---- leases -----------------------------------------------------------------------------------
 */

struct claim {
    const struct eg_arg *args;
    struct eg_arena *arena;
    struct eg_rows rows;
};

static eg_status op_claim(struct eg_db *db, void *arg)
{
    struct claim *c = arg;

    return eg_rows_get(db, EG_SQL_JOB_CLAIM, c->args, 7, c->arena, &c->rows);
}

eg_status eg_store_job_claim(struct eg_store *store, const struct eg_claim *in,
                             struct eg_arena *arena, struct eg_job_list *out)
{
    uint32_t most = in->max < EG_JOB_CLAIM_MAX ? in->max : EG_JOB_CLAIM_MAX;
    struct eg_arg args[] = {eg_arg_text(in->node),
                            eg_arg_int(in->now_s + in->lease_s),
                            eg_arg_int(in->now_s),
                            eg_arg_int(in->at_start ? 1 : 0),
                            eg_arg_int(most),
                            eg_arg_int(in->after_id),
                            eg_arg_int(in->now_s + in->lease_s + EG_JOB_CLOCK_SKEW_S)};
    struct claim c = {args, arena, {sizeof *out->items, eg_job_take, most, NULL, 0, false}};

    *out = (struct eg_job_list){NULL, 0};
    EG_TRY(eg_store_write(store, op_claim, &c));
    *out = (struct eg_job_list){c.rows.items, c.rows.count};
    return EG_OK;
}

static eg_status op_renew(struct eg_db *db, void *arg)
{
    uint64_t changes;

    EG_TRY(eg_db_run(db, EG_SQL_JOB_RENEW, arg, 3, &changes));
    return changes == 1 ? EG_OK : EG_ERR(JOB_LEASE_LOST);
}

eg_status eg_store_job_renew(struct eg_store *store, int64_t job_id, const char *node,
                             int64_t now_s, int64_t lease_s)
{
    struct eg_arg args[] = {eg_arg_int(job_id), eg_arg_text(node), eg_arg_int(now_s + lease_s)};

    return eg_store_write(store, op_renew, args);
}

/* ---- chunk ------------------------------------------------------------------------------------
 */

struct chunk {
    int64_t job_id;
    uint32_t index;
    struct eg_arena *arena;
    struct eg_job_chunk *out;
    struct eg_job job;
    struct eg_set_origin origin; /* of the job's set */
    struct eg_span packed;
};

static void take_job_and_devices(struct eg_row *row, void *item)
{
    struct chunk *c = item;

    eg_job_take(row, &c->job);
    c->packed = eg_row_bytes(row, EG_JOB_COLUMN_DEVICES);
}

static void bind_root(void *ctx, size_t i, struct eg_arg *args)
{
    const struct chunk *c = ctx;

    args[0] = eg_arg_int(eg_job_device_id(c->packed, eg_job_chunk_first(c->index) + i));
}

static eg_status row_root(void *ctx, size_t i, struct eg_db *db)
{
    struct chunk *c = ctx;
    struct eg_job_device *d = &c->out->devices[i];
    struct eg_row row = {db, c->arena, EG_OK};
    struct eg_span uuid = eg_db_bytes(db, 0);

    d->device_id = eg_job_device_id(c->packed, eg_job_chunk_first(c->index) + i);
    if (uuid.len != EG_UUID_LEN) {
        return EG_ERR(STORE_FAILED);
    }
    memcpy(d->uuid.bytes, uuid.ptr, EG_UUID_LEN);
    d->wrapped_root = eg_row_bytes(&row, 1);
    return row.status;
}

static void bind_newest(void *ctx, size_t i, struct eg_arg *args)
{
    const struct chunk *c = ctx;

    args[0] = eg_arg_int(c->out->devices[i].device_id);
    args[1] = eg_arg_int(c->job.group_id);
    args[2] = eg_arg_int(c->job.set_id);
    args[3] = eg_arg_int(c->origin.variant);
}

/* Columns set_id, body, variant: of the job's own set if it is there, else of the newest one. */
static eg_status row_newest(void *ctx, size_t i, struct eg_db *db)
{
    struct chunk *c = ctx;
    struct eg_job_device *d = &c->out->devices[i];
    struct eg_row row = {db, c->arena, EG_OK};

    if (eg_db_int(db, 0) == c->job.set_id) {
        d->present = true;
    } else {
        d->previous = eg_row_bytes(&row, 1);
        d->previous_variant = (enum eg_set_variant)eg_db_int(db, 2);
    }
    return row.status;
}

static eg_status op_chunk(struct eg_db *db, void *arg)
{
    struct chunk *c = arg;
    struct eg_arg id = eg_arg_int(c->job_id);
    struct eg_db_many roots = {
        .sql = EG_SQL_DEVICE_ROOT, .arg_count = 1, .bind = bind_root, .row = row_root, .ctx = c};
    struct eg_db_many newest = {.sql = EG_SQL_PROVISIONING_NEWEST,
                                .arg_count = 4,
                                .bind = bind_newest,
                                .row = row_newest,
                                .ctx = c};
    size_t count;

    EG_TRY(eg_row_get(db, EG_SQL_JOB_BY_ID, &id, 1, c->arena, take_job_and_devices, c,
                      EG_ERR(JOB_UNKNOWN)));
    EG_TRY(eg_set_origin_of(db, c->job.set_id, &c->origin));
    count = eg_job_chunk_count(&c->job, c->index);
    if (count == 0 || c->packed.len < (eg_job_chunk_first(c->index) + count) * EG_JOB_ID_LEN) {
        return EG_ERR(STORE_CHUNK);
    }
    c->out->devices = eg_arena_alloc(c->arena, count * sizeof *c->out->devices);
    if (c->out->devices == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    c->out->count = roots.count = newest.count = count;
    EG_TRY(eg_db_many(db, &roots));
    return eg_db_many(db, &newest);
}

eg_status eg_store_job_chunk(struct eg_store *store, int64_t job_id, uint32_t index,
                             struct eg_arena *arena, struct eg_job_chunk *out)
{
    struct chunk c = {.job_id = job_id, .index = index, .arena = arena, .out = out};

    *out = (struct eg_job_chunk){.index = index};
    return eg_store_read(store, op_chunk, &c);
}
