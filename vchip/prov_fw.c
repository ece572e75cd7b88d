/* SPDX-License-Identifier: Apache-2.0 */
#include "vchip/prov_fw.h"

#include <stdlib.h>
#include <string.h>

#include "vchip/app_store.h"
#include "vchip/chip_file.h"
#include "vchip/chip_storage.h"
#include "vchip/prov_set.h"
#include "vchip/sector_copy.h"

static bool holds_locks(const struct eg_family *f, uint32_t word)
{
    for (uint32_t i = 0; i < f->lock_count; i++) {
        if (f->locks[i].bits.word == word) {
            return true;
        }
    }
    return false;
}

static eg_status burn_words(struct eg_part *part, const struct eg_prov_plan *plan, bool locks)
{
    const struct eg_family *f = part->chip->family;
    for (uint32_t i = 0; i < f->fuse_count; i++) {
        if (plan->fuse_planned[i] && holds_locks(f, i) == locks) {
            EG_TRY(eg_chip_fuse_burn(part->chip, i, plan->fuse_value[i]));
        }
    }
    return EG_OK;
}

/* Words with lock bits come last: what they lock is burned by then. */
static eg_status burn_fuses(struct eg_part *part, const struct eg_prov_plan *plan)
{
    EG_TRY(burn_words(part, plan, false));
    return burn_words(part, plan, true);
}

static bool all_bytes(const uint8_t *p, size_t len, uint8_t value)
{
    for (size_t i = 0; i < len; i++) {
        if (p[i] != value) {
            return false;
        }
    }
    return true;
}

/* A page that was never used, or only cleaned to zeros, counts as erased. */
static eg_status write_ifr_hash(struct eg_part *part, const struct eg_prov_plan *plan)
{
    const struct eg_family *f = part->chip->family;
    uint8_t page[EG_CHIP_IFR_BYTES_MAX];
    uint8_t fused[32];
    if (!plan->ifr_hash || eg_chip_boot_key_hash(part->chip, fused)) {
        return EG_OK; /* the plan made sure that it is the same */
    }
    memcpy(page, part->chip->ifr, f->ifr_size);
    if (all_bytes(page, f->ifr_size, 0x00)) {
        memset(page, 0xFF, f->ifr_size);
    }
    memcpy(page + f->ifr_boot_key_hash, plan->boot_key_hash, sizeof(plan->boot_key_hash));
    return eg_sector_update_ifr(part->chip, eg_span(page, f->ifr_size));
}

static eg_status advance_life_cycle(struct eg_part *part, const struct eg_prov_plan *plan)
{
    struct eg_chip *chip = part->chip;
    uint32_t word = chip->family->fuse_life_cycle;
    uint8_t byte = eg_family_life_cycle_byte(chip->family, (enum eg_life_cycle)plan->life_cycle);
    return eg_chip_fuse_burn(chip, word, chip->fuses[word] | byte);
}

static eg_status write_home(struct eg_part *part, const struct eg_prov_plan *plan)
{
    return eg_sector_update(part->chip, plan->home_offset, eg_span(plan->home, plan->home_len));
}

/* What the firmware delivers counts before an older object of the same id in the application's
 * store. */
static eg_status forget_older(struct eg_part *part, const struct eg_prov_plan *plan)
{
    struct eg_app_store store;
    eg_status st = eg_app_store_open(part->chip, &store);
    for (size_t i = 0; i < plan->count && eg_ok(st); i++) {
        if (eg_app_store_key(&store, plan->objects[i].id) != NULL) {
            st = eg_app_store_put(part->chip, EG_APP_KEY_NONE, plan->objects[i].id,
                                  eg_span(NULL, 0));
        }
    }
    eg_app_store_close(&store);
    return st;
}

/* The order is the safety: whatever is missing after a cut, the part is still in the life cycle in
 * which it can be brought. */
static const struct {
    eg_status (*write)(struct eg_part *part, const struct eg_prov_plan *plan);
    uint32_t failed;
} steps[] = {
    {burn_fuses, EG_PROV_WRITE_FUSES},         {write_ifr_hash, EG_PROV_WRITE_FUSES},
    {write_home, EG_PROV_WRITE_FLASH},         {forget_older, EG_PROV_WRITE_FLASH},
    {advance_life_cycle, EG_PROV_WRITE_FUSES},
};

static eg_status carry_out(struct eg_part *part, const struct eg_prov_plan *plan,
                           uint32_t *out_result)
{
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        eg_status st = steps[i].write(part, plan);
        if (eg_is(st, EG_E_VCHIP_NO_POWER)) {
            return st;
        }
        if (!eg_ok(st)) {
            *out_result = steps[i].failed;
            return EG_OK;
        }
    }
    if (!eg_ok(eg_chip_sync(part->chip))) {
        *out_result = EG_PROV_WRITE_FLASH;
    }
    return EG_OK;
}

static eg_status run(struct eg_part *part, uint32_t address, bool dry_run, uint32_t *out_result)
{
    struct eg_prov_plan *plan = malloc(sizeof(*plan));
    eg_status st = EG_OK;
    *out_result = EG_PROV_CONTEXT;
    if (plan == NULL) {
        return EG_OK;
    }
    *out_result = eg_prov_plan_make(part, address, plan);
    if (*out_result == EG_PROV_PASS && !dry_run) {
        st = carry_out(part, plan, out_result);
    }
    eg_prov_plan_cleanup(part, plan);
    free(plan);
    return st;
}

eg_status eg_prov_close_device(struct eg_part *part, uint32_t address, bool dry_run,
                               uint32_t *out_result)
{
    eg_status st = EG_OK;
    *out_result = part->forced_result;
    if (part->forced_result == 0) {
        st = run(part, address, dry_run, out_result);
    }
    part->forced_result = 0;
    if (!dry_run) {
        part->ran = eg_ok(st);
        part->last_result = *out_result;
    }
    return st;
}

eg_status eg_prov_start(struct eg_part *part)
{
    uint32_t word;
    EG_TRY(eg_part_load_firmware(part));
    if (part->chip->family->load != EG_LOAD_SPLIT) {
        return EG_OK;
    }
    return eg_prov_close_device(part, part->chip->family->external_address, false, &word);
}

eg_status eg_prov_linux(struct eg_part *part)
{
    uint32_t word;
    EG_TRY(eg_sector_recover(part->chip));
    part->linux_runs = true;
    return eg_prov_close_device(part, part->chip->family->external_address, false, &word);
}
