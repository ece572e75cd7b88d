/* SPDX-License-Identifier: Apache-2.0 */
#include "server/vaultpool/pool.h"

#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- options --------------------------------------------------------------------------------- */

static char *owned(const char *text)
{
    return text != NULL ? strdup(text) : NULL;
}

static eg_status copy_options(const struct eg_vaultpool_options *from,
                              struct eg_vaultpool_options *to)
{
    *to = (struct eg_vaultpool_options){
        .program = owned(from->program),
        .key_file = owned(from->key_file),
        .passphrase_file = owned(from->passphrase_file),
        .families_dir = owned(from->families_dir),
        .device_name = owned(from->device_name),
        .workers = from->workers,
    };
    bool complete = to->program != NULL && to->key_file != NULL && to->passphrase_file != NULL &&
                    to->families_dir != NULL &&
                    (to->device_name != NULL || from->device_name == NULL);
    return complete ? EG_OK : EG_ERR(NO_MEMORY);
}

static void free_text(const char *text)
{
    free((void *)(uintptr_t)text); /* made by owned() */
}

static unsigned cores(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof(set), &set) != 0) {
        return 1;
    }
    return (unsigned)CPU_COUNT(&set);
}

static unsigned worker_count(unsigned asked)
{
    unsigned count = asked != 0 ? asked : cores();
    return count < EG_VAULTPOOL_WORKERS_MAX ? count : EG_VAULTPOOL_WORKERS_MAX;
}

/* ---- open and close -------------------------------------------------------------------------- */

static eg_status init_condition(pthread_cond_t *cond)
{
    pthread_condattr_t attr;
    if (pthread_condattr_init(&attr) != 0) {
        return EG_ERR(NO_MEMORY);
    }
    bool good = pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) == 0 &&
                pthread_cond_init(cond, &attr) == 0;
    (void)pthread_condattr_destroy(&attr);
    return good ? EG_OK : EG_ERR(NO_MEMORY);
}

static eg_status new_pool(const struct eg_vaultpool_options *options, struct eg_vaultpool **out)
{
    struct eg_vaultpool *pool = calloc(1, sizeof(*pool));
    if (pool == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    if (pthread_mutex_init(&pool->lock, NULL) != 0 || !eg_ok(init_condition(&pool->idle)) ||
        !eg_ok(init_condition(&pool->work))) {
        free(pool); /* on Linux these never fail once they have their memory */
        return EG_ERR(NO_MEMORY);
    }
    pool->slot_count = worker_count(options->workers);
    *out = pool;
    return copy_options(options, &pool->options);
}

/* The program's signals are its main thread's business. */
static eg_status start_keeper(struct eg_vaultpool *pool)
{
    sigset_t all;
    sigset_t before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    pool->keeper_runs = pthread_create(&pool->keeper, NULL, eg_keeper_run, pool) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return pool->keeper_runs ? EG_OK : EG_ERR(OS_PROCESS);
}

eg_status eg_vaultpool_open(const struct eg_vaultpool_options *options, struct eg_vaultpool **out,
                            char *why, size_t why_room)
{
    struct eg_vaultpool *pool = NULL;
    *out = NULL;
    if (why != NULL && why_room > 0) {
        why[0] = '\0';
    }
    eg_status st = new_pool(options, &pool);
    if (eg_ok(st)) {
        st = eg_keeper_start_all(pool, why, why_room);
    }
    if (eg_ok(st)) {
        st = start_keeper(pool);
    }
    if (!eg_ok(st)) {
        eg_vaultpool_close(pool);
        return st;
    }
    *out = pool;
    return EG_OK;
}

static void stop_keeper(struct eg_vaultpool *pool)
{
    (void)pthread_mutex_lock(&pool->lock);
    pool->closing = true;
    (void)pthread_cond_broadcast(&pool->work);
    (void)pthread_cond_broadcast(&pool->idle);
    (void)pthread_mutex_unlock(&pool->lock);
    if (pool->keeper_runs) {
        (void)pthread_join(pool->keeper, NULL);
    }
}

void eg_vaultpool_close(struct eg_vaultpool *pool)
{
    if (pool == NULL) {
        return;
    }
    stop_keeper(pool);
    for (unsigned i = 0; i < pool->slot_count; i++) {
        eg_worker_dismiss(&pool->slots[i].worker);
    }
    free_text(pool->options.program);
    free_text(pool->options.key_file);
    free_text(pool->options.passphrase_file);
    free_text(pool->options.families_dir);
    free_text(pool->options.device_name);
    (void)pthread_cond_destroy(&pool->idle);
    (void)pthread_cond_destroy(&pool->work);
    (void)pthread_mutex_destroy(&pool->lock);
    free(pool);
}

/* ---- looking ----------------------------------------------------------------------------------
 */

void eg_vaultpool_fingerprint(const struct eg_vaultpool *pool,
                              uint8_t out[static EG_VAULT_FINGERPRINT_LEN])
{
    memcpy(out, pool->fingerprint, EG_VAULT_FINGERPRINT_LEN);
}

static bool is_alive(const struct eg_slot *slot)
{
    return slot->state == EG_SLOT_IDLE || slot->state == EG_SLOT_BUSY;
}

void eg_vaultpool_stats(struct eg_vaultpool *pool, struct eg_vaultpool_stats *out)
{
    (void)pthread_mutex_lock(&pool->lock);
    *out = (struct eg_vaultpool_stats){
        .operations = pool->operations, .restarts = pool->restarts, .repeats = pool->repeats};
    for (unsigned i = 0; i < pool->slot_count; i++) {
        out->workers += is_alive(&pool->slots[i]) ? 1 : 0;
    }
    (void)pthread_mutex_unlock(&pool->lock);
}

size_t eg_vaultpool_pids(struct eg_vaultpool *pool, int *out, size_t room)
{
    size_t count = 0;
    (void)pthread_mutex_lock(&pool->lock);
    for (unsigned i = 0; i < pool->slot_count && count < room; i++) {
        if (is_alive(&pool->slots[i])) {
            out[count++] = (int)pool->slots[i].worker.child.pid;
        }
    }
    (void)pthread_mutex_unlock(&pool->lock);
    return count;
}
