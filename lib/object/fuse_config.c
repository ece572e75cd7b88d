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

/* Words that the firmware burns from elsewhere: life cycle, and what has an object of its own. */
static bool is_reserved(const struct eg_family *f, uint16_t index)
{
    uint16_t words = (uint16_t)(HASH_LEN / f->fuse_bytes);
    bool decrypt_key = index >= f->fuse_decrypt_key && index - f->fuse_decrypt_key < words;
    bool boot_key_hash =
        f->ifr_size == 0 && index >= f->fuse_boot_key_hash && index - f->fuse_boot_key_hash < words;

    return index == f->fuse_life_cycle || decrypt_key || boot_key_hash;
}

/* May this entry be burned, and was its word not asked for before? */
static bool entry_allowed(const struct eg_family *f, const struct eg_fuse_entry *e,
                          bool seen[static EG_FUSE_WORDS_MAX])
{
    bool twice;

    if (e->index >= f->fuse_count || e->index >= EG_FUSE_WORDS_MAX || e->width > f->fuse_bytes) {
        return false;
    }
    if (eg_fuse_is_ignored(f, e->index)) {
        return true;
    }
    twice = seen[e->index];
    seen[e->index] = true;
    return !twice && !is_reserved(f, e->index);
}

static eg_status check(const struct eg_family *family, struct eg_span data, int *bad_index)
{
    struct eg_fuse_entry e;
    struct eg_reader r;
    bool seen[EG_FUSE_WORDS_MAX] = {false};

    *bad_index = -1;
    eg_reader_init(&r, data);
    if (data.len == 0) {
        return EG_ERR(OBJECT_FUSES);
    }
    while (r.rest.len > 0) {
        EG_TRY(eg_fuse_config_next(&r, &e));
        if (!entry_allowed(family, &e, seen)) {
            *bad_index = e.index;
            return EG_ERR(OBJECT_FUSES);
        }
    }
    return EG_OK;
}

eg_status eg_fuse_config_check(const struct eg_family *family, struct eg_span data,
                               int *out_bad_index)
{
    int bad_index;
    eg_status st = check(family, data, &bad_index);

    if (out_bad_index != NULL) {
        *out_bad_index = bad_index;
    }
    return st;
}
