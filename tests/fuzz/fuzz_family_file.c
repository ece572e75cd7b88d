/* SPDX-License-Identifier: Apache-2.0 */
/* Aimed at: eg_family_parse. What is accepted keeps the promises that others rely on; what is
 * refused is explained. */
#include <stdlib.h>
#include <string.h>

#include "lib/os/family_file.h"
#include "tests/fuzz/fuzz.h"

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct eg_family f;
    char why[256];

    if (!eg_ok(eg_family_parse(eg_span(data, size), "mcxn947.ini", &f, why, sizeof(why)))) {
        require(strncmp(why, "mcxn947.ini:", 12) == 0);
        return 0;
    }
    require(strcmp(f.name, "mcxn947") == 0);
    require(f.fuse_bytes == 2 || f.fuse_bytes == 4);
    require(f.fuse_life_cycle < f.fuse_count);
    require(f.flash_size % f.flash_sector == 0);
    require(f.required_count <= EG_FAMILY_REQUIRED_MAX);
    require(f.ignored_count <= EG_FAMILY_IGNORED_FUSES_MAX);
    require(f.life_cycle_open != 0);
    return 0;
}
