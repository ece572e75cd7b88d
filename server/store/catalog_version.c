/* SPDX-License-Identifier: Apache-2.0 */
/* A secure object moves on to a new version, and all its groups with it. */
#include "server/store/catalog_internal.h"

struct update {
    int64_t company_id;
    const struct eg_stored_object *object;
    const struct eg_group_guard *guards;
    size_t count;
};

static void take_id(struct eg_row *row, void *item)
{
    int64_t *out = item;

    *out = eg_db_int(row->db, 0);
}

static eg_status list_groups(struct eg_db *db, int64_t object_id, struct eg_arena *arena,
                             struct eg_rows *rows)
{
    struct eg_arg args[] = {eg_arg_int(object_id), eg_arg_int(EG_OBJECT_GROUPS_MAX + 1)};

    return eg_rows_get(db, EG_SQL_OBJECT_GROUPS, args, 2, arena, rows);
}

/* The groups it has are those that were judged; their rows are held. */
static eg_status refresh_groups(struct eg_db *db, const struct update *u, const int64_t *groups,
                                size_t count)
{
    int64_t set_id;

    if (count != u->count) {
        return EG_ERR(STORE_MOVED);
    }
    for (size_t i = 0; i < count; i++) {
        if (groups[i] != u->guards[i].group_id) {
            return EG_ERR(STORE_MOVED);
        }
        EG_TRY(eg_set_refresh(db, groups[i], &set_id));
    }
    return EG_OK;
}

static eg_status move_on(struct eg_db *db, const struct update *u)
{
    const struct eg_stored_object *o = u->object;
    struct eg_arg old[] = {eg_arg_int(u->company_id), eg_arg_int(o->id),
                           eg_arg_int(o->version - 1)};
    struct eg_arg now[] = {eg_arg_int(u->company_id),      eg_arg_int(o->id),
                           eg_arg_int(o->version - 1),     eg_arg_text(o->name),
                           eg_arg_text(o->definition),     eg_arg_bytes(o->wrapped),
                           eg_arg_int_or_null(o->ca_id, 0)};
    uint64_t changes;

    EG_TRY(eg_db_run(db, EG_SQL_OBJECT_KEEP, old, 3, &changes));
    if (changes != 1) { /* another request was faster */
        return EG_ERR(STORE_MOVED);
    }
    return eg_db_run(db, EG_SQL_OBJECT_UPDATE, now, 7, NULL);
}

static eg_status op_update(struct eg_db *db, void *arg)
{
    const struct update *u = arg;
    struct eg_rows rows = {sizeof(int64_t), take_id, EG_OBJECT_GROUPS_MAX, NULL, 0, false};
    struct eg_arena arena;
    eg_status st;

    for (size_t i = 0; i < u->count; i++) {
        EG_TRY(eg_group_hold(db, u->company_id, &u->guards[i], NULL));
    }
    EG_TRY(move_on(db, u));
    eg_arena_init(&arena, EG_ARENA_REQUEST_MAX);
    st = list_groups(db, u->object->id, &arena, &rows);
    if (eg_ok(st) && rows.more) {
        st = EG_ERR(SET_TOO_LARGE);
    }
    if (eg_ok(st)) {
        st = refresh_groups(db, u, rows.items, rows.count);
    }
    eg_arena_cleanup(&arena);
    return st;
}

eg_status eg_store_object_update(struct eg_store *store, int64_t company_id,
                                 const struct eg_stored_object *object,
                                 const struct eg_group_guard *guards, size_t count)
{
    struct update u = {company_id, object, guards, count};

    EG_TRY(eg_store_name_check(object->name));
    return eg_store_write(store, op_update, &u);
}

struct groups_query {
    int64_t object_id;
    struct eg_arena *arena;
    struct eg_rows *rows;
};

static eg_status op_groups(struct eg_db *db, void *arg)
{
    struct groups_query *q = arg;

    return list_groups(db, q->object_id, q->arena, q->rows);
}

eg_status eg_store_object_groups(struct eg_store *store, int64_t object_id, struct eg_arena *arena,
                                 const int64_t **out, size_t *out_count)
{
    struct eg_rows rows = {sizeof(int64_t), take_id, EG_OBJECT_GROUPS_MAX, NULL, 0, false};
    struct groups_query q = {object_id, arena, &rows};

    *out_count = 0;
    EG_TRY(eg_store_read(store, op_groups, &q));
    *out = rows.items;
    *out_count = rows.count;
    return rows.more ? EG_ERR(SET_TOO_LARGE) : EG_OK;
}
