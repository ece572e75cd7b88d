/* SPDX-License-Identifier: Apache-2.0 */
#include "host/cli/output.h"
#include "host/cli/plan.h"
#include "host/cli/station.h"
#include "host/cli/verbs.h"

struct options {
    const char *config, *firmware, *twin;
    uint64_t run_timeout_s, baud;
    bool dry_run, re_assign, no_verify, plan;
};

static void device(struct eg_worker *w, const char *target, struct eg_device_result *out, void *arg)
{
    const struct options *o = arg;
    struct eg_step_view view = {0};
    struct eg_provision_job job = eg_station_job(w, target);

    job.dry_run = o->dry_run;
    job.run_wait_ms = (uint32_t)o->run_timeout_s * 1000;
    job.re_assign = o->re_assign;
    job.verify = !o->no_verify;
    if (o->plan) {
        eg_plan_device(&job, o->twin, (uint32_t)o->baud, w->station->json, out);
        return;
    }
    if (w->only_one && !w->station->json) {
        job.on_step = eg_step_view_on;
        job.arg = &view;
    }
    (void)eg_provision_device(&job, out);
    eg_step_view_end(&view, out);
}

static int run(struct eg_station *s, struct options *o, char **targets, size_t count)
{
    struct eg_problem why;
    const struct eg_station_verb work = {
        .needs_service = true,
        .device = device,
        .done = o->plan      ? "planned"
                : o->dry_run ? "dry run passed"
                             : "provisioned",
        .arg = o,
    };

    eg_problem_clear(&why);
    eg_status st = eg_station_open(
        s, o->config, o->firmware,
        EG_CONFIG_NEED_SERVICE | EG_CONFIG_NEED_GROUP | EG_CONFIG_NEED_FAMILY, &why);
    int code = eg_ok(st) ? eg_station_run(s, &work, targets, count) : eg_cli_fail(s->json, &why);
    eg_station_close(s);
    return code;
}

int eg_cmd_provision(const struct eg_verb *verb, int argc, char **argv)
{
    struct options o = {0};
    struct eg_station s = {0};
    const struct eg_opt opts[] = {
        {"config", 'c', "FILE", EG_OPT_TEXT, &o.config, true, "configuration of the line"},
        {"jobs", 'j', "N", EG_OPT_NUMBER, &s.jobs, false, "devices at a time (default 16)"},
        {"dry-run", '\0', NULL, EG_OPT_FLAG, &o.dry_run, false,
         "let the firmware check everything, change nothing"},
        {"re-assign", '\0', NULL, EG_OPT_FLAG, &o.re_assign, false,
         "take a device out of another group first"},
        {"no-verify", '\0', NULL, EG_OPT_FLAG, &o.no_verify, false,
         "do not challenge the new keys afterwards"},
        {"fw", '\0', "FILE", EG_OPT_TEXT, &o.firmware, false,
         "provisioning firmware, instead of prov_fw_path"},
        {"run-timeout", '\0', "S", EG_OPT_NUMBER, &o.run_timeout_s, false,
         "seconds the firmware may work (default 30)"},
        {"plan", '\0', NULL, EG_OPT_FLAG, &o.plan, false,
         "show what would be burned, by a run on a virtual twin; needs --twin"},
        {"twin", '\0', "PATH", EG_OPT_TEXT, &o.twin, false,
         "chip file of the twin, or a folder with <uuid>.chip"},
        {"baud", '\0', "N", EG_OPT_NUMBER, &o.baud, false,
         "rate that the plan's line time is for (default 57600)"},
        {"json", '\0', NULL, EG_OPT_FLAG, &s.json, false, "one JSON line per device"},
    };
    int first = 0;

    int code = eg_cli_parse(verb, opts, sizeof opts / sizeof opts[0], argc, argv, 1, -1, &first);
    if (code != EG_CLI_GO_ON) {
        return code;
    }
    if (o.run_timeout_s > EG_STATION_RUN_TIMEOUT_S_MAX) {
        return eg_cli_usage(verb, "--run-timeout is at most %d.", EG_STATION_RUN_TIMEOUT_S_MAX);
    }
    if (o.plan != (o.twin != NULL) || o.baud > EG_PLAN_BAUD_MAX) {
        return eg_cli_usage(verb, "--plan and --twin go together, --baud is at most %d.",
                            EG_PLAN_BAUD_MAX);
    }
    return run(&s, &o, argv + first, (size_t)(argc - first));
}
