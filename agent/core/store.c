/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/core/store.h"

#include <string.h>

#include "lib/wire/session/session_datastore.h"

static const uint8_t magic[4] = {'E', 'G', 'D', '1'};

enum { AT_SEQUENCE = 4, AT_INVERSE = 8, AT_LENGTH = 12, PIECE = 64 /* bytes hashed at a time */ };

static eg_agent_result read_raw(const struct eg_agent_store_slot *store, uint8_t slot,
                                uint32_t offset, uint8_t *out, size_t len)
{
    return store->ops->read(store->ctx, slot, offset, out, len);
}

/* ---- is a slot valid? -------------------------------------------------------------------------
 */

/* SHA-256 of the container's bytes behind its own hash. */
static eg_agent_result hash_slot(struct eg_agent *agent, const struct eg_agent_store_slot *store,
                                 uint8_t slot, uint32_t length, uint8_t out[EG_AGENT_HASH_LEN])
{
    const struct eg_agent_enclave_slot *e = agent_identity(agent);
    uint8_t piece[PIECE];
    if (e == NULL) {
        return EG_AGENT_ARGUMENT;
    }
    AGENT_TRY(e->ops->hash_start(e->ctx));
    for (uint32_t at = EG_CONTAINER_HASH_LEN; at < length;) {
        uint32_t n = length - at < PIECE ? length - at : PIECE;
        AGENT_TRY(read_raw(store, slot, STORE_HEADER_LEN + at, piece, n));
        AGENT_TRY(e->ops->hash_update(e->ctx, agent_bytes(piece, n)));
        at += n;
    }
    return e->ops->hash_finish(e->ctx, out);
}

/* Does the slot hold a container of exactly that length, with a hash that fits? */
static eg_agent_result container_is_whole(struct eg_agent *agent,
                                          const struct eg_agent_store_slot *store, uint8_t slot,
                                          uint32_t length, bool *whole)
{
    uint8_t header[EG_CONTAINER_HEADER_LEN];
    uint8_t hash[EG_AGENT_HASH_LEN];
    *whole = false;
    AGENT_TRY(read_raw(store, slot, STORE_HEADER_LEN, header, sizeof(header)));
    if (eg_container_length(EG_SPAN_OF(header)) != length) {
        return EG_AGENT_OK;
    }
    AGENT_TRY(hash_slot(agent, store, slot, length, hash));
    *whole = memcmp(hash, header, sizeof(hash)) == 0;
    return EG_AGENT_OK;
}

static bool fits(const struct eg_agent_store_slot *store, uint32_t length)
{
    return length >= EG_CONTAINER_HEADER_LEN && length <= EG_CONTAINER_MAX &&
           store->ops->slot_size >= STORE_HEADER_LEN &&
           length <= store->ops->slot_size - STORE_HEADER_LEN;
}

static eg_agent_result scan_slot(struct eg_agent *agent, struct eg_agent_store_slot *store,
                                 uint8_t slot)
{
    uint8_t header[STORE_HEADER_LEN];
    bool whole = false;
    store->sequence[slot] = 0;
    store->length[slot] = 0;
    AGENT_TRY(read_raw(store, slot, 0, header, sizeof(header)));
    uint32_t sequence = eg_load_le32(header + AT_SEQUENCE);
    uint32_t length = eg_load_le32(header + AT_LENGTH);
    if (memcmp(header, magic, sizeof(magic)) != 0 || sequence == 0 ||
        eg_load_le32(header + AT_INVERSE) != ~sequence || !fits(store, length)) {
        return EG_AGENT_OK;
    }
    AGENT_TRY(container_is_whole(agent, store, slot, length, &whole));
    if (whole) {
        store->sequence[slot] = sequence;
        store->length[slot] = length;
    }
    return EG_AGENT_OK;
}

eg_agent_result store_scan(struct eg_agent *agent, struct eg_agent_store_slot *store)
{
    if (store->scanned) {
        return EG_AGENT_OK;
    }
    AGENT_TRY(scan_slot(agent, store, 0));
    AGENT_TRY(scan_slot(agent, store, 1));
    store->in_use = STORE_NONE;
    store->allocated = 0;
    store->scanned = true;
    return EG_AGENT_OK;
}

uint8_t store_newest(const struct eg_agent_store_slot *store)
{
    if (store->sequence[0] == 0 && store->sequence[1] == 0) {
        return STORE_NONE;
    }
    return store->sequence[1] > store->sequence[0] ? 1 : 0;
}

uint8_t store_older(const struct eg_agent_store_slot *store)
{
    if (store->sequence[0] == 0 || store->sequence[1] == 0) {
        return STORE_NONE;
    }
    return store_newest(store) == 0 ? 1 : 0;
}

/* ---- writing ----------------------------------------------------------------------------------
 */

/* The slot to write: never the one that a session runs on, nor else the newest. */
static uint8_t spare(const struct eg_agent_store_slot *store)
{
    uint8_t keep = store->in_use != STORE_NONE ? store->in_use : store_newest(store);
    return keep == 0 ? 1 : 0;
}

static eg_agent_result erase(struct eg_agent_store_slot *store, uint8_t slot)
{
    store->sequence[slot] = 0;
    store->length[slot] = 0;
    return store->ops->erase(store->ctx, slot);
}

eg_agent_result store_allocate(struct eg_agent_store_slot *store, uint32_t length)
{
    store->allocated = 0;
    if (!fits(store, length)) {
        return EG_AGENT_STORE;
    }
    AGENT_TRY(erase(store, spare(store)));
    store->allocated = length;
    return EG_AGENT_OK;
}

eg_agent_result store_write(struct eg_agent_store_slot *store, uint32_t offset, struct eg_span data)
{
    if (offset > store->allocated || data.len > store->allocated - offset || data.len == 0) {
        return EG_AGENT_STORE;
    }
    return store->ops->write(store->ctx, spare(store), STORE_HEADER_LEN + offset,
                             agent_bytes(data.ptr, data.len));
}

static uint32_t next_sequence(const struct eg_agent_store_slot *store)
{
    uint8_t newest = store_newest(store);
    return newest == STORE_NONE ? 1 : store->sequence[newest] + 1;
}

eg_agent_result store_commit(struct eg_agent *agent, struct eg_agent_store_slot *store)
{
    uint32_t length = store->allocated;
    uint32_t sequence = next_sequence(store);
    uint8_t slot = spare(store);
    uint8_t header[STORE_HEADER_LEN];
    bool whole = false;
    store->allocated = 0;
    if (length == 0) {
        return EG_AGENT_STORE;
    }
    AGENT_TRY(store->ops->sync(store->ctx, slot));
    AGENT_TRY(container_is_whole(agent, store, slot, length, &whole));
    if (!whole) {
        return EG_AGENT_STORE;
    }
    memcpy(header, magic, sizeof(magic));
    eg_store_le32(header + AT_SEQUENCE, sequence);
    eg_store_le32(header + AT_INVERSE, ~sequence);
    eg_store_le32(header + AT_LENGTH, length);
    AGENT_TRY(store->ops->write(store->ctx, slot, 0, agent_bytes(header, sizeof(header))));
    AGENT_TRY(store->ops->sync(store->ctx, slot));
    store->sequence[slot] = sequence;
    store->length[slot] = length;
    agent_log(agent, EG_AGENT_EVENT_COMMITTED, store->id, length);
    return EG_AGENT_OK;
}

eg_agent_result store_retire(struct eg_agent_store_slot *store)
{
    uint8_t slot = store_older(store);
    return slot == STORE_NONE ? EG_AGENT_OK : erase(store, slot);
}

void store_abandon(struct eg_agent_store_slot *store)
{
    store->allocated = 0;
    store->in_use = STORE_NONE;
}

/* ---- reading ----------------------------------------------------------------------------------
 */

eg_agent_result store_read(const struct eg_agent_store_slot *store, uint8_t slot, uint32_t offset,
                           uint8_t *out, size_t len, size_t *got)
{
    *got = 0;
    if (slot == STORE_NONE || offset >= store->length[slot]) {
        return EG_AGENT_OK;
    }
    size_t rest = store->length[slot] - offset;
    size_t n = len < rest ? len : rest;
    AGENT_TRY(read_raw(store, slot, STORE_HEADER_LEN + offset, out, n));
    *got = n;
    return EG_AGENT_OK;
}

eg_agent_result store_load(const struct eg_agent_store_slot *store, uint8_t slot, uint8_t *room,
                           size_t size, struct eg_span *out)
{
    size_t got;
    *out = eg_span(NULL, 0);
    if (store->length[slot] > size) {
        return EG_AGENT_TOO_LARGE;
    }
    AGENT_TRY(store_read(store, slot, 0, room, size, &got));
    *out = eg_span(room, got);
    return EG_AGENT_OK;
}
