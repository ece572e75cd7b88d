/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_DEVICE_INTERNAL_H
#define EG_SERVER_DEVICE_INTERNAL_H
/** The endpoint, its loops and its connections, as the files of server/device share them. */
#include <pthread.h>
#include <stdatomic.h>

#include "server/device/endpoint.h"
#include "server/device/identity.h"
#include "server/device/rules.h"
#include "server/net/rate.h"
#include "server/net/workers.h"

struct eg_device_loop;

/** The counters of struct eg_endpoint_counters, by name. */
struct eg_device_counters {
    atomic_uint_fast64_t open, accepted, turned_away, handshakes, resumed, handshakes_failed,
        no_certificate, sni_missing, sni_wrong, malformed, refused, sessions, sessions_failed,
        broken;
};

enum eg_connection_state {
    EG_CONNECTION_HANDSHAKE = 0,
    EG_CONNECTION_WORKING, /* belongs to a worker */
    EG_CONNECTION_SENDING,
    EG_CONNECTION_READING,
    EG_CONNECTION_CLOSING, /* goodbye is sent: the device closes first */
    EG_CONNECTION_GONE,
};

struct eg_device_connection {
    struct eg_work work;                                  /* first: link of the workers' queue */
    struct eg_device_connection *done_next;               /* results on their way to the loop */
    struct eg_device_connection *timer_prev, *timer_next; /* slot of the timer wheel */
    struct eg_device_loop *loop;
    int fd;
    SSL *ssl;
    const struct eg_device_snapshot *identity; /* held */
    enum eg_connection_state state;
    enum eg_device_need need; /* what the worker found */
    bool wants_write;         /* the loop was told */
    bool last;                /* what is being sent is goodbye */
    int64_t started_ms;       /* monotonic */
    int64_t deadline_ms;      /* of the current state */
    int64_t timer_s;          /* second in whose slot it is; 0: none */
    uint8_t *in;              /* what came of a frame so far; NULL when nothing did */
    size_t in_len;
    size_t sent; /* bytes of session.out */
    struct eg_cloud_peer peer;
    uint8_t *subject; /* what peer.subject points to; until it was judged */
    char address[EG_CLOUD_ADDRESS_LEN + 1];
    struct eg_device_session session;
};

enum { EG_DEVICE_WHEEL = 1024, EG_DEVICE_READ_ROOM = 16384 };

struct eg_device_loop {
    struct eg_device_endpoint *endpoint;
    pthread_t thread;
    bool runs;
    int epoll_fd, listen_fd, wake_fd;
    bool accept_paused; /* out of descriptors: again at the next second */
    int64_t second;     /* of the monotonic clock, up to which timers were looked at */
    size_t count;       /* connections */
    struct eg_device_connection wheel[EG_DEVICE_WHEEL]; /* heads of rings */
    pthread_mutex_t done_lock;
    struct eg_device_connection *done;
    uint8_t room[EG_DEVICE_READ_ROOM];
};

struct eg_device_endpoint {
    struct eg_core *core;
    char name[EG_HOSTNAME_MAX + 1];
    struct eg_device_identity *identity;
    struct eg_device_doubts doubts;
    struct eg_rate *rate;
    struct eg_workers *workers;
    struct eg_device_loop *loops;
    unsigned loop_count;
    uint16_t port;
    struct eg_device_counters stats;
    atomic_uint handshaking; /* connections before the end of their handshake */
    atomic_bool draining;
    int64_t drain_until_ms; /* set before draining */
    pthread_t keeper;       /* renews the identity */
    bool keeper_runs;
    pthread_mutex_t keeper_lock;
    pthread_cond_t keeper_wake;
};

/* ---- connection.c -----------------------------------------------------------------------------
 */

/** Take over an accepted socket. NULL: no memory, the socket is still the caller's. */
struct eg_device_connection *eg_device_connection_new(struct eg_device_loop *loop, int fd,
                                                      const char *address, uint16_t port);
/** Close and free; in no list any more. */
void eg_device_connection_free(struct eg_device_connection *c);

/** Go on as far as the socket lets it; to be called for every event and after every timer. */
void eg_device_connection_drive(struct eg_device_connection *c);
/** A worker is done with it. */
void eg_device_connection_resume(struct eg_device_connection *c);
/** Its deadline has passed, or the service ends. */
void eg_device_connection_expire(struct eg_device_connection *c, const char *why);

/** Run in a worker. */
void eg_device_connection_work(struct eg_device_connection *c);

/* ---- loop.c -----------------------------------------------------------------------------------
 */

/** Start the thread. listen_fd becomes the loop's. */
EG_MUST_USE eg_status eg_device_loop_start(struct eg_device_loop *loop,
                                           struct eg_device_endpoint *endpoint, int listen_fd);
/** Wake it, to see that the endpoint drains. */
void eg_device_loop_wake(struct eg_device_loop *loop);
/** Wait for its end and close everything. */
void eg_device_loop_join(struct eg_device_loop *loop);

/** From any thread: a worker is done with c. */
void eg_device_loop_done(struct eg_device_loop *loop, struct eg_device_connection *c);
/** Wake c also when its socket takes bytes again. */
void eg_device_loop_want_write(struct eg_device_connection *c);
/** Set the deadline of c, in its loop's thread. */
void eg_device_loop_timer(struct eg_device_connection *c, int64_t deadline_ms);

#endif
