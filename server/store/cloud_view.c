/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of devices that connect themselves: for people. */
#include <string.h>

#include "server/store/store_cloud.h"
#include "server/store/store_internal.h"

static void take_state(struct eg_row *row, void *item)
{
    struct eg_cloud_state *s = item;
    struct eg_db *db = row->db;
    struct eg_span uuid = eg_db_bytes(db, 0);

    memset(s, 0, sizeof *s);
    memcpy(s->uuid.bytes, uuid.ptr, uuid.len < EG_UUID_LEN ? uuid.len : EG_UUID_LEN);
    s->device_id = eg_db_int(db, 1);
    s->group_id = eg_db_null(db, 2) ? 0 : eg_db_int(db, 2);
    s->nc12 = eg_db_int(db, 3);
    s->family = eg_row_text(row, 4);
    s->state = (enum eg_device_state)eg_db_int(db, 5);
    s->first_contact_s = eg_db_int(db, 6);
    s->last_contact_s = eg_db_int(db, 7);
    s->last_success_s = eg_db_int(db, 8);
    s->sessions = eg_db_int(db, 9);
    s->failures = eg_db_int(db, 10);
    s->update_status = (uint32_t)eg_db_int(db, 11);
    s->claim_status = (uint32_t)eg_db_int(db, 12);
    s->rtp_status = (uint32_t)eg_db_int(db, 13);
    s->csp_status = (uint32_t)eg_db_int(db, 14);
    s->agent_version = (uint32_t)eg_db_int(db, 15);
    s->retired_s = eg_db_int(db, 16);
    s->locked_until_s = eg_db_int(db, 17);
    s->expires_s = eg_db_int(db, 18);
    s->recheck_s = eg_db_int(db, 19);
    s->binding = (enum eg_cloud_binding)eg_db_int(db, 20);
    s->up_to_date = eg_db_int(db, 21) != 0;
    s->address = eg_row_text(row, 22);
    s->correlation = eg_row_text(row, 23);
    s->facts = eg_row_bytes(row, 24);
}

eg_status eg_store_cloud_state(struct eg_store *store, int64_t company_id,
                               const struct eg_uuid *uuid, struct eg_arena *arena,
                               struct eg_cloud_state *out)
{
    struct eg_get get = {.sql = EG_SQL_CLOUD_STATE,
                         .args = {eg_arg_int(company_id), eg_arg_bytes(EG_SPAN_OF(uuid->bytes))},
                         .count = 2,
                         .arena = arena,
                         .fn = take_state,
                         .item = out,
                         .missing = EG_ERR(DEVICE_UNKNOWN)};

    return eg_store_get(store, &get);
}

/* ---- lists ------------------------------------------------------------------------------------
 */

struct list {
    int64_t company_id;
    const struct eg_cloud_filter *filter;
    size_t size;    /* devices of a page */
    int64_t before; /* devices to be counted off before it */
    int64_t skip;   /* of them still to be counted */
    struct eg_arena *arena;
    struct eg_cloud_state *items; /* room for one more than a page: it says that there are more */
    size_t count;
};

/* As many rows as there is still room for. */
static eg_status read_rows(struct eg_db *db, struct list *l, enum eg_sql sql, int64_t group_id,
                           struct eg_page_key after, int64_t skip)
{
    size_t room = l->size + 1 - l->count;
    struct eg_rows rows = {
        .item_size = sizeof *l->items, .fn = take_state, .max = room, .items = l->items + l->count};
    struct eg_arg args[] = {eg_arg_int(l->company_id),
                            eg_arg_int((int64_t)room),
                            eg_arg_int(skip),
                            eg_arg_int(group_id),
                            eg_arg_int(l->filter->expires_before_s),
                            eg_arg_int(after.device_id),
                            eg_arg_int(after.first)};

    EG_TRY(eg_rows_into(db, sql, args, 7, l->arena, &rows));
    l->count += rows.count;
    return EG_OK;
}

/* The devices of one group that never connected, behind one of them. */
static eg_status read_waiting(struct eg_db *db, struct list *l, int64_t group_id, int64_t after)
{
    struct eg_arg args[] = {eg_arg_int(l->company_id), eg_arg_int(group_id), eg_arg_int(after),
                            eg_arg_int(l->skip)};
    int64_t skipped = 0;

    if (l->skip > 0) {
        EG_TRY(eg_row_get_int(db, EG_SQL_CLOUD_WAITING_COUNT, args, 4, EG_ERR(STORE_FAILED),
                              &skipped));
    }
    EG_TRY(read_rows(db, l, EG_SQL_CLOUD_LIST_WAITING, group_id,
                     (struct eg_page_key){.device_id = after}, skipped));
    l->skip -= skipped;
    return EG_OK;
}

/* Group by group: those of the proxy flow alone are not looked at, and neither are those where all
 * connected. */
static eg_status walk_waiting(struct eg_db *db, struct list *l)
{
    const struct eg_page_key *from = &l->filter->after;
    int64_t only = l->filter->group_id;
    int64_t next = only != 0 ? only : from->first;

    while (l->count <= l->size) {
        struct eg_arg args[] = {eg_arg_int(l->company_id), eg_arg_int(next)};
        int64_t group = 0;

        EG_TRY(eg_row_get_int(db, EG_SQL_CLOUD_WAITING_GROUP, args, 2, EG_OK, &group));
        if (group == 0 || (only != 0 && group != only)) {
            return EG_OK;
        }
        EG_TRY(read_waiting(db, l, group, group == from->first ? from->device_id : 0));
        next = group + 1;
    }
    return EG_OK;
}

/* The rest of those that end together with the last one seen, then those that end later. A device
 * without certificates has the expiry 0. */
static eg_status walk_expiring(struct eg_db *db, struct list *l)
{
    const struct eg_cloud_filter *f = l->filter;

    if (f->after.first > 0 && f->after.first < f->expires_before_s) {
        EG_TRY(read_rows(db, l, EG_SQL_CLOUD_LIST_EXPIRES_WITH, f->group_id, f->after, 0));
    }
    return l->count > l->size
               ? EG_OK
               : read_rows(db, l, EG_SQL_CLOUD_LIST_EXPIRES, f->group_id, f->after, l->skip);
}

static eg_status walk(struct eg_db *db, struct list *l)
{
    const struct eg_cloud_filter *f = l->filter;
    enum eg_sql sql = f->failed          ? EG_SQL_CLOUD_LIST_FAILED
                      : f->group_id != 0 ? EG_SQL_CLOUD_LIST_ALL_IN
                                         : EG_SQL_CLOUD_LIST_ALL;

    if (f->never_connected) {
        return walk_waiting(db, l);
    }
    if (f->expires_before_s != 0) {
        return walk_expiring(db, l);
    }
    return read_rows(db, l, sql, f->group_id, f->after, l->skip);
}

static eg_status op_list(struct eg_db *db, void *arg)
{
    struct list *l = arg;

    l->count = 0;
    l->skip = l->before;
    l->items = eg_arena_alloc(l->arena, (l->size + 1) * sizeof *l->items);
    return l->items == NULL ? EG_ERR(NO_MEMORY) : walk(db, l);
}

/* What a device is behind of in the order of the list. */
static struct eg_page_key key_of(const struct eg_cloud_filter *f, const struct eg_cloud_state *s)
{
    return (struct eg_page_key){.first = f->never_connected ? s->group_id : s->expires_s,
                                .device_id = s->device_id};
}

eg_status eg_store_cloud_list(struct eg_store *store, int64_t company_id,
                              const struct eg_cloud_filter *filter, struct eg_page page,
                              struct eg_arena *arena, struct eg_cloud_state_list *out)
{
    struct list l = {.company_id = company_id,
                     .filter = filter,
                     .size = eg_page_size(page),
                     .before = (int64_t)page.number * (int64_t)eg_page_size(page),
                     .arena = arena};

    *out = (struct eg_cloud_state_list){0};
    if (l.before > EG_PAGE_JUMP_MAX) {
        return EG_ERR(PAGE_FAR);
    }
    EG_TRY(eg_store_read(store, op_list, &l));
    out->items = l.items;
    out->more = l.count > l.size;
    out->count = out->more ? l.size : l.count;
    if (out->more) {
        out->next = key_of(filter, &l.items[l.size - 1]);
    }
    return EG_OK;
}

/* ---- numbers ----------------------------------------------------------------------------------
 */

struct summary {
    int64_t company_id, group_id, expires_before_s;
    struct eg_cloud_summary *out;
};

static void take_summary(struct eg_row *row, void *item)
{
    struct eg_cloud_summary *s = item;
    struct eg_db *db = row->db;

    *s = (struct eg_cloud_summary){.members = eg_db_int(db, 0),
                                   .connected = eg_db_int(db, 1),
                                   .never_connected = eg_db_int(db, 0) - eg_db_int(db, 1),
                                   .up_to_date = eg_db_int(db, 2),
                                   .failed = eg_db_int(db, 3),
                                   .retired = eg_db_int(db, 4),
                                   .expiring = eg_db_int(db, 5),
                                   .last_contact_s = eg_db_int(db, 6)};
}

static eg_status op_summary(struct eg_db *db, void *arg)
{
    struct summary *s = arg;
    struct eg_arg group[] = {eg_arg_int(s->company_id), eg_arg_int(s->group_id)};
    struct eg_arg args[] = {eg_arg_int(s->group_id), eg_arg_int(s->expires_before_s)};
    int64_t id;

    EG_TRY(eg_row_get_int(db, EG_SQL_GROUP_GET, group, 2, EG_ERR(GROUP_UNKNOWN), &id));
    return eg_row_get(db, EG_SQL_CLOUD_SUMMARY, args, 2, NULL, take_summary, s->out,
                      EG_ERR(STORE_FAILED));
}

eg_status eg_store_cloud_summary(struct eg_store *store, int64_t company_id, int64_t group_id,
                                 int64_t expires_before_s, struct eg_cloud_summary *out)
{
    struct summary s = {company_id, group_id, expires_before_s, out};

    memset(out, 0, sizeof *out);
    return eg_store_read(store, op_summary, &s);
}
