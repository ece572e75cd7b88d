/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_CORE_PROFILE_FILE_H
#define EG_SERVER_CORE_PROFILE_FILE_H
/** Reads profiles/<name>.ini (docs/formats/profile.md) into struct eg_cert_profile. */
#include "server/core/cert_profile.h"

enum { EG_PROFILE_COUNT_MAX = 64 };

/** All profiles of a folder, sorted by file name. Plain data, no ownership. */
struct eg_cert_profiles {
    struct eg_cert_profile list[EG_PROFILE_COUNT_MAX];
    size_t count;
};

/**
 * Folder with the profiles: `given` if not NULL, else `profiles` beside the folder of chip
 * families, else ../share/engrave/profiles beside the running program. PROFILES_UNREADABLE when
 * there is no such folder.
 */
EG_MUST_USE eg_status eg_profiles_dir(const char *given, const char *families_dir, char *out,
                                      size_t room);

/**
 * Load every *.ini of dir. An unknown, missing or doubled key, a value that cannot be, or an
 * issuer_profile that is no CA's profile of the folder is an error of the whole load
 * (PROFILE_INVALID), and why (may be NULL, room why_room) names file, line and key.
 * PROFILES_UNREADABLE: no folder, or none in it. out->count is 0 after an error.
 */
EG_MUST_USE eg_status eg_profiles_load(const char *dir, struct eg_cert_profiles *out, char *why,
                                       size_t why_room);

/**
 * One file from memory, without a look at the others. `file` names it in why; the profile's name
 * must be the file's name without ".ini". PROFILE_INVALID; *out is zero then.
 */
EG_MUST_USE eg_status eg_profile_parse(struct eg_span text, const char *file,
                                       struct eg_cert_profile *out, char *why, size_t why_room);

/** By name; NULL if unknown. */
const struct eg_cert_profile *eg_profiles_find(const struct eg_cert_profiles *all,
                                               const char *name);

#endif
