/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_LIB_OBJECT_FIT_H
#define EG_LIB_OBJECT_FIT_H
/**
 * Can a chip hold these objects? Asked when an object is assigned, long before a key is made.
 * Pure functions over family data; thread-safe.
 */
#include "lib/base/family.h"
#include "lib/object/object.h"

/**
 * One object on one family: id, policy, algorithm, size.
 * Errors  OBJECT_ID_TAKEN, OBJECT_POLICY: as eg_object_id_check(), eg_policy_check().
 *         OBJECT_UNSUPPORTED: the enclave has no place for it (RSA where family->rsa is false, a
 *         key size it does not know, ...). OBJECT_TOO_LARGE: its blob is beyond the family's limit.
 *         *out_blob_len is 0 then, else the bytes its blob takes at most.
 */
EG_MUST_USE eg_status eg_object_fit(const struct eg_family *family, const struct eg_object *o,
                                    size_t *out_blob_len);

/**
 * A set while it grows: every object fits, ids are unique, count and sum of bytes within limits.
 * Errors  as eg_object_fit(); OBJECT_ID_TWICE; OBJECT_SET_COUNT; OBJECT_SET_BYTES.
 *         *out_index (may be NULL): the object at fault, or count when the set is.
 */
EG_MUST_USE eg_status eg_object_set_fit(const struct eg_family *family, const struct eg_object *set,
                                        size_t count, size_t *out_index);

/**
 * A set that shall be made now, for chips that will be in this life cycle: as above, and the ids
 * without which the family refuses a set are there, and leaving the open life cycle comes with a
 * boot key hash (a closed chip without one could never boot). OBJECT_SET_INCOMPLETE: *out_missing
 * (may be NULL) is the id that is missing, else 0.
 */
EG_MUST_USE eg_status eg_object_set_complete(const struct eg_family *family,
                                             const struct eg_object *set, size_t count,
                                             enum eg_life_cycle life_cycle, uint32_t *out_missing);

#endif
