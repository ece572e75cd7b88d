/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_TESTS_BENCH_SESSION_LOAD_H
#define EG_TESTS_BENCH_SESSION_LOAD_H
/** Many devices in one process: epoll loops of clients, each session from connect to close. */
#include "tests/bench/session_device.h"

struct load_options {
    const char *host; /* numeric IPv4 address */
    uint16_t port;
    char *sni; /* not const: the library casts it away */
    SSL_CTX *client;
    struct sim_device *devices;
    size_t count;
    unsigned threads;
    unsigned parallel; /* sessions at the same time, over all threads */
    uint64_t sessions; /* in all; devices take turns */
    bool tickets;      /* keep and use tickets */
    bool hold;         /* stay silent after the first message of the service, until stdin ends */
};

struct load_result {
    uint64_t sessions;  /* ended with goodbye */
    uint64_t succeeded; /* of these, SUCCESS */
    uint64_t failed;    /* ended without */
    uint64_t resumed;
    uint64_t messages;             /* of the service, goodbye included */
    uint64_t bytes_up, bytes_down; /* application data */
    uint64_t held;
    uint32_t other_update; /* an UpdateStatus other than SUCCESS that was seen, 0: none */
    double seconds;
    double p50_ms, p99_ms; /* of one session */
};

/** False: out of memory or descriptors. */
bool load_run(const struct load_options *options, struct load_result *out);

#endif
