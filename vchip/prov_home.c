/* SPDX-License-Identifier: Apache-2.0 */
/* Where external objects live on the chip, and in which form. */
#include <stdlib.h>
#include <string.h>

#include "vchip/app_store.h"
#include "vchip/chip_storage.h"
#include "vchip/memory.h"
#include "vchip/prov_set.h"

/* Bytes of objects that stand at `offset` already, from an earlier run. */
static size_t standing_len(const struct eg_chip *chip, uint32_t offset, uint8_t *room, size_t len)
{
    struct eg_reader r;
    struct eg_vblob b;
    eg_chip_flash_read(chip, offset, room, len);
    eg_reader_init(&r, eg_span(room, len));
    size_t standing = 0;
    while (eg_vblob_starts(r.rest) && eg_ok(eg_vblob_take(&r, &b))) {
        standing += b.raw.len;
    }
    return standing;
}

static uint32_t home_range(const struct eg_family *f, uint32_t address, size_t len,
                           uint32_t *out_offset)
{
    *out_offset = 0;
    if (len == 0) {
        return EG_PROV_PASS;
    }
    if (eg_memory_region(f, address, len) != EG_REGION_FLASH ||
        (uint64_t)(address - f->flash_address) + len > eg_app_store_start(f)) {
        return EG_PROV_MEMORY_OVERFLOW;
    }
    *out_offset = address - f->flash_address;
    return EG_PROV_PASS;
}

static uint32_t rewrap_one(const struct eg_part *part, const struct eg_vblob *b,
                           const struct eg_prov_plan *plan, uint8_t *out)
{
    if (eg_vblob_internal(b) || eg_ok(eg_vblob_check(part->crypto, b, plan->storage.auth))) {
        memcpy(out, b->raw.ptr, b->raw.len);
        return EG_PROV_PASS;
    }
    return (part->chip->faults & EG_FAULT_ENCLAVE) == 0 &&
                   eg_ok(eg_vblob_rewrap(part->crypto, b, &plan->import, &plan->storage, out))
               ? EG_PROV_PASS
               : EG_PROV_REWRAP;
}

/* In place every object keeps its position; elsewhere only the external ones go home. */
static uint32_t rewrap_all(const struct eg_part *part, struct eg_prov_plan *plan)
{
    enum eg_load_method load = part->chip->family->load;
    bool stay = load == EG_LOAD_RESET || load == EG_LOAD_SPLIT;
    for (size_t i = 0; i < plan->count; i++) {
        const struct eg_vblob *b = &plan->objects[i];
        if ((stay && i >= plan->in_place_from) || !eg_vblob_internal(b)) {
            EG_PROV_TRY(rewrap_one(part, b, plan, plan->home + plan->home_len));
            plan->home_len += b->raw.len;
        }
    }
    return EG_PROV_PASS;
}

/* Objects of an earlier, longer set that would stand behind the new ones are erased. */
static uint32_t cover_standing(const struct eg_part *part, struct eg_prov_plan *plan)
{
    const struct eg_family *f = part->chip->family;
    size_t window = eg_app_store_start(f) - plan->home_offset;
    window = window < f->objects_bytes_max ? window : f->objects_bytes_max;
    uint8_t *room = malloc(window);
    if (room == NULL) {
        return EG_PROV_CONTEXT;
    }
    size_t standing = standing_len(part->chip, plan->home_offset, room, window);
    free(room);
    if (standing > plan->home_len) {
        memset(plan->home + plan->home_len, 0xFF, standing - plan->home_len);
        plan->home_len = standing;
    }
    return EG_PROV_PASS;
}

uint32_t eg_prov_plan_home(const struct eg_part *part, uint32_t address, struct eg_prov_plan *plan)
{
    const struct eg_family *f = part->chip->family;
    plan->home = malloc(f->objects_bytes_max);
    if (plan->home == NULL) {
        return EG_PROV_CONTEXT;
    }
    EG_PROV_TRY(rewrap_all(part, plan));
    EG_PROV_TRY(home_range(f, address, plan->home_len, &plan->home_offset));
    return plan->home_len > 0 ? cover_standing(part, plan) : EG_PROV_PASS;
}
