/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "lib/base/uuid.h"
#include "tests/unit/unit.h"

/* The first one was read from a device line and sent by SPSDK 3.10.0's el2go-host. */
static const struct {
    const char *hex, *dec;
} same[] = {
    {"00112233445566778899aabbccddeeff", "88962710306127702866241727433142015"},
    {"00000000000000000000000000000000", "0"},
    {"00000000000000000000000000000001", "1"},
    {"0000000000000000ffffffffffffffff", "18446744073709551615"},
    {"00000000000000010000000000000000", "18446744073709551616"},
    {"ffffffffffffffffffffffffffffffff", "340282366920938463463374607431768211455"},
};

static void decimal_and_hex_name_the_same_chip(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        struct eg_uuid a;
        struct eg_uuid b;
        char dec[EG_UUID_DEC_MAX + 1];
        char hex[EG_UUID_HEX_LEN + 1];
        assert_ok(eg_uuid_from_hex(eg_span_str(same[i].hex), &a));
        assert_ok(eg_uuid_from_dec(eg_span_str(same[i].dec), &b));
        assert_memory_equal(a.bytes, b.bytes, EG_UUID_LEN);
        eg_uuid_to_dec(&a, dec);
        eg_uuid_to_hex(&b, hex);
        assert_string_equal(dec, same[i].dec);
        assert_string_equal(hex, same[i].hex);
    }
}

static void other_writings_of_the_same_number_are_taken(void **state)
{
    (void)state;
    struct eg_uuid u;
    char dec[EG_UUID_DEC_MAX + 1];
    assert_ok(eg_uuid_from_dec(eg_span_str("000000000000000000000000000000000000042"), &u));
    eg_uuid_to_dec(&u, dec);
    assert_string_equal(dec, "42");
    assert_ok(eg_uuid_from_hex(eg_span_str("0x0000000000000000000000000000002A"), &u));
    eg_uuid_to_dec(&u, dec);
    assert_string_equal(dec, "42");
}

static void anything_else_is_refused_and_leaves_zero(void **state)
{
    (void)state;
    static const char *const bad_dec[] = {
        "",
        "-1",
        "1.0",
        "0x10",
        " 1",
        "340282366920938463463374607431768211456",
        "0000000000000000000000000000000000000001", /* 40 digits */
    };
    static const char *const bad_hex[] = {
        "",
        "0x",
        "00112233445566778899aabbccddeef",
        "00112233445566778899aabbccddeeff00",
        "0g112233445566778899aabbccddeeff",
    };
    static const struct eg_uuid zero;
    for (size_t i = 0; i < sizeof bad_dec / sizeof bad_dec[0]; i++) {
        struct eg_uuid u = {{1}};
        assert_status(eg_uuid_from_dec(eg_span_str(bad_dec[i]), &u), BAD_UUID);
        assert_memory_equal(&u, &zero, sizeof u);
    }
    for (size_t i = 0; i < sizeof bad_hex / sizeof bad_hex[0]; i++) {
        struct eg_uuid u = {{1}};
        assert_status(eg_uuid_from_hex(eg_span_str(bad_hex[i]), &u), BAD_UUID);
        assert_memory_equal(&u, &zero, sizeof u);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decimal_and_hex_name_the_same_chip),
        cmocka_unit_test(other_writings_of_the_same_number_are_taken),
        cmocka_unit_test(anything_else_is_refused_and_leaves_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
