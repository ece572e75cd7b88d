/* SPDX-License-Identifier: Apache-2.0 */
/* Group commit: what one operation does to its neighbours, full queue, full disk, lost connection.
 */
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/store/store_test.h"

/* ---- a group whose members are known ----------------------------------------------------------
 */

struct gate {
    sem_t entered, open;
};

/* Holds the writer, so that what is submitted meanwhile forms the next group. */
static eg_status op_gate(struct eg_db *db, void *arg)
{
    struct gate *g = arg;

    (void)db;
    (void)sem_post(&g->entered);
    while (sem_wait(&g->open) != 0) {
    }
    return EG_OK;
}

/* Add a value to meta, and then refuse if told so. */
struct put {
    struct eg_store *store;
    char name[32];
    eg_status verdict;
    bool bad_statement;
    eg_status status; /* what the caller was told */
    pthread_t thread;
};

static eg_status op_put(struct eg_db *db, void *arg)
{
    struct put *p = arg;
    struct eg_arg args[] = {eg_arg_text(p->name), eg_arg_bytes(eg_span_str("x"))};

    EG_TRY(eg_db_run(db, EG_SQL_META_ADD, args, 2, NULL));
    if (p->bad_statement) {
        EG_TRY(eg_db_exec(db, "INSERT INTO company (id) VALUES (4711)")); /* lacks a name */
    }
    return p->verdict;
}

static void *put_main(void *arg)
{
    struct put *p = arg;

    p->status = eg_store_write(p->store, op_put, p);
    return NULL;
}

static void *gate_main(void *arg)
{
    void **both = arg;

    if (!eg_ok(eg_store_write(both[0], op_gate, both[1]))) {
        return both[0]; /* told to the one who joins */
    }
    return NULL;
}

static void wait_queued(struct eg_store *store, uint32_t count)
{
    struct eg_store_counters c;

    do {
        eg_store_counters(store, &c);
    } while (c.queued != count);
}

static bool has_meta(struct t_env *e, const char *name)
{
    struct eg_span v;

    return eg_ok(eg_store_meta_get(e->store, name, &e->arena, &v));
}

static void run_as_one_group(struct t_env *e, struct put *puts, size_t count)
{
    struct gate gate;
    void *both[] = {e->store, &gate};
    void *failed = NULL;
    pthread_t holder;

    (void)sem_init(&gate.entered, 0, 0);
    (void)sem_init(&gate.open, 0, 0);
    assert_int_equal(pthread_create(&holder, NULL, gate_main, both), 0);
    while (sem_wait(&gate.entered) != 0) {
    }
    for (size_t i = 0; i < count; i++) {
        puts[i].store = e->store;
        (void)snprintf(puts[i].name, sizeof puts[i].name, "put %lld %zu", (long long)e->company, i);
        assert_int_equal(pthread_create(&puts[i].thread, NULL, put_main, &puts[i]), 0);
        wait_queued(e->store, (uint32_t)i + 1);
    }
    (void)sem_post(&gate.open);
    (void)pthread_join(holder, &failed);
    assert_null(failed);
    for (size_t i = 0; i < count; i++) {
        (void)pthread_join(puts[i].thread, NULL);
    }
    (void)sem_destroy(&gate.entered);
    (void)sem_destroy(&gate.open);
}

static void a_refusal_does_not_disturb_its_neighbours(void **state)
{
    struct t_env *e = *state;
    struct put puts[3] = {{.verdict = EG_OK}, {.verdict = EG_ERR(QUOTA_SPENT)}, {.verdict = EG_OK}};
    struct eg_store_counters before, after;

    eg_store_counters(e->store, &before);
    run_as_one_group(e, puts, 3);
    eg_store_counters(e->store, &after);
    assert_ok(puts[0].status);
    assert_status(puts[1].status, QUOTA_SPENT);
    assert_ok(puts[2].status);
    assert_true(has_meta(e, puts[0].name));
    assert_false(has_meta(e, puts[1].name));
    assert_true(has_meta(e, puts[2].name));
    assert_int_equal(after.commits - before.commits, 2); /* the gate's and theirs */
    assert_int_equal(after.operations - before.operations, 3);
    assert_int_equal(after.refused - before.refused, 1);
}

/* A statement that the database itself refuses; PostgreSQL aborts the transaction for it. */
static void a_bad_statement_does_not_either(void **state)
{
    struct t_env *e = *state;
    struct put puts[3] = {
        {.verdict = EG_OK}, {.verdict = EG_OK, .bad_statement = true}, {.verdict = EG_OK}};
    struct put alone = {.verdict = EG_OK, .bad_statement = true, .name = "alone"};
    char why[EG_DB_WHY_LEN];

    run_as_one_group(e, puts, 3);
    assert_ok(puts[0].status);
    assert_status(puts[1].status, STORE_FAILED);
    assert_ok(puts[2].status);
    assert_true(has_meta(e, puts[0].name));
    assert_false(has_meta(e, puts[1].name));
    assert_true(has_meta(e, puts[2].name));
    assert_status(eg_store_write(e->store, op_put, &alone), STORE_FAILED);
    assert_false(has_meta(e, alone.name));
    eg_store_why(e->store, why, sizeof why);
    assert_non_null(strstr(why, "company"));
}

static void a_full_queue_is_busy(void **state)
{
    struct eg_store_options options = {.queue_max = 2};
    struct t_env own = *(struct t_env *)*state;
    struct put puts[2] = {{.verdict = EG_OK}, {.verdict = EG_OK}};
    struct put extra = {.verdict = EG_OK, .name = "extra"};
    struct gate gate;
    void *both[2], *failed;
    pthread_t holder;

    options.url = own.url;
    t_new_database(own.url);
    assert_ok(eg_store_open(&options, &own.store, NULL, 0));
    both[0] = own.store;
    both[1] = &gate;
    (void)sem_init(&gate.entered, 0, 0);
    (void)sem_init(&gate.open, 0, 0);
    assert_int_equal(pthread_create(&holder, NULL, gate_main, both), 0);
    while (sem_wait(&gate.entered) != 0) {
    }
    for (size_t i = 0; i < 2; i++) {
        puts[i].store = own.store;
        (void)snprintf(puts[i].name, sizeof puts[i].name, "queued %zu", i);
        assert_int_equal(pthread_create(&puts[i].thread, NULL, put_main, &puts[i]), 0);
        wait_queued(own.store, (uint32_t)i + 1);
    }
    assert_status(eg_store_write(own.store, op_put, &extra), STORE_BUSY);
    (void)sem_post(&gate.open);
    (void)pthread_join(holder, &failed);
    for (size_t i = 0; i < 2; i++) {
        (void)pthread_join(puts[i].thread, NULL);
        assert_ok(puts[i].status);
    }
    assert_false(has_meta(&own, "extra"));
    assert_ok(eg_store_write(own.store, op_put, &extra));
    eg_store_close(own.store);
}

/* ---- full disk --------------------------------------------------------------------------------
 */

static eg_status op_exec(struct eg_db *db, void *arg)
{
    return eg_db_exec(db, arg);
}

static void a_full_disk_changes_nothing(void **state)
{
    struct t_env *e = *state;
    struct eg_roots_result r;
    struct eg_root *roots;
    struct eg_device d;
    enum { COUNT = 2000 };
    char limit[64];

    roots = eg_arena_alloc(&e->arena, COUNT * sizeof *roots);
    assert_non_null(roots);
    for (uint32_t i = 0; i < COUNT; i++) {
        roots[i] = t_root(e, i, 1);
    }
    (void)snprintf(limit, sizeof limit, "PRAGMA max_page_count=%lld",
                   (long long)t_number(e->url, "PRAGMA page_count") + 4);
    assert_ok(eg_store_write(e->store, op_exec, limit));
    assert_status(eg_store_roots_add(e->store, e->company, 1, "mcxn947", roots, COUNT, 1, &r),
                  STORE_FULL);
    assert_status(eg_store_device_get(e->store, e->company, &roots[0].uuid, &e->arena, &d),
                  DEVICE_UNKNOWN);
    (void)snprintf(limit, sizeof limit, "PRAGMA max_page_count=1073741823");
    assert_ok(eg_store_write(e->store, op_exec, limit));
    assert_ok(eg_store_roots_add(e->store, e->company, 1, "mcxn947", roots, COUNT, 1, &r));
    assert_int_equal(r.added, COUNT);
}

/* ---- lost connections -------------------------------------------------------------------------
 */

static void cut_connections(struct t_env *e)
{
    assert_true(t_number(e->url, "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                                 " WHERE application_name = 'engraved'"
                                 " AND datname = current_database()") > 0);
}

static void a_lost_connection_comes_back(void **state)
{
    struct t_env *e = *state;
    struct put put = {.verdict = EG_OK, .name = "after the cut"};
    struct eg_store_counters before, after;
    eg_status st = EG_OK;

    eg_store_counters(e->store, &before);
    cut_connections(e);
    assert_ok(eg_store_check(e->store)); /* readers try again by themselves */
    assert_status(eg_store_write(e->store, op_put, &put), STORE_UNAVAILABLE);
    for (int i = 0; i < 1000; i++) {
        st = eg_store_write(e->store, op_put, &put);
        if (!eg_is(st, EG_E_STORE_UNAVAILABLE)) {
            break;
        }
    }
    assert_ok(st);
    assert_true(has_meta(e, put.name));
    eg_store_counters(e->store, &after);
    assert_int_equal(after.reconnects, before.reconnects + 1);
}

/* Waits inside the transaction until the connection is cut, and then goes on. */
static eg_status op_cut_inside(struct eg_db *db, void *arg)
{
    struct put *p = arg;

    EG_TRY(op_put(db, p));
    cut_connections((struct t_env *)(void *)p->store);
    return op_put(db, p);
}

static void a_cut_in_the_middle_leaves_nothing(void **state)
{
    struct t_env *e = *state;
    /* the op wants the environment, not the store */
    struct put put = {.verdict = EG_OK, .store = (struct eg_store *)(void *)e, .name = "half"};

    assert_status(eg_store_write(e->store, op_cut_inside, &put), STORE_UNAVAILABLE);
    assert_false(has_meta(e, put.name));
    put.verdict = EG_OK;
    assert_ok(eg_store_write(e->store, op_put, &put));
}

static const struct CMUnitTest tests[] = {
    T_CASE(a_refusal_does_not_disturb_its_neighbours),
    T_CASE(a_bad_statement_does_not_either),
    T_CASE(a_full_queue_is_busy),
};
const struct t_cases t_writer_cases = {"writer", tests, sizeof tests / sizeof tests[0], T_BOTH};

/* PostgreSQL's disk cannot be filled without filling the machine's. */
static const struct CMUnitTest sqlite_tests[] = {T_CASE(a_full_disk_changes_nothing)};
const struct t_cases t_sqlite_cases = {"writer of sqlite", sqlite_tests, 1, T_SQLITE};

/* A file does not hang up. */
static const struct CMUnitTest postgres_tests[] = {
    T_CASE(a_lost_connection_comes_back),
    T_CASE(a_cut_in_the_middle_leaves_nothing),
};
const struct t_cases t_postgres_cases = {"writer of postgres", postgres_tests, 2, T_POSTGRES};
