/* SPDX-License-Identifier: Apache-2.0 */
/* Parts that tell nothing: a split set with firmware that starts at once, and a file on a card. */
#include <stdio.h>
#include <string.h>

#include "tests/unit/unit.h"
#include "tests/unit/vchip/vchip_support.h"
#include "vchip/blob.h"
#include "vchip/card.h"
#include "vchip/chip_storage.h"
#include "vchip/enclave.h"
#include "vchip/memory.h"
#include "vchip/prov_fw.h"
#include "vchip/uboot.h"

enum { SET_ROOM = 20000, SAID_ROOM = 4096 };

static struct eg_tc_bench b;
static uint8_t set_room[SET_ROOM];
static char said[SAID_ROOM];
static size_t said_len;

static void hear(void *context, struct eg_span bytes)
{
    (void)context;
    assert_true(said_len + bytes.len < sizeof(said));
    memcpy(said + said_len, bytes.ptr, bytes.len);
    said_len += bytes.len;
    said[said_len] = '\0';
}

static struct eg_span begin(const char *family)
{
    struct eg_writer set;
    eg_tc_setup(&b, family);
    eg_tc_fresh_chip(&b);
    eg_writer_init(&set, set_room, sizeof(set_room));
    eg_tc_good_set(&b, &set);
    said_len = 0;
    said[0] = '\0';
    return eg_writer_span(&set);
}

static void check_provisioned(void)
{
    uint8_t hash[32], room[64];
    struct eg_writer w;
    assert_true(b.part.ran);
    assert_int_equal(b.part.last_result, EG_PROV_PASS);
    assert_int_equal(eg_chip_life_cycle(b.chip), b.family->life_cycle_closed);
    assert_true(eg_chip_boot_key_hash(b.chip, hash));
    assert_memory_equal(hash, eg_tc_boot_hash, sizeof(hash));
    eg_writer_init(&w, room, sizeof(room));
    assert_int_equal(eg_enclave_read(&b.part, 0x10000002, &w), EG_PSA_SUCCESS);
    assert_int_equal(w.len, sizeof(eg_tc_text));
    assert_memory_equal(room, eg_tc_text, sizeof(eg_tc_text));
}

/* Everything by what the part has: the first two objects of the set go to their own place. */
static void write_split(struct eg_span set)
{
    struct eg_reader r;
    struct eg_vblob o;
    eg_reader_init(&r, set);
    assert_ok(eg_vblob_take(&r, &o));
    assert_ok(eg_vblob_take(&r, &o));
    assert_ok(eg_memory_write(&b.part, b.family->objects_address,
                              eg_span(set.ptr, set.len - r.rest.len)));
    assert_ok(eg_memory_write(&b.part, b.family->external_address, r.rest));
}

static void split_provisions_when_started(void **state)
{
    (void)state;
    write_split(begin("kw45b41z8"));
    assert_false(b.part.ran);
    assert_ok(eg_prov_start(&b.part));
    check_provisioned();
    uint64_t writes = b.chip->writes;
    assert_ok(eg_prov_start(&b.part)); /* again, on what lies there */
    check_provisioned();
    assert_int_equal(b.chip->writes, writes);
    eg_part_power_off(&b.part);
    assert_false(b.part.ran);
    eg_tc_teardown(&b);
}

static void another_enclaves_objects_are_refused(void **state)
{
    static struct eg_tc_bench other;
    struct eg_writer set;
    (void)state;
    (void)begin("kw45b41z8");
    eg_tc_setup(&other, "mimx9352");
    eg_writer_init(&set, set_room, sizeof(set_room));
    eg_tc_good_set(&other, &set);
    write_split(eg_writer_span(&set));
    assert_ok(eg_prov_start(&b.part));
    assert_int_equal(b.part.last_result, EG_PROV_BAD_OBJECT);
    assert_int_equal(eg_chip_life_cycle(b.chip), b.family->life_cycle_open);
    eg_tc_teardown(&other);
    eg_tc_teardown(&b);
}

static void an_object_beyond_the_limit_is_refused(void **state)
{
    static const uint8_t content[1000] = {1};
    struct eg_tc_keys keys;
    struct eg_writer w;
    (void)state;
    (void)begin("kw45b41z8");
    eg_tc_import_keys(&b, NULL, b.family->life_cycle_open, &keys);
    struct eg_tc_object o = eg_tc_file(0x10000009, EG_SPAN_OF(content), EG_LC_OPEN);
    eg_tc_for_enclave(&b, &o);
    eg_writer_init(&w, set_room, sizeof(set_room));
    eg_tc_encode(b.crypto, &o, &keys, &w);
    assert_true(w.len > b.family->object_bytes_max);
    assert_ok(eg_memory_write(&b.part, b.family->external_address, eg_writer_span(&w)));
    assert_ok(eg_prov_start(&b.part));
    assert_int_equal(b.part.last_result, EG_PROV_TOO_LARGE);
    eg_tc_teardown(&b);
}

static void a_forced_word_changes_nothing_and_comes_once(void **state)
{
    (void)state;
    write_split(begin("kw45b41z8"));
    uint64_t writes = b.chip->writes;
    b.part.forced_result = 0xA500D002;
    assert_ok(eg_prov_start(&b.part));
    assert_int_equal(b.part.last_result, 0xA500D002);
    assert_int_equal(b.chip->writes, writes);
    assert_ok(eg_prov_start(&b.part));
    check_provisioned();
    eg_tc_teardown(&b);
}

/* ---- console --------------------------------------------------------------------------------- */

static struct eg_uboot console;

static const char *tell(const char *line)
{
    said_len = 0;
    said[0] = '\0';
    eg_uboot_input(&console, eg_span_str(line));
    return said;
}

static void tellf_words(struct eg_span set)
{
    for (size_t at = 0; at < set.len; at += 4) {
        char line[64];
        uint8_t word[4] = {0};
        memcpy(word, set.ptr + at, set.len - at < 4 ? set.len - at : 4);
        (void)snprintf(line, sizeof(line), "mw.l 0x%x %x\n",
                       (unsigned)(b.family->objects_address + at), (unsigned)eg_load_le32(word));
        tell(line);
    }
}

static void console_answers_as_hosts_read_it(void **state)
{
    (void)state;
    (void)begin("mimx9352");
    eg_uboot_init(&console, &b.part, hear, NULL);
    assert_string_equal(tell("invalid\n"),
                        "invalid\r\nUnknown command 'invalid' - try 'help'\r\n=> ");
    assert_non_null(strstr(tell("fuse read 6 0 4\n"), "\nWord 0x00000000: a3a2a1a0 a7a6a5a4 "));
    assert_string_equal(tell("mw.l 0x82000000 34333231\n"), "mw.l 0x82000000 34333231\r\n=> ");
    tell("mw.l 82000004 38373635\n");
    tell("mw.l 82000008 39\n");
    assert_non_null(strstr(tell("crc32 0x82000000 0x9\n"), "==> cbf43926\r\n=> "));
    assert_non_null(strstr(tell("mw.l 0 1\n"), "Abort"));
    assert_non_null(strstr(tell("crc32 0x82000000 0\n"), "Usage"));
    assert_non_null(strstr(tell("fatwrite mmc 1:1 82000000 a.bin 4\n"), "Bad device"));
    assert_non_null(strstr(tell("fatwrite mmc 0:1 82000000 a.bin fffff\n"), "Unable to write"));
    assert_non_null(strstr(tell("fuse read 18 0 8\n"), "00000000 00000000 00000000 00000000"));
    eg_tc_teardown(&b);
}

static void a_line_too_long_is_dropped_whole(void **state)
{
    char line[2 * EG_UBOOT_LINE_MAX];
    (void)state;
    (void)begin("mimx9352");
    eg_uboot_init(&console, &b.part, hear, NULL);
    memset(line, 'x', sizeof(line));
    line[sizeof(line) - 2] = '\n';
    line[sizeof(line) - 1] = '\0';
    assert_non_null(strstr(tell(line), "## line too long\r\n=> "));
    assert_non_null(strstr(tell("setenv mmcdev 0\n"), "\r\n=> "));
    eg_tc_teardown(&b);
}

static void what_was_half_typed_is_not_carried_out(void **state)
{
    (void)state;
    (void)begin("mimx9352");
    eg_uboot_init(&console, &b.part, hear, NULL);
    assert_string_equal(tell("boot\x03"), "boot<INTERRUPT>\r\n=> ");
    assert_string_equal(tell("\n"), "\r\n=> ");
    assert_false(b.part.linux_runs);
    char line[EG_UBOOT_LINE_MAX + 3];
    memset(line, 'x', sizeof(line) - 1);
    line[sizeof(line) - 2] = '\x03';
    line[sizeof(line) - 1] = '\0';
    assert_non_null(strstr(tell(line), "<INTERRUPT>\r\n=> ")); /* too long already */
    assert_string_equal(tell("setenv a\n"), "setenv a\r\n=> ");
    eg_tc_teardown(&b);
}

static void linux_imports_the_file_and_has_the_line(void **state)
{
    char line[64];
    struct eg_span set = begin("mimx9352");
    (void)state;
    eg_uboot_init(&console, &b.part, hear, NULL);
    tellf_words(set);
    (void)snprintf(line, sizeof(line), "fatwrite mmc 0:1 82000000 assets.bin %zx\n", set.len);
    assert_non_null(strstr(tell(line), "bytes written"));
    assert_false(b.part.ran);
    assert_non_null(strstr(tell("run bsp_bootcmd\n"), "Starting kernel"));
    check_provisioned();
    assert_string_equal(tell("invalid\n"), "");
    uint64_t writes = b.chip->writes;
    eg_part_reset(&b.part, false);
    assert_non_null(strstr(tell("boot\n"), "Starting kernel"));
    check_provisioned();
    assert_int_equal(b.chip->writes, writes);
    eg_tc_teardown(&b);
}

static void a_file_without_its_header_is_none(void **state)
{
    struct eg_card_file file;
    struct eg_span set = begin("mimx9352");
    (void)state;
    b.chip->cut_after = 2; /* content only */
    assert_status(eg_card_write(b.chip, eg_span_str("a"), set), VCHIP_NO_POWER);
    assert_false(eg_card_find_objects(b.chip, &file));
    eg_tc_reopen(&b);
    assert_ok(eg_card_write(b.chip, eg_span_str("a"), set));
    assert_true(eg_card_find_objects(b.chip, &file));
    assert_int_equal(file.len, set.len);
    for (int i = 0; i < EG_CARD_FILES_MAX - 1; i++) {
        char name[2] = {(char)('b' + i), '\0'};
        assert_ok(eg_card_write(b.chip, eg_span_str(name), eg_span_str("text")));
    }
    assert_status(eg_card_write(b.chip, eg_span_str("z"), eg_span_str("text")), VCHIP_RANGE);
    assert_ok(eg_card_write(b.chip, eg_span_str("b"), eg_span_str("other")));
    eg_tc_teardown(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(split_provisions_when_started),
        cmocka_unit_test(another_enclaves_objects_are_refused),
        cmocka_unit_test(an_object_beyond_the_limit_is_refused),
        cmocka_unit_test(a_forced_word_changes_nothing_and_comes_once),
        cmocka_unit_test(console_answers_as_hosts_read_it),
        cmocka_unit_test(a_line_too_long_is_dropped_whole),
        cmocka_unit_test(what_was_half_typed_is_not_carried_out),
        cmocka_unit_test(linux_imports_the_file_and_has_the_line),
        cmocka_unit_test(a_file_without_its_header_is_none),
    };
    return cmocka_run_group_tests_name("vchip_families", tests, NULL, NULL);
}
