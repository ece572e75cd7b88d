/* SPDX-License-Identifier: Apache-2.0 */
/* Workers die by kill -9 while callers work; nobody may notice but the counters. */
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/os/clock.h"
#include "tests/unit/unit.h"
#include "tests/unit/vaultpool/pool_fixture.h"

enum {
    CALLERS = 6,
    CALLS_EACH = 60,
    DEVICES_EACH = 16,
};

static struct fix_pool f;

static int set_up(void **state)
{
    (void)state;
    fix_pool_open(&f, 2);
    fix_pool_fill(&f);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fix_pool_close(&f);
    return 0;
}

/* ---- under load
 * ---------------------------------------------------------------------------------- */

struct caller {
    pthread_t thread;
    unsigned good, bad;
    atomic_uint done;
    unsigned done_at_last_kill;
    bool started;
};

static bool all_made(const struct eg_vaultpool_made *made)
{
    for (size_t i = 0; i < made->device_count; i++) {
        if (!eg_ok(made->devices[i].status) || made->devices[i].objects[2].certificate.len == 0) {
            return false;
        }
    }
    return made->device_count == DEVICES_EACH;
}

static void *caller_run(void *arg)
{
    struct caller *me = arg;
    for (unsigned i = 0; i < CALLS_EACH; i++) {
        struct eg_vaultpool_made made;
        eg_status st = eg_vaultpool_make(f.pool, &f.plan.plan, f.devices, DEVICES_EACH, &made);
        if (eg_ok(st) && all_made(&made)) {
            me->good++;
        } else {
            me->bad++;
        }
        eg_vaultpool_made_free(&made);
        atomic_fetch_add(&me->done, 1);
    }
    return NULL;
}

static bool all_are_through(struct caller *callers)
{
    for (size_t i = 0; i < CALLERS; i++) {
        if (atomic_load(&callers[i].done) < CALLS_EACH) {
            return false;
        }
    }
    return true;
}

/* Every caller got an answer since the last kill (or is through), so that no single call can be hit
 * as often as makes the pool give it up, however the machine schedules us. */
static bool all_got_on(struct caller *callers)
{
    for (size_t i = 0; i < CALLERS; i++) {
        unsigned done = atomic_load(&callers[i].done);
        if (done < CALLS_EACH && done <= callers[i].done_at_last_kill) {
            return false;
        }
    }
    for (size_t i = 0; i < CALLERS; i++) {
        callers[i].done_at_last_kill = atomic_load(&callers[i].done);
    }
    return true;
}

/* A caller that did not start counts as through, with nothing done. */
static void start_callers(struct caller *callers)
{
    for (size_t i = 0; i < CALLERS; i++) {
        callers[i].started = pthread_create(&callers[i].thread, NULL, caller_run, &callers[i]) == 0;
        if (!callers[i].started) {
            atomic_store(&callers[i].done, CALLS_EACH);
        }
    }
}

/* All of them, before any check leaves. */
static void join_callers(struct caller *callers)
{
    for (size_t i = 0; i < CALLERS; i++) {
        if (callers[i].started) {
            (void)pthread_join(callers[i].thread, NULL);
        }
    }
}

static void every_call_is_answered_while_workers_are_killed(void **state)
{
    (void)state;
    struct caller callers[CALLERS] = {0};
    struct eg_vaultpool_stats stats;
    unsigned killed = 0;
    start_callers(callers);
    while (!all_are_through(callers)) {
        int pids[8];
        size_t count = eg_vaultpool_pids(f.pool, pids, 8);
        if (count > 0 && all_got_on(callers) && kill(pids[killed % count], SIGKILL) == 0) {
            killed++;
        }
        (void)poll(NULL, 0, 1);
    }
    join_callers(callers);
    for (size_t i = 0; i < CALLERS; i++) {
        assert_int_equal(callers[i].bad, 0);
        assert_int_equal(callers[i].good, CALLS_EACH);
    }
    eg_vaultpool_stats(f.pool, &stats);
    assert_true(killed >= 5);
    assert_true(stats.restarts >= 3);
}

/* ---- one by one
 * ---------------------------------------------------------------------------------- */

static void a_dead_idle_worker_costs_nothing(void **state)
{
    (void)state;
    int pids[8];
    struct eg_vaultpool_made made;
    size_t count = eg_vaultpool_pids(f.pool, pids, 8);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(kill(pids[i], SIGKILL), 0);
    }
    assert_ok(eg_vaultpool_make(f.pool, &f.plan.plan, f.devices, 1, &made));
    fix_check_made(&f, 0, &made.devices[0]);
    eg_vaultpool_made_free(&made);
}

static void wait_until_all_are_up(void)
{
    struct eg_vaultpool_stats stats;
    int64_t deadline = eg_clock_mono_ms() + 20000;
    do {
        eg_vaultpool_stats(f.pool, &stats);
        (void)poll(NULL, 0, 1);
    } while (stats.workers < 2 && eg_clock_mono_ms() < deadline);
    assert_int_equal(stats.workers, 2);
}

/* Key file gone: nothing can start again, and callers are told instead of waiting for ever. */
static void without_hope_callers_are_told(void **state)
{
    (void)state;
    struct eg_vaultpool_made made;
    char moved[EG_PATH_MAX];
    int pids[8];
    wait_until_all_are_up();
    assert_ok(eg_path_join(f.dir, "moved.key", moved, sizeof(moved)));
    assert_int_equal(rename(f.key_file, moved), 0);
    for (size_t left = eg_vaultpool_pids(f.pool, pids, 8); left > 0; left--) {
        assert_int_equal(kill(pids[left - 1], SIGKILL), 0);
    }
    assert_status(eg_vaultpool_make(f.pool, &f.plan.plan, f.devices, 1, &made), VAULT_UNAVAILABLE);
    assert_null(made.memory);
    assert_int_equal(rename(moved, f.key_file), 0);
    eg_status st;
    int64_t deadline = eg_clock_mono_ms() + 20000;
    do { /* the keeper goes on trying */
        st = eg_vaultpool_make(f.pool, &f.plan.plan, f.devices, 1, &made);
        (void)poll(NULL, 0, 1);
    } while (eg_is(st, EG_E_VAULT_UNAVAILABLE) && eg_clock_mono_ms() < deadline);
    assert_ok(st);
    eg_vaultpool_made_free(&made);
}

/* ---- too many wait
 * ---------------------------------------------------------------------------------- */

enum { CROWD = EG_VAULTPOOL_WAITING_MAX + 2 + 8 }; /* waiting, at work, too many */

static atomic_uint served, turned_away, failed;

static void *crowd_run(void *arg)
{
    struct eg_vaultpool_secret secret = {0};
    (void)arg;
    eg_status st =
        eg_vaultpool_secret_generate(f.pool, 1, EG_VAULT_PURPOSE_MASTER_KEY, 32, &secret);
    atomic_fetch_add(eg_ok(st) ? &served : eg_is(st, EG_E_VAULT_BUSY) ? &turned_away : &failed, 1);
    eg_vaultpool_secret_free(&secret);
    return NULL;
}

static void more_than_may_wait_are_turned_away(void **state)
{
    (void)state;
    static pthread_t threads[CROWD];
    static bool started[CROWD];
    pthread_attr_t small;
    int pids[8];
    size_t count = eg_vaultpool_pids(f.pool, pids, 8);
    assert_int_equal(pthread_attr_init(&small), 0);
    assert_int_equal(pthread_attr_setstacksize(&small, (size_t)256 * 1024), 0);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(kill(pids[i], SIGSTOP), 0);
    }
    for (size_t i = 0; i < CROWD; i++) {
        started[i] = pthread_create(&threads[i], &small, crowd_run, NULL) == 0;
        atomic_fetch_add(&failed, !started[i]);
    }
    while (atomic_load(&turned_away) + atomic_load(&failed) <
           CROWD - EG_VAULTPOOL_WAITING_MAX - count) {
        (void)poll(NULL, 0, 5);
    }
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(kill(pids[i], SIGCONT), 0);
    }
    for (size_t i = 0; i < CROWD; i++) {
        if (started[i]) {
            (void)pthread_join(threads[i], NULL);
        }
    }
    assert_int_equal(atomic_load(&failed), 0);
    assert_int_equal(atomic_load(&served), EG_VAULTPOOL_WAITING_MAX + count);
    assert_int_equal(pthread_attr_destroy(&small), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        /* First: a worker that comes back from the dead in the middle of it would serve the crowd.
         */
        cmocka_unit_test(more_than_may_wait_are_turned_away),
        cmocka_unit_test(every_call_is_answered_while_workers_are_killed),
        cmocka_unit_test(a_dead_idle_worker_costs_nothing),
        cmocka_unit_test(without_hope_callers_are_told),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
