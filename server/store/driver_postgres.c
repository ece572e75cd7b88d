/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PostgreSQL back end over libpq. Statements are prepared once per connection; arguments and
 * results travel in binary form.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/store/driver_postgres_internal.h"

static struct eg_pg *self(struct eg_db *db)
{
    return (struct eg_pg *)db;
}

/* SQLSTATE (a prefix of it) to statuses. */
static const struct {
    const char *state;
    eg_status status;
} states[] = {
    {"23505", {EG_E_NAME_TAKEN}},        /* unique_violation */
    {"40001", {EG_E_STORE_BUSY}},        /* serialization_failure */
    {"40P01", {EG_E_STORE_BUSY}},        /* deadlock_detected */
    {"55P03", {EG_E_STORE_BUSY}},        /* lock_not_available */
    {"53100", {EG_E_STORE_FULL}},        /* disk_full */
    {"53", {EG_E_STORE_UNAVAILABLE}},    /* insufficient resources */
    {"57P", {EG_E_STORE_UNAVAILABLE}},   /* operator intervention */
    {"08", {EG_E_STORE_UNAVAILABLE}},    /* connection exception */
    {"25006", {EG_E_STORE_UNAVAILABLE}}, /* read-only: the server is a standby now */
    {"58", {EG_E_STORE_UNAVAILABLE}},    /* system error */
};

/* Without a SQLSTATE it was not the server that spoke: the connection broke under the statement. */
static eg_status classify(const char *state)
{
    if (state == NULL) {
        return EG_ERR(STORE_UNAVAILABLE);
    }
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
        if (strncmp(state, states[i].state, strlen(states[i].state)) == 0) {
            return states[i].status;
        }
    }
    return EG_ERR(STORE_FAILED);
}

eg_status eg_pg_failed(struct eg_pg *p, const PGresult *result)
{
    const char *state = result == NULL ? NULL : PQresultErrorField(result, PG_DIAG_SQLSTATE);

    if (PQstatus(p->conn) != CONNECTION_OK) {
        eg_db_set_why(&p->base, PQerrorMessage(p->conn));
        return EG_ERR(STORE_UNAVAILABLE);
    }
    eg_db_set_why(&p->base,
                  result == NULL ? PQerrorMessage(p->conn) : PQresultErrorMessage(result));
    return classify(state);
}

bool eg_pg_result_ok(const PGresult *result)
{
    ExecStatusType s = PQresultStatus(result);

    return s == PGRES_COMMAND_OK || s == PGRES_TUPLES_OK;
}

void eg_pg_reset(struct eg_pg *p)
{
    PQclear(p->result);
    p->result = NULL;
    p->row = -1;
}

static void pg_reset(struct eg_db *db)
{
    eg_pg_reset(self(db));
}

static void pg_close(struct eg_db *db)
{
    pg_reset(db);
    PQfinish(self(db)->conn);
    free(self(db));
}

static bool pg_alive(struct eg_db *db)
{
    /* a pipeline that could not be left makes the connection useless */
    return PQstatus(self(db)->conn) == CONNECTION_OK &&
           PQpipelineStatus(self(db)->conn) == PQ_PIPELINE_OFF;
}

static bool pg_in_transaction(struct eg_db *db)
{
    PGTransactionStatusType t = PQtransactionStatus(self(db)->conn);

    return t == PQTRANS_INTRANS || t == PQTRANS_INERROR || t == PQTRANS_ACTIVE;
}

static eg_status pg_exec(struct eg_db *db, const char *sql)
{
    struct eg_pg *p = self(db);
    PGresult *result;
    eg_status st = EG_OK;

    pg_reset(db);
    result = PQexec(p->conn, sql);
    if (!eg_pg_result_ok(result)) {
        st = eg_pg_failed(p, result);
    } else if (strcmp(sql, "COMMIT") == 0 && strcmp(PQcmdStatus(result), "COMMIT") != 0) {
        /* COMMIT of an aborted transaction answers ROLLBACK */
        eg_db_set_why(db, "the transaction was rolled back");
        st = EG_ERR(STORE_UNAVAILABLE);
    }
    PQclear(result);
    return st;
}

void eg_pg_statement_name(enum eg_sql sql, char out[static EG_PG_NAME_LEN])
{
    (void)snprintf(out, EG_PG_NAME_LEN, "eg%d", (int)sql);
}

Oid eg_pg_oid(enum eg_arg_type type)
{
    switch (type) {
    case EG_ARG_INT:
        return EG_PG_OID_INT8;
    case EG_ARG_TEXT:
        return EG_PG_OID_TEXT;
    case EG_ARG_BYTES:
        break;
    }
    return EG_PG_OID_BYTEA;
}

eg_status eg_pg_prepare(struct eg_pg *p, const char *name, const char *text, const Oid *types,
                        size_t count, bool *prepared)
{
    eg_status st = EG_OK;

    if (*prepared) {
        return EG_OK;
    }
    PGresult *result = PQprepare(p->conn, name, text, (int)count, types);
    if (!eg_pg_result_ok(result)) {
        st = eg_pg_failed(p, result);
    }
    PQclear(result);
    *prepared = eg_ok(st);
    return st;
}

eg_status eg_pg_prepare_plain(struct eg_pg *p, enum eg_sql sql, const struct eg_arg *args,
                              size_t count)
{
    Oid types[EG_DB_ARGS_MAX];
    char name[EG_PG_NAME_LEN];

    for (size_t i = 0; i < count; i++) {
        types[i] = eg_pg_oid(args[i].type);
    }
    eg_pg_statement_name(sql, name);
    return eg_pg_prepare(p, name, eg_sql_text(sql), types, count, &p->prepared[sql]);
}

void eg_pg_fill_args(const struct eg_arg *args, size_t count, struct eg_pg_args *out)
{
    static const char empty[1] = "";

    for (size_t i = 0; i < count; i++) {
        const struct eg_arg *a = &args[i];

        out->formats[i] = 1;
        if (a->null) {
            out->values[i] = NULL;
            out->lengths[i] = 0;
        } else if (a->type == EG_ARG_INT) {
            eg_store_be32(out->numbers[i], (uint32_t)((uint64_t)a->num >> 32));
            eg_store_be32(out->numbers[i] + 4, (uint32_t)(uint64_t)a->num);
            out->values[i] = (const char *)out->numbers[i];
            out->lengths[i] = 8;
        } else {
            out->values[i] = a->bytes.len == 0 ? empty : (const char *)a->bytes.ptr;
            out->lengths[i] = (int)a->bytes.len;
        }
    }
}

uint64_t eg_pg_result_changes(PGresult *result)
{
    const char *text = PQcmdTuples(result);

    return *text == '\0' ? 0 : strtoull(text, NULL, 10);
}

static eg_status pg_query(struct eg_db *db, enum eg_sql sql, const struct eg_arg *args,
                          size_t count)
{
    struct eg_pg *p = self(db);
    struct eg_pg_args a;
    char name[EG_PG_NAME_LEN];

    pg_reset(db);
    EG_TRY(eg_pg_prepare_plain(p, sql, args, count));
    eg_pg_fill_args(args, count, &a);
    eg_pg_statement_name(sql, name);
    p->result = PQexecPrepared(p->conn, name, (int)count, a.values, a.lengths, a.formats, 1);
    if (!eg_pg_result_ok(p->result)) {
        eg_status st = eg_pg_failed(p, p->result);

        pg_reset(db);
        return st;
    }
    p->changes = eg_pg_result_changes(p->result);
    return EG_OK;
}

static eg_status pg_step(struct eg_db *db, bool *out_row)
{
    struct eg_pg *p = self(db);

    *out_row = p->result != NULL && ++p->row < PQntuples(p->result);
    if (!*out_row) {
        pg_reset(db);
    }
    return EG_OK;
}

static uint64_t pg_changes(struct eg_db *db)
{
    return self(db)->changes;
}

static bool pg_null(struct eg_db *db, int column)
{
    return PQgetisnull(self(db)->result, self(db)->row, column) != 0;
}

static struct eg_span pg_bytes(struct eg_db *db, int column)
{
    struct eg_pg *p = self(db);

    return eg_span(PQgetvalue(p->result, p->row, column),
                   (size_t)PQgetlength(p->result, p->row, column));
}

/* Integers come in 1 (boolean), 2, 4 or 8 bytes, big endian. */
static int64_t pg_int(struct eg_db *db, int column)
{
    struct eg_span b = pg_bytes(db, column);
    uint64_t v = b.len > 0 && (b.ptr[0] & 0x80) != 0 && b.len > 1 ? UINT64_MAX : 0;

    for (size_t i = 0; i < b.len && i < 8; i++) {
        v = (v << 8) | b.ptr[i];
    }
    return (int64_t)v;
}

/* ---- many items -------------------------------------------------------------------------------
 */

static eg_status pg_many(struct eg_db *db, const struct eg_db_many *m)
{
    struct eg_pg *p = self(db);

    eg_pg_reset(p);
    return m->count > 1 && eg_pg_has_set(m->sql) ? eg_pg_many_set(p, m) : eg_pg_many_piped(p, m);
}

static const struct eg_db_ops ops = {
    .name = "postgresql",
    .dialect =
        {
            .id = "BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY",
            .row = "BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY",
            .int_type = "BIGINT",
            .text = "TEXT",
            .blob = "BYTEA",
            .strict = "",
            .clustered = "",
            .as_it_is = "ALTER TABLE provisioning ALTER COLUMN body SET STORAGE EXTERNAL",
            .lock_schema = "SELECT pg_advisory_xact_lock(5641238709)",
        },
    .begin = "BEGIN",
    .close = pg_close,
    .alive = pg_alive,
    .in_transaction = pg_in_transaction,
    .exec = pg_exec,
    .query = pg_query,
    .step = pg_step,
    .reset = pg_reset,
    .changes = pg_changes,
    .null = pg_null,
    .get_int = pg_int,
    .get_bytes = pg_bytes,
    .many = pg_many,
};

static void ignore_notice(void *ctx, const PGresult *result)
{
    (void)ctx;
    (void)result;
}

/* Every statement of ours has its index. Plans are made once, often while a table is still empty,
 * when the planner would rather read it whole: it may not, and must not compile such a plan, nor
 * start workers for it. */
#define BY_INDEX                                                                                   \
    "SET enable_seqscan=off; SET enable_bitmapscan=off; SET enable_sort=off; SET jit=off;"         \
    "SET enable_mergejoin=off; SET enable_hashjoin=off; SET max_parallel_workers_per_gather=0;"

/* An answer leaves after its commit is on disk, so "off" is not for us; stricter settings stay. */
static const char writer_setup[] = BY_INDEX "SET lock_timeout=5000;"
                                            "SET idle_in_transaction_session_timeout=60000;"
                                            "SELECT set_config('synchronous_commit', 'on', false)"
                                            " WHERE current_setting('synchronous_commit') = 'off'";
static const char reader_setup[] =
    BY_INDEX "SET default_transaction_read_only=on; SET lock_timeout=5000";

static PGconn *connect_to(const char *url)
{
    /* what the URL says wins over the first entries, it comes last and is expanded */
    static const char *const keys[] = {"connect_timeout", "application_name", "dbname", NULL};
    const char *const values[] = {"5", "engraved", url, NULL};

    return PQconnectdbParams(keys, values, 1);
}

eg_status eg_db_open_postgres(const char *url, enum eg_db_mode mode, struct eg_db **out, char *why,
                              size_t why_room)
{
    struct eg_pg *p = calloc(1, sizeof *p);
    eg_status st = EG_ERR(STORE_UNAVAILABLE);

    *out = NULL;
    if (p == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    p->base.ops = &ops;
    p->row = -1;
    p->conn = connect_to(url);
    if (PQstatus(p->conn) == CONNECTION_OK) {
        (void)PQsetNoticeReceiver(p->conn, ignore_notice, NULL);
        st = pg_exec(&p->base, mode == EG_DB_WRITER ? writer_setup : reader_setup);
    }
    if (!eg_ok(st)) {
        if (why != NULL) {
            (void)snprintf(why, why_room, "%s", PQerrorMessage(p->conn));
        }
        pg_close(&p->base);
        return st;
    }
    *out = &p->base;
    return EG_OK;
}
