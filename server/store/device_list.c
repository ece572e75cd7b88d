/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists of devices. Every filter walks an index of its own in the order of that index, from a known
 * key on, so that a page costs what it holds. Two filters together walk the narrower index and look
 * at each device for the other.
 */
#include <string.h>

#include "server/store/device_row.h"
#include "server/store/page_marks.h"
#include "server/store/store_internal.h"
#include "server/store/uuid_range.h"

/* How one kind of list is read: its page, and the key of its n-th device. */
struct walk {
    enum eg_sql list, seek;
    bool by_uuid; /* ordered by UUID, else by (group, device) */
};

struct device_query {
    int64_t company_id;
    const struct eg_device_filter *filter;
    const struct walk *walk;
    struct eg_uuid_range ranges[EG_UUID_RANGES_MAX]; /* one over everything unless by UUID */
    size_t range_count;
    struct eg_page_key from;
    uint64_t to_skip; /* devices from there to the page; of a far one EG_PAGE_JUMP_MAX */
    bool far;         /* there is no page to be found by counting */
    size_t size;      /* of the page */
    struct eg_arena *arena;
    struct eg_device_list *out;
};

static const struct walk all = {EG_SQL_DEVICE_LIST_ALL, EG_SQL_DEVICE_SEEK_ALL, true};
static const struct walk found = {EG_SQL_DEVICE_LIST_SEARCH, EG_SQL_DEVICE_SEEK_SEARCH, true};
static const struct walk of_family = {EG_SQL_DEVICE_LIST_FAMILY, EG_SQL_DEVICE_SEEK_FAMILY, false};
static const struct walk of_group = {EG_SQL_DEVICE_LIST_GROUP, EG_SQL_DEVICE_SEEK_GROUP, false};
static const struct walk of_state = {EG_SQL_DEVICE_LIST_STATE, EG_SQL_DEVICE_SEEK_STATE, false};
static const struct walk in_none = {EG_SQL_DEVICE_LIST_FREE, EG_SQL_DEVICE_SEEK_FREE, false};
static const struct walk of_both = {EG_SQL_DEVICE_LIST_GROUP_STATE, EG_SQL_DEVICE_SEEK_GROUP_STATE,
                                    false};

static const struct walk *walk_of(const struct eg_device_filter *f)
{
    if (f->search != NULL && f->search[0] != '\0') {
        return &found;
    }
    if (f->group_id != 0) {
        return f->state != 0 ? &of_both : &of_group;
    }
    if (f->state != 0) { /* registered means that it is in no group */
        return f->state == EG_DEVICE_REGISTERED ? &in_none : &of_state;
    }
    return f->family != NULL ? &of_family : &all;
}

enum { ARG_GROUP = 7, ARG_LIMIT, ARG_OFFSET, ARGS };

static void fill_args(const struct device_query *q, const struct eg_uuid_range *range,
                      uint64_t offset, struct eg_arg args[static ARGS])
{
    args[0] = eg_arg_int(q->company_id);
    args[1] = eg_arg_bytes(EG_SPAN_OF(range->first.bytes));
    args[2] = eg_arg_bytes(EG_SPAN_OF(range->last.bytes));
    args[3] = eg_arg_int(q->from.first);
    args[4] = eg_arg_int(q->from.device_id);
    args[5] = eg_arg_text(q->filter->family);
    args[6] = eg_arg_int(q->filter->state);
    args[ARG_GROUP] = eg_arg_int(q->filter->group_id);
    args[ARG_LIMIT] = eg_arg_int((int64_t)(q->size - q->out->count) + 1);
    args[ARG_OFFSET] = eg_arg_int((int64_t)offset);
}

/* ---- where the page begins --------------------------------------------------------------------
 */

/* Columns uuid, group_id, id. */
static void take_key(struct eg_row *row, void *item)
{
    struct eg_page_key *key = item;

    eg_device_take_uuid(eg_db_bytes(row->db, 0), &key->uuid);
    key->first = eg_db_null(row->db, 1) ? 0 : eg_db_int(row->db, 1);
    key->device_id = eg_db_int(row->db, 2);
}

static eg_status seek_by_id(struct eg_db *db, struct device_query *q)
{
    struct eg_arg args[ARGS];

    fill_args(q, &q->ranges[0], q->to_skip - 1, args); /* the last device before the page */
    return eg_row_get(db, q->walk->seek, args, ARGS, NULL, take_key, &q->from,
                      EG_ERR(STORE_NOT_FOUND));
}

/* Only what lies before the page is counted, so that this ends where the page begins. */
static eg_status seek_by_uuid(struct eg_db *db, struct device_query *q)
{
    for (size_t i = 0; i < q->range_count; i++) {
        struct eg_arg args[ARGS];
        int64_t count;

        fill_args(q, &q->ranges[i], q->to_skip, args);
        eg_status st = eg_row_get(db, q->walk->seek, args, ARGS, NULL, take_key, &q->from,
                                  EG_ERR(STORE_NOT_FOUND));
        if (eg_ok(st) || !eg_is(st, EG_E_STORE_NOT_FOUND) || i + 1 == q->range_count) {
            return st;
        }
        EG_TRY(eg_row_get_int(db, EG_SQL_DEVICE_COUNT_SEARCH, args, ARGS, EG_ERR(STORE_FAILED),
                              &count));
        q->to_skip -= (uint64_t)count;
    }
    return EG_ERR(STORE_NOT_FOUND);
}

/* STORE_NOT_FOUND: the list ends before the page. */
static eg_status seek(struct eg_db *db, struct device_query *q)
{
    if (q->to_skip == 0) {
        return EG_OK;
    }
    return q->walk->by_uuid ? seek_by_uuid(db, q) : seek_by_id(db, q);
}

/* ---- the page ---------------------------------------------------------------------------------
 */

/* Append what one statement finds. */
static eg_status append(struct eg_db *db, struct device_query *q, enum eg_sql sql,
                        const struct eg_arg args[static ARGS])
{
    size_t room = q->size - q->out->count;
    struct eg_rows rows = {sizeof *q->out->items, eg_device_take, room, NULL, 0, false};

    EG_TRY(eg_rows_get(db, sql, args, ARGS, q->arena, &rows));
    if (rows.count > 0) {
        memcpy(q->out->items + q->out->count, rows.items, rows.count * sizeof *q->out->items);
    }
    q->out->count += rows.count;
    q->out->more = rows.more;
    return EG_OK;
}

static eg_status list_by_uuid(struct eg_db *db, struct device_query *q)
{
    for (size_t i = 0; i < q->range_count && !q->out->more; i++) {
        struct eg_uuid_range rest = q->ranges[i];
        struct eg_arg args[ARGS];

        if (memcmp(rest.last.bytes, q->from.uuid.bytes, EG_UUID_LEN) < 0) {
            continue;
        }
        if (memcmp(rest.first.bytes, q->from.uuid.bytes, EG_UUID_LEN) < 0) {
            rest.first = q->from.uuid;
        }
        fill_args(q, &rest, 0, args);
        EG_TRY(append(db, q, q->walk->list, args));
    }
    return EG_OK;
}

static eg_status list_by_id(struct eg_db *db, struct device_query *q)
{
    struct eg_arg args[ARGS];

    fill_args(q, &q->ranges[0], 0, args);
    if (q->walk == &of_state && q->from.first != 0) { /* the rest of the group that it was in */
        struct eg_arg rest[ARGS];

        memcpy(rest, args, sizeof rest);
        rest[ARG_GROUP] = eg_arg_int(q->from.first);
        EG_TRY(append(db, q, EG_SQL_DEVICE_LIST_GROUP_STATE, rest));
        args[ARG_LIMIT] = eg_arg_int((int64_t)(q->size - q->out->count) + 1);
    }
    return q->out->more ? EG_OK : append(db, q, q->walk->list, args);
}

static eg_status op_device_list(struct eg_db *db, void *arg)
{
    struct device_query once_more = *(const struct device_query *)arg; /* may be run again */
    struct device_query *q = &once_more;
    eg_status st;

    q->out->count = 0;
    q->out->more = false;
    st = seek(db, q);
    if (!eg_ok(st)) {
        return eg_is(st, EG_E_STORE_NOT_FOUND) ? EG_OK : st;
    }
    if (q->far) {
        return EG_ERR(PAGE_FAR);
    }
    return q->walk->by_uuid ? list_by_uuid(db, q) : list_by_id(db, q);
}

/* The next UUID in order; the last one stays, nothing lies behind it. */
static struct eg_uuid after(const struct eg_uuid *uuid)
{
    struct eg_uuid next = *uuid;

    for (size_t i = EG_UUID_LEN; i > 0 && ++next.bytes[i - 1] == 0; i--) {
    }
    return memcmp(next.bytes, uuid->bytes, EG_UUID_LEN) > 0 ? next : *uuid;
}

static void leave_mark(struct eg_store *store, struct eg_page_name name,
                       const struct device_query *q)
{
    if (!q->out->more) {
        return;
    }
    const struct eg_device *last = &q->out->items[q->out->count - 1];
    const struct eg_page_key key = {{{0}}, last->group_id, last->id};
    const struct eg_page_key by_uuid = {after(&last->uuid), 0, 0};

    q->out->next = q->walk->by_uuid ? by_uuid : key;
    if (name.filter->from == NULL) { /* else nobody knows the page's number */
        name.number++;
        eg_page_marks_put(store->marks, &name, &q->out->next);
    }
}

/* Where the page begins, or how far to count for it. */
static void find_page(struct eg_store *store, const struct eg_page_name *name,
                      struct device_query *q)
{
    if (name->filter->from != NULL) {
        q->from = *name->filter->from;
        return;
    }
    if (name->number > 0 && !eg_page_marks_get(store->marks, name, &q->from)) {
        q->far = eg_page_far(name->size, name->number);
        q->to_skip = q->far ? EG_PAGE_JUMP_MAX : (uint64_t)name->number * name->size;
    }
}

eg_status eg_store_device_list(struct eg_store *store, int64_t company_id,
                               const struct eg_device_filter *filter, struct eg_page page,
                               struct eg_arena *arena, struct eg_device_list *out)
{
    struct device_query q = {.company_id = company_id,
                             .filter = filter,
                             .walk = walk_of(filter),
                             .size = eg_page_size(page),
                             .arena = arena,
                             .out = out};
    const struct eg_page_name name = {company_id, filter, (uint32_t)q.size, page.number};

    *out = (struct eg_device_list){.items = eg_arena_alloc(arena, q.size * sizeof *out->items)};
    if (out->items == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    eg_uuid_ranges(filter->search == NULL ? "" : filter->search, q.ranges, &q.range_count);
    find_page(store, &name, &q);
    EG_TRY(eg_store_read(store, op_device_list, &q));
    leave_mark(store, name, &q);
    return EG_OK;
}
