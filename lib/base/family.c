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
