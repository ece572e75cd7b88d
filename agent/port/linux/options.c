/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/port/linux/options.h"

#include <getopt.h>
#include <ini.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"

enum { USAGE = 2, SHORT_BASE = 256 };

enum kind { TEXT, NUMBER, FLAG };

#define OPTION(name, member, kind, arg, help)                                                      \
    {                                                                                              \
        name, kind, offsetof(struct eg_options, member), arg, help                                 \
    }
static const struct entry {
    const char *name;
    enum kind kind;
    size_t offset;
    const char *arg, *help;
} entries[] = {
    OPTION("config", config, TEXT, "FILE", "file with options"),
    OPTION("enclave", enclave, TEXT, "SPEC", "vchip:RUNDIR/<uuid> or psa:DIR"),
    OPTION("state", state, TEXT, "DIR", "folder of datastores and of the last session's report"),
    OPTION("json", json, FLAG, NULL, "JSON instead of sentences"),
    OPTION("verbose", verbose, FLAG, NULL, "say on standard error what happens"),
    OPTION("dial", dial, TEXT, "ADDRESS", "connect there, whatever address the host name has"),
    OPTION("max-fragment", max_fragment, NUMBER, "N",
           "ask for TLS records of 512, 1024, 2048 or 4096"),
    OPTION("no-alpn", no_alpn, FLAG, NULL, "do not tell the service which agent this is"),
    OPTION("connect-timeout", connect_timeout, NUMBER, "S", "connection and handshake (30)"),
    OPTION("idle-timeout", idle_timeout, NUMBER, "S", "silence of the service (60)"),
    OPTION("session-timeout", session_timeout, NUMBER, "S", "a whole session (600)"),
    OPTION("regular", regular, NUMBER, "S", "between good sessions (86400)"),
    OPTION("first", first, NUMBER, "S", "after the first failure (15)"),
    OPTION("longest", longest, NUMBER, "S", "longest wait after failures (21600)"),
    OPTION("if-due", if_due, FLAG, NULL, "once: do nothing before the time for the next session"),
    OPTION("host", host, TEXT, "NAME", "connect: host name of the service; mqtt: of the broker"),
    OPTION("port", port, NUMBER, "N", "its port"),
    OPTION("roots", roots, TEXT, "FILE", "certificates (PEM) that it must chain to"),
    OPTION("code-file", code_file, TEXT, "FILE",
           "inject-claim: the claim code; - for standard input"),
    OPTION("claim-key-file", claim_key_file, TEXT, "FILE",
           "inject-claim: the service's claim key, X and Y in hexadecimal"),
    OPTION("service", service, NUMBER, "ID",
           "mqtt: take what is needed from this service descriptor"),
    OPTION("key", key, NUMBER, "ID", "mqtt: key in the enclave"),
    OPTION("certificate", certificate, NUMBER, "ID", "mqtt: its certificate in the enclave"),
    OPTION("client-id", client_id, TEXT, "TEXT", "mqtt: name at the broker (the UUID)"),
    OPTION("topic", topic, TEXT, "TEXT", "mqtt: topic, or filter to subscribe to"),
    OPTION("message-file", message_file, TEXT, "FILE",
           "mqtt publish: payload; - for standard input"),
    OPTION("count", count, NUMBER, "N", "mqtt subscribe: end after so many messages (1)"),
    OPTION("timeout", timeout, NUMBER, "S", "mqtt: give up after (30)"),
};
enum { ENTRIES = sizeof(entries) / sizeof(entries[0]) };

/* ---- values -----------------------------------------------------------------------------------
 */

static bool set(struct eg_options *o, const struct entry *e, const char *value)
{
    char *member = (char *)o + e->offset;
    uint64_t n = 0;
    bool on = true;
    uint32_t word;
    switch (e->kind) {
    case TEXT:
        if (strlen(value) >= EG_OPTION_TEXT_MAX) {
            return false;
        }
        memcpy(member, value, strlen(value) + 1);
        return true;
    case FLAG:
        on = strcmp(value, "no") != 0;
        memcpy(member, &on, sizeof(on));
        return on ? strcmp(value, "yes") == 0 : true;
    default:
        if (!eg_ok(eg_number_parse(eg_span_str(value), UINT32_MAX, &n))) {
            return false;
        }
        word = (uint32_t)n;
        memcpy(member, &word, sizeof(word));
        return true;
    }
}

/* ---- file -------------------------------------------------------------------------------------
 */

static int on_line(void *user, const char *section, const char *name, const char *value)
{
    struct eg_options *o = user;
    for (size_t i = 0; i < ENTRIES && section[0] == '\0'; i++) {
        if (strcmp(entries[i].name, name) == 0) {
            return set(o, &entries[i], value) ? 1 : 0;
        }
    }
    return 0;
}

static int read_file(const char *path, struct eg_options *o)
{
    int line = ini_parse(path, on_line, o);
    if (line == 0) {
        return -1;
    }
    if (line < 0) {
        (void)fprintf(stderr, "engrave-agent: %s cannot be read\n", path);
    } else {
        (void)fprintf(stderr, "engrave-agent: %s: line %d is no option\n", path, line);
    }
    return USAGE;
}

/* ---- command line -----------------------------------------------------------------------------
 */

static void build(struct option *out)
{
    for (int i = 0; i < ENTRIES; i++) {
        out[i] = (struct option){entries[i].name,
                                 entries[i].kind == FLAG ? no_argument : required_argument, NULL,
                                 SHORT_BASE + i};
    }
}

/* One pass over the words; only_config: take nothing but --config. */
static int pass(int argc, char **argv, const struct option *list, struct eg_options *o,
                bool only_config)
{
    optind = 1;
    for (int c; (c = getopt_long(argc, argv, "", list, NULL)) != -1;) {
        if (c < SHORT_BASE) {
            return USAGE; /* getopt said what */
        }
        const struct entry *e = &entries[c - SHORT_BASE];
        if (only_config && strcmp(e->name, "config") != 0) {
            continue;
        }
        if (!set(o, e, e->kind == FLAG ? "yes" : optarg)) {
            (void)fprintf(stderr, "engrave-agent: --%s: `%s` is no such value\n", e->name, optarg);
            return USAGE;
        }
    }
    return -1;
}

int eg_options_read(int argc, char **argv, struct eg_options *out, int *first)
{
    struct option list[ENTRIES + 1] = {{0}};
    build(list);
    memset(out, 0, sizeof(*out));
    (void)snprintf(out->state, sizeof(out->state), "/var/lib/engrave-agent");
    int code = pass(argc, argv, list, out, true);
    if (code < 0 && out->config[0] != '\0') {
        code = read_file(out->config, out);
    }
    if (code < 0) {
        code = pass(argc, argv, list, out, false);
    }
    *first = optind;
    return code;
}

void eg_options_print(void)
{
    for (size_t i = 0; i < ENTRIES; i++) {
        char left[40];
        (void)snprintf(left, sizeof(left), "--%s %s", entries[i].name,
                       entries[i].arg != NULL ? entries[i].arg : "");
        (void)printf("  %-26s %s\n", left, entries[i].help);
    }
}
