/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_VCHIP_PROV_SET_H
#define EG_VCHIP_PROV_SET_H
/**
 * First half of provisioning: read a set of objects, check all of it, decrypt all of it, and plan
 * every change. Nothing on the chip changes here; a plan that stands can be carried out
 * (vchip/prov_fw.c), also a second time after a power cut.
 */
#include "vchip/blob.h"
#include "vchip/part.h"
#include "vchip/prov_result.h"

enum {
    EG_PROV_OBJECTS_MAX = 32, /* room; the family says how many it takes */
    EG_PROV_AREAS_MAX = 2,
};

/** A stretch of the part's memory in which objects wait. */
struct eg_prov_area {
    uint32_t address;
    size_t len;
};

struct eg_prov_plan {
    struct eg_vblob objects[EG_PROV_OBJECTS_MAX]; /* point into source */
    size_t count;
    uint8_t *source; /* copied once from the part's memory, then only this copy is read */
    size_t source_len;
    struct eg_prov_area areas[EG_PROV_AREAS_MAX]; /* one after the other in source */
    size_t area_count;
    size_t in_place_from; /* objects from this one on stand where external ones live */
    size_t objects_len;   /* bytes of all objects together */

    struct eg_vkeys import, storage; /* secret */

    uint32_t *fuse_value; /* fuse_count words; secret: the decryption key is among them */
    bool *fuse_planned;   /* which of them are to be burned */
    bool ifr_hash;        /* boot_key_hash goes to the IFR page */
    uint8_t boot_key_hash[32];
    uint32_t life_cycle; /* enum eg_life_cycle after the run */

    uint8_t *home; /* what the flash at home_offset is to hold */
    size_t home_len;
    uint32_t home_offset; /* in the flash */
};

/**
 * Plan the run of command 2 with its address word. Returns a word of vchip/prov_result.h,
 * EG_PROV_PASS when the set is good. The plan must be cleaned up in either case.
 */
uint32_t eg_prov_plan_make(const struct eg_part *part, uint32_t address, struct eg_prov_plan *plan);

/** Wipe and free; safe on the zero state. */
void eg_prov_plan_cleanup(const struct eg_part *part, struct eg_prov_plan *plan);

/* ---- steps, apart for their size --------------------------------------------------------------
 */

/** Bytes of one area that are read at most: a whole set, and room to see that it ends there. */
size_t eg_prov_window(const struct eg_family *f);
/** Where the objects of a run with this address word wait: plan->areas (vchip/prov_areas.c).
 * EG_PROV_NO_BLOB: nowhere. */
uint32_t eg_prov_find_areas(const struct eg_part *part, uint32_t address,
                            struct eg_prov_plan *plan);

/** Plan what the three internal objects burn (vchip/prov_fuses.c). */
uint32_t eg_prov_plan_internal(const struct eg_part *part, const struct eg_vblob *b,
                               struct eg_span plain, struct eg_prov_plan *plan);
/** Would carrying out the planned fuses and hash have to undo a bit, or replace a hash? */
uint32_t eg_prov_check_one_time(const struct eg_part *part, const struct eg_prov_plan *plan);
/** Would a word that is to be burned be locked by then, as the plan stands? (vchip/prov_safety.c)
 */
bool eg_prov_fuse_locked(const struct eg_chip *chip, const struct eg_prov_plan *plan,
                         uint32_t index);
/** Would the part boot afterwards, is its debug port closed when it is locked, are all words free
 * to be burned? hash: the set's boot key hash object or NULL. */
uint32_t eg_prov_check_safety(const struct eg_part *part, const struct eg_prov_plan *plan,
                              const struct eg_vblob *hash);
/** Re-wrap the external objects into plan->home (vchip/prov_home.c). */
uint32_t eg_prov_plan_home(const struct eg_part *part, uint32_t address, struct eg_prov_plan *plan);

/** Leave the function with the result word of `expr` unless it is EG_PROV_PASS. */
#define EG_PROV_TRY(expr)                                                                          \
    do {                                                                                           \
        uint32_t eg_prov_word_ = (expr);                                                           \
        if (eg_prov_word_ != EG_PROV_PASS) {                                                       \
            return eg_prov_word_;                                                                  \
        }                                                                                          \
    } while (0)

#endif
