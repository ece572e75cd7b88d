/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_CORE_MAKE_CHUNK_H
#define EG_SERVER_CORE_MAKE_CHUNK_H
/**
 * Make one chunk of a job: ask the vault, pack the bodies.
 *
 * What a device has already from an earlier set of the same group is kept byte for byte, as long as
 * its blobs are bound to the same boot key hash: a new certificate over an old key must not change
 * the key. Everything else is made.
 */
#include "server/core/plan.h"

/**
 * *out gets one outcome per device of the chunk, in the arena. A device that cannot be made is
 * marked failed with the reason. VAULT_BUSY, VAULT_UNAVAILABLE, NO_MEMORY: nothing was made, try
 * again later. Other errors never come from the call itself but per device.
 */
EG_MUST_USE eg_status eg_make_chunk(struct eg_vaultpool *vault, const struct eg_plan *plan,
                                    const struct eg_job_chunk *chunk, struct eg_arena *arena,
                                    struct eg_made **out);

#endif
