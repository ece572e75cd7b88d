/* SPDX-License-Identifier: Apache-2.0 */
/* Device groups. */
#include "server/store/catalog_internal.h"
#include "server/store/rollout.h"

static void take_group(struct eg_row *row, void *item)
{
    struct eg_group *g = item;

    g->id = eg_db_int(row->db, 0);
    g->product_id = eg_db_int(row->db, 1);
    g->nc12 = eg_db_int(row->db, 2);
    g->family = eg_row_text(row, 3);
    g->name = eg_row_text(row, 4);
    g->quota = eg_db_null(row->db, 5) ? EG_QUOTA_NONE : eg_db_int(row->db, 5);
    g->quota_used = eg_db_int(row->db, 6);
    g->life_cycle = (enum eg_life_cycle)eg_db_int(row->db, 7);
    g->set_id = eg_db_int(row->db, 8);
    g->created_s = eg_db_int(row->db, 9);
    g->production = eg_db_int(row->db, 10) != 0;
    g->flows = (uint32_t)eg_db_int(row->db, 11);
}

static eg_status product_id(struct eg_db *db, int64_t company_id, int64_t nc12, int64_t *out)
{
    struct eg_arg args[] = {eg_arg_int(company_id), eg_arg_int(nc12)};

    return eg_row_get_int(db, EG_SQL_PRODUCT_GET, args, 2, EG_ERR(PRODUCT_UNKNOWN), out);
}

struct group_add {
    int64_t company_id, nc12;
    const struct eg_group_new *group;
    int64_t now_s;
    int64_t *id;
};

static eg_status op_group_add(struct eg_db *db, void *arg)
{
    struct group_add *a = arg;
    int64_t product = 0;

    EG_TRY(product_id(db, a->company_id, a->nc12, &product));
    struct eg_arg args[] = {eg_arg_int(a->company_id),
                            eg_arg_int(product),
                            eg_arg_text(a->group->name),
                            eg_arg_int_or_null(a->group->quota, EG_QUOTA_NONE),
                            eg_arg_int(a->group->life_cycle),
                            eg_arg_int(a->now_s),
                            eg_arg_int(a->group->production ? 1 : 0),
                            eg_arg_int(a->group->flows != 0 ? a->group->flows : EG_GROUP_FLOWS)};
    return eg_row_get_int(db, EG_SQL_GROUP_ADD, args, 8, EG_ERR(NAME_TAKEN), a->id);
}

eg_status eg_store_group_add(struct eg_store *store, int64_t company_id, int64_t nc12,
                             const struct eg_group_new *group, int64_t now_s, int64_t *out_id)
{
    struct group_add a = {company_id, nc12, group, now_s, out_id};
    eg_status st;

    *out_id = 0;
    EG_TRY(eg_store_name_check(group->name));
    st = eg_store_write(store, op_group_add, &a);
    if (!eg_ok(st)) {
        *out_id = 0;
    }
    return st;
}

eg_status eg_store_group_get(struct eg_store *store, int64_t company_id, int64_t id,
                             struct eg_arena *arena, struct eg_group *out)
{
    struct eg_get get = {.sql = EG_SQL_GROUP_GET,
                         .args = {eg_arg_int(company_id), eg_arg_int(id)},
                         .count = 2,
                         .arena = arena,
                         .fn = take_group,
                         .item = out,
                         .missing = EG_ERR(GROUP_UNKNOWN)};

    return eg_store_get(store, &get);
}

struct group_list {
    int64_t company_id, nc12;
    struct eg_page page;
    struct eg_arena *arena;
    struct eg_rows rows;
};

static eg_status op_group_list(struct eg_db *db, void *arg)
{
    struct group_list *l = arg;
    struct eg_arg args[] = {eg_arg_int(l->company_id), eg_page_limit(l->page),
                            eg_page_offset(l->page), eg_arg_int(l->nc12)};
    int64_t product;

    if (l->nc12 == 0) {
        return eg_rows_get(db, EG_SQL_GROUP_LIST, args, 3, l->arena, &l->rows);
    }
    EG_TRY(product_id(db, l->company_id, l->nc12, &product));
    return eg_rows_get(db, EG_SQL_GROUP_LIST_PRODUCT, args, 4, l->arena, &l->rows);
}

eg_status eg_store_group_list(struct eg_store *store, int64_t company_id, int64_t nc12,
                              struct eg_page page, struct eg_arena *arena,
                              struct eg_group_list *out)
{
    struct group_list l = {company_id,
                           nc12,
                           page,
                           arena,
                           {sizeof *out->items, take_group, eg_page_size(page), NULL, 0, false}};

    EG_TRY(eg_store_read(store, op_group_list, &l));
    *out = (struct eg_group_list){l.rows.items, l.rows.count, l.rows.more};
    return EG_OK;
}

/* ---- change and delete ------------------------------------------------------------------------
 */

struct group_change {
    int64_t company_id, id;
    const struct eg_group_guard *guard;
    const struct eg_group_change *change;
};

/* An UPDATE with a condition on the locked row; `refused` when the condition did not hold. */
static eg_status change_one(struct eg_db *db, enum eg_sql sql, int64_t id, struct eg_arg value,
                            eg_status refused)
{
    struct eg_arg args[] = {eg_arg_int(id), value};
    uint64_t changes;

    EG_TRY(eg_db_run(db, sql, args, 2, &changes));
    return changes == 1 ? EG_OK : refused;
}

static eg_status change_life_cycle(struct eg_db *db, const struct group_change *c,
                                   const struct eg_group *now, enum eg_life_cycle to)
{
    if (to < now->life_cycle) {
        EG_TRY(eg_group_none_made(db, c->company_id, c->id, EG_ERR(LIFE_CYCLE_BACK)));
    }
    return change_one(db, EG_SQL_GROUP_LIFE_CYCLE, c->id, eg_arg_int(to), EG_ERR(IN_USE));
}

static eg_status op_group_update(struct eg_db *db, void *arg)
{
    struct group_change *c = arg;
    const struct eg_group_change *to = c->change;
    struct eg_group now;

    EG_TRY(eg_group_hold(db, c->company_id, c->guard, &now));
    if (to->name != NULL) {
        EG_TRY(change_one(db, EG_SQL_GROUP_RENAME, c->id, eg_arg_text(to->name),
                          EG_ERR(GROUP_UNKNOWN)));
    }
    if (to->quota != NULL) {
        EG_TRY(change_one(db, EG_SQL_GROUP_QUOTA, c->id,
                          eg_arg_int_or_null(*to->quota, EG_QUOTA_NONE), EG_ERR(QUOTA_BELOW_USED)));
    }
    if (to->life_cycle != NULL) {
        EG_TRY(change_life_cycle(db, c, &now, *to->life_cycle));
    }
    if (to->production != NULL) {
        EG_TRY(change_one(db, EG_SQL_GROUP_PRODUCTION, c->id, eg_arg_int(*to->production ? 1 : 0),
                          EG_ERR(GROUP_UNKNOWN)));
    }
    return to->flows == NULL ? EG_OK
                             : change_one(db, EG_SQL_GROUP_FLOWS, c->id, eg_arg_int(*to->flows),
                                          EG_ERR(GROUP_UNKNOWN));
}

eg_status eg_store_group_update(struct eg_store *store, int64_t company_id,
                                const struct eg_group_guard *guard,
                                const struct eg_group_change *change)
{
    struct group_change c = {company_id, guard->group_id, guard, change};

    if (change->name != NULL) {
        EG_TRY(eg_store_name_check(change->name));
    }
    return eg_store_write(store, op_group_update, &c);
}

static eg_status op_group_delete(struct eg_db *db, void *arg)
{
    struct group_change *c = arg;
    struct eg_arg id = eg_arg_int(c->id);
    int64_t busy;

    EG_TRY(eg_group_hold(db, c->company_id, c->guard, NULL));
    EG_TRY(eg_row_get_int(db, EG_SQL_GROUP_BUSY, &id, 1, EG_ERR(STORE_FAILED), &busy));
    if (busy != 0) {
        return EG_ERR(IN_USE);
    }
    EG_TRY(eg_db_run(db, EG_SQL_ASSIGN_CLEAR, &id, 1, NULL));
    EG_TRY(eg_db_run(db, EG_SQL_CLAIM_DELETE_GROUP, &id, 1, NULL));
    EG_TRY(eg_life_forget_group(db, c->id));
    return eg_db_run(db, EG_SQL_GROUP_DELETE, &id, 1, NULL);
}

eg_status eg_store_group_delete(struct eg_store *store, int64_t company_id, int64_t id)
{
    const struct eg_group_guard any = {.group_id = id};
    struct group_change c = {company_id, id, &any, NULL};

    return eg_store_write(store, op_group_delete, &c);
}
