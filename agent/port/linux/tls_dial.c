/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "agent/port/linux/tls.h"
#include "lib/os/clock.h"
#include "lib/os/fd.h"

/* Wait until a connection that was begun is there. */
static bool finished(int fd, int64_t deadline_ms, bool *out_timeout)
{
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    int error = 0;
    socklen_t len = sizeof(error);
    int n;
    do {
        n = poll(&p, 1, eg_clock_left_ms(deadline_ms));
    } while (n < 0 && errno == EINTR);
    *out_timeout = n == 0;
    return n == 1 && getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == 0 && error == 0;
}

static int dial_one(const struct addrinfo *a, int64_t deadline_ms, bool *out_timeout)
{
    const int on = 1;
    int fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        return -1;
    }
    bool done = connect(fd, a->ai_addr, a->ai_addrlen) == 0 ||
                (errno == EINPROGRESS && finished(fd, deadline_ms, out_timeout));
    if (!done) {
        eg_fd_close(&fd);
        return -1;
    }
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    return fd;
}

/* The name of this machine is never looked up (RFC 6761, 6.3): a system without a hosts file knows
 * no localhost, and a resolver elsewhere must not say where that is. No name: the loopback
 * addresses. */
static const char *lookup_name(const char *host)
{
    size_t len = strlen(host);
    size_t end = strlen(".localhost");
    bool own = strcasecmp(host, "localhost") == 0 ||
               (len > end && strcasecmp(host + len - end, ".localhost") == 0);
    return own ? NULL : host;
}

int eg_tls_dial(const char *host, uint16_t port, int64_t deadline_ms, bool *out_timeout)
{
    const char *name = lookup_name(host);
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                                   .ai_flags = name == NULL ? 0 : AI_ADDRCONFIG};
    struct addrinfo *list = NULL;
    char service[8];
    int fd = -1;
    *out_timeout = false;
    (void)snprintf(service, sizeof(service), "%u", (unsigned)port);
    if (getaddrinfo(name, service, &hints, &list) != 0) {
        return -1;
    }
    for (const struct addrinfo *a = list; a != NULL && fd < 0 && !*out_timeout; a = a->ai_next) {
        fd = dial_one(a, deadline_ms, out_timeout);
    }
    freeaddrinfo(list);
    return fd;
}
