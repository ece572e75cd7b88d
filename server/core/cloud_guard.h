/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_CORE_CLOUD_GUARD_H
#define EG_SERVER_CORE_CLOUD_GUARD_H
/**
 * How often did something happen within a window, by key; bounded memory, no heap.
 *
 * Slots of four entries each, found by a keyed hash; the entry that was quiet longest makes room.
 * So a stranger with many addresses can push others out, but only of the slots that the addresses
 * fall into, which he cannot choose.
 *
 * Threads: every call may come from any thread.
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/base/span.h"

enum { EG_GUARD_SLOTS = 1024, EG_GUARD_WAYS = 4 };

struct eg_cloud_guard_entry {
    uint64_t key;
    int64_t since_s; /* window began */
    uint32_t count;
};

struct eg_cloud_guard {
    pthread_mutex_t lock;
    uint64_t seed;
    int64_t window_s;
    uint32_t max; /* per window */
    struct eg_cloud_guard_entry slots[EG_GUARD_SLOTS][EG_GUARD_WAYS];
};

void eg_cloud_guard_init(struct eg_cloud_guard *g, uint64_t seed, int64_t window_s, uint32_t max);
void eg_cloud_guard_cleanup(struct eg_cloud_guard *g);

/** Count one; false when there were `max` in this window already. */
bool eg_cloud_guard_hit(struct eg_cloud_guard *g, struct eg_span key, int64_t now_s);

/** Were there `max` in this window already? Counts nothing. */
bool eg_cloud_guard_full(struct eg_cloud_guard *g, struct eg_span key, int64_t now_s);

#endif
