/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_LIB_OBJECT_FUSE_CONFIG_H
#define EG_LIB_OBJECT_FUSE_CONFIG_H
/**
 * The fuse configuration: payload of the BINARY_FILE with id 7FFF817C, as
 * `el2go-host utils get-otp-binary` makes it. Per fuse word `40 02 index(2)  41 LL value(LL)`, big
 * endian, LL = 2 or 4. Source: docs/formats/fuse-configuration.md. No heap; thread-safe.
 */
#include "lib/base/family.h"

enum {
    EG_FUSE_WORDS_MAX = 2048, /* fuse words of any family */
};

/** One fuse word to be burned. */
struct eg_fuse_entry {
    uint16_t index;
    uint8_t width;  /* bytes: 2 or 4 */
    uint32_t value; /* bits to set */
};

/**
 * Next entry of a configuration. OBJECT_FUSES: not of the form above; TRUNCATED is reported as
 * OBJECT_FUSES too. *out is zero then. At the end r->rest is empty: ask before calling.
 */
EG_MUST_USE eg_status eg_fuse_config_next(struct eg_reader *r, struct eg_fuse_entry *out);

/** Append one entry. WIRE_BAD_LENGTH in the writer: width is neither 2 nor 4. */
void eg_fuse_config_put(struct eg_writer *w, const struct eg_fuse_entry *e);

/** Is this word in a range that the family's firmware skips? */
bool eg_fuse_is_ignored(const struct eg_family *family, uint16_t index);

/**
 * Check a whole configuration against a family.
 * OBJECT_FUSES: bad form or no entry at all; index beyond the family's fuses; value wider than its
 * words; a word twice; the life-cycle word (the firmware burns it, last); the words of the boot key
 * hash or of the decryption key (they have objects of their own). Words that the family's firmware
 * skips are not looked at further.
 * *out_bad_index (may be NULL): the fuse word at fault, or -1 when the form is.
 */
EG_MUST_USE eg_status eg_fuse_config_check(const struct eg_family *family, struct eg_span data,
                                           int *out_bad_index);

#endif
