/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nanoseconds per operation of the calls that a provisioned device costs. Run it on one core:
 *   taskset -c 0 build/gcc/bin/bench_crypto [MS]
 * Each row is the median of RUNS runs of MS (200) milliseconds. Machines differ: compare figures of
 * one series.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/base/text.h"
#include "lib/crypto/x509.h"

enum { RUNS = 5, BATCH = 16 };

struct state {
    struct eg_crypto *c;
    struct eg_key *key;
    uint8_t data[1024];
    uint8_t out[EG_X509_LEN_MAX];
    uint8_t pub[EG_P256_POINT_LEN];
    uint8_t name[EG_X509_NAME_LEN_MAX];
    size_t name_len;
    uint8_t spki[EG_SPKI_LEN_MAX];
    size_t spki_len;
};

static struct eg_writer room(struct state *s)
{
    struct eg_writer w;
    eg_writer_init(&w, s->out, sizeof(s->out));
    return w;
}

static eg_status p256_generate(struct state *s)
{
    return eg_p256_generate(s->c, s->out, s->pub);
}

static eg_status p256_public(struct state *s)
{
    return eg_p256_public(s->c, s->data, s->pub);
}

static eg_status sign(struct state *s)
{
    struct eg_writer w = room(s);
    return eg_sign(s->c, s->key, eg_span(s->data, 450), &w);
}

static eg_status cmac(struct state *s)
{
    return eg_cmac(s->c, eg_span(s->data, 32), eg_span(s->data, 200), s->out);
}

static eg_status hmac(struct state *s)
{
    return eg_hmac_sha256(s->c, eg_span(s->data, 32), eg_span(s->data, 200), s->out);
}

static eg_status sha256(struct state *s)
{
    return eg_hash(s->c, EG_HASH_SHA256, eg_span(s->data, 450), s->out);
}

static eg_status hkdf(struct state *s)
{
    return eg_hkdf_sha256(s->c, eg_span(s->data, 32), eg_span(s->data, 19), eg_span(s->data, 20),
                          s->out, 32);
}

static eg_status kw_wrap(struct state *s)
{
    struct eg_writer w = room(s);
    return eg_kw_wrap(s->c, eg_span(s->data, 32), eg_span(s->data, 40), &w);
}

static eg_status cbc(struct state *s)
{
    struct eg_writer w = room(s);
    return eg_cbc_encrypt(s->c, eg_span(s->data, 32), s->data, eg_span(s->data, 500), &w);
}

static eg_status gcm(struct state *s)
{
    struct eg_writer w = room(s);
    return eg_gcm_seal(s->c, eg_span(s->data, 32), s->data, eg_span(s->data, 32),
                       eg_span(s->data, 32), &w);
}

static eg_status random_32(struct state *s)
{
    return eg_random(s->c, s->out, 32);
}

static eg_status issue(struct state *s)
{
    struct eg_x509_template t = {
        .issuer_name = eg_span(s->name, s->name_len),
        .subject_name = eg_span(s->name, s->name_len),
        .not_before_s = 1700000000,
        .not_after_s = INT64_MAX,
        .spki = eg_span(s->spki, s->spki_len),
        .key_usage = EG_KU_DIGITAL_SIGNATURE,
        .ext_key_usage = EG_EKU_CLIENT_AUTH,
        .with_ski = true,
        .aki = eg_span(s->data, 20),
    };
    EG_TRY(eg_x509_serial(s->c, 1700000000000, t.serial));
    struct eg_writer w = room(s);
    return eg_x509_issue(s->c, &t, s->key, &w);
}

static const struct {
    const char *name;
    eg_status (*run)(struct state *s);
    unsigned goal_ns; /* 0: none */
} ROWS[] = {
    {"eg_p256_generate", p256_generate, 17000}, {"eg_p256_public", p256_public, 0},
    {"eg_sign P-256, 450 B", sign, 27000},      {"eg_x509_issue, serial", issue, 32000},
    {"eg_cmac AES-256, 200 B", cmac, 1000},     {"eg_kw_wrap AES-256, 40 B", kw_wrap, 1500},
    {"eg_cbc_encrypt AES-256, 500 B", cbc, 0},  {"eg_gcm_seal AES-256, 32 B", gcm, 0},
    {"eg_hash SHA-256, 450 B", sha256, 0},      {"eg_hmac_sha256, 200 B", hmac, 0},
    {"eg_hkdf_sha256, 32 B", hkdf, 0},          {"eg_random, 32 B", random_32, 0},
};

static void check(eg_status st, const char *what)
{
    if (!eg_ok(st)) {
        fprintf(stderr, "%s: %s\n", what, eg_status_info(st)->cause);
        exit(1);
    }
}

static double now_ns(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
    return 1e9 * (double)ts.tv_sec + (double)ts.tv_nsec;
}

static double one_run(size_t row, struct state *s, double run_ms)
{
    double begin = now_ns(), end = begin;
    double count = 0;
    while (end - begin < 1e6 * run_ms) {
        for (int i = 0; i < BATCH; i++) {
            check(ROWS[row].run(s), ROWS[row].name);
        }
        count += BATCH;
        end = now_ns();
    }
    return (end - begin) / count;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void prepare(struct state *s)
{
    struct eg_x509_name name = {.organization = "Engrave bench",
                                .common_name = "00112233445566778899aabbccddeeff"};
    struct eg_writer w;
    memset(s->data, 0x5A, sizeof(s->data));
    check(eg_crypto_new(&s->c), "context");
    check(eg_key_generate(s->c, EG_KEY_P256, &s->key), "key");
    eg_writer_init(&w, s->name, sizeof(s->name));
    check(eg_x509_name_encode(&name, &w), "name");
    s->name_len = w.len;
    eg_writer_init(&w, s->spki, sizeof(s->spki));
    check(eg_key_spki(s->key, &w), "spki");
    s->spki_len = w.len;
}

int main(int argc, char **argv)
{
    static struct state s;
    uint64_t run_ms = 200;
    if (argc > 1 && !eg_ok(eg_number_parse(eg_span_str(argv[1]), 60000, &run_ms))) {
        (void)fputs("bench_crypto [MS]\n", stderr);
        return 2;
    }
    prepare(&s);
    printf("%-32s %10s %10s\n", "operation", "ns", "goal ns");
    for (size_t row = 0; row < sizeof(ROWS) / sizeof(ROWS[0]); row++) {
        double runs[RUNS];
        for (int i = 0; i < RUNS; i++) {
            runs[i] = one_run(row, &s, (double)run_ms);
        }
        qsort(runs, RUNS, sizeof(runs[0]), by_size);
        printf("%-32s %10.0f", ROWS[row].name, runs[RUNS / 2]);
        if (ROWS[row].goal_ns > 0) {
            printf(" %10u", ROWS[row].goal_ns);
        }
        printf("\n");
    }
    eg_key_free(s.key);
    eg_crypto_free(s.c);
    return 0;
}
