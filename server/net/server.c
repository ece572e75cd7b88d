/* SPDX-License-Identifier: Apache-2.0 */
#include "server/net/server.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/os/clock.h"
#include "lib/os/fd.h"
#include "server/net/exchange.h"
#include "server/net/listen.h"

struct eg_http_server {
    struct eg_http_app app;
    struct MHD_Daemon *daemon;
    struct eg_workers *workers;
    struct eg_parking *parking;
    int listen_fd;
    atomic_bool ending;
    atomic_uint watchers;
    char url[EG_HTTP_URL_LEN];
};

static struct eg_exchange *exchange_of(struct eg_parked *item)
{
    return (struct eg_exchange *)(void *)((char *)item - offsetof(struct eg_exchange, parked));
}

static void answer(struct eg_exchange *x)
{
    if (x->watching) {
        x->watching = false;
        atomic_fetch_sub(&x->server->watchers, 1);
    }
    x->answered = true;
    MHD_resume_connection(x->connection);
}

static void reset_response(struct eg_exchange *x)
{
    free(x->rs.body);
    x->rs = (struct eg_http_response){0};
}

/** Is there a place for one more watcher? It is taken until the answer. */
static bool may_watch(struct eg_http_server *s, struct eg_exchange *x)
{
    if (x->watching) {
        return true;
    }
    if (atomic_fetch_add(&s->watchers, 1) >= EG_LIMIT_WATCHERS) {
        atomic_fetch_sub(&s->watchers, 1);
        return false;
    }
    x->watching = true;
    return true;
}

static void refuse(struct eg_http_server *s, struct eg_exchange *x)
{
    s->app.busy(s->app.ctx, &x->rq, &x->rs);
    s->app.done(s->app.ctx, &x->rq, &x->rs, 0);
    answer(x);
}

/** Run the handler; in a worker thread. */
static void work(void *ctx, struct eg_work *item)
{
    struct eg_http_server *s = ctx;
    struct eg_exchange *x = (struct eg_exchange *)(void *)item;
    struct eg_http_park park = {0};
    uint64_t epoch = eg_parking_epoch(s->parking);
    x->rq.waited = atomic_load(&s->ending) ||
                   (x->park_deadline_ms != 0 && eg_clock_mono_ms() >= x->park_deadline_ms);
    if (s->app.handle(s->app.ctx, &x->rq, &x->rs, &park) != EG_HTTP_PARK) {
        s->app.done(s->app.ctx, &x->rq, &x->rs, eg_clock_mono_ms() - x->rq.arrived_ms);
        answer(x);
        return;
    }
    if (x->park_deadline_ms == 0) {
        x->park_deadline_ms = park.deadline_ms;
    }
    reset_response(x);
    if (park.watcher && !may_watch(s, x)) {
        refuse(s, x);
        return;
    }
    x->parked.topic = park.topic;
    x->parked.deadline_ms = x->park_deadline_ms;
    eg_parking_wait(s->parking, &x->parked, epoch);
}

static void release(void *ctx, struct eg_parked *item)
{
    struct eg_http_server *s = ctx;
    eg_workers_push_again(s->workers, &exchange_of(item)->work);
}

/** The request is complete: hand it to a worker, or refuse at once. */
static enum MHD_Result dispatch(struct eg_http_server *s, struct eg_exchange *x)
{
    eg_exchange_complete(x);
    MHD_suspend_connection(x->connection);
    if (!eg_workers_push(s->workers, &x->work)) {
        refuse(s, x);
    }
    return MHD_YES;
}

static enum MHD_Result on_request(void *ctx, struct MHD_Connection *c, const char *url,
                                  const char *method, const char *version, const char *data,
                                  size_t *data_len, void **state)
{
    (void)version;
    struct eg_http_server *s = ctx;
    struct eg_exchange *x = *state;
    if (x == NULL) {
        x = eg_exchange_new(s, c, url, method);
        if (x != NULL) {
            x->body_max = s->app.body_limit(s->app.ctx, x->method, x->path);
        }
        *state = x;
        return x == NULL ? MHD_NO : MHD_YES;
    }
    if (*data_len > 0) {
        eg_exchange_body(x, data, *data_len);
        *data_len = 0;
        return MHD_YES;
    }
    return x->answered ? eg_exchange_send(x) : dispatch(s, x);
}

static void on_completed(void *ctx, struct MHD_Connection *c, void **state,
                         enum MHD_RequestTerminationCode why)
{
    (void)ctx;
    (void)c;
    (void)why;
    eg_exchange_free(*state);
    *state = NULL;
}

/** The library's options take texts without const; it only reads them. */
static void *text(const char *t)
{
    return (void *)(uintptr_t)t;
}

static eg_status start_daemon(struct eg_http_server *s, const struct eg_http_options *o)
{
    static const char priorities[] = "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2";
    const bool tls = o->cert_pem != NULL;
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    struct MHD_OptionItem more[6];
    size_t n = 0;
    if (cores > 1) {
        more[n++] = (struct MHD_OptionItem){MHD_OPTION_THREAD_POOL_SIZE, cores, NULL};
    }
    if (tls) {
        more[n++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_CERT, 0, text(o->cert_pem)};
        more[n++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_KEY, 0, text(o->key_pem)};
        more[n++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_PRIORITIES, 0, text(priorities)};
    }
    more[n] = (struct MHD_OptionItem){MHD_OPTION_END, 0, NULL};
    s->daemon = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC |
            (tls ? MHD_USE_TLS : 0),
        0, NULL, NULL, on_request, s, MHD_OPTION_LISTEN_SOCKET, s->listen_fd,
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, s, MHD_OPTION_CONNECTION_LIMIT, o->connections,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)EG_LIMIT_CONNECTION_IDLE_S, MHD_OPTION_ARRAY, more,
        MHD_OPTION_END);
    return s->daemon != NULL ? EG_OK : EG_ERR(NET_TLS);
}

static eg_status listen_on(struct eg_http_server *s, const struct eg_http_options *o)
{
    char where[EG_HTTP_URL_LEN - sizeof("https://")];
    EG_TRY(eg_listen(o->listen, EG_LISTEN_ALONE, &s->listen_fd, where, sizeof(where)));
    snprintf(s->url, sizeof(s->url), "%s%s", o->cert_pem != NULL ? "https://" : "http://", where);
    return EG_OK;
}

eg_status eg_http_server_new(const struct eg_http_options *options, struct eg_http_server **out)
{
    eg_status st;
    *out = NULL;
    struct eg_http_server *s = calloc(1, sizeof(*s));
    if (s == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    s->app = options->app;
    s->listen_fd = -1;
    EG_TRY_GOTO(st, fail, eg_parking_new(release, s, &s->parking));
    EG_TRY_GOTO(st, fail, eg_workers_new(EG_LIMIT_WORKERS, EG_LIMIT_QUEUE, work, s, &s->workers));
    EG_TRY_GOTO(st, fail, listen_on(s, options));
    EG_TRY_GOTO(st, fail, start_daemon(s, options));
    *out = s;
    return EG_OK;
fail:
    eg_http_server_free(s);
    return st;
}

const char *eg_http_server_url(const struct eg_http_server *s)
{
    return s->url;
}

void eg_http_server_notify(struct eg_http_server *s, uint64_t topic)
{
    eg_parking_notify(s->parking, topic);
}

void eg_http_server_drain(struct eg_http_server *s)
{
    if (s == NULL || atomic_exchange(&s->ending, true)) {
        return;
    }
    if (s->daemon != NULL) {
        (void)MHD_quiesce_daemon(s->daemon);
    }
    if (s->parking != NULL) {
        eg_parking_close(s->parking);
    }
    if (s->workers != NULL) {
        eg_workers_stop(s->workers);
    }
}

void eg_http_server_free(struct eg_http_server *s)
{
    if (s == NULL) {
        return;
    }
    eg_http_server_drain(s);
    if (s->daemon != NULL) {
        MHD_stop_daemon(s->daemon);
    }
    eg_fd_close(&s->listen_fd);
    eg_workers_free(s->workers);
    eg_parking_free(s->parking);
    free(s);
}
