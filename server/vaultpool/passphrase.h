/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_VAULTPOOL_PASSPHRASE_H
#define EG_SERVER_VAULTPOOL_PASSPHRASE_H
/** Carries the passphrase from its file to a vault process, keeping no copy. */
#include "lib/base/status.h"

/**
 * A pipe that holds the file's content and then ends; *out_fd is its reading end, the caller's.
 * OS_FILE, OS_FILE_TOO_LARGE: the file. OS_PROCESS: no pipe. On error *out_fd is -1.
 */
EG_MUST_USE eg_status eg_passphrase_pipe(const char *path, int *out_fd);

#endif
