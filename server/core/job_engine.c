/* SPDX-License-Identifier: Apache-2.0 */
#include "server/core/job_engine.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/os/clock.h"
#include "lib/os/log.h"
#include "server/core/make_chunk.h"
#include "server/main/limits.h"

enum {
    RETRY_MS = 500,
    KEEPER_S = EG_LIMIT_LEASE_S / 3,
    CLAIM_MAX = 100,
    THREADS_MAX = 512,
    CHUNK_ARENA_MAX = 256 * 1024 * 1024,
};

/** A job of this node. Chunk bits: started = given to a worker (finished ones stay set). */
struct work {
    struct work *next;
    struct eg_job job;
    uint64_t started;
    unsigned in_work;
    bool gone;           /* lost or finished: remove when in_work is 0 */
    int64_t retry_at_ms; /* after a passing failure */
    pthread_mutex_t plan_lock;
    bool planned;
    eg_status plan_status;
    struct eg_arena arena; /* of the plan */
    struct eg_plan plan;
};

struct eg_job_engine {
    struct eg_core *core;
    eg_core_notify notify;
    void *notify_ctx;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct work *head, **tail;
    bool ending;
    pthread_t threads[THREADS_MAX + 1]; /* workers, then the keeper */
    unsigned thread_count;
};

/* ---- the list of jobs ------------------------------------------------------------------------ */

static void free_work(struct work *w)
{
    pthread_mutex_destroy(&w->plan_lock);
    eg_arena_cleanup(&w->arena);
    free(w);
}

static uint64_t all_chunks(const struct eg_job *job)
{
    uint32_t n = eg_job_chunks(job);
    return n >= 64 ? UINT64_MAX : ((uint64_t)1 << n) - 1;
}

void eg_job_engine_add(struct eg_job_engine *engine, const struct eg_job *job)
{
    if (engine == NULL || job->state != EG_JOB_PROCESSING) {
        return;
    }
    struct work *w = calloc(1, sizeof(*w));
    if (w == NULL) {
        return; /* the lease runs out and the keeper finds the job again */
    }
    w->job = *job;
    w->started = job->chunks_done;
    pthread_mutex_init(&w->plan_lock, NULL);
    eg_arena_init(&w->arena, EG_ARENA_REQUEST_MAX);
    pthread_mutex_lock(&engine->lock);
    *engine->tail = w;
    engine->tail = &w->next;
    pthread_cond_broadcast(&engine->wake);
    pthread_mutex_unlock(&engine->lock);
}

/** Unlink what is gone and not in work; the lock is held. */
static void sweep(struct eg_job_engine *e)
{
    struct work **link = &e->head;
    while (*link != NULL) {
        struct work *w = *link;
        if (w->gone && w->in_work == 0) {
            *link = w->next;
            free_work(w);
        } else {
            link = &w->next;
        }
    }
    e->tail = link;
}

/** First job with a chunk that nobody works on; the lock is held. *out_later: earliest retry. */
static struct work *pick(struct eg_job_engine *e, uint32_t *out_chunk, int64_t *out_later)
{
    int64_t now = eg_clock_mono_ms();
    *out_later = INT64_MAX;
    for (struct work *w = e->head; w != NULL; w = w->next) {
        uint64_t open = all_chunks(&w->job) & ~w->started;
        if (w->gone || open == 0) {
            continue;
        }
        if (w->retry_at_ms > now) {
            *out_later = w->retry_at_ms < *out_later ? w->retry_at_ms : *out_later;
            continue;
        }
        *out_chunk = (uint32_t)__builtin_ctzll(open);
        return w;
    }
    return NULL;
}

static void wait_until(struct eg_job_engine *e, int64_t mono_ms)
{
    if (mono_ms == INT64_MAX) {
        pthread_cond_wait(&e->wake, &e->lock);
        return;
    }
    struct timespec t = {mono_ms / 1000, (long)(mono_ms % 1000) * 1000000L};
    pthread_cond_timedwait(&e->wake, &e->lock, &t);
}

static struct work *take(struct eg_job_engine *e, uint32_t *out_chunk)
{
    struct work *w = NULL;
    int64_t later;
    pthread_mutex_lock(&e->lock);
    while (!e->ending && (w = pick(e, out_chunk, &later)) == NULL) {
        wait_until(e, later);
    }
    if (w != NULL) {
        w->started |= (uint64_t)1 << *out_chunk;
        w->in_work++;
    }
    pthread_mutex_unlock(&e->lock);
    return w;
}

static bool passing(eg_status st)
{
    return eg_category(st) == EG_CAT_BUSY || eg_category(st) == EG_CAT_UNAVAILABLE;
}

/** Still in the list and not finished? The lock is held. */
static bool has_job(const struct eg_job_engine *e, const char *job_uuid)
{
    const struct work *w = e->head;
    while (w != NULL && strcmp(w->job.uuid, job_uuid) != 0) {
        w = w->next;
    }
    return w != NULL && !w->gone;
}

bool eg_job_engine_wait(struct eg_job_engine *engine, const char *job_uuid, int64_t until_mono_ms)
{
    if (engine == NULL) {
        return false;
    }
    pthread_mutex_lock(&engine->lock);
    while (!engine->ending && has_job(engine, job_uuid) && eg_clock_mono_ms() < until_mono_ms) {
        wait_until(engine, until_mono_ms);
    }
    bool done = !has_job(engine, job_uuid);
    pthread_mutex_unlock(&engine->lock);
    return done;
}

static void give_back(struct eg_job_engine *e, struct work *w, uint32_t chunk, eg_status st)
{
    pthread_mutex_lock(&e->lock);
    w->in_work--;
    if (!eg_ok(st) && passing(st)) {
        w->started &= ~((uint64_t)1 << chunk);
        w->retry_at_ms = eg_clock_mono_ms() + RETRY_MS;
    } else if (!eg_ok(st) || w->job.state != EG_JOB_PROCESSING) {
        w->gone = true;
    }
    sweep(e);
    pthread_cond_broadcast(&e->wake);
    pthread_mutex_unlock(&e->lock);
}

/* ---- one chunk ------------------------------------------------------------------------------- */

static eg_status build_plan(struct eg_core *core, struct work *w)
{
    struct eg_group group;
    EG_TRY(eg_store_group_get(eg_core_store(core), w->job.company_id, w->job.group_id, &w->arena,
                              &group));
    return eg_plan_build(core, w->job.company_id, &group, w->job.set_id, w->job.total,
                         eg_clock_now_ms(), &w->arena, &w->plan);
}

/** The plan of a job, built by whoever comes first. A passing failure is tried again. */
static eg_status plan_of(struct eg_core *core, struct work *w)
{
    pthread_mutex_lock(&w->plan_lock);
    if (!w->planned) {
        w->plan_status = build_plan(core, w);
        w->planned = !passing(w->plan_status);
    }
    eg_status st = w->plan_status;
    pthread_mutex_unlock(&w->plan_lock);
    return st;
}

static eg_status fail_all(const struct eg_job_chunk *chunk, eg_status why, struct eg_arena *arena,
                          struct eg_made **out)
{
    *out = eg_arena_alloc(arena, (chunk->count + 1) * sizeof(**out));
    if (*out == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    for (size_t i = 0; i < chunk->count; i++) {
        (*out)[i] = (struct eg_made){.device_id = chunk->devices[i].device_id,
                                     .failed = !chunk->devices[i].present,
                                     .skipped = chunk->devices[i].present,
                                     .reason = eg_status_info(why)->code};
    }
    return EG_OK;
}

static void tell(struct eg_job_engine *e, const struct work *w, const struct eg_job_chunk *chunk)
{
    for (size_t i = 0; i < chunk->count; i++) {
        e->notify(e->notify_ctx, eg_topic_device(&chunk->devices[i].uuid));
    }
    e->notify(e->notify_ctx, eg_topic_job(w->job.uuid));
}

static void note_progress(struct eg_job_engine *e, struct work *w, const struct eg_job *now)
{
    pthread_mutex_lock(&e->lock);
    if (now->state != EG_JOB_PROCESSING) {
        w->job.state = now->state;
    }
    pthread_mutex_unlock(&e->lock);
}

static eg_status do_chunk(struct eg_job_engine *e, struct work *w, uint32_t index,
                          struct eg_arena *arena)
{
    struct eg_store *store = eg_core_store(e->core);
    struct eg_job_chunk chunk;
    struct eg_made *made;
    struct eg_job now;
    EG_TRY(eg_store_job_chunk(store, w->job.id, index, arena, &chunk));
    eg_status plan_status = plan_of(e->core, w);
    if (passing(plan_status)) {
        return plan_status;
    }
    if (eg_ok(plan_status)) {
        EG_TRY(eg_make_chunk(eg_core_vault(e->core), &w->plan, &chunk, arena, &made));
    } else {
        EG_TRY(fail_all(&chunk, plan_status, arena, &made));
    }
    EG_TRY(eg_store_job_finish(store, w->job.id, eg_core_node(e->core), index, made, chunk.count,
                               eg_clock_now_s(), &now));
    note_progress(e, w, &now);
    tell(e, w, &chunk);
    return EG_OK;
}

static void *worker_loop(void *arg)
{
    struct eg_job_engine *e = arg;
    struct work *w;
    uint32_t chunk;
    struct eg_arena arena;
    eg_arena_init(&arena, CHUNK_ARENA_MAX);
    (void)pthread_setname_np(pthread_self(), "job-worker"); /* for top and perf */
    while ((w = take(e, &chunk)) != NULL) {
        eg_status st = do_chunk(e, w, chunk, &arena);
        if (!eg_ok(st)) {
            eg_log_failure(
                st, "job part not made",
                EG_LOG_FIELDS(eg_log_str("job", w->job.uuid), eg_log_num("part", chunk)));
        }
        give_back(e, w, chunk, st);
        eg_arena_cleanup(&arena);
    }
    return NULL;
}

/* ---- leases ---------------------------------------------------------------------------------- */

static void add_claimed(struct eg_job_engine *e, const struct eg_job_list *list,
                        struct eg_claim *page)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct eg_job *job = &list->items[i];
        eg_log(EG_LOG_INFO, "job taken over", EG_LOG_FIELDS(eg_log_str("job", job->uuid)));
        eg_job_engine_add(e, job);
        page->after_id = job->id > page->after_id ? job->id : page->after_id;
    }
}

/** Take over what nobody works on, page by page: at a start a job just claimed is ours as before,
 * so that without pages the same ones would come again. */
static void claim(struct eg_job_engine *e, bool at_start)
{
    struct eg_claim page = {.node = eg_core_node(e->core),
                            .now_s = eg_clock_now_s(),
                            .lease_s = EG_LIMIT_LEASE_S,
                            .at_start = at_start,
                            .max = CLAIM_MAX};
    struct eg_job_list list;
    do {
        struct eg_arena arena;
        list = (struct eg_job_list){NULL, 0};
        eg_arena_init(&arena, EG_ARENA_REQUEST_MAX);
        eg_status st = eg_store_job_claim(eg_core_store(e->core), &page, &arena, &list);
        if (!eg_ok(st)) {
            eg_log_failure(st, "unfinished jobs not claimed", NULL);
        }
        add_claimed(e, &list, &page);
        eg_arena_cleanup(&arena);
    } while (list.count == CLAIM_MAX);
}

/** Prolong one job; it is held by in_work so that it stays. */
static void renew_one(struct eg_job_engine *e, struct work *w)
{
    eg_status st = eg_store_job_renew(eg_core_store(e->core), w->job.id, eg_core_node(e->core),
                                      eg_clock_now_s(), EG_LIMIT_LEASE_S);
    pthread_mutex_lock(&e->lock);
    w->gone = w->gone || eg_is(st, EG_E_JOB_LEASE_LOST);
    pthread_mutex_unlock(&e->lock);
}

/** Prolong every job of this node. New ones are added at the tail only, so the walk is safe. */
static void renew_all(struct eg_job_engine *e)
{
    pthread_mutex_lock(&e->lock);
    for (struct work *w = e->head; w != NULL; w = w->next) {
        w->in_work++;
        pthread_mutex_unlock(&e->lock);
        renew_one(e, w);
        pthread_mutex_lock(&e->lock);
        w->in_work--;
    }
    sweep(e);
    pthread_mutex_unlock(&e->lock);
}

static bool sleep_or_end(struct eg_job_engine *e)
{
    int64_t until = eg_clock_mono_ms() + KEEPER_S * 1000;
    pthread_mutex_lock(&e->lock);
    while (!e->ending && eg_clock_mono_ms() < until) {
        wait_until(e, until);
    }
    bool ending = e->ending;
    pthread_mutex_unlock(&e->lock);
    return !ending;
}

static void *keeper_loop(void *arg)
{
    struct eg_job_engine *e = arg;
    claim(e, true);
    while (sleep_or_end(e)) {
        renew_all(e);
        claim(e, false);
    }
    return NULL;
}

/* ---- life ------------------------------------------------------------------------------------ */

static void init_locks(struct eg_job_engine *e)
{
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&e->wake, &attr);
    pthread_condattr_destroy(&attr);
    pthread_mutex_init(&e->lock, NULL);
}

static unsigned thread_number(unsigned wanted)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    unsigned n = wanted != 0 ? wanted : cores > 0 ? (unsigned)cores : 1;
    return n > THREADS_MAX ? THREADS_MAX : n;
}

eg_status eg_job_engine_new(struct eg_core *core, unsigned threads, eg_core_notify notify,
                            void *ctx, struct eg_job_engine **out)
{
    unsigned workers = thread_number(threads);
    *out = NULL;
    struct eg_job_engine *e = calloc(1, sizeof(*e));
    if (e == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    e->core = core;
    e->notify = notify;
    e->notify_ctx = ctx;
    e->tail = &e->head;
    init_locks(e);
    while (e->thread_count <= workers &&
           pthread_create(&e->threads[e->thread_count], NULL,
                          e->thread_count < workers ? worker_loop : keeper_loop, e) == 0) {
        e->thread_count++;
    }
    if (e->thread_count <= workers) {
        eg_job_engine_free(e);
        return EG_ERR(NO_MEMORY);
    }
    *out = e;
    return EG_OK;
}

void eg_job_engine_stop(struct eg_job_engine *engine)
{
    if (engine == NULL) {
        return;
    }
    pthread_mutex_lock(&engine->lock);
    engine->ending = true;
    pthread_cond_broadcast(&engine->wake);
    pthread_mutex_unlock(&engine->lock);
    for (unsigned i = 0; i < engine->thread_count; i++) {
        pthread_join(engine->threads[i], NULL);
    }
    engine->thread_count = 0;
}

void eg_job_engine_free(struct eg_job_engine *engine)
{
    if (engine == NULL) {
        return;
    }
    eg_job_engine_stop(engine);
    while (engine->head != NULL) {
        struct work *next = engine->head->next;
        free_work(engine->head);
        engine->head = next;
    }
    pthread_cond_destroy(&engine->wake);
    pthread_mutex_destroy(&engine->lock);
    free(engine);
}

void eg_job_engine_tell(struct eg_job_engine *engine, uint64_t topic)
{
    if (engine != NULL && engine->notify != NULL) {
        engine->notify(engine->notify_ctx, topic);
    }
}
