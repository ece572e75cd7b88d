/* SPDX-License-Identifier: Apache-2.0 */
#include "host/transport/tty.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <termios.h>
#include <unistd.h>

#include "lib/os/clock.h"

static const struct {
    unsigned baud;
    speed_t speed;
} speeds[] = {
    {9600, B9600},     {19200, B19200},   {38400, B38400},   {57600, B57600},
    {115200, B115200}, {230400, B230400}, {460800, B460800}, {921600, B921600},
};

static speed_t speed_of(unsigned baud)
{
    for (size_t i = 0; i < sizeof speeds / sizeof speeds[0]; i++) {
        if (speeds[i].baud == baud) {
            return speeds[i].speed;
        }
    }
    return B0;
}

/* Raw 8N1 without flow control; what came before the opening is dropped. */
static eg_status configure(int fd, speed_t speed)
{
    struct termios tio;

    if (tcgetattr(fd, &tio) != 0) {
        return EG_ERR(HOST_LINE_OPEN);
    }
    cfmakeraw(&tio);
    tio.c_cflag |= (tcflag_t)(CLOCAL | CREAD);
    tio.c_cflag &= (tcflag_t) ~(CSTOPB | CRTSCTS);
    tio.c_cc[VMIN] = 0;
    tio.c_cc[VTIME] = 0;
    if (cfsetispeed(&tio, speed) != 0 || cfsetospeed(&tio, speed) != 0 ||
        tcsetattr(fd, TCSANOW, &tio) != 0 || tcflush(fd, TCIFLUSH) != 0) {
        return EG_ERR(HOST_LINE_OPEN);
    }
    return EG_OK;
}

eg_status eg_tty_open(struct eg_transport *t, const char *path, unsigned baud)
{
    speed_t speed = speed_of(baud);

    if (speed == B0) {
        return EG_ERR(HOST_TARGET);
    }
    int fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) {
        return errno == EBUSY ? EG_ERR(HOST_LINE_BUSY) : EG_ERR(HOST_LINE_OPEN);
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        close(fd);
        return EG_ERR(HOST_LINE_BUSY);
    }
    eg_status st = configure(fd, speed);
    if (!eg_ok(st)) {
        close(fd);
        return st;
    }
    t->fd = fd;
    return EG_OK;
}

/* Until fd is ready for `events`. */
static eg_status wait_for(int fd, short events, int64_t deadline_ms)
{
    for (;;) {
        struct pollfd p = {.fd = fd, .events = events};
        int n = poll(&p, 1, eg_clock_left_ms(deadline_ms));
        if (n > 0) {
            return (p.revents & events) != 0 ? EG_OK : EG_ERR(HOST_LINE_LOST);
        }
        if (n == 0) {
            return EG_ERR(HOST_LINE_TIMEOUT);
        }
        if (errno != EINTR) {
            return EG_ERR(HOST_LINE_LOST);
        }
    }
}

eg_status eg_tty_read(struct eg_transport *t, uint8_t *out, size_t room, int64_t deadline_ms,
                      size_t *got)
{
    for (;;) {
        EG_TRY(wait_for(t->fd, POLLIN, deadline_ms));
        ssize_t n = read(t->fd, out, room);
        if (n > 0) {
            *got = (size_t)n;
            return EG_OK;
        }
        if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
            return EG_ERR(HOST_LINE_LOST);
        }
    }
}

eg_status eg_tty_write(struct eg_transport *t, struct eg_span data, int64_t deadline_ms)
{
    while (data.len > 0) {
        EG_TRY(wait_for(t->fd, POLLOUT, deadline_ms));
        ssize_t n = write(t->fd, data.ptr, data.len);
        if (n > 0) {
            data = eg_span(data.ptr + n, data.len - (size_t)n);
        } else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
            return EG_ERR(HOST_LINE_LOST);
        }
    }
    return EG_OK;
}

void eg_tty_close(struct eg_transport *t)
{
    close(t->fd); /* drops the lock too */
    t->fd = -1;
}
