/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "server/api/json_out.h"
#include "tests/unit/unit.h"

static void assert_json(const struct eg_json_out *o, const char *expected)
{
    assert_false(o->failed);
    assert_int_equal(o->len, strlen(expected));
    assert_memory_equal(o->text, expected, o->len);
}

static void nesting_and_commas(void **state)
{
    (void)state;
    struct eg_json_out o;
    eg_json_out_init(&o, 4096);
    eg_json_begin_object(&o);
    eg_json_number_member(&o, "a", -5);
    eg_json_key(&o, "b");
    eg_json_begin_array(&o);
    eg_json_begin_array(&o);
    eg_json_end_array(&o);
    eg_json_put_bool(&o, true);
    eg_json_put_null(&o);
    eg_json_begin_object(&o);
    eg_json_end_object(&o);
    eg_json_end_array(&o);
    eg_json_bool_member(&o, "c", false);
    eg_json_text_member(&o, "d", NULL);
    eg_json_end_object(&o);
    assert_json(&o, "{\"a\":-5,\"b\":[[],true,null,{}],\"c\":false,\"d\":null}");
    eg_json_out_cleanup(&o);
}

static void texts_are_escaped(void **state)
{
    (void)state;
    struct eg_json_out o;
    eg_json_out_init(&o, 4096);
    eg_json_put_text(&o, "a\"b\\c\nd\x01 \xC3\xA9\x7F");
    assert_json(&o, "\"a\\\"b\\\\c\\nd\\u0001 \xC3\xA9\x7F\"");
    eg_json_out_cleanup(&o);
}

static void base64_of_all_lengths(void **state)
{
    (void)state;
    static const char *const expected[] = {"\"\"", "\"AA==\"", "\"AAE=\"", "\"AAEC\"",
                                           "\"AAECAw==\""};
    const uint8_t bytes[] = {0, 1, 2, 3};
    for (size_t n = 0; n <= sizeof(bytes); n++) {
        struct eg_json_out o;
        eg_json_out_init(&o, 4096);
        eg_json_put_base64(&o, eg_span(bytes, n));
        assert_json(&o, expected[n]);
        eg_json_out_cleanup(&o);
    }
}

static void the_maximum_holds(void **state)
{
    (void)state;
    struct eg_json_out o;
    eg_json_out_init(&o, 10);
    eg_json_put_text(&o, "12345678");
    assert_false(o.failed);
    eg_json_put_text(&o, "9");
    assert_true(o.failed);
    assert_int_equal(o.len, 10);
    eg_json_out_cleanup(&o);
}

static void too_deep_is_an_error(void **state)
{
    (void)state;
    struct eg_json_out o;
    eg_json_out_init(&o, 4096);
    for (int i = 0; i < EG_JSON_NESTING_MAX + 1; i++) {
        eg_json_begin_array(&o);
    }
    assert_true(o.failed);
    eg_json_out_cleanup(&o);
    eg_json_out_init(&o, 4096);
    eg_json_end_array(&o);
    assert_true(o.failed);
    eg_json_out_cleanup(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nesting_and_commas),    cmocka_unit_test(texts_are_escaped),
        cmocka_unit_test(base64_of_all_lengths), cmocka_unit_test(the_maximum_holds),
        cmocka_unit_test(too_deep_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
