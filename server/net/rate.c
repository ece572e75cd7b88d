/* SPDX-License-Identifier: Apache-2.0 */
#include "server/net/rate.h"

#include <pthread.h>
#include <stdlib.h>

enum { SLOTS = 4096, NEIGHBOURS = 8, MILLI = 1000 };

struct bucket {
    uint64_t who; /* with its kind; 0: free */
    int64_t filled_ms;
    int64_t tokens; /* thousandths */
};

struct eg_rate {
    uint32_t per_second;
    pthread_mutex_t lock;
    struct bucket buckets[SLOTS];
};

struct eg_rate *eg_rate_new(uint32_t per_second)
{
    struct eg_rate *rate = calloc(1, sizeof(*rate));
    if (rate != NULL) {
        rate->per_second = per_second;
        pthread_mutex_init(&rate->lock, NULL);
    }
    return rate;
}

void eg_rate_free(struct eg_rate *rate)
{
    if (rate != NULL) {
        pthread_mutex_destroy(&rate->lock);
        free(rate);
    }
}

/** Bijective mixing of 64 bits (the finalizer of MurmurHash3). */
static uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 33)) * 0xFF51AFD7ED558CCDu;
    x = (x ^ (x >> 33)) * 0xC4CEB9FE1A85EC53u;
    return x ^ (x >> 33);
}

/** The caller's bucket; else a full one in place of the neighbour that was idle longest. */
static struct bucket *find(struct eg_rate *rate, uint64_t who, int64_t now_ms)
{
    struct bucket *oldest = NULL;
    for (unsigned i = 0; i < NEIGHBOURS; i++) {
        struct bucket *b = &rate->buckets[(who + i) % SLOTS];
        if (b->who == who) {
            return b;
        }
        if (oldest == NULL || b->filled_ms < oldest->filled_ms) {
            oldest = b;
        }
    }
    *oldest = (struct bucket){who, now_ms, (int64_t)rate->per_second * MILLI};
    return oldest;
}

bool eg_rate_take(struct eg_rate *rate, enum eg_rate_kind kind, uint64_t who, int64_t now_ms)
{
    const int64_t full = (int64_t)rate->per_second * MILLI;
    if (rate->per_second == 0) {
        return true;
    }
    pthread_mutex_lock(&rate->lock);
    struct bucket *b = find(rate, mix((who << 2) | (uint64_t)kind) | 1, now_ms);
    int64_t passed_ms = now_ms - b->filled_ms < MILLI ? now_ms - b->filled_ms : MILLI;
    if (passed_ms > 0) { /* else it waited in the queue longer than one that is counted already */
        b->tokens += passed_ms * rate->per_second;
        b->tokens = b->tokens > full ? full : b->tokens;
        b->filled_ms = now_ms;
    }
    bool ok = b->tokens >= MILLI;
    b->tokens -= ok ? MILLI : 0;
    pthread_mutex_unlock(&rate->lock);
    return ok;
}
