/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_CORE_DEVICE_H
#define EG_SERVER_CORE_DEVICE_H
/** Devices on their way: into a group, made, fetched, reported, out of the group. */
#include "server/core/core.h"
#include "server/core/object_def.h"

/**
 * Put devices into a group and start making what they lack: one job, all or nothing.
 * DEVICES_NOT_ASSIGNABLE: call->refusal has the lists. FAMILY_MISMATCH, QUOTA_SPENT,
 * OBJECT_SET_INCOMPLETE, GROUP_UNKNOWN, PRODUCT_UNKNOWN, TOO_MANY_DEVICES.
 */
EG_MUST_USE eg_status eg_devices_assign(struct eg_call *call, int64_t nc12, int64_t group_id,
                                        const struct eg_uuid *uuids, size_t count,
                                        struct eg_job *out);

/** Jobs for all members of a group that lack its current set. An incomplete set waits. */
EG_MUST_USE eg_status eg_group_make_missing(struct eg_call *call, int64_t group_id);

/** One object of a device as clients see it. */
struct eg_device_object {
    int64_t provisioning_id; /* 0: not made */
    const char *state;       /* "GENERATION_COMPLETED", ... */
    bool downloadable;       /* blob may be handed out */
    const struct eg_stored_object *object;
    const struct eg_object_def *def;
    struct eg_span blob, certificate, spki;
};

struct eg_device_objects {
    struct eg_device_object *items;
    size_t count;
    bool waiting; /* something is still in a WAIT state */
    struct eg_uuid uuid;
};

/** What one device has or waits for, in download order. DEVICE_UNKNOWN. Empty: in no group, or
 * the group has no objects. */
EG_MUST_USE eg_status eg_device_status(struct eg_call *call, const struct eg_uuid *uuid,
                                       struct eg_device_objects *out);

/**
 * The same for many devices of one group; *out has count entries in the order asked.
 * GROUP_UNKNOWN; DEVICE_NOT_IN_GROUP: call->detail names the first one.
 */
EG_MUST_USE eg_status eg_group_download(struct eg_call *call, int64_t group_id,
                                        const struct eg_uuid *uuids, size_t count,
                                        struct eg_device_objects **out);

/** The line tells how it went. */
EG_MUST_USE eg_status eg_device_report(struct eg_call *call, int64_t nc12, int64_t group_id,
                                       const struct eg_uuid *uuid, bool provisioned,
                                       const char *detail);

/** API name of a device's state. */
const char *eg_device_state_name(enum eg_device_state state);
/** Inverse; 0 if unknown. */
enum eg_device_state eg_device_state_from_name(const char *name);
const char *eg_event_kind_name(enum eg_event_kind kind);

#endif
