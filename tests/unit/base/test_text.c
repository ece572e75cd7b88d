/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "lib/base/text.h"
#include "tests/unit/unit.h"

static void hex_goes_both_ways(void **state)
{
    (void)state;
    uint8_t all[256];
    uint8_t back[256];
    char text[EG_HEX_LEN(256) + 1];
    for (size_t i = 0; i < sizeof all; i++) {
        all[i] = (uint8_t)i;
    }
    eg_hex_encode(EG_SPAN_OF(all), text);
    assert_int_equal(strlen(text), 512);
    assert_memory_equal(text + 2 * 0xAB, "ab", 2);
    assert_ok(eg_hex_decode(eg_span_str(text), back, sizeof back));
    assert_memory_equal(all, back, sizeof all);
    assert_ok(eg_hex_decode(eg_span_str("DEADbeef"), back, 4));
    assert_memory_equal(back, "\xDE\xAD\xBE\xEF", 4);
}

static void hex_refuses_every_other_character(void **state)
{
    (void)state;
    for (unsigned c = 0; c < 256; c++) {
        uint8_t text[2] = {(uint8_t)c, '0'};
        uint8_t out[1] = {0x55};
        bool digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        eg_status st = eg_hex_decode(EG_SPAN_OF(text), out, 1);
        assert_int_equal(eg_ok(st), digit);
        if (!digit) {
            assert_status(st, BAD_HEX);
            assert_int_equal(out[0], 0);
        }
    }
}

static void hex_refuses_a_wrong_length(void **state)
{
    (void)state;
    uint8_t out[2] = {1, 2};
    assert_status(eg_hex_decode(eg_span_str("abc"), out, 2), BAD_HEX);
    assert_status(eg_hex_decode(eg_span_str("abcdef"), out, 2), BAD_HEX);
    assert_int_equal(out[0] | out[1], 0);
}

static const struct {
    const char *plain, *text;
} rfc4648[] = {
    {"", ""},
    {"f", "Zg=="},
    {"fo", "Zm8="},
    {"foo", "Zm9v"},
    {"foob", "Zm9vYg=="},
    {"fooba", "Zm9vYmE="},
    {"foobar", "Zm9vYmFy"},
    {"\xfb\xff\xbf", "+/+/"},
};

static void base64_matches_rfc_4648(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rfc4648 / sizeof rfc4648[0]; i++) {
        char text[16];
        uint8_t room[16];
        struct eg_writer w;
        eg_base64_encode(eg_span_str(rfc4648[i].plain), text);
        assert_string_equal(text, rfc4648[i].text);
        eg_writer_init(&w, room, sizeof room);
        assert_ok(eg_base64_decode(eg_span_str(rfc4648[i].text), &w));
        assert_true(eg_span_equal(eg_writer_span(&w), eg_span_str(rfc4648[i].plain)));
    }
}

static void base64_refuses_what_is_not_canonical(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "Zg",       /* no padding */
        "Zg=",      /* too little */
        "Zg===",    /* too much */
        "Z===",     /* six bits are no byte */
        "Zm9v\n",   /* line break */
        "Zm 9v===", /* blank */
        "Zh==",     /* unused bits not zero */
        "Zm9=",     /* the same with one pad */
        "Zg==Zg==", /* padding inside */
        "Zm-v",     /* URL alphabet */
        "====",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        uint8_t room[16];
        struct eg_writer w;
        eg_writer_init(&w, room, sizeof room);
        assert_status(eg_base64_decode(eg_span_str(bad[i]), &w), BAD_BASE64);
        assert_int_equal(w.len, 0);
    }
}

static void base64_says_when_the_room_is_too_small(void **state)
{
    (void)state;
    uint8_t room[2];
    struct eg_writer w;
    eg_writer_init(&w, room, sizeof room);
    assert_status(eg_base64_decode(eg_span_str("Zm9v"), &w), NO_ROOM);
}

static const struct {
    const char *text;
    uint64_t max;
    bool good;
    uint64_t value;
} numbers[] = {
    {"0", 0, true, 0},
    {"42", 42, true, 42},
    {"43", 42, false, 0},
    {"0x7FFF817a", UINT32_MAX, true, 0x7FFF817A},
    {"0X10", UINT64_MAX, true, 16},
    {"18446744073709551615", UINT64_MAX, true, UINT64_MAX},
    {"18446744073709551616", UINT64_MAX, false, 0},
    {"0xFFFFFFFFFFFFFFFF", UINT64_MAX, true, UINT64_MAX},
    {"0x10000000000000000", UINT64_MAX, false, 0},
    {"", UINT64_MAX, false, 0},
    {"0x", UINT64_MAX, false, 0},
    {"-1", UINT64_MAX, false, 0},
    {"+1", UINT64_MAX, false, 0},
    {" 1", UINT64_MAX, false, 0},
    {"1 ", UINT64_MAX, false, 0},
    {"12ab", UINT64_MAX, false, 0},
    {"0xg", UINT64_MAX, false, 0},
};

static void numbers_are_whole_and_bounded(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        uint64_t v = 99;
        eg_status st = eg_number_parse(eg_span_str(numbers[i].text), numbers[i].max, &v);
        assert_string_equal(eg_status_info(st)->name, numbers[i].good ? "OK" : "BAD_NUMBER");
        assert_true(v == numbers[i].value);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hex_goes_both_ways),
        cmocka_unit_test(hex_refuses_every_other_character),
        cmocka_unit_test(hex_refuses_a_wrong_length),
        cmocka_unit_test(base64_matches_rfc_4648),
        cmocka_unit_test(base64_refuses_what_is_not_canonical),
        cmocka_unit_test(base64_says_when_the_room_is_too_small),
        cmocka_unit_test(numbers_are_whole_and_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
