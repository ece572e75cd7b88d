/* SPDX-License-Identifier: Apache-2.0 */
/* One event loop: accepting, readiness, timers, results of workers. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/os/clock.h"
#include "lib/os/fd.h"
#include "lib/os/log.h"
#include "server/device/internal.h"
#include "server/main/limits.h"

enum { EVENTS = 256, ACCEPTS = 64, SECOND_MS = 1000 };

/* ---- timers: a wheel of seconds ----------------------------------------------------------------
 */

/* A connection sits in the slot of a second not later than its deadline. When the slot comes up and
 * the deadline has moved on meanwhile, it is put into a later one: moving a deadline back costs
 * nothing, which is what happens with every message. */

static void unlink_timer(struct eg_device_connection *c)
{
    if (c->timer_s != 0) {
        c->timer_prev->timer_next = c->timer_next;
        c->timer_next->timer_prev = c->timer_prev;
        c->timer_s = 0;
    }
}

static void link_timer(struct eg_device_connection *c, int64_t at_s)
{
    struct eg_device_loop *l = c->loop;
    int64_t last = l->second + EG_DEVICE_WHEEL - 1;
    c->timer_s = at_s <= l->second ? l->second + 1 : at_s > last ? last : at_s;
    struct eg_device_connection *head = &l->wheel[c->timer_s % EG_DEVICE_WHEEL];
    c->timer_prev = head;
    c->timer_next = head->timer_next;
    head->timer_next->timer_prev = c;
    head->timer_next = c;
}

void eg_device_loop_timer(struct eg_device_connection *c, int64_t deadline_ms)
{
    int64_t at_s = deadline_ms / SECOND_MS + 1;
    c->deadline_ms = deadline_ms;
    if (c->timer_s == 0 || at_s < c->timer_s) {
        unlink_timer(c);
        link_timer(c, at_s);
    }
}

/** Close it when there is nothing more to do. */
static void settle(struct eg_device_connection *c)
{
    if (c->state == EG_CONNECTION_GONE) {
        unlink_timer(c);
        c->loop->count--;
        eg_device_connection_free(c);
    }
}

static void expire(struct eg_device_connection *c, int64_t now_ms, bool ending)
{
    unlink_timer(c);
    if (ending || now_ms >= c->deadline_ms) {
        eg_device_connection_expire(c, ending ? "the service ends" : "the device fell silent");
    }
    if (c->state != EG_CONNECTION_GONE && c->timer_s == 0) {
        link_timer(c, c->deadline_ms / SECOND_MS + 1);
    }
    settle(c);
}

/** Everything in one slot; what is put into it again meanwhile is for its next turn. */
static void turn_slot(struct eg_device_loop *l, size_t slot, int64_t now_ms, bool ending)
{
    struct eg_device_connection *head = &l->wheel[slot];
    struct eg_device_connection due = {.timer_next = &due, .timer_prev = &due};
    if (head->timer_next == head) {
        return;
    }
    due.timer_next = head->timer_next;
    due.timer_prev = head->timer_prev;
    due.timer_next->timer_prev = due.timer_prev->timer_next = &due;
    head->timer_next = head->timer_prev = head;
    while (due.timer_next != &due) {
        expire(due.timer_next, now_ms, ending);
    }
}

static void turn_wheel(struct eg_device_loop *l)
{
    int64_t now_ms = eg_clock_mono_ms();
    int64_t now_s = now_ms / SECOND_MS;
    int64_t turns = now_s - l->second < EG_DEVICE_WHEEL ? now_s - l->second : EG_DEVICE_WHEEL;
    int64_t from = now_s - turns;
    l->second = now_s;
    for (int64_t s = from + 1; s <= now_s; s++) {
        turn_slot(l, (size_t)(s % EG_DEVICE_WHEEL), now_ms, false);
    }
}

/* ---- accepting --------------------------------------------------------------------------------
 */

/** Numeric address and port; the hash is that of the address alone. */
static uint64_t name_peer(const struct sockaddr_storage *a,
                          char out[static EG_CLOUD_ADDRESS_LEN + 1], uint16_t *out_port)
{
    uint8_t bytes[sizeof(struct in6_addr)] = {0};
    struct sockaddr_in6 v6;
    struct sockaddr_in v4;
    bool six = a->ss_family == AF_INET6;
    memcpy(&v6, a, sizeof(v6));
    memcpy(&v4, a, sizeof(v4));
    memcpy(bytes, six ? (const void *)&v6.sin6_addr : (const void *)&v4.sin_addr,
           six ? sizeof(v6.sin6_addr) : sizeof(v4.sin_addr));
    uint64_t h = 0xCBF29CE484222325u; /* FNV-1a */
    for (size_t i = 0; i < sizeof(bytes); i++) {
        h = (h ^ bytes[i]) * 0x100000001B3u;
    }
    out[0] = '\0';
    (void)inet_ntop(a->ss_family, bytes, out, EG_CLOUD_ADDRESS_LEN + 1);
    *out_port = ntohs(six ? v6.sin6_port : v4.sin_port);
    return h;
}

static bool may_come(struct eg_device_endpoint *e, uint64_t address)
{
    return atomic_load(&e->stats.open) < EG_LIMIT_DEVICE_CONNECTIONS &&
           atomic_load(&e->handshaking) < EG_LIMIT_DEVICE_HANDSHAKES &&
           eg_rate_take(e->rate, EG_RATE_ADDRESS, address, eg_clock_mono_ms());
}

static bool watch(struct eg_device_loop *l, int fd, uint32_t events, void *what)
{
    struct epoll_event e = {.events = events, .data.ptr = what};
    return epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, fd, &e) == 0;
}

static void welcome(struct eg_device_loop *l, int fd, const struct sockaddr_storage *from)
{
    char address[EG_CLOUD_ADDRESS_LEN + 1];
    uint16_t port;
    const int on = 1;
    uint64_t who = name_peer(from, address, &port);
    struct eg_device_connection *c =
        may_come(l->endpoint, who) ? eg_device_connection_new(l, fd, address, port) : NULL;
    if (c == NULL) {
        atomic_fetch_add(&l->endpoint->stats.turned_away, 1);
        eg_fd_close(&fd);
        return;
    }
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    atomic_fetch_add(&l->endpoint->stats.accepted, 1);
    l->count++;
    eg_device_loop_timer(c, c->started_ms + (int64_t)EG_LIMIT_DEVICE_HANDSHAKE_S * SECOND_MS);
    if (!watch(l, fd, EPOLLIN | EPOLLRDHUP | EPOLLET, c)) {
        eg_device_connection_expire(c, "");
        settle(c);
    }
}

/* Only a full socket asks for this: otherwise every acknowledgement would wake the loop. */
void eg_device_loop_want_write(struct eg_device_connection *c)
{
    struct epoll_event e = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.ptr = c};
    if (!c->wants_write) {
        c->wants_write = epoll_ctl(c->loop->epoll_fd, EPOLL_CTL_MOD, c->fd, &e) == 0;
    }
}

/** Out of descriptors or memory: leave the queue alone until the next second. */
static void pause_accepting(struct eg_device_loop *l)
{
    eg_log(EG_LOG_WARNING, "device endpoint cannot accept",
           EG_LOG_FIELDS(eg_log_str("why", strerrorname_np(errno))));
    l->accept_paused = epoll_ctl(l->epoll_fd, EPOLL_CTL_DEL, l->listen_fd, NULL) == 0;
}

static void accept_some(struct eg_device_loop *l)
{
    for (int i = 0; i < ACCEPTS; i++) {
        struct sockaddr_storage from = {0};
        socklen_t len = sizeof(from);
        int fd =
            accept4(l->listen_fd, (struct sockaddr *)&from, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            welcome(l, fd, &from);
        } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            pause_accepting(l);
            return;
        } else if (errno != ECONNABORTED && errno != EINTR) {
            return;
        }
    }
}

/* ---- results of workers ------------------------------------------------------------------------
 */

void eg_device_loop_wake(struct eg_device_loop *loop)
{
    const uint64_t one = 1;
    ssize_t written = write(loop->wake_fd, &one, sizeof(one));
    (void)written; /* a full counter wakes as well */
}

void eg_device_loop_done(struct eg_device_loop *loop, struct eg_device_connection *c)
{
    pthread_mutex_lock(&loop->done_lock);
    bool first = loop->done == NULL;
    c->done_next = loop->done;
    loop->done = c;
    pthread_mutex_unlock(&loop->done_lock);
    if (first) {
        eg_device_loop_wake(loop);
    }
}

static void take_done(struct eg_device_loop *l)
{
    pthread_mutex_lock(&l->done_lock);
    struct eg_device_connection *c = l->done;
    l->done = NULL;
    pthread_mutex_unlock(&l->done_lock);
    while (c != NULL) {
        struct eg_device_connection *next = c->done_next;
        eg_device_connection_resume(c);
        eg_device_connection_drive(c);
        settle(c);
        c = next;
    }
}

/* ---- the loop ----------------------------------------------------------------------------------
 */

/** Once when the endpoint drains, and again when the time given to sessions is over. */
static bool drain(struct eg_device_loop *l)
{
    bool over = eg_clock_mono_ms() >= l->endpoint->drain_until_ms;
    eg_fd_close(&l->listen_fd);
    for (size_t i = 0; over && i < EG_DEVICE_WHEEL; i++) {
        turn_slot(l, i, eg_clock_mono_ms(), true);
    }
    return l->count == 0;
}

static void take_event(struct eg_device_loop *l, const struct epoll_event *e)
{
    uint64_t count;
    if (e->data.ptr == &l->wake_fd) {
        ssize_t got = read(l->wake_fd, &count, sizeof(count));
        (void)got;
    } else if (e->data.ptr == &l->listen_fd) {
        accept_some(l);
    } else {
        struct eg_device_connection *c = e->data.ptr;
        eg_device_connection_drive(c);
        settle(c);
    }
}

static void every_second(struct eg_device_loop *l)
{
    if (eg_clock_mono_ms() / SECOND_MS == l->second) {
        return;
    }
    turn_wheel(l);
    if (l->accept_paused && l->listen_fd >= 0) {
        l->accept_paused = !watch(l, l->listen_fd, EPOLLIN, &l->listen_fd);
    }
}

static void *run(void *arg)
{
    struct eg_device_loop *l = arg;
    struct epoll_event events[EVENTS];
    (void)pthread_setname_np(pthread_self(), "device-loop");
    for (;;) {
        bool draining = atomic_load(&l->endpoint->draining);
        if (draining && drain(l)) {
            return NULL;
        }
        int n = epoll_wait(l->epoll_fd, events, EVENTS, draining ? SECOND_MS / 20 : SECOND_MS);
        for (int i = 0; i < n; i++) {
            take_event(l, &events[i]);
        }
        /* after the events: these free connections that a later event could still name */
        take_done(l);
        every_second(l);
    }
}

static eg_status open_fds(struct eg_device_loop *l)
{
    l->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    l->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    bool watched = l->epoll_fd >= 0 && l->wake_fd >= 0 &&
                   watch(l, l->wake_fd, EPOLLIN, &l->wake_fd) &&
                   watch(l, l->listen_fd, EPOLLIN, &l->listen_fd);
    return watched ? EG_OK : EG_ERR(NET_LISTEN);
}

eg_status eg_device_loop_start(struct eg_device_loop *loop, struct eg_device_endpoint *endpoint,
                               int listen_fd)
{
    loop->endpoint = endpoint;
    loop->listen_fd = listen_fd;
    loop->second = eg_clock_mono_ms() / SECOND_MS;
    for (size_t i = 0; i < EG_DEVICE_WHEEL; i++) {
        loop->wheel[i].timer_next = loop->wheel[i].timer_prev = &loop->wheel[i];
    }
    EG_TRY(open_fds(loop));
    loop->runs = pthread_create(&loop->thread, NULL, run, loop) == 0;
    return loop->runs ? EG_OK : EG_ERR(NO_MEMORY);
}

void eg_device_loop_join(struct eg_device_loop *loop)
{
    if (loop->runs) {
        pthread_join(loop->thread, NULL);
        loop->runs = false;
    }
    eg_fd_close(&loop->listen_fd);
    eg_fd_close(&loop->epoll_fd);
    eg_fd_close(&loop->wake_fd);
}
