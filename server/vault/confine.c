/* SPDX-License-Identifier: Apache-2.0 */
#include "server/vault/confine.h"

#include <stddef.h>

#include "lib/os/sandbox.h"

static const char *const allowed[] = {
    /* the socket to the service, and one last line on stderr */
    "read",
    "recvfrom",
    "sendto",
    "write",
    "poll",
    "close",
    /* memory: the heap and locked pages */
    "brk",
    "mmap",
    "mremap",
    "munmap",
    "mprotect",
    "madvise",
    "mlock",
    "munlock",
    /* the random generator: fresh seed, and its check that the process was not forked */
    "getrandom",
    "getpid",
    /* clocks, where the kernel offers them by call only */
    "clock_gettime",
    "gettimeofday",
    /* what the C library needs to run and to end */
    "futex",
    "sched_yield",
    "sigaltstack",
    "rt_sigprocmask",
    "rt_sigreturn",
    "restart_syscall",
    "exit",
    "exit_group",
    NULL,
};

const char *const *eg_confine_allowed(void)
{
    return allowed;
}

eg_status eg_confine_early(void)
{
    EG_TRY(eg_sandbox_no_dumps());
    return eg_sandbox_no_new_privileges();
}

eg_status eg_confine_work(void)
{
    return eg_sandbox_allow_only(allowed);
}
