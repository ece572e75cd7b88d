/* SPDX-License-Identifier: Apache-2.0 */
/* Lists by cloud state: each page begins where the one before ended, whatever changes meanwhile. */
#include "server/store/store_cloud.h"
#include "tests/unit/store/store_test.h"

enum { NOW = 5000, SEEN_MAX = 64, SIZE = 3, FLOW_PROXY_ONLY = 1 };

/* Devices of a walk, by the numbers that t_uuid() knows them by. */
struct seen {
    uint32_t numbers[SEEN_MAX];
    size_t count;
};

static struct eg_cloud_state_list page_of(struct t_env *e, const struct eg_cloud_filter *f,
                                          uint32_t number, struct seen *seen)
{
    struct eg_cloud_state_list list;

    assert_ok(eg_store_cloud_list(e->store, e->company, f, (struct eg_page){SIZE, number},
                                  &e->arena, &list));
    assert_true(list.count == SIZE || !list.more);
    for (size_t i = 0; i < list.count; i++) {
        assert_true(seen->count < SEEN_MAX);
        seen->numbers[seen->count++] = list.items[i].uuid.bytes[EG_UUID_LEN - 1];
    }
    return list;
}

static struct seen walk_by_key(struct t_env *e, struct eg_cloud_filter f)
{
    struct seen seen = {.count = 0};
    bool more = true;

    while (more) {
        struct eg_cloud_state_list list = page_of(e, &f, 0, &seen);

        more = list.more;
        f.after = list.next;
    }
    return seen;
}

static struct seen walk_by_number(struct t_env *e, const struct eg_cloud_filter *f)
{
    struct seen seen = {.count = 0};

    for (uint32_t page = 0; page_of(e, f, page, &seen).more; page++) {
    }
    return seen;
}

static void assert_walks(struct t_env *e, struct eg_cloud_filter f, const uint32_t *numbers,
                         size_t count)
{
    struct seen by_key = walk_by_key(e, f), by_number = walk_by_number(e, &f);

    assert_int_equal(by_key.count, count);
    assert_int_equal(by_number.count, count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(by_key.numbers[i], numbers[i]);
        assert_int_equal(by_number.numbers[i], numbers[i]);
    }
}
#define WALKS(e, filter, ...)                                                                      \
    assert_walks(e, filter, (const uint32_t[]){__VA_ARGS__},                                       \
                 sizeof((uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t))

/* A product, and devices whose ids are in the order of their numbers. */
static void set_up(struct t_env *e, uint32_t count)
{
    (void)t_group(e, EG_QUOTA_NONE);
    for (uint32_t i = 0; i < count; i++) {
        t_upload(e, i, 1);
    }
}

static int64_t group_of(struct t_env *e, uint32_t first, uint32_t count)
{
    static uint32_t object = 0x3000;
    static char name[] = "objectA", group_name[] = "groupA";
    int64_t group, object_id;
    struct eg_refusal refusal;
    struct eg_job job;
    const struct eg_group_new new_group = {
        .name = group_name, .quota = EG_QUOTA_NONE, .life_cycle = EG_LC_OPEN};

    name[sizeof name - 2]++;
    group_name[sizeof group_name - 2]++;
    assert_ok(eg_store_group_add(e->store, e->company, T_NC12_FIRST, &new_group, NOW, &group));
    object_id = t_object(e, name, ++object);
    assert_ok(eg_store_assign(e->store, e->company, T_ANY(group), object_id, NULL));
    if (count > 0) {
        assert_ok(t_reserve(e, group, first, count, &job, &refusal));
    }
    return group;
}

/* A session of a device whose certificate ends at expires_s; 0: it has none. */
static void meet(struct t_env *e, uint32_t number, int64_t group, int64_t expires_s)
{
    struct eg_uuid uuid = t_uuid(e, number);
    struct eg_cloud_row row;

    assert_ok(eg_store_cloud_admit(e->store, &uuid, &row));
    const struct eg_cloud_save save = {.device_id = row.device_id,
                                       .group_id = group,
                                       .company_id = e->company,
                                       .now_s = NOW,
                                       .success = true,
                                       .complete = true,
                                       .update_status = 1,
                                       .address = "192.0.2.1",
                                       .correlation = "c",
                                       .expires_s = expires_s};
    assert_ok(eg_store_cloud_save(e->store, &save));
}

static const struct eg_cloud_filter never = {.never_connected = true};

static void waiting_devices_group_by_group(void **state)
{
    struct t_env *e = *state;
    int64_t one, none, two;

    set_up(e, 20);
    one = group_of(e, 10, 8);
    none = group_of(e, 18, 2);
    two = group_of(e, 0, 7);
    WALKS(e, never, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 0, 1, 2, 3, 4, 5, 6);
    for (uint32_t i = 10; i < 14; i++) {
        meet(e, i, one, 0);
    }
    meet(e, 2, two, 0);
    meet(e, 18, none, 0);
    meet(e, 19, none, 0);
    meet(e, 19, none, 0); /* again changes nothing */
    WALKS(e, never, 14, 15, 16, 17, 0, 1, 3, 4, 5, 6);
    WALKS(e, ((struct eg_cloud_filter){.never_connected = true, .group_id = two}), 0, 1, 3, 4, 5,
          6);
    assert_walks(e, (struct eg_cloud_filter){.never_connected = true, .group_id = none}, NULL, 0);
    const uint32_t proxy_only = FLOW_PROXY_ONLY;
    const struct eg_group_change change = {.flows = &proxy_only};
    assert_ok(eg_store_group_update(e->store, e->company, T_ANY(one), &change));
    WALKS(e, never, 0, 1, 3, 4, 5, 6);
    assert_walks(e, (struct eg_cloud_filter){.never_connected = true, .group_id = one}, NULL, 0);
}

static void waiting_devices_come_and_go(void **state)
{
    struct t_env *e = *state;
    struct eg_cloud_filter f = never;
    struct eg_cloud_state_list list;
    struct seen seen = {.count = 0};
    struct eg_refusal refusal;
    struct eg_job job;
    int64_t one, two;

    set_up(e, 12);
    one = group_of(e, 0, 5);
    two = group_of(e, 5, 5);
    list = page_of(e, &f, 0, &seen); /* 0 1 2 */
    meet(e, 1, one, 0);              /* behind */
    meet(e, 2, one, 0);              /* the key itself */
    meet(e, 4, one, 0);              /* before */
    assert_ok(t_reserve(e, two, 10, 1, &job, &refusal));
    while (list.more) {
        f.after = list.next;
        list = page_of(e, &f, 0, &seen);
    }
    const uint32_t expected[] = {0, 1, 2, 3, 5, 6, 7, 8, 9, 10};
    assert_int_equal(seen.count, sizeof expected / sizeof expected[0]);
    assert_memory_equal(seen.numbers, expected, sizeof expected);
    uint32_t left;
    assert_ok(eg_store_unclaim_all(e->store, e->company, two, 0, NOW, &left));
    WALKS(e, never, 0, 3);
}

/* A session of a device that is in no group is a session. */
static void who_connected_before_it_had_a_group_is_not_waiting(void **state)
{
    struct t_env *e = *state;

    set_up(e, 3);
    meet(e, 1, 0, 0);
    (void)group_of(e, 0, 3);
    WALKS(e, never, 0, 2);
}

static void by_when_certificates_end(void **state)
{
    struct t_env *e = *state;
    const struct eg_cloud_filter soon = {.expires_before_s = 9000};
    int64_t one, two;

    set_up(e, 14);
    one = group_of(e, 0, 7);
    two = group_of(e, 7, 7);
    for (uint32_t i = 0; i < 12; i++) { /* pairs of equal expiry; the last pair is out of it */
        meet(e, i, i < 7 ? one : two, i < 2 ? 0 : 8000 + 200 * (i / 2));
    }
    WALKS(e, soon, 2, 3, 4, 5, 6, 7, 8, 9);
    WALKS(e, ((struct eg_cloud_filter){.expires_before_s = 9000, .group_id = two}), 7, 8, 9);
    assert_walks(e, (struct eg_cloud_filter){.expires_before_s = 8200}, NULL, 0);
}

static void renewals_move_nothing(void **state)
{
    struct t_env *e = *state;
    struct eg_cloud_filter f = {.expires_before_s = 9000};
    struct eg_cloud_state_list list;
    struct seen seen = {.count = 0};
    int64_t group;

    set_up(e, 9);
    group = group_of(e, 0, 9);
    for (uint32_t i = 0; i < 9; i++) {
        meet(e, i, group, 8900 - 10 * i);
    }
    list = page_of(e, &f, 0, &seen); /* 8 7 6 */
    meet(e, 8, group, 8895);         /* renewed, but still in it: told again at its new place */
    meet(e, 6, group, 99999);        /* the key itself */
    meet(e, 4, group, 99999);
    while (list.more) {
        f.after = list.next;
        list = page_of(e, &f, 0, &seen);
    }
    const uint32_t expected[] = {8, 7, 6, 5, 3, 2, 1, 8, 0};
    assert_int_equal(seen.count, sizeof expected / sizeof expected[0]);
    assert_memory_equal(seen.numbers, expected, sizeof expected);
}

static const struct CMUnitTest tests[] = {
    T_CASE(waiting_devices_group_by_group),
    T_CASE(waiting_devices_come_and_go),
    T_CASE(who_connected_before_it_had_a_group_is_not_waiting),
    T_CASE(by_when_certificates_end),
    T_CASE(renewals_move_nothing),
};

const struct t_cases t_cloud_list_cases = {"cloud_list", tests, sizeof tests / sizeof tests[0],
                                           T_BOTH};
