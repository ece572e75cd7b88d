/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SQLite back end. WAL, synchronous=FULL. SQLite before 3.51.3 can corrupt a database in a rare
 * race between a checkpoint and a reset of the WAL when several connections checkpoint; so exactly
 * one connection, the writer, ever checkpoints: readers are query_only, have automatic checkpoints
 * off and do not checkpoint on close.
 */
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/store/driver_ops.h"

struct sqlite_stmt {
    sqlite3_stmt *handle;
    int index[EG_DB_ARGS_MAX]; /* of $1, $2, ...; 0: not used by the statement */
};

struct sqlite_db {
    struct eg_db base;
    sqlite3 *handle;
    struct sqlite_stmt stmts[EG_SQL_COUNT];
    sqlite3_stmt *current; /* running statement or NULL */
    bool row_waiting;      /* query() has stepped already */
    bool at_end;
};

static struct sqlite_db *self(struct eg_db *db)
{
    return (struct sqlite_db *)db;
}

/* Result codes to statuses; extended codes first. */
static eg_status classify(int rc)
{
    if (rc == SQLITE_CONSTRAINT_UNIQUE || rc == SQLITE_CONSTRAINT_PRIMARYKEY) {
        return EG_ERR(NAME_TAKEN);
    }
    switch (rc & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
        return EG_OK;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return EG_ERR(STORE_BUSY);
    case SQLITE_FULL:
        return EG_ERR(STORE_FULL);
    case SQLITE_NOMEM:
        return EG_ERR(NO_MEMORY);
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
        return EG_ERR(STORE_UNAVAILABLE);
    default:
        return EG_ERR(STORE_FAILED);
    }
}

static eg_status failed(struct sqlite_db *s, int rc)
{
    eg_db_set_why(&s->base, sqlite3_errmsg(s->handle));
    return classify(rc);
}

static void sqlite_reset(struct eg_db *db)
{
    struct sqlite_db *s = self(db);

    if (s->current != NULL) {
        (void)sqlite3_reset(s->current);
        s->current = NULL;
    }
    s->row_waiting = false;
    s->at_end = false;
}

static void sqlite_close(struct eg_db *db)
{
    struct sqlite_db *s = self(db);

    sqlite_reset(db);
    for (size_t i = 0; i < EG_SQL_COUNT; i++) {
        (void)sqlite3_finalize(s->stmts[i].handle);
    }
    (void)sqlite3_close(s->handle);
    free(s);
}

static bool sqlite_alive(struct eg_db *db)
{
    (void)db; /* a file does not hang up */
    return true;
}

static bool sqlite_in_transaction(struct eg_db *db)
{
    return sqlite3_get_autocommit(self(db)->handle) == 0;
}

static eg_status sqlite_exec(struct eg_db *db, const char *sql)
{
    struct sqlite_db *s = self(db);
    int rc;

    sqlite_reset(db);
    rc = sqlite3_exec(s->handle, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK ? EG_OK : failed(s, rc);
}

static eg_status prepare(struct sqlite_db *s, enum eg_sql sql, struct sqlite_stmt **out)
{
    struct sqlite_stmt *stmt = &s->stmts[sql];
    int rc;

    *out = stmt;
    if (stmt->handle != NULL) {
        return EG_OK;
    }
    rc = sqlite3_prepare_v3(s->handle, eg_sql_text(sql), -1, SQLITE_PREPARE_PERSISTENT,
                            &stmt->handle, NULL);
    if (rc != SQLITE_OK) {
        return failed(s, rc);
    }
    for (int i = 0; i < EG_DB_ARGS_MAX; i++) {
        char name[8];

        (void)snprintf(name, sizeof name, "$%d", i + 1);
        stmt->index[i] = sqlite3_bind_parameter_index(stmt->handle, name);
    }
    return EG_OK;
}

static int bind_one(sqlite3_stmt *handle, int index, const struct eg_arg *a)
{
    static const char empty[1] = "";
    const void *ptr = a->bytes.len == 0 ? empty : (const void *)a->bytes.ptr;

    if (index == 0) {
        return SQLITE_OK;
    }
    if (a->null) {
        return sqlite3_bind_null(handle, index);
    }
    if (a->type == EG_ARG_INT) {
        return sqlite3_bind_int64(handle, index, a->num);
    }
    if (a->type == EG_ARG_TEXT) {
        return sqlite3_bind_text64(handle, index, ptr, a->bytes.len, SQLITE_STATIC, SQLITE_UTF8);
    }
    return sqlite3_bind_blob64(handle, index, ptr, a->bytes.len, SQLITE_STATIC);
}

/* Steps once at once, so that borrowed arguments are used while they live: rows of writing
 * statements are complete after the first step, and reading ones never look at freed memory since
 * every caller keeps its arguments until it has walked the rows. */
static eg_status sqlite_query(struct eg_db *db, enum eg_sql sql, const struct eg_arg *args,
                              size_t count)
{
    struct sqlite_db *s = self(db);
    struct sqlite_stmt *stmt;
    int rc = SQLITE_OK;

    sqlite_reset(db);
    EG_TRY(prepare(s, sql, &stmt));
    for (size_t i = 0; i < count && rc == SQLITE_OK; i++) {
        rc = bind_one(stmt->handle, stmt->index[i], &args[i]);
    }
    if (rc != SQLITE_OK) {
        return failed(s, rc);
    }
    rc = sqlite3_step(stmt->handle);
    if (rc != SQLITE_ROW && rc != SQLITE_DONE) {
        eg_status st = failed(s, sqlite3_extended_errcode(s->handle));

        (void)sqlite3_reset(stmt->handle);
        return st;
    }
    s->current = stmt->handle;
    s->row_waiting = rc == SQLITE_ROW;
    s->at_end = rc == SQLITE_DONE;
    return EG_OK;
}

static eg_status sqlite_step(struct eg_db *db, bool *out_row)
{
    struct sqlite_db *s = self(db);
    int rc = SQLITE_DONE;

    *out_row = false;
    if (s->row_waiting) {
        s->row_waiting = false;
        *out_row = true;
        return EG_OK;
    }
    if (s->current != NULL && !s->at_end) {
        rc = sqlite3_step(s->current);
    }
    if (rc == SQLITE_ROW) {
        *out_row = true;
        return EG_OK;
    }
    if (rc != SQLITE_DONE) {
        eg_status st = failed(s, sqlite3_extended_errcode(s->handle));

        sqlite_reset(db);
        return st;
    }
    sqlite_reset(db);
    return EG_OK;
}

static uint64_t sqlite_changes(struct eg_db *db)
{
    return (uint64_t)sqlite3_changes64(self(db)->handle);
}

static bool sqlite_null(struct eg_db *db, int column)
{
    return sqlite3_column_type(self(db)->current, column) == SQLITE_NULL;
}

static int64_t sqlite_int(struct eg_db *db, int column)
{
    return sqlite3_column_int64(self(db)->current, column);
}

static struct eg_span sqlite_bytes(struct eg_db *db, int column)
{
    sqlite3_stmt *stmt = self(db)->current;
    const void *ptr = sqlite3_column_blob(stmt, column);

    return eg_span(ptr, (size_t)sqlite3_column_bytes(stmt, column));
}

static eg_status many_one(struct eg_db *db, const struct eg_db_many *m, size_t i)
{
    struct eg_arg args[EG_DB_ARGS_MAX] = {0};
    bool row = true;

    m->bind(m->ctx, i, args);
    EG_TRY(sqlite_query(db, m->sql, args, m->arg_count));
    while (row) {
        EG_TRY(sqlite_step(db, &row));
        if (row && m->row != NULL) {
            EG_TRY(m->row(m->ctx, i, db));
        }
    }
    return m->done == NULL ? EG_OK : m->done(m->ctx, i, sqlite_changes(db));
}

/* A reader's statements share one transaction: each alone would take and drop the lock on the WAL,
 * two system calls, and could see another state of the database than the one before it. */
static eg_status sqlite_many(struct eg_db *db, const struct eg_db_many *m)
{
    bool alone = m->count > 1 && !sqlite_in_transaction(db);
    eg_status st = alone ? sqlite_exec(db, "BEGIN") : EG_OK;

    for (size_t i = 0; i < m->count && eg_ok(st); i++) {
        st = many_one(db, m, i);
    }
    sqlite_reset(db);
    if (alone && sqlite_in_transaction(db)) {
        eg_status ended = sqlite_exec(db, "COMMIT"); /* nothing was written */
        st = eg_ok(st) ? ended : st;
    }
    return st;
}

static const struct eg_db_ops ops = {
    .name = "sqlite",
    .dialect =
        {
            .id = "INTEGER PRIMARY KEY AUTOINCREMENT",
            .row = "INTEGER PRIMARY KEY",
            .int_type = "INTEGER",
            .text = "TEXT",
            .blob = "BLOB",
            .strict = "STRICT",
            .clustered = "STRICT, WITHOUT ROWID",
            .as_it_is = "",
            .lock_schema = "",
        },
    .begin = "BEGIN IMMEDIATE",
    .close = sqlite_close,
    .alive = sqlite_alive,
    .in_transaction = sqlite_in_transaction,
    .exec = sqlite_exec,
    .query = sqlite_query,
    .step = sqlite_step,
    .reset = sqlite_reset,
    .changes = sqlite_changes,
    .null = sqlite_null,
    .get_int = sqlite_int,
    .get_bytes = sqlite_bytes,
    .many = sqlite_many,
};

/* page_size works on a new file only, and only before WAL is on. */
static const char writer_setup[] = "PRAGMA page_size=8192;"
                                   "PRAGMA journal_mode=WAL;"
                                   "PRAGMA synchronous=FULL;"
                                   "PRAGMA foreign_keys=ON;"
                                   "PRAGMA temp_store=MEMORY;"
                                   "PRAGMA cache_size=-16384;"       /* KiB */
                                   "PRAGMA wal_autocheckpoint=8000;" /* pages: 64 MiB */
                                   "PRAGMA journal_size_limit=134217728;";
static const char reader_setup[] = "PRAGMA query_only=ON;"
                                   "PRAGMA wal_autocheckpoint=0;"
                                   "PRAGMA temp_store=MEMORY;"
                                   "PRAGMA cache_size=-2048;";

static eg_status set_up(struct sqlite_db *s, enum eg_db_mode mode)
{
    (void)sqlite3_extended_result_codes(s->handle, 1);
    (void)sqlite3_busy_timeout(s->handle, 5000);
    if (mode == EG_DB_WRITER) {
        return sqlite_exec(&s->base, writer_setup);
    }
    if (sqlite3_db_config(s->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL) != SQLITE_OK) {
        return EG_ERR(STORE_FAILED);
    }
    return sqlite_exec(&s->base, reader_setup);
}

/* Memory statistics cost a lock per allocation and nobody reads them. */
static void configure(void)
{
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

eg_status eg_db_open_sqlite(const char *path, enum eg_db_mode mode, struct eg_db **out, char *why,
                            size_t why_room)
{
    /* A reader opens for writing too: it must be able to map the WAL index; query_only binds it. */
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
                (mode == EG_DB_WRITER ? SQLITE_OPEN_CREATE : 0);
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct sqlite_db *s = calloc(1, sizeof *s);
    eg_status st;
    int rc;

    *out = NULL;
    if (s == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    (void)pthread_once(&once, configure);
    s->base.ops = &ops;
    rc = sqlite3_open_v2(path, &s->handle, flags, NULL);
    st = rc == SQLITE_OK ? set_up(s, mode) : failed(s, rc);
    if (!eg_ok(st)) {
        if (why != NULL) {
            (void)snprintf(why, why_room, "%s: %s", path, sqlite3_errmsg(s->handle));
        }
        sqlite_close(&s->base);
        return st;
    }
    *out = &s->base;
    return EG_OK;
}
