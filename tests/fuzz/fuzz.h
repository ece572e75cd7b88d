/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_TESTS_FUZZ_FUZZ_H
#define EG_TESTS_FUZZ_FUZZ_H
/** What every fuzz target defines: take any bytes, do not crash, return 0. libFuzzer's interface.
 */
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
