/* SPDX-License-Identifier: Apache-2.0 */
/* The objects of one device for the cloud flow: found, or made through the job engine. */
#include "lib/os/clock.h"
#include "server/core/cloud_internal.h"
#include "server/core/job_engine.h"
#include "server/main/limits.h"

static enum eg_set_variant variant_of(bool bound)
{
    return bound ? EG_SET_CLOUD_BOUND : EG_SET_CLOUD;
}

static eg_status stored(struct eg_call *call, const struct eg_cloud_session *s, bool bound,
                        struct eg_span *out)
{
    return eg_store_cloud_body(eg_core_store(call->core), s->device_id, s->group_id, s->target_set,
                               variant_of(bound), call->arena, out);
}

/** A job for this one device; it costs no quota, since the device is in the group. */
static eg_status reserve(struct eg_call *call, const struct eg_cloud_session *s, bool bound,
                         struct eg_job *out)
{
    char job_uuid[EG_JOB_UUID_LEN + 1];
    EG_TRY(eg_core_uuid4(call->core, job_uuid));
    const struct eg_reserve in = {
        .company_id = call->company_id,
        .group_id = s->group_id,
        .uuids = &s->uuid,
        .count = 1,
        .job_uuid = job_uuid,
        .node = eg_core_node(call->core),
        .lease_s = EG_LIMIT_LEASE_S,
        .now_s = call->now_ms / 1000,
        .variant = variant_of(bound),
        .base_set = s->target_set,
    };
    EG_TRY(eg_store_job_reserve(eg_core_store(call->core), &in, call->arena, out, &call->refusal));
    eg_job_engine_add(eg_core_jobs(call->core), out);
    return EG_OK;
}

/** Tried in vain not long ago? A time that is too far away was noted by a clock that was wrong. */
static eg_status must_pause(struct eg_call *call, const struct eg_make *make, bool *out)
{
    int64_t now_s = call->now_ms / 1000, next_s;
    *out = false;
    EG_TRY(eg_store_make_next(eg_core_store(call->core), make, &next_s));
    *out = now_s < next_s && next_s <= now_s + EG_LIMIT_MAKE_PAUSE_MAX_S;
    return EG_OK;
}

/** Make, and wait for it. STORE_NOT_FOUND: it failed. */
static eg_status make_now(struct eg_call *call, const struct eg_cloud_session *s, bool bound,
                          uint32_t wait_ms, struct eg_span *out)
{
    struct eg_job job;
    EG_TRY(reserve(call, s, bound, &job));
    if (job.state == EG_JOB_PROCESSING &&
        !eg_job_engine_wait(eg_core_jobs(call->core), job.uuid, eg_clock_mono_ms() + wait_ms)) {
        return EG_ERR(CLOUD_BUSY);
    }
    return stored(call, s, bound, out);
}

eg_status eg_cloud_body(struct eg_call *call, const struct eg_cloud_session *session, bool bound,
                        uint32_t wait_ms, struct eg_span *out, bool *out_failed)
{
    const struct eg_make make = {.device_id = session->device_id,
                                 .group_id = session->group_id,
                                 .base_set = session->target_set,
                                 .epoch = session->epoch,
                                 .variant = variant_of(bound)};
    *out_failed = false;
    eg_status st = stored(call, session, bound, out);
    if (!eg_is(st, EG_E_STORE_NOT_FOUND)) {
        return st;
    }
    EG_TRY(must_pause(call, &make, out_failed));
    if (!*out_failed) {
        st = make_now(call, session, bound, wait_ms, out);
        if (!eg_is(st, EG_E_STORE_NOT_FOUND)) {
            return st;
        }
        EG_TRY(eg_store_make_failed(eg_core_store(call->core), &make, call->now_ms / 1000,
                                    EG_LIMIT_MAKE_PAUSE_S, EG_LIMIT_MAKE_PAUSE_MAX_S));
    }
    *out_failed = true;
    *out = eg_span(NULL, 0);
    return EG_OK;
}
