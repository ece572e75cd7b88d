/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_VCHIP_JSON_LINE_H
#define EG_VCHIP_JSON_LINE_H
/**
 * Unix stream sockets on which each line is one JSON object and is answered by one
 * (docs/protocol/vchip.md, "Sockets").
 */
#include <jansson.h>

#include "vchip/loop.h"

enum {
    EG_LINE_MAX = 1 << 17,   /* bytes of one request; longer ones end the connection */
    EG_LINE_CONNECTIONS = 8, /* at a time on one socket; further ones are closed */
};

/** Answers one request. Borrows request; returns an object that the caller owns, never NULL except
 * when out of memory. */
typedef json_t *(*eg_line_handler)(void *context, const json_t *request);

struct eg_line_connection;

/** A listening socket and its connections. */
struct eg_line_socket {
    struct eg_source listener;
    struct eg_loop *loop;
    eg_line_handler handle;
    void *context;
    struct eg_line_connection *connections[EG_LINE_CONNECTIONS];
};

/**
 * Listen on `name` in the folder open as dir_fd, replacing a stale socket there; mode 0600. The
 * path may be longer than a socket address holds. OS_FILE.
 */
EG_MUST_USE eg_status eg_line_socket_open(struct eg_line_socket *s, struct eg_loop *loop,
                                          int dir_fd, const char *name, eg_line_handler handle,
                                          void *context);
/** Close connections and listener; the caller removes the name. Safe on the zero state with
 * listener.fd -1. */
void eg_line_socket_close(struct eg_line_socket *s);

/** {"status": status, "error": text} */
json_t *eg_line_error(int status, const char *text);

#endif
