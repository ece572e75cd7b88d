/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_VCHIP_CARD_H
#define EG_VCHIP_CARD_H
/**
 * Files on the memory card of a part with load = uboot: a few slots before the scratch area of the
 * flash (vchip/sector_copy.h), which stands for the FAT partition 0:1.
 *
 *   slot:  sector 0   "EGFF" | CRC-32 of the content 4 | length 4 | name length 1 | name
 *          sector 1.. content
 *
 * The header goes first and comes last, so a file that was cut short is no file. Writing what is
 * there already writes nothing.
 */
#include "vchip/chip.h"

enum {
    EG_CARD_FILES_MAX = 4,
    EG_CARD_NAME_MAX = 64,
};

struct eg_card_file {
    uint32_t offset; /* of the content, in the flash */
    uint32_t len;
};

/** First byte of the slots, as an offset in the flash. */
uint32_t eg_card_start(const struct eg_family *f);

/**
 * Write a file, instead of one of the same name.
 * VCHIP_RANGE: name empty or too long, longer than the family's objects may be, or no slot is free.
 * Others as vchip/chip_storage.h.
 */
EG_MUST_USE eg_status eg_card_write(struct eg_chip *chip, struct eg_span name,
                                    struct eg_span content);

/** The first file that begins as a secure object does; false: there is none. */
bool eg_card_find_objects(const struct eg_chip *chip, struct eg_card_file *out);

#endif
