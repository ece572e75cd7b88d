/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Devices per second through the store alone: upload roots, reserve jobs of 500, finish chunks with
 * bodies of 1300 bytes. Prints wall time and CPU time of the writer thread per device.
 *
 *   bench_store URL [DEVICES [THREADS]]      URL: sqlite:PATH or postgresql://...
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "server/store/store_admin.h"
#include "server/store/store_catalog.h"
#include "server/store/store_job.h"

enum { BODY_LEN = 1300, WRAPPED_LEN = 60, THREADS_MAX = 64 };

static const char node[] = "bench";

struct bench {
    struct eg_store *store;
    int64_t company, group;
    size_t count;
    struct eg_root *roots;
    struct eg_uuid *uuids;
    struct eg_job *jobs;
    size_t job_count;
    uint8_t body[BODY_LEN];
};

struct worker {
    struct bench *b;
    size_t first, step; /* jobs first, first + step, ... */
    void (*run)(struct bench *b, size_t job);
    pthread_t thread;
};

static void need(eg_status st, const char *what)
{
    if (!eg_ok(st)) {
        (void)fprintf(stderr, "%s: %s\n", what, eg_status_info(st)->cause);
        exit(1);
    }
}

static double now(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Fast, repeatable and good enough to spread UUIDs (xorshift64*). */
static uint64_t random_word(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(2685821657736338717);
}

static void make_roots(struct bench *b, uint64_t seed)
{
    static const uint8_t wrapped[WRAPPED_LEN] = {1};

    for (size_t i = 0; i < b->count; i++) {
        struct eg_root *r = &b->roots[i];

        for (size_t k = 0; k < EG_UUID_LEN; k++) {
            r->uuid.bytes[k] = (uint8_t)(random_word(&seed) >> 32);
        }
        r->wrapped = EG_SPAN_OF(wrapped);
        memset(r->tag, (int)(i & 0xff), sizeof r->tag);
        b->uuids[i] = r->uuid;
    }
}

static void set_up(struct bench *b, int64_t seed)
{
    char name[64];
    int64_t id;
    struct eg_stored_object object = {
        .name = name, .type = "KEYPAIR", .object_id = 1, .definition = "{}"};
    struct eg_group_new group = {"bench", EG_QUOTA_NONE, EG_LC_OPEN, false, 0};

    (void)snprintf(name, sizeof name, "bench %lld", (long long)seed);
    need(eg_store_company_add(b->store, name, 1, &b->company), "company");
    need(eg_store_product_add(b->store, b->company, 935000000012, "p", "mcxn947", 1, &id),
         "product");
    need(eg_store_group_add(b->store, b->company, 935000000012, &group, 1, &b->group), "group");
    need(eg_store_object_add(b->store, b->company, &object, 1, &id), "object");
    need(eg_store_assign(b->store, b->company, &(struct eg_group_guard){.group_id = b->group}, id,
                         NULL),
         "assign");
}

static void reserve(struct bench *b, size_t job)
{
    size_t first = job * EG_JOB_DEVICES_MAX;
    char uuid[EG_JOB_UUID_LEN + 1];
    struct eg_reserve in = {.company_id = b->company,
                            .group_id = b->group,
                            .uuids = b->uuids + first,
                            .count = b->count - first < EG_JOB_DEVICES_MAX ? b->count - first
                                                                           : EG_JOB_DEVICES_MAX,
                            .job_uuid = uuid,
                            .node = node,
                            .lease_s = 60,
                            .now_s = 1000};
    struct eg_refusal refusal;
    struct eg_arena arena;

    (void)snprintf(uuid, sizeof uuid, "%08x-0000-7000-8000-%012llx", (unsigned)job,
                   (unsigned long long)b->company);
    eg_arena_init(&arena, EG_ARENA_REQUEST_MAX);
    need(eg_store_job_reserve(b->store, &in, &arena, &b->jobs[job], &refusal), "reserve");
    eg_arena_cleanup(&arena);
}

static void finish(struct bench *b, size_t job)
{
    const struct eg_job *j = &b->jobs[job];

    for (uint32_t c = 0; c < eg_job_chunks(j); c++) {
        struct eg_made made[EG_JOB_CHUNK] = {0};
        struct eg_job_chunk chunk;
        struct eg_arena arena;

        eg_arena_init(&arena, EG_ARENA_REQUEST_MAX);
        need(eg_store_job_chunk(b->store, j->id, c, &arena, &chunk), "chunk");
        for (size_t i = 0; i < chunk.count; i++) {
            made[i].device_id = chunk.devices[i].device_id;
            made[i].body = EG_SPAN_OF(b->body);
        }
        need(eg_store_job_finish(b->store, j->id, node, c, made, chunk.count, 1001, NULL),
             "finish");
        eg_arena_cleanup(&arena);
    }
}

static void *worker_main(void *arg)
{
    struct worker *w = arg;

    for (size_t job = w->first; job < w->b->job_count; job += w->step) {
        w->run(w->b, job);
    }
    return NULL;
}

static void in_threads(struct bench *b, size_t threads, void (*run)(struct bench *, size_t))
{
    struct worker workers[THREADS_MAX];

    for (size_t i = 0; i < threads; i++) {
        workers[i] = (struct worker){.b = b, .first = i, .step = threads, .run = run};
        if (pthread_create(&workers[i].thread, NULL, worker_main, &workers[i]) != 0) {
            exit(1);
        }
    }
    for (size_t i = 0; i < threads; i++) {
        (void)pthread_join(workers[i].thread, NULL);
    }
}

static void report(struct bench *b, const char *what, double started, uint64_t cpu_before)
{
    struct eg_store_counters c;
    double seconds = now() - started;

    eg_store_counters(b->store, &c);
    printf("%-10s %8.0f devices/s   writer %6.2f us/device   %llu commits so far\n", what,
           (double)b->count / seconds, (double)(c.cpu_ns - cpu_before) / 1000.0 / (double)b->count,
           (unsigned long long)c.commits);
}

static uint64_t cpu_now(struct bench *b)
{
    struct eg_store_counters c;

    eg_store_counters(b->store, &c);
    return c.cpu_ns;
}

static void measure(struct bench *b, size_t threads)
{
    struct eg_roots_result result;
    uint64_t cpu = cpu_now(b);
    double t = now();

    need(eg_store_roots_add(b->store, b->company, 1, "mcxn947", b->roots, b->count, 1, &result),
         "roots");
    report(b, "roots", t, cpu);
    cpu = cpu_now(b);
    t = now();
    in_threads(b, threads, reserve);
    report(b, "reserve", t, cpu);
    cpu = cpu_now(b);
    t = now();
    in_threads(b, threads, finish);
    report(b, "finish", t, cpu);
}

int main(int argc, char **argv)
{
    struct eg_store_options options = {.url = argc > 1 ? argv[1] : ""};
    struct bench b = {.count = argc > 2 ? strtoul(argv[2], NULL, 10) : 20000};
    size_t threads = argc > 3 ? strtoul(argv[3], NULL, 10) : 4;
    int64_t seed = (int64_t)time(NULL);
    char why[256] = "";

    if (argc < 2 || b.count == 0 || threads == 0 || threads > THREADS_MAX) {
        (void)fprintf(stderr, "usage: bench_store URL [DEVICES [THREADS]]\n");
        return 2;
    }
    if (!eg_ok(eg_store_open(&options, &b.store, why, sizeof why))) {
        (void)fprintf(stderr, "cannot open %s: %s\n", argv[1], why);
        return 1;
    }
    b.job_count = (b.count + EG_JOB_DEVICES_MAX - 1) / EG_JOB_DEVICES_MAX;
    b.roots = calloc(b.count, sizeof *b.roots);
    b.uuids = calloc(b.count, sizeof *b.uuids);
    b.jobs = calloc(b.job_count, sizeof *b.jobs);
    if (b.roots == NULL || b.uuids == NULL || b.jobs == NULL) {
        return 1;
    }
    memset(b.body, 0x5a, sizeof b.body);
    printf("%s, %zu devices, %zu threads\n", eg_store_backend(b.store), b.count, threads);
    set_up(&b, seed);
    make_roots(&b, (uint64_t)seed | 1);
    measure(&b, threads);
    eg_store_close(b.store);
    free(b.roots);
    free(b.uuids);
    free(b.jobs);
    return 0;
}
