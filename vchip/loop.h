/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_VCHIP_LOOP_H
#define EG_VCHIP_LOOP_H
/** One epoll loop for all chips of a process; one thread. */
#include <stdbool.h>
#include <stdint.h>

#include "lib/base/status.h"

/** Something with a descriptor. Embedded in its owner, who outlives its registration. */
struct eg_source {
    int fd;
    /* events: EPOLLIN and friends. May close and free any source, its own included. */
    void (*ready)(struct eg_source *source, uint32_t events);
};

struct eg_loop {
    int fd;
    bool stop;
};

/** OS_PROCESS when the system refuses. */
EG_MUST_USE eg_status eg_loop_init(struct eg_loop *loop);
void eg_loop_cleanup(struct eg_loop *loop);

EG_MUST_USE eg_status eg_loop_add(struct eg_loop *loop, struct eg_source *source, uint32_t events);
EG_MUST_USE eg_status eg_loop_change(struct eg_loop *loop, struct eg_source *source,
                                     uint32_t events);
/** Unregister and close its descriptor; no-op when the descriptor is negative. */
void eg_loop_remove(struct eg_loop *loop, struct eg_source *source);

/** Serve until stop is set. OS_PROCESS. */
EG_MUST_USE eg_status eg_loop_run(struct eg_loop *loop);

#endif
