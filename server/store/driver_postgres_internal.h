/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_STORE_DRIVER_POSTGRES_INTERNAL_H
#define EG_SERVER_STORE_DRIVER_POSTGRES_INTERNAL_H
/** What the parts of the PostgreSQL back end share: one connection and its running statement. */
#include <libpq-fe.h>

#include "server/store/driver_ops.h"

enum {
    EG_PG_OID_BYTEA = 17, /* type numbers that never change (pg_type.dat) */
    EG_PG_OID_INT8 = 20,
    EG_PG_OID_TEXT = 25,
    EG_PG_OID_BYTEA_ARRAY = 1001,
    EG_PG_OID_TEXT_ARRAY = 1009,
    EG_PG_OID_INT8_ARRAY = 1016,
};

struct eg_pg {
    struct eg_db base;
    PGconn *conn;
    bool prepared[EG_SQL_COUNT];
    bool set_prepared[EG_SQL_COUNT]; /* the form for many items at once */
    PGresult *result;                /* of the running statement or NULL */
    int row;                         /* current row; -1 before the first */
    uint64_t changes;
};

/** End the running statement. */
void eg_pg_reset(struct eg_pg *p);
/** Status of a result that is no success (NULL: none came); keeps the server's words. */
eg_status eg_pg_failed(struct eg_pg *p, const PGresult *result);
bool eg_pg_result_ok(const PGresult *result);
/** Rows touched. */
uint64_t eg_pg_result_changes(PGresult *result);

/** Prepare a text under a name, unless *prepared says that it is. */
EG_MUST_USE eg_status eg_pg_prepare(struct eg_pg *p, const char *name, const char *text,
                                    const Oid *types, size_t count, bool *prepared);

/** eg_db_many() in pipeline mode. */
EG_MUST_USE eg_status eg_pg_many_piped(struct eg_pg *p, const struct eg_db_many *m);

/** Is there a form of this statement that takes all items at once (sql_sets.def)? */
bool eg_pg_has_set(enum eg_sql sql);
/** eg_db_many() by that form. */
EG_MUST_USE eg_status eg_pg_many_set(struct eg_pg *p, const struct eg_db_many *m);

/** The type that an argument has on the server. */
Oid eg_pg_oid(enum eg_arg_type type);

/** Arguments in the shape that libpq wants; they point into `args` and into `numbers`. */
struct eg_pg_args {
    const char *values[EG_DB_ARGS_MAX];
    int lengths[EG_DB_ARGS_MAX];
    int formats[EG_DB_ARGS_MAX];
    uint8_t numbers[EG_DB_ARGS_MAX][8];
};
void eg_pg_fill_args(const struct eg_arg *args, size_t count, struct eg_pg_args *out);

/** Name and types of a plain statement, prepared. */
enum { EG_PG_NAME_LEN = 16 };
void eg_pg_statement_name(enum eg_sql sql, char out[static EG_PG_NAME_LEN]);
EG_MUST_USE eg_status eg_pg_prepare_plain(struct eg_pg *p, enum eg_sql sql,
                                          const struct eg_arg *args, size_t count);

#endif
