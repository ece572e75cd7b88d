/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bench/session_load.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/os/clock.h"

enum { THREADS_MAX = 64, EVENTS = 256, ROOM = 65536, BUCKETS = 20000, TICK_MS = 100 };

struct shared {
    const struct load_options *o;
    atomic_uint_fast64_t next;  /* session number */
    atomic_uint_fast64_t ended; /* sessions that are over, or held */
    atomic_bool stop;           /* let go of what is held */
};

struct client {
    struct client *next_free;
    struct sim_device *device;
    SSL *ssl;
    int fd;
    bool shaken, said_goodbye;
    int64_t start_ns;
    uint8_t in[ROOM / 4];
    size_t in_len;
};

struct loop {
    pthread_t thread;
    struct shared *shared;
    int epoll_fd;
    unsigned parallel, open;
    struct client *free_list;
    struct load_result result;
    uint32_t ms_tenths[BUCKETS]; /* how many sessions took that long */
    uint8_t out[ROOM];
    bool failed;
};

/* ---- one session ------------------------------------------------------------------------------
 */

static void note_time(struct loop *l, const struct client *c)
{
    int64_t tenths = (eg_clock_mono_ns() - c->start_ns) / 100000;
    l->ms_tenths[tenths < BUCKETS ? tenths : BUCKETS - 1]++;
}

static void end(struct loop *l, struct client *c, bool good)
{
    if (good) {
        note_time(l, c);
        l->result.sessions++;
        if (l->shared->o->tickets) {
            SSL_SESSION_free(c->device->ticket);
            c->device->ticket = SSL_get1_session(c->ssl);
        }
        (void)SSL_shutdown(c->ssl);
    } else {
        l->result.failed++;
    }
    SSL_free(c->ssl);
    close(c->fd);
    c->ssl = NULL;
    c->next_free = l->free_list;
    l->free_list = c;
    l->open--;
    atomic_fetch_add(&l->shared->ended, 1);
}

static bool begin(struct loop *l, uint64_t number)
{
    const struct load_options *o = l->shared->o;
    struct client *c = l->free_list;
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(o->port)};
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    c->ssl = c->fd < 0 ? NULL : SSL_new(o->client);
    if (c->ssl == NULL || inet_pton(AF_INET, o->host, &to.sin_addr) != 1) {
        return false;
    }
    l->free_list = c->next_free;
    c->device = &o->devices[number % o->count];
    c->shaken = c->said_goodbye = false;
    c->in_len = 0;
    c->start_ns = eg_clock_mono_ns();
    (void)connect(c->fd, (struct sockaddr *)&to, sizeof(to));
    SSL_set_fd(c->ssl, c->fd);
    SSL_set_connect_state(c->ssl);
    SSL_set_tlsext_host_name(c->ssl, o->sni);
    SSL_use_certificate(c->ssl, c->device->certificate);
    SSL_use_PrivateKey(c->ssl, c->device->key);
    if (o->tickets && c->device->ticket != NULL) {
        SSL_set_session(c->ssl, c->device->ticket);
    }
    struct epoll_event e = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = c};
    l->open++;
    return epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, c->fd, &e) == 0;
}

/** The whole answer fits the socket: devices are small. */
static bool send_answer(struct loop *l, struct client *c, size_t len)
{
    uint8_t prefix[EG_SESSION_PREFIX_MAX];
    size_t n = eg_session_put_prefix(prefix, len);
    uint8_t *from = l->out + EG_SESSION_PREFIX_MAX - n;
    memcpy(from, prefix, n);
    l->result.bytes_up += n + len;
    return SSL_write(c->ssl, from, (int)(n + len)) == (int)(n + len);
}

/** Every whole message that came. False: the session is over (ended or broken). */
static bool take_messages(struct loop *l, struct client *c)
{
    size_t prefix, len;
    struct eg_writer w;
    uint32_t update;
    while (eg_ok(eg_session_get_prefix(eg_span(c->in, c->in_len), sizeof(c->in), &prefix, &len)) &&
           c->in_len - prefix >= len) {
        l->result.messages++;
        if (l->shared->o->hold) {
            l->result.held++;
            atomic_fetch_add(&l->shared->ended, 1);
            c->in_len = 0;
            return true;
        }
        eg_writer_init(&w, l->out + EG_SESSION_PREFIX_MAX, sizeof(l->out) - EG_SESSION_PREFIX_MAX);
        if (!sim_device_answer(c->device, eg_span(c->in + prefix, len), &w, &update)) {
            end(l, c, false);
            return false;
        }
        c->in_len -= prefix + len;
        memmove(c->in, c->in + prefix + len, c->in_len);
        if (w.len > 0 && !send_answer(l, c, w.len)) {
            end(l, c, false);
            return false;
        }
        if (update != 0) {
            l->result.succeeded += update == EG_UPDATE_SUCCESS ? 1 : 0;
            l->result.other_update = update == EG_UPDATE_SUCCESS ? l->result.other_update : update;
            end(l, c, true);
            return false;
        }
    }
    return true;
}

static bool must_wait(struct client *c, int result)
{
    int error = SSL_get_error(c->ssl, result);
    return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
}

static void drive(struct loop *l, struct client *c)
{
    ERR_clear_error();
    if (!c->shaken) {
        int result = SSL_do_handshake(c->ssl);
        if (result != 1) {
            if (!must_wait(c, result)) {
                end(l, c, false);
            }
            return;
        }
        c->shaken = true;
        l->result.resumed += SSL_session_reused(c->ssl) == 1 ? 1 : 0;
    }
    for (;;) {
        int n = SSL_read(c->ssl, c->in + c->in_len, (int)(sizeof(c->in) - c->in_len));
        if (n <= 0) {
            if (!must_wait(c, n)) {
                end(l, c, false);
            }
            return;
        }
        c->in_len += (size_t)n;
        l->result.bytes_down += (uint64_t)n;
        if (!take_messages(l, c)) {
            return;
        }
    }
}

/* ---- loops ------------------------------------------------------------------------------------
 */

/** Connections to be held come a few at a time, as those of a fleet do. */
static bool too_many_at_once(const struct loop *l)
{
    enum { HANDSHAKES_MAX = 128 };
    return l->shared->o->hold && l->open - l->result.held >= HANDSHAKES_MAX;
}

static void fill_up(struct loop *l)
{
    const struct load_options *o = l->shared->o;
    while (!l->failed && l->open < l->parallel && !too_many_at_once(l)) {
        uint64_t number = atomic_fetch_add(&l->shared->next, 1);
        if (number >= o->sessions) {
            return;
        }
        l->failed = !begin(l, number);
    }
}

static void *run(void *arg)
{
    struct loop *l = arg;
    struct epoll_event events[EVENTS];
    fill_up(l);
    while (l->open > 0 && !l->failed && !atomic_load(&l->shared->stop)) {
        int n = epoll_wait(l->epoll_fd, events, EVENTS, TICK_MS);
        for (int i = 0; i < n; i++) {
            drive(l, events[i].data.ptr);
        }
        fill_up(l);
    }
    return NULL;
}

static bool prepare(struct loop *l, struct shared *shared, unsigned parallel)
{
    *l = (struct loop){.shared = shared, .parallel = parallel, .epoll_fd = epoll_create1(0)};
    for (unsigned i = 0; i < parallel; i++) {
        struct client *c = calloc(1, sizeof(*c));
        if (c == NULL) {
            return false;
        }
        c->next_free = l->free_list;
        l->free_list = c;
    }
    return l->epoll_fd >= 0;
}

/* ---- results ----------------------------------------------------------------------------------
 */

static void add(struct load_result *sum, const struct load_result *r)
{
    sum->sessions += r->sessions;
    sum->succeeded += r->succeeded;
    sum->failed += r->failed;
    sum->resumed += r->resumed;
    sum->messages += r->messages;
    sum->bytes_up += r->bytes_up;
    sum->bytes_down += r->bytes_down;
    sum->held += r->held;
    sum->other_update = r->other_update != 0 ? r->other_update : sum->other_update;
}

static double percentile(const struct loop *loops, unsigned count, uint64_t total, double share)
{
    uint64_t seen = 0;
    for (size_t b = 0; b < BUCKETS; b++) {
        for (unsigned i = 0; i < count; i++) {
            seen += loops[i].ms_tenths[b];
        }
        if ((double)seen >= share * (double)total && seen > 0) {
            return (double)b / 10;
        }
    }
    return 0;
}

/** Tell that all are held, wait for the end of stdin, let go. */
static void hold(struct shared *shared)
{
    char c;
    while (atomic_load(&shared->ended) < shared->o->sessions) {
        usleep(TICK_MS * 1000);
    }
    puts("held");
    fflush(stdout);
    ssize_t got = read(STDIN_FILENO, &c, 1);
    (void)got;
    atomic_store(&shared->stop, true);
}

bool load_run(const struct load_options *o, struct load_result *out)
{
    struct shared shared = {.o = o};
    struct loop *loops = calloc(o->threads, sizeof(*loops));
    bool good = loops != NULL && o->threads <= THREADS_MAX;
    *out = (struct load_result){0};
    for (unsigned i = 0; good && i < o->threads; i++) {
        good = prepare(&loops[i], &shared, o->parallel / o->threads);
    }
    int64_t start = eg_clock_mono_ns();
    unsigned started = 0;
    while (good && started < o->threads) {
        good = pthread_create(&loops[started].thread, NULL, run, &loops[started]) == 0;
        started += good ? 1 : 0;
    }
    if (good && o->hold) {
        hold(&shared);
    }
    for (unsigned i = 0; i < started; i++) {
        pthread_join(loops[i].thread, NULL);
        good = good && !loops[i].failed;
        add(out, &loops[i].result);
    }
    out->seconds = (double)(eg_clock_mono_ns() - start) / 1e9;
    if (good) {
        out->p50_ms = percentile(loops, o->threads, out->sessions, 0.50);
        out->p99_ms = percentile(loops, o->threads, out->sessions, 0.99);
    }
    return good; /* clients and loops go with the process */
}
