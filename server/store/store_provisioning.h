/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_STORE_STORE_PROVISIONING_H
#define EG_SERVER_STORE_STORE_PROVISIONING_H
/** What was made for devices: fetch it, note how it went on the line, let devices go. */
#include "server/store/store.h"
#include "server/store/store_device.h"

/** One device and what it has for the current set of its group. */
struct eg_provisioning {
    struct eg_uuid uuid;
    bool known;       /* the company has such a device; otherwise all below is empty */
    int64_t group_id; /* of the device; 0: none */
    enum eg_device_state state;
    bool empty_set;      /* the group has no objects at all */
    int64_t id;          /* of the row; 0: not made (yet) */
    struct eg_span body; /* packed, provisioning_body.h; empty when id is 0 */
    int64_t created_s;
};

/** By device, in its current group. DEVICE_UNKNOWN. */
EG_MUST_USE eg_status eg_store_provisioning_get(struct eg_store *store, int64_t company_id,
                                                const struct eg_uuid *uuid, struct eg_arena *arena,
                                                struct eg_provisioning *out);

/**
 * For a list of devices: *out gets `count` entries (in the arena) in the order of `uuids`.
 * An entry whose group_id differs from the one wanted has no body. GROUP_UNKNOWN.
 * TOO_MANY_DEVICES: count beyond EG_PAGE_SIZE_MAX.
 */
EG_MUST_USE eg_status eg_store_provisioning_list(struct eg_store *store, int64_t company_id,
                                                 int64_t group_id, const struct eg_uuid *uuids,
                                                 size_t count, struct eg_arena *arena,
                                                 struct eg_provisioning **out);

/**
 * The line reports how it went: PROVISIONED or PROVISIONING_FAILED. detail: one line, no secrets.
 * DEVICE_UNKNOWN; DEVICE_NOT_IN_GROUP; NOT_GENERATED: nothing was made for it yet.
 * Again: the same report is EG_OK and leaves one more line in the history.
 */
EG_MUST_USE eg_status eg_store_outcome(struct eg_store *store, int64_t company_id, int64_t group_id,
                                       const struct eg_uuid *uuid, enum eg_device_state state,
                                       const char *detail, int64_t actor, int64_t now_s);

/**
 * Take devices out of a group. Their rows and their place in the quota stay, so that assigning them
 * to it again costs nothing and yields the same objects. Devices that are not in the group are
 * passed over. *out_count: how many left it. GROUP_UNKNOWN. TOO_MANY_DEVICES beyond
 * EG_PAGE_SIZE_MAX.
 */
EG_MUST_USE eg_status eg_store_unclaim(struct eg_store *store, int64_t company_id, int64_t group_id,
                                       const struct eg_uuid *uuids, size_t count, int64_t actor,
                                       int64_t now_s, uint32_t *out_count);
/** All devices of the group. */
EG_MUST_USE eg_status eg_store_unclaim_all(struct eg_store *store, int64_t company_id,
                                           int64_t group_id, int64_t actor, int64_t now_s,
                                           uint32_t *out_count);

#endif
