/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_HOST_LIB_CHIP_H
#define EG_HOST_LIB_CHIP_H
/**
 * The three steps at the chip, by family fact: load objects, load firmware, run. Bytes on the line
 * are those of el2go-host for the same family.
 */
#include "host/lib/mcuboot.h"
#include "lib/base/family.h"

enum { EG_CHIP_RUN_WAIT_MS = 60000 }; /* firmware may burn fuses and rewrite flash for so long */

/** What to load where. Addresses of 0 mean the family's own. */
struct eg_chip_load {
    const struct eg_family *family;
    uint32_t objects_address; /* `secure_objects_address` of the configuration */
    struct eg_span objects;
    struct eg_span firmware; /* empty: it is on the chip already, nothing is sent */
};

/**
 * Write objects and firmware; reset where the family needs it. Refuses objects beyond the family's
 * limits before anything is sent (HOST_OBJECTS_LIMIT). Errors otherwise: host/lib/mcuboot.h.
 */
EG_MUST_USE eg_status eg_chip_load(struct eg_mcuboot *m, const struct eg_chip_load *load,
                                   uint32_t object_count);

/** Run; *out_result is the firmware's word. Set on EG_OK only. */
EG_MUST_USE eg_status eg_chip_run(struct eg_mcuboot *m, const struct eg_family *family,
                                  uint32_t objects_address, bool dry_run, uint32_t *out_result);

/** Number of secure objects in a file of them. HOST_OBJECTS_FILE: it is not such a file. */
EG_MUST_USE eg_status eg_chip_count_objects(struct eg_span objects, uint32_t *out_count);

#endif
