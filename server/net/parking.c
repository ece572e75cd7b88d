/* SPDX-License-Identifier: Apache-2.0 */
#include "server/net/parking.h"

#include <pthread.h>
#include <stdlib.h>

#include "lib/os/clock.h"

struct eg_parking {
    pthread_mutex_t lock;
    pthread_cond_t timer_wake;
    pthread_t timer;
    bool timer_runs, closed;
    uint64_t now;                        /* counts notifications */
    uint64_t notified[EG_PARKING_SLOTS]; /* value of `now` at the slot's last notification */
    struct eg_parked slots[EG_PARKING_SLOTS];
    uint64_t waiting;
    eg_parking_release release;
    void *ctx;
};

static size_t slot_of(uint64_t topic)
{
    return (size_t)(topic % EG_PARKING_SLOTS);
}

static void unlink_item(struct eg_parking *p, struct eg_parked *item)
{
    item->prev->next = item->next;
    item->next->prev = item->prev;
    p->waiting--;
}

/** Move what fits from one slot to the list `out`: a topic (deadline 0) or what is overdue. */
static void collect(struct eg_parking *p, size_t slot, const uint64_t *topic, int64_t now_ms,
                    struct eg_parked **out)
{
    struct eg_parked *ring = &p->slots[slot];
    for (struct eg_parked *item = ring->next; item != ring;) {
        struct eg_parked *next = item->next;
        if ((topic != NULL && item->topic == *topic) || item->deadline_ms <= now_ms) {
            unlink_item(p, item);
            item->next = *out;
            *out = item;
        }
        item = next;
    }
}

static void release_all(struct eg_parking *p, struct eg_parked *list)
{
    while (list != NULL) {
        struct eg_parked *next = list->next;
        p->release(p->ctx, list);
        list = next;
    }
}

/** Earliest deadline of all that wait; call with the lock held. INT64_MAX when nobody waits. */
static int64_t earliest(const struct eg_parking *p)
{
    int64_t first = INT64_MAX;
    for (size_t i = 0; i < EG_PARKING_SLOTS && p->waiting > 0; i++) {
        for (const struct eg_parked *it = p->slots[i].next; it != &p->slots[i]; it = it->next) {
            first = it->deadline_ms < first ? it->deadline_ms : first;
        }
    }
    return first;
}

static void sleep_until(struct eg_parking *p, int64_t when_ms)
{
    if (when_ms == INT64_MAX) {
        pthread_cond_wait(&p->timer_wake, &p->lock);
        return;
    }
    struct timespec t = {when_ms / 1000, (long)(when_ms % 1000) * 1000000L};
    pthread_cond_timedwait(&p->timer_wake, &p->lock, &t);
}

static void *timer_loop(void *arg)
{
    struct eg_parking *p = arg;
    pthread_mutex_lock(&p->lock);
    while (!p->closed) {
        sleep_until(p, earliest(p));
        struct eg_parked *due = NULL;
        int64_t now = eg_clock_mono_ms();
        for (size_t i = 0; i < EG_PARKING_SLOTS && p->waiting > 0; i++) {
            collect(p, i, NULL, now, &due);
        }
        pthread_mutex_unlock(&p->lock);
        release_all(p, due);
        pthread_mutex_lock(&p->lock);
    }
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

static void init_locks(struct eg_parking *p)
{
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&p->timer_wake, &attr);
    pthread_condattr_destroy(&attr);
    pthread_mutex_init(&p->lock, NULL);
}

eg_status eg_parking_new(eg_parking_release release, void *ctx, struct eg_parking **out)
{
    *out = NULL;
    struct eg_parking *p = calloc(1, sizeof(*p));
    if (p == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    init_locks(p);
    for (size_t i = 0; i < EG_PARKING_SLOTS; i++) {
        p->slots[i].next = p->slots[i].prev = &p->slots[i];
    }
    p->release = release;
    p->ctx = ctx;
    if (pthread_create(&p->timer, NULL, timer_loop, p) != 0) {
        p->closed = true;
        eg_parking_free(p);
        return EG_ERR(NO_MEMORY);
    }
    p->timer_runs = true;
    *out = p;
    return EG_OK;
}

uint64_t eg_parking_epoch(struct eg_parking *p)
{
    pthread_mutex_lock(&p->lock);
    uint64_t now = p->now;
    pthread_mutex_unlock(&p->lock);
    return now;
}

void eg_parking_wait(struct eg_parking *p, struct eg_parked *item, uint64_t epoch)
{
    size_t slot = slot_of(item->topic);
    pthread_mutex_lock(&p->lock);
    bool missed = p->closed || p->notified[slot] > epoch;
    if (!missed) {
        struct eg_parked *ring = &p->slots[slot];
        item->prev = ring;
        item->next = ring->next;
        ring->next->prev = item;
        ring->next = item;
        p->waiting++;
        pthread_cond_signal(&p->timer_wake);
    }
    pthread_mutex_unlock(&p->lock);
    if (missed) {
        p->release(p->ctx, item);
    }
}

void eg_parking_notify(struct eg_parking *p, uint64_t topic)
{
    struct eg_parked *list = NULL;
    size_t slot = slot_of(topic);
    pthread_mutex_lock(&p->lock);
    p->notified[slot] = ++p->now;
    collect(p, slot, &topic, INT64_MIN, &list);
    pthread_mutex_unlock(&p->lock);
    release_all(p, list);
}

void eg_parking_close(struct eg_parking *p)
{
    struct eg_parked *list = NULL;
    pthread_mutex_lock(&p->lock);
    p->closed = true;
    for (size_t i = 0; i < EG_PARKING_SLOTS; i++) {
        collect(p, i, NULL, INT64_MAX, &list);
    }
    pthread_cond_signal(&p->timer_wake);
    pthread_mutex_unlock(&p->lock);
    release_all(p, list);
}

void eg_parking_free(struct eg_parking *p)
{
    if (p == NULL) {
        return;
    }
    if (p->timer_runs) {
        pthread_join(p->timer, NULL);
    }
    pthread_cond_destroy(&p->timer_wake);
    pthread_mutex_destroy(&p->lock);
    free(p);
}
