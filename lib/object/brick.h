/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_LIB_OBJECT_BRICK_H
#define EG_LIB_OBJECT_BRICK_H
/**
 * Never brick a part: what a set of objects and a life cycle would do to a chip that can never be
 * undone, asked before anything is made. lib/object/fit.h asks what a part can hold; this asks
 * what it would be worth afterwards. The rules are one table in brick.c; facts come from the
 * family. Pure functions, no heap; thread-safe.
 */
#include "lib/base/family.h"
#include "lib/base/status.h"

enum { EG_BRICK_WHY_MAX = 400 };

/** What shows that somebody can sign firmware for a boot key hash. */
enum eg_brick_evidence {
    EG_BRICK_NO_EVIDENCE = 0,
    EG_BRICK_SIGNING_KEY = 1, /* a public key was given and hashes to it */
    EG_BRICK_WAIVED = 2,      /* the owner said explicitly that he gives none */
};

/** One internal object (EG_OBJECT_ID_AUTH_KEY_HASH, _DECRYPT_KEY, _FUSE_CONFIG); others are fine to
 * list and are not looked at. */
struct eg_brick_object {
    uint32_t id;
    struct eg_span value;            /* what is burned; empty: sealed, cannot be seen here */
    enum eg_brick_evidence evidence; /* boot key hash */
};

struct eg_brick_set {
    const struct eg_family *family;
    enum eg_life_cycle life_cycle; /* of the chips after the run */
    const struct eg_brick_object *objects;
    size_t count;
    bool whole; /* chips shall be made with it now: what is missing counts, too */
};

struct eg_brick_finding {
    const char *rule;           /* name of the rule, as in docs/guide/safety.md; "" if none */
    char why[EG_BRICK_WHY_MAX]; /* why, and what to do; "" if none */
};

/**
 * EG_OK, or the first rule that is broken:
 *   OBJECT_BOOT_KEY_HASH      not 32 bytes, or all bytes equal: no key hashes to that
 *   OBJECT_BOOT_KEY_EVIDENCE  leaving OPEN without evidence for the boot key hash
 *   OBJECT_FUSES              eg_fuse_config_fault()
 *   OBJECT_FUSES_HIDDEN       a fuse configuration whose value cannot be seen
 *   OBJECT_FUSE_LOCK          a lock before its values, without values, or over the life cycle
 *   OBJECT_DEBUG_OPEN         LOCKED without the family's debug_off bits
 *   OBJECT_DECRYPT_ALONE      whole set: decryption key without boot key hash
 *   OBJECT_SET_INCOMPLETE     whole set: leaving OPEN without boot key hash
 * *out is empty when EG_OK.
 */
EG_MUST_USE eg_status eg_brick_check(const struct eg_brick_set *set, struct eg_brick_finding *out);

/** Is this status one that adding objects may cure? (whole-set rules) */
bool eg_brick_may_be_cured(eg_status st);

#endif
