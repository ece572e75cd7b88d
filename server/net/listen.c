/* SPDX-License-Identifier: Apache-2.0 */
#include "server/net/listen.h"

#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/base/text.h"
#include "lib/os/fd.h"

enum { HOST_LEN = 256, PORT_LEN = 6, BACKLOG = 1024 };

struct address {
    char host[HOST_LEN]; /* without the brackets of IPv6 */
    char port[PORT_LEN];
};

static eg_status split(const char *text, struct address *out)
{
    const char *colon = strrchr(text, ':');
    if (colon == NULL || colon == text) {
        return EG_ERR(NET_LISTEN);
    }
    size_t host_len = (size_t)(colon - text);
    uint64_t port;
    if (!eg_ok(eg_number_parse(eg_span_str(colon + 1), UINT16_MAX, &port))) {
        return EG_ERR(NET_LISTEN);
    }
    if (text[0] == '[' && text[host_len - 1] == ']') {
        text++;
        host_len -= 2;
    }
    if (host_len == 0 || host_len >= sizeof(out->host)) {
        return EG_ERR(NET_LISTEN);
    }
    memcpy(out->host, text, host_len);
    out->host[host_len] = '\0';
    snprintf(out->port, sizeof(out->port), "%u", (unsigned)port);
    return EG_OK;
}

static int open_one(const struct addrinfo *ai, enum eg_listen_mode mode)
{
    int fd = socket(ai->ai_family, ai->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const int on = 1;
    const bool shared =
        mode == EG_LISTEN_ALONE || setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) == 0;
    if (fd >= 0 && shared && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
        bind(fd, ai->ai_addr, ai->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0) {
        return fd;
    }
    eg_fd_close(&fd);
    return -1;
}

uint16_t eg_listen_port(int fd)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } a;
    socklen_t len = sizeof(a);
    memset(&a, 0, sizeof(a));
    if (getsockname(fd, &a.any, &len) != 0) {
        return 0;
    }
    return ntohs(a.any.sa_family == AF_INET6 ? a.v6.sin6_port : a.v4.sin_port);
}

eg_status eg_listen(const char *address, enum eg_listen_mode mode, int *out_fd, char *where,
                    size_t where_room)
{
    struct address a;
    *out_fd = -1;
    EG_TRY(split(address, &a));
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
    struct addrinfo *list = NULL;
    if (getaddrinfo(a.host, a.port, &hints, &list) != 0) {
        return EG_ERR(NET_LISTEN);
    }
    for (const struct addrinfo *ai = list; ai != NULL && *out_fd < 0; ai = ai->ai_next) {
        *out_fd = open_one(ai, mode);
    }
    freeaddrinfo(list);
    if (*out_fd < 0) {
        return EG_ERR(NET_LISTEN);
    }
    const bool v6 = strchr(a.host, ':') != NULL;
    snprintf(where, where_room, "%s%s%s:%u", v6 ? "[" : "", a.host, v6 ? "]" : "",
             eg_listen_port(*out_fd));
    return EG_OK;
}

eg_status eg_listen_check(const char *address)
{
    struct address ignored;
    return split(address, &ignored);
}
