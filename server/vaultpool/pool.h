/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_VAULTPOOL_POOL_H
#define EG_SERVER_VAULTPOOL_POOL_H
/**
 * Inside of the pool: who has which worker, and the keeper that starts dead ones again.
 *
 *   DEAD --keeper, when due--> STARTING --HELLO--> IDLE <--> BUSY --died--> DEAD
 *
 * A slot belongs to the keeper while DEAD or STARTING, to a caller while BUSY; only IDLE slots are
 * taken under the lock alone.
 */
#include <pthread.h>
#include <stdbool.h>

#include "server/vaultpool/worker.h"

enum eg_slot_state {
    EG_SLOT_DEAD = 0,
    EG_SLOT_STARTING = 1,
    EG_SLOT_IDLE = 2,
    EG_SLOT_BUSY = 3,
};

struct eg_slot {
    enum eg_slot_state state;
    struct eg_worker worker;
    unsigned failures; /* deaths in a row without an answered operation; decides the back-off */
    int64_t due_ms;    /* when a DEAD one may be started again, eg_clock_mono_ms() */
};

struct eg_vaultpool {
    struct eg_vaultpool_options options; /* strings are owned copies */
    uint8_t fingerprint[EG_VAULT_FINGERPRINT_LEN];
    unsigned slot_count;

    pthread_mutex_t lock; /* everything below */
    pthread_cond_t idle;  /* a slot became IDLE, or hope is gone */
    pthread_cond_t work;  /* a slot became DEAD, or closing */
    struct eg_slot slots[EG_VAULTPOOL_WORKERS_MAX];
    unsigned waiting;        /* callers in eg_pool_take() */
    unsigned start_failures; /* failed starts in a row, any slot */
    uint64_t operations, restarts, repeats;
    bool closing;
    bool keeper_runs;
    pthread_t keeper;
};

/** Wait for a worker of one's own. VAULT_BUSY: too many wait. VAULT_UNAVAILABLE: none can start. */
EG_MUST_USE eg_status eg_pool_take(struct eg_vaultpool *pool, struct eg_slot **out);

/** Give a worker back after an answer, or report it dead. */
void eg_pool_give(struct eg_vaultpool *pool, struct eg_slot *slot);
void eg_pool_bury(struct eg_vaultpool *pool, struct eg_slot *slot);

/** Start every worker for the first time, in parallel; on error all are ended again. */
EG_MUST_USE eg_status eg_keeper_start_all(struct eg_vaultpool *pool, char *why, size_t why_room);

/** Thread body: starts dead workers again until closing. arg: the pool. */
void *eg_keeper_run(void *arg);

/** Appends a request; ctx is the request. */
typedef void (*eg_pool_put)(struct eg_writer *w, const void *ctx);

/**
 * One operation from request to result, repeated when its worker dies. size_hint: bytes the body
 * takes about. *result points into out->memory, which the caller frees. Errors: the vault's, and
 * those common to all calls of vaultpool.h.
 */
EG_MUST_USE eg_status eg_pool_call(struct eg_vaultpool *pool, uint16_t op, eg_pool_put put,
                                   const void *ctx, size_t size_hint, struct eg_worker_answer *out,
                                   struct eg_span *result);

/** eg_pool_call() of an operation that makes a key. */
EG_MUST_USE eg_status eg_pool_call_for_key(struct eg_vaultpool *pool, uint16_t op, eg_pool_put put,
                                           const void *request, struct eg_vaultpool_key *out);

#endif
