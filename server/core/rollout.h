/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_CORE_ROLLOUT_H
#define EG_SERVER_CORE_ROLLOUT_H
/** Staged rollouts of a group's changed objects, as people drive them; server/store/store_life.h
 * says what each step does. docs/guide/field.md. */
#include "server/core/core.h"
#include "server/store/store_life.h"

/** Begin one; watchers are told. Errors of eg_store_rollout_add(). */
EG_MUST_USE eg_status eg_rollout_begin(struct eg_call *call, int64_t group_id,
                                       const struct eg_rollout_new *in, int64_t *out_id);
/** Change one; watchers are told. Errors of eg_store_rollout_change(). */
EG_MUST_USE eg_status eg_rollout_move(struct eg_call *call, int64_t group_id, int64_t id,
                                      const struct eg_rollout_change *change);

#endif
