/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_VCHIP_TRACE_H
#define EG_VCHIP_TRACE_H
/**
 * What was written to a chip, in order: for a bench that wants to know what a run does before it is
 * done to a part. Off unless asked for.
 */
#include "vchip/chip_journal.h"

enum { EG_CHIP_TRACE_MAX = 600 }; /* entries; later ones are only counted */

/** One write, or several page programs in a row in one sector. */
struct eg_chip_write {
    enum eg_chip_record kind;
    uint32_t where;    /* fuse word, or sector */
    uint32_t from, to; /* fuse: secret for the decryption key's words */
    uint32_t count;    /* writes */
    uint32_t bytes;    /* programmed */
};

struct eg_chip_trace {
    struct eg_chip_write list[EG_CHIP_TRACE_MAX];
    size_t count;
    uint64_t dropped; /* entries beyond the list */
};

/** Start with an empty list; the chip owns it until it is closed. NO_MEMORY. */
EG_MUST_USE eg_status eg_chip_trace_start(struct eg_chip *chip);
/** Wipe and free; off is fine. */
void eg_chip_trace_stop(struct eg_chip *chip);
/** Remember a write that was done; from: the fuse word before. Does nothing while off. */
void eg_chip_trace_note(struct eg_chip *chip, enum eg_chip_record kind, struct eg_span payload,
                        uint32_t from);

#endif
