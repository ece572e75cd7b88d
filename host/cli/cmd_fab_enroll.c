/* SPDX-License-Identifier: Apache-2.0 */
#include "host/cli/admin_print.h"
#include "host/cli/connect.h"
#include "host/cli/verbs.h"
#include "lib/os/file.h"

enum { CERT_FILE_MAX = 16384 };

static eg_status enroll(struct eg_connect *c, const char *path, const char *name,
                        struct eg_problem *why)
{
    struct eg_file_bytes file = {0};
    json_t *answer = NULL;

    EG_TRY(eg_connect_open(c, why));
    eg_status st = eg_file_read(path, CERT_FILE_MAX, &file);
    if (!eg_ok(st)) {
        return eg_problem_say(why, st, "The certificate %.300s cannot be read.", path);
    }
    json_t *body = json_pack("{s:s, s:o}", "name", name, "certificate",
                             json_stringn((const char *)file.ptr, file.len));
    eg_file_bytes_free(&file);
    if (body == NULL) {
        return eg_problem_say(why, EG_ERR(CRYPTO_BAD_CERT), "%.300s is not a PEM file.", path);
    }
    st = eg_rest_json(c->rest, "POST", body, &answer, why, "/api/v1/roots-of-trust/signers");
    json_decref(body);
    if (eg_ok(st)) {
        eg_admin_print_one(c->json, answer);
    }
    json_decref(answer);
    return st;
}

int eg_cmd_fab_enroll(const struct eg_verb *verb, int argc, char **argv)
{
    struct eg_connect c = {0};
    const char *name = NULL;
    const struct eg_opt opts[] = {
        EG_CONNECT_OPTIONS(&c),
        {"name", '\0', "TEXT", EG_OPT_TEXT, &name, true, "name of the chip maker"},
    };
    struct eg_problem why;
    int first = 0;

    eg_problem_clear(&why);
    int code = eg_cli_parse(verb, opts, sizeof opts / sizeof opts[0], argc, argv, 1, 1, &first);
    if (code != EG_CLI_GO_ON) {
        return code;
    }
    eg_status st = enroll(&c, argv[first], name, &why);
    eg_connect_close(&c);
    return eg_ok(st) ? EG_EXIT_OK : eg_cli_fail(c.json, &why);
}
