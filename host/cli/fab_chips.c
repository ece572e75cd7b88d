/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <unistd.h>

#include "host/cli/fab.h"
#include "lib/os/file.h"
#include "vchip/chip_file.h"

_Static_assert((int)EG_FAB_DIE_KEY_LEN == (int)EG_DIE_KEY_LEN, "one length of a die key");

eg_status eg_fab_chip_file(struct eg_crypto *c, const char *dir, const struct eg_family *family,
                           const struct eg_fab_chip *chip)
{
    return eg_chip_create(c, dir, family, &chip->uuid, chip->die_key);
}

void eg_fab_chip_remove(const char *dir, const struct eg_uuid *uuid)
{
    char hex[EG_UUID_HEX_LEN + 1], path[EG_PATH_MAX];

    eg_uuid_to_hex(uuid, hex);
    snprintf(path, sizeof path, "%s/%s.chip", dir, hex);
    (void)unlink(path);
}

eg_status eg_fab_chips_sync(const char *dir)
{
    return eg_chip_dir_sync(dir);
}
