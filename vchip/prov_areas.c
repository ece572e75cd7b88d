/* SPDX-License-Identifier: Apache-2.0 */
/* Where a set waits for the firmware, by the way it came to the part. */
#include "vchip/card.h"
#include "vchip/memory.h"
#include "vchip/prov_set.h"

size_t eg_prov_window(const struct eg_family *f)
{
    return (size_t)f->objects_bytes_max + EG_VBLOB_MAGIC_LEN;
}

/* As much of a window as there is memory. */
static void add_window(const struct eg_part *part, uint32_t address, struct eg_prov_plan *plan)
{
    const struct eg_family *f = part->chip->family;
    size_t len = eg_prov_window(f);
    while (len > 0 && eg_memory_region(f, address, len) == EG_REGION_NONE) {
        len--;
    }
    if (len > 0) {
        plan->areas[plan->area_count++] = (struct eg_prov_area){address, len};
    }
}

/* A file with objects on the card; the firmware is Linux there. */
static void add_file(const struct eg_part *part, struct eg_prov_plan *plan)
{
    struct eg_card_file file;
    if (eg_card_find_objects(part->chip, &file)) {
        plan->areas[plan->area_count++] =
            (struct eg_prov_area){part->chip->family->flash_address + file.offset, file.len};
    }
}

uint32_t eg_prov_find_areas(const struct eg_part *part, uint32_t address, struct eg_prov_plan *plan)
{
    const struct eg_family *f = part->chip->family;
    switch (f->load) {
    case EG_LOAD_SB: /* in RAM */
        add_window(part, f->objects_address, plan);
        break;
    case EG_LOAD_RESET: /* where they stay */
        add_window(part, address, plan);
        break;
    case EG_LOAD_SPLIT:
        add_window(part, f->objects_address, plan);
        add_window(part, address, plan);
        break;
    case EG_LOAD_UBOOT:
        add_file(part, plan);
        break;
    }
    return plan->area_count > 0 ? EG_PROV_PASS : EG_PROV_NO_BLOB;
}
