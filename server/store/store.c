/* SPDX-License-Identifier: Apache-2.0 */
#include "server/store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/store/memo.h"
#include "server/store/migrations.h"
#include "server/store/store_internal.h"

static eg_status start(struct eg_store *s, const struct eg_store_options *o, char *why,
                       size_t why_room)
{
    uint32_t readers = o->readers == 0 ? EG_STORE_READERS_DEFAULT : o->readers;
    uint32_t queue_max = o->queue_max == 0 ? EG_STORE_QUEUE_MAX : o->queue_max;
    struct eg_db *db = NULL;
    eg_status st;

    EG_TRY(eg_db_open(s->url, EG_DB_WRITER, &db, why, why_room));
    s->backend = eg_db_backend(s->url);
    EG_TRY_GOTO(st, fail, eg_schema_migrate(db, NULL));
    EG_TRY_GOTO(st, fail,
                eg_readers_new(s->url,
                               readers < EG_STORE_READERS_MAX ? readers : EG_STORE_READERS_MAX,
                               &s->readers));
    EG_TRY_GOTO(st, fail, eg_writer_start(db, s->url, queue_max, &s->writer));
    return EG_OK;
fail:
    if (why != NULL && why_room > 0) {
        (void)snprintf(why, why_room, "%s",
                       eg_is(st, EG_E_STORE_SCHEMA) ? "the schema is newer" : eg_db_why(db));
    }
    eg_db_close(db);
    return st;
}

eg_status eg_store_open(const struct eg_store_options *options, struct eg_store **out, char *why,
                        size_t why_room)
{
    struct eg_store *s = calloc(1, sizeof *s);
    eg_status st = EG_ERR(NO_MEMORY);

    *out = NULL;
    if (s != NULL && (s->url = strdup(options->url)) != NULL &&
        (s->marks = eg_page_marks_new()) != NULL) {
        st = start(s, options, why, why_room);
    }
    if (!eg_ok(st)) {
        eg_store_close(s);
        return st;
    }
    *out = s;
    return EG_OK;
}

/* The writer goes last: closing the last SQLite connection checkpoints, which only it may do. */
void eg_store_close(struct eg_store *store)
{
    if (store == NULL) {
        return;
    }
    eg_readers_free(store->readers);
    eg_writer_stop(store->writer);
    eg_page_marks_free(store->marks);
    free(store->url);
    free(store);
}

const char *eg_store_backend(const struct eg_store *store)
{
    return store->backend;
}

eg_status eg_store_write(struct eg_store *store, eg_op_fn fn, void *arg)
{
    struct eg_memo_write with_memo = {fn, arg, eg_memo_take()};

    return with_memo.memo == NULL ? eg_writer_submit(store->writer, fn, arg)
                                  : eg_writer_submit(store->writer, eg_memo_op, &with_memo);
}

eg_status eg_store_read(struct eg_store *store, eg_op_fn fn, void *arg)
{
    for (int attempt = 0;; attempt++) {
        struct eg_db *db;
        eg_status st;
        bool dead;

        EG_TRY(eg_readers_borrow(store->readers, &db));
        st = fn(db, arg);
        dead = !eg_db_alive(db);
        eg_readers_return(store->readers, db);
        if (!dead || attempt == EG_STORE_READERS_MAX) {
            return st;
        }
    }
}

static eg_status op_ping(struct eg_db *db, void *arg)
{
    (void)arg;
    return eg_db_run(db, EG_SQL_PING, NULL, 0, NULL);
}

eg_status eg_store_check(struct eg_store *store)
{
    return eg_store_read(store, op_ping, NULL);
}

void eg_store_counters(struct eg_store *store, struct eg_store_counters *out)
{
    eg_writer_counters(store->writer, out);
}

void eg_store_why(struct eg_store *store, char *out, size_t room)
{
    eg_writer_why(store->writer, out, room);
}

eg_status eg_store_name_check(const char *name)
{
    size_t len = strlen(name);

    return len >= 1 && len <= EG_NAME_LEN_MAX ? EG_OK : EG_ERR(NAME_INVALID);
}
