/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_LIB_OBJECT_POLICY_H
#define EG_LIB_OBJECT_POLICY_H
/**
 * Usage policies: names on the API, PSA words on the chip, and which fit which object
 * (docs/formats/secure-object.md "Usage policies"). Pure functions; thread-safe.
 */
#include "lib/object/object.h"

/** psa_key_usage_t bits. */
enum eg_usage {
    EG_USAGE_EXPORT = 0x0001,
    EG_USAGE_ENCRYPT = 0x0100,
    EG_USAGE_DECRYPT = 0x0200,
    EG_USAGE_SIGN_MESSAGE = 0x0400,
    EG_USAGE_VERIFY_MESSAGE = 0x0800,
    EG_USAGE_SIGN_HASH = 0x1000,
    EG_USAGE_VERIFY_HASH = 0x2000,
    EG_USAGE_DERIVE = 0x4000,
};

/** A name with its word. */
struct eg_policy_name {
    const char *name; /* "SIGN_MESSAGE", "ECDSA_SHA256", ... */
    uint32_t word;
};

/** All usages and all algorithms that have a name. Static. */
const struct eg_policy_name *eg_policy_usages(size_t *out_count);
const struct eg_policy_name *eg_policy_algorithms(size_t *out_count);

/** Add the usage bit of a name to *usage. OBJECT_POLICY: unknown name, *usage unchanged. */
EG_MUST_USE eg_status eg_policy_add_usage(struct eg_span name, uint32_t *usage);

/** Algorithm word of a name. OBJECT_POLICY: unknown name, *out is 0. */
EG_MUST_USE eg_status eg_policy_algorithm(struct eg_span name, uint32_t *out);

/** Name of an algorithm word; "" if it has none. */
const char *eg_policy_algorithm_name(uint32_t word);

/** What the object gets when no policy is given. Uses type, id, key_alg and size of o. */
struct eg_policy eg_policy_default(const struct eg_object *o);

/**
 * Does o->policy fit the object? OBJECT_POLICY: a usage that the type does not know, no usage at
 * all, or an algorithm that is none of its algorithms. The default always fits.
 */
EG_MUST_USE eg_status eg_policy_check(const struct eg_object *o);

#endif
