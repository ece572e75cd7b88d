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
#include "server/core/endpoint.h"

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

/** Counters since the start. e: struct eg_device_endpoint; the type fits eg_endpoint_facts.count.
 */
void eg_device_endpoint_count(const void *e, struct eg_endpoint_counters *out);

/** Take no more connections, let sessions go on for at most EG_LIMIT_DEVICE_DRAIN_S. NULL is fine.
 */
void eg_device_endpoint_drain(struct eg_device_endpoint *e);
/** Drain if not done yet, close what is left, end. NULL is fine. */
void eg_device_endpoint_free(struct eg_device_endpoint *e);

#endif
