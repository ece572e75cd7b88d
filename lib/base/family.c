/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/family.h"

uint8_t eg_family_life_cycle_byte(const struct eg_family *f, enum eg_life_cycle lc)
{
    switch (lc) {
    case EG_LC_OPEN:
        return f->life_cycle_open;
    case EG_LC_CLOSED:
        return f->life_cycle_closed;
    case EG_LC_LOCKED:
        return f->life_cycle_locked;
    }
    return 0;
}

uint32_t eg_family_line_address(const struct eg_family *f)
{
    return f->load == EG_LOAD_UBOOT ? f->objects_address : f->external_address;
}

bool eg_family_tells_result(const struct eg_family *f)
{
    return f->load == EG_LOAD_SB || f->load == EG_LOAD_RESET;
}
