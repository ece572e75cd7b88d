/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_STORE_STORE_H
#define EG_SERVER_STORE_STORE_H
/**
 * The database of the service as typed operations; docs/formats/database.md describes the tables.
 * This header opens and closes it; the operations are in store_admin.h, store_catalog.h,
 * store_device.h, store_job.h and store_provisioning.h.
 *
 * Rules for all operations
 *   Threads  every call may be made from any thread at any time; it blocks the caller.
 *   Writes   run on the one writer thread, many in one transaction (group commit), each in a
 *            savepoint. When the call returns EG_OK the change is on disk.
 *   Reads    use a read connection of their own and see everything that was committed before.
 *   Results  are put into the arena given by the caller and live until eg_arena_cleanup(). Texts
 *            are NUL-terminated and never NULL unless said otherwise. Lists are paged.
 *   Time     now_s comes from the caller: seconds since 1970-01-01 UTC.
 *   Company  every operation sees only what belongs to the company it names; what belongs to
 *            another one is "not found".
 *   Secrets  only wrapped ones pass through here.
 *
 * Errors of all operations, besides their own
 *   STORE_BUSY         the queue is full or the database is locked; nothing changed.
 *   STORE_UNAVAILABLE  the database cannot be reached or refused the commit. Nothing is half done.
 *                      (PostgreSQL: if the connection breaks during the commit itself, all of it
 *                      may have been done; every operation may be repeated without harm.)
 *   STORE_FULL         the disk is full; nothing changed.
 *   STORE_FAILED       the database refused a statement: our mistake.
 *   NO_MEMORY          the arena is full, or the heap.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/span.h"
#include "lib/base/uuid.h"
#include "server/store/arena.h"

struct eg_store;

enum {
    EG_PAGE_SIZE_DEFAULT = 100,
    EG_PAGE_SIZE_MAX = 500,
    EG_STORE_QUEUE_MAX = 4096, /* operations waiting for the writer */
    EG_STORE_READERS_DEFAULT = 4,
    EG_STORE_READERS_MAX = 64,
    EG_NAME_LEN_MAX = 200, /* bytes of any name, without NUL; the store refuses longer ones */
};

struct eg_store_options {
    const char *url;    /* "sqlite:PATH", or a libpq URL "postgresql://..." */
    uint32_t readers;   /* read connections; 0: default */
    uint32_t queue_max; /* 0: EG_STORE_QUEUE_MAX */
};

/**
 * Open, bring the tables to the newest schema, start the writer.
 * Errors: STORE_SCHEMA the database is newer than this program; STORE_UNAVAILABLE cannot open or
 *         connect; STORE_URL the url has another form. why (may be NULL) gets one sentence.
 * Returns owned: eg_store_close(). *out is NULL on error.
 */
EG_MUST_USE eg_status eg_store_open(const struct eg_store_options *options, struct eg_store **out,
                                    char *why, size_t why_room);

/** Finish everything queued, close all connections. No other thread may be in a call. */
void eg_store_close(struct eg_store *store);

/** "sqlite" or "postgresql". */
const char *eg_store_backend(const struct eg_store *store);

/** Can a read be made right now? For health checks. */
EG_MUST_USE eg_status eg_store_check(struct eg_store *store);

struct eg_store_counters {
    uint64_t commits;    /* transactions of the writer that were committed */
    uint64_t operations; /* operations in them that took effect */
    uint64_t refused;    /* operations whose savepoint was rolled back */
    uint64_t reconnects; /* PostgreSQL: connections made again */
    uint64_t cpu_ns;     /* CPU time of the writer thread */
    uint32_t queued;     /* waiting right now */
};
void eg_store_counters(struct eg_store *store, struct eg_store_counters *out);

/** The database's own words about the last error of a write, for the log. "" if there was none. */
void eg_store_why(struct eg_store *store, char *out, size_t room);

/** Which page of a list. size 0 means EG_PAGE_SIZE_DEFAULT, larger ones are cut to the maximum. */
struct eg_page {
    uint32_t size;
    uint32_t number; /* from 0 */
};

#endif
