/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_TESTS_BENCH_SESSION_LIMIT_H
#define EG_TESTS_BENCH_SESSION_LIMIT_H
/** What the processor allows: TLS handshakes with nothing around them. */
#include <openssl/ssl.h>

#include "tests/bench/session_device.h"

/** A device's client side: P-256 only, TLS 1.3; trusts nobody unless roots_pem is given (each check
 * of the chain costs two P-384 verifications). ours: names our agent by ALPN. tickets: asks for
 * one; only our agent gets it. */
SSL_CTX *sim_client_context(const char *roots_pem, bool ours, bool tickets);

/** Processor seconds of this process so far. */
double sim_cpu_seconds(void);

/**
 * Full handshakes per second on `threads` threads for `seconds`: both sides in each thread, through
 * memory, no socket. The server's side is the endpoint's own context. 0 on failure. *out_cpu_us:
 * processor microseconds of one handshake, both sides.
 */
double sim_handshake_limit(SSL_CTX *server, SSL_CTX *client, const struct sim_device *devices,
                           size_t count, unsigned threads, double seconds, bool resume,
                           double *out_cpu_us);

#endif
