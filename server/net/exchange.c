/* SPDX-License-Identifier: Apache-2.0 */
#include "server/net/exchange.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/os/clock.h"

enum { BODY_FIRST_ROOM = 1024 };

/** Copy without one final slash; a path that is too long becomes "" and fits no route. */
static void set_path(struct eg_exchange *x, const char *url)
{
    size_t len = strlen(url);
    if (len > 1 && url[len - 1] == '/') {
        len--;
    }
    if (len < sizeof(x->path)) {
        memcpy(x->path, url, len);
    }
}

struct eg_exchange *eg_exchange_new(struct eg_http_server *server, struct MHD_Connection *c,
                                    const char *url, const char *method)
{
    struct eg_exchange *x = calloc(1, sizeof(*x));
    if (x == NULL) {
        return NULL;
    }
    x->server = server;
    x->connection = c;
    snprintf(x->method, sizeof(x->method), "%s", method);
    set_path(x, url);
    x->rq.method = x->method;
    x->rq.path = x->path;
    return x;
}

void eg_exchange_free(struct eg_exchange *x)
{
    if (x != NULL) {
        free(x->rs.body);
        free(x->body);
        free(x);
    }
}

static bool grow(struct eg_exchange *x, size_t need)
{
    size_t room = x->body_room == 0 ? BODY_FIRST_ROOM : x->body_room;
    while (room < need) {
        room *= 2;
    }
    uint8_t *bigger = room == x->body_room ? x->body : realloc(x->body, room);
    if (bigger == NULL) {
        return false;
    }
    x->body = bigger;
    x->body_room = room;
    return true;
}

void eg_exchange_body(struct eg_exchange *x, const char *data, size_t len)
{
    if (x->rq.body_too_large) {
        return;
    }
    if (len > x->body_max - x->body_len || !grow(x, x->body_len + len)) {
        x->rq.body_too_large = true;
        x->body_len = 0;
        return;
    }
    memcpy(x->body + x->body_len, data, len);
    x->body_len += len;
}

static enum MHD_Result take_header(void *arg, enum MHD_ValueKind kind, const char *name,
                                   const char *value)
{
    (void)kind;
    struct eg_exchange *x = arg;
    x->headers[x->rq.header_count++] = (struct eg_http_pair){name, value == NULL ? "" : value};
    return x->rq.header_count < EG_LIMIT_HEADERS ? MHD_YES : MHD_NO;
}

static enum MHD_Result take_parameter(void *arg, enum MHD_ValueKind kind, const char *name,
                                      const char *value)
{
    (void)kind;
    struct eg_exchange *x = arg;
    x->query[x->rq.query_count++] = (struct eg_http_pair){name, value == NULL ? "" : value};
    return x->rq.query_count < EG_LIMIT_QUERY_PARAMETERS ? MHD_YES : MHD_NO;
}

/** FNV-1a, 64 bits. */
static uint64_t hash_bytes(const void *data, size_t len)
{
    const uint8_t *p = data;
    uint64_t h = 0xCBF29CE484222325u;
    for (size_t i = 0; i < len; i++) {
        h = (h ^ p[i]) * 0x100000001B3u;
    }
    return h;
}

static uint64_t hash_peer(struct MHD_Connection *c)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(c, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    if (info == NULL || info->client_addr == NULL) {
        return 0;
    }
    if (info->client_addr->sa_family == AF_INET6) {
        struct sockaddr_in6 v6;
        memcpy(&v6, info->client_addr, sizeof(v6));
        return hash_bytes(&v6.sin6_addr, sizeof(v6.sin6_addr));
    }
    struct sockaddr_in v4;
    memcpy(&v4, info->client_addr, sizeof(v4));
    return hash_bytes(&v4.sin_addr, sizeof(v4.sin_addr));
}

void eg_exchange_complete(struct eg_exchange *x)
{
    x->rq.peer = hash_peer(x->connection);
    MHD_get_connection_values(x->connection, MHD_HEADER_KIND, take_header, x);
    MHD_get_connection_values(x->connection, MHD_GET_ARGUMENT_KIND, take_parameter, x);
    x->rq.headers = x->headers;
    x->rq.query = x->query;
    x->rq.body = eg_span(x->body, x->body_len);
    x->rq.arrived_ms = eg_clock_mono_ms();
}

static bool says_how_to_cache(const struct eg_http_response *rs)
{
    for (size_t i = 0; i < rs->header_count; i++) {
        if (strcmp(rs->headers[i].name, MHD_HTTP_HEADER_CACHE_CONTROL) == 0) {
            return true;
        }
    }
    return false;
}

static void add_headers(struct MHD_Response *r, const struct eg_http_response *rs)
{
    if (rs->content_type != NULL) {
        MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, rs->content_type);
    }
    if (rs->correlation[0] != '\0') {
        MHD_add_response_header(r, "EL2G-Correlation-ID", rs->correlation);
    }
    if (!says_how_to_cache(rs)) {
        MHD_add_response_header(r, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    }
    for (size_t i = 0; i < rs->header_count; i++) {
        MHD_add_response_header(r, rs->headers[i].name, rs->headers[i].value);
    }
}

enum MHD_Result eg_exchange_send(struct eg_exchange *x)
{
    struct MHD_Response *r =
        MHD_create_response_from_buffer(x->rs.body_len, x->rs.body, MHD_RESPMEM_MUST_FREE);
    if (r == NULL) {
        return MHD_NO;
    }
    x->rs.body = NULL; /* the library frees it */
    add_headers(r, &x->rs);
    enum MHD_Result ret = MHD_queue_response(x->connection, (unsigned)x->rs.status, r);
    MHD_destroy_response(r);
    return ret;
}
