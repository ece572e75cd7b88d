/* SPDX-License-Identifier: Apache-2.0 */
#include "host/cli/plan.h"

#include <string.h>

#include "host/lib/fw_status.h"
#include "lib/base/text.h"

enum {
    FRAME_BYTES = 512,   /* of data in one frame, as McuBoot parts take them */
    FRAME_OVERHEAD = 8,  /* frame header, and the acknowledgement */
    COMMAND_BYTES = 400, /* pings, properties, commands and their answers */
    WORD_BYTES = 4,      /* that one line at a U-Boot console writes */
    WORD_LINE =
        30, /* "mw.l 0x82000000 00112233", its end, and the prompt; the echo comes with it */
};

static size_t framed(size_t bytes)
{
    return bytes + (bytes + FRAME_BYTES - 1) / FRAME_BYTES * FRAME_OVERHEAD;
}

/* What keeps the line busy while objects and firmware pass. */
static size_t line_bytes(const struct eg_family *f, size_t objects, size_t firmware)
{
    if (f->load == EG_LOAD_UBOOT) {
        return (objects + WORD_BYTES - 1) / WORD_BYTES * WORD_LINE + COMMAND_BYTES;
    }
    return framed(objects) + framed(firmware) + COMMAND_BYTES;
}

static eg_status dump(struct eg_twin *t, json_t **out)
{
    return eg_app_ask(&t->ctl, json_pack("{s:s}", "op", "dump"), out);
}

static eg_status trace_begin(struct eg_twin *t)
{
    json_t *answer = NULL;
    eg_status st = eg_app_ask(&t->ctl, json_pack("{s:s, s:b}", "op", "trace", "on", 1), &answer);

    json_decref(answer);
    return st;
}

/* The writes since trace_begin(). */
static eg_status trace_take(struct eg_twin *t, json_t **out, uint64_t *dropped)
{
    json_t *answer = NULL;

    EG_TRY(eg_app_ask(&t->ctl, json_pack("{s:s}", "op", "trace"), &answer));
    *out = json_incref(json_object_get(answer, "writes"));
    *dropped += (uint64_t)json_integer_value(json_object_get(answer, "dropped"));
    json_decref(answer);
    return *out != NULL ? EG_OK : EG_ERR(HOST_APP_ANSWER);
}

/* How the twin's run ended, also of families that say nothing about it on their line. */
static eg_status judge_twin(const struct eg_plan_report *p, struct eg_device_result *mine)
{
    uint64_t word = 0;
    const char *text = json_string_value(json_object_get(p->after, "last_result"));

    if (text == NULL || !eg_ok(eg_number_parse(eg_span_str(text), UINT32_MAX, &word))) {
        return eg_problem_set(&mine->problem, EG_ERR(HOST_NO_FW_ANSWER));
    }
    mine->fw_result = (uint32_t)word;
    return eg_fw_judge(mine->fw_result, &mine->problem);
}

/* What happens to the twin goes into *mine; a failure of it is the plan's. */
static eg_status run_twin(const struct eg_provision_job *job, struct eg_twin *t,
                          struct eg_span objects, struct eg_plan_report *p,
                          struct eg_device_result *mine)
{
    struct eg_service offline = *job->service;
    struct eg_provision_job twin = *job;

    offline.rest = NULL; /* the service hears nothing of a twin */
    twin.service = &offline;
    twin.target = t->target;
    twin.dry_run = false;
    twin.on_step = NULL;
    EG_TRY(eg_problem_set(&mine->problem, trace_begin(t)));
    EG_TRY(eg_problem_set(&mine->problem, dump(t, &p->before)));
    EG_TRY(eg_job_load(&twin, objects, mine));
    EG_TRY(eg_problem_set(&mine->problem, trace_take(t, &p->load, &p->dropped)));
    EG_TRY(eg_problem_set(&mine->problem, trace_begin(t)));
    EG_TRY(eg_job_run(&twin, mine));
    p->run_ms = mine->step_ms[p->starts_at_once ? EG_STEP_LOAD : EG_STEP_RUN];
    EG_TRY(eg_problem_set(&mine->problem, trace_take(t, &p->run, &p->dropped)));
    EG_TRY(eg_problem_set(&mine->problem, dump(t, &p->after)));
    return judge_twin(p, mine);
}

static eg_status with_twin(const struct eg_provision_job *job, const char *path,
                           const struct eg_objects *objects, struct eg_plan_report *p,
                           struct eg_device_result *out)
{
    struct eg_twin twin;
    struct eg_device_result mine;

    memset(&mine, 0, sizeof mine);
    eg_status st = eg_twin_start(path, &out->uuid, &twin);
    if (eg_ok(st)) {
        st = run_twin(job, &twin, objects->bytes, p, &mine);
        out->problem = mine.problem;
        out->step = mine.step;
        out->fw_result = mine.fw_result;
    } else {
        eg_problem_say(&out->problem, st, "There is no virtual twin of this device at %s.", path);
    }
    eg_twin_stop(&twin);
    return st;
}

void eg_plan_device(const struct eg_provision_job *job, const char *twin, uint32_t baud, bool json,
                    struct eg_device_result *out)
{
    struct eg_objects objects;
    const struct eg_family *f = job->service->family;
    struct eg_plan_report p = {
        .result = out,
        .firmware_bytes = f->load == EG_LOAD_UBOOT ? 0 : job->firmware.len,
        .starts_at_once = f->load == EG_LOAD_SPLIT,
        .baud = baud != 0 ? baud : EG_TRANSPORT_BAUD_DEFAULT,
    };

    if (eg_ok(eg_job_fetch(job, out, &objects)) && eg_ok(with_twin(job, twin, &objects, &p, out))) {
        p.line_bytes = line_bytes(f, objects.bytes.len, p.firmware_bytes);
        eg_plan_print(json, &p);
    }
    json_decref(p.before);
    json_decref(p.after);
    json_decref(p.load);
    json_decref(p.run);
    eg_objects_cleanup(&objects);
}
