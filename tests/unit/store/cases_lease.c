/* SPDX-License-Identifier: Apache-2.0 */
/* Jobs change hands: leases, two nodes at the same work. Each test has a database of its own. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/store/store_test.h"

/* A second store on the same database stands for a second node (PostgreSQL), or is the same one. */
struct nodes {
    struct t_env a;
    struct eg_store *b;
};

static void nodes_open(struct nodes *n)
{
    struct eg_store_options options = {.url = n->a.url};

    memset(n, 0, sizeof *n);
    t_new_database(n->a.url);
    assert_ok(eg_store_open(&options, &n->a.store, NULL, 0));
    n->b = n->a.store;
    if (t_is_postgres()) {
        assert_ok(eg_store_open(&options, &n->b, NULL, 0));
    }
    eg_arena_init(&n->a.arena, EG_ARENA_REQUEST_MAX);
    assert_ok(eg_store_company_add(n->a.store, "c", 1, &n->a.company));
}

static void nodes_close(struct nodes *n)
{
    if (n->b != n->a.store) {
        eg_store_close(n->b);
    }
    eg_store_close(n->a.store);
    eg_arena_cleanup(&n->a.arena);
}

static size_t claim(struct nodes *n, struct eg_store *store, const char *node, int64_t now_s,
                    bool at_start, struct eg_job_list *list)
{
    struct eg_claim in = {
        .node = node, .now_s = now_s, .lease_s = 60, .at_start = at_start, .max = 10};

    assert_ok(eg_store_job_claim(store, &in, &n->a.arena, list));
    return list->count;
}

static void an_expired_lease_changes_hands(void **state)
{
    struct nodes n;
    struct eg_job_list list;
    struct eg_refusal refusal;
    struct eg_job job;
    int64_t group;

    (void)state;
    nodes_open(&n);
    group = t_group_with_object(&n.a, EG_QUOTA_NONE);
    t_upload(&n.a, 0, 5);
    assert_ok(t_reserve(&n.a, group, 0, 5, &job, &refusal)); /* lease until 1060 */
    assert_int_equal(claim(&n, n.b, "node-b", 1060, true, &list), 0);
    assert_ok(eg_store_job_renew(n.a.store, job.id, T_NODE, 1050, 60));
    assert_status(eg_store_job_renew(n.b, job.id, "node-b", 1050, 60), JOB_LEASE_LOST);
    assert_int_equal(claim(&n, n.b, "node-b", 1110, false, &list), 0);
    assert_int_equal(claim(&n, n.b, "node-b", 1111, false, &list), 1);
    assert_int_equal(list.items[0].id, job.id);
    assert_int_equal(list.items[0].lease_until_s, 1171);
    assert_string_equal(list.items[0].node, "node-b");
    assert_status(eg_store_job_renew(n.a.store, job.id, T_NODE, 1112, 60), JOB_LEASE_LOST);
    nodes_close(&n);
}

static void a_node_takes_up_its_own_jobs_at_start(void **state)
{
    struct nodes n;
    struct eg_job_list list;
    struct eg_refusal refusal;
    struct eg_job job;
    int64_t group;

    (void)state;
    nodes_open(&n);
    group = t_group_with_object(&n.a, EG_QUOTA_NONE);
    t_upload(&n.a, 0, 2);
    assert_ok(t_reserve(&n.a, group, 0, 1, &job, &refusal));
    assert_ok(t_reserve(&n.a, group, 1, 1, &job, &refusal));
    assert_int_equal(claim(&n, n.a.store, T_NODE, 1001, false, &list), 0);
    assert_int_equal(claim(&n, n.a.store, T_NODE, 1001, true, &list), 2);
    t_finish(&n.a, &list.items[0], 1);
    assert_int_equal(claim(&n, n.a.store, T_NODE, 1002, true, &list), 1);
    t_finish(&n.a, &list.items[0], 1);
    assert_int_equal(claim(&n, n.a.store, T_NODE, 9999, true, &list), 0);
    nodes_close(&n);
}

/* More jobs than a page: every one once, although all of them stay jobs of this node. */
static void a_start_goes_through_its_jobs_in_pages(void **state)
{
    enum { JOBS = 7, PAGE = 3 };
    struct nodes n;
    struct eg_claim in = {
        .node = T_NODE, .now_s = 1001, .lease_s = 60, .at_start = true, .max = PAGE};
    struct eg_job_list list;
    struct eg_refusal refusal;
    struct eg_job job;
    size_t got = 0;
    int64_t group;

    (void)state;
    nodes_open(&n);
    group = t_group_with_object(&n.a, EG_QUOTA_NONE);
    t_upload(&n.a, 0, JOBS);
    for (uint32_t i = 0; i < JOBS; i++) {
        assert_ok(t_reserve(&n.a, group, i, 1, &job, &refusal));
    }
    do {
        int64_t before = in.after_id;

        assert_ok(eg_store_job_claim(n.a.store, &in, &n.a.arena, &list));
        for (size_t i = 0; i < list.count; i++) {
            assert_true(list.items[i].id > before);
            in.after_id = list.items[i].id > in.after_id ? list.items[i].id : in.after_id;
        }
        got += list.count;
        assert_true(got <= JOBS);
    } while (list.count == PAGE);
    assert_int_equal(got, JOBS);
    nodes_close(&n);
}

/* A node whose clock was a year ahead died: its lease must not freeze the job for a year. */
static void a_lease_under_a_wrong_clock_ends(void **state)
{
    enum { YEAR = 365 * 86400 };
    struct nodes n;
    struct eg_job_list list;
    struct eg_refusal refusal;
    struct eg_job job;
    int64_t group;

    (void)state;
    nodes_open(&n);
    group = t_group_with_object(&n.a, EG_QUOTA_NONE);
    t_upload(&n.a, 0, 1);
    assert_ok(t_reserve(&n.a, group, 0, 1, &job, &refusal));
    assert_ok(eg_store_job_renew(n.a.store, job.id, T_NODE, 2000 + YEAR, 60));
    assert_int_equal(claim(&n, n.b, "node-b", 2000, false, &list), 1);
    assert_int_equal(list.items[0].lease_until_s, 2060);
    /* clocks that differ a little leave each other's leases alone */
    assert_ok(eg_store_job_renew(n.b, job.id, "node-b", 2000 + EG_JOB_CLOCK_SKEW_S, 60));
    assert_int_equal(claim(&n, n.a.store, T_NODE, 2000, false, &list), 0);
    assert_int_equal(claim(&n, n.a.store, T_NODE, 1999, false, &list), 1);
    nodes_close(&n);
}

/* Both nodes have made the objects; the one that lost the lease comes last. */
static void two_makers_store_one_row(void **state)
{
    struct nodes n;
    struct eg_job_list list;
    struct eg_job_chunk chunk;
    struct eg_refusal refusal;
    struct eg_provisioning p;
    struct eg_made made = {0};
    struct eg_job job;
    struct eg_uuid u;
    int64_t group;

    (void)state;
    nodes_open(&n);
    group = t_group_with_object(&n.a, EG_QUOTA_NONE);
    t_upload(&n.a, 0, 1);
    u = t_uuid(&n.a, 0);
    assert_ok(t_reserve(&n.a, group, 0, 1, &job, &refusal));
    assert_ok(eg_store_job_chunk(n.a.store, job.id, 0, &n.a.arena, &chunk));
    assert_int_equal(claim(&n, n.b, "node-b", 2000, false, &list), 1);
    made.device_id = chunk.devices[0].device_id;
    made.body = eg_span_str("late");
    assert_status(eg_store_job_finish(n.a.store, job.id, T_NODE, 0, &made, 1, 2001, NULL),
                  JOB_LEASE_LOST);
    assert_ok(eg_store_provisioning_get(n.a.store, n.a.company, &u, &n.a.arena, &p));
    assert_int_equal(p.id, 0);
    made.body = eg_span_str("good");
    assert_ok(eg_store_job_finish(n.b, job.id, "node-b", 0, &made, 1, 2001, &job));
    assert_int_equal(job.state, EG_JOB_SUCCEEDED);
    made.body = eg_span_str("late");
    assert_ok(eg_store_job_finish(n.a.store, job.id, T_NODE, 0, &made, 1, 2002, NULL));
    assert_ok(eg_store_provisioning_get(n.a.store, n.a.company, &u, &n.a.arena, &p));
    assert_true(eg_span_equal(p.body, eg_span_str("good")));
    assert_int_equal(t_count(&n.a, "provisioning"), 1);
    nodes_close(&n);
}

/* The same device in two jobs at once, as when a client repeats a request: one row, both succeed.
 */
static void two_jobs_for_one_device_store_one_row(void **state)
{
    struct nodes n;
    struct eg_refusal refusal;
    struct eg_job one, two;
    struct eg_provisioning p;
    struct eg_uuid u;
    int64_t group;

    (void)state;
    nodes_open(&n);
    group = t_group_with_object(&n.a, 1);
    t_upload(&n.a, 0, 1);
    u = t_uuid(&n.a, 0);
    assert_ok(t_reserve(&n.a, group, 0, 1, &one, &refusal));
    assert_ok(t_reserve(&n.a, group, 0, 1, &two, &refusal));
    t_finish(&n.a, &two, 2);
    t_finish(&n.a, &one, 1);
    assert_ok(eg_store_provisioning_get(n.a.store, n.a.company, &u, &n.a.arena, &p));
    assert_int_equal(p.body.ptr[0], 2);
    assert_int_equal(t_count(&n.a, "provisioning"), 1);
    assert_ok(eg_store_job_get(n.a.store, n.a.company, one.uuid, &n.a.arena, &one));
    assert_int_equal(one.state, EG_JOB_SUCCEEDED);
    nodes_close(&n);
}

/* ---- many claimers at once --------------------------------------------------------------------
 */

enum { CLAIM_JOBS = 24 };

struct claimer {
    struct eg_store *store;
    char node[8];
    uint32_t got;
    eg_status status;
};

static void *claimer_main(void *arg)
{
    struct claimer *c = arg;
    struct eg_claim in = {.node = c->node, .now_s = 5000, .lease_s = 60, .max = 3};
    struct eg_job_list list;

    do {
        struct eg_arena arena;

        eg_arena_init(&arena, EG_ARENA_REQUEST_MAX);
        c->status = eg_store_job_claim(c->store, &in, &arena, &list);
        c->got += eg_ok(c->status) ? (uint32_t)list.count : 0;
        eg_arena_cleanup(&arena);
    } while (eg_is(c->status, EG_E_STORE_BUSY) || (eg_ok(c->status) && list.count > 0));
    return NULL;
}

static void a_job_has_one_owner(void **state)
{
    struct nodes n;
    struct claimer claimers[6] = {0};
    pthread_t threads[6];
    struct eg_refusal refusal;
    struct eg_job job;
    uint32_t got = 0;
    int64_t group;

    (void)state;
    nodes_open(&n);
    group = t_group_with_object(&n.a, EG_QUOTA_NONE);
    t_upload(&n.a, 0, CLAIM_JOBS);
    for (uint32_t i = 0; i < CLAIM_JOBS; i++) {
        assert_ok(t_reserve(&n.a, group, i, 1, &job, &refusal));
    }
    for (size_t i = 0; i < 6; i++) {
        claimers[i].store = i % 2 == 0 ? n.a.store : n.b;
        (void)snprintf(claimers[i].node, sizeof claimers[i].node, "n%zu", i);
        assert_int_equal(pthread_create(&threads[i], NULL, claimer_main, &claimers[i]), 0);
    }
    for (size_t i = 0; i < 6; i++) {
        (void)pthread_join(threads[i], NULL);
        assert_ok(claimers[i].status);
        got += claimers[i].got;
    }
    assert_int_equal(got, CLAIM_JOBS);
    nodes_close(&n);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(an_expired_lease_changes_hands),
    cmocka_unit_test(a_node_takes_up_its_own_jobs_at_start),
    cmocka_unit_test(a_start_goes_through_its_jobs_in_pages),
    cmocka_unit_test(a_lease_under_a_wrong_clock_ends),
    cmocka_unit_test(two_makers_store_one_row),
    cmocka_unit_test(two_jobs_for_one_device_store_one_row),
    cmocka_unit_test(a_job_has_one_owner),
};
const struct t_cases t_lease_cases = {"lease", tests, sizeof tests / sizeof tests[0], T_BOTH};
