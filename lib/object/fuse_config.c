/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/object/fuse_config.h"

#include <string.h>

enum {
    TAG_INDEX = 0x40,
    TAG_VALUE = 0x41,
    HASH_LEN = 32, /* bytes of boot key hash and decryption key */
};

static bool width_exists(uint8_t width)
{
    return width == 2 || width == 4;
}

static void take_entry(struct eg_reader *r, struct eg_fuse_entry *e)
{
    uint8_t tag = eg_reader_u8(r);
    uint8_t len = eg_reader_u8(r);
    if (tag != TAG_INDEX || len != 2) {
        eg_reader_fail(r, EG_ERR(OBJECT_FUSES));
    }
    e->index = eg_reader_be16(r);
    if (eg_reader_u8(r) != TAG_VALUE) {
        eg_reader_fail(r, EG_ERR(OBJECT_FUSES));
    }
    e->width = eg_reader_u8(r);
    if (!width_exists(e->width)) {
        eg_reader_fail(r, EG_ERR(OBJECT_FUSES));
    }
    e->value = e->width == 2 ? eg_reader_be16(r) : eg_reader_be32(r);
}

eg_status eg_fuse_config_next(struct eg_reader *r, struct eg_fuse_entry *out)
{
    memset(out, 0, sizeof(*out));
    take_entry(r, out);
    if (!eg_ok(r->status)) {
        memset(out, 0, sizeof(*out));
        return EG_ERR(OBJECT_FUSES);
    }
    return EG_OK;
}

void eg_fuse_config_put(struct eg_writer *w, const struct eg_fuse_entry *e)
{
    if (!width_exists(e->width) || (e->width == 2 && e->value > UINT16_MAX)) {
        eg_writer_fail(w, EG_ERR(WIRE_BAD_LENGTH));
        return;
    }
    eg_writer_u8(w, TAG_INDEX);
    eg_writer_u8(w, 2);
    eg_writer_be16(w, e->index);
    eg_writer_u8(w, TAG_VALUE);
    eg_writer_u8(w, e->width);
    if (e->width == 2) {
        eg_writer_be16(w, (uint16_t)e->value);
    } else {
        eg_writer_be32(w, e->value);
    }
}

bool eg_fuse_is_ignored(const struct eg_family *family, uint16_t index)
{
    for (uint32_t i = 0; i < family->ignored_count; i++) {
        if (index >= family->ignored[i].first && index <= family->ignored[i].last) {
            return true;
        }
    }
    return false;
}

static bool in_words(uint16_t index, uint16_t first, uint16_t words)
{
    return index >= first && index - first < words;
}

static bool is_reserved(const struct eg_family *f, uint16_t index)
{
    for (uint32_t i = 0; i < f->reserved_count; i++) {
        if (index >= f->reserved[i].first && index <= f->reserved[i].last) {
            return true;
        }
    }
    return false;
}

/* What the word is to the family: words that the firmware burns from elsewhere come first. */
static enum eg_fuse_fault_kind owner_of(const struct eg_family *f, uint16_t index)
{
    uint16_t words = (uint16_t)(HASH_LEN / f->fuse_bytes);

    if (index == f->fuse_life_cycle) {
        return EG_FUSE_LIFE_CYCLE;
    }
    if (in_words(index, f->fuse_decrypt_key, words)) {
        return EG_FUSE_DECRYPT_KEY;
    }
    if (f->ifr_size == 0 && in_words(index, f->fuse_boot_key_hash, words)) {
        return EG_FUSE_BOOT_KEY_HASH;
    }
    if (is_reserved(f, index)) {
        return EG_FUSE_RESERVED;
    }
    return eg_fuse_is_ignored(f, index) ? EG_FUSE_IGNORED : EG_FUSE_GOOD;
}

/* May this entry be burned, and was its word not asked for before? */
static enum eg_fuse_fault_kind entry_fault(const struct eg_family *f, const struct eg_fuse_entry *e,
                                           bool seen[static EG_FUSE_WORDS_MAX])
{
    bool twice;

    if (e->index >= f->fuse_count || e->index >= EG_FUSE_WORDS_MAX) {
        return EG_FUSE_RANGE;
    }
    if (e->width > f->fuse_bytes) {
        return EG_FUSE_WIDTH;
    }
    twice = seen[e->index];
    seen[e->index] = true;
    return twice ? EG_FUSE_TWICE : owner_of(f, e->index);
}

struct eg_fuse_fault eg_fuse_config_fault(const struct eg_family *family, struct eg_span data)
{
    struct eg_fuse_fault fault = {.kind = data.len == 0 ? EG_FUSE_EMPTY : EG_FUSE_GOOD};
    struct eg_fuse_entry e;
    struct eg_reader r;
    bool seen[EG_FUSE_WORDS_MAX] = {false};

    eg_reader_init(&r, data);
    while (r.rest.len > 0 && fault.kind == EG_FUSE_GOOD) {
        bool formed = eg_ok(eg_fuse_config_next(&r, &e));

        fault.entry++;
        fault.index = e.index;
        fault.kind = formed ? entry_fault(family, &e, seen) : EG_FUSE_FORM;
    }
    return fault;
}

const char *eg_fuse_fault_text(enum eg_fuse_fault_kind kind)
{
    static const char *const texts[EG_FUSE_FAULTS] = {
        [EG_FUSE_GOOD] = "",
        [EG_FUSE_FORM] = "The entry is not of the form 40 02 index 41 LL value, or it is cut. Make "
                         "the file again with el2go-host utils get-otp-binary.",
        [EG_FUSE_EMPTY] = "There is no entry in it. Leave the object out, or say what to burn.",
        [EG_FUSE_RANGE] = "The family has no such fuse word. Check that the configuration is for "
                          "this family.",
        [EG_FUSE_WIDTH] = "The value is wider than a fuse word of the family. Check that the "
                          "configuration is for this family.",
        [EG_FUSE_TWICE] = "An earlier entry burns the same word, so the entries contradict each "
                          "other. Keep one entry with the value that is meant.",
        [EG_FUSE_LIFE_CYCLE] = "This is the life cycle; burned here, before the objects, it would "
                               "lock a part without them. Set lifeCycle of the device group.",
        [EG_FUSE_BOOT_KEY_HASH] = "This is part of the boot key hash, and mixed bits boot nothing. "
                                  "Use an OEM_FW_AUTH_KEY_HASH object.",
        [EG_FUSE_DECRYPT_KEY] = "This is part of the firmware decryption key, and mixed bits "
                                "decrypt nothing. Use an OEM_FW_DECRYPT_KEY object.",
        [EG_FUSE_RESERVED] = "This word is reserved for the chip maker. Leave it out.",
        [EG_FUSE_IGNORED] = "The firmware skips this word, so the part would ship without the "
                            "setting. Leave it out.",
    };

    return (unsigned)kind < EG_FUSE_FAULTS ? texts[kind] : "";
}

eg_status eg_fuse_config_check(const struct eg_family *family, struct eg_span data,
                               int *out_bad_index)
{
    struct eg_fuse_fault fault = eg_fuse_config_fault(family, data);
    bool whole = fault.kind <= EG_FUSE_EMPTY; /* no word is at fault */

    if (out_bad_index != NULL) {
        *out_bad_index = whole ? -1 : fault.index;
    }
    return fault.kind == EG_FUSE_GOOD ? EG_OK : EG_ERR(OBJECT_FUSES);
}
