/* SPDX-License-Identifier: Apache-2.0 */
/* The chip's framing and commands against the published byte strings. */
#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"
#include "tests/unit/unit.h"
#include "tests/unit/vchip/vchip_support.h"
#include "vchip/mcuboot.h"

static struct eg_tc_bench bench;
static struct eg_mcuboot machine;
static uint8_t sent[1 << 16];
static size_t sent_len;

static void emit(void *context, struct eg_span bytes)
{
    (void)context;
    assert_true(sent_len + bytes.len <= sizeof(sent));
    memcpy(sent + sent_len, bytes.ptr, bytes.len);
    sent_len += bytes.len;
}

static void start(const char *family)
{
    eg_tc_setup(&bench, family);
    assert_status(eg_uuid_from_hex(eg_span_str("00112233445566778899aabbccddeeff"), &bench.uuid),
                  OK);
    eg_tc_fresh_chip(&bench);
    eg_mcuboot_init(&machine, &bench.part, emit, NULL);
}

static void stop(void)
{
    eg_mcuboot_cleanup(&machine);
    eg_tc_teardown(&bench);
}

static size_t from_hex(const char *hex, uint8_t *out)
{
    size_t len = strlen(hex) / 2;
    assert_status(eg_hex_decode(eg_span_str(hex), out, len), OK);
    return len;
}

static void say(const char *hex)
{
    uint8_t bytes[1024];
    size_t len = from_hex(hex, bytes);
    sent_len = 0;
    eg_mcuboot_input(&machine, eg_span(bytes, len));
}

static void hear(const char *hex)
{
    uint8_t bytes[1024];
    size_t len = from_hex(hex, bytes);
    assert_int_equal(sent_len, len);
    assert_memory_equal(sent, bytes, len);
}

#define ACK "5aa1"

static void data_frame(const uint8_t *data, size_t len)
{
    uint8_t room[EG_FRAME_LEN_MAX];
    struct eg_writer w;
    eg_writer_init(&w, room, sizeof(room));
    eg_frame_encode(&w, EG_FRAME_DATA, eg_span(data, len));
    eg_mcuboot_input(&machine, eg_writer_span(&w));
}

static void crc_is_xmodem(void **state)
{
    (void)state;
    assert_int_equal(eg_frame_crc(0, eg_span_str("123456789")), 0x31C3);
}

static void queries_are_answered_byte_for_byte(void **state)
{
    (void)state;
    start("mcxn947");
    say("5aa6");
    hear("5aa7000301500000fb40");
    say("5aa40c008ac6070000021200000000000000");
    hear(ACK "5aa4180055b8a70000050000000000112233445566778899aabbccddeeff");
    say("5aa40c0037a2070000020b00000000000000");
    hear(ACK "5aa40c00a987a70000020000000000010000");
    stop();
}

static void objects_are_written_and_read_back(void **state)
{
    uint8_t data[0x2A9];
    uint8_t back[0x2A9];
    (void)state;
    start("mcxn947");
    for (size_t i = 0; i < sizeof(data); i++) {
        data[i] = (uint8_t)(i * 7);
    }
    say("5aa410004f690401000300010020a902000000000000");
    hear(ACK "5aa40c002372a00000020000000004000000");
    sent_len = 0;
    data_frame(data, 256);
    data_frame(data + 256, 256);
    hear(ACK ACK);
    sent_len = 0;
    data_frame(data + 512, sizeof(data) - 512);
    hear(ACK "5aa40c002372a00000020000000004000000");
    assert_memory_equal(bench.part.ram + 0x100, data, sizeof(data));

    /* Read back: a frame for each ACK, then the final response. */
    uint8_t request[] = {0x5a, 0xa4, 16,   0,    0, 0, 0x03, 0, 0, 3, 0,
                         1,    0,    0x20, 0xa9, 2, 0, 0,    0, 0, 0, 0};
    uint16_t crc = eg_frame_crc(eg_frame_crc(0, eg_span(request, 4)), eg_span(request + 6, 16));
    request[4] = (uint8_t)crc;
    request[5] = (uint8_t)(crc >> 8);
    sent_len = 0;
    eg_mcuboot_input(&machine, EG_SPAN_OF(request));
    assert_int_equal(sent[8], 0xA3);
    for (size_t at = 0; at < sizeof(back); at += 256) {
        size_t len = sizeof(back) - at < 256 ? sizeof(back) - at : 256;
        say(ACK);
        assert_int_equal(sent_len, 6 + len);
        memcpy(back + at, sent + 6, len);
    }
    assert_memory_equal(back, data, sizeof(data));
    say(ACK);
    assert_int_equal(sent[6], 0xA0);
    assert_int_equal(sent[14], 0x03);
    stop();
}

static void firmware_gives_the_el2go_commands(void **state)
{
    uint8_t sb[0x140] = {0};
    (void)state;
    start("mcxn947");
    say("5aa4080003682000000101000000"); /* not loaded: unknown command, 10000 */
    assert_int_equal(eg_load_le32(sent + 12), 10000);
    say("5aa40800c89a0801000140010000");
    hear(ACK "5aa40c00113da00000020000000008000000");
    sent_len = 0;
    data_frame(sb, 256);
    data_frame(sb + 256, 64);
    hear(ACK ACK "5aa40c00113da00000020000000008000000");
    say("5aa4080003682000000101000000");
    assert_int_equal(sent[8], 0xB6);
    assert_int_equal(eg_load_le32(sent + 12), 0);
    assert_int_equal(eg_load_le32(sent + 16), 0x00010000);
    say("5aa410004ed6200000030200000000001c0000000000"); /* no objects there */
    assert_int_equal(eg_load_le32(sent + 16), 0xA50AB518);
    say("5aa41400bbbe200000040300000000004b0800000000ffffffff"); /* batch: another firmware */
    assert_int_equal(eg_load_le32(sent + 16), 0xA500CB11);
    say("5aa404006f460b000000");
    hear(ACK "5aa40c00cda6a0000002000000000b000000");
    say("5aa4080003682000000101000000"); /* gone with the reset */
    assert_int_equal(eg_load_le32(sent + 12), 10000);
    stop();
}

static void a_result_word_travels_as_published(void **state)
{
    uint8_t payload[12] = {0xb6, 0, 0, 2, 0, 0, 0, 0, 0x02, 0xd0, 0x00, 0xa5};
    uint8_t room[32];
    uint8_t want[32];
    struct eg_writer w;
    (void)state;
    eg_writer_init(&w, room, sizeof(room));
    eg_frame_encode(&w, EG_FRAME_COMMAND, EG_SPAN_OF(payload));
    assert_int_equal(w.len, from_hex("5aa40c000fe9b60000020000000002d000a5", want));
    assert_memory_equal(room, want, w.len);
}

static void noise_and_damage(void **state)
{
    (void)state;
    start("mcxn947");
    say("5aa40c008bc6070000021200000000000000"); /* wrong CRC */
    hear("5aa2");
    say("0000ff5a5aa6"); /* noise before a ping */
    hear("5aa7000301500000fb40");
    say("5aa4ffff");
    say("0000");
    hear("5aa2"); /* longer than a packet may be */
    say(ACK);
    hear(""); /* an ACK between commands is no event */
    stop();
}

static void write_memory(uint32_t address, uint32_t len, uint32_t expected)
{
    uint8_t request[22] = {0x5a, 0xa4, 16, 0, 0, 0, 0x04, 1, 0, 3};
    eg_store_le32(request + 10, address);
    eg_store_le32(request + 14, len);
    uint16_t crc = eg_frame_crc(eg_frame_crc(0, eg_span(request, 4)), eg_span(request + 6, 16));
    request[4] = (uint8_t)crc;
    request[5] = (uint8_t)(crc >> 8);
    sent_len = 0;
    eg_mcuboot_input(&machine, EG_SPAN_OF(request));
    assert_int_equal(sent[8], 0xA0);
    assert_int_equal(eg_load_le32(sent + 12), expected);
}

static void ranges_are_checked(void **state)
{
    (void)state;
    start("mcxn947");
    write_memory(0x30000000, 4, 10200);          /* nowhere */
    write_memory(0x2005FFFF, 2, 10200);          /* over the end of the RAM */
    write_memory(0x001FFFFF, 0x10000002, 10200); /* over the end of the flash */
    write_memory(0xFFFFFFFF, 0xFFFFFFFF, 10200); /* wraps */
    write_memory(0x20000000, 0, 10200);
    write_memory(0x01004000, 256, 10200); /* the IFR page is written whole */
    write_memory(0x01004000, 512, 0);
    stop();
}

static void rw612_starts_its_firmware_by_reset(void **state)
{
    (void)state;
    start("rw612");
    say("5aa40800c89a0801000140010000"); /* no SB files on this family */
    assert_int_equal(eg_load_le32(sent + 12), 10000);
    uint8_t firmware[64] = {0, 0, 1, 0x20, 1, 2, 3, 4};
    write_memory(0x08001000, sizeof(firmware), 0);
    data_frame(firmware, sizeof(firmware));
    say("5aa4080003682000000101000000");
    assert_int_equal(eg_load_le32(sent + 12), 10000); /* written, not started */
    say("5aa404006f460b000000");
    say("5aa4080003682000000101000000");
    assert_int_equal(eg_load_le32(sent + 12), 0);
    eg_tc_reopen(&bench);
    say("5aa4080003682000000101000000"); /* it stands in flash */
    assert_int_equal(eg_load_le32(sent + 12), 0);
    stop();
}

static void silence_without_power(void **state)
{
    (void)state;
    start("mcxn947");
    eg_part_power_off(&bench.part);
    say("5aa6");
    hear("");
    eg_part_power_on(&bench.part, false);
    say("5aa6");
    hear("5aa7000301500000fb40");
    stop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(crc_is_xmodem),
        cmocka_unit_test(queries_are_answered_byte_for_byte),
        cmocka_unit_test(objects_are_written_and_read_back),
        cmocka_unit_test(firmware_gives_the_el2go_commands),
        cmocka_unit_test(a_result_word_travels_as_published),
        cmocka_unit_test(noise_and_damage),
        cmocka_unit_test(ranges_are_checked),
        cmocka_unit_test(rw612_starts_its_firmware_by_reset),
        cmocka_unit_test(silence_without_power),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
