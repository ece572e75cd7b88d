/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "server/store/provisioning_body.h"
#include "tests/unit/unit.h"

static const uint8_t blob[] = {1, 2, 3}, cert[] = {0x30, 0x03, 1, 1, 0xff}, spki[] = {0x30, 0};

static size_t sample(struct eg_body_object out[static 2])
{
    out[0] = (struct eg_body_object){.object_id = INT64_C(0x0102030405060708),
                                     .version = 9,
                                     .state = EG_BODY_COMPLETED,
                                     .blob = EG_SPAN_OF(blob),
                                     .certificate = EG_SPAN_OF(cert),
                                     .spki = EG_SPAN_OF(spki)};
    out[1] = (struct eg_body_object){.object_id = 2, .version = 1, .state = EG_BODY_ON_CONNECTION};
    return 2;
}

static void round_trip(void **state)
{
    struct eg_body_object in[2], out[EG_BODY_OBJECTS_MAX];
    size_t count = sample(in), got;
    uint8_t room[200];
    struct eg_writer w;

    (void)state;
    eg_writer_init(&w, room, sizeof room);
    eg_body_encode(in, count, &w);
    assert_ok(w.status);
    assert_int_equal(w.len, eg_body_len(in, count));
    assert_ok(eg_body_decode(eg_writer_span(&w), out, &got));
    assert_int_equal(got, 2);
    assert_int_equal(out[0].object_id, in[0].object_id);
    assert_int_equal(out[0].version, 9);
    assert_true(eg_span_equal(out[0].blob, in[0].blob));
    assert_true(eg_span_equal(out[0].certificate, in[0].certificate));
    assert_true(eg_span_equal(out[0].spki, in[0].spki));
    assert_int_equal(out[1].state, EG_BODY_ON_CONNECTION);
    assert_int_equal(out[1].blob.len, 0);
}

/* The layout is stored: this one must stay readable for ever. */
static void known_bytes(void **state)
{
    static const uint8_t stored[] = {1, 0, 1, 0, 0,    0, 0, 0, 0, 0, 5, 0, 0, 0,    2,   1,
                                     0, 0, 0, 1, 0xaa, 0, 0, 0, 0, 0, 0, 0, 2, 0xbb, 0xcc};
    struct eg_body_object out[EG_BODY_OBJECTS_MAX];
    size_t count;

    (void)state;
    assert_ok(eg_body_decode(EG_SPAN_OF(stored), out, &count));
    assert_int_equal(count, 1);
    assert_int_equal(out[0].object_id, 5);
    assert_int_equal(out[0].version, 2);
    assert_int_equal(out[0].blob.len, 1);
    assert_int_equal(out[0].certificate.len, 0);
    assert_int_equal(out[0].spki.ptr[1], 0xcc);
}

static void refuses_everything_else(void **state)
{
    struct eg_body_object in[2], out[EG_BODY_OBJECTS_MAX];
    size_t count = sample(in), got = 7;
    uint8_t room[200];
    struct eg_writer w;

    (void)state;
    eg_writer_init(&w, room, sizeof room);
    eg_body_encode(in, count, &w);
    for (size_t len = 1; len < w.len; len++) {
        assert_status(eg_body_decode(eg_span(room, len), out, &got), TRUNCATED);
        assert_int_equal(got, 0);
    }
    room[w.len] = 0;
    assert_status(eg_body_decode(eg_span(room, w.len + 1), out, &got), TRAILING);
    room[15] = 9; /* state of the first object */
    assert_status(eg_body_decode(eg_span(room, w.len), out, &got), BODY_MALFORMED);
    room[1] = 0xff; /* count */
    assert_status(eg_body_decode(eg_span(room, w.len), out, &got), BODY_MALFORMED);
    room[0] = 2; /* format */
    assert_status(eg_body_decode(eg_span(room, w.len), out, &got), BODY_MALFORMED);
}

static void encode_limits(void **state)
{
    struct eg_body_object many[EG_BODY_OBJECTS_MAX + 1];
    uint8_t room[2048];
    struct eg_writer w;

    (void)state;
    for (size_t i = 0; i <= EG_BODY_OBJECTS_MAX; i++) {
        many[i] = (struct eg_body_object){.object_id = 1, .state = EG_BODY_COMPLETED};
    }
    eg_writer_init(&w, room, sizeof room);
    eg_body_encode(many, EG_BODY_OBJECTS_MAX, &w);
    assert_ok(w.status);
    eg_writer_init(&w, room, sizeof room);
    eg_body_encode(many, EG_BODY_OBJECTS_MAX + 1, &w);
    assert_status(w.status, NO_ROOM);
    many[0].blob = eg_span(room, EG_BODY_FIELD_MAX + 1); /* never read: too long */
    eg_writer_init(&w, room, sizeof room);
    eg_body_encode(many, 1, &w);
    assert_status(w.status, NO_ROOM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trip),
        cmocka_unit_test(known_bytes),
        cmocka_unit_test(refuses_everything_else),
        cmocka_unit_test(encode_limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
