/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_VCHIP_BOOT_ROM_H
#define EG_VCHIP_BOOT_ROM_H
/**
 * First part of the boot ROM: is there an application image at image_address that this chip may
 * run? Images are MCUboot's (header, payload, TLV area); the public key travels in the image (TLV
 * 0x02, imgtool --public-key-format full), its SHA-256 is what the chip compares with the boot key
 * hash that was fused.
 */
#include "lib/crypto/crypto.h"
#include "vchip/chip.h"

enum {
    EG_BOOT_VERSION_MAX = 32,
};

struct eg_boot_result {
    bool booted;
    bool verified;      /* signature and key checked; false for a part that is still open */
    const char *reason; /* static text for people, never NULL once the ROM ran */
    char version[EG_BOOT_VERSION_MAX]; /* "1.2.3+4" when booted, else "" */
};

/**
 * Decide. Open and never fused: an image with a correct digest boots without a signature ("open").
 * Otherwise digest, key hash and signature must all fit. Never fails: a refusal is a result.
 */
void eg_boot_rom_run(struct eg_crypto *c, const struct eg_chip *chip, struct eg_boot_result *out);

#endif
