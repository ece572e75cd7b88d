/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "lib/object/manifest_text.h"
#include "tests/unit/unit.h"

#define UUID_1 "00112233445566778899aabbccddeeff"
#define UUID_2 "ff112233445566778899aabbccddeeff"
#define KEY                                                                                        \
    "000102030405060708090a0b0c0d0e0f"                                                             \
    "101112131415161718191a1b1c1d1e1f"
#define LINE_1 UUID_1 " " KEY "\n"
#define LINE_2 UUID_2 " " KEY "\n"
#define HEAD   "engrave-manifest 1\nfamily mcxn947\ncount 2\n"
#define GOOD   HEAD LINE_1 LINE_2 "end\n"

/* The first failure when the whole text is read. */
static eg_status read_all(struct eg_span text)
{
    struct eg_manifest_reader r;
    struct eg_manifest_chip chip;

    EG_TRY(eg_manifest_open(&r, text));
    for (uint32_t i = 0; i < r.count; i++) {
        EG_TRY(eg_manifest_next(&r, &chip));
    }
    return EG_OK;
}

static void a_manifest_is_read(void **state)
{
    struct eg_manifest_reader r;
    struct eg_manifest_chip chip;

    (void)state;
    assert_ok(eg_manifest_open(&r, eg_span_str(GOOD)));
    assert_string_equal(r.family, "mcxn947");
    assert_int_equal(r.count, 2);
    assert_ok(eg_manifest_next(&r, &chip));
    assert_int_equal(chip.uuid.bytes[1], 0x11);
    assert_int_equal(chip.die_key[31], 0x1F);
    assert_ok(eg_manifest_next(&r, &chip));
    assert_int_equal(chip.uuid.bytes[0], 0xFF);
    assert_status(eg_manifest_next(&r, &chip), OBJECT_MANIFEST);
    assert_int_equal(chip.uuid.bytes[0], 0);
}

static void a_manifest_is_written_as_it_is_read(void **state)
{
    char room[EG_MANIFEST_LEN_MAX(2)];
    struct eg_manifest_chip chip;
    struct eg_manifest_reader r;
    struct eg_writer w;

    (void)state;
    eg_writer_init(&w, room, sizeof(room));
    eg_manifest_put_head(&w, "mcxn947", 2);
    assert_ok(eg_manifest_open(&r, eg_span_str(GOOD)));
    for (int i = 0; i < 2; i++) {
        assert_ok(eg_manifest_next(&r, &chip));
        eg_manifest_put_chip(&w, &chip);
    }
    eg_manifest_put_end(&w);
    assert_ok(w.status);
    assert_true(eg_span_equal(eg_writer_span(&w), eg_span_str(GOOD)));
}

static void every_other_text_is_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "engrave-manifest 2\nfamily mcxn947\ncount 1\n" LINE_1 "end\n",
        "engrave-manifest 1\r\nfamily mcxn947\r\ncount 1\r\n" LINE_1 "end\n",
        "engrave-manifest 1\nfamily \ncount 1\n" LINE_1 "end\n",
        "engrave-manifest 1\nfamily ../x\ncount 1\n" LINE_1 "end\n",
        "engrave-manifest 1\nfamily MCXN\ncount 1\n" LINE_1 "end\n",
        "engrave-manifest 1\nfamily a123456789012345678901234567890123\ncount 1\n" LINE_1 "end\n",
        "engrave-manifest 1\ncount 1\nfamily mcxn947\n" LINE_1 "end\n",
        "engrave-manifest 1\nfamily mcxn947\ncount 0\nend\n",
        "engrave-manifest 1\nfamily mcxn947\ncount 01\n" LINE_1 "end\n",
        "engrave-manifest 1\nfamily mcxn947\ncount 0x1\n" LINE_1 "end\n",
        "engrave-manifest 1\nfamily mcxn947\ncount 1000001\n" LINE_1 "end\n",
        "engrave-manifest 1\nfamily mcxn947\ncount 99999999999\n" LINE_1 "end\n",
        "engrave-manifest 1\nfamily mcxn947\ncount -1\n" LINE_1 "end\n",
        HEAD LINE_1 "end\n",
        HEAD LINE_1 LINE_2 LINE_1 "end\n",
        HEAD LINE_1 LINE_2 "end",
        HEAD LINE_1 LINE_2,
        HEAD LINE_1 LINE_2 "end\n\n",
        HEAD LINE_1 LINE_2 "END\n",
        HEAD LINE_1 "\n" LINE_2 "end\n",
        HEAD LINE_1 UUID_2 "\t" KEY "\nend\n",
        HEAD LINE_1 UUID_2 "  " KEY "\nend\n",
        HEAD LINE_1 UUID_2 " " KEY " \nend\n",
        HEAD LINE_1 "FF112233445566778899aabbccddeeff " KEY "\nend\n",
        HEAD LINE_1 "gg112233445566778899aabbccddeeff " KEY "\nend\n",
        HEAD LINE_1 UUID_2 " " KEY "00\nend\n",
    };

    (void)state;
    assert_ok(read_all(eg_span_str(GOOD)));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        if (eg_ok(read_all(eg_span_str(bad[i])))) {
            fail_msg("accepted: %s", bad[i]);
        }
        assert_status(read_all(eg_span_str(bad[i])), OBJECT_MANIFEST);
    }
}

static void every_cut_is_noticed(void **state)
{
    (void)state;
    for (size_t len = 0; len < strlen(GOOD); len++) {
        assert_status(read_all(eg_span(GOOD, len)), OBJECT_MANIFEST);
    }
}

static void one_chip_twice_is_found(void **state)
{
    enum {
        COUNT = 1000,
    };
    static struct eg_uuid list[COUNT];
    struct eg_uuid twice;

    (void)state;
    for (uint32_t i = 0; i < COUNT; i++) {
        memset(&list[i], 0, sizeof(list[i]));
        eg_store_be32(list[i].bytes + 12, i * 2654435761u);
    }
    assert_ok(eg_manifest_unique(list, COUNT, &twice));
    for (uint32_t i = 1; i < COUNT; i++) {
        assert_true(memcmp(list[i - 1].bytes, list[i].bytes, EG_UUID_LEN) < 0);
    }
    list[3] = list[900];
    assert_status(eg_manifest_unique(list, COUNT, &twice), OBJECT_MANIFEST_TWICE);
    assert_status(eg_manifest_unique(list, COUNT, NULL), OBJECT_MANIFEST_TWICE);
    assert_ok(eg_manifest_unique(list, 1, NULL));
    assert_ok(eg_manifest_unique(list, 0, NULL));
}

static void impossible_heads_are_not_written(void **state)
{
    static const struct {
        const char *family;
        uint32_t count;
    } bad[] = {{"", 1}, {"a b", 1}, {"mcxn947", 0}, {"mcxn947", EG_MANIFEST_COUNT_MAX + 1}};
    char room[EG_MANIFEST_HEAD_MAX];

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct eg_writer w;

        eg_writer_init(&w, room, sizeof(room));
        eg_manifest_put_head(&w, bad[i].family, bad[i].count);
        assert_status(w.status, OBJECT_MANIFEST);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_manifest_is_read),
        cmocka_unit_test(a_manifest_is_written_as_it_is_read),
        cmocka_unit_test(every_other_text_is_refused),
        cmocka_unit_test(every_cut_is_noticed),
        cmocka_unit_test(one_chip_twice_is_found),
        cmocka_unit_test(impossible_heads_are_not_written),
    };
    return cmocka_run_group_tests_name("manifest_text", tests, NULL, NULL);
}
