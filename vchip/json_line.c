/* SPDX-License-Identifier: Apache-2.0 */
#include "vchip/json_line.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/base/secret.h"
#include "lib/os/fd.h"

enum {
    INVALID_ARGUMENT = -135, /* PSA */
};

struct eg_line_connection {
    struct eg_source source;
    struct eg_line_socket *socket;
    char in[EG_LINE_MAX];
    size_t in_len;
    char *out; /* answer being written; NULL when there is none */
    size_t out_len, out_done;
};

json_t *eg_line_error(int status, const char *text)
{
    return json_pack("{s:i, s:s}", "status", status, "error", text);
}

static void free_out(struct eg_line_connection *c)
{
    if (c->out != NULL) {
        eg_wipe(c->out, c->out_len);
    }
    free(c->out);
    c->out = NULL;
}

static void hang_up(struct eg_line_connection *c)
{
    for (size_t i = 0; i < EG_LINE_CONNECTIONS; i++) {
        if (c->socket->connections[i] == c) {
            c->socket->connections[i] = NULL;
        }
    }
    eg_loop_remove(c->socket->loop, &c->source);
    free_out(c);
    eg_wipe(c->in, sizeof(c->in));
    free(c);
}

/* Write what is left of the answer; false when the peer is gone. */
static bool flush(struct eg_line_connection *c)
{
    while (c->out != NULL) {
        ssize_t n =
            send(c->source.fd, c->out + c->out_done, c->out_len - c->out_done, MSG_NOSIGNAL);
        if (n < 0) {
            return errno == EAGAIN || errno == EINTR;
        }
        c->out_done += (size_t)n;
        if (c->out_done == c->out_len) {
            free_out(c);
        }
    }
    return true;
}

static char *answer(struct eg_line_socket *s, const char *line, size_t len)
{
    json_t *request = json_loadb(line, len, JSON_REJECT_DUPLICATES, NULL);
    json_t *reply = json_is_object(request)
                        ? s->handle(s->context, request)
                        : eg_line_error(INVALID_ARGUMENT, "a line must be one JSON object");
    char *text = reply == NULL ? NULL : json_dumps(reply, JSON_COMPACT);
    json_decref(request);
    json_decref(reply);
    return text;
}

/* Answer the first complete line; one at a time, the next when the answer is out. */
static bool take_line(struct eg_line_connection *c)
{
    char *end = memchr(c->in, '\n', c->in_len);
    if (end == NULL || c->out != NULL) {
        return true;
    }
    size_t len = (size_t)(end - c->in);
    char *text = answer(c->socket, c->in, len);
    if (text == NULL) {
        return false;
    }
    c->out_len = strlen(text) + 1;
    text[c->out_len - 1] = '\n'; /* the NUL's place */
    c->out = text;
    c->out_done = 0;
    c->in_len -= len + 1;
    memmove(c->in, end + 1, c->in_len);
    return flush(c);
}

static bool receive(struct eg_line_connection *c)
{
    ssize_t n = recv(c->source.fd, c->in + c->in_len, sizeof(c->in) - c->in_len, 0);
    if (n < 0) {
        return errno == EAGAIN || errno == EINTR;
    }
    if (n == 0) {
        return false; /* closed, or the line is longer than allowed and the room is full */
    }
    c->in_len += (size_t)n;
    return true;
}

static void connection_ready(struct eg_source *source, uint32_t events)
{
    struct eg_line_connection *c = (struct eg_line_connection *)source;
    bool alive = (events & EPOLLERR) == 0 && flush(c);
    if (alive && c->out == NULL && (events & (EPOLLIN | EPOLLHUP)) != 0) {
        alive = receive(c);
    }
    while (alive && c->out == NULL && memchr(c->in, '\n', c->in_len) != NULL) {
        alive = take_line(c);
    }
    uint32_t wanted = c->out == NULL ? (uint32_t)EPOLLIN : (uint32_t)EPOLLOUT;
    if (!alive || !eg_ok(eg_loop_change(c->socket->loop, source, wanted))) {
        hang_up(c);
    }
}

static struct eg_line_connection **free_slot(struct eg_line_socket *s)
{
    for (size_t i = 0; i < EG_LINE_CONNECTIONS; i++) {
        if (s->connections[i] == NULL) {
            return &s->connections[i];
        }
    }
    return NULL;
}

static void listener_ready(struct eg_source *source, uint32_t events)
{
    struct eg_line_socket *s = (struct eg_line_socket *)source;
    (void)events;
    int fd = accept4(source->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    struct eg_line_connection **slot = free_slot(s);
    struct eg_line_connection *c = fd >= 0 && slot != NULL ? calloc(1, sizeof(*c)) : NULL;
    if (c == NULL) {
        eg_fd_close(&fd);
        return;
    }
    c->source = (struct eg_source){fd, connection_ready};
    c->socket = s;
    *slot = c;
    if (!eg_ok(eg_loop_add(s->loop, &c->source, EPOLLIN))) {
        hang_up(c);
    }
}

/* A socket address holds 107 characters; through the folder's descriptor any path fits. */
static bool bind_in(int fd, int dir_fd, const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int len =
        snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/%s", dir_fd, name);
    if (len < 0 || (size_t)len >= sizeof(address.sun_path)) {
        return false;
    }
    (void)unlinkat(dir_fd, name, 0);
    return bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0 &&
           fchmodat(dir_fd, name, 0600, 0) == 0 && listen(fd, EG_LINE_CONNECTIONS) == 0;
}

eg_status eg_line_socket_open(struct eg_line_socket *s, struct eg_loop *loop, int dir_fd,
                              const char *name, eg_line_handler handle, void *context)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    *s = (struct eg_line_socket){
        .listener = {fd, listener_ready}, .loop = loop, .handle = handle, .context = context};
    if (fd < 0 || !bind_in(fd, dir_fd, name) || !eg_ok(eg_loop_add(loop, &s->listener, EPOLLIN))) {
        eg_fd_close(&s->listener.fd);
        return EG_ERR(OS_FILE);
    }
    return EG_OK;
}

void eg_line_socket_close(struct eg_line_socket *s)
{
    for (size_t i = 0; i < EG_LINE_CONNECTIONS; i++) {
        if (s->connections[i] != NULL) {
            hang_up(s->connections[i]);
        }
    }
    if (s->loop != NULL) {
        eg_loop_remove(s->loop, &s->listener);
    }
}
