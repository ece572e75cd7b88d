/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "server/store/store_internal.h"

const char *eg_row_text(struct eg_row *row, int column)
{
    const char *text =
        eg_ok(row->status) ? eg_arena_text(row->arena, eg_db_bytes(row->db, column)) : NULL;

    if (text == NULL) {
        if (eg_ok(row->status)) {
            row->status = EG_ERR(NO_MEMORY);
        }
        return "";
    }
    return text;
}

struct eg_span eg_row_bytes(struct eg_row *row, int column)
{
    struct eg_span out = {NULL, 0};

    if (eg_ok(row->status)) {
        row->status = eg_arena_dup(row->arena, eg_db_bytes(row->db, column), &out);
    }
    return out;
}

eg_status eg_row_get(struct eg_db *db, enum eg_sql sql, const struct eg_arg *args, size_t count,
                     struct eg_arena *arena, eg_row_fn fn, void *item, eg_status missing)
{
    struct eg_row row = {db, arena, EG_OK};
    bool has_row;

    EG_TRY(eg_db_query(db, sql, args, count));
    EG_TRY(eg_db_step(db, &has_row));
    if (!has_row) {
        return missing;
    }
    fn(&row, item);
    eg_db_reset(db);
    return row.status;
}

static void take_int(struct eg_row *row, void *item)
{
    int64_t *out = item;

    *out = eg_db_int(row->db, 0);
}

eg_status eg_row_get_int(struct eg_db *db, enum eg_sql sql, const struct eg_arg *args, size_t count,
                         eg_status missing, int64_t *out)
{
    return eg_row_get(db, sql, args, count, NULL, take_int, out, missing);
}

eg_status eg_rows_into(struct eg_db *db, enum eg_sql sql, const struct eg_arg *args, size_t count,
                       struct eg_arena *arena, struct eg_rows *rows)
{
    struct eg_row row = {db, arena, EG_OK};
    bool has_row = true;

    rows->count = 0;
    rows->more = false;
    EG_TRY(eg_db_query(db, sql, args, count));
    while (eg_ok(row.status)) {
        EG_TRY(eg_db_step(db, &has_row));
        if (!has_row) {
            break;
        }
        if (rows->count == rows->max) {
            rows->more = true;
            break;
        }
        rows->fn(&row, (uint8_t *)rows->items + rows->count * rows->item_size);
        rows->count++;
    }
    eg_db_reset(db);
    return row.status;
}

eg_status eg_rows_get(struct eg_db *db, enum eg_sql sql, const struct eg_arg *args, size_t count,
                      struct eg_arena *arena, struct eg_rows *rows)
{
    rows->items = eg_arena_alloc(arena, rows->max * rows->item_size);
    return rows->items == NULL ? EG_ERR(NO_MEMORY)
                               : eg_rows_into(db, sql, args, count, arena, rows);
}

size_t eg_page_size(struct eg_page page)
{
    if (page.size == 0) {
        return EG_PAGE_SIZE_DEFAULT;
    }
    return page.size < EG_PAGE_SIZE_MAX ? page.size : EG_PAGE_SIZE_MAX;
}

struct eg_arg eg_page_limit(struct eg_page page)
{
    return eg_arg_int((int64_t)eg_page_size(page) + 1);
}

struct eg_arg eg_page_offset(struct eg_page page)
{
    return eg_arg_int((int64_t)page.number * (int64_t)eg_page_size(page));
}
