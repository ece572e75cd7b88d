/* SPDX-License-Identifier: Apache-2.0 */
#include "vchip/part.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/secret.h"
#include "vchip/app_store.h"
#include "vchip/memory.h"
#include "vchip/sector_copy.h"

enum {
    VECTORS_LEN = 8, /* initial stack pointer and reset vector */
};

/* The ROM of a load = reset family jumps to whatever stands at firmware_address. */
static bool firmware_in_place(const struct eg_part *part)
{
    const struct eg_family *f = part->chip->family;
    uint8_t vectors[VECTORS_LEN];
    uint8_t zeros[VECTORS_LEN] = {0};
    uint8_t erased[VECTORS_LEN];
    memset(erased, 0xFF, sizeof(erased));
    return f->load == EG_LOAD_RESET &&
           eg_ok(eg_memory_read(part, f->firmware_address, vectors, sizeof(vectors))) &&
           memcmp(vectors, zeros, sizeof(zeros)) != 0 &&
           memcmp(vectors, erased, sizeof(erased)) != 0;
}

eg_status eg_part_load_firmware(struct eg_part *part)
{
    EG_TRY(eg_sector_recover(part->chip));
    part->firmware = true;
    return EG_OK;
}

static void run_rom(struct eg_part *part, bool hold_isp)
{
    part->firmware = false;
    part->app_started = false;
    part->linux_runs = false;
    if (firmware_in_place(part) && !eg_ok(eg_part_load_firmware(part)) && !part->chip->powered) {
        eg_part_power_off(part);
        return;
    }
    if (hold_isp) {
        part->boot = (struct eg_boot_result){.reason = "held in ISP"};
    } else {
        eg_boot_rom_run(part->crypto, part->chip, &part->boot);
    }
}

eg_status eg_part_init(struct eg_part *part, struct eg_chip *chip, struct eg_crypto *crypto)
{
    *part = (struct eg_part){.chip = chip, .crypto = crypto};
    if (!eg_app_store_fits(chip->family)) {
        return EG_ERR(FAMILY_INVALID);
    }
    part->ram = calloc(1, chip->family->ram_size);
    if (part->ram == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    run_rom(part, false);
    return EG_OK;
}

void eg_part_cleanup(struct eg_part *part)
{
    if (part->ram != NULL) {
        eg_wipe(part->ram, part->chip->family->ram_size);
    }
    free(part->ram);
    *part = (struct eg_part){0};
}

void eg_part_power_off(struct eg_part *part)
{
    part->chip->powered = false;
    part->chip->cut_after = -1;
    part->firmware = false;
    part->app_started = false;
    part->linux_runs = false;
    part->ran = false;
    part->boot = (struct eg_boot_result){.reason = "no power"};
    eg_wipe(part->ram, part->chip->family->ram_size);
}

void eg_part_power_on(struct eg_part *part, bool hold_isp)
{
    if (part->chip->powered) {
        return;
    }
    part->chip->powered = true;
    run_rom(part, hold_isp);
}

void eg_part_reset(struct eg_part *part, bool hold_isp)
{
    if (part->chip->powered) {
        run_rom(part, hold_isp);
    }
}

bool eg_part_in_isp(const struct eg_part *part)
{
    return part->chip->powered && !part->boot.booted;
}
