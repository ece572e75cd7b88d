/* SPDX-License-Identifier: Apache-2.0 */
/* Claim codes: make, list, change, count. Their use is in claim_use.c. */
#include <stdio.h>
#include <string.h>

#include "server/store/claim_internal.h"

void eg_claim_take(struct eg_row *row, void *item)
{
    struct eg_claim_code *c = item;
    struct eg_db *db = row->db;

    memset(c, 0, sizeof *c);
    c->id = eg_db_int(db, 0);
    c->group_id = eg_db_int(db, 1);
    c->name = eg_row_text(row, 2);
    c->batch = eg_row_text(row, 3);
    c->behavior = (enum eg_claim_behavior)eg_db_int(db, 4);
    c->policy = (enum eg_claim_policy)eg_db_int(db, 5);
    c->agents = (enum eg_claim_agents)eg_db_int(db, 6);
    c->reusable = eg_db_int(db, 7) != 0;
    c->device_limit = eg_db_int(db, 8);
    c->device_count = eg_db_int(db, 9);
    c->used = eg_db_int(db, 10);
    c->refused = eg_db_int(db, 11);
    c->noticed = eg_db_int(db, 12);
    c->length = eg_db_int(db, 13);
    c->expires_s = eg_db_int(db, 14);
    c->revoked_s = eg_db_int(db, 15);
    c->created_s = eg_db_int(db, 16);
    c->last_used_s = eg_db_int(db, 17);
    c->actor = eg_db_int(db, 18);
}

eg_status eg_claim_tell(struct eg_db *db, const struct eg_claim_told *told)
{
    char detail[EG_NAME_LEN_MAX + 64];

    if (told->actor == 0) {
        (void)snprintf(detail, sizeof detail, "%s", told->detail);
    } else {
        (void)snprintf(detail, sizeof detail, "%s; API key %lld", told->detail,
                       (long long)told->actor);
    }
    struct eg_arg args[] = {eg_arg_int(told->company_id), eg_arg_int(told->group_id),
                            eg_arg_int(told->device_id),  eg_arg_int(told->kind),
                            eg_arg_int(told->now_s),      eg_arg_text(detail)};

    return eg_db_run(db, EG_SQL_SERVICE_EVENT_ADD, args, 6, NULL);
}

/* ---- add --------------------------------------------------------------------------------------
 */

struct add {
    int64_t company_id;
    const struct eg_group_guard *guard;
    const struct eg_claim_code *codes;
    const uint8_t *tags;
    size_t count;
    int64_t now_s;
    int64_t *ids;
};

static eg_status add_one(struct eg_db *db, const struct add *a, size_t i)
{
    const struct eg_claim_code *c = &a->codes[i];
    struct eg_arg args[] = {
        eg_arg_int(a->company_id),
        eg_arg_int(c->group_id),
        eg_arg_text(c->name),
        eg_arg_text(c->batch),
        eg_arg_int(c->behavior),
        eg_arg_int(c->policy),
        eg_arg_int(c->agents),
        eg_arg_int(c->reusable ? 1 : 0),
        eg_arg_int(c->device_limit),
        eg_arg_int(c->device_count),
        eg_arg_int(c->expires_s),
        eg_arg_int(c->length),
        eg_arg_int(c->actor),
        eg_arg_int(a->now_s),
        eg_arg_bytes(eg_span(a->tags + i * EG_CLAIM_TAG_LEN, EG_CLAIM_TAG_LEN))};

    return eg_row_get_int(db, EG_SQL_CLAIM_ADD, args, sizeof args / sizeof args[0],
                          EG_ERR(NAME_TAKEN), &a->ids[i]);
}

static eg_status op_add(struct eg_db *db, void *arg)
{
    const struct add *a = arg;

    EG_TRY(eg_group_hold(db, a->company_id, a->guard, NULL));
    for (size_t i = 0; i < a->count; i++) {
        EG_TRY(add_one(db, a, i));
    }
    return eg_claim_tell(db, &(struct eg_claim_told){.company_id = a->company_id,
                                                     .group_id = a->guard->group_id,
                                                     .kind = EG_SERVICE_CLAIM_CREATED,
                                                     .now_s = a->now_s,
                                                     .actor = a->codes[0].actor,
                                                     .detail = a->codes[0].name});
}

eg_status eg_store_claim_add(struct eg_store *store, int64_t company_id,
                             const struct eg_group_guard *guard, const struct eg_claim_code *codes,
                             const uint8_t *tags, size_t count, int64_t now_s, int64_t *out_ids)
{
    struct add a = {company_id, guard, codes, tags, count, now_s, out_ids};

    if (count == 0 || count > EG_CLAIM_BATCH_MAX) {
        return EG_ERR(SET_TOO_LARGE);
    }
    for (size_t i = 0; i < count; i++) {
        EG_TRY(eg_store_name_check(codes[i].name));
    }
    return eg_store_write(store, op_add, &a);
}

/* ---- look up ----------------------------------------------------------------------------------
 */

eg_status eg_store_claim_get(struct eg_store *store, int64_t company_id, int64_t id,
                             struct eg_arena *arena, struct eg_claim_code *out)
{
    struct eg_get get = {.sql = EG_SQL_CLAIM_GET,
                         .args = {eg_arg_int(company_id), eg_arg_int(id)},
                         .count = 2,
                         .arena = arena,
                         .fn = eg_claim_take,
                         .item = out,
                         .missing = EG_ERR(CLAIM_CODE_UNKNOWN)};

    return eg_store_get(store, &get);
}

eg_status eg_store_claim_list(struct eg_store *store, int64_t company_id, int64_t group_id,
                              const char *batch, struct eg_page page, struct eg_arena *arena,
                              struct eg_claim_code_list *out)
{
    struct eg_arg args[] = {eg_arg_int(company_id), eg_page_limit(page), eg_page_offset(page),
                            eg_arg_int(group_id), eg_arg_text(batch)};
    struct eg_rows rows = {sizeof *out->items, eg_claim_take, eg_page_size(page), NULL, 0, false};

    EG_TRY(eg_store_list(store, EG_SQL_CLAIM_LIST, args, 5, arena, &rows));
    *out = (struct eg_claim_code_list){rows.items, rows.count, rows.more};
    return EG_OK;
}

static void take_use(struct eg_row *row, void *item)
{
    struct eg_claim_use *u = item;
    struct eg_span uuid = eg_db_bytes(row->db, 0);

    memset(u, 0, sizeof *u);
    memcpy(u->uuid.bytes, uuid.ptr, uuid.len < EG_UUID_LEN ? uuid.len : EG_UUID_LEN);
    u->first_s = eg_db_int(row->db, 1);
    u->last_s = eg_db_int(row->db, 2);
    u->uses = eg_db_int(row->db, 3);
}

struct uses {
    int64_t company_id, id;
    struct eg_page page;
    struct eg_arena *arena;
    struct eg_rows rows;
};

static eg_status op_uses(struct eg_db *db, void *arg)
{
    struct uses *u = arg;
    struct eg_arg code[] = {eg_arg_int(u->company_id), eg_arg_int(u->id)};
    struct eg_arg args[] = {eg_arg_int(u->id), eg_page_limit(u->page), eg_page_offset(u->page)};
    int64_t id;

    EG_TRY(eg_row_get_int(db, EG_SQL_CLAIM_GET, code, 2, EG_ERR(CLAIM_CODE_UNKNOWN), &id));
    return eg_rows_get(db, EG_SQL_CLAIM_USES, args, 3, u->arena, &u->rows);
}

eg_status eg_store_claim_uses(struct eg_store *store, int64_t company_id, int64_t id,
                              struct eg_page page, struct eg_arena *arena,
                              struct eg_claim_use_list *out)
{
    struct uses u = {company_id,
                     id,
                     page,
                     arena,
                     {sizeof *out->items, take_use, eg_page_size(page), NULL, 0, false}};

    EG_TRY(eg_store_read(store, op_uses, &u));
    *out = (struct eg_claim_use_list){u.rows.items, u.rows.count, u.rows.more};
    return EG_OK;
}

/* ---- statistics -------------------------------------------------------------------------------
 */

static void take_statistics(struct eg_row *row, void *item)
{
    struct eg_claim_statistics *s = item;
    struct eg_db *db = row->db;

    *s = (struct eg_claim_statistics){.codes = eg_db_int(db, 0),
                                      .active = eg_db_int(db, 1),
                                      .revoked = eg_db_int(db, 2),
                                      .expired = eg_db_int(db, 3),
                                      .exhausted = eg_db_int(db, 4),
                                      .used = eg_db_int(db, 5),
                                      .refused = eg_db_int(db, 6),
                                      .left = eg_db_int(db, 7)};
}

struct statistics {
    int64_t company_id, group_id, now_s;
    struct eg_claim_statistics *out;
};

static eg_status op_statistics(struct eg_db *db, void *arg)
{
    struct statistics *s = arg;
    struct eg_arg group[] = {eg_arg_int(s->company_id), eg_arg_int(s->group_id)};
    struct eg_arg args[] = {eg_arg_int(s->group_id), eg_arg_int(s->now_s)};
    int64_t id;

    EG_TRY(eg_row_get_int(db, EG_SQL_GROUP_GET, group, 2, EG_ERR(GROUP_UNKNOWN), &id));
    return eg_row_get(db, EG_SQL_CLAIM_STATISTICS, args, 2, NULL, take_statistics, s->out,
                      EG_ERR(STORE_FAILED));
}

eg_status eg_store_claim_statistics(struct eg_store *store, int64_t company_id, int64_t group_id,
                                    int64_t now_s, struct eg_claim_statistics *out)
{
    struct statistics s = {company_id, group_id, now_s, out};

    memset(out, 0, sizeof *out);
    return eg_store_read(store, op_statistics, &s);
}

/* ---- change, revoke, delete -------------------------------------------------------------------
 */

struct change {
    int64_t company_id, id;
    const struct eg_claim_change *to; /* NULL: revoke or delete */
    enum eg_service_event_kind kind;
    int64_t actor, now_s;
};

struct locked {
    int64_t group_id, revoked_s;
};

static void take_locked(struct eg_row *row, void *item)
{
    struct locked *l = item;

    l->group_id = eg_db_int(row->db, 0);
    l->revoked_s = eg_db_int(row->db, 1);
}

/* One member if it is to be changed. */
static eg_status set_int(struct eg_db *db, enum eg_sql sql, int64_t id, bool wanted, int64_t value)
{
    struct eg_arg args[] = {eg_arg_int(id), eg_arg_int(value)};

    return wanted ? eg_db_run(db, sql, args, 2, NULL) : EG_OK;
}

static eg_status apply(struct eg_db *db, int64_t id, const struct eg_claim_change *to)
{
    struct eg_arg name[] = {eg_arg_int(id), eg_arg_text(to->name)};

    EG_TRY(to->name == NULL ? EG_OK : eg_db_run(db, EG_SQL_CLAIM_NAME, name, 2, NULL));
    EG_TRY(set_int(db, EG_SQL_CLAIM_BEHAVIOR, id, to->behavior != NULL,
                   to->behavior == NULL ? 0 : *to->behavior));
    EG_TRY(set_int(db, EG_SQL_CLAIM_POLICY, id, to->policy != NULL,
                   to->policy == NULL ? 0 : *to->policy));
    EG_TRY(set_int(db, EG_SQL_CLAIM_REUSABLE, id, to->reusable != NULL,
                   to->reusable != NULL && *to->reusable ? 1 : 0));
    EG_TRY(set_int(db, EG_SQL_CLAIM_LIMIT, id, to->device_limit != NULL,
                   to->device_limit == NULL ? 0 : *to->device_limit));
    EG_TRY(set_int(db, EG_SQL_CLAIM_COUNT, id, to->device_count != NULL,
                   to->device_count == NULL ? 0 : *to->device_count));
    return set_int(db, EG_SQL_CLAIM_EXPIRES, id, to->expires_s != NULL,
                   to->expires_s == NULL ? 0 : *to->expires_s);
}

static eg_status act(struct eg_db *db, const struct change *c, const struct locked *now)
{
    struct eg_arg id = eg_arg_int(c->id);

    switch (c->kind) {
    case EG_SERVICE_CLAIM_REVOKED:
        return set_int(db, EG_SQL_CLAIM_REVOKE, c->id, now->revoked_s == 0, c->now_s);
    case EG_SERVICE_CLAIM_DELETED:
        EG_TRY(eg_db_run(db, EG_SQL_CLAIM_USES_DELETE, &id, 1, NULL));
        return eg_db_run(db, EG_SQL_CLAIM_DELETE, &id, 1, NULL);
    default:
        return now->revoked_s != 0 ? EG_ERR(CLAIM_REVOKED) : apply(db, c->id, c->to);
    }
}

static eg_status op_change(struct eg_db *db, void *arg)
{
    const struct change *c = arg;
    struct eg_arg key[] = {eg_arg_int(c->company_id), eg_arg_int(c->id)};
    struct locked now;
    char detail[64];

    EG_TRY(eg_row_get(db, EG_SQL_CLAIM_LOCK, key, 2, NULL, take_locked, &now,
                      EG_ERR(CLAIM_CODE_UNKNOWN)));
    EG_TRY(act(db, c, &now));
    (void)snprintf(detail, sizeof detail, "claim code %lld", (long long)c->id);
    return eg_claim_tell(db, &(struct eg_claim_told){.company_id = c->company_id,
                                                     .group_id = now.group_id,
                                                     .kind = c->kind,
                                                     .now_s = c->now_s,
                                                     .actor = c->actor,
                                                     .detail = detail});
}

eg_status eg_store_claim_update(struct eg_store *store, int64_t company_id, int64_t id,
                                const struct eg_claim_change *change, int64_t actor, int64_t now_s)
{
    struct change c = {company_id, id, change, EG_SERVICE_CLAIM_CHANGED, actor, now_s};

    if (change->name != NULL) {
        EG_TRY(eg_store_name_check(change->name));
    }
    return eg_store_write(store, op_change, &c);
}

eg_status eg_store_claim_revoke(struct eg_store *store, int64_t company_id, int64_t id,
                                int64_t actor, int64_t now_s)
{
    struct change c = {company_id, id, NULL, EG_SERVICE_CLAIM_REVOKED, actor, now_s};

    return eg_store_write(store, op_change, &c);
}

eg_status eg_store_claim_delete(struct eg_store *store, int64_t company_id, int64_t id,
                                int64_t actor, int64_t now_s)
{
    struct change c = {company_id, id, NULL, EG_SERVICE_CLAIM_DELETED, actor, now_s};

    return eg_store_write(store, op_change, &c);
}
