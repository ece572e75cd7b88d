/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "lib/base/span.h"
#include "tests/unit/unit.h"

static const uint8_t data[] = {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08,
                               0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x0E, 0x0F};

static void reader_reads_every_width(void **state)
{
    (void)state;
    struct eg_reader r;
    eg_reader_init(&r, EG_SPAN_OF(data));
    assert_int_equal(eg_reader_u8(&r), 0x01);
    assert_int_equal(eg_reader_be16(&r), 0x0203);
    assert_int_equal(eg_reader_be32(&r), 0x04050607);
    assert_int_equal(eg_reader_le16(&r), 0x0908);
    assert_int_equal(eg_reader_le32(&r), 0x0D0C0B0A);
    assert_status(eg_reader_finish(&r), TRAILING);
    assert_int_equal(eg_reader_be16(&r), 0x0E0F);
    assert_ok(eg_reader_finish(&r));

    eg_reader_init(&r, EG_SPAN_OF(data));
    assert_true(eg_reader_be64(&r) == UINT64_C(0x0102030405060708));
}

static void reader_keeps_its_first_error(void **state)
{
    (void)state;
    struct eg_reader r;
    eg_reader_init(&r, eg_span(data, 3));
    assert_int_equal(eg_reader_be32(&r), 0);
    assert_status(eg_reader_finish(&r), TRUNCATED);
    /* Three bytes are left, but a reader that failed yields nothing any more. */
    assert_int_equal(eg_reader_u8(&r), 0);
    eg_reader_fail(&r, EG_ERR(BAD_HEX));
    assert_status(eg_reader_finish(&r), TRUNCATED);
}

static void reader_copy_zeroes_on_error(void **state)
{
    (void)state;
    struct eg_reader r;
    uint8_t out[4] = {9, 9, 9, 9};
    eg_reader_init(&r, eg_span(data, 3));
    eg_reader_copy(&r, out, sizeof out);
    assert_memory_equal(out, ((uint8_t[4]){0}), 4);
    assert_status(r.status, TRUNCATED);
}

static void block_refuses_more_than_max_and_more_than_there_is(void **state)
{
    (void)state;
    static const uint8_t five[] = {0, 0, 0, 5, 'h', 'e', 'l', 'l', 'o'};
    static const uint8_t huge[] = {0xFF, 0xFF, 0xFF, 0xFF, 'h'};
    struct eg_reader r;
    eg_reader_init(&r, EG_SPAN_OF(five));
    assert_true(eg_span_equal(eg_reader_block(&r, 5), eg_span_str("hello")));
    assert_ok(eg_reader_finish(&r));
    eg_reader_init(&r, EG_SPAN_OF(five));
    assert_int_equal(eg_reader_block(&r, 4).len, 0);
    assert_status(r.status, NO_ROOM);
    eg_reader_init(&r, EG_SPAN_OF(huge));
    assert_int_equal(eg_reader_block(&r, SIZE_MAX).len, 0);
    assert_status(r.status, TRUNCATED);
}

static void writer_writes_what_the_reader_reads(void **state)
{
    (void)state;
    uint8_t room[64];
    struct eg_writer w;
    struct eg_reader r;
    eg_writer_init(&w, room, sizeof room);
    eg_writer_u8(&w, 0xA1);
    eg_writer_be16(&w, 0xB2B3);
    eg_writer_be32(&w, 0xC4C5C6C7);
    eg_writer_be64(&w, UINT64_C(0xD8D9DADBDCDDDEDF));
    eg_writer_le16(&w, 0xE1E2);
    eg_writer_le32(&w, 0xF3F4F5F6);
    eg_writer_block(&w, eg_span_str("block"));
    eg_writer_str(&w, "end");
    assert_ok(w.status);
    eg_reader_init(&r, eg_writer_span(&w));
    assert_int_equal(eg_reader_u8(&r), 0xA1);
    assert_int_equal(eg_reader_be16(&r), 0xB2B3);
    assert_int_equal(eg_reader_be32(&r), 0xC4C5C6C7);
    assert_true(eg_reader_be64(&r) == UINT64_C(0xD8D9DADBDCDDDEDF));
    assert_int_equal(eg_reader_le16(&r), 0xE1E2);
    assert_int_equal(eg_reader_le32(&r), 0xF3F4F5F6);
    assert_true(eg_span_equal(eg_reader_block(&r, 100), eg_span_str("block")));
    assert_true(eg_span_equal(eg_reader_take(&r, 3), eg_span_str("end")));
    assert_ok(eg_reader_finish(&r));
}

static void writer_stops_at_its_capacity(void **state)
{
    (void)state;
    uint8_t room[4] = {0};
    struct eg_writer w;
    eg_writer_init(&w, room, 3);
    eg_writer_be16(&w, 0x1234);
    eg_writer_be16(&w, 0x5678);
    assert_status(w.status, NO_ROOM);
    assert_int_equal(w.len, 2);
    assert_null(eg_writer_reserve(&w, 1)); /* there is room, but the first error stays */
    assert_int_equal(room[2], 0);
    eg_writer_fail(&w, EG_ERR(INTERNAL));
    assert_status(w.status, NO_ROOM);
}

static void spans_compare_by_length_and_bytes(void **state)
{
    (void)state;
    assert_true(eg_span_equal(eg_span(NULL, 0), eg_span_str("")));
    assert_true(eg_span_equal(eg_span_str("abc"), eg_span_str("abc")));
    assert_false(eg_span_equal(eg_span_str("abc"), eg_span_str("abd")));
    assert_false(eg_span_equal(eg_span_str("abc"), eg_span_str("ab")));
}

static void raw_loads_and_stores_agree(void **state)
{
    (void)state;
    uint8_t b[4];
    eg_store_be32(b, 0x01020304);
    assert_memory_equal(b, data, 4);
    assert_int_equal(eg_load_be32(b), 0x01020304);
    assert_int_equal(eg_load_le32(b), 0x04030201);
    assert_int_equal(eg_load_le16(b), 0x0201);
    eg_store_le32(b, 0x04030201);
    assert_memory_equal(b, data, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reader_reads_every_width),
        cmocka_unit_test(reader_keeps_its_first_error),
        cmocka_unit_test(reader_copy_zeroes_on_error),
        cmocka_unit_test(block_refuses_more_than_max_and_more_than_there_is),
        cmocka_unit_test(writer_writes_what_the_reader_reads),
        cmocka_unit_test(writer_stops_at_its_capacity),
        cmocka_unit_test(spans_compare_by_length_and_bytes),
        cmocka_unit_test(raw_loads_and_stores_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
