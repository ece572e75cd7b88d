/* SPDX-License-Identifier: Apache-2.0 */
#include "server/api/api.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/os/clock.h"
#include "lib/os/log.h"
#include "server/api/call.h"
#include "server/api/idempotency.h"
#include "server/api/refusal.h"
#include "server/api/scope.h"
#include "server/main/limits.h"
#include "server/net/rate.h"

struct eg_api {
    struct eg_core *core;
    struct eg_rate *rate;
    const struct eg_route *routes;
    size_t route_count;
    enum eg_api_audience audience;
};

static void choose_routes(struct eg_api *api, enum eg_api_audience audience)
{
    bool strangers = audience == EG_API_STRANGERS;
    api->audience = audience;
    api->routes = strangers ? eg_public_routes : eg_api_routes;
    api->route_count = strangers ? eg_public_route_count : eg_api_route_count;
}

eg_status eg_api_new(const struct eg_api_options *options, struct eg_api **out)
{
    struct eg_api *api = calloc(1, sizeof(*api));
    *out = NULL;
    if (api == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    api->core = options->core;
    choose_routes(api, options->audience);
    api->rate = eg_rate_new(options->rate_per_second);
    if (api->rate == NULL) {
        free(api);
        return EG_ERR(NO_MEMORY);
    }
    *out = api;
    return EG_OK;
}

void eg_api_free(struct eg_api *api)
{
    if (api != NULL) {
        eg_rate_free(api->rate);
        free(api);
    }
}

/** An id that may be echoed and logged as it is. */
static bool sane_id(const char *id)
{
    size_t len = strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.");
    return len > 0 && len <= EG_HTTP_CORRELATION_LEN && id[len] == '\0';
}

static void set_correlation(struct eg_core *core, const struct eg_http_request *rq,
                            struct eg_http_response *rs)
{
    const char *sent = eg_http_header(rq, "EL2G-Correlation-ID");
    char fresh[EG_JOB_UUID_LEN + 1];
    if (sent != NULL && sane_id(sent)) {
        snprintf(rs->correlation, sizeof(rs->correlation), "%s", sent);
    } else if (eg_ok(eg_core_uuid4(core, fresh))) {
        snprintf(rs->correlation, sizeof(rs->correlation), "%s", fresh);
    }
}

static size_t body_limit(void *ctx, const char *method, const char *path)
{
    const struct eg_api *api = ctx;
    struct eg_route_match m;
    eg_route_find(api->routes, api->route_count, method, path, &m);
    return m.route == NULL ? EG_LIMIT_BODY_NONE : m.route->body_max;
}

static eg_status check_rate(struct eg_api *api, const struct eg_api_call *a, enum eg_rate_kind kind,
                            uint64_t who)
{
    /* a request that waited was counted when it came */
    return a->rq->waited || eg_rate_take(api->rate, kind, who, a->rq->arrived_ms)
               ? EG_OK
               : EG_ERR(API_RATE);
}

/** Key before anything else, so that strangers learn nothing about paths. */
static eg_status check_caller(struct eg_api *api, struct eg_api_call *a,
                              const struct eg_route *route)
{
    EG_TRY(check_rate(api, a, EG_RATE_ADDRESS, a->rq->peer));
    if (route != NULL ? route->role == EG_ROLE_PUBLIC : api->audience == EG_API_STRANGERS) {
        return EG_OK;
    }
    EG_TRY(eg_auth(&a->c, eg_http_header(a->rq, "EL2G-API-Key")));
    EG_TRY(check_rate(api, a, EG_RATE_KEY, (uint64_t)a->c.actor));
    if (route == NULL) {
        return EG_OK;
    }
    EG_TRY(eg_auth_require(&a->c, route->role));
    return eg_scope_check(a, route);
}

static eg_status check_route(const struct eg_route_match *m, struct eg_http_response *rs)
{
    if (m->route != NULL) {
        return EG_OK;
    }
    if (m->allow[0] == '\0') {
        return EG_ERR(API_NO_ROUTE);
    }
    snprintf(rs->allow, sizeof(rs->allow), "%s", m->allow);
    eg_http_add_header(rs, "Allow", rs->allow);
    return EG_ERR(API_METHOD);
}

static eg_status read_body(struct eg_api_call *a, const struct eg_route *route)
{
    if (route->body == EG_BODY_IGNORED) {
        return EG_OK;
    }
    if (a->rq->body_too_large) {
        return eg_call_refuse(&a->c, EG_ERR(API_BODY_TOO_LARGE), "The limit is %zu bytes.",
                              route->body_max);
    }
    if (route->body == EG_BODY_RAW) {
        return EG_OK;
    }
    EG_TRY(eg_json_parse(a->rq->body, &a->body, a->c.detail, sizeof(a->c.detail)));
    eg_json_in_init(&a->in, a->body, "");
    return EG_OK;
}

static eg_status call_handler(struct eg_api_call *a, const struct eg_route *route)
{
    bool again = false;
    if (route->body != EG_BODY_IGNORED) {
        EG_TRY(eg_idempotency_begin(a, &again));
    }
    if (again) {
        return EG_OK;
    }
    eg_status st = route->handler(a);
    eg_store_memo_ride(NULL);
    if (eg_is(st, EG_E_IDEMPOTENCY_RACE)) { /* the same request was faster: take its answer */
        EG_TRY(eg_idempotency_begin(a, &again));
        return again ? EG_OK : EG_ERR(STORE_BUSY); /* it has expired in this very moment */
    }
    EG_TRY(st);
    return eg_api_render(a);
}

static eg_status run(struct eg_api *api, struct eg_api_call *a, const struct eg_route_match *m,
                     struct eg_http_response *rs)
{
    memcpy(a->params, m->params, sizeof(a->params));
    EG_TRY(check_caller(api, a, m->route));
    EG_TRY(check_route(m, rs));
    EG_TRY(read_body(a, m->route));
    return call_handler(a, m->route);
}

/** Turn what the handler left into the response. */
static eg_status take_answer(struct eg_api_call *a, struct eg_http_response *rs)
{
    rs->status = a->status != 0 ? a->status : 200;
    if (a->text_type != NULL) {
        rs->body = malloc(a->text.len + 1);
        if (rs->body == NULL) {
            return EG_ERR(NO_MEMORY);
        }
        memcpy(rs->body, a->text.ptr, a->text.len);
        rs->body_len = a->text.len;
        rs->content_type = a->text_type;
        return EG_OK;
    }
    if (a->json.failed) {
        return EG_ERR(API_ANSWER_TOO_LARGE);
    }
    if (a->json.len > 0) {
        rs->body = a->json.text;
        rs->body_len = a->json.len;
        rs->content_type = "application/json";
        a->json.text = NULL;
    }
    return EG_OK;
}

static bool has_lists(eg_status st, const struct eg_refusal *refusal)
{
    return eg_is(st, EG_E_DEVICES_NOT_ASSIGNABLE) &&
           refusal->not_found_count + refusal->other_group_count > 0;
}

static enum eg_http_next handle(void *ctx, const struct eg_http_request *rq,
                                struct eg_http_response *out, struct eg_http_park *park)
{
    struct eg_api *api = ctx;
    struct eg_core *core = api->core;
    struct eg_arena arena;
    struct eg_route_match m;
    eg_arena_init(&arena, EG_ARENA_REQUEST_MAX);
    struct eg_api_call a = {.rq = rq, .rs = out};
    a.c = (struct eg_call){
        .core = core, .arena = &arena, .company_name = "", .now_ms = eg_clock_now_ms()};
    eg_json_out_init(&a.json, EG_LIMIT_ANSWER_BYTES);
    set_correlation(core, rq, out);
    eg_route_find(api->routes, api->route_count, rq->method, rq->path, &m);
    eg_status st = run(api, &a, &m, out);
    snprintf(out->who, sizeof(out->who), "%lld", (long long)a.c.actor);
    bool parked = eg_ok(st) && a.park;
    if (parked) {
        *park = (struct eg_http_park){a.topic, a.deadline_ms, a.watcher};
    } else if (eg_ok(st)) {
        st = take_answer(&a, out);
    }
    if (!eg_ok(st)) {
        eg_refusal_write(st, a.c.detail, has_lists(st, &a.c.refusal) ? &a.c.refusal : NULL, out);
    }
    eg_json_out_cleanup(&a.json);
    json_decref(a.body);
    eg_arena_cleanup(&arena);
    return parked ? EG_HTTP_PARK : EG_HTTP_ANSWER;
}

static void busy(void *ctx, const struct eg_http_request *rq, struct eg_http_response *out)
{
    const struct eg_api *api = ctx;
    set_correlation(api->core, rq, out);
    eg_refusal_write(EG_ERR(API_BUSY), "", NULL, out);
}

static void done(void *ctx, const struct eg_http_request *rq, const struct eg_http_response *rs,
                 int64_t took_ms)
{
    (void)ctx;
    eg_log(rs->status >= 500 ? EG_LOG_ERROR : EG_LOG_INFO, "request",
           EG_LOG_FIELDS(eg_log_str("method", rq->method), eg_log_str("path", rq->path),
                         eg_log_num("status", rs->status), eg_log_num("ms", took_ms),
                         eg_log_str("key", rs->who), eg_log_str("correlation", rs->correlation)));
}

struct eg_http_app eg_api_app(struct eg_api *api)
{
    return (struct eg_http_app){
        .ctx = api, .body_limit = body_limit, .handle = handle, .busy = busy, .done = done};
}
