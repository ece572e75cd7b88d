/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_LIB_OS_FD_H
#define EG_LIB_OS_FD_H
/**
 * Reading and writing descriptors to the end: short transfers and interrupted calls are repeated,
 * a vanished peer is a status and never a SIGPIPE. One reader and one writer thread per descriptor.
 */
#include <stddef.h>
#include <stdint.h>

#include "lib/base/span.h"

/** Write all. OS_PEER_GONE: the other end is closed. OS_FILE: another failure. */
EG_MUST_USE eg_status eg_fd_write(int fd, struct eg_span data);

/**
 * Read exactly len bytes. OS_PEER_GONE: end of stream before the first byte; OS_FILE: end in the
 * middle, or another failure. On error out is set to zeros.
 */
EG_MUST_USE eg_status eg_fd_read(int fd, uint8_t *out, size_t len);

/**
 * Wait until fd has something to read (end of stream counts). deadline_ms of eg_clock_mono_ms(),
 * negative: no limit. OS_TIMEOUT.
 */
EG_MUST_USE eg_status eg_fd_wait_readable(int fd, int64_t deadline_ms);

/** Connected pair of Unix stream sockets, close-on-exec. OS_PROCESS: both are -1. */
EG_MUST_USE eg_status eg_fd_pair(int out_fds[static 2]);

/** close() unless *fd is negative; *fd becomes -1. Keeps errno. */
void eg_fd_close(int *fd);

#endif
