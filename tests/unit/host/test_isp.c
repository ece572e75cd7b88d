/* SPDX-License-Identifier: Apache-2.0 */
/* McuBoot host side against scripted lines. Frames are those captured from el2go-host. */
#include <string.h>

#include "host/lib/isp.h"
#include "lib/base/text.h"
#include "tests/unit/host/fake_line.h"
#include "tests/unit/unit.h"

#define ACK          "5aa1"
#define NAK          "5aa2"
#define ABORT        "5aa3"
#define PING         "5aa6"
#define PONG_OK      "5aa7000301500000fb40"
#define GET_UUID     "5aa40c008ac6070000021200000000000000"
#define UUID_IS      "5aa4180055b8a70000050000000000112233445566778899aabbccddeeff"
#define GET_MAX      "5aa40c0037a2070000020b00000000000000"
#define MAX_256      "5aa40c00a987a70000020000000000010000"
#define WRITE_OK     "5aa40c002372a00000020000000004000000"
#define VERSION      "5aa4080003682000000101000000"
#define VERSION_IS   "5aa40c003142b60000020000000003020100"
#define CLOSE_MCX    "5aa410004ed6200000030200000000001c0000000000"
#define CLOSE_RW_DRY "5aa41000021a200000030200000000004b0801000000"
#define PASS         "5aa40c00e81ab6000002000000005a5a5a5a"
#define FAILED       "5aa40c000fe9b60000020000000002d000a5"
#define RESET        "5aa404006f460b000000"
#define RESET_OK     "5aa40c00cda6a0000002000000000b000000"
#define SB_320       "5aa40800c89a0801000140010000"
#define SB_OK        "5aa40c00113da00000020000000008000000"

/* What ends a torn frame before the second ping: zeros for the longest frame, 6 + 1024 bytes. */
#define Z4        "00000000"
#define Z16       Z4 Z4 Z4 Z4
#define Z64       Z16 Z16 Z16 Z16
#define Z256      Z64 Z64 Z64 Z64
#define TORN_FILL Z256 Z256 Z256 Z256 Z4 "0000"

static struct eg_transport line;
static struct fake_line fake;
static struct eg_isp isp;

static void script(const struct fake_step *steps)
{
    fake_line_open(&fake, steps, &line);
    eg_isp_init(&isp, &line, 100);
}

static void assert_word(eg_status st, enum eg_status_value want)
{
    assert_string_equal(eg_status_info(st)->name, eg_status_info((eg_status){want})->name);
}

static void test_uuid_keeps_wire_order(void **state)
{
    static const struct fake_step steps[] = {
        {PING, PONG_OK}, {GET_UUID, ACK UUID_IS}, {ACK, NULL}, {NULL, NULL}};
    static const uint8_t want[EG_UUID_LEN] = {0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77,
                                              0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff};
    struct eg_uuid uuid;

    (void)state;
    script(steps);
    assert_word(eg_isp_connect(&isp), EG_E_OK);
    assert_word(eg_isp_uuid(&isp, &uuid), EG_E_OK);
    assert_memory_equal(uuid.bytes, want, sizeof want);
    assert_true(fake_line_done(&fake));
}

static void test_junk_and_not_ready_bytes_are_skipped(void **state)
{
    static const struct fake_step steps[] = {
        {PING, "ffeedd" PONG_OK}, {GET_UUID, ACK "0000" UUID_IS}, {ACK, NULL}, {NULL, NULL}};
    struct eg_uuid uuid;

    (void)state;
    script(steps);
    assert_word(eg_isp_connect(&isp), EG_E_OK);
    assert_word(eg_isp_uuid(&isp, &uuid), EG_E_OK);
    assert_true(fake_line_done(&fake));
}

static void test_connect_gives_up_after_three_pings(void **state)
{
    static const struct fake_step steps[] = {{PING TORN_FILL PING PING, NULL}, {NULL, NULL}};

    (void)state;
    script(steps);
    assert_word(eg_isp_connect(&isp), EG_E_HOST_NO_DEVICE);
    assert_true(fake_line_done(&fake));
}

static void test_connect_answers_on_second_ping(void **state)
{
    static const struct fake_step steps[] = {{PING TORN_FILL, NULL}, {PING, PONG_OK}, {NULL, NULL}};

    (void)state;
    script(steps);
    assert_word(eg_isp_connect(&isp), EG_E_OK);
    assert_true(fake_line_done(&fake));
}

/* 300 bytes: one frame of 256 and one of 44, each taken. */
static void test_write_memory_splits_by_packet_size(void **state)
{
    static const struct fake_step steps[] = {{GET_MAX, ACK MAX_256}, {ACK, NULL}, {NULL, NULL}};
    static uint8_t data[300];

    (void)state;
    script(steps);
    /* the script ends after the size; what is written then is checked by its head */
    assert_word(eg_isp_write_memory(&isp, 0x20000100, EG_SPAN_OF(data)), EG_E_HOST_LINE_TIMEOUT);
    assert_int_equal(isp.max_packet, 256);
    static const uint8_t head[] = {0x5a, 0xa4, 0x10, 0x00};
    assert_memory_equal(fake.written, head, sizeof head);
    static const uint8_t words[] = {0x04, 0x01, 0x00, 0x03, 0x00, 0x01, 0x00, 0x20,
                                    0x2c, 0x01, 0x00, 0x00, 0,    0,    0,    0};
    assert_memory_equal(fake.written + 6, words, sizeof words);
}

static void test_receive_sb_whole(void **state)
{
    static uint8_t file[320];
    struct fake_step steps[6] = {{GET_MAX, ACK MAX_256}, {ACK SB_320, ACK SB_OK}};
    static char frame1[2 * 262 + 5], frame2[2 * 70 + 5];
    uint8_t room[300];
    struct eg_writer w;

    (void)state;
    eg_writer_init(&w, room, sizeof room);
    eg_mcuboot_frame_put(
        &w, &(struct eg_mcuboot_frame){.type = EG_MCUBOOT_DATA, .payload = eg_span(file, 256)});
    memcpy(frame1, ACK, 4);
    eg_hex_encode(eg_writer_span(&w), frame1 + 4);
    eg_writer_init(&w, room, sizeof room);
    eg_mcuboot_frame_put(
        &w, &(struct eg_mcuboot_frame){.type = EG_MCUBOOT_DATA, .payload = eg_span(file, 64)});
    eg_hex_encode(eg_writer_span(&w), frame2);
    steps[2] = (struct fake_step){frame1, ACK};
    steps[3] = (struct fake_step){frame2, ACK SB_OK};
    steps[4] = (struct fake_step){ACK, NULL};
    script(steps);
    assert_word(eg_isp_receive_sb(&isp, EG_SPAN_OF(file)), EG_E_OK);
    assert_true(fake_line_done(&fake));
}

static void test_abort_in_data_phase_tells_the_devices_status(void **state)
{
    /* final answer: status 10102 (0x2776) for write-memory */
    static uint8_t data[4] = {1, 2, 3, 4};
    uint8_t room[64];
    char command[60], frame[60], last[80];
    struct eg_writer w;

    (void)state;
    eg_writer_init(&w, room, sizeof room);
    eg_mcuboot_packet_put(&w, &(struct eg_mcuboot_packet){.tag = EG_MCUBOOT_CMD_WRITE_MEMORY,
                                                          .flags = EG_MCUBOOT_FLAG_DATA,
                                                          .count = 3,
                                                          .words = {0x100, 4, 0}});
    memcpy(command, ACK, 4);
    eg_hex_encode(eg_writer_span(&w), command + 4);
    eg_writer_init(&w, room, sizeof room);
    eg_mcuboot_frame_put(
        &w, &(struct eg_mcuboot_frame){.type = EG_MCUBOOT_DATA, .payload = EG_SPAN_OF(data)});
    memcpy(frame, ACK, 4);
    eg_hex_encode(eg_writer_span(&w), frame + 4);
    eg_writer_init(&w, room, sizeof room);
    eg_mcuboot_packet_put(&w, &(struct eg_mcuboot_packet){
                                  .tag = EG_MCUBOOT_ANS_GENERIC, .count = 2, .words = {0x2776, 4}});
    memcpy(last, ABORT, 4);
    eg_hex_encode(eg_writer_span(&w), last + 4);
    const struct fake_step steps[] = {
        {GET_MAX, ACK MAX_256}, {command, ACK WRITE_OK}, {frame, last}, {ACK, NULL}, {NULL, NULL}};
    script(steps);
    assert_word(eg_isp_write_memory(&isp, 0x100, EG_SPAN_OF(data)), EG_E_HOST_DEVICE_STATUS);
    assert_int_equal(isp.device_status, 0x2776);
    assert_true(fake_line_done(&fake));
}

static void test_refused_command_keeps_the_status(void **state)
{
    /* get-property answered with status 10300: the packet size stays at its default */
    uint8_t room[64];
    char answer[64];
    uint32_t words[EG_MCUBOOT_WORDS_MAX];
    size_t count = 1;
    struct eg_writer w;

    (void)state;
    eg_writer_init(&w, room, sizeof room);
    eg_mcuboot_packet_put(&w, &(struct eg_mcuboot_packet){.tag = EG_MCUBOOT_ANS_GET_PROPERTY,
                                                          .count = 1,
                                                          .words = {10300}});
    memcpy(answer, ACK, 4);
    eg_hex_encode(eg_writer_span(&w), answer + 4);
    const struct fake_step steps[] = {{GET_MAX, answer}, {ACK, NULL}, {NULL, NULL}};
    script(steps);
    assert_word(eg_isp_get_property(&isp, EG_MCUBOOT_PROP_MAX_PACKET, words, &count),
                EG_E_HOST_DEVICE_STATUS);
    assert_int_equal(isp.device_status, 10300);
    assert_int_equal(count, 0);
    assert_true(fake_line_done(&fake));
}

static void test_bad_lines(void **state)
{
    static const struct {
        const char *why;
        struct fake_step steps[3];
        enum eg_status_value want;
    } rows[] = {
        {"no acknowledge", {{VERSION, NULL}}, EG_E_HOST_LINE_TIMEOUT},
        {"not taken", {{VERSION, NAK}}, EG_E_HOST_NAK},
        {"broken off", {{VERSION, ABORT}}, EG_E_HOST_ABORT},
        {"no frame at all", {{VERSION, "77"}}, EG_E_WIRE_BAD_FRAME},
        {"wrong checksum",
         {{VERSION, ACK "5aa40c003143b60000020000000003020100"}},
         EG_E_WIRE_BAD_CRC},
        {"another answer", {{VERSION, ACK WRITE_OK}, {ACK, NULL}}, EG_E_WIRE_BAD_FRAME},
        {"an answer cut short", {{VERSION, ACK "5aa40c00"}}, EG_E_HOST_LINE_TIMEOUT},
    };
    uint32_t version;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        print_message("%s\n", rows[i].why);
        script(rows[i].steps);
        assert_word(eg_isp_el2go_version(&isp, &version), rows[i].want);
        assert_int_equal(version, 0);
        assert_true(fake_line_done(&fake));
    }
}

static void test_version(void **state)
{
    static const struct fake_step steps[] = {{VERSION, ACK VERSION_IS}, {ACK, NULL}, {NULL, NULL}};
    uint32_t version = 0;

    (void)state;
    script(steps);
    assert_word(eg_isp_el2go_version(&isp, &version), EG_E_OK);
    assert_int_equal(version, 0x00010203);
    assert_true(fake_line_done(&fake));
}

static void test_close_device_results(void **state)
{
    static const struct {
        const char *why;
        struct fake_step steps[3];
        uint32_t address;
        bool dry_run;
        enum eg_status_value want;
        uint32_t result;
    } rows[] = {
        {"pass", {{CLOSE_MCX, ACK PASS}, {ACK, NULL}}, 0x001C0000, false, EG_E_OK, 0x5A5A5A5A},
        {"dry run", {{CLOSE_RW_DRY, ACK PASS}, {ACK, NULL}}, 0x084B0000, true, EG_E_OK, 0x5A5A5A5A},
        {"failure word",
         {{CLOSE_MCX, ACK FAILED}, {ACK, NULL}},
         0x001C0000,
         false,
         EG_E_OK,
         0xA500D002},
        {"silence after the command",
         {{CLOSE_MCX, ACK}},
         0x001C0000,
         false,
         EG_E_HOST_NO_FW_ANSWER,
         0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint32_t result = 1;
        print_message("%s\n", rows[i].why);
        script(rows[i].steps);
        assert_word(eg_isp_close_device(&isp, rows[i].address, rows[i].dry_run, 100, &result),
                    rows[i].want);
        assert_int_equal(result, rows[i].result);
        assert_true(fake_line_done(&fake));
    }
}

static void test_power_lost_in_the_run_is_an_unknown_outcome(void **state)
{
    static const struct fake_step steps[] = {{CLOSE_MCX, ACK}, {NULL, NULL}};
    uint32_t result;

    (void)state;
    script(steps);
    fake.is_lost = true;
    assert_word(eg_isp_close_device(&isp, 0x001C0000, false, 100, &result), EG_E_HOST_NO_FW_ANSWER);
}

static void test_reset_with_and_without_answer(void **state)
{
    static const struct fake_step answered[] = {{RESET, ACK RESET_OK}, {ACK, NULL}, {NULL, NULL}};
    static const struct fake_step silent[] = {{RESET, ACK}, {NULL, NULL}};

    (void)state;
    script(answered);
    assert_word(eg_isp_reset(&isp), EG_E_OK);
    assert_true(fake_line_done(&fake));
    script(silent);
    assert_word(eg_isp_reset(&isp), EG_E_OK);
    assert_true(fake_line_done(&fake));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_uuid_keeps_wire_order),
        cmocka_unit_test(test_junk_and_not_ready_bytes_are_skipped),
        cmocka_unit_test(test_connect_gives_up_after_three_pings),
        cmocka_unit_test(test_connect_answers_on_second_ping),
        cmocka_unit_test(test_write_memory_splits_by_packet_size),
        cmocka_unit_test(test_receive_sb_whole),
        cmocka_unit_test(test_abort_in_data_phase_tells_the_devices_status),
        cmocka_unit_test(test_refused_command_keeps_the_status),
        cmocka_unit_test(test_bad_lines),
        cmocka_unit_test(test_version),
        cmocka_unit_test(test_close_device_results),
        cmocka_unit_test(test_power_lost_in_the_run_is_an_unknown_outcome),
        cmocka_unit_test(test_reset_with_and_without_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
