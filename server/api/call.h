/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_API_CALL_H
#define EG_SERVER_API_CALL_H
/** One API request on its way through a handler; inside server/api. */
#include <jansson.h>

#include "server/api/json_out.h"
#include "server/api/route.h"
#include "server/core/json_in.h"
#include "server/net/http.h"

struct eg_api_call {
    const struct eg_http_request *rq;
    struct eg_http_response *rs;                    /* for headers; the rest is filled in later */
    struct eg_call c;                               /* what core gets */
    struct eg_span params[EG_ROUTE_PARAMETERS_MAX]; /* segments of the path */
    json_t *body;                                   /* parsed body; an object or array */
    struct eg_json_in in;                           /* reads body */
    struct eg_json_out json;                        /* the answer, if it is JSON */
    int status;                                     /* HTTP status of success; 200 unless set */
    const char *text_type;                          /* instead of json: type of `text` */
    struct eg_span text;
    eg_status (*put)(struct eg_api_call *a, const void *made); /* see eg_api_makes() */
    const void *made;
    union { /* room for what is made */
        struct eg_product product;
        struct eg_group group;
        struct eg_stored_object object;
        struct eg_ca ca;
        struct eg_job job;
        struct eg_signer signer;
        struct eg_roots_result roots;
    } room;
    bool rendered;
    struct eg_memo memo; /* behind c.memo when the request has an Idempotency-Key */
    bool park;           /* run again when the topic is notified */
    uint64_t topic;
    int64_t deadline_ms; /* monotonic */
    bool watcher;        /* struct eg_http_park */
};

/* ---- path ------------------------------------------------------------------------------------ */

/** Segment as a number; `unknown` (a *_UNKNOWN status) when it is none: there is no such thing. */
EG_MUST_USE eg_status eg_api_id(const struct eg_api_call *a, size_t index,
                                enum eg_status_value unknown, int64_t *out);
/** Segment as a device id in decimal. BAD_UUID. */
EG_MUST_USE eg_status eg_api_device(const struct eg_api_call *a, size_t index, struct eg_uuid *out);
/** {nc12} and {gid}, the first two segments of many paths. */
EG_MUST_USE eg_status eg_api_group(const struct eg_api_call *a, int64_t *out_nc12,
                                   int64_t *out_group);

/* ---- query ----------------------------------------------------------------------------------- */

/** size and page. API_QUERY. */
EG_MUST_USE eg_status eg_api_page(struct eg_api_call *a, struct eg_page *out);
/** A number of the query; `absent` when it is not there. API_QUERY. */
EG_MUST_USE eg_status eg_api_query_number(struct eg_api_call *a, const char *name, int64_t absent,
                                          int64_t max, int64_t *out);
/**
 * wait=SECONDS: if the caller still waits for something, arrange to be run again when `topic` is
 * notified. True: return EG_OK at once, the answer is dropped.
 */
EG_MUST_USE eg_status eg_api_wait(struct eg_api_call *a, bool waiting, uint64_t topic,
                                  bool *out_parked);

/* ---- body ------------------------------------------------------------------------------------ */

/** Error of a->in with its place in details. */
EG_MUST_USE eg_status eg_api_body_status(struct eg_api_call *a);
/** deviceIds: 1 to EG_LIMIT_JOB_DEVICES decimal ids, in the arena. */
EG_MUST_USE eg_status eg_api_device_ids(struct eg_api_call *a, struct eg_uuid **out,
                                        size_t *out_count);

/* ---- making something --------------------------------------------------------------------------
 */

/**
 * To be called before core makes something: how the answer is to be written once it is made. put
 * (NULL: empty answer) writes `made`, which core has filled in by then; it runs on another thread
 * when the request has an Idempotency-Key, and must not call the store.
 */
void eg_api_makes(struct eg_api_call *a, int status,
                  eg_status (*put)(struct eg_api_call *a, const void *made), const void *made);
/** Write the answer of eg_api_makes() unless that was done. */
EG_MUST_USE eg_status eg_api_render(struct eg_api_call *a);

/* ---- answer ---------------------------------------------------------------------------------- */

/** {"content":[ ... a handler's items ... */
void eg_api_begin_list(struct eg_api_call *a);
/** ... ],"next":page} */
void eg_api_end_list(struct eg_api_call *a, struct eg_page page, bool more);
/** "next" alone, for a list with more members. */
void eg_api_next_member(struct eg_api_call *a, struct eg_page page, bool more);
/** ISO 8601 UTC of seconds, or null for 0. */
void eg_api_time_member(struct eg_json_out *o, const char *key, int64_t time_s);
/** Number, or null for 0. */
void eg_api_id_member(struct eg_json_out *o, const char *key, int64_t id);
/** Device id as decimal text. */
void eg_api_device_member(struct eg_json_out *o, const char *key, const struct eg_uuid *uuid);

#endif
