/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/cli/station.h"
#include "host/cli/verbs.h"
#include "host/lib/claim_inject.h"
#include "lib/base/secret.h"
#include "lib/base/text.h"
#include "lib/object/claim.h"

enum {
    KEY_FILE_MAX = 1024,
    CODE_FILE_MAX = 1024,
    POINT_XY_LEN = EG_P256_POINT_LEN - 1,
};

struct options {
    const char *config, *code_file, *key_file;
    uint8_t claim_public[EG_P256_POINT_LEN];
    uint8_t code[CODE_FILE_MAX]; /* secret */
    size_t code_len;
};

/* Without white space at the end. */
static struct eg_span trimmed(struct eg_span text)
{
    while (text.len > 0 && strchr(" \t\r\n", text.ptr[text.len - 1]) != NULL) {
        text.len--;
    }
    return text;
}

/* ---- the claim code ---------------------------------------------------------------------------
 */

static eg_status take_code(struct options *o, struct eg_span text, struct eg_problem *why)
{
    text = trimmed(text);
    if (text.len > sizeof o->code || !eg_claim_text_ok(text)) {
        return eg_problem_say(why, EG_ERR(HOST_CLAIM_CODE),
                              "That is no claim code: 16 to 255 characters of base64.");
    }
    memcpy(o->code, text.ptr, text.len);
    o->code_len = text.len;
    return EG_OK;
}

static eg_status read_stdin(struct options *o, struct eg_problem *why)
{
    uint8_t room[CODE_FILE_MAX];

    size_t len = fread(room, 1, sizeof room, stdin);
    eg_status st = take_code(o, eg_span(room, len), why);
    eg_wipe(room, sizeof room);
    return st;
}

static eg_status read_code(struct options *o, struct eg_problem *why)
{
    struct eg_file_bytes file = {0};

    if (strcmp(o->code_file, "-") == 0) {
        return read_stdin(o, why);
    }
    eg_status st = eg_file_read(o->code_file, CODE_FILE_MAX, &file);
    if (!eg_ok(st)) {
        return eg_problem_say(why, st, "The file with the claim code, %.300s, cannot be read.",
                              o->code_file);
    }
    st = take_code(o, eg_file_span(&file), why);
    eg_file_bytes_free(&file);
    return st;
}

/* ---- the service's claim key ------------------------------------------------------------------
 */

/* X || Y as 128 hexadecimal digits. */
static eg_status take_key(struct options *o, struct eg_span text, struct eg_problem *why)
{
    text = trimmed(text);
    o->claim_public[0] = 0x04;
    eg_status st = text.len == EG_HEX_LEN(POINT_XY_LEN)
                       ? eg_hex_decode(text, o->claim_public + 1, POINT_XY_LEN)
                       : EG_ERR(BAD_HEX);
    return eg_problem_say(why, st, "The claim key must be 128 hexadecimal digits: X and Y.");
}

static eg_status read_key(struct options *o, struct eg_problem *why)
{
    struct eg_file_bytes file = {0};

    eg_status st = eg_file_read(o->key_file, KEY_FILE_MAX, &file);
    if (!eg_ok(st)) {
        return eg_problem_say(why, st, "The file with the claim key, %.300s, cannot be read.",
                              o->key_file);
    }
    st = take_key(o, eg_file_span(&file), why);
    eg_file_bytes_free(&file);
    return st;
}

static eg_status fetch_key(const struct eg_host_config *c, struct options *o,
                           struct eg_problem *why)
{
    struct eg_rest_options ro = {
        .url = c->url, .api_key = c->api_key, .ca_file = c->ca_file, .timeout_s = c->timeout_s};
    struct eg_rest *rest = NULL;
    json_t *answer = NULL;

    EG_TRY(eg_problem_set(why, eg_rest_new(&ro, &rest)));
    eg_status st = eg_rest_json(rest, "GET", NULL, &answer, why, "/api/v1/device-endpoint");
    if (eg_ok(st)) {
        const char *hex = json_string_value(json_object_get(answer, "claimKey"));
        st = hex != NULL ? take_key(o, eg_span_str(hex), why)
                         : eg_problem_set(why, EG_ERR(HOST_ANSWER));
    }
    json_decref(answer);
    eg_rest_free(rest);
    return st;
}

/* ---- the verb ---------------------------------------------------------------------------------
 */

static void device(struct eg_worker *w, const char *target, struct eg_device_result *out, void *arg)
{
    const struct options *o = arg;
    struct eg_claim_inject job = {.target = target,
                                  .family = w->station->family,
                                  .crypto = w->crypto,
                                  .claim_public = o->claim_public,
                                  .code = eg_span(o->code, o->code_len)};

    (void)eg_claim_inject(&job, out);
}

static eg_status prepare(struct eg_station *s, struct options *o, struct eg_problem *why)
{
    uint32_t needs =
        EG_CONFIG_NEED_FAMILY | (o->key_file == NULL ? (uint32_t)EG_CONFIG_NEED_SERVICE : 0);

    EG_TRY(eg_station_open(s, o->config, NULL, needs, why));
    EG_TRY(read_code(o, why));
    return o->key_file != NULL ? read_key(o, why) : fetch_key(&s->config, o, why);
}

static int inject(struct eg_station *s, struct options *o, char **targets, size_t count)
{
    struct eg_problem why;
    const struct eg_station_verb work = {.device = device, .done = "injected", .arg = o};

    eg_problem_clear(&why);
    eg_status st = prepare(s, o, &why);
    int code = eg_ok(st) ? eg_station_run(s, &work, targets, count) : eg_cli_fail(s->json, &why);
    eg_wipe(o->code, sizeof o->code);
    eg_station_close(s);
    return code;
}

int eg_cmd_claim(const struct eg_verb *verb, int argc, char **argv)
{
    struct options o = {.code_file = NULL};
    struct eg_station s = {0};
    const struct eg_opt opts[] = {
        {"config", 'c', "FILE", EG_OPT_TEXT, &o.config, true, "configuration of the line"},
        {"code-file", '\0', "FILE", EG_OPT_TEXT, &o.code_file, true,
         "file with the claim code; - for standard input"},
        {"claim-key-file", '\0', "FILE", EG_OPT_TEXT, &o.key_file, false,
         "the service's claim key, X and Y in hexadecimal, instead of asking the service"},
        {"jobs", 'j', "N", EG_OPT_NUMBER, &s.jobs, false, "devices at a time (default 16)"},
        {"json", '\0', NULL, EG_OPT_FLAG, &s.json, false, "one JSON line per device"},
    };
    int first = 0;

    int code = eg_cli_parse(verb, opts, sizeof opts / sizeof opts[0], argc, argv, 2, -1, &first);
    if (code != EG_CLI_GO_ON) {
        return code;
    }
    if (strcmp(argv[first], "inject") != 0) {
        return eg_cli_usage(verb, "there is no `claim %s`", argv[first]);
    }
    return inject(&s, &o, argv + first + 1, (size_t)(argc - first - 1));
}
