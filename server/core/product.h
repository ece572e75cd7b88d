/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_CORE_PRODUCT_H
#define EG_SERVER_CORE_PRODUCT_H
/** Products (12NC) and their device groups. */
#include "server/core/core.h"

#define EG_NC12_MIN 1LL
#define EG_NC12_MAX 999999999999LL

/** family: name of a family known here (FAMILY_UNKNOWN). NAME_TAKEN: the 12NC exists. */
EG_MUST_USE eg_status eg_product_create(struct eg_call *call, int64_t nc12, const char *name,
                                        const char *family, struct eg_product *out);

/** The product and its family data. PRODUCT_UNKNOWN; FAMILY_UNKNOWN: its file is gone. */
EG_MUST_USE eg_status eg_product_get(struct eg_call *call, int64_t nc12, struct eg_product *out);

/** A group that must belong to this product. PRODUCT_UNKNOWN, GROUP_UNKNOWN. */
EG_MUST_USE eg_status eg_group_of(struct eg_call *call, int64_t nc12, int64_t group_id,
                                  struct eg_group *out);

/** "OPEN", "CLOSED", "LOCKED"; 0 for anything else. */
enum eg_life_cycle eg_life_cycle_from_name(const char *name);
const char *eg_life_cycle_name(enum eg_life_cycle lc);

#endif
