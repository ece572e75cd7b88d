/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "host/cli/cli.h"
#include "host/lib/rest.h"

enum { VERB_COLUMN = 30 };

static bool is_help(const char *text)
{
    return strcmp(text, "--help") == 0 || strcmp(text, "-h") == 0 || strcmp(text, "help") == 0;
}

/* All verbs, or those of one group. */
static void print_verbs(const char *group)
{
    const char *last = "";

    for (size_t i = 0; i < eg_verb_count; i++) {
        char left[64];
        const struct eg_verb *v = &eg_verbs[i];
        if (group != NULL && strcmp(group, v->group) != 0) {
            continue;
        }
        if (strcmp(last, v->group) != 0 && last[0] != '\0') {
            putchar('\n');
        }
        last = v->group;
        snprintf(left, sizeof left, "  %s %s", v->group, v->name);
        printf("%-*s  %s\n", VERB_COLUMN, left, v->summary);
    }
}

static int help(const char *group)
{
    printf("Use: engrave GROUP VERB [options] [arguments]\n\n");
    print_verbs(group);
    printf("\nengrave GROUP VERB --help tells more. Exit codes: 0 all well, 1 some of several\n"
           "devices failed, 2 wrong use, 3 and up by kind of failure.\n");
    return EG_EXIT_OK;
}

static bool group_exists(const char *group)
{
    for (size_t i = 0; i < eg_verb_count; i++) {
        if (strcmp(eg_verbs[i].group, group) == 0) {
            return true;
        }
    }
    return false;
}

static int unknown(const char *what)
{
    fprintf(stderr, "engrave: there is no `%s`.\nTry: engrave --help\n", what);
    return EG_EXIT_USAGE;
}

static int run(const struct eg_verb *verb, int argc, char **argv)
{
    eg_status st = eg_rest_global_init();
    if (!eg_ok(st)) {
        return eg_cli_fail_status(false, st);
    }
    int code = verb->run(verb, argc, argv);
    eg_rest_global_cleanup();
    return code;
}

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN);
    if (argc < 2 || is_help(argv[1])) {
        return argc < 2 ? (help(NULL), EG_EXIT_USAGE) : help(NULL);
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts("engrave " EG_VERSION);
        return EG_EXIT_OK;
    }
    if (!group_exists(argv[1])) {
        return unknown(argv[1]);
    }
    if (argc < 3 || is_help(argv[2])) {
        return argc < 3 ? (help(argv[1]), EG_EXIT_USAGE) : help(argv[1]);
    }
    for (size_t i = 0; i < eg_verb_count; i++) {
        if (strcmp(eg_verbs[i].group, argv[1]) == 0 && strcmp(eg_verbs[i].name, argv[2]) == 0) {
            return run(&eg_verbs[i], argc - 2, argv + 2);
        }
    }
    return unknown(argv[2]);
}
