/* SPDX-License-Identifier: Apache-2.0 */
#include "vchip/loop.h"

#include <errno.h>
#include <sys/epoll.h>

#include "lib/os/fd.h"

eg_status eg_loop_init(struct eg_loop *loop)
{
    *loop = (struct eg_loop){.fd = epoll_create1(EPOLL_CLOEXEC)};
    return loop->fd >= 0 ? EG_OK : EG_ERR(OS_PROCESS);
}

void eg_loop_cleanup(struct eg_loop *loop)
{
    eg_fd_close(&loop->fd);
}

static eg_status control(struct eg_loop *loop, int op, struct eg_source *source, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = source};
    return epoll_ctl(loop->fd, op, source->fd, &event) == 0 ? EG_OK : EG_ERR(OS_PROCESS);
}

eg_status eg_loop_add(struct eg_loop *loop, struct eg_source *source, uint32_t events)
{
    return control(loop, EPOLL_CTL_ADD, source, events);
}

eg_status eg_loop_change(struct eg_loop *loop, struct eg_source *source, uint32_t events)
{
    return control(loop, EPOLL_CTL_MOD, source, events);
}

void eg_loop_remove(struct eg_loop *loop, struct eg_source *source)
{
    if (source->fd >= 0) {
        (void)epoll_ctl(loop->fd, EPOLL_CTL_DEL, source->fd, NULL);
        eg_fd_close(&source->fd);
    }
}

/* One event per wait: a handler may free other sources, whose events would then be stale. */
eg_status eg_loop_run(struct eg_loop *loop)
{
    while (!loop->stop) {
        struct epoll_event event;
        int n = epoll_wait(loop->fd, &event, 1, -1);
        if (n < 0 && errno != EINTR) {
            return EG_ERR(OS_PROCESS);
        }
        if (n == 1) {
            struct eg_source *source = event.data.ptr;
            source->ready(source, event.events);
        }
    }
    return EG_OK;
}
