/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "lib/object/secret_text.h"
#include "tests/unit/unit.h"

#define HEAD "Engrave-Secret: 1\nCompany: Example Devices\nPurpose: HMAC_KEY\n"
#define GOOD HEAD "Value: aGVsbG8=\n"

static eg_status open_for(const char *text, const char *company, enum eg_object_type purpose,
                          struct eg_writer *w)
{
    return eg_secret_text_open(eg_span_str(text), eg_span_str(company), purpose, w);
}

static void a_secret_is_opened(void **state)
{
    static const char *const texts[] = {
        GOOD, HEAD "Value: aGVsbG8=",
        ("Engrave-Secret: 1\r\nCompany: Example Devices\r\nPurpose: HMAC_KEY\r\nValue: "
         "aGVsbG8=\r\n")};
    uint8_t room[32];

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct eg_writer w;

        eg_writer_init(&w, room, sizeof(room));
        assert_ok(open_for(texts[i], "Example Devices", EG_OBJECT_HMAC_KEY, &w));
        assert_true(eg_span_equal(eg_writer_span(&w), eg_span_str("hello")));
    }
}

static void a_secret_is_for_one_company_and_purpose(void **state)
{
    uint8_t room[32];
    struct eg_writer w;

    (void)state;
    eg_writer_init(&w, room, sizeof(room));
    assert_status(open_for(GOOD, "Example Device", EG_OBJECT_HMAC_KEY, &w), OBJECT_SECRET_OTHER);
    assert_status(open_for(GOOD, "example devices", EG_OBJECT_HMAC_KEY, &w), OBJECT_SECRET_OTHER);
    assert_status(open_for(GOOD, "Example Devices", EG_OBJECT_MASTER_KEY, &w), OBJECT_SECRET_OTHER);
    assert_int_equal(w.len, 0);
}

static void every_other_text_is_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "Engrave-Secret: 2\nCompany: C\nPurpose: HMAC_KEY\nValue: aGVsbG8=\n",
        "Company: C\nEngrave-Secret: 1\nPurpose: HMAC_KEY\nValue: aGVsbG8=\n",
        "Engrave-Secret: 1\nCompany: \nPurpose: HMAC_KEY\nValue: aGVsbG8=\n",
        "Engrave-Secret: 1\nCompany:C\nPurpose: HMAC_KEY\nValue: aGVsbG8=\n",
        "Engrave-Secret: 1\nCompany: a\tb\nPurpose: HMAC_KEY\nValue: aGVsbG8=\n",
        "Engrave-Secret: 1\nCompany: C\nPurpose: KEYPAIR\nValue: aGVsbG8=\n",
        "Engrave-Secret: 1\nCompany: C\nPurpose: \nValue: aGVsbG8=\n",
        HEAD "Value: \n",
        HEAD "value: aGVsbG8=\n",
        HEAD,
        GOOD "\n",
        GOOD "Purpose: MASTER_KEY\n",
        " " GOOD,
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct eg_secret_text t;

        if (eg_ok(eg_secret_text_parse(eg_span_str(bad[i]), &t))) {
            fail_msg("accepted: %s", bad[i]);
        }
        assert_status(eg_secret_text_parse(eg_span_str(bad[i]), &t), OBJECT_SECRET);
        assert_null(t.company.ptr);
    }
}

static void values_must_be_base64(void **state)
{
    static const char *const bad[] = {HEAD "Value: aGVsbG8\n", HEAD "Value: aGVs bG8=\n",
                                      HEAD "Value: aGVsbG8=\r\r\n", HEAD "Value: ====\n"};
    uint8_t room[32];
    struct eg_writer w;

    (void)state;
    eg_writer_init(&w, room, sizeof(room));
    for (size_t i = 0; i < 4; i++) {
        assert_status(open_for(bad[i], "Example Devices", EG_OBJECT_HMAC_KEY, &w), OBJECT_SECRET);
        assert_int_equal(w.len, 0);
    }
}

static void what_is_written_can_be_opened(void **state)
{
    static const size_t lengths[] = {1, 2, 3, 47, 48, 49, 1000, EG_SECRET_VALUE_MAX};
    static uint8_t value[EG_SECRET_VALUE_MAX + 1], back[EG_SECRET_VALUE_MAX];
    static uint8_t text[EG_SECRET_TEXT_MAX];
    const struct eg_span company = eg_span_str("Müller & Söhne");

    (void)state;
    for (size_t i = 0; i < sizeof(value); i++) {
        value[i] = (uint8_t)(i * 31);
    }
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        struct eg_span v = eg_span(value, lengths[i]);
        struct eg_writer w, b;

        eg_writer_init(&w, text, sizeof(text));
        eg_writer_init(&b, back, sizeof(back));
        assert_ok(eg_secret_text_put(&w, company, EG_OBJECT_BINARY_FILE, v));
        assert_ok(eg_secret_text_open(eg_writer_span(&w), company, EG_OBJECT_BINARY_FILE, &b));
        assert_true(eg_span_equal(eg_writer_span(&b), v));
    }
}

static void impossible_secrets_are_not_written(void **state)
{
    static uint8_t value[EG_SECRET_VALUE_MAX + 1], text[2 * EG_SECRET_TEXT_MAX];
    static const char long_name[EG_SECRET_COMPANY_MAX + 1];
    struct eg_span good = eg_span_str("C"), v = eg_span(value, 1);
    struct eg_writer w;

    (void)state;
    eg_writer_init(&w, text, sizeof(text));
    assert_status(eg_secret_text_put(&w, eg_span(value, 0), EG_OBJECT_HMAC_KEY, v), OBJECT_SECRET);
    assert_status(eg_secret_text_put(&w, eg_span_str("a\nb"), EG_OBJECT_HMAC_KEY, v),
                  OBJECT_SECRET);
    assert_status(
        eg_secret_text_put(&w, eg_span(long_name, sizeof(long_name)), EG_OBJECT_HMAC_KEY, v),
        OBJECT_SECRET);
    assert_status(eg_secret_text_put(&w, good, EG_OBJECT_KEYPAIR, v), OBJECT_SECRET);
    assert_status(eg_secret_text_put(&w, good, EG_OBJECT_HMAC_KEY, eg_span(value, 0)),
                  OBJECT_SECRET);
    assert_status(eg_secret_text_put(&w, good, EG_OBJECT_HMAC_KEY, EG_SPAN_OF(value)),
                  OBJECT_SECRET);
    assert_int_equal(w.len, 0);
}

static void too_little_room_appends_nothing(void **state)
{
    uint8_t room[4];
    struct eg_writer w;

    (void)state;
    eg_writer_init(&w, room, sizeof(room));
    assert_status(open_for(GOOD, "Example Devices", EG_OBJECT_HMAC_KEY, &w), NO_ROOM);
    assert_int_equal(w.len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_secret_is_opened),
        cmocka_unit_test(a_secret_is_for_one_company_and_purpose),
        cmocka_unit_test(every_other_text_is_refused),
        cmocka_unit_test(values_must_be_base64),
        cmocka_unit_test(what_is_written_can_be_opened),
        cmocka_unit_test(impossible_secrets_are_not_written),
        cmocka_unit_test(too_little_room_appends_nothing),
    };
    return cmocka_run_group_tests_name("secret_text", tests, NULL, NULL);
}
