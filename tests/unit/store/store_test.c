/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/store/store_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static bool postgres;
static char folder[64]; /* of SQLite files */
static unsigned databases;
static unsigned companies;
static unsigned jobs;

bool t_is_postgres(void)
{
    return postgres;
}

static const char *cluster_url(void)
{
    const char *url = getenv("ENGRAVE_TEST_POSTGRES");

    if (url == NULL) {
        (void)fprintf(stderr, "ENGRAVE_TEST_POSTGRES is not set; run under "
                              "python3 -m tests.helpers.postgres\n");
        exit(2);
    }
    return url;
}

/* postgresql://engrave@/postgres?host=DIR with another database name. */
static void with_database(const char *url, const char *name, char out[static 512])
{
    const char *path = strchr(url + strlen("postgresql://"), '/');
    const char *query = path == NULL ? NULL : strchr(path, '?');

    assert_non_null(query);
    assert_true(snprintf(out, 512, "%.*s/%s%s", (int)(path - url), url, name, query) < 512);
}

void t_new_database(char out[static 512])
{
    char name[64];
    char sql[128];
    struct eg_db *db;

    (void)snprintf(name, sizeof name, "store_%d_%u", (int)getpid(), ++databases);
    if (!postgres) {
        (void)snprintf(out, 512, "sqlite:%s/%s.db", folder, name);
        return;
    }
    assert_ok(eg_db_open(cluster_url(), EG_DB_WRITER, &db, NULL, 0));
    (void)snprintf(sql, sizeof sql, "CREATE DATABASE %s", name);
    assert_ok(eg_db_exec(db, sql));
    eg_db_close(db);
    with_database(cluster_url(), name, out);
}

int t_group_setup(void **state)
{
    struct t_env *e = calloc(1, sizeof *e);
    struct eg_store_options options = {.url = e->url};
    char why[256] = "";

    assert_non_null(e);
    t_new_database(e->url);
    if (!eg_ok(eg_store_open(&options, &e->store, why, sizeof why))) {
        (void)fprintf(stderr, "%s: %s\n", e->url, why);
        free(e);
        return -1;
    }
    *state = e;
    return 0;
}

int t_group_teardown(void **state)
{
    struct t_env *e = *state;

    if (e != NULL) { /* NULL: the setup failed */
        eg_store_close(e->store);
        free(e);
    }
    return 0;
}

int t_setup(void **state)
{
    struct t_env *e = *state;
    char name[32];

    eg_arena_init(&e->arena, EG_ARENA_REQUEST_MAX);
    (void)snprintf(name, sizeof name, "company %u", ++companies);
    return eg_ok(eg_store_company_add(e->store, name, 1, &e->company)) ? 0 : -1;
}

int t_teardown(void **state)
{
    struct t_env *e = *state;

    eg_arena_cleanup(&e->arena);
    return 0;
}

/* ---- things to work on ------------------------------------------------------------------------
 */

int64_t t_group(struct t_env *e, int64_t quota)
{
    struct eg_group_new group = {"group", quota, EG_LC_OPEN, false, 0};
    struct eg_product product;
    int64_t id;

    if (eg_is(eg_store_product_get(e->store, e->company, T_NC12_FIRST, &e->arena, &product),
              EG_E_PRODUCT_UNKNOWN)) {
        assert_ok(eg_store_product_add(e->store, e->company, T_NC12_FIRST, "p", "mcxn947", 1, &id));
    }
    if (eg_is(eg_store_group_add(e->store, e->company, T_NC12_FIRST, &group, 1, &id),
              EG_E_NAME_TAKEN)) {
        group.name = "second group";
        assert_ok(eg_store_group_add(e->store, e->company, T_NC12_FIRST, &group, 1, &id));
    }
    return id;
}

int64_t t_object(struct t_env *e, const char *name, uint32_t object_id)
{
    struct eg_stored_object object = {
        .name = name, .type = "KEYPAIR", .object_id = object_id, .definition = "{\"a\":1}"};
    int64_t id;

    assert_ok(eg_store_object_add(e->store, e->company, &object, 1, &id));
    return id;
}

int64_t t_group_with_object(struct t_env *e, int64_t quota)
{
    int64_t group = t_group(e, quota);

    assert_ok(eg_store_assign(e->store, e->company, T_ANY(group), t_object(e, "key", 1), NULL));
    return group;
}

/* The number is spread by an odd factor, so that neighbours lie far apart. */
struct eg_uuid t_uuid(const struct t_env *e, uint32_t number)
{
    struct eg_uuid u = {{0}};

    eg_store_be32(u.bytes, number * 2654435761u);
    eg_store_be32(u.bytes + 8, (uint32_t)e->company);
    eg_store_be32(u.bytes + 12, number);
    return u;
}

struct eg_root t_root(const struct t_env *e, uint32_t number, uint8_t key)
{
    static const uint8_t wrapped[] = "wrapped root of trust";
    struct eg_root r = {.uuid = t_uuid(e, number), .wrapped = EG_SPAN_OF(wrapped)};

    memset(r.tag, key, sizeof r.tag);
    memset(r.connection, 4, sizeof r.connection);
    memset(r.attestation, 5, sizeof r.attestation);
    return r;
}

void t_upload(struct t_env *e, uint32_t first, uint32_t count)
{
    struct eg_root *roots = eg_arena_alloc(&e->arena, count * sizeof *roots);
    struct eg_roots_result result;

    assert_non_null(roots);
    for (uint32_t i = 0; i < count; i++) {
        roots[i] = t_root(e, first + i, 1);
    }
    assert_ok(eg_store_roots_add(e->store, e->company, 1, "mcxn947", roots, count, 500, &result));
    assert_int_equal(result.added + result.known, count);
}

void t_job_uuid(char out[static EG_JOB_UUID_LEN + 1])
{
    unsigned number = __atomic_add_fetch(&jobs, 1, __ATOMIC_RELAXED);

    (void)snprintf(out, EG_JOB_UUID_LEN + 1, "%08x-%04x-7000-8000-000000000000", number,
                   (unsigned)getpid() & 0xffff);
}

eg_status t_reserve(struct t_env *e, int64_t group, uint32_t first, uint32_t count,
                    struct eg_job *out, struct eg_refusal *refusal)
{
    struct eg_uuid uuids[EG_JOB_DEVICES_MAX];
    char job[EG_JOB_UUID_LEN + 1];
    struct eg_reserve in = {.company_id = e->company,
                            .group_id = group,
                            .uuids = uuids,
                            .count = count,
                            .job_uuid = job,
                            .node = T_NODE,
                            .lease_s = 60,
                            .actor = 7,
                            .now_s = 1000};

    t_job_uuid(job);
    for (uint32_t i = 0; i < count; i++) {
        uuids[i] = t_uuid(e, first + i);
    }
    return eg_store_job_reserve(e->store, &in, &e->arena, out, refusal);
}

void t_finish(struct t_env *e, const struct eg_job *job, uint8_t fill)
{
    uint8_t body[100];

    memset(body, fill, sizeof body);
    for (uint32_t c = 0; c < eg_job_chunks(job); c++) {
        struct eg_made made[EG_JOB_CHUNK] = {0};
        struct eg_job_chunk chunk;

        assert_ok(eg_store_job_chunk(e->store, job->id, c, &e->arena, &chunk));
        for (size_t i = 0; i < chunk.count; i++) {
            made[i].device_id = chunk.devices[i].device_id;
            made[i].body = EG_SPAN_OF(body);
        }
        assert_ok(
            eg_store_job_finish(e->store, job->id, job->node, c, made, chunk.count, 1001, NULL));
    }
}

/* ---- main -------------------------------------------------------------------------------------
 */

static const struct t_cases *const files[] = {
    &t_schema_cases,     &t_admin_cases,        &t_catalog_cases, &t_cloud_cases,
    &t_cloud_list_cases, &t_make_cases,         &t_device_cases,  &t_life_cases,
    &t_guard_cases,      &t_job_cases,          &t_lease_cases,   &t_memo_cases,
    &t_pki_cases,        &t_provisioning_cases, &t_writer_cases,  &t_crash_cases};

static bool wanted(const struct t_cases *file, const char *only)
{
    if (file->backend != T_BOTH && (file->backend == T_POSTGRES) != postgres) {
        return false;
    }
    return only == NULL || strcmp(only, file->name) == 0;
}

static int run_files(const char *only)
{
    int failed = 0;

    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        if (wanted(files[i], only)) {
            failed += _cmocka_run_group_tests(files[i]->name, files[i]->tests, files[i]->count,
                                              t_group_setup, t_group_teardown);
        }
    }
    return failed;
}

static void remove_folder(void)
{
    char command[128];

    (void)snprintf(command, sizeof command, "rm -rf -- '%s'", folder);
    if (system(command) != 0) {
        (void)fprintf(stderr, "could not remove %s\n", folder);
    }
}

int main(int argc, char **argv)
{
    int failed;

    if (argc == 3 && strcmp(argv[1], "child") == 0) {
        return t_crash_child(argv[2]);
    }
    if (argc < 2 || (strcmp(argv[1], "sqlite") != 0 && strcmp(argv[1], "postgres") != 0)) {
        (void)fprintf(stderr, "usage: test_store sqlite|postgres [FILE OF CASES]\n");
        return 2;
    }
    postgres = strcmp(argv[1], "postgres") == 0;
    (void)snprintf(folder, sizeof folder, "/tmp/eg-store-XXXXXX");
    if (mkdtemp(folder) == NULL) {
        return 2;
    }
    failed = run_files(argc > 2 ? argv[2] : NULL);
    remove_folder();
    return failed == 0 ? 0 : 1;
}
