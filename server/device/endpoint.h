/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_DEVICE_ENDPOINT_H
#define EG_SERVER_DEVICE_ENDPOINT_H
/**
 * The listener that devices dial: mutual TLS, then one session per connection
 * (docs/protocol/device-endpoint.md).
 *
 *   loop 0..n (epoll, own listening socket)          workers
 *   accept -> handshake -> frames in/out  -- job -->  rules of server/core/cloud.h
 *                 ^                                        |
 *                 +------------- eventfd <-----------------+
 *
 * One loop per core; nothing blocks in it but the handshake's own arithmetic. A connection belongs
 * to its loop, or to one worker while a rule runs; never to both.
 */
#include "server/core/core.h"

struct eg_device_endpoint;

struct eg_device_options {
    struct eg_core *core; /* borrowed for the life of the endpoint */
    const char *listen;   /* "HOST:PORT"; port 0 picks a free one */
    const char *name;     /* host name devices dial; what SNI must say, in any case of letters */
    const char *dir;      /* folder of server.key (0600) and server.pem; made when missing */
    unsigned loops;       /* 0: one per core */
    unsigned rate_per_second; /* new connections of one address; 0: any number */
};

/**
 * Load or make the identity, bind, listen and start.
 * NET_LISTEN: the address is malformed, taken or not ours. NET_TLS: key or certificate unusable.
 * OS_FILE. Errors of server/core/endpoint.h. Returns owned; eg_device_endpoint_free().
 */
EG_MUST_USE eg_status eg_device_endpoint_new(const struct eg_device_options *options,
                                             struct eg_device_endpoint **out);

/** The port in use. */
uint16_t eg_device_endpoint_port(const struct eg_device_endpoint *e);

/** Counters since the start; for health pages, tests and benchmarks. */
struct eg_device_stats {
    uint64_t open;              /* connections now */
    uint64_t accepted;          /* connections taken */
    uint64_t turned_away;       /* over a limit of connections or handshakes: closed at once */
    uint64_t handshakes;        /* completed */
    uint64_t resumed;           /* of these, by a ticket */
    uint64_t handshakes_failed; /* refused by TLS, broken off or too slow */
    uint64_t no_certificate;    /* of these, without a client certificate */
    uint64_t sni_missing, sni_wrong;
    uint64_t malformed;       /* client certificates not of the shape of a device's */
    uint64_t refused;         /* known shape, but not admitted */
    uint64_t sessions;        /* ended with a goodbye that says SUCCESS */
    uint64_t sessions_failed; /* ended with any other goodbye */
    uint64_t broken;          /* ended without one: peer gone, silent, or not to be understood */
};
void eg_device_endpoint_stats(const struct eg_device_endpoint *e, struct eg_device_stats *out);

/** Take no more connections, let sessions go on for at most EG_LIMIT_DEVICE_DRAIN_S. NULL is fine.
 */
void eg_device_endpoint_drain(struct eg_device_endpoint *e);
/** Drain if not done yet, close what is left, end. NULL is fine. */
void eg_device_endpoint_free(struct eg_device_endpoint *e);

#endif
