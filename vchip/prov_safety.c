/* SPDX-License-Identifier: Apache-2.0 */
/* What no service should ask for, and this firmware does not do: close a part that could not boot,
 * lock one with its debug port open, lock fuses before they are burned. */
#include "vchip/chip_storage.h"
#include "vchip/prov_set.h"

/* A fuse word as it will be after the plan so far. */
static uint32_t after(const struct eg_chip *chip, const struct eg_prov_plan *plan, uint32_t word)
{
    return plan->fuse_planned[word] ? plan->fuse_value[word] : chip->fuses[word];
}

static bool all_equal(const uint8_t bytes[static 32])
{
    for (size_t i = 1; i < 32; i++) {
        if (bytes[i] != bytes[0]) {
            return false;
        }
    }
    return true;
}

/* Outside the open life cycle only what the boot key hash vouches for is booted. */
static uint32_t check_boots(const struct eg_part *part, const struct eg_prov_plan *plan,
                            const struct eg_vblob *hash)
{
    uint8_t fused[32];
    if (hash != NULL && all_equal(hash->payload.ptr)) {
        return EG_PROV_NO_SECURE_BOOT;
    }
    return plan->life_cycle == EG_LC_OPEN || hash != NULL ||
                   eg_chip_boot_key_hash(part->chip, fused)
               ? EG_PROV_PASS
               : EG_PROV_NO_SECURE_BOOT;
}

static uint32_t check_debug(const struct eg_chip *chip, const struct eg_prov_plan *plan)
{
    const struct eg_family *f = chip->family;
    for (uint32_t i = 0; plan->life_cycle == EG_LC_LOCKED && i < f->debug_off_count; i++) {
        if ((after(chip, plan, f->debug_off[i].word) & f->debug_off[i].mask) !=
            f->debug_off[i].mask) {
            return EG_PROV_LOCK_FUSE;
        }
    }
    return EG_PROV_PASS;
}

bool eg_prov_fuse_locked(const struct eg_chip *chip, const struct eg_prov_plan *plan,
                         uint32_t index)
{
    const struct eg_family *f = chip->family;
    for (uint32_t i = 0; i < f->lock_count; i++) {
        const struct eg_fuse_lock *l = &f->locks[i];
        if (index >= l->range.first && index <= l->range.last &&
            (after(chip, plan, l->bits.word) & l->bits.mask) == l->bits.mask) {
            return true;
        }
    }
    return false;
}

/* The life cycle is burned last, behind all locks. */
static uint32_t check_life_cycle_free(const struct eg_chip *chip, const struct eg_prov_plan *plan)
{
    const struct eg_family *f = chip->family;
    uint8_t byte = eg_family_life_cycle_byte(f, (enum eg_life_cycle)plan->life_cycle);
    bool moves = (chip->fuses[f->fuse_life_cycle] | byte) != chip->fuses[f->fuse_life_cycle];
    return moves && eg_prov_fuse_locked(chip, plan, f->fuse_life_cycle) ? EG_PROV_LOCK_FUSE
                                                                        : EG_PROV_PASS;
}

/* A word that is locked on the chip already cannot be burned; what is locked by this plan is burned
 * before its lock. */
static uint32_t check_chip_locks(const struct eg_chip *chip, const struct eg_prov_plan *plan)
{
    for (uint32_t i = 0; i < chip->family->fuse_count; i++) {
        if (plan->fuse_planned[i] && plan->fuse_value[i] != chip->fuses[i] &&
            eg_chip_fuse_locked(chip, i)) {
            return EG_PROV_LOCK_FUSE;
        }
    }
    return EG_PROV_PASS;
}

uint32_t eg_prov_check_safety(const struct eg_part *part, const struct eg_prov_plan *plan,
                              const struct eg_vblob *hash)
{
    EG_PROV_TRY(check_boots(part, plan, hash));
    EG_PROV_TRY(check_debug(part->chip, plan));
    EG_PROV_TRY(check_life_cycle_free(part->chip, plan));
    return check_chip_locks(part->chip, plan);
}
