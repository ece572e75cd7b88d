/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "server/store/uuid_range.h"
#include "tests/unit/store/store_test.h"

static void roots_enter_whole(void **state)
{
    struct t_env *e = *state;
    struct eg_root roots[3] = {t_root(e, 1, 1), t_root(e, 2, 1), t_root(e, 3, 1)};
    struct eg_roots_result r;
    struct eg_device d;

    assert_ok(eg_store_roots_add(e->store, e->company, 1, "mcxn947", roots, 2, 500, &r));
    assert_int_equal(r.added, 2);
    assert_int_equal(r.known, 0);
    assert_true(r.manifest_id > 0);
    assert_ok(eg_store_roots_add(e->store, e->company, 1, "mcxn947", roots, 3, 501, &r));
    assert_int_equal(r.added, 1);
    assert_int_equal(r.known, 2);
    assert_ok(eg_store_device_get(e->store, e->company, &roots[2].uuid, &e->arena, &d));
    assert_string_equal(d.family, "mcxn947");
    assert_int_equal(d.state, EG_DEVICE_REGISTERED);
    assert_int_equal(d.group_id, 0);
    assert_int_equal(d.nc12, 0);
    assert_int_equal(d.created_s, 501);
}

static void a_contradiction_refuses_the_whole_manifest(void **state)
{
    struct t_env *e = *state;
    struct eg_root known = t_root(e, 1, 1);
    struct eg_root bad[2] = {t_root(e, 2, 1), t_root(e, 1, 2)}; /* 1 with another root */
    struct eg_roots_result r;
    struct eg_device d;
    int64_t other;

    assert_ok(eg_store_roots_add(e->store, e->company, 1, "mcxn947", &known, 1, 500, &r));
    assert_status(eg_store_roots_add(e->store, e->company, 1, "mcxn947", bad, 2, 500, &r),
                  ROOT_CONFLICT);
    assert_memory_equal(r.conflict.bytes, known.uuid.bytes, EG_UUID_LEN);
    assert_int_equal(r.added, 0);
    assert_status(eg_store_device_get(e->store, e->company, &bad[0].uuid, &e->arena, &d),
                  DEVICE_UNKNOWN);
    assert_status(eg_store_roots_add(e->store, e->company, 1, "rw612", &known, 1, 500, &r),
                  ROOT_CONFLICT);
    assert_ok(eg_store_company_add(e->store, "thief", 1, &other));
    assert_status(eg_store_roots_add(e->store, other, 1, "mcxn947", &known, 1, 500, &r),
                  ROOT_CONFLICT);
    assert_status(eg_store_device_get(e->store, other, &known.uuid, &e->arena, &d), DEVICE_UNKNOWN);
    bad[1] = bad[0]; /* twice in one manifest, with two roots */
    memset(bad[1].tag, 9, sizeof bad[1].tag);
    assert_status(eg_store_roots_add(e->store, e->company, 1, "mcxn947", bad, 2, 500, &r),
                  ROOT_CONFLICT);
}

static void large_manifest(void **state)
{
    struct t_env *e = *state;
    struct eg_device_filter all = {0};
    struct eg_device_list list;
    uint32_t seen = 0;

    t_upload(e, 0, 1201); /* several slices of the pipeline */
    for (uint32_t page = 0;; page++) {
        assert_ok(eg_store_device_list(e->store, e->company, &all, (struct eg_page){500, page},
                                       &e->arena, &list));
        seen += (uint32_t)list.count;
        if (!list.more) {
            break;
        }
        assert_int_equal(list.count, 500);
    }
    assert_int_equal(seen, 1201);
}

/* Every device that has the text as a prefix, found the slow way. */
static uint32_t expected(const struct t_env *e, uint32_t count, const char *text)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < count; i++) {
        struct eg_uuid u = t_uuid(e, i);
        char dec[EG_UUID_DEC_MAX + 1], hex[EG_UUID_HEX_LEN + 1];

        eg_uuid_to_dec(&u, dec);
        eg_uuid_to_hex(&u, hex);
        n += strncmp(dec, text, strlen(text)) == 0 || strncmp(hex, text, strlen(text)) == 0 ? 1 : 0;
    }
    return n;
}

static void search_finds_prefixes(void **state)
{
    static const char *const texts[] = {"1", "12", "2", "30", "7", "a", "f0", "0", "00", "99"};
    struct t_env *e = *state;
    enum { COUNT = 300 };

    t_upload(e, 0, COUNT);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct eg_device_filter f = {.search = texts[i]};
        uint32_t found = 0;
        bool more = true;

        for (uint32_t page = 0; more; page++) { /* small pages: across the ranges */
            struct eg_device_list list;

            assert_ok(eg_store_device_list(e->store, e->company, &f, (struct eg_page){7, page},
                                           &e->arena, &list));
            found += (uint32_t)list.count;
            more = list.more;
        }
        assert_int_equal(found, expected(e, COUNT, texts[i]));
    }
}

static void search_finds_one(void **state)
{
    static const char *const none[] = {"xyz", "1234567890123456789012345678901234567890", "12 "};
    struct t_env *e = *state;
    struct eg_uuid u = t_uuid(e, 5);
    char dec[EG_UUID_DEC_MAX + 1], hex[EG_UUID_HEX_LEN + 3] = "0x";
    struct eg_device_list list;

    t_upload(e, 0, 10);
    eg_uuid_to_dec(&u, dec);
    eg_uuid_to_hex(&u, hex + 2);
    assert_ok(eg_store_device_list(e->store, e->company, &(struct eg_device_filter){.search = dec},
                                   (struct eg_page){0, 0}, &e->arena, &list));
    assert_int_equal(list.count, 1);
    assert_memory_equal(list.items[0].uuid.bytes, u.bytes, EG_UUID_LEN);
    assert_ok(eg_store_device_list(e->store, e->company, &(struct eg_device_filter){.search = hex},
                                   (struct eg_page){0, 0}, &e->arena, &list));
    assert_int_equal(list.count, 1);
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        struct eg_device_filter f = {.search = none[i]};

        assert_ok(eg_store_device_list(e->store, e->company, &f, (struct eg_page){0, 0}, &e->arena,
                                       &list));
        assert_int_equal(list.count, 0);
        assert_false(list.more);
    }
}

static void ranges_are_disjoint_and_ascending(void **state)
{
    static const char *const texts[] = {"",   "1", "9",
                                        "17", "0", "34028236692093846346337460743176"};
    struct eg_uuid_range r[EG_UUID_RANGES_MAX];
    size_t count;

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        eg_uuid_ranges(texts[i], r, &count);
        assert_true(count >= 1 && count <= EG_UUID_RANGES_MAX);
        for (size_t k = 0; k < count; k++) {
            assert_true(memcmp(r[k].first.bytes, r[k].last.bytes, EG_UUID_LEN) <= 0);
            assert_true(k == 0 || memcmp(r[k - 1].last.bytes, r[k].first.bytes, EG_UUID_LEN) < 0);
        }
    }
}

static void filters(void **state)
{
    struct t_env *e = *state;
    int64_t group = t_group_with_object(e, EG_QUOTA_NONE);
    struct eg_root other = t_root(e, 50, 1);
    struct eg_roots_result r;
    struct eg_refusal refusal;
    struct eg_device_list list;
    struct eg_job job;
    static const struct eg_page page = {3, 0}, second = {3, 1};

    t_upload(e, 0, 8);
    assert_ok(eg_store_roots_add(e->store, e->company, 1, "rw612", &other, 1, 500, &r));
    assert_ok(t_reserve(e, group, 0, 5, &job, &refusal));
    assert_ok(eg_store_device_list(e->store, e->company,
                                   &(struct eg_device_filter){.family = "rw612"}, page, &e->arena,
                                   &list));
    assert_int_equal(list.count, 1);
    assert_ok(eg_store_device_list(e->store, e->company,
                                   &(struct eg_device_filter){.group_id = group}, page, &e->arena,
                                   &list));
    assert_int_equal(list.count, 3);
    assert_true(list.more);
    assert_int_equal(list.items[0].group_id, group);
    assert_int_equal(list.items[0].nc12, T_NC12_FIRST);
    assert_ok(eg_store_device_list(e->store, e->company,
                                   &(struct eg_device_filter){.group_id = group}, second, &e->arena,
                                   &list));
    assert_int_equal(list.count, 2);
    assert_false(list.more);
    assert_ok(eg_store_device_list(e->store, e->company,
                                   &(struct eg_device_filter){.state = EG_DEVICE_REGISTERED},
                                   second, &e->arena, &list));
    assert_int_equal(list.count, 1); /* 3 + 1 of another family, 3 on the first page */
    assert_ok(eg_store_device_list(
        e->store, e->company,
        &(struct eg_device_filter){.group_id = group, .search = "1", .state = EG_DEVICE_ASSIGNED},
        (struct eg_page){0, 0}, &e->arena, &list));
    assert_true(list.count < 5);
}

enum { WALK_MAX = 64, WALK_SIZE = 3 };

/* One page into its place of the walk; returns whether there are more. */
static bool walk_page(struct t_env *e, const struct eg_device_filter *f, uint32_t page,
                      int64_t ids[static WALK_MAX], size_t *count)
{
    struct eg_device_list list;

    assert_ok(eg_store_device_list(e->store, e->company, f, (struct eg_page){WALK_SIZE, page},
                                   &e->arena, &list));
    for (size_t i = 0; i < list.count; i++) {
        ids[(size_t)page * WALK_SIZE + i] = list.items[i].id;
    }
    *count += list.count;
    return list.more;
}

/* By the place that each page names for the next one; no number, no mark. */
static size_t walk_by_place(struct t_env *e, struct eg_device_filter f,
                            int64_t ids[static WALK_MAX])
{
    struct eg_device_list list = {.more = true};
    struct eg_page_key from;
    size_t count = 0;

    while (list.more) {
        assert_ok(eg_store_device_list(e->store, e->company, &f, (struct eg_page){WALK_SIZE, 0},
                                       &e->arena, &list));
        for (size_t i = 0; i < list.count; i++) {
            ids[count++] = list.items[i].id;
        }
        from = list.next;
        f.from = &from;
    }
    return count;
}

/* Back to front no page was marked by the one before it; front to back each one was. */
static void walk_both_ways(struct t_env *e, const struct eg_device_filter *f, size_t expected)
{
    int64_t backward[WALK_MAX] = {0}, forward[WALK_MAX] = {0}, places[WALK_MAX] = {0};
    size_t count = 0;
    bool more = true;

    for (uint32_t page = WALK_MAX / WALK_SIZE; page > 0; page--) {
        (void)walk_page(e, f, page - 1, backward, &count);
    }
    assert_int_equal(count, expected);
    count = 0;
    for (uint32_t page = 0; more; page++) {
        more = walk_page(e, f, page, forward, &count);
    }
    assert_int_equal(count, expected);
    assert_memory_equal(forward, backward, sizeof forward);
    assert_int_equal(walk_by_place(e, *f, places), expected);
    assert_memory_equal(forward, places, sizeof forward);
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < i; k++) {
            assert_int_not_equal(forward[i], forward[k]);
        }
    }
}

static void every_list_is_the_same_page_by_page_and_by_jumps(void **state)
{
    struct t_env *e = *state;
    int64_t one = t_group_with_object(e, EG_QUOTA_NONE);
    int64_t two = t_group(e, EG_QUOTA_NONE);
    struct eg_refusal refusal;
    struct eg_job job;

    t_upload(e, 0, 40);
    assert_ok(t_reserve(e, one, 0, 10, &job, &refusal));
    t_finish(e, &job, 1);
    assert_ok(t_reserve(e, one, 10, 7, &job, &refusal));
    assert_ok(t_reserve(e, two, 20, 8, &job, &refusal));
    const struct {
        struct eg_device_filter filter;
        size_t count;
    } walks[] = {
        {{0}, 40},
        {{.search = "1"}, expected(e, 40, "1")},
        {{.family = "mcxn947"}, 40},
        {{.family = "rw612"}, 0},
        {{.group_id = one}, 17},
        {{.group_id = one, .family = "rw612"}, 0},
        {{.group_id = one, .family = "mcxn947"}, 17},
        {{.state = EG_DEVICE_REGISTERED}, 15},
        {{.state = EG_DEVICE_REGISTERED, .group_id = one}, 0},
        {{.state = EG_DEVICE_ASSIGNED}, 15}, /* goes on from one group to the next */
        {{.state = EG_DEVICE_ASSIGNED, .group_id = one}, 7},
        {{.state = EG_DEVICE_ASSIGNED, .group_id = two, .family = "mcxn947"}, 8},
        {{.state = EG_DEVICE_GENERATED, .family = "mcxn947"}, 10},
        {{.search = "xyz", .group_id = one}, 0},
    };
    for (size_t i = 0; i < sizeof walks / sizeof walks[0]; i++) {
        walk_both_ways(e, &walks[i].filter, walks[i].count);
    }
}

/* The list must have more than is counted off: 16 digits for a UUID, the company's among them. */
static eg_status op_many(struct eg_db *db, void *arg)
{
    const struct t_env *e = arg;
    const char *uuid = t_is_postgres() ? "convert_to(lpad(CAST(i AS text), 16, '0'), 'UTF8')"
                                       : "CAST(printf('%016d', i) AS BLOB)";
    const char *empty = t_is_postgres() ? "'\\x'" : "x''";
    long long first = (long long)e->company * 1000000;
    char sql[1024];

    (void)snprintf(sql, sizeof sql,
                   "WITH RECURSIVE n (i) AS (SELECT CAST(%lld AS bigint) UNION ALL"
                   " SELECT i + 1 FROM n WHERE i < %lld)"
                   " INSERT INTO device (uuid, company_id, manifest_id, family, state, created_s,"
                   " wrapped_root, root_tag, connection_key, attestation_key)"
                   " SELECT %s, %lld, 1, 'mcxn947', 1, 1, %s, %s, %s, %s FROM n",
                   first, first + EG_PAGE_JUMP_MAX + 199, uuid, (long long)e->company, empty, empty,
                   empty, empty);
    return eg_db_exec(db, sql);
}

static void far_pages_are_walked_to(void **state)
{
    enum { SIZE = 100, LAST = EG_PAGE_JUMP_MAX / SIZE }; /* the last page that is counted off */
    struct t_env *e = *state;
    const struct eg_device_filter all = {0}, few = {.family = "rw612"};
    struct eg_device_list list;

    assert_ok(eg_store_write(e->store, op_many, e));
    assert_ok(eg_store_device_list(e->store, e->company, &few, (struct eg_page){SIZE, LAST + 1},
                                   &e->arena, &list));
    assert_int_equal(list.count, 0); /* a short list has no such page: that is no refusal */
    assert_status(eg_store_device_list(e->store, e->company, &all, (struct eg_page){SIZE, LAST + 1},
                                       &e->arena, &list),
                  PAGE_FAR);
    for (uint32_t page = LAST; page <= LAST + 1; page++) { /* the first leads to the second */
        assert_ok(eg_store_device_list(e->store, e->company, &all, (struct eg_page){SIZE, page},
                                       &e->arena, &list));
        assert_int_equal(list.count, SIZE);
    }
    assert_ok(eg_store_device_list(e->store, e->company, &all, (struct eg_page){SIZE, LAST + 1},
                                   &e->arena, &list)); /* and stays known */
    assert_false(list.more);
    assert_status(eg_store_device_list(e->store, e->company, &all, (struct eg_page){SIZE, LAST + 2},
                                       &e->arena, &list),
                  PAGE_FAR);
}

static void a_walk_goes_on_when_its_devices_leave(void **state)
{
    struct t_env *e = *state;
    int64_t group = t_group_with_object(e, EG_QUOTA_NONE);
    const struct eg_device_filter f = {.group_id = group};
    struct eg_refusal refusal;
    struct eg_device_list list;
    struct eg_job job;
    size_t seen = 0;
    uint32_t gone;

    t_upload(e, 0, 20);
    assert_ok(t_reserve(e, group, 0, 20, &job, &refusal));
    for (uint32_t page = 0;; page++) {
        assert_ok(eg_store_device_list(e->store, e->company, &f, (struct eg_page){6, page},
                                       &e->arena, &list));
        for (size_t i = 0; i < list.count; i++) {
            assert_ok(eg_store_unclaim(e->store, e->company, group, &list.items[i].uuid, 1, 8, 1001,
                                       &gone));
            seen += gone;
        }
        if (!list.more) {
            break;
        }
    }
    assert_int_equal(seen, 20);
}

static void history_tells_what_happened(void **state)
{
    static const enum eg_event_kind kinds[] = {EG_EVENT_REGISTERED, EG_EVENT_ASSIGNED,
                                               EG_EVENT_GENERATED, EG_EVENT_PROVISIONED,
                                               EG_EVENT_UNCLAIMED};
    struct t_env *e = *state;
    int64_t group = t_group_with_object(e, EG_QUOTA_NONE);
    struct eg_uuid u = t_uuid(e, 0);
    struct eg_refusal refusal;
    struct eg_event_list list;
    struct eg_job job;
    uint32_t gone;

    t_upload(e, 0, 1);
    assert_ok(t_reserve(e, group, 0, 1, &job, &refusal));
    t_finish(e, &job, 1);
    assert_ok(eg_store_outcome(e->store, e->company, group, &u, EG_DEVICE_PROVISIONED,
                               "line 4, 0x5A5A5A5A", 9, 1001));
    assert_ok(eg_store_unclaim(e->store, e->company, group, &u, 1, 8, 1001, &gone));
    assert_int_equal(gone, 1);
    assert_ok(eg_store_device_history(e->store, e->company, &u, (struct eg_page){0, 0}, &e->arena,
                                      &list));
    assert_int_equal(list.count, sizeof kinds / sizeof kinds[0]);
    for (size_t i = 0; i < list.count; i++) {
        assert_int_equal(list.items[i].kind, kinds[i]);
    }
    assert_int_equal(list.items[4].actor, 8);
    assert_ok(eg_store_device_history(e->store, e->company, &u, (struct eg_page){2, 1}, &e->arena,
                                      &list));
    assert_int_equal(list.count, 2);
    assert_true(list.more);
    assert_int_equal(list.items[1].kind, EG_EVENT_PROVISIONED);
    assert_string_equal(list.items[1].detail, "line 4, 0x5A5A5A5A");
    /* the first assignment keeps its place; coming back is an event of its own */
    assert_ok(t_reserve(e, group, 0, 1, &job, &refusal));
    assert_ok(eg_store_device_history(e->store, e->company, &u, (struct eg_page){0, 0}, &e->arena,
                                      &list));
    assert_int_equal(list.count, sizeof kinds / sizeof kinds[0] + 1);
    assert_int_equal(list.items[1].actor, 7);
    assert_int_equal(list.items[1].group_id, group);
    assert_status(eg_store_device_history(e->store, e->company + 1, &u, (struct eg_page){0, 0},
                                          &e->arena, &list),
                  DEVICE_UNKNOWN);
}

static const struct CMUnitTest tests[] = {
    T_CASE(roots_enter_whole),
    T_CASE(a_contradiction_refuses_the_whole_manifest),
    T_CASE(large_manifest),
    T_CASE(search_finds_prefixes),
    T_CASE(search_finds_one),
    T_CASE(ranges_are_disjoint_and_ascending),
    T_CASE(filters),
    T_CASE(every_list_is_the_same_page_by_page_and_by_jumps),
    T_CASE(far_pages_are_walked_to),
    T_CASE(a_walk_goes_on_when_its_devices_leave),
    T_CASE(history_tells_what_happened),
};
const struct t_cases t_device_cases = {"device", tests, sizeof tests / sizeof tests[0], T_BOTH};
