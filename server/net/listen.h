/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_NET_LISTEN_H
#define EG_SERVER_NET_LISTEN_H
/** A listening TCP socket from "HOST:PORT". */
#include <stddef.h>
#include <stdint.h>

#include "lib/base/status.h"

/** How a socket shares its address. */
enum eg_listen_mode {
    EG_LISTEN_ALONE = 0,
    EG_LISTEN_SHARED = 1, /* SO_REUSEPORT: several sockets of this process, the kernel spreads */
};

/**
 * Resolve, bind and listen; close-on-exec, non-blocking. where (room where_room) becomes
 * "HOST:PORT" with the port in use. NET_LISTEN: *out_fd is -1.
 */
EG_MUST_USE eg_status eg_listen(const char *address, enum eg_listen_mode mode, int *out_fd,
                                char *where, size_t where_room);

/** Port in use of a bound socket. */
uint16_t eg_listen_port(int fd);

/** Is the text of the form HOST:PORT? Looks nothing up. NET_LISTEN if not. */
EG_MUST_USE eg_status eg_listen_check(const char *address);

#endif
