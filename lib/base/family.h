/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_LIB_BASE_FAMILY_H
#define EG_LIB_BASE_FAMILY_H
/**
 * What a chip family is: facts only, read from families/<name>.ini by lib/os/family_file.h and
 * shared by service, vault, host and virtual chip. Adding a family is adding a file.
 *
 * Addresses and sizes are bytes. A value of 0 means "not there" unless said otherwise.
 */
#include <stdbool.h>
#include <stdint.h>

#include "lib/base/span.h"

enum {
    EG_FAMILY_NAME_MAX = 32,
    EG_FAMILY_IGNORED_FUSES_MAX = 4,
    EG_FAMILY_RESERVED_FUSES_MAX = 4,
    EG_FAMILY_LOCKS_MAX = 8,
    EG_FAMILY_DEBUG_OFF_MAX = 4,
    EG_FAMILY_REQUIRED_MAX = 4,
    EG_FAMILY_COUNT_MAX = 32,
    EG_FAMILY_UUID_FUSES = 3,
    EG_FAMILY_CLAIM_BYTES = 2048, /* room at claim_address */
};

/** How provisioning firmware and objects reach the chip (rest-api names: dispatch_fw + ...). */
enum eg_load_method {
    EG_LOAD_SB = 1,    /* objects by write-memory, firmware by receive-sb-file (MCXN) */
    EG_LOAD_RESET = 2, /* objects and firmware by write-memory, then reset (RW61x) */
    EG_LOAD_SPLIT = 3, /* objects by write-memory in two parts, firmware by receive-sb-file, which
                          starts at once and tells nothing on the line (KW) */
    EG_LOAD_UBOOT = 4, /* objects as a file, written at a U-Boot console; Linux imports (i.MX) */
};

/** How import keys come from the die key (docs/formats/secure-object.md, "Key recipes"). */
enum eg_key_recipe {
    EG_RECIPE_MCXN = 1, /* bound to boot key hash and life cycle */
    EG_RECIPE_RW61X = 2,
    EG_RECIPE_S200 = 3, /* KW */
    EG_RECIPE_S400 = 4, /* i.MX; bound as EG_RECIPE_MCXN is */
};

/** Life cycle of a part as Engrave names it; the byte of each is a fact of the family. */
enum eg_life_cycle {
    EG_LC_OPEN = 1, /* values as in secure-object tag 0x47 */
    EG_LC_CLOSED = 2,
    EG_LC_LOCKED = 4,
};

/** AN14544 table 1. */
enum eg_flow {
    EG_FLOW_PROXY = 1u << 0,
    EG_FLOW_CLOUD = 1u << 1,
    EG_FLOW_PARTNER = 1u << 2,
};

struct eg_fuse_range {
    uint16_t first, last; /* inclusive */
};

/** Bits of a fuse word. */
struct eg_fuse_bits {
    uint16_t word;
    uint32_t mask;
};

/** While all bits of `bits` are burned, the words of `range` cannot be burned any more. */
struct eg_fuse_lock {
    struct eg_fuse_bits bits;
    struct eg_fuse_range range;
};

struct eg_family {
    char name[EG_FAMILY_NAME_MAX];       /* "mcxn947" */
    char el2go_name[EG_FAMILY_NAME_MAX]; /* productHardwareFamilyType: "MCXN" */
    char title[2 * EG_FAMILY_NAME_MAX];  /* for people */
    uint32_t flows;                      /* enum eg_flow */
    enum eg_load_method load;
    enum eg_key_recipe recipe;

    /* what one part can take */
    uint32_t objects_max;       /* objects per device */
    uint32_t objects_bytes_max; /* sum of all blobs */
    uint32_t object_bytes_max;  /* one blob; 0: only the sum counts */
    bool rsa;                   /* the enclave stores RSA keys (as external objects) */
    uint32_t required[EG_FAMILY_REQUIRED_MAX]; /* object ids without which the part refuses a set */
    uint32_t required_count;

    /* memory map */
    uint32_t objects_address;  /* where the host writes objects before the run; with EG_LOAD_SPLIT
                                  only boot key hash and decryption key, all others go to
                                  external_address */
    uint32_t external_address; /* default flash home of re-wrapped external objects */
    uint32_t
        claim_address; /* flash sector in which a claim code's blob waits for the application */
    uint16_t uuid_fuses[EG_FAMILY_UUID_FUSES]; /* load = uboot: bank, word, count for `fuse read` */
    uint32_t uuid_fuses_count;                 /* 0 or EG_FAMILY_UUID_FUSES */
    uint32_t firmware_address;                 /* RAM of the provisioning firmware (load = reset) */
    uint32_t ram_address, ram_size;
    uint32_t flash_address, flash_size, flash_sector;
    uint32_t
        image_address; /* where the boot ROM looks for the application image; 0: it boots none */

    /* one-time memory */
    uint32_t ifr_address, ifr_size; /* CMPA; 0 when the family keeps its settings in fuses */
    uint32_t ifr_boot_key_hash;     /* offset in the IFR */
    uint16_t fuse_count;            /* number of fuse words */
    uint8_t fuse_bytes;             /* bytes of one fuse word: 2 or 4 */
    uint16_t fuse_boot_key_hash; /* first fuse word of the boot key hash; used when ifr_size is 0 */
    uint16_t fuse_decrypt_key; /* first fuse word of the firmware decryption key (read-protected) */
    uint16_t fuse_life_cycle;  /* fuse word of the life cycle */
    struct eg_fuse_range
        ignored[EG_FAMILY_IGNORED_FUSES_MAX]; /* in a fuse configuration: silently skipped */
    uint32_t ignored_count;
    struct eg_fuse_range reserved[EG_FAMILY_RESERVED_FUSES_MAX]; /* words of the chip maker: never
                                                                    burned by others */
    uint32_t reserved_count;
    struct eg_fuse_lock locks[EG_FAMILY_LOCKS_MAX];
    uint32_t lock_count;
    struct eg_fuse_bits debug_off[EG_FAMILY_DEBUG_OFF_MAX]; /* all burned: debug port closed */
    uint32_t debug_off_count;
    uint8_t life_cycle_open, life_cycle_closed,
        life_cycle_locked; /* bytes in fuses and key recipe */
};

/** Address that a line's configuration names as `secure_objects_address`: where objects end up, or
 * for load = uboot the memory that they are written to. */
uint32_t eg_family_line_address(const struct eg_family *f);

/** Does the part tell the host how a run ended? */
bool eg_family_tells_result(const struct eg_family *f);

/** Byte of a life cycle for this family; 0 for a value that is none. */
uint8_t eg_family_life_cycle_byte(const struct eg_family *f, enum eg_life_cycle lc);

#endif
