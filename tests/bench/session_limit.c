/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bench/session_limit.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/os/clock.h"
#include "server/device/tls.h"

enum { THREADS_MAX = 64, PUMPS_MAX = 20 };

struct runner {
    pthread_t thread;
    SSL_CTX *server, *client;
    const struct sim_device *devices;
    size_t count, first;
    int64_t until_ns;
    uint64_t done;
    bool resume, failed;
};

SSL_CTX *sim_client_context(const char *roots_pem, bool ours, bool tickets)
{
    static const unsigned char alpn[] = "\x0f" EG_DEVICE_ALPN;
    char groups[] = "P-256";
    SSL_CTX *c = SSL_CTX_new(TLS_client_method());
    if (c == NULL || SSL_CTX_set_min_proto_version(c, TLS1_3_VERSION) != 1 ||
        SSL_CTX_set1_groups_list(c, groups) != 1 ||
        SSL_CTX_set_ciphersuites(c, "TLS_AES_128_GCM_SHA256") != 1) {
        SSL_CTX_free(c);
        return NULL;
    }
    if (ours && SSL_CTX_set_alpn_protos(c, alpn, sizeof(alpn) - 1) != 0) {
        SSL_CTX_free(c);
        return NULL;
    }
    if (roots_pem != NULL) {
        SSL_CTX_set_verify(c, SSL_VERIFY_PEER, NULL);
        if (SSL_CTX_load_verify_file(c, roots_pem) != 1) {
            SSL_CTX_free(c);
            return NULL;
        }
    }
    if (!tickets) {
        SSL_CTX_set_options(c, SSL_OP_NO_TICKET);
    }
    SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(c, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_read_ahead(c, 1);
    return c;
}

/** Two ends joined by memory. */
static bool join(SSL *client, SSL *server)
{
    BIO *up = BIO_new(BIO_s_mem()), *down = BIO_new(BIO_s_mem());
    if (up == NULL || down == NULL) {
        return false;
    }
    BIO_set_mem_eof_return(up, -1);
    BIO_set_mem_eof_return(down, -1);
    BIO_up_ref(up);
    BIO_up_ref(down);
    SSL_set_bio(client, down, up);
    SSL_set_bio(server, up, down);
    SSL_set_connect_state(client);
    SSL_set_accept_state(server);
    return true;
}

static bool shake(SSL *client, SSL *server)
{
    for (int i = 0; i < PUMPS_MAX; i++) {
        int a = SSL_do_handshake(client);
        int b = SSL_do_handshake(server);
        if (a == 1 && b == 1) {
            return true;
        }
    }
    return false;
}

/** The ticket comes behind the handshake. */
static SSL_SESSION *take_ticket(SSL *client)
{
    char none;
    (void)SSL_read(client, &none, 1);
    return SSL_get1_session(client);
}

static bool once(struct runner *r, const struct sim_device *d, SSL_SESSION **ticket)
{
    char name[] = "localhost"; /* not const: the library's macro casts it away */
    SSL *client = SSL_new(r->client), *server = SSL_new(r->server);
    bool good = client != NULL && server != NULL && join(client, server) &&
                SSL_set_tlsext_host_name(client, name) == 1 &&
                SSL_use_certificate(client, d->certificate) == 1 &&
                SSL_use_PrivateKey(client, d->key) == 1;
    if (good && *ticket != NULL) {
        SSL_set_session(client, *ticket);
    }
    good = good && shake(client, server);
    if (good && r->resume) {
        good = *ticket == NULL || SSL_session_reused(client) == 1;
        SSL_SESSION_free(*ticket);
        *ticket = take_ticket(client);
        SSL_set_shutdown(client, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN); /* a good end */
    }
    SSL_free(client);
    SSL_free(server);
    ERR_clear_error();
    return good;
}

static void *run(void *arg)
{
    struct runner *r = arg;
    SSL_SESSION *ticket = NULL;
    size_t at = r->first;
    while (!r->failed && eg_clock_mono_ns() < r->until_ns) {
        r->failed = !once(r, &r->devices[at % r->count], &ticket);
        at += r->resume ? 0 : 1;
        r->done++;
    }
    SSL_SESSION_free(ticket);
    return NULL;
}

double sim_cpu_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

double sim_handshake_limit(SSL_CTX *server, SSL_CTX *client, const struct sim_device *devices,
                           size_t count, unsigned threads, double seconds, bool resume,
                           double *out_cpu_us)
{
    struct runner runners[THREADS_MAX];
    int64_t start = eg_clock_mono_ns();
    double cpu = sim_cpu_seconds();
    uint64_t done = 0;
    bool failed = threads > THREADS_MAX;
    for (unsigned i = 0; !failed && i < threads; i++) {
        runners[i] = (struct runner){.server = server,
                                     .client = client,
                                     .devices = devices,
                                     .count = count,
                                     .first = i * count / threads,
                                     .until_ns = start + (int64_t)(seconds * 1e9),
                                     .resume = resume};
        failed = pthread_create(&runners[i].thread, NULL, run, &runners[i]) != 0;
    }
    for (unsigned i = 0; !failed && i < threads; i++) {
        pthread_join(runners[i].thread, NULL);
        done += runners[i].done;
    }
    for (unsigned i = 0; !failed && i < threads; i++) {
        failed = runners[i].failed;
    }
    *out_cpu_us = done == 0 ? 0 : (sim_cpu_seconds() - cpu) * 1e6 / (double)done;
    return failed ? 0 : (double)done * 1e9 / (double)(eg_clock_mono_ns() - start);
}
