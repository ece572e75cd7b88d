/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "host/cli/fab_export.h"
#include "vchip/chip_file.h"
#include "vchip/chip_storage.h"

static const struct eg_family *find(const void *context, const char *name)
{
    return eg_families_find(context, name);
}

eg_status eg_fab_root_read(const char *path, const struct eg_families *families,
                           struct eg_fab_root *out)
{
    struct eg_chip *chip = NULL;

    EG_TRY(eg_chip_open(path, find, families, &chip));
    out->uuid = chip->uuid;
    memcpy(out->die_key, chip->die_key, sizeof out->die_key);
    out->family = chip->family;
    (void)eg_chip_boot_key_hash(chip, out->boot_key_hash);
    out->life_cycle_byte = eg_chip_life_cycle(chip);
    eg_chip_close(chip);
    return EG_OK;
}
