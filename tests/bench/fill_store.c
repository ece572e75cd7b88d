/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fills the database of a service that is stopped with devices of many states, through the store's
 * own operations: for measuring how a service behaves that knows a million devices. Their roots and
 * bodies are sized as real ones are, but nothing can be made of them.
 *
 *   bench_fill URL COUNT
 *
 * To the first company: a tenth of COUNT of another family; about half in no group, the rest in two
 * new groups, made but for one in a hundred. Of those in groups all but one in a hundred have been
 * in a session; their certificates end within a year.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/base/text.h"
#include "server/store/store_admin.h"
#include "server/store/store_catalog.h"
#include "server/store/store_internal.h"
#include "server/store/store_job.h"

enum { BODY_LEN = 1300, WRAPPED_LEN = 60, LOT = 50000, COMPANY = 1, GROUPS = 2, DAY_S = 86400 };
static const int64_t nc12 = 935000000099;
static const char node[] = "bench-fill";

struct fill {
    struct eg_store *store;
    int64_t now_s;
    uint64_t seed;
    int64_t groups[GROUPS];
    uint32_t jobs;
    struct eg_root roots[LOT];
    uint8_t body[BODY_LEN];
};

static void need(eg_status st, const char *what)
{
    if (!eg_ok(st)) {
        (void)fprintf(stderr, "%s: %s\n", what, eg_status_info(st)->cause);
        exit(1);
    }
}

/* Fast, repeatable and good enough to spread UUIDs (xorshift64*). */
static uint64_t random_word(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(2685821657736338717);
}

static void set_up(struct fill *f)
{
    int64_t id, object;
    struct eg_stored_object key = {
        .name = "fill key", .type = "KEYPAIR", .object_id = 1, .definition = "{}"};

    need(eg_store_product_add(f->store, COMPANY, nc12, "fill", "mcxn947", f->now_s, &id),
         "product");
    need(eg_store_object_add(f->store, COMPANY, &key, f->now_s, &object), "object");
    for (size_t i = 0; i < GROUPS; i++) {
        const struct eg_group_new group = {i == 0 ? "fill one" : "fill two", EG_QUOTA_NONE,
                                           EG_LC_OPEN, false, 0};
        need(eg_store_group_add(f->store, COMPANY, nc12, &group, f->now_s, &f->groups[i]), "group");
        need(eg_store_assign(f->store, COMPANY, &(struct eg_group_guard){.group_id = f->groups[i]},
                             object, NULL),
             "assign");
    }
}

static void upload(struct fill *f, const char *family, size_t count)
{
    static const uint8_t wrapped[WRAPPED_LEN] = {1};
    struct eg_roots_result result;

    for (size_t i = 0; i < count; i++) {
        struct eg_root *r = &f->roots[i];

        for (size_t k = 0; k < EG_UUID_LEN; k++) {
            r->uuid.bytes[k] = (uint8_t)(random_word(&f->seed) >> 32);
        }
        r->wrapped = EG_SPAN_OF(wrapped);
        memset(r->tag, (int)(i & 0xff), sizeof r->tag);
    }
    need(eg_store_roots_add(f->store, COMPANY, 1, family, f->roots, count, f->now_s, &result),
         "roots");
}

static void reserve(struct fill *f, int64_t group, const struct eg_uuid *uuids, size_t count,
                    struct eg_job *job)
{
    char uuid[EG_JOB_UUID_LEN + 1];
    struct eg_refusal refusal;
    struct eg_arena arena;
    const struct eg_reserve in = {.company_id = COMPANY,
                                  .group_id = group,
                                  .uuids = uuids,
                                  .count = count,
                                  .job_uuid = uuid,
                                  .node = node,
                                  .lease_s = 60,
                                  .now_s = f->now_s};

    (void)snprintf(uuid, sizeof uuid, "%08x-0000-7000-8000-%012llx", ++f->jobs,
                   (unsigned long long)group);
    eg_arena_init(&arena, EG_ARENA_REQUEST_MAX);
    need(eg_store_job_reserve(f->store, &in, &arena, job, &refusal), "reserve");
    eg_arena_cleanup(&arena);
}

/* Every hundredth device could not be made. */
static void finish(struct fill *f, const struct eg_job *job)
{
    for (uint32_t c = 0; c < eg_job_chunks(job); c++) {
        struct eg_made made[EG_JOB_CHUNK] = {0};
        struct eg_job_chunk chunk;
        struct eg_arena arena;

        eg_arena_init(&arena, EG_ARENA_REQUEST_MAX);
        need(eg_store_job_chunk(f->store, job->id, c, &arena, &chunk), "chunk");
        for (size_t i = 0; i < chunk.count; i++) {
            made[i].device_id = chunk.devices[i].device_id;
            made[i].body = EG_SPAN_OF(f->body);
            made[i].failed = chunk.devices[i].device_id % 100 == 0;
            made[i].reason = made[i].failed ? "ERR_FILL" : "";
        }
        need(eg_store_job_finish(f->store, job->id, node, c, made, chunk.count, f->now_s, NULL),
             "finish");
        eg_arena_cleanup(&arena);
    }
}

struct met {
    const struct fill *f;
    const struct eg_uuid *uuids;
    size_t count;
};

static eg_status meet_one(struct eg_db *db, const struct met *m, int64_t device_id)
{
    const struct eg_arg none = {.type = EG_ARG_BYTES, .null = true};
    int64_t days = device_id * 7919 % 365;
    struct eg_arg row[] = {eg_arg_int(device_id), eg_arg_int(COMPANY), eg_arg_int(m->f->now_s)};
    struct eg_arg contact[] = {
        eg_arg_int(device_id), eg_arg_int(m->f->now_s), eg_arg_int(1), eg_arg_int(1),
        eg_arg_int(1),         eg_arg_int(1),           eg_arg_int(0), eg_arg_text("192.0.2.1"),
        eg_arg_text("fill")};
    struct eg_arg held[] = {eg_arg_int(device_id),
                            eg_arg_int(0),
                            eg_arg_int(0),
                            eg_arg_int(0),
                            eg_arg_int(0),
                            eg_arg_int(m->f->now_s + (days + 1) * DAY_S),
                            eg_arg_int(0),
                            eg_arg_int(0),
                            eg_arg_int(0),
                            eg_arg_bytes(eg_span("", 0)),
                            none,
                            none};

    EG_TRY(eg_db_run(db, EG_SQL_CLOUD_INIT, row, 3, NULL));
    EG_TRY(eg_db_run(db, EG_SQL_CLOUD_CONTACT, contact, 9, NULL));
    EG_TRY(eg_db_run(db, EG_SQL_CLOUD_CONTACTED, row, 1, NULL));
    return eg_db_run(db, EG_SQL_CLOUD_HELD, held, 12, NULL);
}

/* What sessions of theirs would have left, many in a commit. */
static eg_status op_meet(struct eg_db *db, void *arg)
{
    const struct met *m = arg;

    for (size_t i = 0; i < m->count; i++) {
        struct eg_arg uuid[] = {eg_arg_bytes(EG_SPAN_OF(m->uuids[i].bytes)), eg_arg_int(COMPANY)};
        int64_t id;

        EG_TRY(eg_row_get_int(db, EG_SQL_DEVICE_BY_UUID, uuid, 2, EG_ERR(STORE_NOT_FOUND), &id));
        if (id % 100 != 1) {
            EG_TRY(meet_one(db, m, id));
        }
    }
    return EG_OK;
}

static void take_into_groups(struct fill *f, size_t count)
{
    struct eg_uuid uuids[EG_JOB_DEVICES_MAX];

    for (size_t first = 0; first < count; first += EG_JOB_DEVICES_MAX) {
        size_t n = count - first < EG_JOB_DEVICES_MAX ? count - first : EG_JOB_DEVICES_MAX;
        struct eg_job job;

        for (size_t i = 0; i < n; i++) {
            uuids[i] = f->roots[first + i].uuid;
        }
        reserve(f, f->groups[f->jobs % GROUPS], uuids, n, &job);
        finish(f, &job);
        need(eg_store_write(f->store, op_meet, &(struct met){f, uuids, n}), "meet");
    }
}

static void lot(struct fill *f, size_t count)
{
    upload(f, "rw612", count / 10);
    upload(f, "mcxn947", count - count / 10);
    take_into_groups(f, count / 2);
}

int main(int argc, char **argv)
{
    static struct fill f;
    struct eg_store_options options = {.url = argc > 1 ? argv[1] : ""};
    uint64_t count = 0;
    char why[256] = "";

    if (argc != 3 || !eg_ok(eg_number_parse(eg_span_str(argv[2]), 100000000, &count))) {
        (void)fprintf(stderr, "usage: bench_fill URL COUNT\n");
        return 2;
    }
    if (!eg_ok(eg_store_open(&options, &f.store, why, sizeof why))) {
        (void)fprintf(stderr, "cannot open %s: %s\n", argv[1], why);
        return 1;
    }
    f.now_s = (int64_t)time(NULL);
    f.seed = (uint64_t)f.now_s | 1;
    memset(f.body, 0x5a, sizeof f.body);
    set_up(&f);
    for (uint64_t done = 0; done < count; done += LOT) {
        lot(&f, count - done < LOT ? (size_t)(count - done) : LOT);
    }
    eg_store_close(f.store);
    return 0;
}
