/* SPDX-License-Identifier: Apache-2.0 */
/* One statement for many items in pipeline mode, in slices: 500 rows cost a few round trips. */
#include "server/store/driver_postgres_internal.h"

enum { PIPELINE_SLICE = 250 };

static eg_status send_slice(struct eg_pg *p, const struct eg_db_many *m, size_t from, size_t to)
{
    char name[EG_PG_NAME_LEN];

    eg_pg_statement_name(m->sql, name);
    for (size_t i = from; i < to; i++) {
        struct eg_arg args[EG_DB_ARGS_MAX] = {0};
        struct eg_pg_args a;

        m->bind(m->ctx, i, args);
        eg_pg_fill_args(args, m->arg_count, &a);
        if (PQsendQueryPrepared(p->conn, name, (int)m->arg_count, a.values, a.lengths, a.formats,
                                1) != 1) {
            return eg_pg_failed(p, NULL);
        }
    }
    return PQpipelineSync(p->conn) == 1 ? EG_OK : eg_pg_failed(p, NULL);
}

/* Rows and outcome of one item; takes the result. */
static eg_status take_result(struct eg_pg *p, const struct eg_db_many *m, size_t i,
                             PGresult *result)
{
    eg_status st = EG_OK;

    p->result = result;
    if (!eg_pg_result_ok(result)) {
        st = eg_pg_failed(p, result);
    }
    for (p->row = 0; eg_ok(st) && m->row != NULL && p->row < PQntuples(result); p->row++) {
        st = m->row(m->ctx, i, &p->base);
    }
    if (eg_ok(st) && m->done != NULL) {
        st = m->done(m->ctx, i, eg_pg_result_changes(result));
    }
    eg_pg_reset(p);
    return st;
}

/* Everything that was sent is read, also after an error, so that the connection is clean again. */
static eg_status read_slice(struct eg_pg *p, const struct eg_db_many *m, size_t from, size_t to)
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
    return synced || !eg_ok(st) ? st : eg_pg_failed(p, NULL);
}

eg_status eg_pg_many_piped(struct eg_pg *p, const struct eg_db_many *m)
{
    struct eg_arg first[EG_DB_ARGS_MAX] = {0};
    eg_status st;

    m->bind(m->ctx, 0, first);
    EG_TRY(eg_pg_prepare_plain(p, m->sql, first, m->arg_count));
    if (PQenterPipelineMode(p->conn) != 1) {
        return eg_pg_failed(p, NULL);
    }
    st = EG_OK;
    for (size_t from = 0; from < m->count && eg_ok(st); from += PIPELINE_SLICE) {
        size_t to = from + PIPELINE_SLICE < m->count ? from + PIPELINE_SLICE : m->count;
        eg_status sent = send_slice(p, m, from, to);

        st = eg_ok(sent) ? read_slice(p, m, from, to) : sent;
    }
    if (PQexitPipelineMode(p->conn) != 1 && eg_ok(st)) {
        st = eg_pg_failed(p, NULL);
    }
    return st;
}
