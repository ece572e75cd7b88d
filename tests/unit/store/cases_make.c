/* SPDX-License-Identifier: Apache-2.0 */
/* Objects that could not be made: when they may be tried again, for every node and after a start.
 */
#include "server/store/store_cloud.h"
#include "tests/unit/store/store_test.h"

enum { NOW = 5000, FIRST = 60, MAX = 200 };

static struct eg_make make_of(const struct t_env *e)
{
    return (struct eg_make){.device_id = e->company * 100, /* of this test alone */
                            .group_id = 2,
                            .base_set = 3,
                            .epoch = 4,
                            .variant = EG_SET_CLOUD};
}

static int64_t next_of(struct eg_store *store, const struct eg_make *make)
{
    int64_t next_s = -1;

    assert_ok(eg_store_make_next(store, make, &next_s));
    return next_s;
}

static void each_failure_doubles_the_pause(void **state)
{
    static const int64_t pauses[] = {60, 120, 200, 200};
    struct t_env *e = *state;
    struct eg_make make = make_of(e);

    assert_int_equal(next_of(e->store, &make), 0);
    for (size_t i = 0; i < sizeof pauses / sizeof pauses[0]; i++) {
        int64_t now_s = NOW + 1000 * (int64_t)i;

        assert_ok(eg_store_make_failed(e->store, &make, now_s, FIRST, MAX));
        assert_int_equal(next_of(e->store, &make), now_s + pauses[i]);
    }
}

static void anything_else_may_be_tried_at_once(void **state)
{
    struct t_env *e = *state;
    struct eg_make make = make_of(e), other;

    assert_ok(eg_store_make_failed(e->store, &make, NOW, FIRST, MAX));
    assert_ok(eg_store_make_failed(e->store, &make, NOW, FIRST, MAX));
    for (int what = 0; what < 5; what++) {
        other = make;
        other.device_id += what == 0;
        other.group_id += what == 1;
        other.base_set += what == 2;
        other.epoch += what == 3;
        other.variant = what == 4 ? EG_SET_CLOUD_BOUND : make.variant;
        assert_int_equal(next_of(e->store, &other), 0);
    }
    other = make;
    other.epoch++;
    assert_ok(eg_store_make_failed(e->store, &other, NOW, FIRST, MAX)); /* from the start */
    assert_int_equal(next_of(e->store, &other), NOW + FIRST);
    assert_int_equal(next_of(e->store, &make), 0); /* only the last one is kept */
}

static void other_nodes_know(void **state)
{
    struct t_env *e = *state;
    struct eg_make make = make_of(e);
    struct eg_store_options options = {.url = e->url};
    struct eg_store *other;

    assert_ok(eg_store_make_failed(e->store, &make, NOW, FIRST, MAX));
    assert_ok(eg_store_open(&options, &other, NULL, 0));
    assert_int_equal(next_of(other, &make), NOW + FIRST);
    assert_ok(eg_store_make_failed(other, &make, NOW + 100, FIRST, MAX));
    eg_store_close(other);
    assert_int_equal(next_of(e->store, &make), NOW + 100 + 2 * FIRST);
}

static const struct CMUnitTest tests[] = {
    T_CASE(each_failure_doubles_the_pause),
    T_CASE(anything_else_may_be_tried_at_once),
    T_CASE(other_nodes_know),
};

const struct t_cases t_make_cases = {"make", tests, sizeof tests / sizeof tests[0], T_BOTH};
