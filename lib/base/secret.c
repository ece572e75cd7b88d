/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/secret.h"

#include <stdint.h>
#include <string.h>

void eg_wipe(void *ptr, size_t len)
{
    if (len == 0) {
        return;
    }
    memset(ptr, 0, len);
    /* The barrier makes the compiler believe that the zeros are read. */
    __asm__ __volatile__("" : : "r"(ptr) : "memory");
}

bool eg_ct_equal(const void *a, const void *b, size_t len)
{
    const volatile uint8_t *x = a;
    const volatile uint8_t *y = b;
    uint8_t diff = 0;
    for (size_t i = 0; i < len; i++) {
        diff = (uint8_t)(diff | (x[i] ^ y[i]));
    }
    return diff == 0;
}
