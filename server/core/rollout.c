/* SPDX-License-Identifier: Apache-2.0 */
#include "server/core/rollout.h"

eg_status eg_rollout_begin(struct eg_call *call, int64_t group_id, const struct eg_rollout_new *in,
                           int64_t *out_id)
{
    eg_call_makes(call);
    EG_TRY(eg_store_rollout_add(eg_core_store(call->core), call->company_id, group_id, in,
                                call->actor, call->now_ms / 1000, out_id));
    eg_core_tell(call->core, eg_topic_events(call->company_id));
    return EG_OK;
}

eg_status eg_rollout_move(struct eg_call *call, int64_t group_id, int64_t id,
                          const struct eg_rollout_change *change)
{
    EG_TRY(eg_store_rollout_change(eg_core_store(call->core), call->company_id, group_id, id,
                                   change, call->actor, call->now_ms / 1000));
    eg_core_tell(call->core, eg_topic_events(call->company_id));
    return EG_OK;
}
