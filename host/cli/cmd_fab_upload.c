/* SPDX-License-Identifier: Apache-2.0 */
#include "host/cli/connect.h"
#include "host/cli/output.h"
#include "host/cli/verbs.h"
#include "lib/os/file.h"

enum { MANIFEST_FILE_MAX = 256 * 1024 * 1024 };

static long long count_of(const json_t *answer, const char *name)
{
    return (long long)json_integer_value(json_object_get(answer, name));
}

static eg_status print_answer(bool json, struct eg_span body, struct eg_problem *why)
{
    json_error_t error;
    json_t *answer = json_loadb((const char *)body.ptr, body.len, 0, &error);

    if (!json_is_object(answer)) {
        json_decref(answer);
        return eg_problem_set(why, EG_ERR(HOST_ANSWER));
    }
    if (json) {
        eg_out_json(answer);
        return EG_OK;
    }
    eg_out_line("%sok%s    manifest %lld: %lld chips, %lld new, %lld known already",
                eg_out_colour(EG_GREEN), eg_out_colour(EG_PLAIN), count_of(answer, "manifestId"),
                count_of(answer, "count"), count_of(answer, "new"), count_of(answer, "known"));
    json_decref(answer);
    return EG_OK;
}

static eg_status upload(struct eg_connect *c, const char *path, struct eg_problem *why)
{
    struct eg_file_bytes file = {0};
    struct eg_rest_answer answer;

    EG_TRY(eg_connect_open(c, why));
    eg_status st = eg_file_read(path, MANIFEST_FILE_MAX, &file);
    if (!eg_ok(st)) {
        return eg_problem_say(why, st, "The manifest %.300s cannot be read.", path);
    }
    struct eg_rest_call call = {.method = "POST",
                                .path = "/api/v1/roots-of-trust",
                                .body = eg_file_span(&file),
                                .content_type = "application/pkcs7-mime"};
    st = eg_rest_send(c->rest, &call, &answer, why);
    if (eg_ok(st)) {
        st = print_answer(c->json, answer.body, why);
    }
    eg_file_bytes_free(&file);
    return st;
}

int eg_cmd_fab_upload(const struct eg_verb *verb, int argc, char **argv)
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
    eg_status st = upload(&c, argv[first], &why);
    eg_connect_close(&c);
    return eg_ok(st) ? EG_EXIT_OK : eg_cli_fail(c.json, &why);
}
