/* SPDX-License-Identifier: Apache-2.0 */
/* Buckets of tokens: how many at once, how fast they fill, who has his own. */
#include "server/net/rate.h"
#include "tests/unit/unit.h"

static unsigned take_all(struct eg_rate *rate, enum eg_rate_kind kind, uint64_t who, int64_t now_ms)
{
    unsigned n = 0;
    while (n < 100000 && eg_rate_take(rate, kind, who, now_ms)) {
        n++;
    }
    return n;
}

static void fills_at_its_rate(void **state)
{
    struct eg_rate *rate = eg_rate_new(50);
    assert_non_null(rate);
    (void)state;
    assert_int_equal(take_all(rate, EG_RATE_KEY, 7, 1000), 50);
    assert_int_equal(take_all(rate, EG_RATE_KEY, 7, 1000), 0);
    assert_int_equal(take_all(rate, EG_RATE_KEY, 7, 1100), 5);
    assert_int_equal(take_all(rate, EG_RATE_KEY, 7, 1110), 0); /* half a token */
    assert_int_equal(take_all(rate, EG_RATE_KEY, 7, 1120), 1);
    assert_int_equal(take_all(rate, EG_RATE_KEY, 7, 900000), 50); /* never more than a second's */
    eg_rate_free(rate);
}

static void each_has_its_own(void **state)
{
    struct eg_rate *rate = eg_rate_new(10);
    assert_non_null(rate);
    (void)state;
    assert_int_equal(take_all(rate, EG_RATE_KEY, 7, 1000), 10);
    assert_int_equal(take_all(rate, EG_RATE_KEY, 8, 1000), 10);
    assert_int_equal(take_all(rate, EG_RATE_ADDRESS, 7, 1000), 10);
    eg_rate_free(rate);
}

static void requests_that_waited_take_nothing_back(void **state)
{
    struct eg_rate *rate = eg_rate_new(10);
    assert_non_null(rate);
    (void)state;
    assert_true(eg_rate_take(rate, EG_RATE_KEY, 7, 5000));
    for (int i = 0; i < 8; i++) { /* they came earlier and were worked on later */
        assert_true(eg_rate_take(rate, EG_RATE_KEY, 7, 5000 - 900 * i));
    }
    assert_int_equal(take_all(rate, EG_RATE_KEY, 7, 5000), 1);
    eg_rate_free(rate);
}

static void zero_is_no_limit(void **state)
{
    struct eg_rate *rate = eg_rate_new(0);
    assert_non_null(rate);
    (void)state;
    assert_int_equal(take_all(rate, EG_RATE_KEY, 7, 1000), 100000);
    eg_rate_free(rate);
}

static void many_callers_fit(void **state)
{
    struct eg_rate *rate = eg_rate_new(1);
    assert_non_null(rate);
    (void)state;
    for (uint64_t who = 1; who <= 100000; who++) {
        assert_true(eg_rate_take(rate, EG_RATE_ADDRESS, who * 0x9E3779B97F4A7C15u, 1000));
    }
    eg_rate_free(rate);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fills_at_its_rate),
        cmocka_unit_test(each_has_its_own),
        cmocka_unit_test(requests_that_waited_take_nothing_back),
        cmocka_unit_test(zero_is_no_limit),
        cmocka_unit_test(many_callers_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
