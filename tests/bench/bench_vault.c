/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many devices per second the vault makes through its pool, beside the bare limit: the same
 * lib/object and lib/crypto calls in a bare loop, one process per core, without messages and
 * wrapping. Plan: boot key hash, P-256 key pair, certificate with issuing CA, AES-256 master key.
 *
 *   bench_vault [SECONDS [limit]]      needs ENGRAVE_BUILD and ENGRAVE_SOURCE
 *
 * "limit": one round of the bare limit alone, on all cores, in one line for a program to read.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/text.h"
#include "lib/object/object.h"
#include "lib/object/seal.h"
#include "lib/os/clock.h"
#include "tests/unit/unit.h"
#include "tests/unit/vaultpool/pool_fixture.h"

enum {
    CALLERS_PER_WORKER = 2, /* so that a worker finds the next message waiting */
    ROUNDS = 3,
};

static struct fix_pool f;
static atomic_bool stop;

/* ---- through the pool
 * ---------------------------------------------------------------------------- */

static void *caller_run(void *arg)
{
    uint64_t *devices = arg;
    while (!atomic_load(&stop)) {
        struct eg_vaultpool_made made;
        assert_ok(eg_vaultpool_make(f.pool, &f.plan.plan, f.devices, FIX_CHIPS, &made));
        *devices += made.device_count;
        eg_vaultpool_made_free(&made);
    }
    return NULL;
}

static double pool_rate(unsigned workers, double seconds)
{
    pthread_t threads[16];
    uint64_t devices[16] = {0};
    uint64_t total = 0;
    unsigned callers = workers * CALLERS_PER_WORKER;
    atomic_store(&stop, false);
    int64_t start = eg_clock_mono_ns();
    for (unsigned i = 0; i < callers; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, caller_run, &devices[i]), 0);
    }
    struct timespec t = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
    (void)nanosleep(&t, NULL);
    atomic_store(&stop, true);
    for (unsigned i = 0; i < callers; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        total += devices[i];
    }
    return (double)total * 1e9 / (double)(eg_clock_mono_ns() - start);
}

/* ---- the bare limit
 * -------------------------------------------------------------------------------- */

/* Everything that a device's own making needs, kept open. */
struct bare {
    struct eg_crypto *crypto;
    const struct eg_family *family;
    struct eg_key *ca_key;
    struct eg_x509_info ca;
    struct eg_binding binding;
    struct eg_object objects[FIX_PLAN_OBJECTS];
    uint8_t master[32];
};

static void bare_open(struct bare *b)
{
    *b = (struct bare){.family = eg_families_find(fix_families(), "mcxn947"),
                       .binding = {.life_cycle = EG_LC_CLOSED}};
    assert_ok(eg_crypto_new(&b->crypto));
    assert_ok(eg_key_generate(b->crypto, EG_KEY_P256, &b->ca_key));
    assert_ok(eg_x509_parse(f.root.certificate, &b->ca));
    assert_ok(eg_random(b->crypto, b->master, sizeof(b->master)));
    for (size_t i = 0; i < FIX_PLAN_OBJECTS; i++) {
        const struct eg_vault_object *o = &f.plan.objects[i];
        b->objects[i] = (struct eg_object){.type = (enum eg_object_type)o->type,
                                           .id = o->object_id,
                                           .key_alg = (enum eg_key_alg)o->key_alg,
                                           .size = o->size,
                                           .policy = {o->usage, o->algorithm}};
    }
}

static void bare_close(struct bare *b)
{
    eg_key_free(b->ca_key);
    eg_crypto_free(b->crypto);
}

static void bare_certificate(struct bare *b, const struct eg_uuid *uuid, const uint8_t *point,
                             struct eg_writer *out)
{
    uint8_t name_room[EG_X509_NAME_LEN_MAX], spki_room[EG_SPKI_LEN_MAX];
    char hex[EG_UUID_HEX_LEN + 1], common_name[EG_X509_TEXT_MAX + 1];
    struct eg_writer name, spki;
    eg_uuid_to_hex(uuid, hex);
    (void)snprintf(common_name, sizeof(common_name), "meter-%s", hex);
    struct eg_x509_name subject = {
        .organization = "Example Devices", .common_name = common_name, .serial_number = hex};
    eg_writer_init(&name, name_room, sizeof(name_room));
    eg_writer_init(&spki, spki_room, sizeof(spki_room));
    assert_ok(eg_x509_name_encode(&subject, &name));
    eg_p256_spki(point, &spki);
    struct eg_x509_template t = {.issuer_name = b->ca.subject_name,
                                 .subject_name = eg_writer_span(&name),
                                 .not_before_s = FIX_NOW_S,
                                 .not_after_s = FIX_NOW_S + 10LL * FIX_YEAR_S,
                                 .spki = eg_writer_span(&spki),
                                 .path_len = -1,
                                 .key_usage = EG_KU_DIGITAL_SIGNATURE,
                                 .ext_key_usage = EG_EKU_CLIENT_AUTH,
                                 .with_ski = true,
                                 .aki = b->ca.ski};
    assert_ok(eg_x509_serial(b->crypto, FIX_NOW_MS, t.serial));
    assert_ok(eg_x509_issue(b->crypto, &t, b->ca_key, out));
    eg_writer_bytes(out, f.root.certificate);
}

static void bare_device(struct bare *b, size_t chip)
{
    uint8_t die_key[EG_DIE_KEY_LEN], priv[32], point[EG_P256_POINT_LEN], key[32];
    uint8_t blob_room[16384], certificate_room[4096];
    struct eg_uuid uuid;
    struct eg_seal_target target;
    struct eg_writer blobs, certificate;
    eg_writer_init(&blobs, blob_room, sizeof(blob_room));
    eg_writer_init(&certificate, certificate_room, sizeof(certificate_room));
    fix_uuid(chip, &uuid);
    fix_die_key(chip, die_key);
    assert_ok(eg_seal_target_init(b->crypto, b->family, die_key, &b->binding, &target));
    assert_ok(eg_seal(b->crypto, &target, &b->objects[0], EG_SPAN_OF(f.plan.plan.rkth), &blobs));
    assert_ok(eg_p256_generate(b->crypto, priv, point));
    assert_ok(eg_seal(b->crypto, &target, &b->objects[1], EG_SPAN_OF(priv), &blobs));
    bare_certificate(b, &uuid, point, &certificate);
    assert_ok(eg_seal(b->crypto, &target, &b->objects[2], eg_writer_span(&certificate), &blobs));
    assert_ok(eg_recipe_master_key(b->crypto, EG_SPAN_OF(b->master), &uuid, 0x1003, key, 32));
    assert_ok(eg_seal(b->crypto, &target, &b->objects[3], EG_SPAN_OF(key), &blobs));
    eg_seal_target_wipe(&target);
}

/* Devices made in that time. */
static uint64_t bare_count(double seconds)
{
    struct bare b;
    uint64_t devices = 0;
    int64_t deadline = eg_clock_mono_ns() + (int64_t)(seconds * 1e9);
    bare_open(&b);
    while (eg_clock_mono_ns() < deadline) {
        for (size_t i = 0; i < FIX_CHIPS; i++) {
            bare_device(&b, i);
        }
        devices += FIX_CHIPS;
    }
    bare_close(&b);
    return devices;
}

/* One process per core, as the vault has: threads of one process get in each other's way inside
 * OpenSSL 3.0. */
static double bare_rate(unsigned processes, double seconds)
{
    int fds[2];
    uint64_t total = 0;
    assert_int_equal(pipe(fds), 0);
    int64_t start = eg_clock_mono_ns();
    for (unsigned i = 0; i < processes; i++) {
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
            uint64_t devices = bare_count(seconds);
            _exit(write(fds[1], &devices, sizeof(devices)) == sizeof(devices) ? 0 : 1);
        }
    }
    for (unsigned i = 0; i < processes; i++) {
        uint64_t devices = 0;
        assert_int_equal(read(fds[0], &devices, sizeof(devices)), sizeof(devices));
        assert_true(wait(NULL) > 0);
        total += devices;
    }
    (void)close(fds[0]);
    (void)close(fds[1]);
    return (double)total * 1e9 / (double)(eg_clock_mono_ns() - start);
}

/* ---- report
 * ---------------------------------------------------------------------------------------- */

static double best(double a, double b)
{
    return a > b ? a : b;
}

/* Limit and pool take turns, so that a busy machine slows both; the best round of each counts. */
static void measure(unsigned workers, double seconds)
{
    double limit = 0;
    double pool = 0;
    fix_pool_open(&f, workers);
    fix_pool_fill(&f);
    for (int i = 0; i < ROUNDS; i++) {
        limit = best(limit, bare_rate(workers, seconds));
        pool = best(pool, pool_rate(workers, seconds));
    }
    fix_pool_close(&f);
    (void)printf("workers %u: limit %.0f devices/s (%.1f us/device/core), pool %.0f devices/s "
                 "(%.1f us), limit/pool %.3f\n",
                 workers, limit, workers * 1e6 / limit, pool, workers * 1e6 / pool, limit / pool);
}

/* Seconds of processor time of all children that have ended. */
static double children_cpu(void)
{
    struct rusage u;
    assert_int_equal(getrusage(RUSAGE_CHILDREN, &u), 0);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
           (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static void limit_alone(double seconds)
{
    unsigned cores = (unsigned)sysconf(_SC_NPROCESSORS_ONLN);
    fix_pool_open(&f, 1);
    fix_pool_fill(&f);
    double cpu = children_cpu();
    int64_t start = eg_clock_mono_ns();
    double rate = bare_rate(cores, seconds);
    double devices = rate * (double)(eg_clock_mono_ns() - start) / 1e9;
    cpu = children_cpu() - cpu;
    fix_pool_close(&f);
    (void)printf("limit %.1f devices/s, cpu %.2f us/device, %u processes\n", rate,
                 cpu * 1e6 / devices, cores);
}

int main(int argc, char **argv)
{
    uint64_t seconds = 2;
    bool alone = argc == 3 && strcmp(argv[2], "limit") == 0;
    if ((argc > 1 && !eg_ok(eg_number_parse(eg_span_str(argv[1]), 3600, &seconds))) ||
        (argc > 2 && !alone)) {
        (void)fputs("bench_vault [SECONDS [limit]]\n", stderr);
        return 2;
    }
    if (alone) {
        limit_alone((double)seconds);
        return 0;
    }
    measure(1, (double)seconds);
    measure(2, (double)seconds);
    return 0;
}
