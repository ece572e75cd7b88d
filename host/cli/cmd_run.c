/* SPDX-License-Identifier: Apache-2.0 */
#include "host/cli/output.h"
#include "host/cli/station.h"
#include "host/cli/verbs.h"

struct options {
    const char *config;
    uint64_t run_timeout_s;
    bool dry_run, no_report;
};

static void device(struct eg_worker *w, const char *target, struct eg_device_result *out, void *arg)
{
    const struct options *o = arg;
    struct eg_provision_job job = eg_station_job(w, target);

    job.dry_run = o->dry_run;
    job.run_wait_ms = (uint32_t)o->run_timeout_s * 1000;
    (void)eg_job_run(&job, out);
}

static int run(struct eg_station *s, struct options *o, char **targets, size_t count)
{
    struct eg_problem why;
    bool reports = !o->dry_run && !o->no_report;
    const struct eg_station_verb work = {
        .needs_service = reports,
        .device = device,
        .done = o->dry_run ? "dry run passed" : "provisioned",
        .arg = o,
    };
    uint32_t needs = EG_CONFIG_NEED_FAMILY;

    if (reports) {
        needs |= EG_CONFIG_NEED_SERVICE | EG_CONFIG_NEED_GROUP;
    }
    eg_problem_clear(&why);
    eg_status st = eg_station_open(s, o->config, NULL, needs, &why);
    int code = eg_ok(st) ? eg_station_run(s, &work, targets, count) : eg_cli_fail(s->json, &why);
    eg_station_close(s);
    return code;
}

int eg_cmd_run(const struct eg_verb *verb, int argc, char **argv)
{
    struct options o = {0};
    struct eg_station s = {0};
    const struct eg_opt opts[] = {
        {"config", 'c', "FILE", EG_OPT_TEXT, &o.config, true, "configuration of the line"},
        {"jobs", 'j', "N", EG_OPT_NUMBER, &s.jobs, false, "devices at a time (default 16)"},
        {"dry-run", '\0', NULL, EG_OPT_FLAG, &o.dry_run, false,
         "let the firmware check everything, change nothing"},
        {"no-report", '\0', NULL, EG_OPT_FLAG, &o.no_report, false,
         "do not tell the service how it went"},
        {"run-timeout", '\0', "S", EG_OPT_NUMBER, &o.run_timeout_s, false,
         "seconds the firmware may work (default 30)"},
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
    return run(&s, &o, argv + first, (size_t)(argc - first));
}
