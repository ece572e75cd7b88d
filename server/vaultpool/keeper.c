/* SPDX-License-Identifier: Apache-2.0 */
/* The keeper: one thread that starts dead workers again, the first time at once, then ever later.
 */
#include <string.h>

#include "lib/base/secret.h"
#include "lib/os/clock.h"
#include "server/vaultpool/pool.h"

enum {
    BACK_OFF_MS = 100,
    BACK_OFF_MAX_MS = 5000,
    BACK_OFF_DOUBLINGS = 6,
};

static int64_t back_off_ms(unsigned failures)
{
    if (failures == 0) {
        return 0;
    }
    unsigned doublings = failures - 1 < BACK_OFF_DOUBLINGS ? failures - 1 : BACK_OFF_DOUBLINGS;
    int64_t ms = (int64_t)BACK_OFF_MS << doublings;
    return ms < BACK_OFF_MAX_MS ? ms : BACK_OFF_MAX_MS;
}

/* ---- callers --------------------------------------------------------------------------------- */

static struct eg_slot *find(struct eg_vaultpool *pool, enum eg_slot_state state)
{
    for (unsigned i = 0; i < pool->slot_count; i++) {
        if (pool->slots[i].state == state) {
            return &pool->slots[i];
        }
    }
    return NULL;
}

/* Nothing runs and starting has failed often enough: waiting would be for nothing. */
static bool is_hopeless(struct eg_vaultpool *pool)
{
    return pool->closing || (pool->start_failures >= EG_VAULTPOOL_TRIES &&
                             find(pool, EG_SLOT_IDLE) == NULL && find(pool, EG_SLOT_BUSY) == NULL);
}

static eg_status take_locked(struct eg_vaultpool *pool, struct eg_slot **out)
{
    *out = find(pool, EG_SLOT_IDLE);
    if (*out == NULL && pool->waiting >= EG_VAULTPOOL_WAITING_MAX) {
        return EG_ERR(VAULT_BUSY);
    }
    pool->waiting++;
    while (*out == NULL && !is_hopeless(pool)) {
        (void)pthread_cond_wait(&pool->idle, &pool->lock);
        *out = find(pool, EG_SLOT_IDLE);
    }
    pool->waiting--;
    if (*out == NULL) {
        return EG_ERR(VAULT_UNAVAILABLE);
    }
    (*out)->state = EG_SLOT_BUSY;
    return EG_OK;
}

eg_status eg_pool_take(struct eg_vaultpool *pool, struct eg_slot **out)
{
    (void)pthread_mutex_lock(&pool->lock);
    eg_status st = take_locked(pool, out);
    (void)pthread_mutex_unlock(&pool->lock);
    return st;
}

void eg_pool_give(struct eg_vaultpool *pool, struct eg_slot *slot)
{
    (void)pthread_mutex_lock(&pool->lock);
    slot->state = EG_SLOT_IDLE;
    slot->failures = 0;
    pool->operations++;
    (void)pthread_cond_signal(&pool->idle);
    (void)pthread_mutex_unlock(&pool->lock);
}

void eg_pool_bury(struct eg_vaultpool *pool, struct eg_slot *slot)
{
    (void)pthread_mutex_lock(&pool->lock);
    slot->state = EG_SLOT_DEAD;
    slot->due_ms = eg_clock_mono_ms() + back_off_ms(slot->failures);
    slot->failures++;
    (void)pthread_cond_signal(&pool->work);
    (void)pthread_mutex_unlock(&pool->lock);
}

/* ---- starting -------------------------------------------------------------------------------- */

/* A worker with another KEK would answer with secrets that the rest cannot open. */
static eg_status greet(struct eg_vaultpool *pool, struct eg_worker *worker)
{
    uint8_t fingerprint[EG_VAULT_FINGERPRINT_LEN];
    EG_TRY(eg_worker_hello(worker, fingerprint, NULL, 0));
    bool same = eg_ct_equal(fingerprint, pool->fingerprint, sizeof(fingerprint));
    return same ? EG_OK : EG_ERR(VAULT_KEY_FILE);
}

static void settle(struct eg_vaultpool *pool, struct eg_slot *slot, eg_status st)
{
    if (!eg_ok(st)) {
        eg_worker_end(&slot->worker);
    }
    (void)pthread_mutex_lock(&pool->lock);
    if (eg_ok(st)) {
        slot->state = EG_SLOT_IDLE;
        pool->start_failures = 0;
        pool->restarts++;
    } else {
        slot->failures++;
        slot->state = EG_SLOT_DEAD;
        slot->due_ms = eg_clock_mono_ms() + back_off_ms(slot->failures);
        pool->start_failures++;
    }
    (void)pthread_cond_broadcast(&pool->idle);
    (void)pthread_mutex_unlock(&pool->lock);
}

/* All at once, so that they open their key files side by side. Called without the lock. */
static void restart(struct eg_vaultpool *pool, struct eg_slot *const *due, unsigned count)
{
    eg_status st[EG_VAULTPOOL_WORKERS_MAX];
    for (unsigned i = 0; i < count; i++) {
        eg_worker_end(&due[i]->worker);
        st[i] = eg_worker_start(&pool->options, &due[i]->worker);
    }
    for (unsigned i = 0; i < count; i++) {
        settle(pool, due[i], eg_ok(st[i]) ? greet(pool, &due[i]->worker) : st[i]);
    }
}

/* Slots whose time has come, now STARTING; *next_ms: when the next one is due, -1 for none. */
static unsigned collect_due(struct eg_vaultpool *pool, struct eg_slot **due, int64_t *next_ms)
{
    unsigned count = 0;
    int64_t now = eg_clock_mono_ms();
    *next_ms = -1;
    for (unsigned i = 0; i < pool->slot_count; i++) {
        struct eg_slot *slot = &pool->slots[i];
        if (slot->state != EG_SLOT_DEAD) {
            continue;
        }
        if (slot->due_ms <= now) {
            slot->state = EG_SLOT_STARTING;
            due[count++] = slot;
        } else if (*next_ms < 0 || slot->due_ms < *next_ms) {
            *next_ms = slot->due_ms;
        }
    }
    return count;
}

static void wait_for_work(struct eg_vaultpool *pool, int64_t until_ms)
{
    if (until_ms < 0) {
        (void)pthread_cond_wait(&pool->work, &pool->lock);
        return;
    }
    struct timespec t = {.tv_sec = until_ms / 1000, .tv_nsec = (until_ms % 1000) * 1000000};
    (void)pthread_cond_timedwait(&pool->work, &pool->lock, &t);
}

void *eg_keeper_run(void *arg)
{
    struct eg_vaultpool *pool = arg;
    struct eg_slot *due[EG_VAULTPOOL_WORKERS_MAX];
    (void)pthread_mutex_lock(&pool->lock);
    while (!pool->closing) {
        int64_t next_ms;
        unsigned count = collect_due(pool, due, &next_ms);
        if (count == 0) {
            wait_for_work(pool, next_ms);
            continue;
        }
        (void)pthread_mutex_unlock(&pool->lock);
        restart(pool, due, count);
        (void)pthread_mutex_lock(&pool->lock);
    }
    (void)pthread_mutex_unlock(&pool->lock);
    return NULL;
}

/* ---- the first start ------------------------------------------------------------------------- */

static eg_status first_hello(struct eg_vaultpool *pool, struct eg_slot *slot, char *why,
                             size_t why_room)
{
    bool is_first = slot == &pool->slots[0];
    if (!is_first) {
        EG_TRY(greet(pool, &slot->worker));
    } else {
        EG_TRY(eg_worker_hello(&slot->worker, pool->fingerprint, why, why_room));
    }
    slot->state = EG_SLOT_IDLE;
    return EG_OK;
}

static eg_status start_each(struct eg_vaultpool *pool, char *why, size_t why_room)
{
    for (unsigned i = 0; i < pool->slot_count; i++) {
        EG_TRY(eg_worker_start(&pool->options, &pool->slots[i].worker));
    }
    for (unsigned i = 0; i < pool->slot_count; i++) {
        EG_TRY(first_hello(pool, &pool->slots[i], why, why_room));
    }
    return EG_OK;
}

eg_status eg_keeper_start_all(struct eg_vaultpool *pool, char *why, size_t why_room)
{
    eg_status st = start_each(pool, why, why_room);
    for (unsigned i = 0; !eg_ok(st) && i < pool->slot_count; i++) {
        eg_worker_end(&pool->slots[i].worker);
        pool->slots[i].state = EG_SLOT_DEAD;
    }
    return st;
}
