/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The devices of ./dev bench session (tests/bench/session.py), all in one process:
 *
 *   bench_session limit  --devices FILE --identity DIR [--seconds N] [--resume]
 *   bench_session load   --devices FILE --port N [--sessions N] [--parallel N] [--claim CODE
 *                        --claim-key HEX] [--tickets]
 *   bench_session hold   --devices FILE --port N --parallel N
 *
 * --roots FILE: clients check the service's chain. Prints one JSON object.
 */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "lib/crypto/x509.h"
#include "lib/os/file.h"
#include "server/device/tls.h"
#include "tests/bench/session_limit.h"
#include "tests/bench/session_load.h"

enum { PEM_MAX = 65536 };

struct options {
    const char *verb, *devices, *identity, *claim, *claim_key, *roots;
    double seconds;
    uint16_t port;
    uint64_t sessions;
    unsigned parallel;
    bool resume, tickets;
};

static bool parse(int argc, char *argv[], struct options *o)
{
    static const struct option known[] = {
        {"devices", required_argument, NULL, 'd'},  {"identity", required_argument, NULL, 'i'},
        {"claim", required_argument, NULL, 'c'},    {"claim-key", required_argument, NULL, 'k'},
        {"roots", required_argument, NULL, 'r'},    {"seconds", required_argument, NULL, 's'},
        {"port", required_argument, NULL, 'p'},     {"sessions", required_argument, NULL, 'n'},
        {"parallel", required_argument, NULL, 'x'}, {"resume", no_argument, NULL, 'R'},
        {"tickets", no_argument, NULL, 't'},        {NULL, 0, NULL, 0}};
    *o = (struct options){.seconds = 3, .parallel = 64, .sessions = 1000};
    for (int c; (c = getopt_long(argc, argv, "", known, NULL)) != -1;) {
        o->devices = c == 'd' ? optarg : o->devices;
        o->identity = c == 'i' ? optarg : o->identity;
        o->claim = c == 'c' ? optarg : o->claim;
        o->claim_key = c == 'k' ? optarg : o->claim_key;
        o->roots = c == 'r' ? optarg : o->roots;
        o->seconds = c == 's' ? strtod(optarg, NULL) : o->seconds;
        o->port = c == 'p' ? (uint16_t)strtoul(optarg, NULL, 10) : o->port;
        o->sessions = c == 'n' ? strtoull(optarg, NULL, 10) : o->sessions;
        o->parallel = c == 'x' ? (unsigned)strtoul(optarg, NULL, 10) : o->parallel;
        o->resume = o->resume || c == 'R';
        o->tickets = o->tickets || c == 't';
        if (c == '?') {
            return false;
        }
    }
    o->verb = optind + 1 == argc ? argv[optind] : NULL;
    return o->verb != NULL && o->devices != NULL;
}

static unsigned cores(void)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n > 0 ? (unsigned)n : 1;
}

/** The endpoint's own TLS context, from the files in its folder. */
static SSL_CTX *server_context(const char *dir)
{
    char path[EG_PATH_MAX];
    uint8_t leaf_room[EG_X509_LEN_MAX], ca_room[EG_X509_LEN_MAX];
    struct eg_file_bytes key = {0}, pem = {0};
    struct eg_writer leaf, ca;
    SSL_CTX *context = NULL;
    eg_writer_init(&leaf, leaf_room, sizeof(leaf_room));
    eg_writer_init(&ca, ca_room, sizeof(ca_room));
    if (!eg_ok(eg_path_join(dir, "server.key", path, sizeof(path))) ||
        !eg_ok(eg_file_read(path, PEM_MAX, &key)) ||
        !eg_ok(eg_path_join(dir, "server.pem", path, sizeof(path))) ||
        !eg_ok(eg_file_read(path, PEM_MAX, &pem))) {
        return NULL;
    }
    const char *second = strstr((const char *)pem.ptr + 1, "-----BEGIN");
    const struct eg_device_tls_options tls = {.key_pem = eg_file_span(&key)};
    if (second != NULL && eg_ok(eg_x509_from_pem(eg_file_span(&pem), &leaf)) &&
        eg_ok(eg_x509_from_pem(eg_span_str(second), &ca))) {
        struct eg_device_tls_options all = tls;
        all.certificate = eg_writer_span(&leaf);
        all.ca = eg_writer_span(&ca);
        if (!eg_ok(eg_device_tls_new(&all, &context))) {
            context = NULL;
        }
    }
    eg_file_bytes_free(&key);
    eg_file_bytes_free(&pem);
    return context;
}

static int limit(const struct options *o, struct sim_device *devices, size_t count)
{
    SSL_CTX *server = o->identity == NULL ? NULL : server_context(o->identity);
    SSL_CTX *client = sim_client_context(o->roots, o->resume, o->resume);
    if (server == NULL || client == NULL) {
        return 1;
    }
    double cpu_us = 0;
    double rate = sim_handshake_limit(server, client, devices, count, cores(), o->seconds,
                                      o->resume, &cpu_us);
    printf("{\"handshakes_per_s\": %.1f, \"cpu_us\": %.1f}\n", rate, cpu_us);
    return rate > 0 ? 0 : 1;
}

static int load(const struct options *o, struct sim_device *devices, size_t count, bool hold)
{
    struct load_result r;
    char name[] = "localhost";
    const struct load_options options = {
        .host = "127.0.0.1",
        .port = o->port,
        .sni = name,
        .client = sim_client_context(o->roots, true, o->tickets),
        .devices = devices,
        .count = count,
        .threads = hold ? 1 : cores(),
        .parallel = o->parallel,
        .sessions = hold ? o->parallel : o->sessions,
        .tickets = o->tickets,
        .hold = hold,
    };
    double cpu = sim_cpu_seconds();
    if (options.client == NULL || !load_run(&options, &r)) {
        return 1;
    }
    cpu = sim_cpu_seconds() - cpu;
    printf("{\"sessions\": %llu, \"succeeded\": %llu, \"failed\": %llu, \"resumed\": %llu, "
           "\"messages\": %llu, \"bytes_up\": %llu, \"bytes_down\": %llu, \"held\": %llu, "
           "\"other_update\": %u, \"seconds\": %.3f, \"p50_ms\": %.1f, \"p99_ms\": %.1f, "
           "\"cpu_s\": %.3f}\n",
           (unsigned long long)r.sessions, (unsigned long long)r.succeeded,
           (unsigned long long)r.failed, (unsigned long long)r.resumed,
           (unsigned long long)r.messages, (unsigned long long)r.bytes_up,
           (unsigned long long)r.bytes_down, (unsigned long long)r.held, r.other_update, r.seconds,
           r.p50_ms, r.p99_ms, cpu);
    return 0;
}

static void raise_descriptors(void)
{
    struct rlimit l;
    if (getrlimit(RLIMIT_NOFILE, &l) == 0) {
        l.rlim_cur = l.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &l);
    }
}

int main(int argc, char *argv[])
{
    struct options o;
    struct sim_device *devices = NULL;
    if (!parse(argc, argv, &o)) {
        fputs("usage: bench_session limit|load|hold --devices FILE ...; see the source\n", stderr);
        return 2;
    }
    raise_descriptors();
    (void)signal(SIGPIPE, SIG_IGN); /* the service may close first */
    size_t count = sim_devices_load(o.devices, o.claim, o.claim_key, &devices);
    if (count == 0) {
        return 1;
    }
    int code = strcmp(o.verb, "limit") == 0 ? limit(&o, devices, count)
                                            : load(&o, devices, count, strcmp(o.verb, "hold") == 0);
    fflush(stdout);
    _exit(code); /* devices and connections go with the process */
}
