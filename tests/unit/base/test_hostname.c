/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "lib/base/hostname.h"
#include "tests/unit/unit.h"

static void accepts_host_names(void **state)
{
    (void)state;
    static const char *const good[] = {
        "localhost",
        "devices.example.com",
        "a",
        "X-1.Y",
        "3com.example",
        "123456789012345678901234567890123456789012345678901234567890123.example",
    };
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_true(eg_hostname_valid(eg_span_str(good[i])));
    }
}

static void refuses_everything_else(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        ".",
        "a.",
        ".a",
        "a..b",
        "-a",
        "a-",
        "a.-b",
        "a_b",
        "a b",
        "127.0.0.1",
        "a.1",
        "::1",
        "*.example",
        "1234567890123456789012345678901234567890123456789012345678901234.example",
    };
    char long_name[EG_HOSTNAME_MAX + 2];
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(eg_hostname_valid(eg_span_str(bad[i])));
    }
    for (size_t i = 0; i < sizeof(long_name); i++) {
        long_name[i] = i % 2 == 0 ? 'a' : '.';
    }
    assert_true(eg_hostname_valid(eg_span(long_name, EG_HOSTNAME_MAX)));
    assert_false(eg_hostname_valid(eg_span(long_name, EG_HOSTNAME_MAX + 2)));
    assert_false(eg_hostname_valid(eg_span("a\0b", 3)));
}

static void compares_without_case(void **state)
{
    (void)state;
    assert_true(eg_hostname_equal(eg_span_str("LocalHost"), eg_span_str("localhost")));
    assert_false(eg_hostname_equal(eg_span_str("localhost"), eg_span_str("localhos")));
    assert_false(eg_hostname_equal(eg_span_str("localhost"), eg_span_str("localhosT.")));
    assert_false(eg_hostname_equal(eg_span_str("a@"), eg_span_str("a`")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepts_host_names),
        cmocka_unit_test(refuses_everything_else),
        cmocka_unit_test(compares_without_case),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
