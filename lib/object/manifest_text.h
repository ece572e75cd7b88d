/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_LIB_OBJECT_MANIFEST_TEXT_H
#define EG_LIB_OBJECT_MANIFEST_TEXT_H
/**
 * The text of a manifest of roots of trust (docs/formats/manifest.md), read and written line by
 * line without a copy:
 *
 *   engrave-manifest 1
 *   family mcxn947
 *   count 2
 *   <uuid: 32 hex> <die key: 64 hex>      as many as count
 *   end
 *
 * Lower-case hex, LF line ends, nothing else. Secret: the whole text. No heap. Thread-safe.
 */
#include "lib/base/family.h"
#include "lib/base/uuid.h"
#include "lib/object/recipe.h"

enum {
    EG_MANIFEST_COUNT_MAX = 1000000, /* chips in one manifest */
    EG_MANIFEST_HEAD_MAX = 80,       /* bytes of the first three lines */
    EG_MANIFEST_LINE_LEN = 98,       /* bytes of one chip, with LF */
    EG_MANIFEST_TAIL_LEN = 4,
};

/** Bytes of a manifest at most. */
#define EG_MANIFEST_LEN_MAX(count)                                                                 \
    (EG_MANIFEST_HEAD_MAX + (size_t)(count)*EG_MANIFEST_LINE_LEN + EG_MANIFEST_TAIL_LEN)

/** One chip. Secret: die_key. */
struct eg_manifest_chip {
    struct eg_uuid uuid;
    uint8_t die_key[EG_DIE_KEY_LEN];
};

struct eg_manifest_reader {
    struct eg_span rest;
    char family[EG_FAMILY_NAME_MAX]; /* NUL-terminated, as written; unknown to this module */
    uint32_t count;                  /* as declared, 1 .. EG_MANIFEST_COUNT_MAX */
    uint32_t read;                   /* chips handed out so far */
};

/** Read the head; borrows text until the last eg_manifest_next(). OBJECT_MANIFEST. */
EG_MUST_USE eg_status eg_manifest_open(struct eg_manifest_reader *r, struct eg_span text);

/**
 * Next chip; call exactly r->count times. OBJECT_MANIFEST: line malformed; *out is zero. With the
 * last chip the tail is read too, so EG_OK there means that the whole text was well formed.
 */
EG_MUST_USE eg_status eg_manifest_next(struct eg_manifest_reader *r, struct eg_manifest_chip *out);

/**
 * Sort the UUIDs in place and look for one that is there twice. OBJECT_MANIFEST_TWICE: *out_twice
 * (may be NULL) is one of those.
 */
EG_MUST_USE eg_status eg_manifest_unique(struct eg_uuid *list, size_t count,
                                         struct eg_uuid *out_twice);

void eg_manifest_put_head(struct eg_writer *w, const char *family, uint32_t count);
void eg_manifest_put_chip(struct eg_writer *w, const struct eg_manifest_chip *chip);
void eg_manifest_put_end(struct eg_writer *w);

#endif
