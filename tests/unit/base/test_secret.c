/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "lib/base/family.h"
#include "lib/base/secret.h"
#include "tests/unit/unit.h"

static void wipe_clears_exactly_the_given_bytes(void **state)
{
    (void)state;
    uint8_t b[6] = {1, 2, 3, 4, 5, 6};
    eg_wipe(b + 1, 4);
    assert_memory_equal(b, ((uint8_t[6]){1, 0, 0, 0, 0, 6}), 6);
    eg_wipe(NULL, 0);
}

static void equal_sees_every_bit(void **state)
{
    (void)state;
    uint8_t a[33];
    uint8_t b[33];
    memset(a, 0xA5, sizeof a);
    memcpy(b, a, sizeof b);
    assert_true(eg_ct_equal(a, b, sizeof a));
    assert_true(eg_ct_equal(a, b, 0));
    for (size_t i = 0; i < sizeof b; i++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            b[i] = (uint8_t)(b[i] ^ (1u << bit));
            assert_false(eg_ct_equal(a, b, sizeof a));
            assert_true(eg_ct_equal(a, b, i));
            b[i] = a[i];
        }
    }
}

static void life_cycle_bytes_come_from_the_family(void **state)
{
    (void)state;
    const struct eg_family f = {
        .life_cycle_open = 0x03, .life_cycle_closed = 0x0F, .life_cycle_locked = 0xCF};
    assert_int_equal(eg_family_life_cycle_byte(&f, EG_LC_OPEN), 0x03);
    assert_int_equal(eg_family_life_cycle_byte(&f, EG_LC_CLOSED), 0x0F);
    assert_int_equal(eg_family_life_cycle_byte(&f, EG_LC_LOCKED), 0xCF);
    assert_int_equal(eg_family_life_cycle_byte(&f, (enum eg_life_cycle)3), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wipe_clears_exactly_the_given_bytes),
        cmocka_unit_test(equal_sees_every_bit),
        cmocka_unit_test(life_cycle_bytes_come_from_the_family),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
