/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_API_ROUTE_H
#define EG_SERVER_API_ROUTE_H
/**
 * The table of routes: method, pattern, role, body limit, handler. A pattern's {} stands for one
 * segment of the path, a final {*} for all that is left; handed over in order. Matching is pure.
 */
#include "lib/base/span.h"
#include "server/core/auth.h"

enum { EG_ROUTE_PARAMETERS_MAX = 4, EG_ROUTE_ALLOW_LEN = 40 };

/** What the handler wants to see of the body. */
enum eg_route_body {
    EG_BODY_IGNORED = 1, /* read and dropped, whatever it is (clients send one with every GET) */
    EG_BODY_JSON = 2,    /* parsed; an empty one is {} */
    EG_BODY_RAW = 3,     /* as it came */
};

struct eg_api_call;
typedef eg_status (*eg_api_handler)(struct eg_api_call *a);

struct eg_route {
    const char *method;
    const char *pattern;
    enum eg_role role;
    enum eg_route_body body;
    size_t body_max; /* bytes */
    eg_api_handler handler;
};

/** One row; leaving anything out does not compile. role, body, limit: without their prefixes. */
#define EG_ROUTE(method, pattern, role, body, limit, handler)                                      \
    {                                                                                              \
        method, pattern, EG_ROLE_##role, EG_BODY_##body, EG_LIMIT_##limit, handler                 \
    }

struct eg_route_match {
    const struct eg_route *route;                   /* NULL: none */
    struct eg_span params[EG_ROUTE_PARAMETERS_MAX]; /* point into the path */
    char allow[EG_ROUTE_ALLOW_LEN]; /* route NULL: methods the path has ("GET, POST"); "" if the
                                       path itself is unknown */
};

/** Find the row for a method and path. */
void eg_route_find(const struct eg_route *table, size_t count, const char *method, const char *path,
                   struct eg_route_match *out);

/** The routes of the service. */
extern const struct eg_route eg_api_routes[];
extern const size_t eg_api_route_count;

/** Those of the plain HTTP listener; all public. */
extern const struct eg_route eg_public_routes[];
extern const size_t eg_public_route_count;

#endif
