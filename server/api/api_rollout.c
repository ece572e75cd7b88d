/* SPDX-License-Identifier: Apache-2.0 */
/* Staged rollouts of a group's changed objects. */
#include <stdio.h>
#include <string.h>

#include "lib/base/text.h"
#include "server/api/handlers.h"
#include "server/core/product.h"
#include "server/core/rollout.h"
#include "server/main/limits.h"

static const char *const state_names[] = {
    [EG_ROLLOUT_RUNNING] = "RUNNING",
    [EG_ROLLOUT_HALTED] = "HALTED",
    [EG_ROLLOUT_ROLLED_BACK] = "ROLLED_BACK",
    [EG_ROLLOUT_FINISHED] = "FINISHED",
};

static eg_status group_of(struct eg_api_call *a, int64_t *out)
{
    int64_t nc12;
    struct eg_group g;
    EG_TRY(eg_api_group(a, &nc12, out));
    return eg_group_of(&a->c, nc12, *out, &g);
}

static eg_status rollout_of(struct eg_api_call *a, int64_t *out_group, int64_t *out_id)
{
    EG_TRY(group_of(a, out_group));
    return eg_api_id(a, 2, EG_E_ROLLOUT_UNKNOWN, out_id);
}

static void put_rollout(struct eg_json_out *j, const struct eg_rollout *r)
{
    eg_json_begin_object(j);
    eg_json_number_member(j, "id", r->id);
    eg_json_number_member(j, "deviceGroupId", r->group_id);
    eg_json_text_member(j, "name", r->name);
    eg_json_text_member(j, "state", state_names[r->state]);
    eg_json_number_member(j, "percent", r->percent);
    eg_json_number_member(j, "canaries", r->canaries);
    eg_json_number_member(j, "maxFailures", r->failures_max);
    eg_json_number_member(j, "maxFailedPercent", r->failures_percent);
    eg_json_bool_member(j, "changed", r->from_set != 0 && r->from_set != r->to_set);
    eg_json_number_member(j, "members", r->members);
    eg_json_number_member(j, "updated", r->updated);
    eg_json_number_member(j, "failed", r->failed);
    eg_json_text_member(j, "why", r->why);
    eg_api_time_member(j, "createdAt", r->created_s);
    eg_api_time_member(j, "changedAt", r->changed_s);
    eg_json_end_object(j);
}

static eg_status answer_rollout(struct eg_api_call *a, int64_t group, int64_t id)
{
    struct eg_rollout r;
    EG_TRY(
        eg_store_rollout_get(eg_core_store(a->c.core), a->c.company_id, group, id, a->c.arena, &r));
    put_rollout(&a->json, &r);
    return EG_OK;
}

static eg_status put_made_rollout(struct eg_api_call *a, const void *made)
{
    put_rollout(&a->json, made);
    return EG_OK;
}

/* ---- begin, look, move ------------------------------------------------------------------------
 */

static eg_status read_canaries(struct eg_api_call *a, struct eg_rollout_new *in)
{
    const json_t *list =
        eg_json_array(&a->in, "canaries", EG_JSON_OPTIONAL, 0, EG_ROLLOUT_CANARIES_MAX);
    size_t n = json_array_size(list);
    struct eg_uuid *uuids = eg_arena_alloc(a->c.arena, (n + 1) * sizeof(*uuids));
    if (uuids == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    for (size_t i = 0; i < n; i++) {
        const char *text = json_string_value(json_array_get(list, i));
        if (text == NULL || !eg_ok(eg_uuid_from_dec(eg_span_str(text), &uuids[i]))) {
            eg_json_refuse(&a->in, "canaries", "device ids in decimal are needed");
            return EG_OK;
        }
    }
    in->canaries = uuids;
    in->canary_count = n;
    return EG_OK;
}

eg_status eg_api_rollout_create(struct eg_api_call *a)
{
    int64_t group, now_s = a->c.now_ms / 1000;
    EG_TRY(group_of(a, &group));
    const char *name = eg_json_text(&a->in, "name", EG_JSON_OPTIONAL, 1, EG_LIMIT_NAME_CHARS);
    struct eg_rollout_new in = {
        .name = name == NULL ? "" : name,
        .percent = (uint32_t)eg_json_number(&a->in, "percent", EG_JSON_OPTIONAL, 0, 0, 100),
        .failures_max =
            (uint32_t)eg_json_number(&a->in, "maxFailures", EG_JSON_OPTIONAL, 0, 0, INT32_MAX),
        .failures_percent =
            (uint32_t)eg_json_number(&a->in, "maxFailedPercent", EG_JSON_OPTIONAL, 0, 0, 100),
    };
    EG_TRY(read_canaries(a, &in));
    EG_TRY(eg_api_body_status(a));
    struct eg_rollout *made = eg_arena_alloc(a->c.arena, sizeof(*made));
    if (made == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    *made = (struct eg_rollout){.group_id = group,
                                .name = in.name,
                                .state = EG_ROLLOUT_RUNNING,
                                .percent = in.percent,
                                .failures_max = in.failures_max,
                                .failures_percent = in.failures_percent,
                                .canaries = (int64_t)in.canary_count,
                                .created_s = now_s,
                                .changed_s = now_s,
                                .why = ""};
    eg_api_makes(a, 201, put_made_rollout, made);
    return eg_rollout_begin(&a->c, group, &in, &made->id);
}

eg_status eg_api_rollout_list(struct eg_api_call *a)
{
    int64_t group;
    struct eg_page page;
    struct eg_rollout_list list;
    EG_TRY(group_of(a, &group));
    EG_TRY(eg_api_page(a, &page));
    EG_TRY(eg_store_rollout_list(eg_core_store(a->c.core), a->c.company_id, group, page, a->c.arena,
                                 &list));
    eg_api_begin_list(a);
    for (size_t i = 0; i < list.count; i++) {
        put_rollout(&a->json, &list.items[i]);
    }
    eg_api_end_list(a, page, list.more);
    return EG_OK;
}

eg_status eg_api_rollout_get(struct eg_api_call *a)
{
    int64_t group, id;
    EG_TRY(rollout_of(a, &group, &id));
    return answer_rollout(a, group, id);
}

static eg_status move(struct eg_api_call *a, const struct eg_rollout_change *change)
{
    int64_t group, id;
    EG_TRY(rollout_of(a, &group, &id));
    EG_TRY(eg_rollout_move(&a->c, group, id, change));
    return answer_rollout(a, group, id);
}

eg_status eg_api_rollout_update(struct eg_api_call *a)
{
    const struct eg_rollout_change change = {
        .percent = (int32_t)eg_json_number(&a->in, "percent", EG_JSON_REQUIRED, 0, 0, 100),
        .why = ""};
    EG_TRY(eg_api_body_status(a));
    return move(a, &change);
}

eg_status eg_api_rollout_halt(struct eg_api_call *a)
{
    return move(a, &(struct eg_rollout_change){-1, EG_ROLLOUT_HALTED, "halted by hand"});
}

eg_status eg_api_rollout_resume(struct eg_api_call *a)
{
    return move(a, &(struct eg_rollout_change){-1, EG_ROLLOUT_RUNNING, ""});
}

eg_status eg_api_rollout_rollback(struct eg_api_call *a)
{
    return move(a, &(struct eg_rollout_change){-1, EG_ROLLOUT_ROLLED_BACK, "rolled back by hand"});
}

eg_status eg_api_rollout_finish(struct eg_api_call *a)
{
    return move(a, &(struct eg_rollout_change){-1, EG_ROLLOUT_FINISHED, ""});
}
