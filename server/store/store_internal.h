/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_STORE_STORE_INTERNAL_H
#define EG_SERVER_STORE_STORE_INTERNAL_H
/** What the typed operations share: run on the writer or on a reader, and turn rows into structs.
 */
#include "server/store/driver.h"
#include "server/store/page_marks.h"
#include "server/store/readers.h"
#include "server/store/store.h"
#include "server/store/writer.h"

struct eg_store {
    char *url;
    const char *backend;
    struct eg_writer_thread *writer;
    struct eg_readers *readers;
    struct eg_page_marks *marks;
};

/** Run fn inside a group commit; see writer.h. */
EG_MUST_USE eg_status eg_store_write(struct eg_store *store, eg_op_fn fn, void *arg);
/** Run fn on a read connection; once more on a new one when the connection turns out dead. fn must
 * bear being run twice. */
EG_MUST_USE eg_status eg_store_read(struct eg_store *store, eg_op_fn fn, void *arg);

/** NAME_INVALID unless name has 1..EG_NAME_LEN_MAX bytes. */
EG_MUST_USE eg_status eg_store_name_check(const char *name);

/* ---- rows -------------------------------------------------------------------------------------
 */

/** The current row on its way into a struct; keeps the first error, like eg_reader. */
struct eg_row {
    struct eg_db *db;
    struct eg_arena *arena;
    eg_status status;
};

/** Copies into the arena; "" and empty on error. */
const char *eg_row_text(struct eg_row *row, int column);
struct eg_span eg_row_bytes(struct eg_row *row, int column);

/** Fill one item from the row. */
typedef void (*eg_row_fn)(struct eg_row *row, void *item);

/** The statement has one row at most; `missing` when it has none. */
EG_MUST_USE eg_status eg_row_get(struct eg_db *db, enum eg_sql sql, const struct eg_arg *args,
                                 size_t count, struct eg_arena *arena, eg_row_fn fn, void *item,
                                 eg_status missing);

/** As above, of one integer column. */
EG_MUST_USE eg_status eg_row_get_int(struct eg_db *db, enum eg_sql sql, const struct eg_arg *args,
                                     size_t count, eg_status missing, int64_t *out);

/** A list of rows: at most `max` items go into the arena; *more when the statement had another. */
struct eg_rows {
    size_t item_size; /* bytes */
    eg_row_fn fn;
    size_t max;
    void *items;
    size_t count;
    bool more;
};
EG_MUST_USE eg_status eg_rows_get(struct eg_db *db, enum eg_sql sql, const struct eg_arg *args,
                                  size_t count, struct eg_arena *arena, struct eg_rows *rows);
/** As above, into rows->items: the caller's room for `max`. */
EG_MUST_USE eg_status eg_rows_into(struct eg_db *db, enum eg_sql sql, const struct eg_arg *args,
                                   size_t count, struct eg_arena *arena, struct eg_rows *rows);

/* ---- whole operations of one statement ---------------------------------------------------------
 */

/** eg_row_get() on a read connection. */
struct eg_get {
    enum eg_sql sql;
    struct eg_arg args[EG_DB_ARGS_MAX];
    size_t count;
    struct eg_arena *arena;
    eg_row_fn fn;
    void *item;
    eg_status missing;
};
EG_MUST_USE eg_status eg_store_get(struct eg_store *store, struct eg_get *get);

/** eg_rows_get() on a read connection; `rows` says how, and gets the result. */
EG_MUST_USE eg_status eg_store_list(struct eg_store *store, enum eg_sql sql,
                                    const struct eg_arg *args, size_t count, struct eg_arena *arena,
                                    struct eg_rows *rows);

/** INSERT .. ON CONFLICT DO NOTHING RETURNING id in a commit; NAME_TAKEN when it inserted nothing.
 */
EG_MUST_USE eg_status eg_store_insert(struct eg_store *store, enum eg_sql sql,
                                      const struct eg_arg *args, size_t count, int64_t *out_id);

/** Page to what LIMIT and OFFSET take: size + 1 rows, to see whether there are more. */
size_t eg_page_size(struct eg_page page);
struct eg_arg eg_page_limit(struct eg_page page);
struct eg_arg eg_page_offset(struct eg_page page);

#endif
