/* SPDX-License-Identifier: Apache-2.0 */
#include "server/store/readers.h"

#include <pthread.h>
#include <stdlib.h>

struct eg_readers {
    const char *url;
    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t returned;
    uint32_t max;
    uint32_t open;       /* borrowed or idle */
    uint32_t idle_count; /* in idle[] */
    struct eg_db *idle[];
};

eg_status eg_readers_new(const char *url, uint32_t max, struct eg_readers **out)
{
    struct eg_readers *r = calloc(1, sizeof *r + max * sizeof r->idle[0]);

    *out = r;
    if (r == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    r->url = url;
    r->max = max;
    (void)pthread_mutex_init(&r->lock, NULL);
    (void)pthread_cond_init(&r->returned, NULL);
    return EG_OK;
}

void eg_readers_free(struct eg_readers *r)
{
    if (r == NULL) {
        return;
    }
    for (uint32_t i = 0; i < r->idle_count; i++) {
        eg_db_close(r->idle[i]);
    }
    (void)pthread_cond_destroy(&r->returned);
    (void)pthread_mutex_destroy(&r->lock);
    free(r);
}

static void forget_one(struct eg_readers *r)
{
    pthread_mutex_lock(&r->lock);
    r->open--;
    pthread_cond_signal(&r->returned);
    pthread_mutex_unlock(&r->lock);
}

eg_status eg_readers_borrow(struct eg_readers *r, struct eg_db **out)
{
    eg_status st;

    *out = NULL;
    pthread_mutex_lock(&r->lock);
    while (r->idle_count == 0 && r->open == r->max) {
        pthread_cond_wait(&r->returned, &r->lock);
    }
    if (r->idle_count > 0) {
        *out = r->idle[--r->idle_count];
    } else {
        r->open++; /* ours to open, outside the lock */
    }
    pthread_mutex_unlock(&r->lock);
    if (*out != NULL) {
        return EG_OK;
    }
    st = eg_db_open(r->url, EG_DB_READER, out, NULL, 0);
    if (!eg_ok(st)) {
        forget_one(r);
        return EG_ERR(STORE_UNAVAILABLE);
    }
    return EG_OK;
}

void eg_readers_return(struct eg_readers *r, struct eg_db *db)
{
    eg_db_reset(db);
    if (!eg_db_alive(db)) {
        eg_db_close(db);
        forget_one(r);
        return;
    }
    pthread_mutex_lock(&r->lock);
    r->idle[r->idle_count++] = db;
    pthread_cond_signal(&r->returned);
    pthread_mutex_unlock(&r->lock);
}
