/* SPDX-License-Identifier: Apache-2.0 */
#include "host/cli/output.h"
#include "host/cli/station.h"
#include "host/cli/verbs.h"

struct options {
    const char *config, *family;
};

static void device(struct eg_worker *w, const char *target, struct eg_device_result *out, void *arg)
{
    const struct eg_provision_job job = eg_station_job(w, target);
    (void)arg;
    (void)eg_job_uuid(&job, out);
}

/* Which family it is matters for parts whose line is a U-Boot console. */
static eg_status open_station(struct eg_station *s, const struct options *o, struct eg_problem *why)
{
    if (o->family != NULL) {
        return eg_station_open_family(s, o->family, why);
    }
    return o->config != NULL ? eg_station_open(s, o->config, NULL, EG_CONFIG_NEED_FAMILY, why)
                             : EG_OK;
}

static int run(struct eg_station *s, const struct options *o, char **targets, size_t count)
{
    struct eg_problem why;
    const struct eg_station_verb work = {.device = device, .done = "read"};

    eg_problem_clear(&why);
    eg_status st = open_station(s, o, &why);
    int code = eg_ok(st) ? eg_station_run(s, &work, targets, count) : eg_cli_fail(s->json, &why);
    eg_station_close(s);
    return code;
}

int eg_cmd_get_uuid(const struct eg_verb *verb, int argc, char **argv)
{
    struct options o = {0};
    struct eg_station s = {0};
    const struct eg_opt opts[] = {
        {"family", 'f', "NAME", EG_OPT_TEXT, &o.family, false,
         "chip family; needed for parts with a U-Boot console"},
        {"config", 'c', "FILE", EG_OPT_TEXT, &o.config, false,
         "take the family from the configuration of the line"},
        {"jobs", 'j', "N", EG_OPT_NUMBER, &s.jobs, false, "devices at a time (default 16)"},
        {"json", '\0', NULL, EG_OPT_FLAG, &s.json, false, "one JSON line per device"},
    };
    int first = 0;

    int code = eg_cli_parse(verb, opts, sizeof opts / sizeof opts[0], argc, argv, 1, -1, &first);
    if (code != EG_CLI_GO_ON) {
        return code;
    }
    if (o.family != NULL && o.config != NULL) {
        return eg_cli_usage(verb, "give --family or --config, not both.");
    }
    return run(&s, &o, argv + first, (size_t)(argc - first));
}
