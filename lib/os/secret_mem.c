/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/os/secret_mem.h"

#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/base/secret.h"

enum {
    ALIGNMENT = 16,
    LEN_MAX = 1 << 20,
};

/* guard page | pages of the block, the block at their end | guard page */
struct layout {
    size_t page;
    size_t inner;  /* bytes between the guards */
    size_t offset; /* of the block behind the first guard */
};

static struct layout layout_of(size_t len)
{
    struct layout l;
    size_t rounded = (len + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;

    l.page = (size_t)sysconf(_SC_PAGESIZE);
    l.inner = (rounded + l.page - 1) / l.page * l.page;
    l.offset = l.inner - rounded;
    return l;
}

static eg_status protect(uint8_t *inner, size_t len)
{
    if (mprotect(inner, len, PROT_READ | PROT_WRITE) != 0) {
        return EG_ERR(NO_MEMORY);
    }
    if (mlock(inner, len) != 0 || madvise(inner, len, MADV_DONTDUMP) != 0 ||
        madvise(inner, len, MADV_WIPEONFORK) != 0) {
        return EG_ERR(OS_SANDBOX);
    }
    return EG_OK;
}

eg_status eg_secret_alloc(size_t len, void **out)
{
    struct layout l;
    uint8_t *base;
    eg_status st;

    *out = NULL;
    if (len == 0 || len > LEN_MAX) {
        return EG_ERR(NO_MEMORY);
    }
    l = layout_of(len);
    base = mmap(NULL, l.inner + 2 * l.page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (base == MAP_FAILED) {
        return EG_ERR(NO_MEMORY);
    }
    st = protect(base + l.page, l.inner);
    if (!eg_ok(st)) {
        (void)munmap(base, l.inner + 2 * l.page);
        return st;
    }
    *out = base + l.page + l.offset;
    return EG_OK;
}

void eg_secret_free(void *ptr, size_t len)
{
    struct layout l;

    if (ptr == NULL) {
        return;
    }
    l = layout_of(len);
    eg_wipe(ptr, len);
    (void)munmap((uint8_t *)ptr - l.offset - l.page, l.inner + 2 * l.page);
}
