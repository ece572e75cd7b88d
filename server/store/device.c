/* SPDX-License-Identifier: Apache-2.0 */
/* Devices: get, list with search and filter, history. */
#include <string.h>

#include "server/store/store_device.h"
#include "server/store/store_internal.h"
#include "server/store/uuid_range.h"

static void take_uuid(struct eg_span bytes, struct eg_uuid *out)
{
    memset(out, 0, sizeof *out);
    if (bytes.len == EG_UUID_LEN) {
        memcpy(out->bytes, bytes.ptr, EG_UUID_LEN);
    }
}

static void take_device(struct eg_row *row, void *item)
{
    struct eg_device *d = item;

    d->id = eg_db_int(row->db, 0);
    take_uuid(eg_db_bytes(row->db, 1), &d->uuid);
    d->family = eg_row_text(row, 2);
    d->state = (enum eg_device_state)eg_db_int(row->db, 3);
    d->group_id = eg_db_null(row->db, 4) ? 0 : eg_db_int(row->db, 4);
    d->nc12 = eg_db_null(row->db, 5) ? 0 : eg_db_int(row->db, 5);
    d->created_s = eg_db_int(row->db, 6);
}

eg_status eg_store_device_get(struct eg_store *store, int64_t company_id,
                              const struct eg_uuid *uuid, struct eg_arena *arena,
                              struct eg_device *out)
{
    struct eg_get get = {.sql = EG_SQL_DEVICE_GET,
                         .args = {eg_arg_bytes(EG_SPAN_OF(uuid->bytes)), eg_arg_int(company_id)},
                         .count = 2,
                         .arena = arena,
                         .fn = take_device,
                         .item = out,
                         .missing = EG_ERR(DEVICE_UNKNOWN)};

    return eg_store_get(store, &get);
}

/* ---- list -------------------------------------------------------------------------------------
 */

/* One page over several ranges of UUIDs, one after the other. */
struct device_query {
    int64_t company_id;
    const struct eg_device_filter *filter;
    struct eg_uuid_range ranges[EG_UUID_RANGES_MAX];
    size_t range_count;
    size_t size;     /* of the page */
    uint64_t offset; /* of its first device */
    struct eg_arena *arena;
    struct eg_device_list *out;
};

static void filter_args(const struct device_query *q, const struct eg_uuid_range *range,
                        struct eg_arg args[static 5])
{
    const char *family = q->filter->family;

    args[0] = eg_arg_int(q->company_id);
    args[1] = eg_arg_bytes(EG_SPAN_OF(range->first.bytes));
    args[2] = eg_arg_bytes(EG_SPAN_OF(range->last.bytes));
    args[3] = eg_arg_text(family);
    args[4] = eg_arg_int(q->filter->state);
}

/* Leave out the range, or some of it, when the page begins behind it. */
static eg_status skip(struct eg_db *db, const struct device_query *q,
                      const struct eg_uuid_range *range, uint64_t *to_skip, bool *out_skip_all)
{
    struct eg_arg args[6];
    bool grouped = q->filter->group_id != 0;
    int64_t count;

    *out_skip_all = false;
    if (*to_skip == 0 || q->range_count == 1) {
        return EG_OK;
    }
    filter_args(q, range, args);
    args[5] = eg_arg_int(q->filter->group_id);
    EG_TRY(eg_row_get_int(db, grouped ? EG_SQL_DEVICE_COUNT_GROUP : EG_SQL_DEVICE_COUNT, args,
                          grouped ? 6 : 5, EG_ERR(STORE_FAILED), &count));
    if (*to_skip >= (uint64_t)count) {
        *to_skip -= (uint64_t)count;
        *out_skip_all = true;
    }
    return EG_OK;
}

static eg_status list_range(struct eg_db *db, struct device_query *q,
                            const struct eg_uuid_range *range, uint64_t offset)
{
    size_t room = q->size - q->out->count;
    struct eg_rows rows = {sizeof *q->out->items, take_device, room, NULL, 0, false};
    struct eg_arg args[8];
    bool grouped = q->filter->group_id != 0;

    filter_args(q, range, args);
    args[5] = eg_arg_int((int64_t)room + 1);
    args[6] = eg_arg_int((int64_t)offset);
    args[7] = eg_arg_int(q->filter->group_id);
    EG_TRY(eg_rows_get(db, grouped ? EG_SQL_DEVICE_LIST_GROUP : EG_SQL_DEVICE_LIST, args,
                       grouped ? 8 : 7, q->arena, &rows));
    if (rows.count > 0) {
        memcpy(q->out->items + q->out->count, rows.items, rows.count * sizeof *q->out->items);
    }
    q->out->count += rows.count;
    q->out->more = rows.more;
    return EG_OK;
}

static eg_status op_device_list(struct eg_db *db, void *arg)
{
    struct device_query *q = arg;
    uint64_t to_skip = q->offset;

    q->out->count = 0;
    q->out->more = false;
    for (size_t i = 0; i < q->range_count && !q->out->more; i++) {
        bool skip_all;

        EG_TRY(skip(db, q, &q->ranges[i], &to_skip, &skip_all));
        if (!skip_all) {
            EG_TRY(list_range(db, q, &q->ranges[i], to_skip));
            to_skip = 0;
        }
    }
    return EG_OK;
}

eg_status eg_store_device_list(struct eg_store *store, int64_t company_id,
                               const struct eg_device_filter *filter, struct eg_page page,
                               struct eg_arena *arena, struct eg_device_list *out)
{
    struct device_query q = {.company_id = company_id,
                             .filter = filter,
                             .size = eg_page_size(page),
                             .offset = (uint64_t)page.number * eg_page_size(page),
                             .arena = arena,
                             .out = out};

    *out = (struct eg_device_list){eg_arena_alloc(arena, q.size * sizeof *out->items), 0, false};
    if (out->items == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    eg_uuid_ranges(filter->search == NULL ? "" : filter->search, q.ranges, &q.range_count);
    return eg_store_read(store, op_device_list, &q);
}

/* ---- history ----------------------------------------------------------------------------------
 */

static void take_event(struct eg_row *row, void *item)
{
    struct eg_event *e = item;

    e->at_s = eg_db_int(row->db, 0);
    e->kind = (enum eg_event_kind)eg_db_int(row->db, 1);
    e->group_id = eg_db_int(row->db, 2);
    e->actor = eg_db_int(row->db, 3);
    e->detail = eg_row_text(row, 4);
}

struct history {
    int64_t company_id;
    const struct eg_uuid *uuid;
    struct eg_page page;
    struct eg_arena *arena;
    struct eg_rows rows;
};

static eg_status op_history(struct eg_db *db, void *arg)
{
    struct history *h = arg;
    struct eg_arg key[] = {eg_arg_bytes(EG_SPAN_OF(h->uuid->bytes)), eg_arg_int(h->company_id)};
    int64_t id;

    EG_TRY(eg_row_get_int(db, EG_SQL_DEVICE_BY_UUID, key, 2, EG_ERR(DEVICE_UNKNOWN), &id));
    struct eg_arg args[] = {eg_arg_int(id), eg_page_limit(h->page), eg_page_offset(h->page)};
    return eg_rows_get(db, EG_SQL_EVENT_LIST, args, 3, h->arena, &h->rows);
}

eg_status eg_store_device_history(struct eg_store *store, int64_t company_id,
                                  const struct eg_uuid *uuid, struct eg_page page,
                                  struct eg_arena *arena, struct eg_event_list *out)
{
    struct history h = {company_id,
                        uuid,
                        page,
                        arena,
                        {sizeof *out->items, take_event, eg_page_size(page), NULL, 0, false}};

    EG_TRY(eg_store_read(store, op_history, &h));
    *out = (struct eg_event_list){h.rows.items, h.rows.count, h.rows.more};
    return EG_OK;
}
