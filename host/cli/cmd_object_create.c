/* SPDX-License-Identifier: Apache-2.0 */
#include "host/cli/admin_print.h"
#include "host/cli/connect.h"
#include "host/cli/verbs.h"
#include "lib/os/file.h"

enum { FILE_MAX = 1024 * 1024 };

/* The file as JSON; returns owned. */
static eg_status read_json(const char *path, json_t **out, struct eg_problem *why)
{
    struct eg_file_bytes file = {0};
    json_error_t error;

    eg_status st = eg_file_read(path, FILE_MAX, &file);
    if (!eg_ok(st)) {
        return eg_problem_say(why, st, "%.300s cannot be read.", path);
    }
    *out = json_loadb((const char *)file.ptr, file.len, 0, &error);
    eg_file_bytes_free(&file);
    return *out != NULL
               ? EG_OK
               : eg_problem_say(why, EG_ERR(HOST_CONFIG), "%.200s, line %d, is not JSON: %.150s.",
                                path, error.line, error.text);
}

static eg_status create(struct eg_connect *c, const char *path, struct eg_problem *why)
{
    json_t *body = NULL, *answer = NULL;

    EG_TRY(read_json(path, &body, why));
    eg_status st = eg_connect_open(c, why);
    if (eg_ok(st)) {
        st = eg_rest_json(c->rest, "POST", body, &answer, why, "/api/v1/rtp/secure-objects");
    }
    json_decref(body);
    if (eg_ok(st)) {
        eg_admin_print_one(c->json, answer);
    }
    json_decref(answer);
    return st;
}

int eg_cmd_object_create(const struct eg_verb *verb, int argc, char **argv)
{
    struct eg_connect c = {0};
    const struct eg_opt opts[] = {EG_CONNECT_OPTIONS(&c)};
    struct eg_problem why;
    int first = 0;

    eg_problem_clear(&why);
    int code = eg_cli_parse(verb, opts, sizeof opts / sizeof opts[0], argc, argv, 1, 1, &first);
    if (code != EG_CLI_GO_ON) {
        return code;
    }
    eg_status st = create(&c, argv[first], &why);
    eg_connect_close(&c);
    return eg_ok(st) ? EG_EXIT_OK : eg_cli_fail(c.json, &why);
}
