/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_VCHIP_MEMORY_H
#define EG_VCHIP_MEMORY_H
/**
 * The part's address map as ISP commands see it: RAM, flash, IFR page. A range lies in one region
 * or nowhere (VCHIP_RANGE).
 */
#include "vchip/part.h"

enum eg_region {
    EG_REGION_NONE = 0,
    EG_REGION_RAM,
    EG_REGION_FLASH,
    EG_REGION_IFR,
};

/** Region that holds all of [address, address + len); NONE for len 0. */
enum eg_region eg_memory_region(const struct eg_family *f, uint32_t address, uint64_t len);

EG_MUST_USE eg_status eg_memory_read(const struct eg_part *part, uint32_t address, uint8_t *out,
                                     size_t len);

/**
 * Write as the ISP's write-memory does. Flash: every touched sector in which a bit would have to go
 * 0 to 1 is erased whole first, as flash tools do, what else it held is gone. IFR: only the whole
 * page, erased first, and only while the life cycle is open (VCHIP_ONE_WAY). A write that begins at
 * objects_address, or at the second place of a family with load = split, also clears the rest of
 * the objects area, so that nothing of a longer set stays.
 */
EG_MUST_USE eg_status eg_memory_write(struct eg_part *part, uint32_t address, struct eg_span data);

/** Erase flash; address and len are multiples of the sector (VCHIP_RANGE). */
EG_MUST_USE eg_status eg_memory_erase(struct eg_part *part, uint32_t address, uint32_t len);

#endif
