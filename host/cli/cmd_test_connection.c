/* SPDX-License-Identifier: Apache-2.0 */
#include "host/cli/output.h"
#include "host/cli/station.h"
#include "host/cli/verbs.h"

static eg_status check(const struct eg_station *s, struct eg_problem *why)
{
    struct eg_rest *rest = NULL;
    struct eg_rest_options o = {.url = s->config.url,
                                .api_key = s->config.api_key,
                                .ca_file = s->config.ca_file,
                                .timeout_s = s->config.timeout_s};

    EG_TRY(eg_problem_set(why, eg_rest_new(&o, &rest)));
    struct eg_service service = {rest, &s->config, s->family};
    eg_status st = eg_service_check(&service, why);
    eg_rest_free(rest);
    return st;
}

static void print_good(const struct eg_station *s)
{
    unsigned long long nc12 = (unsigned long long)s->config.nc12;
    unsigned long long group = (unsigned long long)s->config.device_group_id;

    if (s->json) {
        eg_out_json(json_pack("{s:b, s:s, s:I, s:I}", "ok", 1, "url", s->config.url, "nc12",
                              (json_int_t)nc12, "deviceGroupId", (json_int_t)group));
    } else {
        eg_out_line("%sok%s    %s knows this key; product %llu, device group %llu.",
                    eg_out_colour(EG_GREEN), eg_out_colour(EG_PLAIN), s->config.url, nc12, group);
    }
}

int eg_cmd_test_connection(const struct eg_verb *verb, int argc, char **argv)
{
    const char *config = NULL;
    struct eg_station s = {0};
    const struct eg_opt opts[] = {
        {"config", 'c', "FILE", EG_OPT_TEXT, &config, true, "configuration of the line"},
        {"json", '\0', NULL, EG_OPT_FLAG, &s.json, false, "one JSON line"},
    };
    struct eg_problem why;
    int first = 0;

    int code = eg_cli_parse(verb, opts, sizeof opts / sizeof opts[0], argc, argv, 0, 0, &first);
    if (code != EG_CLI_GO_ON) {
        return code;
    }
    eg_problem_clear(&why);
    eg_status st =
        eg_station_open(&s, config, NULL, EG_CONFIG_NEED_SERVICE | EG_CONFIG_NEED_GROUP, &why);
    if (eg_ok(st)) {
        st = check(&s, &why);
    }
    if (eg_ok(st)) {
        print_good(&s);
    }
    code = eg_ok(st) ? EG_EXIT_OK : eg_cli_fail(s.json, &why);
    eg_station_close(&s);
    return code;
}
