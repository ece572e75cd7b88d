/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "server/api/handlers.h"

/** Names of the original API; COMPLETED_SUCCESSFULLY is the only success its clients accept. */
static const char *state_name(const struct eg_job *job)
{
    switch (job->state) {
    case EG_JOB_PROCESSING:
        return job->done + job->failed == 0 ? "JOB_TRIGGERED" : "JOB_PROCESSING";
    case EG_JOB_SUCCEEDED:
        return "COMPLETED_SUCCESSFULLY";
    case EG_JOB_PARTIAL:
        return "JOB_COMPLETED_PARTIALLY";
    case EG_JOB_FAILED:
        return "JOB_FAILED";
    case EG_JOB_EMPTY:
        return "JOB_COMPLETED_NO_PROVISIONINGS";
    }
    return "JOB_FAILED";
}

/** 100 exactly when nothing more will happen. */
static int64_t percentage(const struct eg_job *job)
{
    if (job->state != EG_JOB_PROCESSING) {
        return 100;
    }
    uint64_t ready = (uint64_t)(job->total - job->todo) + job->done + job->failed;
    uint64_t percent = job->total == 0 ? 0 : ready * 100 / job->total;
    return percent > 99 ? 99 : (int64_t)percent;
}

static void put_job(struct eg_json_out *j, const struct eg_job *job,
                    const struct eg_uuid_list *devices)
{
    eg_json_begin_object(j);
    eg_json_text_member(j, "jobId", job->uuid);
    eg_json_text_member(j, "state", state_name(job));
    eg_json_number_member(j, "provisionedPercentage", percentage(job));
    eg_json_number_member(j, "deviceGroupId", job->group_id);
    eg_json_number_member(j, "total", job->total);
    eg_json_number_member(j, "done", (int64_t)(job->total - job->todo) + job->done);
    eg_json_number_member(j, "failed", job->failed);
    eg_api_time_member(j, "createdAt", job->created_s);
    eg_json_key(j, "deviceIds");
    eg_json_begin_array(j);
    for (size_t i = 0; i < devices->count; i++) {
        char dec[EG_UUID_DEC_MAX + 1];
        eg_uuid_to_dec(&devices->items[i], dec);
        eg_json_put_text(j, dec);
    }
    eg_json_end_array(j);
    eg_json_end_object(j);
}

eg_status eg_api_job_get(struct eg_api_call *a)
{
    struct eg_store *store = eg_core_store(a->c.core);
    struct eg_job job;
    struct eg_uuid_list devices;
    bool parked;
    const char *uuid = eg_arena_text(a->c.arena, a->params[0]);
    if (uuid == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    if (strlen(uuid) != EG_JOB_UUID_LEN) {
        return EG_ERR(JOB_UNKNOWN);
    }
    EG_TRY(eg_store_job_get(store, a->c.company_id, uuid, a->c.arena, &job));
    EG_TRY(eg_api_wait(a, job.state == EG_JOB_PROCESSING, eg_topic_job(uuid), &parked));
    if (parked) {
        return EG_OK;
    }
    EG_TRY(eg_store_job_devices(store, a->c.company_id, uuid, a->c.arena, &devices));
    put_job(&a->json, &job, &devices);
    return EG_OK;
}
