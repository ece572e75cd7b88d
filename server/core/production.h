/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_CORE_PRODUCTION_H
#define EG_SERVER_CORE_PRODUCTION_H
/** Production groups: nothing that is for test only gets into them. */
#include "server/core/core.h"
#include "server/core/object_def.h"

/** May this object be in the group? TEST_ONLY. */
EG_MUST_USE eg_status eg_production_check(struct eg_call *call, const struct eg_group *group,
                                          const struct eg_object_def *def);

/** May the group become one, with what it has now? TEST_ONLY. */
EG_MUST_USE eg_status eg_production_begin(struct eg_call *call, const struct eg_group *group);

#endif
