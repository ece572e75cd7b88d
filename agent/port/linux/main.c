/* SPDX-License-Identifier: Apache-2.0 */
/* engrave-agent: the device library as a program. */
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "agent/port/linux/verbs.h"

static const struct verb {
    const char *name, *words, *summary;
    int (*run)(const struct eg_options *o, int count, char **words);
    int words_min, words_max;
} verbs[] = {
    {"once", "", "One session with the service", eg_verb_once, 0, 0},
    {"daemon", "", "Sessions for life; SIGUSR1: now, SIGTERM: end", eg_verb_daemon, 0, 0},
    {"status", "", "Who this device is, what it holds, how the last session went", eg_verb_status,
     0, 0},
    {"connect", "", "Write the first connection data (--host, --port, --roots)", eg_verb_connect, 0,
     0},
    {"inject-claim", "", "Put a claim code into the enclave (--code-file, --claim-key-file)",
     eg_verb_inject_claim, 0, 0},
    {"mqtt", "publish|subscribe|check", "Use what was provisioned at an MQTT broker", eg_verb_mqtt,
     1, 1},
};
enum { VERBS = sizeof(verbs) / sizeof(verbs[0]) };

int eg_verb_fail(const struct eg_options *o, int code, const char *why)
{
    if (o->json) {
        json_t *said = json_pack("{s:b, s:s}", "ok", 0, "why", why);
        (void)json_dumpf(said, stdout, JSON_COMPACT);
        (void)putchar('\n');
        json_decref(said);
    } else {
        (void)fprintf(stderr, "engrave-agent: %s\n", why);
    }
    return code;
}

static int help(void)
{
    (void)puts("engrave-agent - keys, certificates and connection data for this device\n\n"
               "Use: engrave-agent VERB [options]\n");
    for (size_t i = 0; i < VERBS; i++) {
        char left[48];
        (void)snprintf(left, sizeof(left), "%s %s", verbs[i].name, verbs[i].words);
        (void)printf("  %-30s %s\n", left, verbs[i].summary);
    }
    (void)puts("\nOptions, on the command line or as `name = value` in the file of --config:\n");
    eg_options_print();
    (void)puts("\nExit codes: 0 all well, 2 wrong use, 3 the enclave or the state folder fails, 10 "
               "the service\nrefused, 11 and up the line failed. docs/guide/agent.md says more.");
    return 0;
}

static const struct verb *find(const char *name)
{
    for (size_t i = 0; i < VERBS; i++) {
        if (strcmp(verbs[i].name, name) == 0) {
            return &verbs[i];
        }
    }
    return NULL;
}

static int run(const struct verb *verb, int argc, char **argv)
{
    static struct eg_options options;
    int first = 0;
    int code = eg_options_read(argc, argv, &options, &first);
    if (code >= 0) {
        return code;
    }
    int words = argc - first;
    if (words < verb->words_min || words > verb->words_max) {
        (void)fprintf(stderr, "Use: engrave-agent %s %s [options]\n", verb->name, verb->words);
        return EG_AGENT_EXIT_USAGE;
    }
    if (options.enclave[0] == '\0') {
        (void)fputs("engrave-agent: --enclave is needed\n", stderr);
        return EG_AGENT_EXIT_USAGE;
    }
    return verb->run(&options, words, argv + first);
}

int main(int argc, char **argv)
{
    (void)signal(SIGPIPE, SIG_IGN);
    if (argc < 2) {
        (void)help();
        return EG_AGENT_EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
        return help();
    }
    if (strcmp(argv[1], "--version") == 0) {
        (void)puts("engrave-agent " EG_VERSION);
        return 0;
    }
    const struct verb *verb = find(argv[1]);
    for (int i = 2; i < argc && verb != NULL; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            return help();
        }
    }
    if (verb == NULL) {
        (void)fprintf(stderr, "engrave-agent: there is no `%s`; see engrave-agent --help\n",
                      argv[1]);
        return EG_AGENT_EXIT_USAGE;
    }
    return run(verb, argc - 1, argv + 1);
}
