/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_LIB_OS_FAMILY_KEYS_H
#define EG_LIB_OS_FAMILY_KEYS_H
/** The keys of a family file: one table, and the rules that tie values to each other. Internal. */
#include "lib/base/family.h"

/** One key: where it belongs and how its text becomes a value. */
struct eg_family_key {
    const char *section;
    const char *name;
    size_t offset;  /* of the member in struct eg_family */
    uint64_t limit; /* kind number: highest value; kind text: room with NUL */
    bool (*set)(struct eg_family *f, const struct eg_family_key *key, const char *value);
};

/** All keys; each must be in a file exactly once. */
const struct eg_family_key *eg_family_keys(size_t *out_count);

/** What is wrong with the values taken together, in words; NULL when nothing is. */
const char *eg_family_contradiction(const struct eg_family *f);

#endif
