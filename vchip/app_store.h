/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_VCHIP_APP_STORE_H
#define EG_VCHIP_APP_STORE_H
/**
 * What the application keeps in flash: objects that it imported, its trusted storage, and which
 * objects of the provisioning firmware it has destroyed. Two banks before the scratch area
 * (vchip/sector_copy.h), one of them in force; each is a log (docs/protocol/vchip.md, "Application
 * store"):
 *
 *   bank    "EGAS" | generation 4 | 0 4 | CRC-32 of the 12 bytes before | record | record | FF ..
 *   record  kind 1 | not kind 1 | 0 2 | id 4 | length 4 | FF 4 | data | CRC-32 of head and data 4
 *
 * Records begin at multiples of 16 and never change; the last one of an id counts. A head is one
 * program operation, so a record that a power cut left half written is known by its length and
 * skipped. When a bank is full, what counts goes to the other one, whose head is programmed last:
 * every call leaves the old state or the new one, whatever write it was cut before.
 *
 * Thread  as the chip.
 */
#include "vchip/chip.h"

enum {
    EG_APP_BANK_BYTES = 1 << 16,
    EG_APP_BANKS = 2,
    EG_APP_RECORDS_MAX = 128, /* ids that count at a time */
};

enum eg_app_kind {
    EG_APP_KEY = 1,        /* data: an object under the chip's storage keys */
    EG_APP_KEY_HIDDEN = 2, /* destroyed; also what the provisioning firmware put under this id */
    EG_APP_KEY_NONE = 3,   /* nothing of the application's; the firmware's counts, if any */
    EG_APP_DATA = 4,       /* data: an entry of the trusted storage */
    EG_APP_DATA_NONE = 5,
};

/** The last record of an id; never one of the _NONE kinds. */
struct eg_app_record {
    enum eg_app_kind kind;
    uint32_t id;
    struct eg_span data; /* points into the store's bytes */
};

struct eg_app_store {
    uint8_t *bytes; /* heap, may be secret; NULL: nothing was ever stored */
    uint32_t bank, generation;
    size_t end; /* where the next record goes; EG_APP_BANK_BYTES: nowhere, the log is damaged */
    struct eg_app_record records[EG_APP_RECORDS_MAX];
    size_t count;
};

/** Offset in the flash of the first bank; behind it no one else may keep anything. */
uint32_t eg_app_store_start(const struct eg_family *f);
/** Is the family's flash large enough for the store and what stands behind it? */
bool eg_app_store_fits(const struct eg_family *f);

/** Read the store. Owner: eg_app_store_close() in any case. NO_MEMORY. */
EG_MUST_USE eg_status eg_app_store_open(const struct eg_chip *chip, struct eg_app_store *out);
/** Wipe and free; safe on the zero state. */
void eg_app_store_close(struct eg_app_store *store);

/** The record of a key (KEY or KEY_HIDDEN) or of data; NULL: none. */
const struct eg_app_record *eg_app_store_key(const struct eg_app_store *store, uint32_t id);
const struct eg_app_record *eg_app_store_data(const struct eg_app_store *store, uint32_t id);

/**
 * Make this the last record of its id. VCHIP_FULL: no room even after cleaning up; nothing changed.
 * Others as vchip/chip_storage.h.
 */
EG_MUST_USE eg_status eg_app_store_put(struct eg_chip *chip, enum eg_app_kind kind, uint32_t id,
                                       struct eg_span data);

#endif
