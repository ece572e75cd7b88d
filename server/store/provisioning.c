/* SPDX-License-Identifier: Apache-2.0 */
/* What was made: fetch it, and let devices go. */
#include <string.h>

#include "server/store/store_internal.h"
#include "server/store/store_job.h"
#include "server/store/store_provisioning.h"

/* Columns as EG_SQL_PROVISIONING_GET. */
static void take_provisioning(struct eg_row *row, struct eg_provisioning *p)
{
    p->known = true;
    p->group_id = eg_db_null(row->db, 0) ? 0 : eg_db_int(row->db, 0);
    p->state = (enum eg_device_state)eg_db_int(row->db, 1);
    p->empty_set = p->group_id != 0 && eg_db_int(row->db, 2) == 0;
    if (eg_db_null(row->db, 3)) {
        return;
    }
    p->id = eg_db_int(row->db, 3);
    p->body = eg_row_bytes(row, 4);
    p->created_s = eg_db_int(row->db, 5);
}

static void take_one(struct eg_row *row, void *item)
{
    take_provisioning(row, item);
}

eg_status eg_store_provisioning_get(struct eg_store *store, int64_t company_id,
                                    const struct eg_uuid *uuid, struct eg_arena *arena,
                                    struct eg_provisioning *out)
{
    struct eg_get get = {.sql = EG_SQL_PROVISIONING_GET,
                         .args = {eg_arg_bytes(EG_SPAN_OF(uuid->bytes)), eg_arg_int(company_id)},
                         .count = 2,
                         .arena = arena,
                         .fn = take_one,
                         .item = out,
                         .missing = EG_ERR(DEVICE_UNKNOWN)};

    memset(out, 0, sizeof *out);
    out->uuid = *uuid;
    return eg_store_get(store, &get);
}

/* ---- lists ------------------------------------------------------------------------------------
 */

struct fetch {
    int64_t company_id, group_id;
    const struct eg_uuid *uuids;
    size_t count;
    struct eg_arena *arena;
    struct eg_provisioning *out;
};

static void bind_uuid(void *ctx, size_t i, struct eg_arg *args)
{
    const struct fetch *f = ctx;

    args[0] = eg_arg_bytes(EG_SPAN_OF(f->uuids[i].bytes));
    args[1] = eg_arg_int(f->company_id);
}

static eg_status row_fetch(void *ctx, size_t i, struct eg_db *db)
{
    struct fetch *f = ctx;
    struct eg_provisioning *p = &f->out[i];
    struct eg_row row = {db, f->arena, EG_OK};

    memset(p, 0, sizeof *p);
    p->uuid = f->uuids[i];
    if (!eg_db_null(db, 0) && eg_db_int(db, 0) == f->group_id) {
        take_provisioning(&row, p);
        return row.status;
    }
    p->known = true;
    p->group_id = eg_db_null(db, 0) ? 0 : eg_db_int(db, 0);
    p->state = (enum eg_device_state)eg_db_int(db, 1);
    return EG_OK;
}

static eg_status group_check(struct eg_db *db, int64_t company_id, int64_t group_id)
{
    struct eg_arg args[] = {eg_arg_int(company_id), eg_arg_int(group_id)};
    int64_t id;

    return eg_row_get_int(db, EG_SQL_GROUP_GET, args, 2, EG_ERR(GROUP_UNKNOWN), &id);
}

static eg_status op_fetch(struct eg_db *db, void *arg)
{
    struct fetch *f = arg;
    struct eg_db_many many = {.sql = EG_SQL_PROVISIONING_GET,
                              .count = f->count,
                              .arg_count = 2,
                              .bind = bind_uuid,
                              .row = row_fetch,
                              .ctx = f};

    for (size_t i = 0; i < f->count; i++) {
        f->out[i].uuid = f->uuids[i];
    }
    EG_TRY(group_check(db, f->company_id, f->group_id));
    return eg_db_many(db, &many);
}

eg_status eg_store_provisioning_list(struct eg_store *store, int64_t company_id, int64_t group_id,
                                     const struct eg_uuid *uuids, size_t count,
                                     struct eg_arena *arena, struct eg_provisioning **out)
{
    struct fetch f = {company_id, group_id, uuids, count, arena, NULL};

    *out = NULL;
    if (count > EG_PAGE_SIZE_MAX) {
        return EG_ERR(TOO_MANY_DEVICES);
    }
    f.out = eg_arena_alloc(arena, count * sizeof *f.out);
    if (f.out == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    EG_TRY(eg_store_read(store, op_fetch, &f));
    *out = f.out;
    return EG_OK;
}

/* ---- members without a row --------------------------------------------------------------------
 */

struct missing {
    int64_t company_id, group_id, after;
    struct eg_arena *arena;
    struct eg_rows rows;
    int64_t last;
};

struct missing_item {
    int64_t id;
    struct eg_uuid uuid;
};

static void take_missing(struct eg_row *row, void *item)
{
    struct missing_item *m = item;
    struct eg_span uuid = eg_db_bytes(row->db, 1);

    m->id = eg_db_int(row->db, 0);
    memcpy(m->uuid.bytes, uuid.ptr, uuid.len < EG_UUID_LEN ? uuid.len : EG_UUID_LEN);
}

static void take_set(struct eg_row *row, void *item)
{
    int64_t *out = item;

    *out = eg_db_int(row->db, 8);
}

static eg_status op_missing(struct eg_db *db, void *arg)
{
    struct missing *m = arg;
    struct eg_arg group[] = {eg_arg_int(m->company_id), eg_arg_int(m->group_id)};
    int64_t set_id;

    EG_TRY(eg_row_get(db, EG_SQL_GROUP_GET, group, 2, m->arena, take_set, &set_id,
                      EG_ERR(GROUP_UNKNOWN)));
    if (set_id == 0) { /* no objects: nobody misses one */
        return EG_OK;
    }
    struct eg_arg args[] = {eg_arg_int(m->group_id), eg_arg_int(m->after), eg_arg_int(set_id),
                            eg_arg_int((int64_t)m->rows.max + 1)};
    return eg_rows_get(db, EG_SQL_GROUP_MISSING, args, 4, m->arena, &m->rows);
}

eg_status eg_store_group_missing(struct eg_store *store, int64_t company_id, int64_t group_id,
                                 int64_t after, uint32_t size, struct eg_arena *arena,
                                 struct eg_uuid_list *out)
{
    size_t most = eg_page_size((struct eg_page){size, 0});
    struct missing m = {company_id,
                        group_id,
                        after,
                        arena,
                        {sizeof(struct missing_item), take_missing, most, NULL, 0, false},
                        0};
    const struct missing_item *items;

    memset(out, 0, sizeof *out);
    EG_TRY(eg_store_read(store, op_missing, &m));
    out->items = eg_arena_alloc(arena, m.rows.count * sizeof *out->items);
    if (out->items == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    items = m.rows.items;
    for (size_t i = 0; i < m.rows.count; i++) {
        out->items[i] = items[i].uuid;
        out->after = items[i].id;
    }
    out->count = m.rows.count;
    out->more = m.rows.more;
    return EG_OK;
}
