/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "lib/wire/so_tlv.h"
#include "tests/unit/unit.h"
#include "tests/unit/wire/vectors.h"

enum {
    BLOB_MAX = 512,
    RKTH_LEN = 129,
};

static const uint8_t zeros[300];

/* The boot key hash object of the fixture in docs/formats/secure-object.md: 129 bytes. */
static struct eg_so rkth_object(void)
{
    return (struct eg_so){
        .key_id = 0x7FFF817A,
        .key_type = 0x1001,
        .key_bits = 0x100,
        .lifetime = 0xE0800201,
        .has_life_cycle = true,
        .life_cycle = 1,
        .wrap_key_id = 0x7FFF816E,
        .wrap = EG_SO_WRAP_NONE,
        .sign_key_id = 0x7FFF8170,
        .sign = EG_SO_SIGN_CMAC,
        .payload = eg_span(zeros, 32),
        .mac = eg_span(zeros, EG_SO_MAC_LEN),
    };
}

static struct eg_span encode(const struct eg_so *so, uint8_t room[static BLOB_MAX])
{
    struct eg_writer w;

    eg_writer_init(&w, room, BLOB_MAX);
    eg_so_put(&w, so);
    assert_ok(w.status);
    return eg_writer_span(&w);
}

static void fields_lie_where_the_fixture_has_them(void **state)
{
    static const struct {
        size_t at;
        uint8_t tag;
    } offsets[] = {{0, 0x40},  {13, 0x41}, {19, 0x42}, {25, 0x43},  {31, 0x44},
                   {35, 0x45}, {41, 0x46}, {47, 0x47}, {53, 0x50},  {59, 0x51},
                   {65, 0x53}, {71, 0x54}, {77, 0x55}, {111, 0x5E}, {112, 0x10}};
    const struct eg_so so = rkth_object();
    uint8_t room[BLOB_MAX];
    struct eg_span blob = encode(&so, room);

    (void)state;
    assert_int_equal(blob.len, RKTH_LEN);
    assert_int_equal(eg_so_len(&so, 32), RKTH_LEN);
    for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
        assert_int_equal(blob.ptr[offsets[i].at], offsets[i].tag);
    }
}

static void sizes_are_those_of_the_fixture(void **state)
{
    struct eg_so so = rkth_object();

    (void)state;
    so.wrap = EG_SO_WRAP_CBC;
    assert_int_equal(eg_so_len(&so, 48), 163);
    assert_int_equal(eg_so_len(&so, 272), 389);
}

static void long_payloads_take_longer_lengths(void **state)
{
    static const struct {
        size_t len;
        uint8_t head[4];
    } cases[] = {{0x7F, {0x55, 0x7F, 0, 0}},
                 {0x80, {0x55, 0x81, 0x80, 0}},
                 {0xFF, {0x55, 0x81, 0xFF, 0}},
                 {0x110, {0x55, 0x82, 0x01, 0x10}}};
    uint8_t room[BLOB_MAX];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct eg_so so = rkth_object();
        struct eg_so back;
        struct eg_span blob;

        so.payload = eg_span(zeros, cases[i].len);
        blob = encode(&so, room);
        assert_int_equal(blob.len, eg_so_len(&so, cases[i].len));
        assert_memory_equal(blob.ptr + 77, cases[i].head, cases[i].len < 0x80 ? 2 : 3);
        assert_ok(eg_so_decode(blob, &back));
        assert_int_equal(back.payload.len, cases[i].len);
    }
}

static void published_objects_decode(void **state)
{
    static const char *const names[] = {"ours.aes", "ours.ec", "ours.data"};
    static const struct eg_so expected[] = {
        {.key_id = 0x00010001,
         .algorithm = 0x04C01000,
         .usage = 0x300,
         .key_type = 0x2400,
         .key_bits = 256,
         .lifetime = 0xE0000101,
         .wrap_key_id = 0x7FFF816E,
         .wrap = 1},
        {.key_id = 0x00010002,
         .algorithm = 0x06000609,
         .usage = 0x1000,
         .key_type = 0x7112,
         .key_bits = 256,
         .lifetime = 0xE0000101,
         .wrap_key_id = 0x7FFF816E,
         .wrap = 1},
        {.key_id = 0x00010003,
         .algorithm = 0,
         .usage = 1,
         .key_type = 0x1001,
         .key_bits = 104,
         .lifetime = 0xE0810101,
         .wrap_key_id = 0x7FFF816F,
         .wrap = 2},
    };

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct vector blob = vector_read("secure-object", names[i], "blob");
        struct eg_so so;
        uint8_t room[BLOB_MAX];

        assert_ok(eg_so_decode(vector_span(&blob), &so));
        assert_int_equal(so.key_id, expected[i].key_id);
        assert_int_equal(so.algorithm, expected[i].algorithm);
        assert_int_equal(so.usage, expected[i].usage);
        assert_int_equal(so.key_type, expected[i].key_type);
        assert_int_equal(so.key_bits, expected[i].key_bits);
        assert_int_equal(so.lifetime, expected[i].lifetime);
        assert_false(so.has_life_cycle);
        assert_int_equal(so.wrap_key_id, expected[i].wrap_key_id);
        assert_int_equal(so.wrap, expected[i].wrap);
        assert_int_equal(so.sign_key_id, 0x7FFF8170);
        assert_int_equal(so.mac_over.len, blob.len - 16);
        assert_true(eg_span_equal(encode(&so, room), vector_span(&blob)));
    }
}

static void a_concatenation_is_taken_apart(void **state)
{
    struct vector one = vector_read("secure-object", "ours.aes", "blob");
    struct vector two = vector_read("secure-object", "ours.data", "blob");
    uint8_t both[2 * BLOB_MAX];
    struct eg_reader r;
    struct eg_so so;
    size_t count;

    (void)state;
    memcpy(both, one.bytes, one.len);
    memcpy(both + one.len, two.bytes, two.len);
    eg_reader_init(&r, eg_span(both, one.len + two.len));
    assert_ok(eg_so_next(&r, &so));
    assert_ptr_equal(so.whole.ptr, both);
    assert_int_equal(so.whole.len, one.len);
    assert_ok(eg_so_next(&r, &so));
    assert_int_equal(so.key_id, 0x00010003);
    assert_ok(eg_reader_finish(&r));
    assert_ok(eg_so_count(eg_span(both, one.len + two.len), &count));
    assert_int_equal(count, 2);
    assert_ok(eg_so_count(eg_span(both, 0), &count));
    assert_int_equal(count, 0);
    assert_status(eg_so_decode(eg_span(both, one.len + two.len), &so), TRAILING);
    assert_int_equal(so.key_id, 0);
    assert_status(eg_so_count(eg_span(both, one.len + 20), &count), TRUNCATED);
    assert_int_equal(count, 0);
}

static void every_cut_is_noticed(void **state)
{
    struct vector blob = vector_read("secure-object", "ours.data", "blob");
    struct eg_so so;

    (void)state;
    for (size_t len = 0; len < blob.len; len++) {
        assert_status(eg_so_decode(eg_span(blob.bytes, len), &so), TRUNCATED);
        assert_null(so.payload.ptr);
    }
}

static void rules_of_the_form_are_kept(void **state)
{
    static const struct {
        size_t at;
        uint8_t byte;
        const char *status;
    } cases[] = {
        {0, 0x41, "WIRE_BAD_MAGIC"},    {5, 'E', "WIRE_BAD_MAGIC"},
        {13, 0x42, "WIRE_BAD_TAG"},     /* key id is missing */
        {19, 0x41, "WIRE_BAD_TAG"},     /* key id twice */
        {14, 0x03, "WIRE_BAD_LENGTH"},  /* too short */
        {14, 0x80, "WIRE_BAD_LENGTH"},  /* indefinite */
        {14, 0x84, "WIRE_BAD_LENGTH"},  /* length of four bytes */
        {32, 0x04, "WIRE_BAD_LENGTH"},  /* key type of four bytes */
        {47, 0x99, "WIRE_BAD_TAG"},     /* unknown */
        {64, 0x02, "WIRE_BAD_TAG"},     /* CBC without an IV */
        {78, 0x00, "WIRE_BAD_LENGTH"},  /* no payload */
        {112, 0x0F, "WIRE_BAD_LENGTH"}, /* short MAC */
        {111, 0x57, "WIRE_BAD_TAG"},
    };
    const struct eg_so good = rkth_object();

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint8_t room[BLOB_MAX];
        struct eg_span blob = encode(&good, room);
        struct eg_so so;

        room[cases[i].at] = cases[i].byte;
        assert_string_equal(eg_status_info(eg_so_decode(blob, &so))->name, cases[i].status);
    }
}

static void lengths_longer_than_needed_are_refused(void **state)
{
    const struct eg_so good = rkth_object();
    uint8_t room[BLOB_MAX], longer[BLOB_MAX];
    struct eg_span blob = encode(&good, room);
    struct eg_so so;

    (void)state;
    memcpy(longer, blob.ptr, 14);
    longer[14] = 0x81; /* 41 81 04 .. */
    memcpy(longer + 15, blob.ptr + 14, blob.len - 14);
    assert_status(eg_so_decode(eg_span(longer, blob.len + 1), &so), WIRE_BAD_LENGTH);
    longer[14] = 0x82; /* 41 82 00 04 .. */
    longer[15] = 0x00;
    memcpy(longer + 16, blob.ptr + 14, blob.len - 14);
    assert_status(eg_so_decode(eg_span(longer, blob.len + 2), &so), WIRE_BAD_LENGTH);
}

static void an_iv_belongs_to_cbc_alone(void **state)
{
    struct eg_so so = rkth_object();
    struct eg_so back;
    uint8_t room[BLOB_MAX];
    struct eg_span blob;

    (void)state;
    so.wrap = EG_SO_WRAP_CBC;
    so.iv = eg_span(zeros, EG_SO_IV_LEN);
    blob = encode(&so, room);
    room[64] = EG_SO_WRAP_NONE;
    assert_status(eg_so_decode(blob, &back), WIRE_BAD_TAG);
}

static void a_provisioning_id_is_carried(void **state)
{
    struct eg_so so = rkth_object();
    struct eg_so back;
    uint8_t room[BLOB_MAX];
    struct eg_span blob;

    (void)state;
    so.provisioning_id = eg_span("run 7", 5);
    blob = encode(&so, room);
    assert_int_equal(blob.len, eg_so_len(&so, 32));
    assert_ok(eg_so_decode(blob, &back));
    assert_true(eg_span_equal(back.provisioning_id, eg_span("run 7", 5)));
}

static void bad_lengths_are_not_encoded(void **state)
{
    struct eg_so cases[4];
    uint8_t room[BLOB_MAX];

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        cases[i] = rkth_object();
    }
    cases[0].payload.len = 0;
    cases[1].iv = eg_span(zeros, 16);
    cases[2].mac.len = 15;
    cases[3].provisioning_id = eg_span(zeros, EG_SO_PROVISIONING_MAX + 1);
    for (size_t i = 0; i < 4; i++) {
        struct eg_writer w;

        eg_writer_init(&w, room, sizeof(room));
        eg_so_put(&w, &cases[i]);
        assert_status(w.status, WIRE_BAD_LENGTH);
    }
}

static void too_little_room_is_said(void **state)
{
    const struct eg_so so = rkth_object();
    uint8_t room[RKTH_LEN - 1];
    struct eg_writer w;

    (void)state;
    eg_writer_init(&w, room, sizeof(room));
    eg_so_put(&w, &so);
    assert_status(w.status, NO_ROOM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_lie_where_the_fixture_has_them),
        cmocka_unit_test(sizes_are_those_of_the_fixture),
        cmocka_unit_test(long_payloads_take_longer_lengths),
        cmocka_unit_test(published_objects_decode),
        cmocka_unit_test(a_concatenation_is_taken_apart),
        cmocka_unit_test(every_cut_is_noticed),
        cmocka_unit_test(rules_of_the_form_are_kept),
        cmocka_unit_test(lengths_longer_than_needed_are_refused),
        cmocka_unit_test(an_iv_belongs_to_cbc_alone),
        cmocka_unit_test(a_provisioning_id_is_carried),
        cmocka_unit_test(bad_lengths_are_not_encoded),
        cmocka_unit_test(too_little_room_is_said),
    };
    return cmocka_run_group_tests_name("so_tlv", tests, NULL, NULL);
}
