/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_STORE_WRITER_H
#define EG_SERVER_STORE_WRITER_H
/**
 * The one thread that writes. It takes every operation that waits, runs them in one transaction and
 * lets their callers go when the commit has returned. While a commit waits for the disk the next
 * group fills itself; there is no timer.
 *
 *   BEGIN | SAVEPOINT, operation, RELEASE (or ROLLBACK TO when it refuses) | ... | COMMIT
 *
 * Connection lost: operations are answered STORE_UNAVAILABLE at once and a new connection is tried
 * with a pause that doubles from 50 ms to 5 s.
 */
#include "server/store/driver.h"
#include "server/store/store.h"

struct eg_writer_thread;

/** Runs on the writer thread, inside a savepoint. Any status but EG_OK undoes what it did. */
typedef eg_status (*eg_op_fn)(struct eg_db *db, void *arg);

/** Takes db (closed at the end) and borrows url until eg_writer_stop(). */
EG_MUST_USE eg_status eg_writer_start(struct eg_db *db, const char *url, uint32_t queue_max,
                                      struct eg_writer_thread **out);
/** Run what is queued, stop, close the connection. NULL is fine. */
void eg_writer_stop(struct eg_writer_thread *w);

/**
 * Run fn and wait for the commit that holds it. Its own status when it refused; STORE_BUSY when
 * queue_max operations wait already; STORE_UNAVAILABLE.
 */
EG_MUST_USE eg_status eg_writer_submit(struct eg_writer_thread *w, eg_op_fn fn, void *arg);

void eg_writer_counters(struct eg_writer_thread *w, struct eg_store_counters *out);
/** The database's words about the last error of the writer. */
void eg_writer_why(struct eg_writer_thread *w, char *out, size_t room);

#endif
