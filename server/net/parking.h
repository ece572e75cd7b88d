/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_NET_PARKING_H
#define EG_SERVER_NET_PARKING_H
/**
 * Where requests wait for something to happen, without holding a thread.
 *
 * A waiter reads the topic's epoch before it looks at the data; parking with an epoch that is no
 * longer current releases it at once, so no notification between look and park is lost.
 * Topics share EG_PARKING_SLOTS epochs; a collision only means one look too many.
 */
#include <stdint.h>

#include "lib/base/status.h"

enum { EG_PARKING_SLOTS = 1024 };

struct eg_parking;

/** Embedded in what waits. */
struct eg_parked {
    struct eg_parked *next, *prev;
    uint64_t topic;
    int64_t deadline_ms; /* monotonic clock */
};

/** Called once per parked item when its wait is over, from the notifier's or the timer's thread. */
typedef void (*eg_parking_release)(void *ctx, struct eg_parked *item);

/** Starts the timer thread. Returns owned; eg_parking_free(). */
EG_MUST_USE eg_status eg_parking_new(eg_parking_release release, void *ctx,
                                     struct eg_parking **out);

/** Current epoch of all topics; pass it to eg_parking_wait(). */
uint64_t eg_parking_epoch(struct eg_parking *p);

/** Park until the topic is notified after `epoch`, the deadline comes, or parking is closed. */
void eg_parking_wait(struct eg_parking *p, struct eg_parked *item, uint64_t epoch);

/** Release all that wait for the topic. */
void eg_parking_notify(struct eg_parking *p, uint64_t topic);

/** Release everything, now and from now on. */
void eg_parking_close(struct eg_parking *p);
/** After eg_parking_close(). NULL is fine. */
void eg_parking_free(struct eg_parking *p);

#endif
