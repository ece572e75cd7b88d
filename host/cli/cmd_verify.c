/* SPDX-License-Identifier: Apache-2.0 */
#include "host/cli/output.h"
#include "host/cli/station.h"
#include "host/cli/verbs.h"

static void device(struct eg_worker *w, const char *target, struct eg_device_result *out, void *arg)
{
    struct eg_provision_job job = eg_station_job(w, target);

    (void)arg;
    (void)eg_job_verify(&job, out);
}

int eg_cmd_verify(const struct eg_verb *verb, int argc, char **argv)
{
    const char *config = NULL;
    struct eg_station s = {0};
    const struct eg_opt opts[] = {
        {"config", 'c', "FILE", EG_OPT_TEXT, &config, true, "configuration of the line"},
        {"jobs", 'j', "N", EG_OPT_NUMBER, &s.jobs, false, "devices at a time (default 16)"},
        {"json", '\0', NULL, EG_OPT_FLAG, &s.json, false, "one JSON line per device"},
    };
    const struct eg_station_verb work = {.needs_service = true, .device = device, .done = "good"};
    struct eg_problem why;
    int first = 0;

    int code = eg_cli_parse(verb, opts, sizeof opts / sizeof opts[0], argc, argv, 1, -1, &first);
    if (code != EG_CLI_GO_ON) {
        return code;
    }
    eg_problem_clear(&why);
    eg_status st = eg_station_open(
        &s, config, NULL, EG_CONFIG_NEED_SERVICE | EG_CONFIG_NEED_GROUP | EG_CONFIG_NEED_FAMILY,
        &why);
    code = eg_ok(st) ? eg_station_run(&s, &work, argv + first, (size_t)(argc - first))
                     : eg_cli_fail(s.json, &why);
    eg_station_close(&s);
    return code;
}
