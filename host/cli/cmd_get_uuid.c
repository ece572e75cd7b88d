/* SPDX-License-Identifier: Apache-2.0 */
#include "host/cli/station.h"
#include "host/cli/verbs.h"

static void device(struct eg_worker *w, const char *target, struct eg_device_result *out, void *arg)
{
    (void)w;
    (void)arg;
    (void)eg_job_uuid(target, out);
}

int eg_cmd_get_uuid(const struct eg_verb *verb, int argc, char **argv)
{
    struct eg_station s = {0};
    const struct eg_opt opts[] = {
        {"jobs", 'j', "N", EG_OPT_NUMBER, &s.jobs, false, "devices at a time (default 16)"},
        {"json", '\0', NULL, EG_OPT_FLAG, &s.json, false, "one JSON line per device"},
    };
    const struct eg_station_verb work = {.device = device, .done = "read"};
    int first = 0;

    int code = eg_cli_parse(verb, opts, sizeof opts / sizeof opts[0], argc, argv, 1, -1, &first);
    if (code != EG_CLI_GO_ON) {
        return code;
    }
    code = eg_station_run(&s, &work, argv + first, (size_t)(argc - first));
    eg_station_close(&s);
    return code;
}
