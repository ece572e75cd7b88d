/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_LIB_OS_INI_TEXT_H
#define EG_LIB_OS_INI_TEXT_H
/**
 * Data files in INI form, one record per file: every key exactly once, nothing unknown, and the
 * file is called as the record. Chip families and certificate profiles are such files.
 */
#include <stddef.h>

#include "lib/base/span.h"

enum {
    EG_INI_KEYS_MAX = 64,
    EG_INI_FILE_MAX = 65536, /* bytes */
    EG_INI_LINE_MAX = 180,   /* characters; inih cuts longer lines silently */
};

/** What a kind of file holds. The first key is the record's name. */
struct eg_ini_form {
    size_t count; /* of keys, at most EG_INI_KEYS_MAX */
    void (*key)(size_t i, const char **out_section, const char **out_name);
    /** Take the value of key i; false: it is not allowed. */
    bool (*set)(void *record, size_t i, const char *value);
    const char *(*name_of)(const void *record);
    /** What is wrong with the values taken together, in words; NULL when nothing is. */
    const char *(*contradiction)(const void *record);
};

/**
 * Read a file from memory into a zeroed record. `file` names it in why (may be NULL, room why_room)
 * and must be the record's name and ".ini", possibly behind a path. False: why says
 * "FILE:LINE: what", without the line when it is about the file as a whole; the record is
 * then of no use.
 */
EG_MUST_USE bool eg_ini_read(struct eg_span text, const char *file, const struct eg_ini_form *form,
                             void *record, char *why, size_t why_room);

/** One file of a folder. */
typedef eg_status (*eg_ini_take)(void *ctx, struct eg_span text, const char *path, char *why,
                                 size_t why_room);

/**
 * Hand every *.ini of a folder to take, by name, until one is refused; its status is returned.
 * OS_FILE: there is no such folder, or a file of it cannot be read. *out_count: files looked at.
 */
EG_MUST_USE eg_status eg_ini_folder(const char *dir, eg_ini_take take, void *ctx, size_t *out_count,
                                    char *why, size_t why_room);

#endif
