/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_VAULT_CONFINE_H
#define EG_SERVER_VAULT_CONFINE_H
/** What a vault worker gives up, in two steps around its start. */
#include "lib/base/status.h"

/** First thing in the process: no core files, no ptrace, no new rights. OS_SANDBOX. */
EG_MUST_USE eg_status eg_confine_early(void);

/**
 * Last thing before work: only the system calls of the table below, for good. No file can be
 * opened, no socket made, no program or process started any more. OS_SANDBOX.
 */
EG_MUST_USE eg_status eg_confine_work(void);

/** Names of the system calls that work afterwards, NULL at the end. */
const char *const *eg_confine_allowed(void);

#endif
