/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "host/lib/config.h"
#include "lib/os/file.h"
#include "tests/unit/unit.h"

static const uint32_t all_needs =
    EG_CONFIG_NEED_SERVICE | EG_CONFIG_NEED_GROUP | EG_CONFIG_NEED_FAMILY;

static const char good[] = "family: mcxn947\n"
                           "url: https://127.0.0.1:8443/\n"
                           "api_key: k3y\n"
                           "device_group_id: 49\n"
                           "nc12: 935000000012\n"
                           "secure_objects_address: 0x001C0000\n"
                           "delay: 1\n";

static void test_minimal_file(void **state)
{
    struct eg_host_config c;
    struct eg_problem why = {0};

    (void)state;
    assert_true(eg_ok(eg_host_config_parse(eg_span_str(good), NULL, all_needs, &c, &why)));
    assert_string_equal(c.family, "mcxn947");
    assert_string_equal(c.url, "https://127.0.0.1:8443");
    assert_string_equal(c.api_key, "k3y");
    assert_int_equal(c.device_group_id, 49);
    assert_true(c.nc12 == 935000000012u);
    assert_int_equal(c.secure_objects_address, 0x001C0000);
    assert_int_equal(c.timeout_s, 60);
    assert_int_equal(c.download_timeout_s, 300);
    assert_int_equal(c.domain_count, 2);
    assert_string_equal(c.domains[0], "MATTER");
    assert_string_equal(c.domains[1], "RTP");
    assert_int_equal(c.warning_count, 0);
    eg_host_config_cleanup(&c);
}

static void test_json_is_yaml(void **state)
{
    static const char text[] = "{\"family\": \"rw612\", \"domains\": [\"RTP\"], \"nc12\": \"12\"}";
    struct eg_host_config c;
    struct eg_problem why = {0};

    (void)state;
    assert_true(eg_ok(eg_host_config_parse(eg_span_str(text), NULL, 0, &c, &why)));
    assert_string_equal(c.family, "rw612");
    assert_int_equal(c.domain_count, 1);
    assert_string_equal(c.domains[0], "RTP");
    assert_int_equal(c.nc12, 12);
    eg_host_config_cleanup(&c);
}

static void test_keys_of_other_parts_are_fine_and_unknown_ones_warned(void **state)
{
    static const char text[] = "family: mcxn947\n"
                               "linux_boot_sequence:\n  - a\n  - b\n"
                               "boot_linux: true\n"
                               "fw_load_adress: 1\n"
                               "extra:\n  deep: [1, {x: y}]\n";
    struct eg_host_config c;
    struct eg_problem why = {0};

    (void)state;
    assert_true(eg_ok(eg_host_config_parse(eg_span_str(text), NULL, 0, &c, &why)));
    assert_int_equal(c.warning_count, 2);
    assert_non_null(strstr(c.warnings[0], "line 6"));
    assert_non_null(strstr(c.warnings[0], "fw_load_adress"));
    assert_non_null(strstr(c.warnings[1], "extra"));
    eg_host_config_cleanup(&c);
}

static void test_what_is_refused(void **state)
{
    static const struct {
        const char *text;
        uint32_t needs;
        const char *says; /* part of the cause */
    } rows[] = {
        {"", 0, "empty"},
        {"# only a comment\n", 0, "empty"},
        {"just text\n", 0, "not `name: value`"},
        {"- a\n- b\n", 0, "not `name: value`"},
        {"delay: [unclosed\n", 0, "not YAML"},
        {"url: http://127.0.0.1\n", 0, "`url`"},
        {"url: https://\n", 0, "`url`"},
        {"url:\n  - https://a\n  - ftp://b\n", 0, "`url`"},
        {"url:\n  deep: https://a\n", 0, "`url` takes one value"},
        {"nc12: 1000000000000\n", 0, "`nc12`"},
        {"nc12: twelve\n", 0, "`nc12`"},
        {"nc12: -1\n", 0, "`nc12`"},
        {"timeout: 100000\n", 0, "`timeout`"},
        {"secure_objects_address: 0x100000000\n", 0, "`secure_objects_address`"},
        {"domains: [RTP, MATTER, RTP]\n", 0, "`domains`"},
        {"domains: [XYZ]\n", 0, "`domains`"},
        {"family: a-name-that-is-much-too-long-for-a-family\n", 0, "`family`"},
        {"family: &x mcxn947\nurl: *x\n", 0, "alias"},
        {"family: a\n---\nfamily: b\n", 0, "second document"},
        {"{[a]: b}\n", 0, "not a word"},
        {"family: mcxn947\n", EG_CONFIG_NEED_SERVICE, "no `url`"},
        {"url: https://a\n", EG_CONFIG_NEED_SERVICE, "no `api_key`"},
        {"nc12: 1\n", EG_CONFIG_NEED_GROUP, "no `device_group_id`"},
        {"nc12: 1\n", EG_CONFIG_NEED_FAMILY, "no `family`"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct eg_host_config c;
        struct eg_problem why = {0};
        print_message("%s\n", rows[i].says);
        eg_status st =
            eg_host_config_parse(eg_span_str(rows[i].text), NULL, rows[i].needs, &c, &why);
        assert_true(eg_is(st, EG_E_HOST_CONFIG));
        assert_non_null(strstr(why.cause, rows[i].says));
    }
}

/* A line names its number; the API key never stands in a message. */
static void test_messages_name_the_line_and_no_secret(void **state)
{
    char text[1200];
    struct eg_host_config c;
    struct eg_problem why = {0};

    (void)state;
    memcpy(text, "family: a\napi_key: ", 19);
    memset(text + 19, 'S', 511);
    strcpy(text + 19 + 511, "\n\nnc12: x\n");
    assert_true(
        eg_is(eg_host_config_parse(eg_span_str(text), NULL, 0, &c, &why), EG_E_HOST_CONFIG));
    assert_non_null(strstr(why.cause, "Line 4"));
    assert_null(strstr(why.cause, "SSS"));
    assert_int_equal(c.api_key[0], '\0');
}

static void test_api_key_from_everywhere(void **state)
{
    char dir[EG_PATH_MAX], path[EG_PATH_MAX], key[EG_CONFIG_VALUE_MAX];

    (void)state;
    assert_true(eg_ok(eg_file_make_temp_dir(NULL, "config", dir, sizeof dir)));
    assert_true(eg_ok(eg_path_join(dir, "my.key", path, sizeof path)));
    assert_true(eg_ok(eg_file_write(path, 0600, eg_span_str("from-file \r\nsecond line\n"))));

    assert_true(eg_ok(eg_host_config_api_key("literal", dir, key)));
    assert_string_equal(key, "literal");
    assert_true(eg_ok(eg_host_config_api_key(path, NULL, key)));
    assert_string_equal(key, "from-file");
    assert_true(eg_ok(eg_host_config_api_key("my.key", dir, key)));
    assert_string_equal(key, "from-file");
    setenv("EG_TEST_KEY", "in-the-environment", 1);
    assert_true(eg_ok(eg_host_config_api_key("$EG_TEST_KEY", dir, key)));
    assert_string_equal(key, "in-the-environment");
    setenv("EG_TEST_KEY", path, 1);
    assert_true(eg_ok(eg_host_config_api_key("$EG_TEST_KEY", dir, key)));
    assert_string_equal(key, "from-file");
    unsetenv("EG_TEST_KEY");
    assert_true(eg_is(eg_host_config_api_key("$EG_TEST_KEY", dir, key), EG_E_OS_FILE));
    assert_int_equal(key[0], '\0');
    assert_true(eg_ok(eg_file_write(path, 0600, eg_span_str("\n"))));
    assert_true(eg_is(eg_host_config_api_key(path, NULL, key), EG_E_HOST_CONFIG));
    assert_true(eg_ok(eg_file_remove_tree(dir)));
}

static void test_paths_lie_beside_the_file(void **state)
{
    char dir[EG_PATH_MAX], path[EG_PATH_MAX], want[EG_PATH_MAX];
    struct eg_host_config c;
    struct eg_problem why = {0};

    (void)state;
    assert_true(eg_ok(eg_file_make_temp_dir(NULL, "config", dir, sizeof dir)));
    assert_true(eg_ok(eg_path_join(dir, "line.yaml", path, sizeof path)));
    assert_true(eg_ok(
        eg_file_write(path, 0600, eg_span_str("ca_file: ca.pem\nprov_fw_path: not-there.bin\n"))));
    assert_true(eg_ok(eg_path_join(dir, "ca.pem", want, sizeof want)));
    assert_true(eg_ok(eg_file_write(want, 0600, eg_span_str("x"))));
    assert_true(eg_ok(eg_host_config_load(path, 0, &c, &why)));
    assert_non_null(strstr(c.ca_file, dir));
    assert_string_equal(c.prov_fw_path, "not-there.bin");
    eg_host_config_cleanup(&c);
    assert_true(eg_ok(eg_file_remove_tree(dir)));
    assert_true(eg_is(eg_host_config_load(path, 0, &c, &why), EG_E_OS_FILE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_minimal_file),
        cmocka_unit_test(test_json_is_yaml),
        cmocka_unit_test(test_keys_of_other_parts_are_fine_and_unknown_ones_warned),
        cmocka_unit_test(test_what_is_refused),
        cmocka_unit_test(test_messages_name_the_line_and_no_secret),
        cmocka_unit_test(test_api_key_from_everywhere),
        cmocka_unit_test(test_paths_lie_beside_the_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
