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

/** What is wrong with a configuration. */
enum eg_fuse_fault_kind {
    EG_FUSE_GOOD = 0,
    EG_FUSE_FORM,          /* no entry of the form above, or the last one is cut */
    EG_FUSE_EMPTY,         /* no entry at all */
    EG_FUSE_RANGE,         /* the family has no such word */
    EG_FUSE_WIDTH,         /* the value is wider than the word */
    EG_FUSE_TWICE,         /* an earlier entry burns the same word */
    EG_FUSE_LIFE_CYCLE,    /* the firmware burns it itself, last */
    EG_FUSE_BOOT_KEY_HASH, /* has an object of its own */
    EG_FUSE_DECRYPT_KEY,   /* has an object of its own */
    EG_FUSE_RESERVED,      /* belongs to the chip maker */
    EG_FUSE_IGNORED,       /* the firmware would skip it silently */
    EG_FUSE_FAULTS,
};

struct eg_fuse_fault {
    enum eg_fuse_fault_kind kind;
    unsigned entry; /* 1 is the first; 0: the configuration as a whole */
    uint16_t index; /* fuse word; meaningless for EG_FUSE_FORM and EG_FUSE_EMPTY */
};

/** The first fault of a whole configuration for a family; kind EG_FUSE_GOOD if there is none. */
struct eg_fuse_fault eg_fuse_config_fault(const struct eg_family *family, struct eg_span data);

/** Why that is refused and what to do: one or two sentences; "" for EG_FUSE_GOOD. */
const char *eg_fuse_fault_text(enum eg_fuse_fault_kind kind);

/**
 * The same as a status: OBJECT_FUSES for any fault.
 * *out_bad_index (may be NULL): the fuse word at fault, or -1 when the form is.
 */
EG_MUST_USE eg_status eg_fuse_config_check(const struct eg_family *family, struct eg_span data,
                                           int *out_bad_index);

#endif
