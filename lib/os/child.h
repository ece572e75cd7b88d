/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_LIB_OS_CHILD_H
#define EG_LIB_OS_CHILD_H
/**
 * Child processes: start a program with chosen descriptors, wait for it, end it.
 *
 * The child gets an empty signal mask, default signal handlers, stdin from /dev/null unless passed,
 * our stdout and stderr unless passed, the descriptors asked for, and nothing else. Thread-safe;
 * one call at a time per child.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/base/status.h"

enum {
    EG_CHILD_FDS_MAX = 8,
};

/** A running child; {0} means none. */
struct eg_child {
    pid_t pid;  /* 0: none */
    int pid_fd; /* becomes readable when it ends; open while pid is not 0 */
};

/** Descriptor `ours` of this process becomes number `theirs` (0..63) of the child. */
struct eg_child_fd {
    int ours, theirs;
};

/** How a child ended. */
struct eg_child_end {
    bool exited; /* true: code is its exit code; false: code is the signal that ended it */
    int code;
};

/**
 * Start `program` (a path; no search). argv ends in NULL, argv[0] included. The environment is
 * ours. Errors  OS_PROCESS: not started; *out is the zero state. Owner   the descriptors stay the
 * caller's. *out must be waited for: eg_child_wait() until it tells how it ended.
 */
EG_MUST_USE eg_status eg_child_spawn(const char *program, const char *const argv[],
                                     const struct eg_child_fd *fds, size_t fd_count,
                                     struct eg_child *out);

/**
 * Wait until the child ends or the deadline (eg_clock_mono_ms(), negative: none) passes.
 * EG_OK: *out says how it ended, *child is the zero state. OS_TIMEOUT: it still runs.
 */
EG_MUST_USE eg_status eg_child_wait(struct eg_child *child, int64_t deadline_ms,
                                    struct eg_child_end *out);

/** Send a signal; a child that has ended, or none, is fine. */
void eg_child_signal(const struct eg_child *child, int signal_number);

/** SIGTERM, wait up to grace_ms, then SIGKILL and wait. *child becomes the zero state. */
void eg_child_stop(struct eg_child *child, int64_t grace_ms);

/** For the child's side: end this process with SIGKILL when the process that started it ends. */
EG_MUST_USE eg_status eg_child_die_with_parent(void);

#endif
