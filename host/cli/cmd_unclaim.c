/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "host/cli/output.h"
#include "host/cli/station.h"
#include "host/cli/verbs.h"

enum { CHUNK = 500 }; /* devices of one request */

struct options {
    const char *config, *id;
    bool all;
};

/* Devices to take out of the group. */
struct devices {
    struct eg_uuid *list;
    size_t count;
};

static eg_status add(void *arg, const struct eg_uuid *device)
{
    struct devices *d = arg;
    struct eg_uuid *longer = realloc(d->list, (d->count + 1) * sizeof longer[0]);

    if (longer == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    d->list = longer;
    d->list[d->count++] = *device;
    return EG_OK;
}

/* From --all, --uuid, or by reading a device. */
static eg_status collect(const struct eg_service *service, const struct options *o,
                         const char *target, struct devices *d, struct eg_problem *why)
{
    struct eg_device_result r;
    struct eg_uuid id;

    if (o->all) {
        return eg_service_devices(service, add, d, why);
    }
    if (o->id != NULL) {
        EG_TRY(eg_problem_set(why, eg_cli_uuid(o->id, &id)));
        return eg_problem_set(why, add(d, &id));
    }
    const struct eg_provision_job job = {.target = target, .service = service};
    if (!eg_ok(eg_job_uuid(&job, &r))) {
        *why = r.problem;
        return why->status;
    }
    return eg_problem_set(why, add(d, &r.uuid));
}

static eg_status unclaim_all(const struct eg_service *service, const struct devices *d,
                             struct eg_problem *why)
{
    for (size_t i = 0; i < d->count; i += CHUNK) {
        size_t n = d->count - i < CHUNK ? d->count - i : CHUNK;
        EG_TRY(eg_service_unclaim(service, d->list + i, n, why));
        eg_out_bar("unclaim", i + n, d->count);
    }
    eg_out_bar_clear();
    return EG_OK;
}

static eg_status work(const struct eg_station *s, const struct options *o, const char *target,
                      size_t *out_count, struct eg_problem *why)
{
    struct eg_rest *rest = NULL;
    struct devices d = {0};
    struct eg_rest_options ro = {.url = s->config.url,
                                 .api_key = s->config.api_key,
                                 .ca_file = s->config.ca_file,
                                 .timeout_s = s->config.timeout_s};

    EG_TRY(eg_problem_set(why, eg_rest_new(&ro, &rest)));
    struct eg_service service = {rest, &s->config, s->family};
    eg_status st = collect(&service, o, target, &d, why);
    if (eg_ok(st)) {
        st = unclaim_all(&service, &d, why);
    }
    *out_count = d.count;
    free(d.list);
    eg_rest_free(rest);
    return st;
}

static int run(struct eg_station *s, const struct options *o, const char *target)
{
    struct eg_problem why;
    size_t count = 0;

    eg_problem_clear(&why);
    eg_status st =
        eg_station_open(s, o->config, NULL, EG_CONFIG_NEED_SERVICE | EG_CONFIG_NEED_GROUP, &why);
    if (eg_ok(st)) {
        st = work(s, o, target, &count, &why);
    }
    if (eg_ok(st) && s->json) {
        eg_out_json(json_pack("{s:b, s:I}", "ok", 1, "unclaimed", (json_int_t)count));
    } else if (eg_ok(st)) {
        eg_out_line("%sok%s    %zu devices taken out of group %llu", eg_out_colour(EG_GREEN),
                    eg_out_colour(EG_PLAIN), count, (unsigned long long)s->config.device_group_id);
    }
    int code = eg_ok(st) ? EG_EXIT_OK : eg_cli_fail(s->json, &why);
    eg_station_close(s);
    return code;
}

int eg_cmd_unclaim(const struct eg_verb *verb, int argc, char **argv)
{
    struct options o = {0};
    struct eg_station s = {0};
    const struct eg_opt opts[] = {
        {"config", 'c', "FILE", EG_OPT_TEXT, &o.config, true, "configuration of the line"},
        {"uuid", 'u', "ID", EG_OPT_TEXT, &o.id, false,
         "UUID (32 hex digits, or decimal) instead of a target"},
        {"all", '\0', NULL, EG_OPT_FLAG, &o.all, false, "all devices of the group"},
        {"json", '\0', NULL, EG_OPT_FLAG, &s.json, false, "one JSON line"},
    };
    int first = 0;

    int code = eg_cli_parse(verb, opts, sizeof opts / sizeof opts[0], argc, argv, 0, 1, &first);
    if (code != EG_CLI_GO_ON) {
        return code;
    }
    int ways = (o.id != NULL) + (o.all ? 1 : 0) + (first < argc);
    if (ways != 1) {
        return eg_cli_usage(verb, "give one of: a target, --uuid, --all.");
    }
    return run(&s, &o, first < argc ? argv[first] : NULL);
}
