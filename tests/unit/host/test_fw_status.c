/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "host/lib/fw_status.h"
#include "tests/unit/unit.h"

static void test_words_and_names_are_unique(void **state)
{
    uint32_t count = 0;
    const struct eg_fw_status *list = eg_fw_status_list(&count);

    (void)state;
    assert_int_equal(count, 131);
    for (uint32_t i = 0; i < count; i++) {
        assert_true(list[i].cause[0] != '\0' && list[i].next[0] != '\0');
        for (uint32_t k = i + 1; k < count; k++) {
            assert_int_not_equal(list[i].word, list[k].word);
            assert_string_not_equal(list[i].name, list[k].name);
        }
    }
}

static void test_known_words(void **state)
{
    static const struct {
        uint32_t word;
        const char *name;
    } rows[] = {
        {0x5A5A5A5A, "EL2GO_FW_PASS"},
        {0xA500D002, "VERIFY_BLOB_1_FAILED"},
        {0xA50AB511, "LESS_BLOBS_STORED"},
        {0x750AB517, "SECURE_BOOT_NOT_EN"},
        {0xA50AB517, "INVALID_RKTH_SIZE_FAIL"},
        {0xA50AB510, "ATTR_OTP_DATA_KEY_SIGN_ALG_FAIL"},
        {0xA50ABD00, "ATTR_RKTH_DEVICE_SING_KEY_ID_FAIL"},
        {0xA500CB1F, "ATTR_DEVICE_GROUP_PROVISIONING_KEY_SIGN_ALG_FAIL"},
        {0xA500CB35, "HASH_PUB_KEY_FAIL"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_string_equal(eg_fw_status(rows[i].word)->name, rows[i].name);
    }
}

static void test_unknown_word(void **state)
{
    (void)state;
    assert_int_equal(eg_fw_status(0x12345678)->word, 0);
    assert_string_equal(eg_fw_status(0x12345678)->name, "UNKNOWN");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words_and_names_are_unique),
        cmocka_unit_test(test_known_words),
        cmocka_unit_test(test_unknown_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
