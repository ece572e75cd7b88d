/* SPDX-License-Identifier: Apache-2.0 */
#include "server/store/writer.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    GROUP_MAX = 512, /* operations in one transaction: bounds how long the first one waits */
    BACKOFF_MIN_MS = 50,
    BACKOFF_MAX_MS = 5000,
};

/* One waiting operation; lives on its caller's stack. */
struct op {
    eg_op_fn fn;
    void *arg;
    eg_status status;
    sem_t done;
    struct op *next;
};

struct eg_writer_thread {
    pthread_t thread;
    struct eg_db *db; /* writer thread only; NULL while there is no connection */
    const char *url;
    uint32_t backoff_ms;
    struct timespec retry_at; /* CLOCK_MONOTONIC */

    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t wake;
    struct op *head, **tail;
    uint32_t queued;
    uint32_t queue_max;
    bool stop;
    struct eg_store_counters counters;
    char why[EG_DB_WHY_LEN];
};

/* ---- connection -------------------------------------------------------------------------------
 */

static void keep_why(struct eg_writer_thread *w, const char *why)
{
    pthread_mutex_lock(&w->lock);
    (void)snprintf(w->why, sizeof w->why, "%s", why);
    pthread_mutex_unlock(&w->lock);
}

static bool time_reached(const struct timespec *t)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec > t->tv_sec || (now.tv_sec == t->tv_sec && now.tv_nsec >= t->tv_nsec);
}

static void back_off(struct eg_writer_thread *w)
{
    w->backoff_ms = w->backoff_ms == 0 ? BACKOFF_MIN_MS : 2 * w->backoff_ms;
    if (w->backoff_ms > BACKOFF_MAX_MS) {
        w->backoff_ms = BACKOFF_MAX_MS;
    }
    (void)clock_gettime(CLOCK_MONOTONIC, &w->retry_at);
    w->retry_at.tv_sec += w->backoff_ms / 1000;
    w->retry_at.tv_nsec += (long)(w->backoff_ms % 1000) * 1000000;
    if (w->retry_at.tv_nsec >= 1000000000) {
        w->retry_at.tv_sec++;
        w->retry_at.tv_nsec -= 1000000000;
    }
}

static eg_status connect_again(struct eg_writer_thread *w)
{
    char why[EG_DB_WHY_LEN] = "";
    eg_status st;

    if (!time_reached(&w->retry_at)) {
        return EG_ERR(STORE_UNAVAILABLE);
    }
    st = eg_db_open(w->url, EG_DB_WRITER, &w->db, why, sizeof why);
    if (!eg_ok(st)) {
        keep_why(w, why);
        back_off(w);
        return EG_ERR(STORE_UNAVAILABLE);
    }
    w->backoff_ms = 0;
    pthread_mutex_lock(&w->lock);
    w->counters.reconnects++;
    pthread_mutex_unlock(&w->lock);
    return EG_OK;
}

static void drop_if_dead(struct eg_writer_thread *w)
{
    if (w->db != NULL && !eg_db_alive(w->db)) {
        eg_db_close(w->db);
        w->db = NULL; /* the first attempt comes at once, with the next group */
        w->retry_at = (struct timespec){0, 0};
    }
}

/* ---- one group --------------------------------------------------------------------------------
 */

/* The database's words are of interest only where it, not a rule of ours, refused. */
static void keep_op_why(struct eg_writer_thread *w, const struct op *op)
{
    enum eg_category cat = eg_category(op->status);

    if (cat == EG_CAT_INTERNAL || cat == EG_CAT_UNAVAILABLE || cat == EG_CAT_BUSY) {
        keep_why(w, eg_db_why(w->db));
    }
}

/* Run one operation; a status other than EG_OK from here means that the whole group is lost. */
static eg_status run_op(struct eg_writer_thread *w, struct op *op)
{
    EG_TRY(eg_db_savepoint(w->db));
    op->status = op->fn(w->db, op->arg);
    eg_db_reset(w->db);
    if (eg_ok(op->status)) {
        return eg_db_release(w->db);
    }
    keep_op_why(w, op);
    if (!eg_db_alive(w->db)) {
        return EG_ERR(STORE_UNAVAILABLE);
    }
    if (!eg_db_in_transaction(w->db)) { /* SQLite ended it: disk full, I/O error */
        return op->status;
    }
    return eg_db_rollback_to(w->db);
}

/* A group of one needs no savepoint: when it refuses, the whole transaction is rolled back. */
static eg_status run_alone(struct eg_writer_thread *w, struct op *op)
{
    op->status = op->fn(w->db, op->arg);
    eg_db_reset(w->db);
    if (eg_ok(op->status)) {
        return eg_db_commit(w->db);
    }
    keep_op_why(w, op);
    eg_db_rollback(w->db);
    return eg_db_alive(w->db) ? EG_OK : EG_ERR(STORE_UNAVAILABLE);
}

static eg_status run_group(struct eg_writer_thread *w, struct op *group)
{
    eg_status st = EG_OK;

    if (w->db == NULL) {
        EG_TRY(connect_again(w));
    }
    EG_TRY(eg_db_begin(w->db));
    if (group->next == NULL) {
        return run_alone(w, group);
    }
    for (struct op *op = group; op != NULL && eg_ok(st); op = op->next) {
        st = run_op(w, op);
    }
    if (!eg_ok(st)) {
        eg_db_rollback(w->db);
        return st;
    }
    return eg_db_commit(w->db);
}

/* Deadlock, lock and capacity keep their name; all else means "not there". */
static eg_status group_status(eg_status st)
{
    if (eg_is(st, EG_E_STORE_BUSY) || eg_is(st, EG_E_STORE_FULL)) {
        return st;
    }
    return EG_ERR(STORE_UNAVAILABLE);
}

static void count_group(struct eg_writer_thread *w, struct op *group)
{
    struct timespec cpu;

    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &cpu);
    pthread_mutex_lock(&w->lock);
    w->counters.commits++;
    for (struct op *op = group; op != NULL; op = op->next) {
        if (eg_ok(op->status)) {
            w->counters.operations++;
        } else {
            w->counters.refused++;
        }
    }
    w->counters.cpu_ns = (uint64_t)cpu.tv_sec * 1000000000u + (uint64_t)cpu.tv_nsec;
    pthread_mutex_unlock(&w->lock);
}

static void finish_group(struct eg_writer_thread *w, struct op *group, eg_status st)
{
    if (!eg_ok(st)) {
        if (w->db != NULL && *eg_db_why(w->db) != '\0') {
            keep_why(w, eg_db_why(w->db));
        }
        for (struct op *op = group; op != NULL; op = op->next) {
            op->status = group_status(st);
        }
    } else {
        count_group(w, group);
    }
    while (group != NULL) {
        struct op *next = group->next; /* gone as soon as its caller wakes */

        (void)sem_post(&group->done);
        group = next;
    }
}

/* ---- thread and queue -------------------------------------------------------------------------
 */

/* Everything that waits, at most GROUP_MAX; NULL when it is time to stop. */
static struct op *take_group(struct eg_writer_thread *w)
{
    struct op *group;
    struct op *last;

    pthread_mutex_lock(&w->lock);
    while (w->head == NULL && !w->stop) {
        pthread_cond_wait(&w->wake, &w->lock);
    }
    group = w->head;
    last = group;
    for (uint32_t n = 1; last != NULL && last->next != NULL && n < GROUP_MAX; n++) {
        last = last->next;
    }
    if (last != NULL) {
        w->head = last->next;
        last->next = NULL;
        if (w->head == NULL) {
            w->tail = &w->head;
        }
        for (struct op *op = group; op != NULL; op = op->next) {
            w->queued--;
        }
    }
    pthread_mutex_unlock(&w->lock);
    return group;
}

static void *writer_main(void *arg)
{
    struct eg_writer_thread *w = arg;
    struct op *group;

    (void)pthread_setname_np(pthread_self(), "store-writer"); /* for top and perf */
    while ((group = take_group(w)) != NULL) {
        eg_status st = run_group(w, group);

        finish_group(w, group, st);
        drop_if_dead(w);
    }
    return NULL;
}

eg_status eg_writer_submit(struct eg_writer_thread *w, eg_op_fn fn, void *arg)
{
    struct op op = {.fn = fn, .arg = arg};
    bool full;

    if (sem_init(&op.done, 0, 0) != 0) {
        return EG_ERR(NO_MEMORY);
    }
    pthread_mutex_lock(&w->lock);
    full = w->queued >= w->queue_max || w->stop;
    if (!full) {
        *w->tail = &op;
        w->tail = &op.next;
        w->queued++;
        pthread_cond_signal(&w->wake);
    }
    pthread_mutex_unlock(&w->lock);
    if (full) {
        (void)sem_destroy(&op.done);
        return EG_ERR(STORE_BUSY);
    }
    while (sem_wait(&op.done) != 0) {
        /* interrupted by a signal: wait on */
    }
    (void)sem_destroy(&op.done);
    return op.status;
}

eg_status eg_writer_start(struct eg_db *db, const char *url, uint32_t queue_max,
                          struct eg_writer_thread **out)
{
    struct eg_writer_thread *w = calloc(1, sizeof *w);

    *out = NULL;
    if (w == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    w->db = db;
    w->url = url;
    w->queue_max = queue_max;
    w->tail = &w->head;
    (void)pthread_mutex_init(&w->lock, NULL);
    (void)pthread_cond_init(&w->wake, NULL);
    if (pthread_create(&w->thread, NULL, writer_main, w) != 0) {
        free(w);
        return EG_ERR(NO_MEMORY);
    }
    *out = w;
    return EG_OK;
}

void eg_writer_stop(struct eg_writer_thread *w)
{
    if (w == NULL) {
        return;
    }
    pthread_mutex_lock(&w->lock);
    w->stop = true;
    pthread_cond_signal(&w->wake);
    pthread_mutex_unlock(&w->lock);
    (void)pthread_join(w->thread, NULL);
    eg_db_close(w->db);
    (void)pthread_cond_destroy(&w->wake);
    (void)pthread_mutex_destroy(&w->lock);
    free(w);
}

void eg_writer_counters(struct eg_writer_thread *w, struct eg_store_counters *out)
{
    pthread_mutex_lock(&w->lock);
    *out = w->counters;
    out->queued = w->queued;
    pthread_mutex_unlock(&w->lock);
}

void eg_writer_why(struct eg_writer_thread *w, char *out, size_t room)
{
    pthread_mutex_lock(&w->lock);
    (void)snprintf(out, room, "%s", w->why);
    pthread_mutex_unlock(&w->lock);
}
