/* SPDX-License-Identifier: Apache-2.0 */
/* Silicon's own rules and the state file behind them. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/unit.h"
#include "tests/unit/vchip/vchip_support.h"
#include "vchip/chip_storage.h"
#include "vchip/memory.h"

static struct eg_tc_bench bench;

static int start(void **state)
{
    (void)state;
    eg_tc_setup(&bench, "mcxn947");
    eg_tc_fresh_chip(&bench);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    eg_tc_teardown(&bench);
    return 0;
}

static const struct eg_family *find_family(const void *context, const char *name)
{
    return eg_families_find(context, name);
}

static off_t file_len(void)
{
    struct stat st;
    assert_int_equal(stat(bench.path, &st), 0);
    return st.st_size;
}

static void a_fresh_chip(void **state)
{
    uint8_t hash[32];
    struct stat st;
    (void)state;
    assert_int_equal(eg_chip_life_cycle(bench.chip), 0x03);
    assert_false(eg_chip_boot_key_hash(bench.chip, hash));
    assert_int_equal(stat(bench.path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_status(eg_chip_create(bench.crypto, bench.dir, bench.family, &bench.uuid, bench.die_key),
                  VCHIP_EXISTS);
}

static void fuses_go_one_way(void **state)
{
    (void)state;
    assert_ok(eg_chip_fuse_burn(bench.chip, 5, 0x00F0));
    assert_ok(eg_chip_fuse_burn(bench.chip, 5, 0x01F0));
    assert_status(eg_chip_fuse_burn(bench.chip, 5, 0x0100), VCHIP_ONE_WAY);
    assert_status(eg_chip_fuse_burn(bench.chip, 5, 0), VCHIP_ONE_WAY);
    assert_int_equal(bench.chip->fuses[5], 0x01F0);
    uint64_t writes = bench.chip->writes;
    assert_ok(eg_chip_fuse_burn(bench.chip, 5, 0x01F0)); /* nothing to do, no write */
    assert_int_equal(bench.chip->writes, writes);
    assert_status(eg_chip_fuse_burn(bench.chip, 64, 1), VCHIP_RANGE);
    eg_tc_reopen(&bench);
    assert_int_equal(bench.chip->fuses[5], 0x01F0);
}

static void flash_is_erased_before_it_is_programmed(void **state)
{
    static const uint8_t a[] = {0x0F, 0xF0}, b[] = {0xFF, 0x00};
    uint8_t back[2];
    (void)state;
    assert_ok(eg_chip_flash_program(bench.chip, 0x4000, EG_SPAN_OF(a)));
    assert_status(eg_chip_flash_program(bench.chip, 0x4000, EG_SPAN_OF(b)), VCHIP_NOT_ERASED);
    assert_ok(eg_chip_flash_erase(bench.chip, 2));
    assert_ok(eg_chip_flash_program(bench.chip, 0x4000, EG_SPAN_OF(b)));
    assert_int_equal(bench.chip->sectors[2].wear, 1);
    assert_status(eg_chip_flash_program(bench.chip, 0x40FF, EG_SPAN_OF(a)), VCHIP_RANGE);
    assert_status(eg_chip_flash_program(bench.chip, 0x200000, EG_SPAN_OF(a)), VCHIP_RANGE);
    assert_status(eg_chip_flash_erase(bench.chip, 256), VCHIP_RANGE);
    uint64_t writes = bench.chip->writes;
    eg_tc_reopen(&bench);
    eg_chip_flash_read(bench.chip, 0x4000, back, sizeof(back));
    assert_memory_equal(back, b, sizeof(b));
    assert_int_equal(bench.chip->sectors[2].wear, 1);
    assert_int_equal(bench.chip->writes, writes);
}

static void the_ifr_page_likewise(void **state)
{
    uint8_t page[512] = {1, 2, 3};
    (void)state;
    assert_ok(eg_chip_ifr_program(bench.chip, EG_SPAN_OF(page)));
    page[0] = 0xFF;
    assert_status(eg_chip_ifr_program(bench.chip, EG_SPAN_OF(page)), VCHIP_NOT_ERASED);
    assert_ok(eg_chip_ifr_erase(bench.chip));
    assert_ok(eg_chip_ifr_program(bench.chip, EG_SPAN_OF(page)));
    assert_int_equal(bench.chip->ifr_wear, 1);
    assert_status(eg_chip_ifr_program(bench.chip, eg_span(page, 511)), VCHIP_RANGE);
    eg_tc_reopen(&bench);
    assert_memory_equal(bench.chip->ifr, page, sizeof(page));
    assert_int_equal(bench.chip->ifr_wear, 1);
}

static void the_ifr_is_shut_once_closed(void **state)
{
    static const uint8_t page[512];
    (void)state;
    assert_ok(eg_memory_write(&bench.part, 0x01004000, EG_SPAN_OF(page)));
    assert_ok(eg_chip_fuse_burn(bench.chip, 8, 0x0F));
    assert_status(eg_memory_write(&bench.part, 0x01004000, EG_SPAN_OF(page)), VCHIP_ONE_WAY);
}

static void power_goes_before_the_write_asked_for(void **state)
{
    (void)state;
    bench.chip->cut_after = 2;
    assert_ok(eg_chip_fuse_burn(bench.chip, 20, 1));
    assert_ok(eg_chip_fuse_burn(bench.chip, 21, 1));
    assert_status(eg_chip_fuse_burn(bench.chip, 22, 1), VCHIP_NO_POWER);
    assert_status(eg_chip_flash_erase(bench.chip, 0), VCHIP_NO_POWER);
    assert_false(bench.chip->powered);
    eg_tc_reopen(&bench);
    assert_int_equal(bench.chip->fuses[21], 1);
    assert_int_equal(bench.chip->fuses[22], 0);
}

static void a_torn_record_is_dropped(void **state)
{
    (void)state;
    off_t before = file_len();
    assert_ok(eg_chip_fuse_burn(bench.chip, 20, 1));
    off_t after = file_len();
    for (off_t len = before + 1; len < after; len++) {
        eg_tc_fresh_chip(&bench);
        assert_ok(eg_chip_fuse_burn(bench.chip, 20, 1));
        assert_int_equal(truncate(bench.path, len), 0);
        eg_tc_reopen(&bench);
        assert_int_equal(bench.chip->fuses[20], 0);
        assert_int_equal(file_len(), before);
        assert_ok(eg_chip_fuse_burn(bench.chip, 20, 3)); /* and the journal goes on */
        eg_tc_reopen(&bench);
        assert_int_equal(bench.chip->fuses[20], 3);
    }
}

static void damage_is_seen(void **state)
{
    struct eg_chip *chip = NULL;
    uint8_t byte;
    (void)state;
    assert_ok(eg_chip_fuse_burn(bench.chip, 20, 1));
    off_t len = file_len();
    eg_part_cleanup(&bench.part);
    eg_chip_close(bench.chip);
    bench.chip = NULL;
    int fd = open(bench.path, O_RDWR);
    for (off_t at = 0; at < len; at += 7) {
        assert_int_equal(pread(fd, &byte, 1, at), 1);
        byte ^= 0x10;
        assert_int_equal(pwrite(fd, &byte, 1, at), 1);
        eg_status st = eg_chip_open(bench.path, find_family, &bench.families, &chip);
        /* A length that now runs past the end looks like a torn record; all else is damage. */
        if (eg_ok(st)) {
            assert_int_not_equal(chip->fuses[20], 1);
            eg_chip_close(chip);
            assert_int_equal(close(fd), 0);
            return;
        }
        assert_status(st, VCHIP_FILE);
        byte ^= 0x10;
        assert_int_equal(pwrite(fd, &byte, 1, at), 1);
    }
    assert_int_equal(close(fd), 0);
}

static void one_process_at_a_time(void **state)
{
    struct eg_chip *chip = NULL;
    (void)state;
    assert_status(eg_chip_open(bench.path, find_family, &bench.families, &chip), VCHIP_IN_USE);
    assert_null(chip);
}

static void a_long_journal_is_rewritten(void **state)
{
    uint8_t page[256] = {0};
    uint8_t back[256];
    (void)state;
    assert_ok(eg_chip_fuse_burn(bench.chip, 30, 0xABCD));
    for (int i = 0; i < 1500; i++) {
        page[0] = (uint8_t)i;
        assert_ok(eg_chip_flash_erase(bench.chip, 3));
        assert_ok(eg_chip_flash_program(bench.chip, 3 * 0x2000, EG_SPAN_OF(page)));
    }
    uint64_t writes = bench.chip->writes;
    off_t before = file_len();
    eg_tc_reopen(&bench);
    assert_true(file_len() < before / 10);
    eg_tc_reopen(&bench);
    eg_chip_flash_read(bench.chip, 3 * 0x2000, back, sizeof(back));
    assert_memory_equal(back, page, sizeof(page));
    assert_int_equal(bench.chip->sectors[3].wear, 1500);
    assert_int_equal(bench.chip->writes, writes);
    assert_int_equal(bench.chip->fuses[30], 0xABCD);
    assert_memory_equal(bench.chip->die_key, bench.die_key, 32);
    assert_memory_equal(bench.chip->uuid.bytes, bench.uuid.bytes, 16);
    one_process_at_a_time(NULL); /* the new file is locked too */
}

static void a_counterfeit_stays_one(void **state)
{
    static const uint8_t key[32] = {1, 2, 3};
    (void)state;
    assert_ok(eg_chip_counterfeit(bench.chip, key));
    eg_tc_reopen(&bench);
    assert_memory_equal(bench.chip->die_key, key, 32);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_fresh_chip, start, stop),
        cmocka_unit_test_setup_teardown(fuses_go_one_way, start, stop),
        cmocka_unit_test_setup_teardown(flash_is_erased_before_it_is_programmed, start, stop),
        cmocka_unit_test_setup_teardown(the_ifr_page_likewise, start, stop),
        cmocka_unit_test_setup_teardown(the_ifr_is_shut_once_closed, start, stop),
        cmocka_unit_test_setup_teardown(power_goes_before_the_write_asked_for, start, stop),
        cmocka_unit_test_setup_teardown(a_torn_record_is_dropped, start, stop),
        cmocka_unit_test_setup_teardown(damage_is_seen, start, stop),
        cmocka_unit_test_setup_teardown(one_process_at_a_time, start, stop),
        cmocka_unit_test_setup_teardown(a_long_journal_is_rewritten, start, stop),
        cmocka_unit_test_setup_teardown(a_counterfeit_stays_one, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
