/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_STORE_ARENA_H
#define EG_SERVER_STORE_ARENA_H
/**
 * Memory for the answers of one request: everything the store returns is put here and freed at
 * once. A hard maximum keeps one request from taking all memory.
 *
 * Thread: one thread per arena. Holds no clear secrets (the store has none), so it is not wiped.
 */
#include <stddef.h>
#include <stdint.h>

#include "lib/base/span.h"

struct eg_arena_block;

struct eg_arena {
    struct eg_arena_block *first; /* newest block */
    size_t used;                  /* bytes asked for so far */
    size_t max;
};

/** Enough for the largest page of any list and for 500 provisioning bodies of 64 KiB. */
#define EG_ARENA_REQUEST_MAX ((size_t)48 * 1024 * 1024)

void eg_arena_init(struct eg_arena *a, size_t max);
/** Free everything; the arena may be used again. Safe on a zeroed arena. */
void eg_arena_cleanup(struct eg_arena *a);

/** Zeroed memory, aligned for any type. NULL when max would be passed or the heap is empty. */
void *eg_arena_alloc(struct eg_arena *a, size_t len);
/** Copy of `data`. NO_MEMORY: *out is empty. */
EG_MUST_USE eg_status eg_arena_dup(struct eg_arena *a, struct eg_span data, struct eg_span *out);
/** Copy of `text` with a NUL behind it. NULL like eg_arena_alloc(). */
char *eg_arena_text(struct eg_arena *a, struct eg_span text);

#endif
