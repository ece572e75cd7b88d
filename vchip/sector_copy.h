/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_VCHIP_SECTOR_COPY_H
#define EG_VCHIP_SECTOR_COPY_H
/**
 * Changing flash sectors and the IFR page so that a power cut at any write loses nothing.
 *
 * Where bits only have to go 1 to 0, the pages that differ are programmed in place; doing that
 * again after a cut finishes it. Otherwise the new content goes to a scratch area first, the two
 * last sectors of the flash:
 *
 *   sector n-2   new content
 *   sector n-1   "EGSC" | kind 4 | sector 4 | length 4     programmed last: the commit
 *
 * then the target is erased and programmed, then the scratch area is erased, header first. After a
 * cut eg_sector_recover() finishes what was committed and drops what was not.
 */
#include "vchip/chip.h"

enum {
    EG_SCRATCH_SECTORS = 2,
};

/** First byte of the scratch area, as an offset in the flash. */
uint32_t eg_sector_scratch(const struct eg_family *f);

/** Make [offset, offset + data.len) hold data; the rest of each sector stays. Nothing is written
 * where it holds it already. Errors as vchip/chip_storage.h; the range was checked by the caller.
 */
EG_MUST_USE eg_status eg_sector_update(struct eg_chip *chip, uint32_t offset, struct eg_span data);

/** The same for the whole IFR page. */
EG_MUST_USE eg_status eg_sector_update_ifr(struct eg_chip *chip, struct eg_span page);

/** Finish or drop an update that a power cut interrupted; no write when there is none. */
EG_MUST_USE eg_status eg_sector_recover(struct eg_chip *chip);

#endif
