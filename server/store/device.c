/* SPDX-License-Identifier: Apache-2.0 */
/* Devices: get and history. */
#include <string.h>

#include "server/store/device_row.h"

void eg_device_take_uuid(struct eg_span bytes, struct eg_uuid *out)
{
    memset(out, 0, sizeof *out);
    if (bytes.len == EG_UUID_LEN) {
        memcpy(out->bytes, bytes.ptr, EG_UUID_LEN);
    }
}

void eg_device_take(struct eg_row *row, void *item)
{
    struct eg_device *d = item;

    d->id = eg_db_int(row->db, 0);
    eg_device_take_uuid(eg_db_bytes(row->db, 1), &d->uuid);
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
                         .fn = eg_device_take,
                         .item = out,
                         .missing = EG_ERR(DEVICE_UNKNOWN)};

    return eg_store_get(store, &get);
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
