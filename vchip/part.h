/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_VCHIP_PART_H
#define EG_VCHIP_PART_H
/**
 * A running part: silicon (vchip/chip.h) plus what is lost with the power, and what happens when
 * power comes, goes, or the part is reset.
 *
 *   off --power on--> ROM --+-- image valid, not held in ISP --> application (line silent)
 *    ^                      |
 *    |                      +-- otherwise --> ISP (answers McuBoot on the line)
 *    +--- power off, cut         load = reset and firmware in place: provisioning firmware on top
 *
 * Thread  one at a time per part.
 */
#include "lib/crypto/crypto.h"
#include "vchip/boot_rom.h"
#include "vchip/chip.h"

struct eg_part {
    struct eg_chip *chip;     /* borrowed */
    struct eg_crypto *crypto; /* borrowed */
    uint8_t *ram;             /* ram_size bytes */
    bool firmware;            /* provisioning firmware runs: EL2GO commands are known */
    struct eg_boot_result boot;
    bool app_started;       /* the application did what it does first */
    bool linux_runs;        /* load = uboot: Linux has been booted from the console */
    bool ran;               /* the firmware ran since power came; dry runs do not count */
    uint32_t last_result;   /* its last word, when it ran */
    uint32_t forced_result; /* the next run changes nothing and says this; 0: it runs */
};

/** Start a part whose chip is powered: as eg_part_power_on(). NO_MEMORY; FAMILY_INVALID: its flash
 * is too small for what the application keeps. */
EG_MUST_USE eg_status eg_part_init(struct eg_part *part, struct eg_chip *chip,
                                   struct eg_crypto *crypto);
/** Wipes and frees the RAM; safe on the zero state. */
void eg_part_cleanup(struct eg_part *part);

/** RAM zero, ROM runs. hold_isp: stay in ISP even if an image could be booted. */
void eg_part_power_on(struct eg_part *part, bool hold_isp);
/** RAM and everything volatile is gone; nothing answers. */
void eg_part_power_off(struct eg_part *part);
/** Warm reset: RAM stays, ROM runs. No-op without power. */
void eg_part_reset(struct eg_part *part, bool hold_isp);

/**
 * The firmware of a family with load = sb has been received in full: it starts, and finishes what a
 * power cut may have interrupted (vchip/sector_copy.h). VCHIP_NO_POWER: cut while doing so.
 */
EG_MUST_USE eg_status eg_part_load_firmware(struct eg_part *part);

/** Does the part answer McuBoot on its line? */
bool eg_part_in_isp(const struct eg_part *part);

#endif
