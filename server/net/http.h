/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_NET_HTTP_H
#define EG_SERVER_NET_HTTP_H
/**
 * One HTTP exchange as the application sees it: a complete request in, a complete response out.
 * Nothing here knows the HTTP library, so that handlers can be tested with requests made by hand.
 */
#include <stdbool.h>
#include <stdint.h>

#include "lib/base/span.h"

enum {
    EG_HTTP_TARGET_LEN = 512,
    EG_HTTP_CORRELATION_LEN = 64,
    EG_HTTP_WHO_LEN = 40,
    EG_HTTP_HEADERS_MAX = 4,
    EG_HTTP_TEXT_LEN = 72,
};

/** Name and value, both NUL-terminated; value is "" when there was none. */
struct eg_http_pair {
    const char *name, *value;
};

/** Spans and strings are borrowed and live until the handler returns. */
struct eg_http_request {
    const char *method;               /* "GET" */
    const char *path;                 /* unescaped, no query, without a final slash */
    const struct eg_http_pair *query; /* in the order sent, names may repeat */
    size_t query_count;
    const struct eg_http_pair *headers;
    size_t header_count;
    struct eg_span body;
    bool body_too_large; /* longer than the limit; body is empty then */
    bool waited;         /* second run: the wait that the handler asked for is over */
    uint64_t peer;       /* hash of the client's address, without its port */
    int64_t arrived_ms;  /* monotonic clock, when the body was complete */
};

/** Value of a header (name in any case) or NULL. */
const char *eg_http_header(const struct eg_http_request *rq, const char *name);
/** First value of a query parameter or NULL. */
const char *eg_http_query(const struct eg_http_request *rq, const char *name);

/** What is sent back. The application fills a zeroed one. */
struct eg_http_response {
    int status;               /* HTTP status */
    const char *content_type; /* static text; NULL for an empty body */
    char *body;               /* heap; the server frees it */
    size_t body_len;
    struct eg_http_pair headers[EG_HTTP_HEADERS_MAX]; /* values below or static */
    size_t header_count;
    char correlation[EG_HTTP_CORRELATION_LEN + 1];     /* sent as EL2G-Correlation-ID unless "" */
    char who[EG_HTTP_WHO_LEN];                         /* for the log: the caller's key id */
    char allow[EG_HTTP_WHO_LEN];                       /* room for the value of an Allow header */
    char texts[EG_HTTP_HEADERS_MAX][EG_HTTP_TEXT_LEN]; /* room for eg_http_add_text() */
};

/** Add a response header; dropped when there are EG_HTTP_HEADERS_MAX already. */
void eg_http_add_header(struct eg_http_response *rs, const char *name, const char *value);

/** The same with a value that is copied, cut at EG_HTTP_TEXT_LEN - 1 characters. */
void eg_http_add_text(struct eg_http_response *rs, const char *name, const char *value);

/** Wish of a handler to be run again later. */
struct eg_http_park {
    uint64_t topic;      /* run again when this topic is notified ... */
    int64_t deadline_ms; /* ... or at this time of the monotonic clock */
    bool watcher;        /* one of EG_LIMIT_WATCHERS: it waits for nothing of its own */
};

enum eg_http_next {
    EG_HTTP_ANSWER = 1, /* the response is complete */
    EG_HTTP_PARK = 2,   /* run again; the response is discarded */
};

/** The application. All calls come from many threads at once. */
struct eg_http_app {
    void *ctx;
    /** Largest body for this method and path; 0 is taken as "no body wanted". */
    size_t (*body_limit)(void *ctx, const char *method, const char *path);
    /** Work on one request; may block. Parking is ignored when rq->waited and past the deadline. */
    enum eg_http_next (*handle)(void *ctx, const struct eg_http_request *rq,
                                struct eg_http_response *out, struct eg_http_park *park);
    /** Too many requests: fill in a refusal. Must not block. */
    void (*busy)(void *ctx, const struct eg_http_request *rq, struct eg_http_response *out);
    /** After the response was decided. Must not block. */
    void (*done)(void *ctx, const struct eg_http_request *rq, const struct eg_http_response *rs,
                 int64_t took_ms);
};

#endif
