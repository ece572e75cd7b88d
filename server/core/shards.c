/* SPDX-License-Identifier: Apache-2.0 */
#include "server/core/shards.h"

#include <pthread.h>
#include <stdlib.h>

#include "server/store/store_pki.h"

/* Places of one CA that this node holds. */
struct block {
    int64_t ca_id; /* 0: free */
    uint32_t shard, left;
    uint64_t last_use;
};

struct eg_shards {
    pthread_mutex_t lock;
    struct block blocks[EG_SHARDS_KEPT];
    uint64_t uses;
};

struct eg_shards *eg_shards_new(void)
{
    struct eg_shards *all = calloc(1, sizeof(*all));
    if (all != NULL) {
        pthread_mutex_init(&all->lock, NULL);
    }
    return all;
}

void eg_shards_free(struct eg_shards *all)
{
    if (all != NULL) {
        pthread_mutex_destroy(&all->lock);
        free(all);
    }
}

/* The block of a CA; otherwise the one that was not used for longest, emptied. */
static struct block *find(struct eg_shards *all, int64_t ca_id)
{
    struct block *oldest = &all->blocks[0];
    for (size_t i = 0; i < EG_SHARDS_KEPT; i++) {
        struct block *b = &all->blocks[i];
        if (b->ca_id == ca_id) {
            return b;
        }
        if (b->last_use < oldest->last_use) {
            oldest = b;
        }
    }
    *oldest = (struct block){.ca_id = ca_id};
    return oldest;
}

static eg_status take(struct eg_core *core, struct block *b, int64_t company_id, uint32_t count,
                      uint32_t *out)
{
    uint32_t want = count > EG_SHARD_BLOCK ? count : EG_SHARD_BLOCK;
    if (b->left < count) {
        EG_TRY(eg_store_shard_take(eg_core_store(core), company_id, b->ca_id, want, &b->shard));
        b->left = want;
    }
    b->left -= count;
    *out = b->shard;
    return EG_OK;
}

eg_status eg_shards_take(struct eg_core *core, int64_t company_id, int64_t ca_id, uint32_t count,
                         uint32_t *out)
{
    struct eg_shards *all = eg_core_shards(core);
    *out = 0;
    pthread_mutex_lock(&all->lock);
    struct block *b = find(all, ca_id);
    b->last_use = ++all->uses;
    eg_status st = take(core, b, company_id, count, out);
    if (!eg_ok(st)) {
        *b = (struct block){0};
    }
    pthread_mutex_unlock(&all->lock);
    return st;
}
