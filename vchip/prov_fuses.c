/* SPDX-License-Identifier: Apache-2.0 */
/* What the three internal objects mean in fuses and IFR. */
#include <string.h>

#include "vchip/chip_storage.h"
#include "vchip/prov_set.h"

static void plan_fuse(struct eg_prov_plan *plan, uint32_t index, uint32_t value)
{
    plan->fuse_value[index] = value;
    plan->fuse_planned[index] = true;
}

/* 32 bytes over consecutive words, the first byte lowest. */
static void plan_words(const struct eg_family *f, uint32_t first, const uint8_t bytes[static 32],
                       struct eg_prov_plan *plan)
{
    for (uint32_t i = 0; i < 32u / f->fuse_bytes; i++) {
        uint8_t word[4] = {0};
        memcpy(word, bytes + (size_t)i * f->fuse_bytes, f->fuse_bytes);
        plan_fuse(plan, first + i, eg_load_le32(word));
    }
}

static uint32_t plan_hash(const struct eg_family *f, struct eg_span plain,
                          struct eg_prov_plan *plan)
{
    memcpy(plan->boot_key_hash, plain.ptr, sizeof(plan->boot_key_hash));
    plan->ifr_hash = f->ifr_size > 0;
    if (!plan->ifr_hash) {
        plan_words(f, f->fuse_boot_key_hash, plain.ptr, plan);
    }
    return EG_PROV_PASS;
}

static bool reserved(const struct eg_family *f, uint32_t index)
{
    for (uint32_t i = 0; i < f->reserved_count; i++) {
        if (index >= f->reserved[i].first && index <= f->reserved[i].last) {
            return true;
        }
    }
    return false;
}

static bool ignored(const struct eg_family *f, uint32_t index)
{
    for (uint32_t i = 0; i < f->ignored_count; i++) {
        if (index >= f->ignored[i].first && index <= f->ignored[i].last) {
            return true;
        }
    }
    return false;
}

/* One entry `40 02 index 41 LL value`: its 1 bits are to be burned, 0 bits ask for nothing. The
 * life cycle is no business of a configuration. */
static uint32_t plan_config_entry(const struct eg_chip *chip, struct eg_reader *r,
                                  struct eg_prov_plan *plan)
{
    const struct eg_family *f = chip->family;
    uint16_t head = eg_reader_be16(r);
    uint16_t index = eg_reader_be16(r);
    uint8_t tag = eg_reader_u8(r);
    uint8_t len = eg_reader_u8(r);
    uint32_t value = len == 2 ? eg_reader_be16(r) : eg_reader_be32(r);
    if (!eg_ok(r->status) || head != 0x4002 || tag != 0x41 || (len != 2 && len != 4) ||
        len > f->fuse_bytes || index >= f->fuse_count) {
        return EG_PROV_CONFIG_OVERFLOW;
    }
    if (ignored(f, index)) {
        return EG_PROV_PASS;
    }
    if (index == f->fuse_life_cycle) {
        return EG_PROV_CONFIG_LIFE_CYCLE;
    }
    if (plan->fuse_planned[index] || reserved(f, index)) {
        return EG_PROV_CONFIG_OVERFLOW;
    }
    if ((value & ~chip->fuses[index]) != 0 && eg_prov_fuse_locked(chip, plan, index)) {
        return EG_PROV_LOCK_FUSE;
    }
    plan_fuse(plan, index, chip->fuses[index] | value);
    return EG_PROV_PASS;
}

static uint32_t plan_config(const struct eg_chip *chip, struct eg_span plain,
                            struct eg_prov_plan *plan)
{
    struct eg_reader r;
    eg_reader_init(&r, plain);
    while (r.rest.len > 0) {
        EG_PROV_TRY(plan_config_entry(chip, &r, plan));
    }
    return EG_PROV_PASS;
}

uint32_t eg_prov_plan_internal(const struct eg_part *part, const struct eg_vblob *b,
                               struct eg_span plain, struct eg_prov_plan *plan)
{
    const struct eg_family *f = part->chip->family;
    switch (b->id) {
    case EG_VOBJ_BOOT_KEY_HASH:
        return plan_hash(f, plain, plan);
    case EG_VOBJ_DECRYPT_KEY:
        plan_words(f, f->fuse_decrypt_key, plain.ptr, plan);
        return EG_PROV_PASS;
    default:
        return plan_config(part->chip, plain, plan);
    }
}

static bool among(uint32_t index, uint32_t first, const struct eg_family *f)
{
    return index >= first && index < first + 32u / f->fuse_bytes;
}

/* A word that holds something else than planned. Bits may be added to settings; a hash or key whose
 * bits happen to be among those of another one is not to become the other one. */
static uint32_t check_word(const struct eg_chip *chip, const struct eg_prov_plan *plan, uint32_t i)
{
    const struct eg_family *f = chip->family;
    uint32_t now = chip->fuses[i], want = plan->fuse_value[i];
    if (f->ifr_size == 0 && among(i, f->fuse_boot_key_hash, f)) {
        return now == 0 || now == want ? EG_PROV_PASS : EG_PROV_BOOT_KEY_HASH_FUSED;
    }
    if (among(i, f->fuse_decrypt_key, f)) {
        return now == 0 || now == want ? EG_PROV_PASS : EG_PROV_FUSES_NOT_BLANK;
    }
    return (now & ~want) == 0 ? EG_PROV_PASS : EG_PROV_FUSES_NOT_BLANK;
}

uint32_t eg_prov_check_one_time(const struct eg_part *part, const struct eg_prov_plan *plan)
{
    const struct eg_chip *chip = part->chip;
    uint8_t fused[32];
    if (plan->ifr_hash && eg_chip_boot_key_hash(chip, fused) &&
        memcmp(fused, plan->boot_key_hash, sizeof(fused)) != 0) {
        return EG_PROV_BOOT_KEY_HASH_FUSED;
    }
    for (uint32_t i = 0; i < chip->family->fuse_count; i++) {
        if (plan->fuse_planned[i]) {
            EG_PROV_TRY(check_word(chip, plan, i));
        }
    }
    return EG_PROV_PASS;
}
