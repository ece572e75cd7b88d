/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PostgreSQL back end over libpq. Statements are prepared once per connection; arguments and
 * results travel in binary form. eg_db_many() uses pipeline mode in slices, so that 500 rows cost a
 * few round trips.
 */
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/store/driver_ops.h"

enum {
    OID_BYTEA = 17, /* type numbers that never change (pg_type.dat) */
    OID_INT8 = 20,
    OID_TEXT = 25,
    PIPELINE_SLICE = 250,
    NAME_LEN = 16,
};

struct pg_db {
    struct eg_db base;
    PGconn *conn;
    bool prepared[EG_SQL_COUNT];
    PGresult *result; /* of the running statement or NULL */
    int row;          /* current row; -1 before the first */
    uint64_t changes;
};

/* Arguments in the shape that libpq wants. */
struct pg_args {
    const char *values[EG_DB_ARGS_MAX];
    int lengths[EG_DB_ARGS_MAX];
    int formats[EG_DB_ARGS_MAX];
    uint8_t numbers[EG_DB_ARGS_MAX][8];
};

static struct pg_db *self(struct eg_db *db)
{
    return (struct pg_db *)db;
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

static eg_status failed(struct pg_db *p, const PGresult *result)
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

static bool result_ok(const PGresult *result)
{
    ExecStatusType s = PQresultStatus(result);

    return s == PGRES_COMMAND_OK || s == PGRES_TUPLES_OK;
}

static void pg_reset(struct eg_db *db)
{
    struct pg_db *p = self(db);

    PQclear(p->result);
    p->result = NULL;
    p->row = -1;
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
    struct pg_db *p = self(db);
    PGresult *result;
    eg_status st = EG_OK;

    pg_reset(db);
    result = PQexec(p->conn, sql);
    if (!result_ok(result)) {
        st = failed(p, result);
    } else if (strcmp(sql, "COMMIT") == 0 && strcmp(PQcmdStatus(result), "COMMIT") != 0) {
        /* COMMIT of an aborted transaction answers ROLLBACK */
        eg_db_set_why(db, "the transaction was rolled back");
        st = EG_ERR(STORE_UNAVAILABLE);
    }
    PQclear(result);
    return st;
}

static void statement_name(enum eg_sql sql, char out[static NAME_LEN])
{
    (void)snprintf(out, NAME_LEN, "eg%d", (int)sql);
}

static Oid type_oid(enum eg_arg_type type)
{
    switch (type) {
    case EG_ARG_INT:
        return OID_INT8;
    case EG_ARG_TEXT:
        return OID_TEXT;
    case EG_ARG_BYTES:
        break;
    }
    return OID_BYTEA;
}

static eg_status prepare(struct pg_db *p, enum eg_sql sql, const struct eg_arg *args, size_t count)
{
    Oid types[EG_DB_ARGS_MAX];
    char name[NAME_LEN];
    PGresult *result;
    eg_status st = EG_OK;

    if (p->prepared[sql]) {
        return EG_OK;
    }
    for (size_t i = 0; i < count; i++) {
        types[i] = type_oid(args[i].type);
    }
    statement_name(sql, name);
    result = PQprepare(p->conn, name, eg_sql_text(sql), (int)count, types);
    if (!result_ok(result)) {
        st = failed(p, result);
    }
    PQclear(result);
    p->prepared[sql] = eg_ok(st);
    return st;
}

static void fill_args(const struct eg_arg *args, size_t count, struct pg_args *out)
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

static uint64_t result_changes(PGresult *result)
{
    const char *text = PQcmdTuples(result);

    return *text == '\0' ? 0 : strtoull(text, NULL, 10);
}

static eg_status pg_query(struct eg_db *db, enum eg_sql sql, const struct eg_arg *args,
                          size_t count)
{
    struct pg_db *p = self(db);
    struct pg_args a;
    char name[NAME_LEN];

    pg_reset(db);
    EG_TRY(prepare(p, sql, args, count));
    fill_args(args, count, &a);
    statement_name(sql, name);
    p->result = PQexecPrepared(p->conn, name, (int)count, a.values, a.lengths, a.formats, 1);
    if (!result_ok(p->result)) {
        eg_status st = failed(p, p->result);

        pg_reset(db);
        return st;
    }
    p->changes = result_changes(p->result);
    return EG_OK;
}

static eg_status pg_step(struct eg_db *db, bool *out_row)
{
    struct pg_db *p = self(db);

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
    struct pg_db *p = self(db);

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

/* ---- pipeline ---------------------------------------------------------------------------------
 */

static eg_status send_slice(struct pg_db *p, const struct eg_db_many *m, size_t from, size_t to)
{
    char name[NAME_LEN];

    statement_name(m->sql, name);
    for (size_t i = from; i < to; i++) {
        struct eg_arg args[EG_DB_ARGS_MAX] = {0};
        struct pg_args a;

        m->bind(m->ctx, i, args);
        fill_args(args, m->arg_count, &a);
        if (PQsendQueryPrepared(p->conn, name, (int)m->arg_count, a.values, a.lengths, a.formats,
                                1) != 1) {
            return failed(p, NULL);
        }
    }
    return PQpipelineSync(p->conn) == 1 ? EG_OK : failed(p, NULL);
}

/* Rows and outcome of one item; takes the result. */
static eg_status take_result(struct pg_db *p, const struct eg_db_many *m, size_t i,
                             PGresult *result)
{
    eg_status st = EG_OK;

    p->result = result;
    if (!result_ok(result)) {
        st = failed(p, result);
    }
    for (p->row = 0; eg_ok(st) && m->row != NULL && p->row < PQntuples(result); p->row++) {
        st = m->row(m->ctx, i, &p->base);
    }
    if (eg_ok(st) && m->done != NULL) {
        st = m->done(m->ctx, i, result_changes(result));
    }
    pg_reset(&p->base);
    return st;
}

/* Everything that was sent is read, also after an error, so that the connection is clean again. */
static eg_status read_slice(struct pg_db *p, const struct eg_db_many *m, size_t from, size_t to)
{
    eg_status st = EG_OK;
    bool synced = false;
    size_t i = from;

    while (!synced && PQstatus(p->conn) == CONNECTION_OK) {
        PGresult *result = PQgetResult(p->conn);

        if (result == NULL) { /* the end of one item */
            i++;
            if (i > to + 1) {
                break;
            }
        } else if (PQresultStatus(result) == PGRES_PIPELINE_SYNC) {
            synced = true;
            PQclear(result);
        } else if (eg_ok(st)) {
            st = take_result(p, m, i, result);
        } else {
            PQclear(result);
        }
    }
    return synced || !eg_ok(st) ? st : failed(p, NULL);
}

static eg_status pg_many(struct eg_db *db, const struct eg_db_many *m)
{
    struct pg_db *p = self(db);
    struct eg_arg first[EG_DB_ARGS_MAX] = {0};
    eg_status st;

    pg_reset(db);
    m->bind(m->ctx, 0, first);
    EG_TRY(prepare(p, m->sql, first, m->arg_count));
    if (PQenterPipelineMode(p->conn) != 1) {
        return failed(p, NULL);
    }
    st = EG_OK;
    for (size_t from = 0; from < m->count && eg_ok(st); from += PIPELINE_SLICE) {
        size_t to = from + PIPELINE_SLICE < m->count ? from + PIPELINE_SLICE : m->count;
        eg_status sent = send_slice(p, m, from, to);

        st = eg_ok(sent) ? read_slice(p, m, from, to) : sent;
    }
    if (PQexitPipelineMode(p->conn) != 1 && eg_ok(st)) {
        st = failed(p, NULL);
    }
    return st;
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
 * when the planner would rather read it whole: it may not, and must not compile such a plan. */
#define BY_INDEX                                                                                   \
    "SET enable_seqscan=off; SET enable_bitmapscan=off; SET enable_sort=off; SET jit=off;"         \
    "SET enable_mergejoin=off; SET enable_hashjoin=off;"

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
    struct pg_db *p = calloc(1, sizeof *p);
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
