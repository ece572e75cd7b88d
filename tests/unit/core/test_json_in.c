/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "server/core/json_in.h"
#include "tests/unit/unit.h"

static json_t *parse(const char *text)
{
    char where[EG_JSON_WHERE_LEN] = "";
    json_t *v = NULL;
    assert_ok(eg_json_parse(eg_span_str(text), &v, where, sizeof(where)));
    return v;
}

static void broken_text_names_the_place(void **state)
{
    (void)state;
    char where[EG_JSON_WHERE_LEN] = "";
    json_t *v = NULL;
    assert_status(eg_json_parse(eg_span_str("{\n  \"a\": }"), &v, where, sizeof(where)), API_JSON);
    assert_null(v);
    assert_memory_equal(where, "line 2, column 8", 16);
}

static void members_of_every_kind(void **state)
{
    (void)state;
    json_t *v =
        parse("{\"t\":\"x\",\"n\":7,\"s\":\"0x10\",\"b\":true,\"z\":null,\"o\":{\"i\":[1]}}");
    struct eg_json_in in, sub;
    eg_json_in_init(&in, v, "");
    assert_string_equal(eg_json_text(&in, "t", EG_JSON_REQUIRED, 1, 9), "x");
    assert_int_equal(eg_json_number(&in, "n", EG_JSON_REQUIRED, 0, 0, 9), 7);
    assert_int_equal(eg_json_number(&in, "s", EG_JSON_REQUIRED, 0, 0, 99), 16);
    assert_int_equal(eg_json_number(&in, "z", EG_JSON_OPTIONAL, 5, 0, 9), 5);
    assert_true(eg_json_bool(&in, "b", false));
    assert_false(eg_json_has(&in, "z"));
    assert_true(eg_json_object(&in, "o", EG_JSON_REQUIRED, &sub));
    assert_int_equal(json_array_size(eg_json_array(&sub, "i", EG_JSON_REQUIRED, 1, 1)), 1);
    assert_null(eg_json_text(&sub, "missing", EG_JSON_OPTIONAL, 1, 9));
    eg_json_join(&in, &sub);
    assert_ok(in.status);
    json_decref(v);
}

static void the_first_error_stays(void **state)
{
    (void)state;
    json_t *v = parse("{\"o\":{\"t\":7},\"n\":99}");
    struct eg_json_in in, sub;
    eg_json_in_init(&in, v, "");
    assert_true(eg_json_object(&in, "o", EG_JSON_REQUIRED, &sub));
    assert_null(eg_json_text(&sub, "t", EG_JSON_REQUIRED, 1, 9));
    eg_json_join(&in, &sub);
    assert_int_equal(eg_json_number(&in, "n", EG_JSON_REQUIRED, 3, 0, 9), 3);
    assert_status(in.status, API_TYPE);
    assert_string_equal(in.where, "/o/t: a text is needed");
    json_decref(v);
}

static void limits_are_refusals(void **state)
{
    (void)state;
    json_t *v = parse("{\"n\":99,\"t\":\"a\\u0001\",\"a\":[1,2]}");
    static const char *const expected[] = {
        "/n: a number from 0 to 9 is needed",
        "/t: a text of 1 to 9 bytes without control characters is needed",
        "/a: 1 to 1 items are needed",
    };
    for (int i = 0; i < 3; i++) {
        struct eg_json_in in;
        eg_json_in_init(&in, v, "");
        if (i == 0) {
            (void)eg_json_number(&in, "n", EG_JSON_REQUIRED, 0, 0, 9);
        } else if (i == 1) {
            (void)eg_json_text(&in, "t", EG_JSON_REQUIRED, 1, 9);
        } else {
            (void)eg_json_array(&in, "a", EG_JSON_REQUIRED, 1, 1);
        }
        assert_status(in.status, FIELD_INVALID);
        assert_string_equal(in.where, expected[i]);
    }
    json_decref(v);
}

static void only_an_object_will_do(void **state)
{
    (void)state;
    json_t *v = parse("[1]");
    struct eg_json_in in;
    eg_json_in_init(&in, v, "");
    assert_status(in.status, API_TYPE);
    assert_null(eg_json_text(&in, "t", EG_JSON_REQUIRED, 1, 9));
    json_decref(v);
    v = parse("");
    eg_json_in_init(&in, v, "");
    assert_ok(in.status);
    json_decref(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(broken_text_names_the_place), cmocka_unit_test(members_of_every_kind),
        cmocka_unit_test(the_first_error_stays),       cmocka_unit_test(limits_are_refusals),
        cmocka_unit_test(only_an_object_will_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
