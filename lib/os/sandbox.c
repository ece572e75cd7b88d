/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/os/sandbox.h"

#include <seccomp.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

eg_status eg_sandbox_no_dumps(void)
{
    const struct rlimit none = {0, 0};

    if (setrlimit(RLIMIT_CORE, &none) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) {
        return EG_ERR(OS_SANDBOX);
    }
    return EG_OK;
}

eg_status eg_sandbox_no_new_privileges(void)
{
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 ? EG_OK : EG_ERR(OS_SANDBOX);
}

eg_status eg_sandbox_lock_all_memory(void)
{
    return mlockall(MCL_CURRENT | MCL_FUTURE) == 0 ? EG_OK : EG_ERR(OS_SANDBOX);
}

static eg_status allow_each(scmp_filter_ctx filter, const char *const *names)
{
    for (; *names != NULL; names++) {
        int number = seccomp_syscall_resolve_name(*names);

        if (number == __NR_SCMP_ERROR || seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 0) != 0) {
            return EG_ERR(OS_SANDBOX);
        }
    }
    return EG_OK;
}

eg_status eg_sandbox_allow_only(const char *const *names)
{
    scmp_filter_ctx filter;
    eg_status st;

    if (names[0] == NULL) {
        return EG_ERR(OS_SANDBOX);
    }
    filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    if (filter == NULL) {
        return EG_ERR(OS_SANDBOX);
    }
    st = allow_each(filter, names);
    if (eg_ok(st) &&
        (seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1) != 0 ||
         seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) != 0 ||
         seccomp_load(filter) != 0)) {
        st = EG_ERR(OS_SANDBOX);
    }
    seccomp_release(filter);
    return st;
}
