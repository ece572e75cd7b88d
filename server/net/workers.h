/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_NET_WORKERS_H
#define EG_SERVER_NET_WORKERS_H
/** A fixed number of threads that take items from one bounded queue, first come first served. */
#include "lib/base/status.h"

struct eg_workers;

/** Link of an item; the item's owner embeds it. In at most one queue at a time. */
struct eg_work {
    struct eg_work *next;
};

typedef void (*eg_work_fn)(void *ctx, struct eg_work *work);

/** Start `threads` threads. At most `queue_max` items wait. Returns owned; eg_workers_free(). */
EG_MUST_USE eg_status eg_workers_new(unsigned threads, unsigned queue_max, eg_work_fn run,
                                     void *ctx, struct eg_workers **out);

/** Hand over an item. False: the queue is full or stopped, nothing happened. */
bool eg_workers_push(struct eg_workers *w, struct eg_work *work);

/** The same without looking at the bound; for items that were accepted before. */
void eg_workers_push_again(struct eg_workers *w, struct eg_work *work);

/** Take no more items, work off what is queued, then end the threads. NULL is fine. */
void eg_workers_stop(struct eg_workers *w);

/** Stop if not done yet, and free. NULL is fine. */
void eg_workers_free(struct eg_workers *w);

#endif
