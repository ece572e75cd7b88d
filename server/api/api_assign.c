/* SPDX-License-Identifier: Apache-2.0 */
/* Devices into a group and out of it, and how it went on the line. */
#include <stdio.h>
#include <string.h>

#include "server/api/handlers.h"
#include "server/core/device.h"
#include "server/core/product.h"
#include "server/main/limits.h"

static eg_status assign(struct eg_api_call *a, struct eg_job *out)
{
    int64_t nc12, group;
    struct eg_uuid *uuids = NULL;
    size_t count = 0;
    EG_TRY(eg_api_group(a, &nc12, &group));
    EG_TRY(eg_api_device_ids(a, &uuids, &count));
    return eg_devices_assign(&a->c, nc12, group, uuids, count, out);
}

/** 202 with an empty body, as the original service. */
eg_status eg_api_devices_assign(struct eg_api_call *a)
{
    eg_api_makes(a, 202, NULL, NULL);
    return assign(a, &a->room.job);
}

/** The body is the bare job id: clients take it verbatim. */
static eg_status put_job_id(struct eg_api_call *a, const void *made)
{
    const struct eg_job *job = made;
    a->text_type = "text/plain";
    return eg_arena_dup(a->c.arena, eg_span_str(job->uuid), &a->text);
}

eg_status eg_api_devices_register(struct eg_api_call *a)
{
    eg_api_makes(a, 202, put_job_id, &a->room.job);
    return assign(a, &a->room.job);
}

static void answer_count(struct eg_api_call *a, uint32_t n)
{
    eg_json_begin_object(&a->json);
    eg_json_number_member(&a->json, "unclaimed", n);
    eg_json_end_object(&a->json);
}

eg_status eg_api_devices_unclaim(struct eg_api_call *a)
{
    int64_t nc12, group;
    struct eg_group g;
    struct eg_uuid *uuids = NULL;
    size_t count = 0;
    uint32_t n = 0;
    EG_TRY(eg_api_group(a, &nc12, &group));
    EG_TRY(eg_group_of(&a->c, nc12, group, &g));
    EG_TRY(eg_api_device_ids(a, &uuids, &count));
    EG_TRY(eg_store_unclaim(eg_core_store(a->c.core), a->c.company_id, group, uuids, count,
                            a->c.actor, a->c.now_ms / 1000, &n));
    answer_count(a, n);
    return EG_OK;
}

eg_status eg_api_group_unclaim(struct eg_api_call *a)
{
    int64_t nc12, group;
    struct eg_group g;
    uint32_t n = 0;
    EG_TRY(eg_api_group(a, &nc12, &group));
    EG_TRY(eg_group_of(&a->c, nc12, group, &g));
    EG_TRY(eg_store_unclaim_all(eg_core_store(a->c.core), a->c.company_id, group, a->c.actor,
                                a->c.now_ms / 1000, &n));
    answer_count(a, n);
    return EG_OK;
}

eg_status eg_api_device_report(struct eg_api_call *a)
{
    int64_t nc12, group;
    struct eg_uuid uuid;
    char line[EG_LIMIT_DETAIL_CHARS + EG_LIMIT_NAME_CHARS];
    EG_TRY(eg_api_group(a, &nc12, &group));
    EG_TRY(eg_api_device(a, 2, &uuid));
    struct eg_json_in *in = &a->in;
    const char *result = eg_json_text(in, "result", EG_JSON_REQUIRED, 1, EG_LIMIT_NAME_CHARS);
    const char *word = eg_json_text(in, "statusWord", EG_JSON_OPTIONAL, 0, 20);
    const char *detail = eg_json_text(in, "detail", EG_JSON_OPTIONAL, 0, EG_LIMIT_DETAIL_CHARS);
    bool good = result != NULL && strcmp(result, "PROVISIONED") == 0;
    if (result != NULL && !good && strcmp(result, "FAILED") != 0) {
        eg_json_refuse(in, "result", "PROVISIONED or FAILED is needed");
    }
    EG_TRY(eg_api_body_status(a));
    word = word == NULL ? "" : word;
    detail = detail == NULL ? "" : detail;
    snprintf(line, sizeof(line), "%s%s%s", word, word[0] != '\0' && detail[0] != '\0' ? " " : "",
             detail);
    a->status = 204;
    return eg_device_report(&a->c, nc12, group, &uuid, good, line);
}
