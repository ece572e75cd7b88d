/* SPDX-License-Identifier: Apache-2.0 */
#include "host/cli/output.h"
#include "host/cli/station.h"
#include "host/cli/verbs.h"

enum { OBJECTS_FILE_MAX = 1024 * 1024 };

struct options {
    const char *config, *firmware;
    struct eg_file_bytes objects;
};

static void device(struct eg_worker *w, const char *target, struct eg_device_result *out, void *arg)
{
    const struct options *o = arg;
    struct eg_step_view view = {0};
    struct eg_provision_job job = eg_station_job(w, target);

    if (!w->station->json) {
        job.on_step = eg_step_view_on;
        job.arg = &view;
    }
    (void)eg_job_load(&job, eg_file_span(&o->objects), out);
    eg_step_view_end(&view, out);
}

static int run(struct eg_station *s, struct options *o, char **targets, const char *file)
{
    struct eg_problem why;
    const struct eg_station_verb work = {.device = device, .done = "loaded", .arg = o};

    eg_problem_clear(&why);
    eg_status st = eg_station_open(s, o->config, o->firmware, EG_CONFIG_NEED_FAMILY, &why);
    if (eg_ok(st)) {
        st = eg_problem_say(&why, eg_file_read(file, OBJECTS_FILE_MAX, &o->objects),
                            "The file of objects %.300s cannot be read.", file);
    }
    int code = eg_ok(st) ? eg_station_run(s, &work, targets, 1) : eg_cli_fail(s->json, &why);
    eg_file_bytes_free(&o->objects);
    eg_station_close(s);
    return code;
}

int eg_cmd_load(const struct eg_verb *verb, int argc, char **argv)
{
    struct options o = {0};
    struct eg_station s = {0};
    const struct eg_opt opts[] = {
        {"config", 'c', "FILE", EG_OPT_TEXT, &o.config, true, "configuration of the line"},
        {"fw", '\0', "FILE", EG_OPT_TEXT, &o.firmware, false,
         "provisioning firmware, instead of prov_fw_path"},
        {"json", '\0', NULL, EG_OPT_FLAG, &s.json, false, "one JSON line"},
    };
    int first = 0;

    int code = eg_cli_parse(verb, opts, sizeof opts / sizeof opts[0], argc, argv, 2, 2, &first);
    return code != EG_CLI_GO_ON ? code : run(&s, &o, argv + first, argv[first + 1]);
}
