/* SPDX-License-Identifier: Apache-2.0 */
#include "server/net/workers.h"

#include <pthread.h>
#include <stdlib.h>

struct eg_workers {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct eg_work *head, **tail;
    unsigned queued, queue_max;
    bool ending;
    eg_work_fn run;
    void *ctx;
    pthread_t *threads;
    unsigned thread_count;
};

static struct eg_work *take(struct eg_workers *w)
{
    pthread_mutex_lock(&w->lock);
    while (w->head == NULL && !w->ending) {
        pthread_cond_wait(&w->wake, &w->lock);
    }
    struct eg_work *work = w->head;
    if (work != NULL) {
        w->head = work->next;
        if (w->head == NULL) {
            w->tail = &w->head;
        }
        w->queued--;
    }
    pthread_mutex_unlock(&w->lock);
    return work;
}

static void *work_loop(void *arg)
{
    struct eg_workers *w = arg;
    struct eg_work *work;
    (void)pthread_setname_np(pthread_self(), "http-worker"); /* for top and perf */
    while ((work = take(w)) != NULL) {
        w->run(w->ctx, work);
    }
    return NULL;
}

static void append(struct eg_workers *w, struct eg_work *work)
{
    work->next = NULL;
    *w->tail = work;
    w->tail = &work->next;
    w->queued++;
    pthread_cond_signal(&w->wake);
}

bool eg_workers_push(struct eg_workers *w, struct eg_work *work)
{
    pthread_mutex_lock(&w->lock);
    bool room = w->queued < w->queue_max && !w->ending;
    if (room) {
        append(w, work);
    }
    pthread_mutex_unlock(&w->lock);
    return room;
}

void eg_workers_push_again(struct eg_workers *w, struct eg_work *work)
{
    pthread_mutex_lock(&w->lock);
    append(w, work);
    pthread_mutex_unlock(&w->lock);
}

eg_status eg_workers_new(unsigned threads, unsigned queue_max, eg_work_fn run, void *ctx,
                         struct eg_workers **out)
{
    *out = NULL;
    struct eg_workers *w = calloc(1, sizeof(*w));
    if (w == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    w->threads = calloc(threads, sizeof(*w->threads));
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->wake, NULL);
    w->tail = &w->head;
    w->queue_max = queue_max;
    w->run = run;
    w->ctx = ctx;
    while (w->threads != NULL && w->thread_count < threads &&
           pthread_create(&w->threads[w->thread_count], NULL, work_loop, w) == 0) {
        w->thread_count++;
    }
    if (w->thread_count < threads) {
        eg_workers_free(w);
        return EG_ERR(NO_MEMORY);
    }
    *out = w;
    return EG_OK;
}

void eg_workers_stop(struct eg_workers *w)
{
    if (w == NULL) {
        return;
    }
    pthread_mutex_lock(&w->lock);
    w->ending = true;
    pthread_cond_broadcast(&w->wake);
    pthread_mutex_unlock(&w->lock);
    for (unsigned i = 0; i < w->thread_count; i++) {
        pthread_join(w->threads[i], NULL);
    }
    w->thread_count = 0;
}

void eg_workers_free(struct eg_workers *w)
{
    if (w == NULL) {
        return;
    }
    eg_workers_stop(w);
    pthread_cond_destroy(&w->wake);
    pthread_mutex_destroy(&w->lock);
    free(w->threads);
    free(w);
}
