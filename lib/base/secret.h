/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_LIB_BASE_SECRET_H
#define EG_LIB_BASE_SECRET_H
/** The two things every holder of a secret needs: forget it, and compare it without a timing trace.
 */
#include <stdbool.h>
#include <stddef.h>

/** Overwrite len bytes in a way the compiler cannot drop. NULL is fine when len is 0. */
void eg_wipe(void *ptr, size_t len);

/** Equal? Time depends on len only. */
bool eg_ct_equal(const void *a, const void *b, size_t len);

#endif
