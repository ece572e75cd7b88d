/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "lib/base/uuid.h"
#include "lib/wire/mcuboot_frame.h"
#include "tests/unit/unit.h"
#include "tests/unit/wire/vectors.h"

#define VECTORS "mcuboot"

static const struct {
    const char *name;
    struct eg_mcuboot_packet packet;
} packets[] = {
    {"get_property_12", {7, 0, 2, {0x12, 0}}},
    {"get_property_0b", {7, 0, 2, {0x0B, 0}}},
    {"max_packet_256", {0xA7, 0, 2, {0, 256}}},
    {"write_memory", {4, 1, 3, {0x20000100, 0x2A9, 0}}},
    {"write_memory_ok", {0xA0, 0, 2, {0, 4}}},
    {"receive_sb", {8, 1, 1, {0x140}}},
    {"receive_sb_ok", {0xA0, 0, 2, {0, 8}}},
    {"reset", {0x0B, 0, 0, {0}}},
    {"reset_ok", {0xA0, 0, 2, {0, 0x0B}}},
    {"el2go_version", {0x20, 0, 1, {1}}},
    {"el2go_version_is_10203", {0xB6, 0, 2, {0, 0x00010203}}},
    {"close_device", {0x20, 0, 3, {2, 0x001C0000, 0}}},
    {"close_device_dry_run", {0x20, 0, 3, {2, 0x084B0000, 1}}},
    {"pass", {0xB6, 0, 2, {0, EG_MCUBOOT_EL2GO_PASS}}},
    {"fail_a500d002", {0xB6, 0, 2, {0, 0xA500D002}}},
    {"batch", {0x20, 0, 4, {3, 0x084B0000, 0, 0xFFFFFFFF}}},
    {"batch_report_70", {0xB6, 1, 3, {0, EG_MCUBOOT_EL2GO_PASS, 0x70}}},
    {"batch_end", {0xA0, 0, 2, {0, 0x20}}},
};

static void packets_become_the_known_bytes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(packets) / sizeof(packets[0]); i++) {
        struct vector frame = vector_read(VECTORS, "frame", packets[i].name);
        uint8_t room[64];
        struct eg_writer w;

        eg_writer_init(&w, room, sizeof(room));
        eg_mcuboot_packet_put(&w, &packets[i].packet);
        assert_ok(w.status);
        assert_true(eg_span_equal(eg_writer_span(&w), vector_span(&frame)));
    }
}

static void known_bytes_become_packets(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(packets) / sizeof(packets[0]); i++) {
        struct vector bytes = vector_read(VECTORS, "frame", packets[i].name);
        struct eg_mcuboot_frame frame;
        struct eg_mcuboot_packet packet;
        size_t used;

        assert_ok(eg_mcuboot_frame_decode(vector_span(&bytes), &frame, &used));
        assert_int_equal(used, bytes.len);
        assert_ok(eg_mcuboot_packet_decode(&frame, &packet));
        assert_memory_equal(&packet, &packets[i].packet, sizeof(packet));
    }
}

static void the_unique_id_is_five_words(void **state)
{
    struct vector bytes = vector_read(VECTORS, "frame", "unique_id");
    struct vector raw = vector_read(VECTORS, "uuid", "raw");
    struct eg_mcuboot_frame frame;
    struct eg_mcuboot_packet packet;
    struct eg_uuid uuid;
    char text[EG_UUID_DEC_MAX + 1];
    size_t used;

    (void)state;
    assert_ok(eg_mcuboot_frame_decode(vector_span(&bytes), &frame, &used));
    assert_ok(eg_mcuboot_packet_decode(&frame, &packet));
    assert_int_equal(packet.tag, EG_MCUBOOT_ANS_GET_PROPERTY);
    assert_int_equal(packet.count, 5);
    assert_int_equal(packet.words[1], 0x33221100);
    for (size_t i = 0; i < 4; i++) {
        eg_store_le32(uuid.bytes + 4 * i, packet.words[1 + i]);
    }
    assert_memory_equal(uuid.bytes, raw.bytes, EG_UUID_LEN);
    eg_uuid_to_dec(&uuid, text);
    assert_string_equal(text, "88962710306127702866241727433142015");
}

static void the_checksum_is_xmodem(void **state)
{
    struct vector input = vector_read(VECTORS, "crc", "input");
    struct vector crc = vector_read(VECTORS, "crc", "crc");

    (void)state;
    assert_int_equal(eg_crc16_xmodem(vector_span(&input)), crc.bytes[0] << 8 | crc.bytes[1]);
    assert_int_equal(eg_crc16_xmodem(eg_span(NULL, 0)), 0);
}

static void a_ping_answer_goes_both_ways(void **state)
{
    struct vector bytes = vector_read(VECTORS, "frame", "ping_response_1_3_0");
    const struct eg_mcuboot_ping ping = {0x50010300, 0};
    struct eg_mcuboot_frame frame;
    struct eg_mcuboot_ping back;
    uint8_t room[16];
    struct eg_writer w;
    size_t used;

    (void)state;
    eg_writer_init(&w, room, sizeof(room));
    eg_mcuboot_ping_put(&w, &ping);
    assert_true(eg_span_equal(eg_writer_span(&w), vector_span(&bytes)));
    assert_ok(eg_mcuboot_frame_decode(vector_span(&bytes), &frame, &used));
    assert_int_equal(used, 10);
    assert_ok(eg_mcuboot_ping_decode(&frame, &back));
    assert_int_equal(back.version, ping.version);
    assert_int_equal(back.options, 0);
    frame.type = EG_MCUBOOT_DATA;
    assert_status(eg_mcuboot_ping_decode(&frame, &back), WIRE_BAD_FRAME);
}

static void short_frames_go_both_ways(void **state)
{
    static const uint8_t types[] = {0xA1, 0xA2, 0xA3, 0xA6};

    (void)state;
    for (size_t i = 0; i < sizeof(types); i++) {
        const struct eg_mcuboot_frame frame = {(enum eg_mcuboot_frame_type)types[i], {NULL, 0}};
        struct eg_mcuboot_frame back;
        uint8_t room[4];
        struct eg_writer w;
        size_t used;

        eg_writer_init(&w, room, sizeof(room));
        eg_mcuboot_frame_put(&w, &frame);
        assert_int_equal(w.len, 2);
        assert_int_equal(room[0], 0x5A);
        assert_int_equal(room[1], types[i]);
        assert_ok(eg_mcuboot_frame_decode(eg_writer_span(&w), &back, &used));
        assert_int_equal(back.type, types[i]);
        assert_int_equal(used, 2);
    }
}

static void data_frames_carry_anything(void **state)
{
    static const uint8_t lengths[] = {0, 1, 32, 255};
    uint8_t data[256], room[300];

    (void)state;
    for (size_t i = 0; i < sizeof(data); i++) {
        data[i] = (uint8_t)(i * 7);
    }
    for (size_t i = 0; i < sizeof(lengths); i++) {
        const struct eg_mcuboot_frame frame = {EG_MCUBOOT_DATA, eg_span(data, lengths[i])};
        struct eg_mcuboot_frame back;
        struct eg_writer w;
        size_t used;

        eg_writer_init(&w, room, sizeof(room));
        eg_mcuboot_frame_put(&w, &frame);
        assert_ok(eg_mcuboot_frame_decode(eg_writer_span(&w), &back, &used));
        assert_int_equal(back.type, EG_MCUBOOT_DATA);
        assert_true(eg_span_equal(back.payload, frame.payload));
        assert_int_equal(used, w.len);
    }
}

static void zeros_and_a_lone_a1_are_tolerated(void **state)
{
    static const uint8_t waiting[] = {0, 0, 0};
    static const uint8_t late[] = {0, 0, 0x5A, 0xA1};
    static const uint8_t lone[] = {0, 0xA1, 0x5A};
    struct eg_mcuboot_frame frame;
    size_t used;

    (void)state;
    assert_status(eg_mcuboot_frame_decode(EG_SPAN_OF(waiting), &frame, &used), TRUNCATED);
    assert_int_equal(used, 3);
    assert_ok(eg_mcuboot_frame_decode(EG_SPAN_OF(late), &frame, &used));
    assert_int_equal(used, 4);
    assert_ok(eg_mcuboot_frame_decode(EG_SPAN_OF(lone), &frame, &used));
    assert_int_equal(frame.type, EG_MCUBOOT_ACK);
    assert_int_equal(used, 2);
}

static void a_frame_that_is_not_all_there_asks_for_more(void **state)
{
    static const char *const names[] = {"unique_id", "ping_response_1_3_0"};
    struct eg_mcuboot_frame frame;
    size_t used;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct vector bytes = vector_read(VECTORS, "frame", names[i]);

        for (size_t len = 0; len < bytes.len; len++) {
            assert_status(eg_mcuboot_frame_decode(eg_span(bytes.bytes, len), &frame, &used),
                          TRUNCATED);
            assert_int_equal(used, 0);
        }
    }
}

static void altered_frames_are_refused(void **state)
{
    static const char *const names[] = {"unique_id", "ping_response_1_3_0"};

    (void)state;
    for (size_t n = 0; n < 2; n++) {
        struct vector bytes = vector_read(VECTORS, "frame", names[n]);

        for (size_t i = 4; i < bytes.len; i++) {
            struct eg_mcuboot_frame frame;
            size_t used;

            bytes.bytes[i] ^= 1;
            assert_status(eg_mcuboot_frame_decode(vector_span(&bytes), &frame, &used),
                          WIRE_BAD_CRC);
            assert_int_equal(used, 1);
            assert_null(frame.payload.ptr);
            bytes.bytes[i] ^= 1;
        }
    }
}

static void junk_is_not_a_frame(void **state)
{
    static const uint8_t junk[][6] = {
        {0x41, 0xA1, 0, 0, 0, 0}, {0x5A, 0x5A, 0, 0, 0, 0}, {0x5A, 0xA4, 0x01, 0x10, 0, 0}};
    struct eg_mcuboot_frame frame;
    size_t used;

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        assert_status(eg_mcuboot_frame_decode(EG_SPAN_OF(junk[i]), &frame, &used), WIRE_BAD_FRAME);
        assert_int_equal(used, 1);
    }
}

static void a_packet_says_its_length_truly(void **state)
{
    uint8_t body[4 + 4 * 65] = {0xA0, 0, 0, 2};
    struct eg_mcuboot_frame frame = {EG_MCUBOOT_COMMAND, {body, 12}};
    struct eg_mcuboot_packet packet;

    (void)state;
    assert_ok(eg_mcuboot_packet_decode(&frame, &packet));
    frame.payload.len = 11;
    assert_status(eg_mcuboot_packet_decode(&frame, &packet), WIRE_BAD_FRAME);
    frame.payload.len = 16;
    assert_status(eg_mcuboot_packet_decode(&frame, &packet), WIRE_BAD_FRAME);
    frame.payload.len = 3;
    assert_status(eg_mcuboot_packet_decode(&frame, &packet), WIRE_BAD_FRAME);
    body[3] = 65; /* more words than a packet has here */
    frame.payload.len = sizeof(body);
    assert_status(eg_mcuboot_packet_decode(&frame, &packet), WIRE_BAD_FRAME);
    body[3] = 2;
    frame.payload.len = 12;
    frame.type = EG_MCUBOOT_DATA;
    assert_status(eg_mcuboot_packet_decode(&frame, &packet), WIRE_BAD_FRAME);
}

static void frames_that_cannot_be_are_not_made(void **state)
{
    static uint8_t big[EG_MCUBOOT_PAYLOAD_MAX + 1];
    static uint8_t room[2 * EG_MCUBOOT_PAYLOAD_MAX];
    const struct eg_mcuboot_frame bad[] = {{EG_MCUBOOT_DATA, EG_SPAN_OF(big)},
                                           {EG_MCUBOOT_ACK, eg_span(big, 1)},
                                           {EG_MCUBOOT_PING_RESPONSE, eg_span(big, 5)}};
    struct eg_mcuboot_packet packet = {0xA0, 0, EG_MCUBOOT_WORDS_MAX + 1, {0}};
    struct eg_writer w;

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        eg_writer_init(&w, room, sizeof(room));
        eg_mcuboot_frame_put(&w, &bad[i]);
        assert_status(w.status, WIRE_BAD_LENGTH);
        assert_int_equal(w.len, 0);
    }
    eg_writer_init(&w, room, sizeof(room));
    eg_mcuboot_packet_put(&w, &packet);
    assert_status(w.status, WIRE_BAD_LENGTH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packets_become_the_known_bytes),
        cmocka_unit_test(known_bytes_become_packets),
        cmocka_unit_test(the_unique_id_is_five_words),
        cmocka_unit_test(the_checksum_is_xmodem),
        cmocka_unit_test(a_ping_answer_goes_both_ways),
        cmocka_unit_test(short_frames_go_both_ways),
        cmocka_unit_test(data_frames_carry_anything),
        cmocka_unit_test(zeros_and_a_lone_a1_are_tolerated),
        cmocka_unit_test(a_frame_that_is_not_all_there_asks_for_more),
        cmocka_unit_test(altered_frames_are_refused),
        cmocka_unit_test(junk_is_not_a_frame),
        cmocka_unit_test(a_packet_says_its_length_truly),
        cmocka_unit_test(frames_that_cannot_be_are_not_made),
    };
    return cmocka_run_group_tests_name("mcuboot_frame", tests, NULL, NULL);
}
