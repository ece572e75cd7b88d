/* SPDX-License-Identifier: Apache-2.0 */
/* Writes that hold only while a group is what the caller judged. */
#include "server/store/store_catalog.h"
#include "tests/unit/store/store_test.h"

static struct eg_group group_now(struct t_env *e, int64_t id)
{
    struct eg_group g;

    assert_ok(eg_store_group_get(e->store, e->company, id, &e->arena, &g));
    return g;
}

static void what_was_judged_must_still_hold(void **state)
{
    struct t_env *e = *state;
    int64_t id = t_group_with_object(e, EG_QUOTA_NONE), set;
    int64_t a = t_object(e, "a", 11), b = t_object(e, "b", 12);
    struct eg_group old = group_now(e, id);
    const struct eg_group_guard stale = {.group_id = id, .seen = &old};
    const struct eg_leave leave = {&stale, 1, &a, 1};
    const bool yes = true;
    const enum eg_life_cycle closed = EG_LC_CLOSED;

    assert_ok(eg_store_assign(e->store, e->company, &stale, a, &set)); /* not stale yet */
    assert_status(eg_store_assign(e->store, e->company, &stale, b, NULL), STORE_MOVED);
    assert_status(eg_store_unassign(e->store, e->company, &leave), STORE_MOVED);
    assert_status(eg_store_group_update(e->store, e->company, &stale,
                                        &(struct eg_group_change){.production = &yes}),
                  STORE_MOVED);
    assert_int_equal(group_now(e, id).set_id, set);
    old = group_now(e, id);
    assert_ok(eg_store_group_update(e->store, e->company, &stale,
                                    &(struct eg_group_change){.production = &yes}));
    assert_status(eg_store_assign(e->store, e->company, &stale, b, NULL), STORE_MOVED);
    old = group_now(e, id);
    assert_ok(eg_store_group_update(e->store, e->company, &stale,
                                    &(struct eg_group_change){.life_cycle = &closed}));
    assert_status(eg_store_assign(e->store, e->company, &stale, b, NULL), STORE_MOVED);
}

static void devices_enter_the_group_that_was_judged(void **state)
{
    struct t_env *e = *state;
    int64_t id = t_group_with_object(e, 5);
    struct eg_group old = group_now(e, id);
    struct eg_uuid uuid = t_uuid(e, 0);
    char job_uuid[EG_JOB_UUID_LEN + 1];
    struct eg_refusal refusal;
    struct eg_job job;
    struct eg_reserve in = {.company_id = e->company,
                            .group_id = id,
                            .uuids = &uuid,
                            .count = 1,
                            .job_uuid = job_uuid,
                            .node = T_NODE,
                            .lease_s = 60,
                            .now_s = 1000,
                            .seen = &old};

    t_upload(e, 0, 1);
    t_job_uuid(job_uuid);
    assert_ok(eg_store_assign(e->store, e->company, T_ANY(id), t_object(e, "a", 11), NULL));
    assert_status(eg_store_job_reserve(e->store, &in, &e->arena, &job, &refusal), STORE_MOVED);
    assert_int_equal(group_now(e, id).quota_used, 0);
    old = group_now(e, id);
    assert_ok(eg_store_job_reserve(e->store, &in, &e->arena, &job, &refusal));
    assert_int_equal(job.set_id, old.set_id);
}

static void a_version_is_for_the_groups_that_were_judged(void **state)
{
    struct t_env *e = *state;
    int64_t one = t_group(e, EG_QUOTA_NONE), two = t_group(e, EG_QUOTA_NONE);
    int64_t id = t_object(e, "a", 11);
    struct eg_stored_object o;
    struct eg_group seen[2];
    struct eg_group_guard guards[2];

    assert_ok(eg_store_assign(e->store, e->company, T_ANY(one), id, NULL));
    assert_ok(eg_store_object_get(e->store, e->company, id, &e->arena, &o));
    o.version = 2;
    assert_status(eg_store_object_update(e->store, e->company, &o, NULL, 0), STORE_MOVED);
    assert_status(eg_store_object_update(e->store, e->company, &o, T_ANY(two), 1), STORE_MOVED);
    for (size_t i = 0; i < 2; i++) {
        seen[i] = group_now(e, i == 0 ? one : two);
        guards[i] = (struct eg_group_guard){.group_id = seen[i].id, .seen = &seen[i]};
    }
    assert_status(eg_store_object_update(e->store, e->company, &o, guards, 2), STORE_MOVED);
    assert_ok(eg_store_object_update(e->store, e->company, &o, guards, 1));
    o.version = 3;
    assert_status(eg_store_object_update(e->store, e->company, &o, guards, 1), STORE_MOVED);
}

/* What the guard of a burned object says to the group now. */
static eg_status try_burned(struct t_env *e, int64_t group, int64_t object)
{
    const struct eg_group_guard guard = {.group_id = group, .none_made = true};

    return eg_store_unassign(e->store, e->company, &(struct eg_leave){&guard, 1, &object, 1});
}

static void nothing_may_be_made_or_on_its_way(void **state)
{
    struct t_env *e = *state;
    int64_t group = t_group_with_object(e, EG_QUOTA_NONE), other = t_object(e, "other", 2);
    const enum eg_life_cycle open = EG_LC_OPEN;
    struct eg_made failed = {.failed = true, .reason = "no"};
    struct eg_job_chunk chunk;
    struct eg_refusal refusal;
    struct eg_job job;
    uint32_t gone;

    assert_ok(eg_store_group_update(e->store, e->company, T_ANY(group),
                                    &(struct eg_group_change){.life_cycle = &open}));
    assert_ok(try_burned(e, group, other));
    t_upload(e, 0, 1);
    assert_ok(t_reserve(e, group, 0, 1, &job, &refusal));
    assert_status(try_burned(e, group, other), BURNED_OBJECT); /* a job runs */
    t_finish(e, &job, 1);
    assert_status(try_burned(e, group, other), BURNED_OBJECT);
    /* made once; another set is being made and fails: the first one may be in the chip */
    assert_ok(eg_store_assign(e->store, e->company, T_ANY(group), other, NULL));
    assert_ok(t_reserve(e, group, 0, 1, &job, &refusal));
    assert_ok(eg_store_job_chunk(e->store, job.id, 0, &e->arena, &chunk));
    failed.device_id = chunk.devices[0].device_id;
    assert_ok(eg_store_job_finish(e->store, job.id, T_NODE, 0, &failed, 1, 1000, &job));
    assert_int_equal(job.state, EG_JOB_FAILED);
    assert_status(try_burned(e, group, other), BURNED_OBJECT);
    assert_ok(eg_store_unclaim_all(e->store, e->company, group, 0, 1000, &gone));
    assert_int_equal(gone, 1);
    assert_ok(try_burned(e, group, other));
}

static void many_leave_together(void **state)
{
    struct t_env *e = *state;
    int64_t one = t_group(e, EG_QUOTA_NONE), two = t_group(e, EG_QUOTA_NONE);
    int64_t ids[] = {t_object(e, "a", 1), t_object(e, "b", 2), 999999};
    const struct eg_group_guard groups[] = {{.group_id = one}, {.group_id = two}};

    for (size_t i = 0; i < 4; i++) {
        assert_ok(eg_store_assign(e->store, e->company, &groups[i / 2], ids[i % 2], NULL));
    }
    assert_status(eg_store_unassign(e->store, e->company, &(struct eg_leave){groups, 2, ids, 3}),
                  OBJECT_UNKNOWN);
    assert_int_not_equal(group_now(e, one).set_id, 0); /* none left */
    assert_ok(eg_store_unassign(e->store, e->company, &(struct eg_leave){groups, 2, ids, 2}));
    assert_int_equal(group_now(e, one).set_id, 0);
    assert_int_equal(group_now(e, two).set_id, 0);
}

static const struct CMUnitTest tests[] = {
    T_CASE(what_was_judged_must_still_hold),
    T_CASE(devices_enter_the_group_that_was_judged),
    T_CASE(a_version_is_for_the_groups_that_were_judged),
    T_CASE(nothing_may_be_made_or_on_its_way),
    T_CASE(many_leave_together),
};
const struct t_cases t_guard_cases = {"guard", tests, sizeof tests / sizeof tests[0], T_BOTH};
