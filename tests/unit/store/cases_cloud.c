/* SPDX-License-Identifier: Apache-2.0 */
/* Claim codes and cloud states: limits under parallel claims, refusals, sessions, alarms. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "server/store/store_claim.h"
#include "server/store/store_cloud.h"
#include "tests/unit/store/store_test.h"

enum { NOW = 5000 };

static int64_t device_id(struct t_env *e, uint32_t number)
{
    struct eg_uuid uuid = t_uuid(e, number);
    struct eg_cloud_row row;

    assert_ok(eg_store_cloud_admit(e->store, &uuid, &row));
    return row.device_id;
}

static struct eg_claim_code code_of(int64_t group, const char *name, int64_t limit)
{
    return (struct eg_claim_code){.group_id = group,
                                  .name = name,
                                  .batch = "",
                                  .behavior = EG_CLAIM_ALLOW,
                                  .policy = EG_CLAIM_UNRESTRICTED,
                                  .agents = EG_CLAIM_AGENTS_ANY,
                                  .device_limit = limit,
                                  .length = 24,
                                  .actor = 7};
}

/* Tags are random in life: here company, group and a number make them unique. */
static void tag_of(const struct t_env *e, uint8_t number, uint8_t out[static EG_CLAIM_TAG_LEN])
{
    memset(out, number, EG_CLAIM_TAG_LEN);
    memcpy(out, &e->company, sizeof e->company);
}

static int64_t add_code(struct t_env *e, const struct eg_claim_code *code, uint8_t number)
{
    uint8_t tag[EG_CLAIM_TAG_LEN];
    int64_t id = 0;

    tag_of(e, number, tag);
    assert_ok(
        eg_store_claim_add(e->store, e->company, T_ANY(code->group_id), code, tag, 1, NOW, &id));
    return id;
}

static eg_status activate(struct t_env *e, uint32_t device, uint8_t number, int64_t now_s,
                          struct eg_activated *out)
{
    struct eg_activation in = {.company_id = e->company,
                               .device_id = device_id(e, device),
                               .now_s = now_s,
                               .correlation = "c"};

    tag_of(e, number, in.tag);
    return eg_store_claim_activate(e->store, &in, out);
}

static struct eg_claim_code get_code(struct t_env *e, int64_t id)
{
    struct eg_claim_code code;

    assert_ok(eg_store_claim_get(e->store, e->company, id, &e->arena, &code));
    return code;
}

static void unclaim_all(struct t_env *e, int64_t group)
{
    uint32_t count;

    assert_ok(eg_store_unclaim_all(e->store, e->company, group, 0, NOW, &count));
}

/* ---- one device ------------------------------------------------------------------------------ */

static void a_claim_moves_everything_at_once(void **state)
{
    struct t_env *e = *state;
    int64_t group = t_group_with_object(e, 5);
    struct eg_claim_code c = code_of(group, "one", 2);
    int64_t id = add_code(e, &c, 1);
    struct eg_uuid uuid = t_uuid(e, 0);
    struct eg_event_list history;
    struct eg_claim_use_list uses;
    struct eg_activated done;
    struct eg_cloud_row row;
    struct eg_group g;

    t_upload(e, 0, 1);
    assert_ok(activate(e, 0, 1, NOW, &done));
    assert_int_equal(done.code_id, id);
    assert_int_equal(done.group_id, group);
    assert_true(done.first);
    assert_int_equal(done.notice, 50);
    assert_ok(eg_store_cloud_admit(e->store, &uuid, &row));
    assert_int_equal(row.group_id, group);
    assert_true(row.remove_claim);
    assert_int_equal(row.flows, 3);
    assert_ok(eg_store_group_get(e->store, e->company, group, &e->arena, &g));
    assert_int_equal(g.quota_used, 1);
    c = get_code(e, id);
    assert_int_equal(c.used, 1);
    assert_int_equal(c.noticed, 50);
    assert_int_equal(c.last_used_s, NOW);
    assert_ok(eg_store_claim_uses(e->store, e->company, id, (struct eg_page){0}, &e->arena, &uses));
    assert_int_equal(uses.count, 1);
    assert_memory_equal(uses.items[0].uuid.bytes, uuid.bytes, EG_UUID_LEN);
    assert_ok(eg_store_device_history(e->store, e->company, &uuid, (struct eg_page){0}, &e->arena,
                                      &history));
    assert_int_equal(history.items[history.count - 1].kind, EG_EVENT_CLAIMED);
}

static void refusals_change_nothing(void **state)
{
    struct t_env *e = *state;
    int64_t group = t_group_with_object(e, 1);
    struct eg_claim_code c = code_of(group, "deny", 0);
    struct eg_activated done;
    enum eg_claim_behavior deny = EG_CLAIM_DENY;
    struct eg_claim_change change = {.behavior = &deny};
    struct eg_group g;

    t_upload(e, 0, 3);
    assert_status(activate(e, 0, 9, NOW, &done), CLAIM_CODE_UNKNOWN);
    assert_int_equal(done.code_id, 0);
    int64_t denied = add_code(e, &c, 1);
    assert_ok(eg_store_claim_update(e->store, e->company, denied, &change, 7, NOW));
    assert_status(activate(e, 0, 1, NOW, &done), CLAIM_POLICY);
    c = code_of(group, "late", 0);
    c.expires_s = NOW;
    add_code(e, &c, 2);
    assert_status(activate(e, 0, 2, NOW, &done), CLAIM_REVOKED);
    assert_ok(activate(e, 0, 2, NOW - 1, &done)); /* it was good a second before */
    assert_status(activate(e, 1, 2, NOW - 1, &done), QUOTA_SPENT);
    c = code_of(group, "gone", 0);
    int64_t gone = add_code(e, &c, 3);
    assert_ok(eg_store_claim_revoke(e->store, e->company, gone, 7, NOW));
    assert_ok(eg_store_claim_revoke(e->store, e->company, gone, 7, NOW));
    assert_status(activate(e, 1, 3, NOW, &done), CLAIM_REVOKED);
    assert_status(eg_store_claim_update(e->store, e->company, gone, &change, 7, NOW),
                  CLAIM_REVOKED);
    assert_status(activate(e, 0, 3, NOW, &done), STORE_BUSY); /* in a group already */
    assert_ok(eg_store_group_get(e->store, e->company, group, &e->arena, &g));
    assert_int_equal(g.quota_used, 1);
    assert_int_equal(get_code(e, denied).used, 0);
}

static void reuse_is_a_rule(void **state)
{
    struct t_env *e = *state;
    int64_t group = t_group_with_object(e, 5);
    struct eg_claim_code once = code_of(group, "once", 1), more = code_of(group, "more", 1);
    struct eg_claim_code fresh = code_of(group, "fresh", 0);
    struct eg_activated done;

    more.reusable = true;
    fresh.policy = EG_CLAIM_NEW_DEVICES;
    t_upload(e, 0, 2);
    int64_t first = add_code(e, &once, 1);
    int64_t second = add_code(e, &more, 2);
    add_code(e, &fresh, 3);
    assert_ok(activate(e, 0, 1, NOW, &done));
    unclaim_all(e, group);
    assert_status(activate(e, 0, 1, NOW, &done), CLAIM_REUSED);
    assert_status(activate(e, 0, 3, NOW, &done), CLAIM_POLICY);
    assert_ok(activate(e, 0, 2, NOW, &done));
    unclaim_all(e, group);
    assert_ok(activate(e, 0, 2, NOW, &done));
    assert_false(done.first);
    assert_int_equal(get_code(e, second).used, 1);
    assert_status(activate(e, 1, 2, NOW, &done), CLAIM_LIMIT);
    assert_status(activate(e, 1, 1, NOW, &done), CLAIM_LIMIT);
    assert_ok(activate(e, 1, 3, NOW, &done));
    assert_int_equal(get_code(e, first).used, 1);
}

static void other_family_and_flow(void **state)
{
    struct t_env *e = *state;
    int64_t group = t_group(e, 5), id, nc12 = 777000 + e->company;
    struct eg_group_new other = {.name = "other", .quota = 5, .life_cycle = EG_LC_OPEN};
    struct eg_activated done;
    struct eg_claim_code c;

    t_upload(e, 0, 1);
    assert_ok(eg_store_product_add(e->store, e->company, nc12, "p", "rw612", NOW, &id));
    assert_ok(eg_store_group_add(e->store, e->company, nc12, &other, NOW, &id));
    c = code_of(id, "rw", 0);
    add_code(e, &c, 1);
    assert_status(activate(e, 0, 1, NOW, &done), FAMILY_MISMATCH);
    assert_int_equal(done.group_id, id);
    c = code_of(group, "x", 0);
    uint8_t tag[EG_CLAIM_TAG_LEN] = {3};
    assert_status(eg_store_claim_add(e->store, e->company, T_ANY(999999), &c, tag, 1, NOW, &id),
                  GROUP_UNKNOWN);
}

/* ---- many at once ---------------------------------------------------------------------------- */

enum { RUSH = 64, LEFT = 10 };

struct rush {
    struct t_env *e;
    uint32_t device;
    eg_status st;
};

static void *rush_main(void *arg)
{
    struct rush *r = arg;
    struct eg_activated done;

    r->st = activate(r->e, r->device, 1, NOW, &done);
    return NULL;
}

static void parallel_claims_stop_at_the_limit(void **state)
{
    struct t_env *e = *state;
    int64_t group = t_group_with_object(e, EG_QUOTA_NONE);
    struct eg_claim_code c = code_of(group, "rush", LEFT);
    int64_t id = add_code(e, &c, 1);
    pthread_t threads[RUSH];
    struct rush rush[RUSH];
    struct eg_group g;
    uint32_t started = 0;
    int in = 0;

    t_upload(e, 0, RUSH);
    for (uint32_t i = 0; i < RUSH; i++) {
        rush[i] = (struct rush){e, i, EG_ERR(INTERNAL)};
        started += pthread_create(&threads[started], NULL, rush_main, &rush[i]) == 0 ? 1 : 0;
    }
    for (uint32_t i = 0; i < started; i++) { /* all of them, before any check leaves */
        (void)pthread_join(threads[i], NULL);
    }
    for (uint32_t i = 0; i < RUSH; i++) {
        in += eg_ok(rush[i].st) ? 1 : 0;
        assert_true(eg_ok(rush[i].st) || eg_is(rush[i].st, EG_E_CLAIM_LIMIT));
    }
    assert_int_equal(in, LEFT);
    assert_int_equal(get_code(e, id).used, LEFT);
    assert_int_equal(get_code(e, id).noticed, 100);
    assert_ok(eg_store_group_get(e->store, e->company, group, &e->arena, &g));
    assert_int_equal(g.quota_used, LEFT);
}

/* ---- wrong codes ----------------------------------------------------------------------------- */

static void guesses_lock_the_device(void **state)
{
    struct t_env *e = *state;
    struct eg_uuid uuid = t_uuid(e, 0);
    struct eg_claim_refused r = {.company_id = e->company,
                                 .guess = true,
                                 .status = 0x10,
                                 .lock_after = 3,
                                 .lock_s = 60,
                                 .lock_s_max = 150,
                                 .now_s = NOW,
                                 .address = "192.0.2.1",
                                 .correlation = "c"};
    const int64_t until[] = {0, 0, NOW + 60, NOW + 120, NOW + 150, NOW + 150};
    struct eg_cloud_row row;
    bool locked;

    t_upload(e, 0, 1);
    r.device_id = device_id(e, 0);
    for (size_t i = 0; i < sizeof until / sizeof until[0]; i++) {
        assert_ok(eg_store_claim_refused(e->store, &r, &locked));
        assert_int_equal(locked, i >= 2);
        assert_ok(eg_store_cloud_admit(e->store, &uuid, &row));
        assert_int_equal(row.locked_until_s, until[i]);
        assert_int_equal(row.claim_failures, i + 1);
    }
}

/* ---- lists, statistics ----------------------------------------------------------------------- */

static void codes_are_listed_counted_and_deleted(void **state)
{
    struct t_env *e = *state;
    int64_t group = t_group_with_object(e, 9), ids[3];
    struct eg_claim_code codes[3];
    uint8_t tags[3 * EG_CLAIM_TAG_LEN];
    char names[3][8];
    struct eg_claim_code_list list;
    struct eg_claim_statistics s;
    struct eg_activated done;

    for (uint8_t i = 0; i < 3; i++) {
        (void)snprintf(names[i], sizeof names[i], "c%u", i);
        codes[i] = code_of(group, names[i], 2);
        codes[i].batch = "b";
        tag_of(e, (uint8_t)(i + 1), tags + (size_t)i * EG_CLAIM_TAG_LEN);
    }
    assert_ok(eg_store_claim_add(e->store, e->company, T_ANY(group), codes, tags, 3, NOW, ids));
    assert_status(eg_store_claim_add(e->store, e->company, T_ANY(group), codes, tags, 3, NOW, ids),
                  NAME_TAKEN);
    assert_ok(eg_store_claim_list(e->store, e->company, group, "b", (struct eg_page){2, 0},
                                  &e->arena, &list));
    assert_int_equal(list.count, 2);
    assert_true(list.more);
    assert_ok(eg_store_claim_list(e->store, e->company + 1, 0, NULL, (struct eg_page){0}, &e->arena,
                                  &list));
    assert_int_equal(list.count, 0);
    t_upload(e, 0, 1);
    assert_ok(activate(e, 0, 1, NOW, &done));
    assert_ok(eg_store_claim_revoke(e->store, e->company, ids[1], 7, NOW));
    assert_ok(eg_store_claim_statistics(e->store, e->company, group, NOW, &s));
    assert_int_equal(s.codes, 3);
    assert_int_equal(s.active, 2);
    assert_int_equal(s.revoked, 1);
    assert_int_equal(s.used, 1);
    assert_int_equal(s.left, 3);
    assert_ok(eg_store_claim_delete(e->store, e->company, ids[0], 7, NOW));
    assert_status(eg_store_claim_delete(e->store, e->company, ids[0], 7, NOW), CLAIM_CODE_UNKNOWN);
    unclaim_all(e, group);
    assert_ok(eg_store_group_delete(e->store, e->company, group));
    assert_status(activate(e, 0, 2, NOW, &done), CLAIM_CODE_UNKNOWN);
}

/* ---- sessions -------------------------------------------------------------------------------- */

static const struct eg_held_object two_objects[] = {{.chip_id = 0xFFFFFFF0,
                                                     .object_id = 11,
                                                     .version = 2,
                                                     .generation = 1,
                                                     .state = EG_HELD_CONFIRMED,
                                                     .rtp_status = 1,
                                                     .expires_s = 9000,
                                                     .updated_s = NOW,
                                                     .confirmed_s = NOW},
                                                    {.chip_id = 3,
                                                     .object_id = 12,
                                                     .version = 1,
                                                     .state = EG_HELD_FAILED,
                                                     .psa_status = -149,
                                                     .rtp_status = 0x12,
                                                     .updated_s = NOW}};
static const struct eg_cloud_event one_event = {EG_EVENT_CLOUD_FAILED, "one failed"};
static const uint8_t some_hash[32] = {1};

/* Two devices in a group with their objects made; the first one's session failed. */
static struct eg_cloud_save failed_session(struct t_env *e, int64_t group)
{
    struct eg_refusal refusal;
    struct eg_job job;

    t_upload(e, 0, 2);
    assert_ok(t_reserve(e, group, 0, 2, &job, &refusal));
    t_finish(e, &job, 1);
    return (struct eg_cloud_save){.device_id = device_id(e, 0),
                                  .group_id = group,
                                  .company_id = e->company,
                                  .now_s = NOW,
                                  .complete = true,
                                  .update_status = 0x40,
                                  .rtp_status = 0x40,
                                  .agent_version = 0x00060401,
                                  .address = "2001:db8::1",
                                  .correlation = "c1",
                                  .facts = eg_span_str("facts"),
                                  .binding = EG_BINDING_NONE,
                                  .expires_s = 9000,
                                  .services_hash = EG_SPAN_OF(some_hash),
                                  .objects = two_objects,
                                  .object_count = 2,
                                  .events = &one_event,
                                  .event_count = 1};
}

static size_t listed(struct t_env *e, struct eg_cloud_filter filter, struct eg_uuid *first)
{
    struct eg_cloud_state_list list;

    assert_ok(
        eg_store_cloud_list(e->store, e->company, &filter, (struct eg_page){0}, &e->arena, &list));
    if (list.count > 0) {
        *first = list.items[0].uuid;
    }
    return list.count;
}

static void a_failed_session_is_stored_whole(void **state)
{
    struct t_env *e = *state;
    int64_t group = t_group_with_object(e, 5);
    struct eg_uuid uuid = t_uuid(e, 0), never = t_uuid(e, 1), found;
    struct eg_cloud_save save = failed_session(e, group);
    struct eg_cloud_state now;
    struct eg_held_list held;

    assert_ok(eg_store_cloud_save(e->store, &save));
    assert_ok(eg_store_cloud_objects(e->store, save.device_id, &e->arena, &held));
    assert_int_equal(held.count, 2);
    assert_int_equal(held.items[0].psa_status, -149);
    assert_int_equal(held.items[1].chip_id, 0xFFFFFFF0);
    assert_ok(eg_store_cloud_state(e->store, e->company, &uuid, &e->arena, &now));
    assert_int_equal(now.failures, 1);
    assert_int_equal(now.state, EG_DEVICE_PROVISIONING_FAILED);
    assert_false(now.up_to_date);
    assert_string_equal(now.address, "2001:db8::1");
    assert_int_equal(listed(e, (struct eg_cloud_filter){.failed = true}, &found), 1);
    assert_memory_equal(found.bytes, uuid.bytes, EG_UUID_LEN);
    assert_int_equal(listed(e, (struct eg_cloud_filter){.never_connected = true}, &found), 1);
    assert_memory_equal(found.bytes, never.bytes, EG_UUID_LEN);
    assert_int_equal(listed(e, (struct eg_cloud_filter){.expires_before_s = 9001}, &found), 1);
    assert_int_equal(listed(e, (struct eg_cloud_filter){.expires_before_s = 9000}, &found), 0);
}

static void later_sessions_settle_it(void **state)
{
    struct t_env *e = *state;
    int64_t group = t_group_with_object(e, 5);
    struct eg_uuid uuid = t_uuid(e, 0);
    struct eg_cloud_save save = failed_session(e, group);
    const uint32_t gone[] = {3};
    struct eg_cloud_summary sum;
    struct eg_cloud_state now;
    struct eg_cloud_row row;

    assert_ok(eg_store_cloud_save(e->store, &save));
    assert_ok(eg_store_cloud_admit(e->store, &uuid, &row));
    save.success = true;
    save.update_status = save.rtp_status = 1;
    save.object_count = save.event_count = 0;
    save.gone = gone;
    save.gone_count = 1;
    save.held_group = group;
    save.held_set = row.set_id;
    assert_ok(eg_store_cloud_save(e->store, &save));
    save.quiet = true;
    save.now_s = NOW + 50;
    save.correlation = "c2";
    assert_ok(eg_store_cloud_save(e->store, &save));
    assert_ok(eg_store_cloud_state(e->store, e->company, &uuid, &e->arena, &now));
    assert_true(now.up_to_date);
    assert_int_equal(now.sessions, 3);
    assert_int_equal(now.last_contact_s, NOW + 50);
    assert_int_equal(now.first_contact_s, NOW);
    assert_int_equal(now.state, EG_DEVICE_PROVISIONED);
    assert_int_equal(now.binding, EG_BINDING_NONE);
    assert_string_equal(now.correlation, "c2");
    assert_ok(eg_store_cloud_summary(e->store, e->company, group, 9001, &sum));
    assert_int_equal(sum.members, 2);
    assert_int_equal(sum.connected, 1);
    assert_int_equal(sum.never_connected, 1);
    assert_int_equal(sum.up_to_date, 1);
    assert_int_equal(sum.failed, 0);
    assert_int_equal(sum.expiring, 1);
}

static void epochs_ask_to_look_again(void **state)
{
    struct t_env *e = *state;
    int64_t group = t_group_with_object(e, 5);
    struct eg_claim_code c = code_of(group, "one", 0);
    struct eg_uuid uuid = t_uuid(e, 0);
    struct eg_activated done;
    struct eg_cloud_row row;

    t_upload(e, 0, 1);
    add_code(e, &c, 1);
    assert_ok(activate(e, 0, 1, NOW, &done));
    assert_ok(eg_store_cloud_group_again(e->store, e->company, group));
    assert_ok(eg_store_cloud_device_again(e->store, e->company, device_id(e, 0)));
    assert_ok(eg_store_cloud_admit(e->store, &uuid, &row));
    assert_int_equal(row.epoch, 2);
    assert_status(eg_store_cloud_group_again(e->store, e->company + 1, group), GROUP_UNKNOWN);
}

/* ---- variants -------------------------------------------------------------------------------- */

static void a_variant_is_made_beside_the_set(void **state)
{
    struct t_env *e = *state;
    int64_t group = t_group_with_object(e, 5);
    struct eg_uuid uuid = t_uuid(e, 0);
    struct eg_stored_object_list objects;
    struct eg_set_origin origin;
    struct eg_refusal refusal;
    struct eg_job line, cloud, again;
    struct eg_span body;
    char job_uuid[EG_JOB_UUID_LEN + 1];
    struct eg_reserve in = {.company_id = e->company,
                            .group_id = group,
                            .uuids = &uuid,
                            .count = 1,
                            .job_uuid = job_uuid,
                            .node = T_NODE,
                            .lease_s = 60,
                            .now_s = NOW,
                            .variant = EG_SET_CLOUD};

    t_upload(e, 0, 1);
    assert_ok(t_reserve(e, group, 0, 1, &line, &refusal));
    t_finish(e, &line, 1);
    t_job_uuid(job_uuid);
    assert_ok(eg_store_job_reserve(e->store, &in, &e->arena, &cloud, &refusal));
    assert_int_not_equal(cloud.set_id, line.set_id);
    assert_int_equal(cloud.todo, 1);
    t_finish(e, &cloud, 2);
    t_job_uuid(job_uuid);
    assert_ok(eg_store_job_reserve(e->store, &in, &e->arena, &again, &refusal));
    assert_int_equal(again.set_id, cloud.set_id);
    assert_int_equal(again.state, EG_JOB_SUCCEEDED);
    assert_ok(eg_store_set_origin(e->store, cloud.set_id, &origin));
    assert_int_equal(origin.base_id, line.set_id);
    assert_int_equal(origin.variant, EG_SET_CLOUD);
    assert_ok(eg_store_set_origin(e->store, line.set_id, &origin));
    assert_int_equal(origin.variant, EG_SET_PROXY);
    assert_ok(eg_store_set_objects(e->store, cloud.set_id, &e->arena, &objects));
    assert_int_equal(objects.count, 1);
    assert_ok(eg_store_cloud_body(e->store, device_id(e, 0), group, line.set_id, EG_SET_CLOUD,
                                  &e->arena, &body));
    assert_int_equal(body.ptr[body.len - 1], 2);
    assert_status(eg_store_cloud_body(e->store, device_id(e, 0), group, line.set_id,
                                      EG_SET_CLOUD_BOUND, &e->arena, &body),
                  STORE_NOT_FOUND);
}

/* ---- alarms ---------------------------------------------------------------------------------- */

static void equal_alarms_become_one(void **state)
{
    struct t_env *e = *state;
    const uint8_t key[65] = {4};
    struct eg_alarm a = {.kind = EG_ALARM_WRONG_KEY,
                         .last_s = NOW,
                         .has_uuid = true,
                         .uuid = t_uuid(e, 0),
                         .address = "192.0.2.7",
                         .detail = "wrong key",
                         .spki = EG_SPAN_OF(key),
                         .subject = eg_span("", 0)};
    struct eg_service_event_list events;
    struct eg_alarm_list list;

    for (int i = 0; i < 3; i++) {
        a.last_s = NOW + i;
        assert_ok(eg_store_alarm_raise(e->store, e->company, &a));
    }
    a.kind = EG_ALARM_MALFORMED;
    a.has_uuid = false;
    assert_ok(eg_store_alarm_raise(e->store, e->company, &a));
    assert_ok(eg_store_alarm_list(e->store, e->company, EG_ALARM_WRONG_KEY, true,
                                  (struct eg_page){0}, &e->arena, &list));
    assert_int_equal(list.count, 1);
    assert_int_equal(list.items[0].count, 3);
    assert_int_equal(list.items[0].first_s, NOW);
    assert_int_equal(list.items[0].last_s, NOW + 2);
    assert_int_equal(list.items[0].spki.len, 65);
    assert_ok(eg_store_alarm_acknowledge(e->store, e->company, list.items[0].id, 7, NOW));
    assert_status(eg_store_alarm_acknowledge(e->store, e->company + 1, list.items[0].id, 7, NOW),
                  ALARM_UNKNOWN);
    assert_ok(
        eg_store_alarm_list(e->store, e->company, 0, true, (struct eg_page){0}, &e->arena, &list));
    assert_int_equal(list.count, 1);
    assert_false(list.items[0].has_uuid);
    assert_ok(eg_store_service_events(e->store, e->company, 0, 10, &e->arena, &events));
    assert_int_equal(events.count, 3); /* two alarms, one acknowledgement */
}

static const struct CMUnitTest tests[] = {
    T_CASE(a_claim_moves_everything_at_once),
    T_CASE(refusals_change_nothing),
    T_CASE(reuse_is_a_rule),
    T_CASE(other_family_and_flow),
    T_CASE(parallel_claims_stop_at_the_limit),
    T_CASE(guesses_lock_the_device),
    T_CASE(codes_are_listed_counted_and_deleted),
    T_CASE(a_failed_session_is_stored_whole),
    T_CASE(later_sessions_settle_it),
    T_CASE(epochs_ask_to_look_again),
    T_CASE(a_variant_is_made_beside_the_set),
    T_CASE(equal_alarms_become_one),
};

const struct t_cases t_cloud_cases = {"cloud", tests, sizeof tests / sizeof tests[0], T_BOTH};
