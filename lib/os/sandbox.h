/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_LIB_OS_SANDBOX_H
#define EG_LIB_OS_SANDBOX_H
/**
 * Giving up what a process does not need, one step per call; no step can be taken back.
 * Errors of all calls: OS_SANDBOX; a program that asked for a step must not go on without it.
 */
#include "lib/base/status.h"

/** No core files (RLIMIT_CORE 0) and no ptrace by others of the same user (not dumpable). */
EG_MUST_USE eg_status eg_sandbox_no_dumps(void);

/** exec can never gain rights (no_new_privs). Needed before eg_sandbox_allow_only() unless root. */
EG_MUST_USE eg_status eg_sandbox_no_new_privileges(void);

/**
 * Keep all pages, also future ones, out of swap (mlockall). Under a RLIMIT_MEMLOCK that is too
 * small this fails and changes nothing; then hold secrets in lib/os/secret_mem.h.
 */
EG_MUST_USE eg_status eg_sandbox_lock_all_memory(void);

/**
 * From now on only the named system calls work, in all threads; any other ends the process with
 * SIGSYS. `names` ends in NULL. A name that this kernel's library does not know is an error; so is
 * an empty list. Open what you need before.
 * Also refused: anything through a foreign architecture's call table.
 */
EG_MUST_USE eg_status eg_sandbox_allow_only(const char *const *names);

#endif
