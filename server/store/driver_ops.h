/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_STORE_DRIVER_OPS_H
#define EG_SERVER_STORE_DRIVER_OPS_H
/** What a back end supplies to driver.c. Calls and errors as in driver.h. */
#include "server/store/driver.h"

struct eg_db_ops {
    const char *name;
    struct eg_db_dialect dialect;
    const char *begin; /* statement that opens a transaction */
    void (*close)(struct eg_db *db);
    bool (*alive)(struct eg_db *db);
    bool (*in_transaction)(struct eg_db *db);
    eg_status (*exec)(struct eg_db *db, const char *sql);
    eg_status (*query)(struct eg_db *db, enum eg_sql sql, const struct eg_arg *args, size_t count);
    eg_status (*step)(struct eg_db *db, bool *out_row);
    void (*reset)(struct eg_db *db);
    uint64_t (*changes)(struct eg_db *db); /* of the statement that just ended */
    bool (*null)(struct eg_db *db, int column);
    int64_t (*get_int)(struct eg_db *db, int column);
    struct eg_span (*get_bytes)(struct eg_db *db, int column);
    eg_status (*many)(struct eg_db *db, const struct eg_db_many *many);
};

/** First member of each back end's connection. */
struct eg_db {
    const struct eg_db_ops *ops;
    char why[EG_DB_WHY_LEN];
};

/** Keep the database's words, one line. */
void eg_db_set_why(struct eg_db *db, const char *text);

/** path: file name. *out is NULL on error; why as in eg_db_open(). */
EG_MUST_USE eg_status eg_db_open_sqlite(const char *path, enum eg_db_mode mode, struct eg_db **out,
                                        char *why, size_t why_room);
EG_MUST_USE eg_status eg_db_open_postgres(const char *url, enum eg_db_mode mode, struct eg_db **out,
                                          char *why, size_t why_room);

#endif
