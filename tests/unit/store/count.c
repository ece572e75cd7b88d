/* SPDX-License-Identifier: Apache-2.0 */
/* Look into the tables past the store, with the plain client libraries. */
#include <libpq-fe.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/store/store_test.h"

static int64_t count_sqlite(const char *path, const char *sql)
{
    sqlite3 *db;
    sqlite3_stmt *stmt;
    int64_t n;

    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    n = sqlite3_column_int64(stmt, 0);
    (void)sqlite3_finalize(stmt);
    (void)sqlite3_close(db);
    return n;
}

static int64_t count_postgres(const char *url, const char *sql)
{
    PGconn *conn = PQconnectdb(url);
    PGresult *r = PQexec(conn, sql);
    int64_t n;

    assert_int_equal(PQresultStatus(r), PGRES_TUPLES_OK);
    n = strtoll(PQgetvalue(r, 0, 0), NULL, 10);
    PQclear(r);
    PQfinish(conn);
    return n;
}

int64_t t_number(const char *url, const char *sql)
{
    return t_is_postgres() ? count_postgres(url, sql) : count_sqlite(url + strlen("sqlite:"), sql);
}

int64_t t_count(struct t_env *e, const char *table_and_condition)
{
    char sql[512];

    (void)snprintf(sql, sizeof sql, "SELECT count(*) FROM %s", table_and_condition);
    return t_number(e->url, sql);
}
