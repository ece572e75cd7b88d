/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_HOST_LIB_DISPATCH_H
#define EG_HOST_LIB_DISPATCH_H
/**
 * The three steps at the chip, by family fact: load objects, load firmware, run. Bytes on the line
 * are those of el2go-host for the same family.
 */
#include "host/lib/isp.h"
#include "lib/base/family.h"

enum { EG_DISPATCH_RUN_WAIT_MS = 30000 }; /* for burning fuses and rewriting flash */

/** What to load where. Addresses of 0 mean the family's own. */
struct eg_dispatch_items {
    const struct eg_family *family;
    uint32_t objects_address; /* `secure_objects_address` of the configuration */
    struct eg_span objects;
    struct eg_span firmware; /* empty: it is on the chip already, nothing is sent */
};

/**
 * Write objects and firmware; reset where the family needs it. With load = split this is all of the
 * run: the firmware starts when it has arrived (HOST_NO_FIRMWARE: there is none). Refuses objects
 * beyond the family's limits before anything is sent (HOST_OBJECTS_LIMIT, HOST_OBJECTS_FILE).
 * Errors otherwise: host/lib/isp.h.
 */
EG_MUST_USE eg_status eg_dispatch_load(struct eg_isp *m, const struct eg_dispatch_items *items);

/** Run; wait_ms for the answer, 0: EG_DISPATCH_RUN_WAIT_MS. *out_result is the firmware's word, set
 * on EG_OK only. */
EG_MUST_USE eg_status eg_dispatch_run(struct eg_isp *m, const struct eg_family *family,
                                      uint32_t objects_address, bool dry_run, uint32_t wait_ms,
                                      uint32_t *out_result);

/** Is this a set of objects that the family takes? HOST_OBJECTS_LIMIT, HOST_OBJECTS_FILE. Asked
 * here so that a wrong set costs no time on the line. */
EG_MUST_USE eg_status eg_dispatch_check(const struct eg_family *f, struct eg_span objects);

/** Number of secure objects in a file of them. HOST_OBJECTS_FILE: it is not such a file. */
EG_MUST_USE eg_status eg_dispatch_count(struct eg_span objects, uint32_t *out_count);

#endif
