/* SPDX-License-Identifier: Apache-2.0 */
#include "server/device/endpoint.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "lib/os/clock.h"
#include "lib/os/fd.h"
#include "lib/os/log.h"
#include "server/device/internal.h"
#include "server/main/limits.h"
#include "server/net/listen.h"

enum { KEEPER_S = 30, WHERE_LEN = 300, LOOPS_MAX = 64, SECOND_MS = 1000 };

static void work(void *ctx, struct eg_work *item)
{
    (void)ctx;
    eg_device_connection_work((struct eg_device_connection *)(void *)item); /* work is first */
}

/* ---- keeper: renews the identity ------------------------------------------------------------- */

static void wait_for_turn(struct eg_device_endpoint *e)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += KEEPER_S;
    (void)pthread_cond_timedwait(&e->keeper_wake, &e->keeper_lock, &until);
}

static void *keep(void *arg)
{
    struct eg_device_endpoint *e = arg;
    (void)pthread_setname_np(pthread_self(), "device-keeper");
    pthread_mutex_lock(&e->keeper_lock);
    while (!atomic_load(&e->draining)) {
        wait_for_turn(e);
        if (atomic_load(&e->draining)) {
            break;
        }
        pthread_mutex_unlock(&e->keeper_lock);
        eg_status st = eg_device_identity_refresh(e->identity, eg_clock_now_ms());
        if (!eg_ok(st)) {
            eg_log_failure(st, "device endpoint renewal", NULL);
        }
        pthread_mutex_lock(&e->keeper_lock);
    }
    pthread_mutex_unlock(&e->keeper_lock);
    return NULL;
}

static eg_status start_keeper(struct eg_device_endpoint *e)
{
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&e->keeper_wake, &attr);
    pthread_condattr_destroy(&attr);
    e->keeper_runs = pthread_create(&e->keeper, NULL, keep, e) == 0;
    return e->keeper_runs ? EG_OK : EG_ERR(NO_MEMORY);
}

static void end_keeper(struct eg_device_endpoint *e)
{
    if (e->keeper_runs) {
        pthread_mutex_lock(&e->keeper_lock);
        pthread_cond_signal(&e->keeper_wake);
        pthread_mutex_unlock(&e->keeper_lock);
        pthread_join(e->keeper, NULL);
        pthread_cond_destroy(&e->keeper_wake);
        e->keeper_runs = false;
    }
}

/* ---- start ------------------------------------------------------------------------------------
 */

/** As many descriptors as we may have: each connection takes one. */
static void raise_descriptors(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

/**
 * The address with the port in use. Sockets that share a port would also share it with another
 * program of the same user, so the first look is for the address alone.
 */
static eg_status find_address(const char *listen, char where[static WHERE_LEN], uint16_t *out_port)
{
    int probe;
    EG_TRY(eg_listen(listen, EG_LISTEN_ALONE, &probe, where, WHERE_LEN));
    *out_port = eg_listen_port(probe);
    eg_fd_close(&probe);
    return EG_OK;
}

static unsigned loops_wanted(unsigned asked)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    unsigned n = asked != 0 ? asked : cores > 1 ? (unsigned)cores : 1;
    return n < LOOPS_MAX ? n : LOOPS_MAX;
}

/** All sockets before the first loop: a connection that comes early is spread over all of them. */
static eg_status listen_all(struct eg_device_endpoint *e, const char *where, int fds[LOOPS_MAX],
                            unsigned n)
{
    char ignored[WHERE_LEN];
    for (unsigned i = 0; i < n; i++) {
        EG_TRY(eg_listen(where, EG_LISTEN_SHARED, &fds[i], ignored, sizeof(ignored)));
    }
    for (unsigned i = 0; i < n; i++) {
        EG_TRY(eg_device_loop_start(&e->loops[i], e, fds[i]));
        fds[i] = -1; /* the loop's now */
    }
    return EG_OK;
}

static eg_status start_loops(struct eg_device_endpoint *e, const struct eg_device_options *o)
{
    char where[WHERE_LEN];
    int fds[LOOPS_MAX];
    unsigned n = loops_wanted(o->loops);
    EG_TRY(find_address(o->listen, where, &e->port));
    e->loops = calloc(n, sizeof(*e->loops));
    if (e->loops == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    e->loop_count = n;
    for (unsigned i = 0; i < n; i++) {
        e->loops[i].epoll_fd = e->loops[i].listen_fd = e->loops[i].wake_fd = fds[i] = -1;
        pthread_mutex_init(&e->loops[i].done_lock, NULL);
    }
    eg_status st = listen_all(e, where, fds, n);
    for (unsigned i = 0; i < n; i++) {
        eg_fd_close(&fds[i]);
    }
    return st;
}

static eg_status start(struct eg_device_endpoint *e, const struct eg_device_options *o)
{
    EG_TRY(eg_device_identity_new(o->core, o->dir, o->name, eg_clock_now_ms(), &e->identity));
    e->rate = eg_rate_new(o->rate_per_second);
    if (e->rate == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    EG_TRY(eg_workers_new(EG_LIMIT_DEVICE_WORKERS, EG_LIMIT_DEVICE_QUEUE, work, NULL, &e->workers));
    EG_TRY(start_keeper(e));
    raise_descriptors();
    return start_loops(e, o);
}

eg_status eg_device_endpoint_new(const struct eg_device_options *options,
                                 struct eg_device_endpoint **out)
{
    *out = NULL;
    struct eg_device_endpoint *e = calloc(1, sizeof(*e));
    size_t len = strlen(options->name);
    if (e == NULL || len >= sizeof(e->name)) {
        free(e);
        return EG_ERR(NO_MEMORY);
    }
    e->core = options->core;
    memcpy(e->name, options->name, len);
    pthread_mutex_init(&e->keeper_lock, NULL);
    eg_status st = start(e, options);
    if (!eg_ok(st)) {
        eg_device_endpoint_free(e);
        return st;
    }
    *out = e;
    return EG_OK;
}

uint16_t eg_device_endpoint_port(const struct eg_device_endpoint *e)
{
    return e->port;
}

void eg_device_endpoint_count(const void *e, struct eg_endpoint_counters *out)
{
    const struct eg_device_counters *s = &((const struct eg_device_endpoint *)e)->stats;
    *out = (struct eg_endpoint_counters){
        .open = atomic_load(&s->open),
        .accepted = atomic_load(&s->accepted),
        .turned_away = atomic_load(&s->turned_away),
        .handshakes = atomic_load(&s->handshakes),
        .resumed = atomic_load(&s->resumed),
        .handshakes_failed = atomic_load(&s->handshakes_failed),
        .no_certificate = atomic_load(&s->no_certificate),
        .sni_missing = atomic_load(&s->sni_missing),
        .sni_wrong = atomic_load(&s->sni_wrong),
        .malformed = atomic_load(&s->malformed),
        .refused = atomic_load(&s->refused),
        .sessions = atomic_load(&s->sessions),
        .sessions_failed = atomic_load(&s->sessions_failed),
        .broken = atomic_load(&s->broken),
    };
}

/* ---- end --------------------------------------------------------------------------------------
 */

/* Loops end when their last connection has; those may need workers until then. */
void eg_device_endpoint_drain(struct eg_device_endpoint *e)
{
    if (e == NULL || atomic_load(&e->draining)) {
        return;
    }
    e->drain_until_ms = eg_clock_mono_ms() + (int64_t)EG_LIMIT_DEVICE_DRAIN_S * SECOND_MS;
    atomic_store(&e->draining, true);
    end_keeper(e);
    for (unsigned i = 0; i < e->loop_count; i++) {
        if (e->loops[i].runs) {
            eg_device_loop_wake(&e->loops[i]);
        }
    }
    for (unsigned i = 0; i < e->loop_count; i++) {
        eg_device_loop_join(&e->loops[i]);
    }
    eg_workers_stop(e->workers);
}

void eg_device_endpoint_free(struct eg_device_endpoint *e)
{
    if (e == NULL) {
        return;
    }
    eg_device_endpoint_drain(e);
    eg_workers_free(e->workers);
    for (unsigned i = 0; i < e->loop_count; i++) {
        pthread_mutex_destroy(&e->loops[i].done_lock);
    }
    free(e->loops);
    eg_rate_free(e->rate);
    eg_device_identity_free(e->identity);
    pthread_mutex_destroy(&e->keeper_lock);
    free(e);
}
