/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_TESTS_HELPERS_NEXT_SYMBOL_H
#define EG_TESTS_HELPERS_NEXT_SYMBOL_H
/** For libraries that tests preload: the function that ours stands in front of. */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

/**
 * Put the address of the next function called `name` into *pointer, a function pointer of `len`
 * bytes (ISO C has no cast from object to function pointers). Ends the program if there is none.
 */
static inline void eg_next_symbol(const char *name, void *pointer, size_t len)
{
    void *f = dlsym(RTLD_NEXT, name);
    if (f == NULL || len != sizeof f) {
        abort();
    }
    memcpy(pointer, &f, len);
}

#endif
