/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_LIB_OS_SECRET_MEM_H
#define EG_LIB_OS_SECRET_MEM_H
/**
 * Memory for secrets that live long (key-encryption key, CA keys): own pages, locked into RAM, out
 * of core files and forked children, with an unreachable page before and behind.
 * Thread-safe. Each block takes at least three pages: for tens of secrets, not thousands.
 */
#include <stddef.h>

#include "lib/base/status.h"

/**
 * A zeroed block of len bytes (1 .. 1 MiB) whose last byte touches the guard page behind it, as far
 * as 16-byte alignment allows.
 * Errors  NO_MEMORY: no pages. OS_SANDBOX: the pages cannot be locked (RLIMIT_MEMLOCK). *out NULL.
 * Owner   the caller's; eg_secret_free() with the same len.
 */
EG_MUST_USE eg_status eg_secret_alloc(size_t len, void **out);

/** Wipe and give back. NULL is fine. */
void eg_secret_free(void *ptr, size_t len);

#endif
