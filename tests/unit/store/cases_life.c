/* SPDX-License-Identifier: Apache-2.0 */
/* Rollouts, services, connection data, renewals, decommission, and shards of CRLs. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "server/store/store_life.h"
#include "server/store/store_pki.h"
#include "tests/unit/store/store_test.h"

enum { NOW = 5000, FLEET = 40 };

/* ---- rollouts ---------------------------------------------------------------------------------
 */

/* A group with two object versions behind it: set of then, set of now. */
struct fleet {
    struct t_env *e;
    int64_t group, rollout, old_set, new_set;
};

static int64_t set_of(struct t_env *e, int64_t group)
{
    struct eg_group g;
    assert_ok(eg_store_group_get(e->store, e->company, group, &e->arena, &g));
    return g.set_id;
}

static void assign(struct t_env *e, int64_t group, const char *name, uint32_t chip_id)
{
    int64_t object = t_object(e, name, chip_id);
    assert_ok(eg_store_assign(e->store, e->company, T_ANY(group), object, NULL));
}

static void fill(struct fleet *f, struct t_env *e, const struct eg_rollout_new *in)
{
    struct eg_job job;
    struct eg_refusal refusal;
    f->e = e;
    f->group = t_group_with_object(e, EG_QUOTA_NONE);
    t_upload(e, 0, FLEET);
    assert_ok(t_reserve(e, f->group, 0, FLEET, &job, &refusal));
    f->old_set = set_of(e, f->group);
    assert_ok(eg_store_rollout_add(e->store, e->company, f->group, in, 7, NOW, &f->rollout));
    assign(e, f->group, "a later one", 0x77);
    f->new_set = set_of(e, f->group);
    assert_true(f->new_set != f->old_set);
}

static struct eg_cloud_row row_of(const struct fleet *f, uint32_t number)
{
    struct eg_cloud_row row;
    struct eg_uuid uuid = t_uuid(f->e, number);
    assert_ok(eg_store_cloud_admit(f->e->store, &uuid, &row));
    return row;
}

static void report(const struct fleet *f, uint32_t number, bool success)
{
    struct eg_cloud_row row = row_of(f, number);
    const struct eg_cloud_save save = {.device_id = row.device_id,
                                       .company_id = f->e->company,
                                       .group_id = f->group,
                                       .now_s = NOW + 1,
                                       .complete = true,
                                       .success = success,
                                       .address = "",
                                       .correlation = "",
                                       .target_set = row.target_set,
                                       .held_group = f->group,
                                       .held_set = success ? row.target_set : -1};
    assert_ok(eg_store_cloud_save(f->e->store, &save));
}

static struct eg_rollout now(const struct fleet *f)
{
    struct eg_rollout r;
    assert_ok(
        eg_store_rollout_get(f->e->store, f->e->company, f->group, f->rollout, &f->e->arena, &r));
    return r;
}

static void a_share_is_let_in_and_stays(void **state)
{
    struct fleet f;
    struct t_env *e = *state;
    const struct eg_rollout_new in = {.name = "share", .percent = 30};
    unsigned in_30 = 0, in_60 = 0;
    fill(&f, e, &in);
    for (uint32_t i = 0; i < FLEET; i++) {
        struct eg_uuid uuid = t_uuid(e, i);
        bool third = eg_rollout_selects(f.rollout, 30, &uuid);
        assert_int_equal(row_of(&f, i).target_set, third ? f.new_set : f.old_set);
        assert_true(!third || eg_rollout_selects(f.rollout, 60, &uuid));
        assert_true(eg_rollout_selects(f.rollout, 100, &uuid));
        assert_false(eg_rollout_selects(f.rollout, 0, &uuid));
        in_30 += third;
        in_60 += eg_rollout_selects(f.rollout, 60, &uuid);
    }
    assert_in_range(in_30, 4, 22);
    assert_in_range(in_60, 14, 34);
}

/* Over many ids the share is the share, whatever the rollout. */
static void shares_are_even(void **state)
{
    (void)state;
    for (int64_t rollout = 1; rollout <= 3; rollout++) {
        unsigned count = 0;
        for (uint32_t i = 0; i < 20000; i++) {
            struct eg_uuid uuid = {{0}};
            memcpy(uuid.bytes + 12, &i, sizeof i);
            count += eg_rollout_selects(rollout, 20, &uuid);
        }
        assert_in_range(count, 3700, 4300);
    }
}

static void failures_halt_it_in_their_own_transaction(void **state)
{
    struct fleet f;
    struct t_env *e = *state;
    const struct eg_rollout_new in = {.name = "limit", .percent = 100, .failures_max = 3};
    fill(&f, e, &in);
    report(&f, 0, true);
    report(&f, 1, false);
    report(&f, 1, false); /* the same device again counts once */
    report(&f, 2, false);
    assert_int_equal(now(&f).state, EG_ROLLOUT_RUNNING);
    assert_int_equal(now(&f).failed, 2);
    report(&f, 2, true); /* it got over it */
    assert_int_equal(now(&f).failed, 1);
    report(&f, 3, false);
    report(&f, 4, false);
    struct eg_rollout r = now(&f);
    assert_int_equal(r.state, EG_ROLLOUT_HALTED);
    assert_int_equal(r.updated, 2);
    assert_int_equal(r.failed, 3);
    assert_non_null(strstr(r.why, "3 of 5"));
    assert_int_equal(row_of(&f, 0).target_set, f.new_set); /* who has it keeps it */
    assert_int_equal(row_of(&f, 5).target_set, f.old_set); /* nobody else gets it */
    report(&f, 5, true);                                   /* of the old set: not counted */
    assert_int_equal(now(&f).updated, 2);
}

static void a_share_of_failures_halts_after_a_sample(void **state)
{
    struct fleet f;
    struct t_env *e = *state;
    const struct eg_rollout_new in = {.name = "percent", .percent = 100, .failures_percent = 20};
    fill(&f, e, &in);
    for (uint32_t i = 0; i < 2; i++) {
        report(&f, i, false);
    }
    assert_int_equal(now(&f).state, EG_ROLLOUT_RUNNING); /* two of two say nothing yet */
    for (uint32_t i = 2; i < EG_ROLLOUT_SAMPLE_MIN; i++) {
        report(&f, i, true);
    }
    assert_int_equal(now(&f).state, EG_ROLLOUT_RUNNING); /* 20 of 100 are allowed */
    report(&f, 20, false);
    assert_int_equal(now(&f).state, EG_ROLLOUT_HALTED);
}

/* Reports of many sessions at once: none is lost, and the limit holds exactly. */
struct racer {
    const struct fleet *f;
    uint32_t first;
};

static void *race(void *arg)
{
    const struct racer *r = arg;
    for (uint32_t i = r->first; i < r->first + FLEET / 4; i++) {
        struct eg_cloud_row row;
        struct eg_uuid uuid = t_uuid(r->f->e, i);
        if (!eg_ok(eg_store_cloud_admit(r->f->e->store, &uuid, &row))) {
            return NULL;
        }
        const struct eg_cloud_save save = {.device_id = row.device_id,
                                           .company_id = r->f->e->company,
                                           .group_id = r->f->group,
                                           .now_s = NOW,
                                           .complete = true,
                                           .address = "",
                                           .correlation = "",
                                           .target_set = r->f->new_set};
        if (!eg_ok(eg_store_cloud_save(r->f->e->store, &save))) {
            return NULL;
        }
    }
    return arg;
}

static void parallel_reports_are_all_counted(void **state)
{
    struct fleet f;
    struct t_env *e = *state;
    const struct eg_rollout_new in = {.name = "race", .percent = 100, .failures_max = 5};
    pthread_t threads[4];
    struct racer racers[4];
    fill(&f, e, &in);
    bool started[4];
    unsigned finished = 0;
    for (uint32_t i = 0; i < 4; i++) {
        racers[i] = (struct racer){&f, i * (FLEET / 4)};
        started[i] = pthread_create(&threads[i], NULL, race, &racers[i]) == 0;
    }
    for (uint32_t i = 0; i < 4; i++) { /* all of them, before any check leaves */
        void *done = NULL;
        if (started[i]) {
            (void)pthread_join(threads[i], &done);
        }
        finished += done != NULL;
    }
    assert_int_equal(finished, 4);
    assert_int_equal(now(&f).failed, FLEET);
    assert_int_equal(now(&f).state, EG_ROLLOUT_HALTED);
}

static void steps_that_are_allowed(void **state)
{
    struct fleet f;
    struct t_env *e = *state;
    const struct eg_rollout_new in = {.name = "steps", .percent = 10};
    struct eg_rollout_change to = {-1, EG_ROLLOUT_HALTED, "by hand"};
    int64_t other;
    fill(&f, e, &in);
    assert_status(eg_store_rollout_add(e->store, e->company, f.group, &in, 7, NOW, &other),
                  ROLLOUT_OPEN);
    assert_ok(eg_store_rollout_change(e->store, e->company, f.group, f.rollout, &to, 7, NOW));
    to.state = EG_ROLLOUT_ROLLED_BACK;
    assert_ok(eg_store_rollout_change(e->store, e->company, f.group, f.rollout, &to, 7, NOW));
    assert_int_equal(row_of(&f, 0).target_set, f.old_set);
    to.state = EG_ROLLOUT_RUNNING;
    assert_status(eg_store_rollout_change(e->store, e->company, f.group, f.rollout, &to, 7, NOW),
                  ROLLOUT_STATE);
    assert_ok(eg_store_rollout_add(e->store, e->company, f.group, &in, 7, NOW, &other));
    assert_int_equal(now(&f).state, EG_ROLLOUT_FINISHED);
    assert_int_equal(row_of(&f, 0).rollout_from, f.old_set); /* still the one from before */
    to.state = EG_ROLLOUT_FINISHED;
    assert_ok(eg_store_rollout_change(e->store, e->company, f.group, other, &to, 7, NOW));
    assert_int_equal(row_of(&f, 0).target_set, f.new_set);
    assert_status(eg_store_rollout_change(e->store, e->company, f.group, 999, &to, 7, NOW),
                  ROLLOUT_UNKNOWN);
    assert_status(eg_store_rollout_change(e->store, e->company + 1, f.group, other, &to, 7, NOW),
                  GROUP_UNKNOWN);
}

/* ---- renewals, decommission -------------------------------------------------------------------
 */

static void renewals_are_kept_by_generation(void **state)
{
    struct fleet f;
    struct t_env *e = *state;
    const struct eg_rollout_new in = {.name = ""};
    struct eg_renewal_list list;
    fill(&f, e, &in);
    int64_t device = row_of(&f, 0).device_id;
    struct eg_renewal r = {.object_id = 3,
                           .version = 1,
                           .generation = 1,
                           .state = EG_RENEWAL_MADE,
                           .created_s = NOW,
                           .body = eg_span_str("one")};
    assert_ok(eg_store_renewal_add(e->store, device, &r));
    assert_status(eg_store_renewal_add(e->store, device, &r), NAME_TAKEN);
    r.generation = 2;
    assert_ok(eg_store_renewal_add(e->store, device, &r));
    assert_ok(eg_store_renewal_state(e->store, device, 3, 1, EG_RENEWAL_SOLE, NOW + 9));
    assert_ok(eg_store_renewals(e->store, device, &e->arena, &list));
    assert_int_equal(list.count, 2);
    assert_int_equal(list.items[0].generation, 2);
    assert_int_equal(list.items[1].state, EG_RENEWAL_SOLE);
    assert_int_equal(list.items[1].changed_s, NOW + 9);
}

static void a_device_leaves_when_it_holds_nothing(void **state)
{
    struct fleet f;
    struct t_env *e = *state;
    const struct eg_rollout_new in = {.name = "", .percent = 100};
    const struct eg_held_object held = {.chip_id = 5, .object_id = 1, .state = EG_HELD_CONFIRMED};
    const uint32_t gone = 5;
    fill(&f, e, &in);
    struct eg_uuid uuid = t_uuid(e, 0);
    struct eg_cloud_save save = {.device_id = row_of(&f, 0).device_id,
                                 .company_id = e->company,
                                 .group_id = f.group,
                                 .now_s = NOW,
                                 .complete = true,
                                 .success = true,
                                 .address = "",
                                 .correlation = "",
                                 .objects = &held,
                                 .object_count = 1};
    assert_ok(eg_store_cloud_save(e->store, &save));
    assert_ok(eg_store_decommission(e->store, e->company, &uuid, false, 7, NOW));
    assert_int_equal(row_of(&f, 0).retiring_s, NOW);
    save.object_count = 0;
    assert_ok(eg_store_cloud_save(e->store, &save)); /* it still holds one */
    assert_int_equal(row_of(&f, 0).retired_s, 0);
    save.gone = &gone;
    save.gone_count = 1;
    assert_ok(eg_store_cloud_save(e->store, &save));
    assert_int_equal(row_of(&f, 0).retired_s, NOW);
    assert_int_equal(row_of(&f, 0).group_id, 0);
    uuid = t_uuid(e, 1);
    assert_ok(eg_store_decommission(e->store, e->company, &uuid, true, 7, NOW));
    assert_int_equal(row_of(&f, 1).retired_s, NOW);
    assert_status(eg_store_decommission(e->store, e->company + 1, &uuid, true, 7, NOW),
                  DEVICE_UNKNOWN);
}

/* ---- shards -----------------------------------------------------------------------------------
 */

static int64_t a_ca(struct t_env *e)
{
    const struct eg_ca ca = {.kind = EG_CA_ROOT,
                             .name = "shards",
                             .algorithm = "NIST_P256",
                             .wrapped = eg_span_str("w"),
                             .certificate = eg_span_str("c"),
                             .options = ""};
    int64_t id;
    assert_ok(eg_store_ca_add(e->store, e->company, &ca, NOW, &id));
    return id;
}

static void a_shard_takes_ten_thousand(void **state)
{
    struct t_env *e = *state;
    int64_t ca = a_ca(e);
    uint32_t shard;
    struct eg_crl_state s;
    assert_status(eg_store_shard_get(e->store, ca, 1, &e->arena, &s), CA_UNKNOWN);
    for (int i = 0; i < 10; i++) {
        assert_ok(eg_store_shard_take(e->store, e->company, ca, 1000, &shard));
        assert_int_equal(shard, 1);
    }
    assert_ok(eg_store_shard_take(e->store, e->company, ca, 1, &shard));
    assert_int_equal(shard, 2);
    assert_ok(eg_store_shard_take(e->store, e->company, ca, EG_CRL_SHARD_SIZE, &shard));
    assert_int_equal(shard, 3);
    assert_status(eg_store_shard_take(e->store, e->company + 1, ca, 1, &shard), CA_UNKNOWN);
    assert_ok(eg_store_shard_get(e->store, ca, 3, &e->arena, &s));
    assert_int_equal(s.crl.len, 0);
}

static void a_shard_lists_its_own(void **state)
{
    enum { COUNT = 300 };
    struct t_env *e = *state;
    int64_t ca = a_ca(e), number, revision;
    uint8_t serials[COUNT][4];
    struct eg_revocation items[COUNT];
    struct eg_revocation_list list;
    struct eg_crl_state s;
    uint32_t shard;
    size_t added;
    for (uint32_t i = 0; i < 3; i++) {
        assert_ok(eg_store_shard_take(e->store, e->company, ca, EG_CRL_SHARD_SIZE, &shard));
    }
    for (uint32_t i = 0; i < COUNT; i++) {
        eg_store_be32(serials[i], 0x40000000u + i);
        items[i] = (struct eg_revocation){.ca_id = ca,
                                          .serial = EG_SPAN_OF(serials[i]),
                                          .revoked_s = NOW,
                                          .shard = i % 3,
                                          .reason = 1};
    }
    assert_ok(eg_store_revoke(e->store, e->company, items, COUNT, 7, &added));
    assert_int_equal(added, COUNT);
    for (uint32_t k = 1; k <= 2; k++) {
        assert_ok(eg_store_shard_begin(e->store, ca, k, &e->arena, &number, &revision, &list));
        assert_int_equal(list.count, COUNT / 3);
        assert_int_equal(revision, COUNT / 3);
        assert_int_equal(number, 1);
        assert_ok(eg_store_shard_put(e->store, ca, k, number, revision, NOW, eg_span_str("crl")));
        assert_ok(eg_store_shard_get(e->store, ca, k, &e->arena, &s));
        assert_int_equal(s.crl_revision, s.revision);
    }
    assert_ok(eg_store_crl_begin(e->store, ca, &e->arena, &number, &revision, &list));
    assert_int_equal(list.count, COUNT); /* the complete one has them all */
    items[0].serial = eg_span_str("new!");
    items[0].shard = 1;
    assert_ok(eg_store_revoke(e->store, e->company, items, 1, 7, &added));
    assert_ok(eg_store_shard_get(e->store, ca, 1, &e->arena, &s));
    assert_true(s.crl_revision < s.revision); /* only this one is out of date */
    assert_ok(eg_store_shard_get(e->store, ca, 2, &e->arena, &s));
    assert_int_equal(s.crl_revision, s.revision);
}

static const struct CMUnitTest tests[] = {
    T_CASE(a_share_is_let_in_and_stays),
    T_CASE(shares_are_even),
    T_CASE(failures_halt_it_in_their_own_transaction),
    T_CASE(a_share_of_failures_halts_after_a_sample),
    T_CASE(parallel_reports_are_all_counted),
    T_CASE(steps_that_are_allowed),
    T_CASE(renewals_are_kept_by_generation),
    T_CASE(a_device_leaves_when_it_holds_nothing),
    T_CASE(a_shard_takes_ten_thousand),
    T_CASE(a_shard_lists_its_own),
};

const struct t_cases t_life_cases = {"life", tests, sizeof tests / sizeof tests[0], T_BOTH};
