/* SPDX-License-Identifier: Apache-2.0 */
#include "server/core/cloud_guard.h"

#include <string.h>

/** SplitMix64's finalizer: every bit of x moves every bit of the result. */
static uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    return x ^ (x >> 31);
}

/** 0 is for entries that are empty. */
static uint64_t hash(uint64_t seed, struct eg_span key)
{
    uint64_t h = mix(seed + key.len);
    for (size_t i = 0; i < key.len; i++) {
        h = mix(h ^ key.ptr[i]);
    }
    return h == 0 ? 1 : h;
}

void eg_cloud_guard_init(struct eg_cloud_guard *g, uint64_t seed, int64_t window_s, uint32_t max)
{
    memset(g, 0, sizeof(*g));
    pthread_mutex_init(&g->lock, NULL);
    g->seed = seed;
    g->window_s = window_s;
    g->max = max;
}

void eg_cloud_guard_cleanup(struct eg_cloud_guard *g)
{
    pthread_mutex_destroy(&g->lock);
}

/** Entry of the key, or the one that makes room for it; its window is of now. Lock held. */
static struct eg_cloud_guard_entry *entry_of(struct eg_cloud_guard *g, struct eg_span key,
                                             int64_t now_s)
{
    uint64_t h = hash(g->seed, key);
    struct eg_cloud_guard_entry *slot = g->slots[h % EG_GUARD_SLOTS];
    struct eg_cloud_guard_entry *oldest = &slot[0];
    for (size_t i = 0; i < EG_GUARD_WAYS; i++) {
        if (slot[i].key == h) {
            oldest = &slot[i];
            break;
        }
        oldest = slot[i].since_s < oldest->since_s ? &slot[i] : oldest;
    }
    bool stale = now_s < oldest->since_s || now_s - oldest->since_s >= g->window_s;
    if (oldest->key != h || stale) {
        *oldest = (struct eg_cloud_guard_entry){h, now_s, 0};
    }
    return oldest;
}

bool eg_cloud_guard_hit(struct eg_cloud_guard *g, struct eg_span key, int64_t now_s)
{
    pthread_mutex_lock(&g->lock);
    struct eg_cloud_guard_entry *e = entry_of(g, key, now_s);
    bool room = e->count < g->max;
    e->count += room ? 1 : 0;
    pthread_mutex_unlock(&g->lock);
    return room;
}

bool eg_cloud_guard_full(struct eg_cloud_guard *g, struct eg_span key, int64_t now_s)
{
    pthread_mutex_lock(&g->lock);
    bool full = entry_of(g, key, now_s)->count >= g->max;
    pthread_mutex_unlock(&g->lock);
    return full;
}
