/* SPDX-License-Identifier: Apache-2.0 */
#include "server/core/product.h"

#include <string.h>

#include "server/core/core.h"

eg_status eg_product_create(struct eg_call *call, int64_t nc12, const char *name,
                            const char *family, struct eg_product *out)
{
    int64_t now_s = call->now_ms / 1000;
    if (eg_families_find(eg_core_families(call->core), family) == NULL) {
        return eg_call_refuse(call, EG_ERR(FAMILY_UNKNOWN), "There is no family \"%s\".", family);
    }
    *out = (struct eg_product){.nc12 = nc12, .name = name, .family = family, .created_s = now_s};
    eg_call_makes(call);
    return eg_store_product_add(eg_core_store(call->core), call->company_id, nc12, name, family,
                                now_s, &out->id);
}

eg_status eg_product_get(struct eg_call *call, int64_t nc12, struct eg_product *out)
{
    return eg_store_product_get(eg_core_store(call->core), call->company_id, nc12, call->arena,
                                out);
}

eg_status eg_group_of(struct eg_call *call, int64_t nc12, int64_t group_id, struct eg_group *out)
{
    struct eg_product product;
    EG_TRY(eg_product_get(call, nc12, &product));
    EG_TRY(eg_store_group_get(eg_core_store(call->core), call->company_id, group_id, call->arena,
                              out));
    if (out->product_id != product.id) {
        *out = (struct eg_group){0};
        return eg_call_refuse(call, EG_ERR(GROUP_UNKNOWN), "The group belongs to another product.");
    }
    return EG_OK;
}

static const struct {
    enum eg_life_cycle lc;
    const char *name;
} life_cycles[] = {{EG_LC_OPEN, "OPEN"}, {EG_LC_CLOSED, "CLOSED"}, {EG_LC_LOCKED, "LOCKED"}};
enum { LIFE_CYCLES = sizeof(life_cycles) / sizeof(life_cycles[0]) };

enum eg_life_cycle eg_life_cycle_from_name(const char *name)
{
    for (size_t i = 0; i < LIFE_CYCLES; i++) {
        if (strcmp(name, life_cycles[i].name) == 0) {
            return life_cycles[i].lc;
        }
    }
    return (enum eg_life_cycle)0;
}

const char *eg_life_cycle_name(enum eg_life_cycle lc)
{
    for (size_t i = 0; i < LIFE_CYCLES; i++) {
        if (life_cycles[i].lc == lc) {
            return life_cycles[i].name;
        }
    }
    return "";
}
