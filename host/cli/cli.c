/* SPDX-License-Identifier: Apache-2.0 */
#include "host/cli/cli.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "host/cli/output.h"
#include "lib/base/text.h"

enum {
    HELP_COLUMN = 28,
    LONG_ONLY = 1000, /* getopt value of the first option without a letter */
};

/* ---- help ------------------------------------------------------------------------------------ */

static void print_option(const struct eg_opt *o)
{
    char left[80];
    char letter[8] = "    ";

    if (o->letter != '\0') {
        snprintf(letter, sizeof letter, "-%c, ", o->letter);
    }
    snprintf(left, sizeof left, "  %s--%s%s%s", letter, o->name, o->arg != NULL ? " " : "",
             o->arg != NULL ? o->arg : "");
    printf("%-*s  %s%s\n", HELP_COLUMN, left, o->help, o->required ? " (required)" : "");
}

static void print_help(const struct eg_verb *verb, const struct eg_opt *opts, size_t count)
{
    printf("%s\n\nUse: engrave %s %s [options]%s%s\n\n", verb->summary, verb->group, verb->name,
           verb->args[0] != '\0' ? " " : "", verb->args);
    for (size_t i = 0; i < count; i++) {
        print_option(&opts[i]);
    }
    printf("%-*s  %s\n", HELP_COLUMN, "  -h, --help", "this text");
    if (verb->more != NULL) {
        printf("\n%s\n", verb->more);
    }
}

int eg_cli_usage(const struct eg_verb *verb, const char *format, ...)
{
    va_list args;

    fprintf(stderr, "engrave %s %s: ", verb->group, verb->name);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fprintf(stderr, "\nTry: engrave %s %s --help\n", verb->group, verb->name);
    return EG_EXIT_USAGE;
}

/* ---- options --------------------------------------------------------------------------------- */

/* getopt's own tables, made from ours. */
struct getopt_tables {
    struct option list[EG_CLI_OPTS_MAX + 2];
    char letters[2 * EG_CLI_OPTS_MAX + 4];
};

static void make_tables(const struct eg_opt *opts, size_t count, struct getopt_tables *t)
{
    size_t n = 0;

    memset(t, 0, sizeof *t);
    t->letters[n++] = ':'; /* a missing value is told apart from an unknown option */
    for (size_t i = 0; i < count; i++) {
        bool value = opts[i].kind != EG_OPT_FLAG;
        t->list[i] = (struct option){opts[i].name, value ? required_argument : no_argument, NULL,
                                     LONG_ONLY + (int)i};
        if (opts[i].letter != '\0') {
            t->letters[n++] = opts[i].letter;
            if (value) {
                t->letters[n++] = ':';
            }
        }
    }
    t->letters[n] = 'h';
    t->list[count] = (struct option){"help", no_argument, NULL, 'h'};
}

/* Option that getopt found; NULL for none of ours. */
static const struct eg_opt *option_of(const struct eg_opt *opts, size_t count, int found)
{
    for (size_t i = 0; i < count; i++) {
        if (found == LONG_ONLY + (int)i || (opts[i].letter != '\0' && found == opts[i].letter)) {
            return &opts[i];
        }
    }
    return NULL;
}

static bool take(const struct eg_opt *o, const char *value)
{
    switch (o->kind) {
    case EG_OPT_FLAG:
        *(bool *)o->into = true;
        return true;
    case EG_OPT_TEXT:
        *(const char **)o->into = value;
        return value[0] != '\0';
    case EG_OPT_NUMBER:
        return eg_ok(eg_number_parse(eg_span_str(value), INT64_MAX, o->into));
    }
    return false;
}

static int check_required(const struct eg_verb *verb, const struct eg_opt *opts, size_t count,
                          const bool *seen)
{
    for (size_t i = 0; i < count; i++) {
        if (opts[i].required && !seen[i]) {
            return eg_cli_usage(verb, "--%s is missing.", opts[i].name);
        }
    }
    return EG_CLI_GO_ON;
}

static int check_args(const struct eg_verb *verb, int given, int args_min, int args_max)
{
    if (given < args_min) {
        return eg_cli_usage(verb, "an argument is missing (%s).", verb->args);
    }
    if (args_max >= 0 && given > args_max) {
        return eg_cli_usage(verb, "there are too many arguments.");
    }
    return EG_CLI_GO_ON;
}

int eg_cli_parse(const struct eg_verb *verb, const struct eg_opt *opts, size_t count, int argc,
                 char **argv, int args_min, int args_max, int *first)
{
    struct getopt_tables t;
    bool seen[EG_CLI_OPTS_MAX] = {false};
    int found;

    make_tables(opts, count, &t);
    optind = 0; /* glibc: start over, with permutation */
    opterr = 0;
    while ((found = getopt_long(argc, argv, t.letters, t.list, NULL)) != -1) {
        const struct eg_opt *o = option_of(opts, count, found);
        if (found == 'h') {
            print_help(verb, opts, count);
            return EG_EXIT_OK;
        }
        if (found == ':') {
            return eg_cli_usage(verb, "%s needs a value.", argv[optind - 1]);
        }
        if (o == NULL) {
            return eg_cli_usage(verb, "%s is not an option.", argv[optind - 1]);
        }
        if (!take(o, optarg)) {
            return eg_cli_usage(verb, "--%s has an impossible value.", o->name);
        }
        seen[o - opts] = true;
    }
    *first = optind;
    int code = check_required(verb, opts, count, seen);
    return code != EG_CLI_GO_ON ? code : check_args(verb, argc - optind, args_min, args_max);
}

eg_status eg_cli_uuid(const char *text, struct eg_uuid *out)
{
    struct eg_span span = eg_span_str(text);
    size_t hex = strncmp(text, "0x", 2) == 0 ? EG_UUID_HEX_LEN + 2 : EG_UUID_HEX_LEN;

    /* 32 digits are hex: a decimal UUID of that length would begin with many zero bytes. */
    return span.len == hex ? eg_uuid_from_hex(span, out) : eg_uuid_from_dec(span, out);
}

/* ---- ends ------------------------------------------------------------------------------------ */

int eg_cli_exit(eg_status st)
{
    return eg_category_info(eg_category(st))->exit_code;
}

int eg_cli_fail(bool json, const struct eg_problem *why)
{
    eg_out_problem(json, why);
    return eg_cli_exit(why->status);
}

int eg_cli_fail_status(bool json, eg_status st)
{
    struct eg_problem why;

    eg_problem_clear(&why);
    eg_problem_set(&why, st);
    return eg_cli_fail(json, &why);
}
