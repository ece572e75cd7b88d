/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_CORE_OBJECT_H
#define EG_SERVER_CORE_OBJECT_H
/** Secure objects: define, assign to groups, take back. */
#include "server/core/core.h"
#include "server/core/object_def.h"

/**
 * Define an object. Secrets arrive sealed to the vault; a MASTER_KEY without one is drawn there.
 * PGP_UNSUPPORTED, SECRET_MISSING, FLOW_UNSUPPORTED (internal objects cannot be made on
 * connection), OBJECT_ID_TAKEN, OBJECT_POLICY, FIELD_INVALID, OBJECT_UNKNOWN (key pair),
 * CA_UNKNOWN, NAME_TAKEN, errors of eg_vaultpool_secret_import().
 */
EG_MUST_USE eg_status eg_object_create(struct eg_call *call, struct eg_object_def *def,
                                       struct eg_stored_object *out);

/**
 * A new version: members of `request` (a JSON object) replace those of the stored definition.
 * Devices of its groups are made anew for it by jobs of their own. OBJECT_FIXED: what cannot
 * change; else the errors of eg_object_create() and eg_object_assign().
 */
EG_MUST_USE eg_status eg_object_update(struct eg_call *call, int64_t id, const json_t *request,
                                       struct eg_stored_object *out);

EG_MUST_USE eg_status eg_object_get(struct eg_call *call, int64_t id, struct eg_stored_object *out);
/** IN_USE while assigned or named by a certificate. */
EG_MUST_USE eg_status eg_object_delete(struct eg_call *call, int64_t id);

/**
 * Assign to a group, if the chip can hold it beside the others: FAMILY_MISMATCH (family, may be
 * NULL, is another than the group's), FLOW_UNSUPPORTED, OBJECT_UNSUPPORTED, OBJECT_SET_*,
 * OBJECT_ASSIGNED_TWICE, OBJECT_FUSES, KEY_PAIR_NOT_IN_GROUP. Devices already in the group are made
 * anew by jobs of their own.
 */
EG_MUST_USE eg_status eg_object_assign(struct eg_call *call, int64_t id, int64_t group_id,
                                       const char *family);
/**
 * The same with several objects, a key pair before its certificate: all or none, and devices are
 * made anew once. It is what the request asked for: a memo rides on it (eg_call_makes()).
 */
EG_MUST_USE eg_status eg_objects_assign(struct eg_call *call, const int64_t *ids, size_t count,
                                        int64_t group_id);
/**
 * Take each of the objects out of each of the groups, all of it or nothing; both arrays are sorted.
 * IN_USE: the key pair of a certificate that stays; BURNED_OBJECT. Not assigned is fine.
 */
EG_MUST_USE eg_status eg_objects_unassign(struct eg_call *call, int64_t *ids, size_t count,
                                          int64_t *groups, size_t group_count);

#endif
