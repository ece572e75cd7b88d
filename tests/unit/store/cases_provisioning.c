/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "tests/unit/store/store_test.h"

static void lists_in_the_order_asked(void **state)
{
    struct t_env *e = *state;
    int64_t group = t_group_with_object(e, EG_QUOTA_NONE), other = t_group(e, EG_QUOTA_NONE);
    struct eg_uuid uuids[4] = {t_uuid(e, 2), t_uuid(e, 9), t_uuid(e, 0), t_uuid(e, 3)};
    struct eg_provisioning *p;
    struct eg_refusal refusal;
    struct eg_job job;

    t_upload(e, 0, 4);
    assert_ok(t_reserve(e, group, 0, 3, &job, &refusal));
    t_finish(e, &job, 1);
    assert_ok(t_reserve(e, other, 3, 1, &job, &refusal));
    assert_ok(eg_store_provisioning_list(e->store, e->company, group, uuids, 4, &e->arena, &p));
    for (size_t i = 0; i < 4; i++) {
        assert_memory_equal(p[i].uuid.bytes, uuids[i].bytes, EG_UUID_LEN);
    }
    assert_int_equal(p[0].body.len, 100);
    assert_false(p[1].known);
    assert_int_equal(p[1].id, 0);
    assert_int_equal(p[2].body.len, 100);
    assert_true(p[2].id != p[0].id);
    assert_true(p[3].known); /* but in another group */
    assert_int_equal(p[3].group_id, other);
    assert_int_equal(p[3].id, 0);
    assert_ok(eg_store_provisioning_list(e->store, e->company, other, uuids, 4, &e->arena, &p));
    assert_true(p[3].empty_set);
    assert_int_equal(p[0].body.len, 0);
    assert_status(eg_store_provisioning_list(e->store, e->company, 999999, uuids, 4, &e->arena, &p),
                  GROUP_UNKNOWN);
    assert_status(
        eg_store_provisioning_list(e->store, e->company, group, uuids, 501, &e->arena, &p),
        TOO_MANY_DEVICES);
    assert_null(p);
}

static void outcomes(void **state)
{
    struct t_env *e = *state;
    int64_t group = t_group_with_object(e, EG_QUOTA_NONE), other = t_group(e, EG_QUOTA_NONE);
    struct eg_uuid u = t_uuid(e, 0), unknown = t_uuid(e, 77);
    struct eg_provisioning p;
    struct eg_refusal refusal;
    struct eg_job job;
    uint32_t gone;

    t_upload(e, 0, 1);
    assert_ok(t_reserve(e, group, 0, 1, &job, &refusal));
    assert_status(
        eg_store_outcome(e->store, e->company, group, &u, EG_DEVICE_PROVISIONED, "", 0, 1002),
        NOT_GENERATED);
    t_finish(e, &job, 1);
    assert_status(
        eg_store_outcome(e->store, e->company, other, &u, EG_DEVICE_PROVISIONED, "", 0, 1002),
        DEVICE_NOT_IN_GROUP);
    assert_status(
        eg_store_outcome(e->store, e->company, group, &unknown, EG_DEVICE_PROVISIONED, "", 0, 1002),
        DEVICE_UNKNOWN);
    assert_status(
        eg_store_outcome(e->store, e->company, group, &u, EG_DEVICE_GENERATED, "", 0, 1002),
        INTERNAL);
    assert_ok(eg_store_outcome(e->store, e->company, group, &u, EG_DEVICE_PROVISIONING_FAILED,
                               "0x0", 0, 1002));
    assert_ok(
        eg_store_outcome(e->store, e->company, group, &u, EG_DEVICE_PROVISIONED, "ok", 0, 1003));
    assert_ok(eg_store_provisioning_get(e->store, e->company, &u, &e->arena, &p));
    assert_int_equal(p.state, EG_DEVICE_PROVISIONED);
    assert_int_equal(p.body.len, 100); /* still there to download */
    assert_ok(eg_store_unclaim(e->store, e->company, group, &u, 1, 0, 1004, &gone));
    assert_ok(eg_store_provisioning_get(e->store, e->company, &u, &e->arena, &p));
    assert_int_equal(p.state, EG_DEVICE_REGISTERED);
    assert_int_equal(p.group_id, 0);
    assert_int_equal(p.id, 0);
    assert_ok(t_reserve(e, group, 0, 1, &job, &refusal)); /* back: as it was */
    assert_int_equal(job.todo, 0);
    assert_ok(eg_store_provisioning_get(e->store, e->company, &u, &e->arena, &p));
    assert_int_equal(p.state, EG_DEVICE_PROVISIONED);
    assert_int_equal(p.body.len, 100);
}

static void unclaim_some_and_all(void **state)
{
    struct t_env *e = *state;
    int64_t group = t_group_with_object(e, EG_QUOTA_NONE), other = t_group(e, EG_QUOTA_NONE);
    struct eg_uuid uuids[3] = {t_uuid(e, 0), t_uuid(e, 601), t_uuid(e, 9999)};
    struct eg_refusal refusal;
    struct eg_device d;
    struct eg_job job;
    uint32_t gone;

    t_upload(e, 0, 602);
    assert_ok(t_reserve(e, group, 0, 500, &job, &refusal));
    assert_ok(t_reserve(e, group, 500, 101, &job, &refusal));
    assert_ok(t_reserve(e, other, 601, 1, &job, &refusal));
    /* one leaves; one is in another group and one unknown: passed over */
    assert_ok(eg_store_unclaim(e->store, e->company, group, uuids, 3, 0, 1002, &gone));
    assert_int_equal(gone, 1);
    assert_ok(eg_store_unclaim(e->store, e->company, group, uuids, 0, 0, 1002, &gone));
    assert_int_equal(gone, 0);
    assert_status(eg_store_unclaim(e->store, e->company, group, uuids, 501, 0, 1002, &gone),
                  TOO_MANY_DEVICES);
    assert_status(eg_store_unclaim_all(e->store, e->company + 1, group, 0, 1002, &gone),
                  GROUP_UNKNOWN);
    assert_ok(eg_store_unclaim_all(e->store, e->company, group, 0, 1002, &gone));
    assert_int_equal(gone, 600);
    assert_ok(eg_store_unclaim_all(e->store, e->company, group, 0, 1002, &gone));
    assert_int_equal(gone, 0);
    assert_ok(eg_store_device_get(e->store, e->company, &uuids[1], &e->arena, &d));
    assert_int_equal(d.group_id, other);
}

static void an_unclaimed_device_may_finish_late(void **state)
{
    struct t_env *e = *state;
    int64_t group = t_group_with_object(e, EG_QUOTA_NONE);
    struct eg_uuid u = t_uuid(e, 0);
    struct eg_refusal refusal;
    struct eg_device d;
    struct eg_job job;
    uint32_t gone;

    t_upload(e, 0, 1);
    assert_ok(t_reserve(e, group, 0, 1, &job, &refusal));
    assert_ok(eg_store_unclaim(e->store, e->company, group, &u, 1, 0, 1001, &gone));
    t_finish(e, &job, 1);
    assert_ok(eg_store_device_get(e->store, e->company, &u, &e->arena, &d));
    assert_int_equal(d.state, EG_DEVICE_REGISTERED);
    assert_ok(t_reserve(e, group, 0, 1, &job, &refusal));
    assert_int_equal(job.state, EG_JOB_SUCCEEDED); /* what was made is used */
}

static const struct CMUnitTest tests[] = {
    T_CASE(lists_in_the_order_asked),
    T_CASE(outcomes),
    T_CASE(unclaim_some_and_all),
    T_CASE(an_unclaimed_device_may_finish_late),
};
const struct t_cases t_provisioning_cases = {"provisioning", tests, sizeof tests / sizeof tests[0],
                                             T_BOTH};
