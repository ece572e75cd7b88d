/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_NET_EXCHANGE_H
#define EG_SERVER_NET_EXCHANGE_H
/** Inside server/net: the state of one request from its first header to its last byte. */
#include <microhttpd.h>

#include "server/main/limits.h"
#include "server/net/http.h"
#include "server/net/parking.h"
#include "server/net/workers.h"

struct eg_exchange {
    struct eg_work work;     /* first: the queue's link */
    struct eg_parked parked; /* while it waits */
    struct eg_http_server *server;
    struct MHD_Connection *connection;
    struct eg_http_request rq;
    struct eg_http_response rs;
    struct eg_http_pair headers[EG_LIMIT_HEADERS];
    struct eg_http_pair query[EG_LIMIT_QUERY_PARAMETERS];
    char method[16];
    char path[EG_LIMIT_PATH_CHARS + 1];
    uint8_t *body;
    size_t body_len, body_room, body_max;
    int64_t park_deadline_ms; /* of the first parking; 0 before */
    bool answered;            /* rs is complete */
    bool watching;            /* it is counted as a watcher */
};

/** From the request line; NULL when out of memory. Owned; eg_exchange_free(). */
struct eg_exchange *eg_exchange_new(struct eg_http_server *server, struct MHD_Connection *c,
                                    const char *url, const char *method);
void eg_exchange_free(struct eg_exchange *x); /* NULL is fine */

/** Take bytes of the body; beyond body_max they are read and dropped. */
void eg_exchange_body(struct eg_exchange *x, const char *data, size_t len);

/** The body is complete: fill in rq. */
void eg_exchange_complete(struct eg_exchange *x);

/** Send rs. */
enum MHD_Result eg_exchange_send(struct eg_exchange *x);

#endif
