/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/os/fd.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/os/clock.h"

static bool peer_is_gone(int error)
{
    return error == EPIPE || error == ECONNRESET;
}

/* send() where it works, so that a vanished peer never raises SIGPIPE; write() on the rest. */
static ssize_t put_some(int fd, struct eg_span data)
{
    ssize_t n = send(fd, data.ptr, data.len, MSG_NOSIGNAL);

    if (n < 0 && errno == ENOTSOCK) {
        n = write(fd, data.ptr, data.len);
    }
    return n;
}

eg_status eg_fd_write(int fd, struct eg_span data)
{
    while (data.len > 0) {
        ssize_t n = put_some(fd, data);

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return peer_is_gone(errno) ? EG_ERR(OS_PEER_GONE) : EG_ERR(OS_FILE);
        }
        data.ptr += n;
        data.len -= (size_t)n;
    }
    return EG_OK;
}

eg_status eg_fd_read(int fd, uint8_t *out, size_t len)
{
    size_t done = 0;
    eg_status st = EG_OK;

    while (done < len) {
        ssize_t n = read(fd, out + done, len - done);

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            bool clean_end = done == 0 && (n == 0 || peer_is_gone(errno));

            st = clean_end ? EG_ERR(OS_PEER_GONE) : EG_ERR(OS_FILE);
            memset(out, 0, len);
            break;
        }
        done += (size_t)n;
    }
    return st;
}

eg_status eg_fd_wait_readable(int fd, int64_t deadline_ms)
{
    struct pollfd p = {fd, POLLIN, 0};

    for (;;) {
        int n = poll(&p, 1, eg_clock_left_ms(deadline_ms));

        if (n > 0) {
            return (p.revents & POLLNVAL) != 0 ? EG_ERR(OS_FILE) : EG_OK;
        }
        if (n == 0 && eg_clock_left_ms(deadline_ms) == 0) {
            return EG_ERR(OS_TIMEOUT);
        }
        if (n < 0 && errno != EINTR) {
            return EG_ERR(OS_FILE);
        }
    }
}

eg_status eg_fd_pair(int out_fds[static 2])
{
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, out_fds) != 0) {
        out_fds[0] = -1;
        out_fds[1] = -1;
        return EG_ERR(OS_PROCESS);
    }
    return EG_OK;
}

void eg_fd_close(int *fd)
{
    int kept = errno;

    if (*fd >= 0) {
        (void)close(*fd);
        *fd = -1;
    }
    errno = kept;
}
