/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One whole provisioning, cut before its write 1, 2, 3 ... until it runs through; after each cut
 * the host starts over (or only repeats the run) and the chip must end in the same state as one
 * that was never cut. At no moment may the life cycle be closed without every object in place.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"
#include "tests/unit/vchip/vchip_support.h"
#include "vchip/chip_storage.h"
#include "vchip/enclave.h"
#include "vchip/memory.h"
#include "vchip/prov_fw.h"
#include "vchip/sector_copy.h"

enum {
    SET_ROOM = 16384,
    CUTS_MAX = 4000,
};

/* What of a chip must not depend on cuts: everything but wear and counters. */
struct image {
    uint32_t *fuses;
    uint8_t *ifr;
    uint8_t *flash;
};

static struct image take_image(const struct eg_tc_bench *b)
{
    const struct eg_family *f = b->family;
    struct image i = {malloc(f->fuse_count * sizeof(uint32_t)), malloc(f->ifr_size + 1u),
                      malloc(f->flash_size)};
    assert_true(i.fuses != NULL && i.ifr != NULL && i.flash != NULL);
    memcpy(i.fuses, b->chip->fuses, f->fuse_count * sizeof(uint32_t));
    if (f->ifr_size > 0) {
        memcpy(i.ifr, b->chip->ifr, f->ifr_size);
    }
    eg_chip_flash_read(b->chip, 0, i.flash, f->flash_size);
    return i;
}

static void free_image(struct image *i)
{
    free(i->fuses);
    free(i->ifr);
    free(i->flash);
}

static void check_same(const struct eg_tc_bench *b, const struct image *want)
{
    struct image have = take_image(b);
    assert_memory_equal(have.fuses, want->fuses, b->family->fuse_count * sizeof(uint32_t));
    assert_memory_equal(have.ifr, want->ifr, b->family->ifr_size);
    assert_memory_equal(have.flash, want->flash, b->family->flash_size);
    free_image(&have);
}

static bool objects_in_place(const struct eg_tc_bench *b)
{
    uint8_t hash[32];
    struct eg_enclave_view view;
    bool hash_ok =
        eg_chip_boot_key_hash(b->chip, hash) && memcmp(hash, eg_tc_boot_hash, sizeof(hash)) == 0;
    assert_int_equal(eg_enclave_view_open(&b->part, &view), EG_PSA_SUCCESS);
    bool list_ok = view.count == 3;
    eg_enclave_view_close(&view);
    return hash_ok && list_ok && b->chip->fuses[30] == 0x09D11411 && b->chip->fuses[40] == 0x0F0F &&
           b->chip->fuses[b->family->fuse_decrypt_key] == eg_load_le32(eg_tc_fw_key);
}

static void never_closed_without_objects(const struct eg_tc_bench *b)
{
    if (eg_chip_life_cycle(b->chip) != b->family->life_cycle_open) {
        assert_true(objects_in_place(b));
    }
}

/* Load and run as a host does; false when the power went. loaded (may be NULL): it went in the run.
 */
static bool provision(struct eg_tc_bench *b, struct eg_span set, bool *loaded)
{
    uint32_t result = 0;
    eg_status st = eg_tc_load(b, set);
    if (loaded != NULL) {
        *loaded = eg_ok(st);
    }
    if (eg_ok(st)) {
        st = eg_prov_close_device(&b->part, eg_tc_address(b), false, &result);
    }
    if (eg_ok(st)) {
        assert_int_equal(result, EG_PROV_PASS);
        return true;
    }
    assert_status(st, VCHIP_NO_POWER);
    return false;
}

/* After a cut in the run, without a new load: the firmware starts, finishes what was under way, and
 * the run alone completes the job on what lies in flash. Families whose objects wait in RAM lost
 * them with the power. */
static void repeat_run_only(struct eg_tc_bench *b)
{
    uint32_t result = 0;
    assert_true(b->part.firmware);
    assert_ok(eg_prov_close_device(&b->part, eg_tc_address(b), false, &result));
    assert_int_equal(result, EG_PROV_PASS);
    assert_true(objects_in_place(b));
}

/* What stood on the chip before: nothing, or an older set and settings that make erases necessary.
 */
static void prepare(struct eg_tc_bench *b, bool used)
{
    static const uint8_t stale[3000] = {0x40, 0x0B, 1, 2, 3};
    static uint8_t page[EG_CHIP_IFR_BYTES_MAX];
    eg_tc_fresh_chip(b);
    if (!used) {
        return;
    }
    assert_status(eg_memory_write(&b->part, b->family->external_address, EG_SPAN_OF(stale)), OK);
    if (b->family->ifr_size > 0) {
        memset(page, 0, sizeof(page));
        page[5] = 0x77; /* another setting, which must survive */
        assert_status(
            eg_memory_write(&b->part, b->family->ifr_address, eg_span(page, b->family->ifr_size)),
            OK);
    }
}

static unsigned cut_everywhere(struct eg_tc_bench *b, bool used, bool repeat)
{
    static uint8_t room[SET_ROOM];
    struct eg_writer set;
    unsigned cuts = 0;
    prepare(b, used);
    eg_writer_init(&set, room, sizeof(room));
    eg_tc_good_set(b, &set);
    assert_true(provision(b, eg_writer_span(&set), NULL));
    assert_true(objects_in_place(b));
    struct image want = take_image(b);
    for (bool whole = false; !whole; cuts++) {
        assert_true(cuts < CUTS_MAX);
        prepare(b, used);
        b->chip->cut_after = cuts;
        bool loaded;
        whole = provision(b, eg_writer_span(&set), &loaded);
        b->chip->cut_after = -1;
        eg_tc_reopen(b); /* a new process, power back */
        never_closed_without_objects(b);
        if (repeat && loaded && b->family->load == EG_LOAD_RESET) {
            repeat_run_only(b);
            check_same(b, &want);
        }
        assert_true(provision(b, eg_writer_span(&set), NULL));
        check_same(b, &want);
    }
    free_image(&want);
    return cuts - 1;
}

static void family(const char *name)
{
    static struct eg_tc_bench b;
    eg_tc_setup(&b, name);
    int variants = eg_family_tells_result(b.family) ? 4 : 2; /* the others need the host anyway */
    for (int variant = 0; variant < variants; variant++) {
        bool used = (variant & 1) != 0;
        bool repeat = (variant & 2) != 0;
        unsigned cuts = cut_everywhere(&b, used, repeat);
        print_message("%s, %s chip%s: %u cuts, all healed\n", name, used ? "used" : "fresh",
                      repeat ? ", run repeated first" : "", cuts);
        assert_true(cuts > 10);
    }
    eg_tc_teardown(&b);
}

static void mcxn947(void **state)
{
    (void)state;
    family("mcxn947");
}

static void rw612(void **state)
{
    (void)state;
    family("rw612");
}

static void kw45b41z8(void **state)
{
    (void)state;
    family("kw45b41z8");
}

static void mimx9352(void **state)
{
    (void)state;
    family("mimx9352");
}

/* A second cut while the first one is being healed. */
static void cut_while_healing(void **state)
{
    static struct eg_tc_bench b;
    static uint8_t room[SET_ROOM];
    struct eg_writer set;
    (void)state;
    eg_tc_setup(&b, "rw612");
    prepare(&b, true);
    eg_writer_init(&set, room, sizeof(room));
    eg_tc_good_set(&b, &set);
    assert_true(provision(&b, eg_writer_span(&set), NULL));
    struct image want = take_image(&b);
    unsigned pairs = 0;
    for (int first = 10; first < 90; first += 3) {
        for (int second = 0; second < 12; second++) {
            prepare(&b, true);
            b.chip->cut_after = first;
            (void)provision(&b, eg_writer_span(&set), NULL);
            eg_part_power_off(&b.part);
            b.chip->powered = true;
            b.chip->cut_after = second;
            eg_part_reset(&b.part, true);
            eg_part_power_off(&b.part);
            eg_tc_reopen(&b);
            never_closed_without_objects(&b);
            assert_true(provision(&b, eg_writer_span(&set), NULL));
            check_same(&b, &want);
            pairs++;
        }
    }
    print_message("rw612: %u pairs of cuts, all healed\n", pairs);
    free_image(&want);
    eg_tc_teardown(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mcxn947),           cmocka_unit_test(rw612),
        cmocka_unit_test(kw45b41z8),         cmocka_unit_test(mimx9352),
        cmocka_unit_test(cut_while_healing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
