/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "lib/object/fuse_config.h"
#include "tests/unit/object/object_test.h"
#include "tests/unit/wire/vectors.h"

enum {
    ROOM = 256,
};

static struct eg_span config(const struct eg_fuse_entry *entries, size_t count,
                             uint8_t room[static ROOM])
{
    struct eg_writer w;

    eg_writer_init(&w, room, ROOM);
    for (size_t i = 0; i < count; i++) {
        eg_fuse_config_put(&w, &entries[i]);
    }
    assert_ok(w.status);
    return eg_writer_span(&w);
}

static void known_entries_go_both_ways(void **state)
{
    static const struct {
        const char *section;
        struct eg_fuse_entry entry;
    } known[] = {{"four_bytes", {15, 4, 0x09D11411}}, {"two_bytes", {45, 2, 0x0F0F}}};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct vector bytes = vector_read("fuse-configuration", known[i].section, "entry");
        struct eg_fuse_entry e;
        struct eg_reader r;
        uint8_t room[ROOM];

        eg_reader_init(&r, vector_span(&bytes));
        assert_ok(eg_fuse_config_next(&r, &e));
        assert_int_equal(e.index, known[i].entry.index);
        assert_int_equal(e.width, known[i].entry.width);
        assert_int_equal(e.value, known[i].entry.value);
        assert_int_equal(r.rest.len, 0);
        assert_true(eg_span_equal(config(&known[i].entry, 1, room), vector_span(&bytes)));
        assert_ok(eg_fuse_config_check(&test_rw61x, vector_span(&bytes), NULL));
    }
}

static void rules_of_the_family_are_kept(void **state)
{
    static const struct {
        const struct eg_family *family;
        struct eg_fuse_entry entries[2];
        int bad; /* fuse word at fault, -1: none */
    } cases[] = {
        {&test_mcxn, {{0, 4, 1}, {63, 4, 2}}, -1},
        {&test_mcxn, {{0, 4, 1}, {64, 4, 2}}, 64},
        {&test_mcxn, {{5, 4, 1}, {5, 4, 2}}, 5},
        {&test_mcxn, {{5, 4, 1}, {5, 4, 1}}, 5},
        {&test_mcxn, {{5, 2, 1}, {6, 4, 1}}, -1},
        {&test_mcxn, {{8, 4, 1}, {6, 4, 1}}, 8},    /* life cycle */
        {&test_mcxn, {{5, 4, 1}, {20, 4, 2}}, 20},  /* skipped by the firmware */
        {&test_rw61x, {{14, 4, 1}, {1, 4, 1}}, 14}, /* life cycle */
        {&test_rw61x, {{119, 4, 1}, {128, 4, 1}}, -1},
        {&test_rw61x, {{1, 4, 1}, {120, 4, 1}}, 120}, /* boot key hash, not skipped here */
        {&test_rw61x, {{1, 4, 1}, {127, 4, 1}}, 127},
        {&test_rw61x, {{92, 4, 1}, {511, 4, 1}}, 92},   /* decryption key */
        {&test_rw61x, {{511, 4, 1}, {112, 4, 1}}, 112}, /* skipped */
        {&test_rw61x, {{512, 4, 1}, {1, 4, 1}}, 512},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint8_t room[ROOM];
        struct eg_span data = config(cases[i].entries, 2, room);
        int bad = 0;

        if (cases[i].bad < 0) {
            assert_ok(eg_fuse_config_check(cases[i].family, data, &bad));
        } else {
            assert_status(eg_fuse_config_check(cases[i].family, data, &bad), OBJECT_FUSES);
        }
        assert_int_equal(bad, cases[i].bad);
    }
}

static void the_decryption_key_has_an_object_of_its_own(void **state)
{
    const struct eg_fuse_entry entry = {11, 4, 1};
    struct eg_family family = test_mcxn;
    uint8_t room[ROOM];
    int bad;

    (void)state;
    family.ignored_count = 0;
    assert_status(eg_fuse_config_check(&family, config(&entry, 1, room), &bad), OBJECT_FUSES);
    assert_int_equal(bad, 11);
}

static void a_family_of_short_words_takes_short_values(void **state)
{
    const struct eg_fuse_entry wide = {20, 4, 1};
    const struct eg_fuse_entry narrow = {40, 2, 1};
    struct eg_family family = test_mcxn;
    uint8_t room[ROOM];
    int bad;

    (void)state;
    family.fuse_bytes = 2;
    family.ignored_count = 0;
    assert_ok(eg_fuse_config_check(&family, config(&narrow, 1, room), &bad));
    assert_status(eg_fuse_config_check(&family, config(&wide, 1, room), &bad), OBJECT_FUSES);
    assert_int_equal(bad, 20);
}

static void other_forms_are_refused(void **state)
{
    static const uint8_t forms[][10] = {
        {0x41, 2, 0, 1, 0x41, 4, 0, 0, 0, 1}, {0x40, 1, 0, 1, 0x41, 4, 0, 0, 0, 1},
        {0x40, 2, 0, 1, 0x42, 4, 0, 0, 0, 1}, {0x40, 2, 0, 1, 0x41, 3, 0, 0, 0, 1},
        {0x40, 2, 0, 1, 0x41, 8, 0, 0, 0, 1}, {0x40, 2, 0, 1, 0x41, 0, 0, 0, 0, 1}};
    static const uint8_t good[] = {0x40, 2, 0, 1, 0x41, 4, 0, 0, 0, 1};
    int bad;

    (void)state;
    assert_ok(eg_fuse_config_check(&test_mcxn, EG_SPAN_OF(good), &bad));
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        assert_status(eg_fuse_config_check(&test_mcxn, EG_SPAN_OF(forms[i]), &bad), OBJECT_FUSES);
        assert_int_equal(bad, -1);
    }
    for (size_t len = 0; len < sizeof(good); len++) {
        assert_status(eg_fuse_config_check(&test_mcxn, eg_span(good, len), NULL), OBJECT_FUSES);
    }
}

static void impossible_entries_are_not_written(void **state)
{
    static const struct eg_fuse_entry bad[] = {{1, 3, 0}, {1, 0, 0}, {1, 2, 0x10000}};
    uint8_t room[ROOM];

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct eg_writer w;

        eg_writer_init(&w, room, sizeof(room));
        eg_fuse_config_put(&w, &bad[i]);
        assert_status(w.status, WIRE_BAD_LENGTH);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_entries_go_both_ways),
        cmocka_unit_test(rules_of_the_family_are_kept),
        cmocka_unit_test(the_decryption_key_has_an_object_of_its_own),
        cmocka_unit_test(a_family_of_short_words_takes_short_values),
        cmocka_unit_test(other_forms_are_refused),
        cmocka_unit_test(impossible_entries_are_not_written),
    };
    return cmocka_run_group_tests_name("fuse_config", tests, NULL, NULL);
}
