/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_TESTS_UNIT_UNIT_H
#define EG_TESTS_UNIT_UNIT_H
/** cmocka after the headers it needs, and assertions on eg_status. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "lib/base/status.h"

/** The call succeeded; the status by name otherwise. */
#define assert_ok(expr) assert_string_equal(eg_status_info(expr)->name, "OK")

/** The call failed with exactly EG_E_<name>. */
#define assert_status(expr, expected) assert_string_equal(eg_status_info(expr)->name, #expected)

#endif
