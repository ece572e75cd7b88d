/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates that the service hands out as PEM: for manifests, for secrets, CA chains. */
#include <stdio.h>
#include <string.h>

#include "host/cli/connect.h"
#include "host/cli/output.h"
#include "host/cli/verbs.h"
#include "lib/base/text.h"
#include "lib/os/file.h"

/* The table's path, "%llu" replaced by the id. */
static eg_status make_path(const char *format, const char *id, char *out, size_t room)
{
    const char *mark = strstr(format, "{1}");
    uint64_t number = 0;

    if (mark == NULL) {
        snprintf(out, room, "%s", format);
        return EG_OK;
    }
    EG_TRY(eg_number_parse(eg_span_str(id), INT64_MAX, &number));
    snprintf(out, room, "%.*s%llu%s", (int)(mark - format), format, (unsigned long long)number,
             mark + 3);
    return EG_OK;
}

static eg_status fetch(struct eg_connect *c, const char *path, const char *file,
                       struct eg_problem *why)
{
    struct eg_rest_answer answer;
    struct eg_rest_call call = {.method = "GET", .path = path};

    EG_TRY(eg_connect_open(c, why));
    EG_TRY(eg_rest_send(c->rest, &call, &answer, why));
    if (file != NULL) {
        return eg_problem_say(why, eg_file_write(file, 0644, answer.body),
                              "%.300s cannot be written.", file);
    }
    return fwrite(answer.body.ptr, 1, answer.body.len, stdout) == answer.body.len
               ? EG_OK
               : eg_problem_set(why, EG_ERR(OS_FILE));
}

int eg_cmd_get_pem(const struct eg_verb *verb, int argc, char **argv)
{
    struct eg_connect c = {0};
    const char *file = NULL;
    const char *format = verb->table;
    char path[256];
    const struct eg_opt opts[] = {
        EG_CONNECT_OPTIONS(&c),
        {"output", 'o', "FILE", EG_OPT_TEXT, &file, false, "write here instead of to the screen"},
    };
    struct eg_problem why;
    int first = 0, args = strstr(format, "{1}") != NULL ? 1 : 0;

    eg_problem_clear(&why);
    int code =
        eg_cli_parse(verb, opts, sizeof opts / sizeof opts[0], argc, argv, args, args, &first);
    if (code != EG_CLI_GO_ON) {
        return code;
    }
    if (!eg_ok(make_path(format, argv[first], path, sizeof path))) {
        return eg_cli_usage(verb, "%s is not an id.", argv[first]);
    }
    eg_status st = fetch(&c, path, file, &why);
    eg_connect_close(&c);
    return eg_ok(st) ? EG_EXIT_OK : eg_cli_fail(c.json, &why);
}
