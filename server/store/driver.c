/* SPDX-License-Identifier: Apache-2.0 */
#include "server/store/driver.h"

#include <stdio.h>
#include <string.h>

#include "server/store/driver_ops.h"

static const char sqlite_prefix[] = "sqlite:";
static const char *const postgres_prefixes[] = {"postgresql://", "postgres://"};

static bool has_prefix(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static bool is_postgres(const char *url)
{
    return has_prefix(url, postgres_prefixes[0]) || has_prefix(url, postgres_prefixes[1]);
}

const char *eg_db_backend(const char *url)
{
    if (has_prefix(url, sqlite_prefix) && url[strlen(sqlite_prefix)] != '\0') {
        return "sqlite";
    }
    return is_postgres(url) ? "postgresql" : NULL;
}

eg_status eg_db_open(const char *url, enum eg_db_mode mode, struct eg_db **out, char *why,
                     size_t why_room)
{
    *out = NULL;
    if (eg_db_backend(url) == NULL) {
        if (why != NULL) {
            (void)snprintf(why, why_room, "neither sqlite:PATH nor postgresql://...");
        }
        return EG_ERR(STORE_URL);
    }
    if (is_postgres(url)) {
        return eg_db_open_postgres(url, mode, out, why, why_room);
    }
    return eg_db_open_sqlite(url + strlen(sqlite_prefix), mode, out, why, why_room);
}

void eg_db_close(struct eg_db *db)
{
    if (db != NULL) {
        db->ops->close(db);
    }
}

bool eg_db_alive(struct eg_db *db)
{
    return db->ops->alive(db);
}

const char *eg_db_why(const struct eg_db *db)
{
    return db->why;
}

void eg_db_set_why(struct eg_db *db, const char *text)
{
    (void)snprintf(db->why, sizeof db->why, "%s", text);
    for (char *p = db->why; *p != '\0'; p++) {
        if (*p == '\n' || *p == '\r') {
            *p = ' ';
        }
    }
}

eg_status eg_db_exec(struct eg_db *db, const char *sql)
{
    return db->ops->exec(db, sql);
}

eg_status eg_db_begin(struct eg_db *db)
{
    return db->ops->exec(db, db->ops->begin);
}

eg_status eg_db_commit(struct eg_db *db)
{
    eg_status st = db->ops->exec(db, "COMMIT");

    if (!eg_ok(st)) {
        eg_db_rollback(db);
    }
    return st;
}

void eg_db_rollback(struct eg_db *db)
{
    char why[EG_DB_WHY_LEN];

    if (!db->ops->in_transaction(db)) {
        return;
    }
    memcpy(why, db->why, sizeof why); /* the cause matters more than the rollback's own words */
    if (eg_ok(db->ops->exec(db, "ROLLBACK"))) {
        memcpy(db->why, why, sizeof why);
    }
}

bool eg_db_in_transaction(struct eg_db *db)
{
    return db->ops->in_transaction(db);
}

eg_status eg_db_savepoint(struct eg_db *db)
{
    return db->ops->exec(db, "SAVEPOINT op");
}

eg_status eg_db_release(struct eg_db *db)
{
    return db->ops->exec(db, "RELEASE SAVEPOINT op");
}

eg_status eg_db_rollback_to(struct eg_db *db)
{
    return db->ops->exec(db, "ROLLBACK TO SAVEPOINT op; RELEASE SAVEPOINT op");
}

eg_status eg_db_query(struct eg_db *db, enum eg_sql sql, const struct eg_arg *args, size_t count)
{
    return db->ops->query(db, sql, args, count);
}

eg_status eg_db_step(struct eg_db *db, bool *out_row)
{
    return db->ops->step(db, out_row);
}

void eg_db_reset(struct eg_db *db)
{
    db->ops->reset(db);
}

eg_status eg_db_run(struct eg_db *db, enum eg_sql sql, const struct eg_arg *args, size_t count,
                    uint64_t *out_changes)
{
    bool row = true;

    EG_TRY(db->ops->query(db, sql, args, count));
    while (row) {
        EG_TRY(db->ops->step(db, &row));
    }
    if (out_changes != NULL) {
        *out_changes = db->ops->changes(db);
    }
    return EG_OK;
}

bool eg_db_null(struct eg_db *db, int column)
{
    return db->ops->null(db, column);
}

int64_t eg_db_int(struct eg_db *db, int column)
{
    return db->ops->get_int(db, column);
}

struct eg_span eg_db_bytes(struct eg_db *db, int column)
{
    return db->ops->get_bytes(db, column);
}

eg_status eg_db_many(struct eg_db *db, const struct eg_db_many *many)
{
    return many->count == 0 ? EG_OK : db->ops->many(db, many);
}

const struct eg_db_dialect *eg_db_dialect(const struct eg_db *db)
{
    return &db->ops->dialect;
}
