/* SPDX-License-Identifier: Apache-2.0 */
/* Groups that a decision was made on: locked, and compared with what was seen. */
#include "server/store/catalog_internal.h"

static void take_held(struct eg_row *row, void *item)
{
    struct eg_group *g = item;

    g->set_id = eg_db_int(row->db, 0);
    g->life_cycle = (enum eg_life_cycle)eg_db_int(row->db, 1);
    g->production = eg_db_int(row->db, 2) != 0;
    g->flows = (uint32_t)eg_db_int(row->db, 3);
}

static bool same(const struct eg_group *a, const struct eg_group *b)
{
    return a->set_id == b->set_id && a->life_cycle == b->life_cycle &&
           a->production == b->production && a->flows == b->flows;
}

eg_status eg_group_none_made(struct eg_db *db, int64_t company_id, int64_t group_id,
                             eg_status refused)
{
    struct eg_arg args[] = {eg_arg_int(company_id), eg_arg_int(group_id)};
    int64_t made;

    EG_TRY(eg_row_get_int(db, EG_SQL_GROUP_MADE, args, 2, EG_ERR(STORE_FAILED), &made));
    return made == 0 ? EG_OK : refused;
}

eg_status eg_group_hold(struct eg_db *db, int64_t company_id, const struct eg_group_guard *guard,
                        struct eg_group *out)
{
    struct eg_arg args[] = {eg_arg_int(company_id), eg_arg_int(guard->group_id)};
    struct eg_group now = {.id = guard->group_id};

    EG_TRY(
        eg_row_get(db, EG_SQL_GROUP_LOCK, args, 2, NULL, take_held, &now, EG_ERR(GROUP_UNKNOWN)));
    if (guard->seen != NULL && !same(guard->seen, &now)) {
        return EG_ERR(STORE_MOVED);
    }
    if (guard->none_made) {
        EG_TRY(eg_group_none_made(db, company_id, guard->group_id, EG_ERR(BURNED_OBJECT)));
    }
    if (out != NULL) {
        *out = now;
    }
    return EG_OK;
}
