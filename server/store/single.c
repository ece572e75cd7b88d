/* SPDX-License-Identifier: Apache-2.0 */
/* Operations that are one statement: get one, list, insert one. */
#include "server/store/store_internal.h"

static eg_status op_get(struct eg_db *db, void *arg)
{
    struct eg_get *g = arg;

    return eg_row_get(db, g->sql, g->args, g->count, g->arena, g->fn, g->item, g->missing);
}

eg_status eg_store_get(struct eg_store *store, struct eg_get *get)
{
    return eg_store_read(store, op_get, get);
}

struct list {
    enum eg_sql sql;
    const struct eg_arg *args;
    size_t count;
    struct eg_arena *arena;
    struct eg_rows *rows;
};

static eg_status op_list(struct eg_db *db, void *arg)
{
    struct list *l = arg;

    return eg_rows_get(db, l->sql, l->args, l->count, l->arena, l->rows);
}

eg_status eg_store_list(struct eg_store *store, enum eg_sql sql, const struct eg_arg *args,
                        size_t count, struct eg_arena *arena, struct eg_rows *rows)
{
    struct list l = {sql, args, count, arena, rows};

    return eg_store_read(store, op_list, &l);
}

struct insert {
    enum eg_sql sql;
    const struct eg_arg *args;
    size_t count;
    int64_t *id;
};

static eg_status op_insert(struct eg_db *db, void *arg)
{
    struct insert *i = arg;

    return eg_row_get_int(db, i->sql, i->args, i->count, EG_ERR(NAME_TAKEN), i->id);
}

eg_status eg_store_insert(struct eg_store *store, enum eg_sql sql, const struct eg_arg *args,
                          size_t count, int64_t *out_id)
{
    struct insert i = {sql, args, count, out_id};
    eg_status st;

    *out_id = 0;
    st = eg_store_write(store, op_insert, &i);
    if (!eg_ok(st)) {
        *out_id = 0;
    }
    return st;
}
