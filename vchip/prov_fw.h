/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_VCHIP_PROV_FW_H
#define EG_VCHIP_PROV_FW_H
/**
 * The provisioning firmware: EL2GO commands of the line (docs/protocol/vchip.md, "Provisioning").
 */
#include "vchip/part.h"
#include "vchip/prov_result.h"

enum {
    EG_PROV_FW_VERSION = 0x00010000, /* v1.00.00 */
};

/**
 * Command 2, "close device". Verifies every object and decrypts everything first; changes nothing
 * if one is bad or dry_run is set. Then fuses and IFR, then flash, life cycle last. A second run
 * with the same objects passes and writes nothing; after a power cut it completes the first.
 *
 * out_result  word of vchip/prov_result.h
 * Errors      VCHIP_NO_POWER: the power went during the run; there is no result then.
 */
EG_MUST_USE eg_status eg_prov_close_device(struct eg_part *part, uint32_t address, bool dry_run,
                                           uint32_t *out_result);

/**
 * The firmware arrived by receive-sb-file: it starts. That of a family with load = split provisions
 * at once; its word is in part->last_result, not on the line. VCHIP_NO_POWER as above.
 */
EG_MUST_USE eg_status eg_prov_start(struct eg_part *part);

/** A family with load = uboot boots Linux, which imports the objects that wait in a file on the
 * card (vchip/card.h); as eg_prov_start(). */
EG_MUST_USE eg_status eg_prov_linux(struct eg_part *part);

#endif
