/* SPDX-License-Identifier: Apache-2.0 */
#include "server/store/arena.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_LEN = 16 * 1024, ALIGNMENT = alignof(max_align_t) };

struct eg_arena_block {
    struct eg_arena_block *next;
    size_t len, capacity;
    alignas(max_align_t) uint8_t data[];
};

void eg_arena_init(struct eg_arena *a, size_t max)
{
    *a = (struct eg_arena){NULL, 0, max};
}

void eg_arena_cleanup(struct eg_arena *a)
{
    struct eg_arena_block *b = a->first;

    while (b != NULL) {
        struct eg_arena_block *next = b->next;

        free(b);
        b = next;
    }
    a->first = NULL;
    a->used = 0;
}

static struct eg_arena_block *add_block(struct eg_arena *a, size_t len)
{
    size_t capacity = len > BLOCK_LEN ? len : BLOCK_LEN;
    struct eg_arena_block *b = calloc(1, sizeof *b + capacity);

    if (b != NULL) {
        b->capacity = capacity;
        b->next = a->first;
        a->first = b;
    }
    return b;
}

void *eg_arena_alloc(struct eg_arena *a, size_t len)
{
    size_t rounded = len == 0 ? ALIGNMENT : (len + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    struct eg_arena_block *b = a->first;

    if (rounded < len || rounded > a->max - a->used) {
        return NULL;
    }
    if (b == NULL || b->capacity - b->len < rounded) {
        b = add_block(a, rounded);
    }
    if (b == NULL) {
        return NULL;
    }
    b->len += rounded;
    a->used += rounded;
    return b->data + b->len - rounded;
}

eg_status eg_arena_dup(struct eg_arena *a, struct eg_span data, struct eg_span *out)
{
    uint8_t *copy = eg_arena_alloc(a, data.len);

    *out = (struct eg_span){NULL, 0};
    if (copy == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    if (data.len > 0) {
        memcpy(copy, data.ptr, data.len);
    }
    *out = eg_span(copy, data.len);
    return EG_OK;
}

char *eg_arena_text(struct eg_arena *a, struct eg_span text)
{
    char *copy = eg_arena_alloc(a, text.len + 1);

    if (copy != NULL && text.len > 0) {
        memcpy(copy, text.ptr, text.len);
    }
    return copy;
}
