/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <string.h>

#include "lib/base/status.h"
#include "tests/unit/unit.h"

/* The category may be corrected in a later release; module and number stay the identity. */
static uint32_t identity(const struct eg_status_info *info)
{
    return info->status.word & 0x00FFFFFFu;
}

static void no_two_entries_share_number_or_code(void **state)
{
    (void)state;
    uint32_t count;
    const struct eg_status_info *list = eg_status_list(&count);
    assert_true(count > 20);
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t j = i + 1; j < count; j++) {
            if (identity(&list[i]) == identity(&list[j])) {
                fail_msg("%s and %s have the same number", list[i].name, list[j].name);
            }
            if (strcmp(list[i].code, list[j].code) == 0) {
                fail_msg("%s and %s have the same code", list[i].name, list[j].name);
            }
        }
    }
}

/* One sentence: begins with a capital or a name in small letters, ends with a full stop. */
static bool is_sentence(const char *text)
{
    size_t len = strlen(text);
    return len > 10 && isalnum((unsigned char)text[0]) && text[len - 1] == '.';
}

static void every_entry_tells_cause_and_next_step(void **state)
{
    (void)state;
    uint32_t count;
    const struct eg_status_info *list = eg_status_list(&count);
    for (uint32_t i = 0; i < count; i++) {
        assert_true(list[i].status.word != EG_E_OK);
        assert_in_range(eg_category(list[i].status), EG_CAT_OK + 1, EG_CAT_COUNT - 1);
        if (strncmp(list[i].code, "ERR_", 4) != 0 || !is_sentence(list[i].cause) ||
            !is_sentence(list[i].next)) {
            fail_msg("%s: code, cause or next step is not as promised", list[i].name);
        }
    }
}

static void words_find_their_entry(void **state)
{
    (void)state;
    assert_string_equal(eg_status_info(EG_OK)->name, "OK");
    assert_string_equal(eg_status_info(EG_ERR(BAD_UUID))->code, "ERR_BAD_DEVICE_ID");
    assert_string_equal(eg_status_info((eg_status){0x7F123456})->name, "INTERNAL");
    assert_true(eg_is(EG_ERR(TRUNCATED), EG_E_TRUNCATED));
    assert_false(eg_is(EG_OK, EG_E_TRUNCATED));
    assert_int_equal(eg_category(EG_ERR(NO_ROOM)), EG_CAT_TOO_LARGE);
}

static void categories_map_to_http_and_exit_codes(void **state)
{
    (void)state;
    for (int a = 0; a < EG_CAT_COUNT; a++) {
        const struct eg_category_info *info = eg_category_info((enum eg_category)a);
        assert_non_null(info->name);
        assert_int_equal(info->exit_code == 0, a == EG_CAT_OK);
        assert_int_equal(info->http < 400, a == EG_CAT_OK);
        for (int b = a + 1; b < EG_CAT_COUNT; b++) {
            assert_int_not_equal(info->exit_code, eg_category_info((enum eg_category)b)->exit_code);
        }
    }
    assert_string_equal(eg_category_info((enum eg_category)99)->name, "internal");
}

static eg_status first_error(eg_status a, eg_status b, int *reached)
{
    EG_TRY(a);
    *reached = 1;
    EG_TRY(b);
    *reached = 2;
    return EG_OK;
}

static void try_leaves_at_the_first_error(void **state)
{
    (void)state;
    int reached = 0;
    assert_status(first_error(EG_ERR(BAD_HEX), EG_OK, &reached), BAD_HEX);
    assert_int_equal(reached, 0);
    assert_status(first_error(EG_OK, EG_ERR(BAD_HEX), &reached), BAD_HEX);
    assert_int_equal(reached, 1);
    assert_ok(first_error(EG_OK, EG_OK, &reached));
    assert_int_equal(reached, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_two_entries_share_number_or_code),
        cmocka_unit_test(every_entry_tells_cause_and_next_step),
        cmocka_unit_test(words_find_their_entry),
        cmocka_unit_test(categories_map_to_http_and_exit_codes),
        cmocka_unit_test(try_leaves_at_the_first_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
