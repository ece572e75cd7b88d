/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>

#include "lib/os/clock.h"
#include "server/net/parking.h"
#include "server/net/workers.h"
#include "tests/unit/unit.h"

/** Counts releases; a test waits for a number of them. */
struct counter {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int released;
};
static struct counter counter = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0};

static void count(void *ctx, struct eg_parked *item)
{
    (void)item;
    struct counter *c = ctx;
    pthread_mutex_lock(&c->lock);
    c->released++;
    pthread_cond_signal(&c->changed);
    pthread_mutex_unlock(&c->lock);
}

static void await(int n)
{
    pthread_mutex_lock(&counter.lock);
    while (counter.released < n) {
        pthread_cond_wait(&counter.changed, &counter.lock);
    }
    assert_int_equal(counter.released, n);
    pthread_mutex_unlock(&counter.lock);
}

static struct eg_parking *start(void)
{
    struct eg_parking *p = NULL;
    counter.released = 0;
    assert_ok(eg_parking_new(count, &counter, &p));
    return p;
}

static void notify_releases_its_topic_only(void **state)
{
    (void)state;
    struct eg_parking *p = start();
    int64_t far = eg_clock_mono_ms() + 60000;
    struct eg_parked a = {.topic = 1, .deadline_ms = far}, b = {.topic = 2, .deadline_ms = far};
    struct eg_parked same_slot = {.topic = 1 + EG_PARKING_SLOTS, .deadline_ms = far};
    uint64_t epoch = eg_parking_epoch(p);
    eg_parking_wait(p, &a, epoch);
    eg_parking_wait(p, &b, epoch);
    eg_parking_wait(p, &same_slot, epoch);
    eg_parking_notify(p, 1);
    await(1);
    eg_parking_notify(p, 3);
    await(1);
    eg_parking_close(p);
    await(3);
    eg_parking_free(p);
}

static void nothing_is_lost_between_look_and_park(void **state)
{
    (void)state;
    struct eg_parking *p = start();
    struct eg_parked a = {.topic = 1, .deadline_ms = eg_clock_mono_ms() + 60000};
    uint64_t epoch = eg_parking_epoch(p);
    eg_parking_notify(p, 1);
    eg_parking_wait(p, &a, epoch);
    await(1);
    eg_parking_close(p);
    eg_parking_free(p);
}

static void the_deadline_releases(void **state)
{
    (void)state;
    struct eg_parking *p = start();
    int64_t begin = eg_clock_mono_ms();
    struct eg_parked late = {.topic = 1, .deadline_ms = begin + 60000};
    struct eg_parked soon = {.topic = 2, .deadline_ms = begin + 50};
    uint64_t epoch = eg_parking_epoch(p);
    eg_parking_wait(p, &late, epoch);
    eg_parking_wait(p, &soon, epoch);
    await(1);
    assert_true(eg_clock_mono_ms() >= begin + 50);
    eg_parking_close(p);
    await(2);
    eg_parking_free(p);
}

/* ---- workers --------------------------------------------------------------------------------- */

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static void work(void *ctx, struct eg_work *item)
{
    (void)item;
    pthread_mutex_lock(&gate);
    ++*(int *)ctx;
    pthread_mutex_unlock(&gate);
}

static void the_queue_is_bounded_and_drained(void **state)
{
    (void)state;
    struct eg_workers *w = NULL;
    struct eg_work items[8];
    int done = 0, accepted = 0;
    pthread_mutex_lock(&gate); /* the one worker takes an item and hangs */
    assert_ok(eg_workers_new(1, 3, work, &done, &w));
    for (int i = 0; i < 8; i++) {
        accepted += eg_workers_push(w, &items[i]) ? 1 : 0;
    }
    assert_in_range(accepted, 3, 4);
    pthread_mutex_unlock(&gate);
    eg_workers_stop(w);
    assert_int_equal(done, accepted);
    assert_false(eg_workers_push(w, &items[0]));
    eg_workers_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(notify_releases_its_topic_only),
        cmocka_unit_test(nothing_is_lost_between_look_and_park),
        cmocka_unit_test(the_deadline_releases),
        cmocka_unit_test(the_queue_is_bounded_and_drained),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
