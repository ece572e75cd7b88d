/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "host/cli/admin.h"
#include "host/cli/admin_print.h"
#include "host/cli/connect.h"
#include "host/cli/output.h"
#include "host/cli/verbs.h"
#include "lib/base/text.h"

enum {
    PAGE_SIZE = 500,
    PAGES_MAX = 1000000,
};

/* One verb being run. */
struct admin_run {
    const struct eg_admin *row;
    const char *values[EG_ADMIN_FIELDS_MAX]; /* of the options, NULL: not given */
    char **args;
    int arg_count;
    char device[EG_UUID_DEC_MAX + 1]; /* {1} as the API writes it, for rows that take a UUID */
    struct eg_connect connect;
    struct eg_problem why;
};

/* ---- the request ----------------------------------------------------------------------------- */

/* Percent-encoded value. */
static void put_escaped(struct eg_writer *w, const char *text)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

    for (; *text != '\0'; text++) {
        if (strchr(plain, *text) != NULL) {
            eg_writer_u8(w, (uint8_t)*text);
        } else {
            char hex[3];
            eg_hex_encode(eg_span(text, 1), hex);
            eg_writer_str(w, "%");
            eg_writer_str(w, hex);
        }
    }
}

/* Value of "{name}" or "{1}"; NULL if there is none. */
static const char *placeholder(const struct admin_run *r, const char *name, size_t len)
{
    if (len == 1 && name[0] >= '1' && name[0] <= '9') {
        int i = name[0] - '1';
        if (i == 0 && r->row->argument_is_uuid) {
            return r->device;
        }
        return i < r->arg_count ? r->args[i] : NULL;
    }
    for (int i = 0; r->row->fields[i].option != NULL; i++) {
        const char *option = r->row->fields[i].option;
        if (strlen(option) == len && memcmp(option, name, len) == 0) {
            return r->values[i];
        }
    }
    return NULL;
}

static void put_path(struct eg_writer *w, const struct admin_run *r)
{
    const char *p = r->row->path;

    while (*p != '\0') {
        const char *end = *p == '{' ? strchr(p, '}') : NULL;
        if (end == NULL) {
            eg_writer_u8(w, (uint8_t)*p++);
            continue;
        }
        const char *value = placeholder(r, p + 1, (size_t)(end - p) - 1);
        if (value == NULL) {
            eg_writer_fail(w, EG_ERR(INTERNAL));
            return;
        }
        put_escaped(w, value);
        p = end + 1;
    }
}

static void put_query(struct eg_writer *w, const struct admin_run *r, int page)
{
    const char *before = "?";
    char paging[48];

    for (int i = 0; r->row->fields[i].option != NULL; i++) {
        if (r->row->fields[i].place == EG_ADMIN_QUERY && r->values[i] != NULL) {
            eg_writer_str(w, before);
            eg_writer_str(w, r->row->fields[i].json);
            eg_writer_str(w, "=");
            put_escaped(w, r->values[i]);
            before = "&";
        }
    }
    if (r->row->list) {
        snprintf(paging, sizeof paging, "%ssize=%d&page=%d", before, PAGE_SIZE, page);
        eg_writer_str(w, paging);
    }
}

static json_t *number(const char *text)
{
    uint64_t v = 0;
    return eg_ok(eg_number_parse(eg_span_str(text), INT64_MAX, &v)) ? json_integer((json_int_t)v)
                                                                    : NULL;
}

/* Members of the body; NULL when a number is none. */
static json_t *make_body(const struct admin_run *r)
{
    json_t *body = json_object();

    for (int i = 0; r->row->fields[i].option != NULL; i++) {
        const struct eg_admin_field *f = &r->row->fields[i];
        bool is_text = f->place == EG_ADMIN_TEXT;
        if (r->values[i] == NULL || (!is_text && f->place != EG_ADMIN_NUMBER)) {
            continue;
        }
        if (json_object_set_new(body, f->json,
                                is_text ? json_string(r->values[i]) : number(r->values[i])) != 0) {
            json_decref(body);
            return NULL;
        }
    }
    if (r->row->argument_member != NULL &&
        json_object_set_new(body, r->row->argument_member, number(r->args[r->arg_count - 1])) !=
            0) {
        json_decref(body);
        return NULL;
    }
    return body;
}

/* ---- the answer ------------------------------------------------------------------------------ */

static eg_status one_call(struct admin_run *r, int page, json_t **out)
{
    char path[EG_REST_URL_MAX];
    struct eg_writer w;
    bool has_body = strcmp(r->row->method, "POST") == 0;
    json_t *body = has_body ? make_body(r) : NULL;

    if (has_body && body == NULL) {
        return eg_problem_set(&r->why, EG_ERR(BAD_NUMBER));
    }
    eg_writer_init(&w, path, sizeof path - 1);
    put_path(&w, r);
    put_query(&w, r, page);
    path[w.len] = '\0';
    eg_status st = eg_problem_set(&r->why, w.status);
    if (eg_ok(st)) {
        st = eg_rest_json(r->connect.rest, r->row->method, body, out, &r->why, "%s", path);
    }
    json_decref(body);
    return st;
}

static eg_status run_list(struct admin_run *r)
{
    eg_admin_print_head(r->connect.json, r->row);
    for (int page = 0; page < PAGES_MAX; page++) {
        json_t *answer = NULL;
        size_t i;
        json_t *entry;

        EG_TRY(one_call(r, page, &answer));
        json_t *content = json_is_array(answer) ? answer : json_object_get(answer, "content");
        json_array_foreach(content, i, entry)
        {
            eg_admin_print_row(r->connect.json, r->row, entry);
        }
        const json_t *next = json_object_get(answer, "next");
        bool last = next == NULL || json_is_null(next);
        json_decref(answer);
        if (last) {
            return EG_OK;
        }
    }
    return EG_OK;
}

static eg_status run_one(struct admin_run *r)
{
    json_t *answer = NULL;

    EG_TRY(one_call(r, 0, &answer));
    eg_admin_print_one(r->connect.json, answer);
    json_decref(answer);
    return EG_OK;
}

/* ---- the verb -------------------------------------------------------------------------------- */

static int parse(const struct eg_verb *verb, struct admin_run *r, int argc, char **argv)
{
    struct eg_opt opts[EG_CLI_OPTS_MAX] = {EG_CONNECT_OPTIONS(&r->connect)};
    size_t n = EG_CONNECT_OPTS;
    int first = 0;

    for (int i = 0; r->row->fields[i].option != NULL; i++) {
        const struct eg_admin_field *f = &r->row->fields[i];
        opts[n++] = (struct eg_opt){f->option,     '\0',        f->arg, EG_OPT_TEXT,
                                    &r->values[i], f->required, f->help};
    }
    int code = eg_cli_parse(verb, opts, n, argc, argv, r->row->args, r->row->args, &first);
    r->args = argv + first;
    r->arg_count = argc - first;
    return code;
}

static bool take_device(struct admin_run *r)
{
    struct eg_uuid uuid;

    if (!eg_ok(eg_cli_uuid(r->args[0], &uuid))) {
        return false;
    }
    eg_uuid_to_dec(&uuid, r->device);
    return true;
}

int eg_cmd_admin(const struct eg_verb *verb, int argc, char **argv)
{
    struct admin_run r = {.row = verb->table};

    eg_problem_clear(&r.why);
    int code = parse(verb, &r, argc, argv);
    if (code != EG_CLI_GO_ON) {
        return code;
    }
    if (r.row->argument_is_uuid && !take_device(&r)) {
        return eg_cli_usage(verb, "%s is not a UUID.", r.args[0]);
    }
    eg_status st = eg_connect_open(&r.connect, &r.why);
    if (eg_ok(st)) {
        st = r.row->list ? run_list(&r) : run_one(&r);
    }
    eg_connect_close(&r.connect);
    return eg_ok(st) ? EG_EXIT_OK : eg_cli_fail(r.connect.json, &r.why);
}
