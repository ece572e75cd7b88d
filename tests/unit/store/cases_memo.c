/* SPDX-License-Identifier: Apache-2.0 */
/* Answers kept with what they tell of; earlier versions of secure objects. */
#include <string.h>

#include "server/store/store_memo.h"
#include "tests/unit/store/store_test.h"

enum { DAY_S = 86400 };

/* An answer that must be made exactly `count` times. */
struct told {
    const char *text;
    eg_status status;
    unsigned count;
};

static eg_status tell(void *ctx, struct eg_span *out)
{
    struct told *t = ctx;

    t->count++;
    *out = eg_span_str(t->text);
    return t->status;
}

static struct eg_memo memo_of(const struct t_env *e, uint8_t key, int64_t now_s, struct told *told)
{
    struct eg_memo m = {.actor = e->company,
                        .now_s = now_s,
                        .expired_s = now_s - DAY_S,
                        .answer = tell,
                        .ctx = told};

    m.key_hash[0] = key;
    m.request_hash[0] = 9;
    return m;
}

static eg_status add_product(const struct t_env *e, const struct eg_memo *m, int64_t nc12,
                             int64_t *out_id)
{
    eg_store_memo_ride(m);
    return eg_store_product_add(e->store, e->company, nc12, "p", "mcxn947", 1, out_id);
}

static size_t products(struct t_env *e)
{
    struct eg_product_list list;

    assert_ok(
        eg_store_product_list(e->store, e->company, (struct eg_page){0, 0}, &e->arena, &list));
    return list.count;
}

static void an_answer_is_kept_with_the_thing(void **state)
{
    struct t_env *e = *state;
    struct told told = {"made", EG_OK, 0};
    struct eg_memo m = memo_of(e, 1, 2 * DAY_S, &told);
    struct eg_memo_found found;
    int64_t id = 0;

    assert_status(eg_store_memo_find(e->store, &m, &e->arena, &found), STORE_NOT_FOUND);
    assert_ok(add_product(e, &m, 1, &id));
    assert_true(id > 0);
    assert_ok(eg_store_memo_find(e->store, &m, &e->arena, &found));
    assert_true(eg_span_equal(found.answer, eg_span_str("made")));
    assert_int_equal(found.request_hash[0], 9);
    assert_status(add_product(e, &m, 2, &id), IDEMPOTENCY_RACE);
    assert_int_equal(id, 0);
    assert_int_equal(products(e), 1);
    assert_int_equal(told.count, 1);
    assert_ok(add_product(e, NULL, 3, &id)); /* a memo rides once */
    assert_int_equal(told.count, 1);
}

static void nothing_is_kept_of_what_failed(void **state)
{
    struct t_env *e = *state;
    struct told told = {"x", EG_ERR(API_ANSWER_TOO_LARGE), 0};
    struct eg_memo m = memo_of(e, 2, 2 * DAY_S, &told);
    struct eg_memo_found found;
    int64_t id;

    assert_status(add_product(e, &m, 1, &id), API_ANSWER_TOO_LARGE);
    assert_int_equal(id, 0);
    assert_int_equal(products(e), 0);
    told.status = EG_OK;
    assert_ok(add_product(e, NULL, 1, &id));
    assert_status(add_product(e, &m, 1, &id), NAME_TAKEN);
    assert_status(eg_store_memo_find(e->store, &m, &e->arena, &found), STORE_NOT_FOUND);
    assert_ok(add_product(e, &m, 2, &id));
}

static void a_day_later_the_key_is_free(void **state)
{
    struct t_env *e = *state;
    struct told told = {"one", EG_OK, 0};
    struct eg_memo m = memo_of(e, 3, 2 * DAY_S, &told);
    struct eg_memo later = memo_of(e, 3, 3 * DAY_S, &told);
    struct eg_memo_found found;
    int64_t id;

    assert_ok(add_product(e, &m, 1, &id));
    assert_status(eg_store_memo_find(e->store, &later, &e->arena, &found), STORE_NOT_FOUND);
    told.text = "two";
    assert_ok(add_product(e, &later, 2, &id));
    assert_ok(eg_store_memo_find(e->store, &later, &e->arena, &found));
    assert_true(eg_span_equal(found.answer, eg_span_str("two")));
}

static void a_job_makes_the_version_of_its_set(void **state)
{
    struct t_env *e = *state;
    int64_t id, product, group, old_set, new_set;
    const int64_t *groups;
    size_t count;
    struct eg_stored_object_list list;
    struct eg_stored_object o = {.name = "file",
                                 .type = "BINARY_FILE",
                                 .object_id = 5,
                                 .definition = "{\"v\":1}",
                                 .wrapped = eg_span_str("one")};
    const struct eg_group_new new_group = {
        .name = "g", .quota = EG_QUOTA_NONE, .life_cycle = EG_LC_OPEN};

    assert_ok(eg_store_product_add(e->store, e->company, 77, "p", "mcxn947", 1, &product));
    assert_ok(eg_store_group_add(e->store, e->company, 77, &new_group, 1, &group));
    assert_ok(eg_store_object_add(e->store, e->company, &o, 1, &id));
    assert_ok(eg_store_assign(e->store, e->company, T_ANY(group), id, &old_set));
    assert_ok(eg_store_object_get(e->store, e->company, id, &e->arena, &o));
    o.version = 2;
    o.definition = "{\"v\":2}";
    o.wrapped = eg_span_str("two");
    assert_ok(eg_store_object_update(e->store, e->company, &o, T_ANY(group), 1));
    assert_status(eg_store_object_update(e->store, e->company, &o, T_ANY(group), 1),
                  STORE_MOVED); /* 2 is there */
    assert_status(eg_store_object_update(e->store, e->company + 1, &o, T_ANY(group), 1),
                  GROUP_UNKNOWN);
    assert_ok(eg_store_object_groups(e->store, id, &e->arena, &groups, &count));
    assert_int_equal(count, 1);
    assert_int_equal(groups[0], group);
    assert_ok(eg_store_assign(e->store, e->company, T_ANY(group), id, &new_set));
    assert_int_not_equal(new_set, old_set);
    assert_ok(eg_store_set_objects(e->store, old_set, &e->arena, &list));
    assert_int_equal(list.items[0].version, 1);
    assert_string_equal(list.items[0].definition, "{\"v\":1}");
    assert_true(eg_span_equal(list.items[0].wrapped, eg_span_str("one")));
    assert_ok(eg_store_set_objects(e->store, new_set, &e->arena, &list));
    assert_int_equal(list.items[0].version, 2);
    assert_string_equal(list.items[0].definition, "{\"v\":2}");
    assert_ok(eg_store_unassign(e->store, e->company, T_LEAVE(group, id)));
    assert_ok(eg_store_object_delete(e->store, e->company, id));
}

static const struct CMUnitTest tests[] = {
    T_CASE(an_answer_is_kept_with_the_thing),
    T_CASE(nothing_is_kept_of_what_failed),
    T_CASE(a_day_later_the_key_is_free),
    T_CASE(a_job_makes_the_version_of_its_set),
};
const struct t_cases t_memo_cases = {"memo", tests, sizeof tests / sizeof tests[0], T_BOTH};
