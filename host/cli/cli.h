/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_HOST_CLI_CLI_H
#define EG_HOST_CLI_CLI_H
/**
 * The frame of the command line tool: a table of verbs, a table of options per verb, and the exit
 * codes. `engrave GROUP VERB [options] [arguments]`, one file cmd_*.c per verb.
 *
 * Exit codes (stable, docs/guide/line.md): 0 all well; 1 some of several devices failed; 2 wrong
 * use of the command line; 3 and up: the category of the one failure (lib/base/status.h).
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/lib/problem.h"
#include "lib/base/uuid.h"

enum {
    EG_EXIT_OK = 0,
    EG_EXIT_SOME_FAILED = 1,
    EG_EXIT_USAGE = 2,
    EG_CLI_OPTS_MAX = 24, /* of one verb */
    EG_CLI_GO_ON = -1,    /* of eg_cli_parse(): no exit code yet */
};

struct eg_verb {
    const char *group;   /* "host" */
    const char *name;    /* "provision" */
    const char *args;    /* "TARGET..", for the usage line */
    const char *summary; /* one line */
    int (*run)(const struct eg_verb *verb, int argc, char **argv);
    const char *more;  /* paragraphs for --help; may be NULL */
    const void *table; /* what a table-driven verb does; else NULL */
};

extern const struct eg_verb eg_verbs[];
extern const size_t eg_verb_count;

enum eg_opt_kind {
    EG_OPT_FLAG,   /* into: bool */
    EG_OPT_TEXT,   /* into: const char *, points into argv */
    EG_OPT_NUMBER, /* into: uint64_t */
};

struct eg_opt {
    const char *name; /* without the dashes */
    char letter;      /* '\0': none */
    const char *arg;  /* name of the value in the help; NULL for a flag */
    enum eg_opt_kind kind;
    void *into;
    bool required;
    const char *help;
};

/**
 * Read the options of a verb; argv[0] is the verb. --help prints help. EG_CLI_GO_ON: *first is the
 * index of the first argument, and at least args_min and at most args_max (-1: any) are there.
 * Otherwise an exit code; what is wrong was printed.
 */
int eg_cli_parse(const struct eg_verb *verb, const struct eg_opt *opts, size_t count, int argc,
                 char **argv, int args_min, int args_max, int *first);

/** Exit code of a status: its category's. */
int eg_cli_exit(eg_status st);

/** Print a problem (JSON line or sentences on stderr) and give its exit code. */
int eg_cli_fail(bool json, const struct eg_problem *why);

/** The same for a status whose texts are those of the table. */
int eg_cli_fail_status(bool json, eg_status st);

/** UUID as people write it: 32 hex digits, or a decimal number. BAD_UUID. */
EG_MUST_USE eg_status eg_cli_uuid(const char *text, struct eg_uuid *out);

/** Say what is wrong with the command line; EG_EXIT_USAGE. */
int eg_cli_usage(const struct eg_verb *verb, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
