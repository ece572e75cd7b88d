/* SPDX-License-Identifier: Apache-2.0 */
/* Reserve and finish: lists, quota, exactly once. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/store/store_test.h"

static int64_t quota_used(struct t_env *e, int64_t group)
{
    struct eg_group g;

    assert_ok(eg_store_group_get(e->store, e->company, group, &e->arena, &g));
    return g.quota_used;
}

static void a_job_from_reserve_to_done(void **state)
{
    struct t_env *e = *state;
    int64_t group = t_group_with_object(e, 200);
    struct eg_provisioning p;
    struct eg_refusal refusal;
    struct eg_uuid_list list;
    struct eg_job job, got;
    struct eg_uuid u = t_uuid(e, 3);

    t_upload(e, 0, 150);
    assert_ok(t_reserve(e, group, 0, 150, &job, &refusal));
    assert_int_equal(job.state, EG_JOB_PROCESSING);
    assert_int_equal(job.total, 150);
    assert_int_equal(job.todo, 150);
    assert_int_equal(eg_job_chunks(&job), 3);
    assert_int_equal(quota_used(e, group), 150);
    assert_ok(eg_store_provisioning_get(e->store, e->company, &u, &e->arena, &p));
    assert_int_equal(p.state, EG_DEVICE_ASSIGNED);
    assert_int_equal(p.id, 0);
    assert_int_equal(p.body.len, 0);
    t_finish(e, &job, 0x42);
    assert_ok(eg_store_job_get(e->store, e->company, job.uuid, &e->arena, &got));
    assert_int_equal(got.state, EG_JOB_SUCCEEDED);
    assert_int_equal(got.done, 150);
    assert_int_equal(got.failed, 0);
    assert_int_equal(got.chunks_done, 7);
    assert_string_equal(got.node, T_NODE);
    assert_ok(eg_store_job_devices(e->store, e->company, job.uuid, &e->arena, &list));
    assert_int_equal(list.count, 150);
    assert_ok(eg_store_provisioning_get(e->store, e->company, &u, &e->arena, &p));
    assert_int_equal(p.state, EG_DEVICE_GENERATED);
    assert_true(p.id > 0);
    assert_int_equal(p.body.len, 100);
    assert_int_equal(p.body.ptr[99], 0x42);
    assert_status(eg_store_job_get(e->store, e->company + 1, job.uuid, &e->arena, &got),
                  JOB_UNKNOWN);
    assert_status(eg_store_job_devices(e->store, e->company, "no such job", &e->arena, &list),
                  JOB_UNKNOWN);
}

static void refusal_lists(void **state)
{
    struct t_env *e = *state;
    int64_t group = t_group_with_object(e, 10), other = t_group(e, EG_QUOTA_NONE);
    struct eg_root foreign = t_root(e, 5, 1);
    struct eg_roots_result r;
    struct eg_refusal refusal;
    struct eg_uuid u2 = t_uuid(e, 2), u4 = t_uuid(e, 4);
    struct eg_job job;

    t_upload(e, 0, 4);
    assert_ok(eg_store_roots_add(e->store, e->company, 1, "rw612", &foreign, 1, 500, &r));
    assert_ok(t_reserve(e, other, 2, 1, &job, &refusal));
    assert_int_equal(job.state, EG_JOB_EMPTY);
    /* 0, 1, 3 are free; 2 is elsewhere; 4 is unknown; 5 is of another family */
    assert_status(t_reserve(e, group, 0, 6, &job, &refusal), DEVICES_NOT_ASSIGNABLE);
    assert_int_equal(job.id, 0);
    assert_int_equal(refusal.not_found_count, 1);
    assert_memory_equal(refusal.not_found[0].bytes, u4.bytes, EG_UUID_LEN);
    assert_int_equal(refusal.other_group_count, 1);
    assert_memory_equal(refusal.other_group[0].uuid.bytes, u2.bytes, EG_UUID_LEN);
    assert_int_equal(refusal.other_group[0].group_id, other);
    assert_int_equal(refusal.other_family_count, 1);
    assert_int_equal(quota_used(e, group), 0);
    assert_status(t_reserve(e, group, 5, 1, &job, &refusal), FAMILY_MISMATCH);
    assert_int_equal(refusal.not_found_count, 0);
    assert_status(t_reserve(e, 999999, 0, 1, &job, &refusal), GROUP_UNKNOWN);
    assert_status(t_reserve(e, group, 0, 0, &job, &refusal), TOO_MANY_DEVICES);
    assert_ok(t_reserve(e, group, 0, 2, &job, &refusal));
}

static void duplicates_count_once(void **state)
{
    struct t_env *e = *state;
    int64_t group = t_group_with_object(e, 1);
    struct eg_uuid uuids[3];
    char uuid[EG_JOB_UUID_LEN + 1];
    struct eg_reserve in = {.company_id = e->company,
                            .group_id = group,
                            .uuids = uuids,
                            .count = 3,
                            .job_uuid = uuid,
                            .node = T_NODE,
                            .lease_s = 60,
                            .now_s = 1000};
    struct eg_refusal refusal;
    struct eg_job job;

    t_upload(e, 0, 1);
    uuids[0] = uuids[1] = uuids[2] = t_uuid(e, 0);
    t_job_uuid(uuid);
    assert_ok(eg_store_job_reserve(e->store, &in, &e->arena, &job, &refusal));
    assert_int_equal(job.total, 1);
    assert_int_equal(quota_used(e, group), 1);
    assert_status(eg_store_job_reserve(e->store, &in, &e->arena, &job, &refusal), NAME_TAKEN);
}

static void repeating_costs_nothing(void **state)
{
    struct t_env *e = *state;
    int64_t group = t_group_with_object(e, 10);
    struct eg_refusal refusal;
    struct eg_job job;

    t_upload(e, 0, 10);
    assert_ok(t_reserve(e, group, 0, 6, &job, &refusal));
    t_finish(e, &job, 1);
    assert_ok(t_reserve(e, group, 0, 6, &job, &refusal));
    assert_int_equal(job.state, EG_JOB_SUCCEEDED);
    assert_int_equal(job.todo, 0);
    assert_int_equal(job.total, 6);
    assert_ok(t_reserve(e, group, 4, 6, &job, &refusal)); /* two old ones, four new ones */
    assert_int_equal(job.todo, 4);
    assert_int_equal(job.total, 6);
    assert_int_equal(quota_used(e, group), 10);
}

static void the_quota_is_a_wall(void **state)
{
    struct t_env *e = *state;
    int64_t group = t_group_with_object(e, 5);
    struct eg_uuid u = t_uuid(e, 0);
    struct eg_refusal refusal;
    struct eg_device d;
    struct eg_job job;
    uint32_t gone;

    t_upload(e, 0, 7);
    assert_status(t_reserve(e, group, 0, 6, &job, &refusal), QUOTA_SPENT);
    assert_ok(eg_store_device_get(e->store, e->company, &u, &e->arena, &d));
    assert_int_equal(d.group_id, 0); /* nothing stayed behind */
    assert_int_equal(quota_used(e, group), 0);
    assert_ok(t_reserve(e, group, 0, 5, &job, &refusal));
    assert_status(t_reserve(e, group, 5, 1, &job, &refusal), QUOTA_SPENT);
    assert_ok(eg_store_unclaim(e->store, e->company, group, &u, 1, 0, 1000, &gone));
    assert_status(t_reserve(e, group, 5, 1, &job, &refusal), QUOTA_SPENT); /* gives none back */
    assert_ok(t_reserve(e, group, 0, 1, &job, &refusal));                  /* costs none again */
    assert_int_equal(quota_used(e, group), 5);
}

/* ---- 16 threads overdraw one quota ------------------------------------------------------------
 */

enum { RUSH_THREADS = 16, RUSH_EACH = 12, RUSH_QUOTA = 100 };

struct rush {
    struct t_env *e;
    int64_t group;
    uint32_t first;
    uint32_t reserved, refused, other;
};

static void *rush_main(void *arg)
{
    struct rush *r = arg;

    for (uint32_t i = 0; i < RUSH_EACH; i++) {
        struct t_env own = *r->e;
        struct eg_refusal refusal;
        struct eg_job job;
        eg_status st;

        eg_arena_init(&own.arena, EG_ARENA_REQUEST_MAX);
        st = t_reserve(&own, r->group, r->first + i, 1, &job, &refusal);
        if (eg_ok(st)) {
            r->reserved++;
        } else if (eg_is(st, EG_E_QUOTA_SPENT)) {
            r->refused++;
        } else {
            r->other++;
        }
        eg_arena_cleanup(&own.arena);
    }
    return NULL;
}

static void a_rush_ends_at_exactly_the_quota(void **state)
{
    struct t_env *e = *state;
    int64_t group = t_group_with_object(e, RUSH_QUOTA);
    struct rush rush[RUSH_THREADS] = {0};
    pthread_t threads[RUSH_THREADS];
    uint32_t started = 0, reserved = 0, refused = 0, other = 0;
    char sql[128];

    t_upload(e, 0, RUSH_THREADS * RUSH_EACH);
    for (uint32_t i = 0; i < RUSH_THREADS; i++) {
        rush[i] = (struct rush){.e = e, .group = group, .first = i * RUSH_EACH};
        started += pthread_create(&threads[started], NULL, rush_main, &rush[i]) == 0 ? 1 : 0;
    }
    for (uint32_t i = 0; i < started; i++) { /* all of them, before any check leaves */
        (void)pthread_join(threads[i], NULL);
    }
    for (uint32_t i = 0; i < RUSH_THREADS; i++) {
        reserved += rush[i].reserved;
        refused += rush[i].refused;
        other += rush[i].other;
    }
    assert_int_equal(started, RUSH_THREADS);
    assert_int_equal(other, 0);
    assert_int_equal(reserved, RUSH_QUOTA);
    assert_int_equal(refused, RUSH_THREADS * RUSH_EACH - RUSH_QUOTA);
    assert_int_equal(quota_used(e, group), RUSH_QUOTA);
    (void)snprintf(sql, sizeof sql, "device WHERE group_id = %lld", (long long)group);
    assert_int_equal(t_count(e, sql), RUSH_QUOTA);
    (void)snprintf(sql, sizeof sql, "member WHERE group_id = %lld", (long long)group);
    assert_int_equal(t_count(e, sql), RUSH_QUOTA);
}

/* ---- finish -----------------------------------------------------------------------------------
 */

static void failures_are_counted_and_tried_again(void **state)
{
    struct t_env *e = *state;
    int64_t group = t_group_with_object(e, EG_QUOTA_NONE);
    struct eg_job_chunk chunk;
    struct eg_made made[3] = {{0}};
    struct eg_refusal refusal;
    struct eg_event_list events;
    struct eg_provisioning p;
    struct eg_job job, now;
    struct eg_uuid bad;

    t_upload(e, 0, 3);
    assert_ok(t_reserve(e, group, 0, 3, &job, &refusal));
    assert_ok(eg_store_job_chunk(e->store, job.id, 0, &e->arena, &chunk));
    assert_int_equal(chunk.count, 3);
    assert_true(eg_span_equal(chunk.devices[0].wrapped_root, t_root(e, 0, 1).wrapped));
    for (size_t i = 0; i < 3; i++) {
        made[i] =
            (struct eg_made){.device_id = chunk.devices[i].device_id, .body = eg_span_str("body")};
    }
    bad = chunk.devices[1].uuid;
    made[1].failed = true;
    made[1].reason = "the chip family cannot hold it";
    assert_ok(eg_store_job_finish(e->store, job.id, T_NODE, 0, made, 3, 1001, &now));
    assert_int_equal(now.state, EG_JOB_PARTIAL);
    assert_int_equal(now.done, 2);
    assert_int_equal(now.failed, 1);
    assert_ok(eg_store_provisioning_get(e->store, e->company, &bad, &e->arena, &p));
    assert_int_equal(p.state, EG_DEVICE_GENERATION_FAILED);
    assert_int_equal(p.id, 0);
    assert_ok(eg_store_device_history(e->store, e->company, &bad, (struct eg_page){0, 0}, &e->arena,
                                      &events));
    assert_int_equal(events.count, 3);
    assert_string_equal(events.items[2].detail, "the chip family cannot hold it");
    assert_ok(t_reserve(e, group, 0, 3, &job, &refusal)); /* only the failed one */
    assert_int_equal(job.todo, 1);
    assert_ok(eg_store_provisioning_get(e->store, e->company, &bad, &e->arena, &p));
    assert_int_equal(p.state, EG_DEVICE_ASSIGNED);
    made[0].device_id = made[1].device_id;
    made[0].failed = true;
    assert_ok(eg_store_job_finish(e->store, job.id, T_NODE, 0, made, 1, 1002, &now));
    assert_int_equal(now.state, EG_JOB_FAILED);
}

static void a_chunk_is_finished_once(void **state)
{
    struct t_env *e = *state;
    int64_t group = t_group_with_object(e, EG_QUOTA_NONE);
    struct eg_made made[EG_JOB_CHUNK] = {{0}};
    struct eg_job_chunk chunk;
    struct eg_refusal refusal;
    struct eg_job job, now;
    struct eg_uuid u;
    struct eg_provisioning p;

    t_upload(e, 0, 70);
    assert_ok(t_reserve(e, group, 0, 70, &job, &refusal));
    assert_ok(eg_store_job_chunk(e->store, job.id, 1, &e->arena, &chunk));
    assert_int_equal(chunk.count, 6);
    u = chunk.devices[0].uuid;
    for (size_t i = 0; i < chunk.count; i++) {
        made[i] =
            (struct eg_made){.device_id = chunk.devices[i].device_id, .body = eg_span_str("first")};
    }
    assert_status(eg_store_job_finish(e->store, job.id, T_NODE, 1, made, 5, 1001, NULL),
                  STORE_CHUNK);
    assert_status(eg_store_job_finish(e->store, job.id, T_NODE, 0, made, 6, 1001, NULL),
                  STORE_CHUNK);
    assert_status(eg_store_job_finish(e->store, job.id, T_NODE, 2, made, 6, 1001, NULL),
                  STORE_CHUNK);
    assert_status(eg_store_job_chunk(e->store, job.id, 2, &e->arena, &chunk), STORE_CHUNK);
    assert_status(eg_store_job_finish(e->store, 999999, T_NODE, 1, made, 6, 1001, NULL),
                  JOB_UNKNOWN);
    assert_ok(eg_store_job_finish(e->store, job.id, T_NODE, 1, made, 6, 1001, &now));
    assert_int_equal(now.done, 6);
    assert_int_equal(now.state, EG_JOB_PROCESSING);
    made[0].body = eg_span_str("second");
    assert_ok(eg_store_job_finish(e->store, job.id, T_NODE, 1, made, 6, 1001, &now));
    assert_int_equal(now.done, 6);
    assert_ok(eg_store_provisioning_get(e->store, e->company, &u, &e->arena, &p));
    assert_true(eg_span_equal(p.body, eg_span_str("first")));
}

static void a_new_object_makes_the_group_again(void **state)
{
    struct t_env *e = *state;
    int64_t group = t_group_with_object(e, EG_QUOTA_NONE);
    struct eg_refusal refusal;
    struct eg_uuid_list missing;
    struct eg_job_chunk chunk;
    struct eg_job job, again;
    struct eg_provisioning p;
    struct eg_uuid u = t_uuid(e, 0);

    t_upload(e, 0, 4);
    assert_ok(t_reserve(e, group, 0, 4, &job, &refusal));
    t_finish(e, &job, 0x11);
    assert_ok(eg_store_group_missing(e->store, e->company, group, 0, 0, &e->arena, &missing));
    assert_int_equal(missing.count, 0);
    assert_ok(eg_store_assign(e->store, e->company, T_ANY(group), t_object(e, "more", 2), NULL));
    assert_ok(eg_store_provisioning_get(e->store, e->company, &u, &e->arena, &p));
    assert_int_equal(p.id, 0); /* nothing for the current set */
    assert_ok(eg_store_group_missing(e->store, e->company, group, 0, 3, &e->arena, &missing));
    assert_int_equal(missing.count, 3);
    assert_true(missing.more);
    assert_ok(
        eg_store_group_missing(e->store, e->company, group, missing.after, 3, &e->arena, &missing));
    assert_int_equal(missing.count, 1);
    assert_ok(t_reserve(e, group, 0, 4, &again, &refusal));
    assert_int_equal(again.todo, 4);
    assert_int_not_equal(again.set_id, job.set_id);
    assert_ok(eg_store_job_chunk(e->store, again.id, 0, &e->arena, &chunk));
    assert_false(chunk.devices[0].present);
    assert_int_equal(chunk.devices[0].previous.len, 100);
    assert_int_equal(chunk.devices[0].previous.ptr[0], 0x11);
    t_finish(e, &again, 0x22);
    assert_ok(eg_store_job_chunk(e->store, again.id, 0, &e->arena, &chunk));
    assert_true(chunk.devices[0].present);
    assert_ok(eg_store_provisioning_get(e->store, e->company, &u, &e->arena, &p));
    assert_int_equal(p.body.ptr[0], 0x22);
    assert_int_equal(quota_used(e, group), 4);
}

static const struct CMUnitTest tests[] = {
    T_CASE(a_job_from_reserve_to_done),
    T_CASE(refusal_lists),
    T_CASE(duplicates_count_once),
    T_CASE(repeating_costs_nothing),
    T_CASE(the_quota_is_a_wall),
    T_CASE(a_rush_ends_at_exactly_the_quota),
    T_CASE(failures_are_counted_and_tried_again),
    T_CASE(a_chunk_is_finished_once),
    T_CASE(a_new_object_makes_the_group_again),
};
const struct t_cases t_job_cases = {"job", tests, sizeof tests / sizeof tests[0], T_BOTH};
