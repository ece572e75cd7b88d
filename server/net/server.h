/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_NET_SERVER_H
#define EG_SERVER_NET_SERVER_H
/**
 * HTTP server, with TLS or without: reads whole requests (each body within its route's limit),
 * gives them to a bounded pool of worker threads, and sends what the application answers.
 *
 *   MHD epoll threads --> suspend --> queue --> worker: app.handle --> resume --> send
 *                                      ^           |
 *                                      |           v  EG_HTTP_PARK
 *                                      +------- parking (topic notified, deadline)
 *
 * Nothing blocks an epoll thread. A queue that is full is answered by app.busy at once. Bodies of
 * any method are read, whether the route wants one or not, so that keep-alive survives.
 */
#include "server/net/http.h"

struct eg_http_server;

struct eg_http_options {
    const char *listen;   /* "HOST:PORT", "[v6]:PORT"; port 0 picks a free one */
    const char *cert_pem; /* server certificate, then its issuers; copied by the library. NULL:
                             plain HTTP */
    const char *key_pem;  /* secret; borrowed during eg_http_server_new() */
    unsigned connections; /* open at the same time; more wait in the listen queue */
    struct eg_http_app app;
};

enum { EG_HTTP_URL_LEN = 300 };

/**
 * Bind, listen and start.
 * NET_LISTEN: the address is malformed, taken or not ours. NET_TLS: certificate or key unusable.
 * Returns owned; eg_http_server_free().
 */
EG_MUST_USE eg_status eg_http_server_new(const struct eg_http_options *options,
                                         struct eg_http_server **out);

/** "https://HOST:PORT", or "http://...", with the port in use. */
const char *eg_http_server_url(const struct eg_http_server *s);

/** Run again what waits for this topic. Any thread. */
void eg_http_server_notify(struct eg_http_server *s, uint64_t topic);

/** Take no more connections and requests, answer what is being worked on or waits. NULL is fine. */
void eg_http_server_drain(struct eg_http_server *s);

/** Drain if not done yet, and end. NULL is fine. */
void eg_http_server_free(struct eg_http_server *s);

#endif
