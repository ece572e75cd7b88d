/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "host/cli/output.h"
#include "host/cli/station.h"
#include "host/cli/verbs.h"

struct options {
    const char *config, *id, *out;
    bool re_assign;
    struct eg_uuid uuid;
};

static void device(struct eg_worker *w, const char *target, struct eg_device_result *out, void *arg)
{
    const struct options *o = arg;
    struct eg_objects objects;
    struct eg_provision_job job = eg_station_job(w, target);

    job.re_assign = o->re_assign;
    job.device = o->id != NULL ? &o->uuid : NULL;
    if (eg_ok(eg_job_fetch(&job, out, &objects))) {
        eg_problem_say(&out->problem, eg_file_write(o->out, 0644, objects.bytes),
                       "The file %.300s cannot be written.", o->out);
    }
    eg_objects_cleanup(&objects);
}

static int run(struct eg_station *s, struct options *o, char *target)
{
    struct eg_problem why;
    char *targets[] = {target};
    const struct eg_station_verb work = {
        .needs_service = true, .device = device, .done = "fetched", .arg = o};

    eg_problem_clear(&why);
    eg_status st = eg_station_open(
        s, o->config, NULL, EG_CONFIG_NEED_SERVICE | EG_CONFIG_NEED_GROUP | EG_CONFIG_NEED_FAMILY,
        &why);
    int code = eg_ok(st) ? eg_station_run(s, &work, targets, 1) : eg_cli_fail(s->json, &why);
    eg_station_close(s);
    return code;
}

int eg_cmd_fetch(const struct eg_verb *verb, int argc, char **argv)
{
    static char no_target[] = "";
    struct options o = {0};
    struct eg_station s = {0};
    const struct eg_opt opts[] = {
        {"config", 'c', "FILE", EG_OPT_TEXT, &o.config, true, "configuration of the line"},
        {"uuid", 'u', "ID", EG_OPT_TEXT, &o.id, false,
         "UUID (32 hex digits, or decimal) instead of a target"},
        {"output", 'o', "FILE", EG_OPT_TEXT, &o.out, true, "where the objects go"},
        {"re-assign", '\0', NULL, EG_OPT_FLAG, &o.re_assign, false,
         "take the device out of another group first"},
        {"json", '\0', NULL, EG_OPT_FLAG, &s.json, false, "one JSON line"},
    };
    int first = 0;

    int code = eg_cli_parse(verb, opts, sizeof opts / sizeof opts[0], argc, argv, 0, 1, &first);
    if (code != EG_CLI_GO_ON) {
        return code;
    }
    if ((o.id != NULL) == (first < argc)) {
        return eg_cli_usage(verb, "give either a target or --uuid.");
    }
    if (o.id != NULL && !eg_ok(eg_cli_uuid(o.id, &o.uuid))) {
        return eg_cli_usage(verb, "--uuid is not a UUID.");
    }
    return run(&s, &o, o.id != NULL ? no_target : argv[first]);
}
