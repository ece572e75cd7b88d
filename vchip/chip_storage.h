/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_VCHIP_CHIP_STORAGE_H
#define EG_VCHIP_CHIP_STORAGE_H
/**
 * The five ways in which silicon changes. Everything that changes a chip goes through here, so
 * that rules, counters and power cuts have one home. Every call that is not a no-op counts as one
 * write, is in the state file when it returns, and may be the one before which the power goes.
 *
 * Errors common to all
 *   VCHIP_NO_POWER  the chip is off, or lost power right before this write; nothing changed
 *   VCHIP_RANGE     outside the memory; nothing changed
 *   VCHIP_BROKEN    a bench broke this kind of memory; nothing changed
 *   OS_FILE         the state file could not be written; nothing changed
 */
#include "vchip/chip.h"

/** Do burned lock bits (family: locks) keep this word from being burned? */
bool eg_chip_fuse_locked(const struct eg_chip *chip, uint32_t index);

/** Burn a fuse word to exactly `value`. VCHIP_ONE_WAY: a bit would have to go 1 to 0.
 * VCHIP_LOCKED: the word is locked. Equal already: no-op. */
EG_MUST_USE eg_status eg_chip_fuse_burn(struct eg_chip *chip, uint32_t index, uint32_t value);

/** Erase the IFR page to 0xFF. */
EG_MUST_USE eg_status eg_chip_ifr_erase(struct eg_chip *chip);
/** Program the whole IFR page. VCHIP_NOT_ERASED: a bit would have to go 0 to 1. */
EG_MUST_USE eg_status eg_chip_ifr_program(struct eg_chip *chip, struct eg_span page);

/** Erase one sector to 0xFF; counts its wear. */
EG_MUST_USE eg_status eg_chip_flash_erase(struct eg_chip *chip, uint32_t sector);
/**
 * Program 1..EG_CHIP_PAGE bytes at `offset` in the flash, not crossing a page.
 * VCHIP_NOT_ERASED: a bit would have to go 0 to 1.
 */
EG_MUST_USE eg_status eg_chip_flash_program(struct eg_chip *chip, uint32_t offset,
                                            struct eg_span data);

/** Copy len bytes at `offset` of the flash to out; the range was checked by the caller. */
void eg_chip_flash_read(const struct eg_chip *chip, uint32_t offset, uint8_t *out, size_t len);

/** Life-cycle byte in the fuses. */
uint8_t eg_chip_life_cycle(const struct eg_chip *chip);

/** The fused boot key hash (IFR or fuses); false, and zeros, when none was ever fused. */
bool eg_chip_boot_key_hash(const struct eg_chip *chip, uint8_t out[static 32]);

#endif
