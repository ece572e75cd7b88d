/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_STORE_DRIVER_H
#define EG_SERVER_STORE_DRIVER_H
/**
 * One connection to a database, SQLite or PostgreSQL behind one small set of calls. Everything
 * above is written once: SQL with $1..$n, three types (64-bit integer, text, bytes).
 *
 * A connection runs one statement at a time: eg_db_query() begins one, eg_db_step() walks its rows,
 * eg_db_reset() ends it (walking to the end does so as well). Statements are prepared on first use
 * and kept per connection, by their place in the table of sql.h.
 *
 * Errors of all calls (as store.h): STORE_BUSY locked or deadlock; NAME_TAKEN a unique rule;
 * STORE_UNAVAILABLE connection or file gone; STORE_FULL; STORE_FAILED everything else.
 * eg_db_why() has the database's own words.
 *
 * Thread: one thread at a time per connection.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/span.h"
#include "server/store/sql.h"

struct eg_db;

enum eg_db_mode {
    EG_DB_WRITER = 1, /* SQLite: the only connection that writes and checkpoints */
    EG_DB_READER = 2, /* cannot write, never checkpoints */
};

enum { EG_DB_ARGS_MAX = 16, EG_DB_WHY_LEN = 256 };

/** url as in struct eg_store_options. Returns owned: eg_db_close(). why may be NULL. */
EG_MUST_USE eg_status eg_db_open(const char *url, enum eg_db_mode mode, struct eg_db **out,
                                 char *why, size_t why_room);
void eg_db_close(struct eg_db *db);

/** "sqlite" or "postgresql" for a url; NULL when it is neither. */
const char *eg_db_backend(const char *url);

/** Connection still usable? False after it was lost; then only close it. */
bool eg_db_alive(struct eg_db *db);
/** The database's words about the last error; "" if there was none. */
const char *eg_db_why(const struct eg_db *db);

/* ---- transactions ---------------------------------------------------------------------------- */

/** One or more statements without arguments and rows. */
EG_MUST_USE eg_status eg_db_exec(struct eg_db *db, const char *sql);

EG_MUST_USE eg_status eg_db_begin(struct eg_db *db);
/** On error nothing was stored, and no transaction is open (PostgreSQL: see store.h). */
EG_MUST_USE eg_status eg_db_commit(struct eg_db *db);
/** Never fails: a connection that cannot roll back is no longer alive. */
void eg_db_rollback(struct eg_db *db);
/** Is a transaction open? Some errors of SQLite end it. */
bool eg_db_in_transaction(struct eg_db *db);

EG_MUST_USE eg_status eg_db_savepoint(struct eg_db *db);
EG_MUST_USE eg_status eg_db_release(struct eg_db *db);
/** Undo everything since the savepoint and forget it. */
EG_MUST_USE eg_status eg_db_rollback_to(struct eg_db *db);

/* ---- arguments ------------------------------------------------------------------------------- */

enum eg_arg_type { EG_ARG_INT = 1, EG_ARG_TEXT = 2, EG_ARG_BYTES = 3 };

struct eg_arg {
    enum eg_arg_type type; /* also when null: PostgreSQL wants to know */
    bool null;
    int64_t num;
    struct eg_span bytes; /* text or bytes; borrowed until the statement was begun */
};

static inline struct eg_arg eg_arg_int(int64_t v)
{
    return (struct eg_arg){.type = EG_ARG_INT, .num = v};
}

/** NULL when v is `none`. */
static inline struct eg_arg eg_arg_int_or_null(int64_t v, int64_t none)
{
    return (struct eg_arg){.type = EG_ARG_INT, .null = v == none, .num = v};
}

/** NULL when text is NULL. */
static inline struct eg_arg eg_arg_text(const char *text)
{
    struct eg_arg a = {.type = EG_ARG_TEXT, .null = text == NULL};

    if (text != NULL) {
        a.bytes = eg_span_str(text);
    }
    return a;
}

static inline struct eg_arg eg_arg_bytes(struct eg_span bytes)
{
    return (struct eg_arg){.type = EG_ARG_BYTES, .bytes = bytes};
}

/* ---- statements ------------------------------------------------------------------------------ */

/** Begin a statement; its rows are walked with eg_db_step(). */
EG_MUST_USE eg_status eg_db_query(struct eg_db *db, enum eg_sql sql, const struct eg_arg *args,
                                  size_t count);
/** *out_row false: no more rows, the statement is over. */
EG_MUST_USE eg_status eg_db_step(struct eg_db *db, bool *out_row);
/** End a statement before its last row. Harmless when none runs. */
void eg_db_reset(struct eg_db *db);

/** A whole statement without rows; *out_changes (may be NULL) is the number of rows touched. */
EG_MUST_USE eg_status eg_db_run(struct eg_db *db, enum eg_sql sql, const struct eg_arg *args,
                                size_t count, uint64_t *out_changes);

/* Columns of the current row, from 0. Bytes live until the next step or reset. NULL: 0 or empty. */
bool eg_db_null(struct eg_db *db, int column);
int64_t eg_db_int(struct eg_db *db, int column);
struct eg_span eg_db_bytes(struct eg_db *db, int column);

/**
 * The same statement for many items: a loop on SQLite, pipeline mode on PostgreSQL (few round
 * trips). Callbacks may not use the connection except for the columns of the row.
 *   bind  fill args[0..arg_count-1] of item i; what they point to must live until eg_db_many() ends
 *   row   (may be NULL) for each row that item i yields
 *   done  (may be NULL) after item i, with the number of rows touched
 * A status other than EG_OK from row or done ends it and is returned (items after it may have run).
 */
struct eg_db_many {
    enum eg_sql sql;
    size_t count;
    size_t arg_count;
    void (*bind)(void *ctx, size_t i, struct eg_arg *args);
    eg_status (*row)(void *ctx, size_t i, struct eg_db *db);
    eg_status (*done)(void *ctx, size_t i, uint64_t changes);
    void *ctx;
};
EG_MUST_USE eg_status eg_db_many(struct eg_db *db, const struct eg_db_many *many);

/* ---- schema ---------------------------------------------------------------------------------- */

/**
 * Words that migrations use for what the two back ends call differently:
 *   {ID} primary key that counts up and is never reused, {ROW} the same for tables whose rows are
 *   never deleted (cheaper)   {INT} {TEXT} {BLOB} types
 *   {STRICT} behind a table   {CLUSTERED} behind a table that is its primary key
 *   {AS_IT_IS} a whole step: bodies of provisionings are stored without trying to compress them
 * and a statement that lets only one node migrate ("" if the transaction does that).
 */
struct eg_db_dialect {
    const char *id, *row, *int_type, *text, *blob, *strict, *clustered, *as_it_is;
    const char *lock_schema;
};
const struct eg_db_dialect *eg_db_dialect(const struct eg_db *db);

#endif
