/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_STORE_READERS_H
#define EG_SERVER_STORE_READERS_H
/** A pool of read connections. Borrow one, use it on one thread, give it back. Thread-safe. */
#include "server/store/driver.h"

struct eg_readers;

/** Connections are opened when first needed, at most `max`. Borrows url. */
EG_MUST_USE eg_status eg_readers_new(const char *url, uint32_t max, struct eg_readers **out);
/** All must be back. NULL is fine. */
void eg_readers_free(struct eg_readers *r);

/** Waits for a free one. STORE_UNAVAILABLE: a new one could not be opened. */
EG_MUST_USE eg_status eg_readers_borrow(struct eg_readers *r, struct eg_db **out);
/** A dead connection is closed, and opened anew when needed. */
void eg_readers_return(struct eg_readers *r, struct eg_db *db);

#endif
