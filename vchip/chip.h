/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_VCHIP_CHIP_H
#define EG_VCHIP_CHIP_H
/**
 * A chip's silicon while its state file is open: identity, fuses, IFR page, flash.
 *
 * Readers look at the fields; nobody but vchip/chip_storage.c (rules, counting, power) and
 * vchip/chip_file.c (replay) changes them. RAM is not here: it is lost with the power and belongs
 * to the running part (vchip/part.h).
 */
#include <stdbool.h>
#include <stdint.h>

#include "lib/base/family.h"
#include "lib/base/uuid.h"

enum {
    EG_DIE_KEY_LEN = 32,
    EG_CHIP_PAGE = 256,                /* bytes programmed by one flash write */
    EG_CHIP_FLASH_BYTES_MAX = 1 << 26, /* largest flash of a family */
    EG_CHIP_SECTOR_BYTES_MAX = 1 << 15,
    EG_CHIP_IFR_BYTES_MAX = 4096,
    EG_CHIP_FUSES_MAX = 4096,
};

struct eg_chip_trace;

/** What a bench can break on a chip (docs/protocol/vchip.md, "Control", fault). */
enum eg_chip_fault {
    EG_FAULT_FUSES = 1 << 0,   /* no fuse word takes a value */
    EG_FAULT_IFR = 1 << 1,     /* the page is neither erased nor programmed */
    EG_FAULT_FLASH = 1 << 2,   /* no sector is erased, no page programmed */
    EG_FAULT_KEYS = 1 << 3,    /* the enclave derives no key from the die key */
    EG_FAULT_ENCLAVE = 1 << 4, /* the enclave encrypts nothing */
    EG_FAULT_MEMORY = 1 << 5,  /* the firmware has no room to work */
};

/** One erase sector. */
struct eg_chip_sector {
    uint8_t *bytes; /* flash_sector bytes; NULL while every byte is 0xFF */
    uint32_t wear;  /* erases so far */
};

struct eg_chip {
    const struct eg_family *family; /* borrowed for the life of the chip */
    struct eg_uuid uuid;
    uint8_t die_key[EG_DIE_KEY_LEN]; /* secret */

    uint32_t *fuses; /* fuse_count words, bits only ever go 0 to 1 */
    uint8_t *ifr;    /* ifr_size bytes; NULL when the family has none */
    uint32_t ifr_wear;
    struct eg_chip_sector *sectors;
    uint32_t sector_count;

    uint64_t writes;   /* fuse, IFR and flash writes since the chip was made; erases count */
    bool powered;      /* no write happens while false */
    int64_t cut_after; /* writes left before the power goes; -1: it stays */

    uint32_t faults; /* enum eg_chip_fault; not in the state file */

    struct eg_chip_trace *trace; /* vchip/trace.h; NULL: off */

    /* the state file */
    int fd;
    char *path;
    uint64_t file_len;
};

#endif
