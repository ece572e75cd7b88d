/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_CORE_PLAN_H
#define EG_SERVER_CORE_PLAN_H
/**
 * What a job makes, resolved once from the job's set of objects: the vault's plan, and for each
 * object which secure object it is. Internal objects come first (boot key hash, decryption key,
 * fuse configuration), then the others in the order they were created, so that a key pair comes
 * before its certificate.
 */
#include "server/core/core.h"
#include "server/core/object_def.h"

struct eg_plan_object {
    int64_t id; /* secure object */
    uint32_t version;
    struct eg_object_def def;
    bool on_connection;   /* not made now; listed without a blob */
    bool elsewhere;       /* so is this: internal, in the cloud flow */
    uint16_t vault_index; /* into vault.objects; meaningless when on_connection */
    struct eg_span wrapped;
};

struct eg_plan {
    struct eg_plan_object objects[EG_BODY_OBJECTS_MAX];
    size_t count;
    struct eg_vault_plan vault; /* its arrays live in the arena */
    int64_t binding_id;         /* boot key hash object that blobs are bound to; 0: none */
    enum eg_set_variant variant;
};

/**
 * Build the plan of a set for a group. Everything lives in the arena; def texts too.
 * OBJECT_UNKNOWN: an object of the set was deleted. FAMILY_UNKNOWN. OBJECT_*, CRYPTO_*: an
 * object's definition no longer works. devices: as many will be made by it at most, 1 or more.
 */
EG_MUST_USE eg_status eg_plan_build(struct eg_core *core, int64_t company_id,
                                    const struct eg_group *group, int64_t set_id, uint32_t devices,
                                    int64_t now_ms, struct eg_arena *arena, struct eg_plan *out);

/** Definition of a stored object, its texts and bytes in the arena. INTERNAL: cannot be read. */
EG_MUST_USE eg_status eg_object_def_of(const struct eg_stored_object *object,
                                       struct eg_arena *arena, struct eg_object_def *out);

#endif
