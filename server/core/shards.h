/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_CORE_SHARDS_H
#define EG_SERVER_CORE_SHARDS_H
/**
 * Which shard of a CA's revocation list new certificates belong to. A node takes places from the
 * database a thousand at a time, so that making a device's objects costs no write of its own; what
 * a node took and did not use is lost, which makes a list shorter and nothing else.
 */
#include "server/core/core.h"

enum { EG_SHARD_BLOCK = 1000, EG_SHARDS_KEPT = 32 };

struct eg_shards;

/** Returns owned: eg_shards_free(). NULL: no memory. */
struct eg_shards *eg_shards_new(void);
void eg_shards_free(struct eg_shards *all); /* NULL is fine */

/** A shard for `count` (at least 1) certificates that are about to be made. Any thread.
 * CA_UNKNOWN. */
EG_MUST_USE eg_status eg_shards_take(struct eg_core *core, int64_t company_id, int64_t ca_id,
                                     uint32_t count, uint32_t *out);

#endif
