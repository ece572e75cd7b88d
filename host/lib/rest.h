/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_HOST_LIB_REST_H
#define EG_HOST_LIB_REST_H
/**
 * REST client: one connection kept alive per client, one client per thread.
 *
 * Every request carries the API key and a fresh correlation id. When the service refuses, the
 * problem holds that id together with the service's code, sentence and next step.
 *
 * Errors of all calls
 *   HOST_UNREACHABLE  no connection, no TLS, or no answer in time
 *   HOST_TLS          the service's certificate is not trusted
 *   HOST_ANSWER       the answer is not what the interface says
 *   any status of the table whose code the service sent, or by HTTP status: HOST_HTTP_...
 * Thread: one call at a time per client; eg_rest_global_init() before the first thread.
 */
#include <jansson.h>
#include <stdint.h>

#include "host/lib/problem.h"
#include "lib/base/span.h"

enum {
    EG_REST_URL_MAX = 1024,
    EG_REST_ANSWER_MAX = 64 * 1024 * 1024, /* 500 devices with 16 KiB of objects each, in base64 */
};

struct eg_rest;

struct eg_rest_options {
    const char *url;     /* https://host[:port] */
    const char *api_key; /* secret; copied */
    const char *ca_file; /* NULL or "": what the system trusts */
    uint32_t timeout_s;  /* one request without the time asked to wait; 0: 60 */
};

EG_MUST_USE eg_status eg_rest_global_init(void);
void eg_rest_global_cleanup(void);

/** Returns owned; eg_rest_free(). No connection is made yet. */
EG_MUST_USE eg_status eg_rest_new(const struct eg_rest_options *o, struct eg_rest **out);
void eg_rest_free(struct eg_rest *r);

/** One request; the answer is borrowed from the client until its next call. */
struct eg_rest_call {
    const char *method;       /* "GET", "POST", ... */
    const char *path;         /* "/api/v1/..." with query */
    struct eg_span body;      /* may be empty */
    const char *content_type; /* of the body; NULL: application/json */
    uint32_t wait_s;          /* the service may take this much longer (long poll) */
};
struct eg_rest_answer {
    long http; /* status */
    struct eg_span body;
};

/** 2xx is EG_OK. Otherwise the problem (may be NULL) tells. */
EG_MUST_USE eg_status eg_rest_send(struct eg_rest *r, const struct eg_rest_call *call,
                                   struct eg_rest_answer *out, struct eg_problem *why);

/**
 * JSON in (borrowed, may be NULL: {}) and out (returns owned, json_decref(); JSON null for an empty
 * answer; out may be NULL). The path is a printf format.
 */
EG_MUST_USE eg_status eg_rest_json(struct eg_rest *r, const char *method, json_t *body,
                                   json_t **out, struct eg_problem *why, const char *path_format,
                                   ...) __attribute__((format(printf, 6, 7)));

/** Status for an HTTP status without a code of ours. EG_OK for 2xx. */
eg_status eg_rest_http_status(long http);

#endif
