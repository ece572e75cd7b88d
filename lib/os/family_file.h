/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_LIB_OS_FAMILY_FILE_H
#define EG_LIB_OS_FAMILY_FILE_H
/** Reads families/<name>.ini (docs/formats/family.md) into struct eg_family. */
#include <stddef.h>

#include "lib/base/family.h"

/** All families of a folder, sorted by name. Plain data, no ownership. */
struct eg_families {
    struct eg_family list[EG_FAMILY_COUNT_MAX];
    size_t count;
};

/**
 * Folder with the family files: `given` if not NULL, else $ENGRAVE_FAMILIES, else
 * ../share/engrave/families beside the running program. Writes a path into out.
 * FAMILY_UNREADABLE when there is no such folder.
 */
EG_MUST_USE eg_status eg_families_dir(const char *given, char *out, size_t room);

/**
 * Load every *.ini of dir. A file with an unknown key, a missing key or a value out of range is an
 * error of the whole load (FAMILY_INVALID), and why (may be NULL, room why_room) names file, line
 * and key.
 */
EG_MUST_USE eg_status eg_families_load(const char *dir, struct eg_families *out, char *why,
                                       size_t why_room);

/**
 * One file from memory. `file` names it in `why`; the family's name must be the file's name without
 * ".ini". FAMILY_INVALID as above; *out is zero then.
 */
EG_MUST_USE eg_status eg_family_parse(struct eg_span text, const char *file, struct eg_family *out,
                                      char *why, size_t why_room);

/** By its own name ("mcxn947"); NULL if unknown. */
const struct eg_family *eg_families_find(const struct eg_families *all, const char *name);

/** First family with this productHardwareFamilyType ("MCXN"); NULL if unknown. */
const struct eg_family *eg_families_find_el2go(const struct eg_families *all, const char *name);

#endif
