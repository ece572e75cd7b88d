/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_AGENT_CORE_STORE_H
#define EG_AGENT_CORE_STORE_H
/**
 * Inside agent/core: datastores of two slots.
 *
 * A slot holds 16 bytes of ours, then a container (lib/wire/session/session_datastore.h):
 *
 *   0  4  "EGD1"
 *   4  4  sequence, little endian; the higher of two valid slots is the newer
 *   8  4  the sequence with every bit turned over
 *   12 4  length of the container
 *   16 .. container
 *
 * These 16 bytes are written last, after the container was written, synced and found whole; a slot
 * is erased before anything is written to it. So whatever is interrupted, the other slot stays as
 * it was, and a slot that is half written is not valid.
 */
#include "agent/core/core.h"

enum { STORE_HEADER_LEN = 16, STORE_NONE = 0xFF /* instead of a slot number */ };

/** Look at both slots, unless that was done. */
eg_agent_result store_scan(struct eg_agent *agent, struct eg_agent_store_slot *store);

/** The newer of the valid slots, or STORE_NONE. The store must be scanned, here and below. */
uint8_t store_newest(const struct eg_agent_store_slot *store);

/** The older one, or STORE_NONE when fewer than two are valid. */
uint8_t store_older(const struct eg_agent_store_slot *store);

/** The four operations of the service. STORE: not allowed here, out of bounds, or the port failed.
 */
eg_agent_result store_allocate(struct eg_agent_store_slot *store, uint32_t length);
eg_agent_result store_write(struct eg_agent_store_slot *store, uint32_t offset,
                            struct eg_span data);
eg_agent_result store_commit(struct eg_agent *agent, struct eg_agent_store_slot *store);

/** Up to len bytes of a slot's container from offset; *got = how many, 0 past the end. */
eg_agent_result store_read(const struct eg_agent_store_slot *store, uint8_t slot, uint32_t offset,
                           uint8_t *out, size_t len, size_t *got);

/** A whole container into room. TOO_LARGE if it does not fit. */
eg_agent_result store_load(const struct eg_agent_store_slot *store, uint8_t slot, uint8_t *room,
                           size_t size, struct eg_span *out);

/** Drop the older of two valid slots. */
eg_agent_result store_retire(struct eg_agent_store_slot *store);

/** Forget an allocation that was not committed. */
void store_abandon(struct eg_agent_store_slot *store);

#endif
