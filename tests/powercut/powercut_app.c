/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every change that an application can make in the enclave, cut before its write 1, 2, 3 ... until
 * it runs through: after each cut the chip holds the old state or the new one and everything else
 * untouched, and the change done again succeeds.
 */
#include <string.h>

#include "tests/unit/unit.h"
#include "tests/unit/vchip/vchip_support.h"
#include "vchip/app_store.h"
#include "vchip/chip_storage.h"
#include "vchip/memory.h"
#include "vchip/prov_fw.h"
#include "vchip/psa.h"

enum {
    KEY_ID = 0x10000001,  /* also in the set that the firmware delivers */
    FILE_ID = 0x10000005, /* bystander */
    NEW_ID = 0x10000009,
    ROOM = 20000,
    CUTS_MAX = 400,
};
#define CLAIM ((uint32_t)EG_ITS_ID_CLAIM)

static struct eg_tc_bench b;
static const uint8_t scalar[32] = {0x11, 0x22, 0x33, 0x44, 5};

/* ---- doing ---------------------------------------------------------------------------------- */

static enum eg_psa_status import(struct eg_tc_object o)
{
    static uint8_t room[ROOM];
    struct eg_tc_keys keys;
    struct eg_writer w;
    uint8_t hash[32];
    eg_tc_for_enclave(&b, &o);
    (void)eg_chip_boot_key_hash(b.chip, hash);
    eg_tc_import_keys(&b, hash, eg_chip_life_cycle(b.chip), &keys);
    eg_writer_init(&w, room, sizeof(room));
    eg_tc_encode(b.crypto, &o, &keys, &w);
    struct eg_psa_attributes a = {o.id, o.type, o.usage, o.alg, o.bits, o.lifetime};
    return eg_psa_import(&b.part, &a, eg_writer_span(&w));
}

static void set(uint32_t id, struct eg_span data)
{
    assert_int_equal(eg_its_set(&b.part, id, data), EG_PSA_SUCCESS);
}

static void put_claim(const char *blob)
{
    uint8_t box[64];
    struct eg_writer w;
    eg_writer_init(&w, box, sizeof(box));
    eg_writer_str(&w, "E2GC");
    eg_writer_le32(&w, (uint32_t)strlen(blob));
    eg_writer_str(&w, blob);
    assert_ok(eg_memory_write(&b.part, b.family->claim_address, eg_writer_span(&w)));
}

static void provision(void)
{
    static uint8_t room[ROOM];
    struct eg_writer objects;
    uint32_t result;
    eg_writer_init(&objects, room, sizeof(room));
    eg_tc_good_set(&b, &objects);
    assert_ok(eg_tc_load(&b, eg_writer_span(&objects)));
    assert_ok(eg_prov_close_device(&b.part, eg_tc_address(&b), false, &result));
    assert_int_equal(result, EG_PROV_PASS);
}

/* ---- looking -------------------------------------------------------------------------------- */

static bool has(uint32_t id)
{
    struct eg_enclave_view view;
    assert_int_equal(eg_enclave_view_open(&b.part, &view), EG_PSA_SUCCESS);
    bool there = eg_enclave_view_find(&view, id) != NULL;
    eg_enclave_view_close(&view);
    return there;
}

/* NULL: nothing is there. */
static bool holds(uint32_t id, const char *text)
{
    uint8_t room[64];
    struct eg_writer w;
    eg_writer_init(&w, room, sizeof(room));
    enum eg_psa_status st = eg_its_get(&b.part, id, 0, sizeof(room), &w);
    return text == NULL
               ? st == EG_PSA_DOES_NOT_EXIST
               : st == EG_PSA_SUCCESS && eg_span_equal(eg_writer_span(&w), eg_span_str(text));
}

/* ---- what was there before ------------------------------------------------------------------ */

static void nothing(void)
{
}

static void some(void)
{
    assert_int_equal(import(eg_tc_file(FILE_ID, eg_span_str("by"), EG_LC_OPEN)), EG_PSA_SUCCESS);
    set(7, eg_span_str("bystander"));
}

static void old_ones(void)
{
    some();
    assert_int_equal(import(eg_tc_p256(KEY_ID, eg_tc_scalar, EG_LC_OPEN)), EG_PSA_SUCCESS);
    set(9, eg_span_str("old"));
}

static size_t room_left(void)
{
    struct eg_app_store store;
    assert_ok(eg_app_store_open(b.chip, &store));
    size_t left = EG_APP_BANK_BYTES - store.end;
    eg_app_store_close(&store);
    return left;
}

/* The log is so full that any further change has to clean up. */
static void full(void)
{
    static uint8_t data[4096];
    const size_t record = 32; /* of an entry without data */
    old_ones();
    for (size_t left; (left = room_left()) >= record;) {
        size_t len = left > sizeof(data) + record ? sizeof(data) : (left - record) / 16 * 16;
        set(8, eg_span(data, len > 0 ? len - 4 : 0));
    }
}

static void provisioned(void)
{
    provision();
    some();
}

static void provisioned_and_replaced(void)
{
    provisioned();
    assert_int_equal(eg_psa_destroy(&b.part, KEY_ID), EG_PSA_SUCCESS);
    assert_int_equal(import(eg_tc_p256(KEY_ID, scalar, EG_LC_OPEN)), EG_PSA_SUCCESS);
}

static void claim_waits(void)
{
    some();
    put_claim("claim");
}

/* ---- changes -------------------------------------------------------------------------------- */

static enum eg_psa_status run_import(void)
{
    return import(eg_tc_p256(NEW_ID, scalar, EG_LC_OPEN));
}
static bool import_old(void)
{
    return !has(NEW_ID);
}
static bool import_new(void)
{
    return has(NEW_ID);
}

static enum eg_psa_status run_destroy(void)
{
    return eg_psa_destroy(&b.part, KEY_ID);
}
static bool destroy_old(void)
{
    return has(KEY_ID);
}
static bool destroy_new(void)
{
    return !has(KEY_ID);
}

static enum eg_psa_status run_set(void)
{
    return eg_its_set(&b.part, 9, eg_span_str("new"));
}
static bool set_old(void)
{
    return holds(9, "old") || holds(9, NULL);
}
static bool set_new(void)
{
    return holds(9, "new");
}

static enum eg_psa_status run_remove(void)
{
    return eg_its_remove(&b.part, 9);
}
static bool remove_new(void)
{
    return holds(9, NULL);
}

static enum eg_psa_status run_take(void)
{
    return eg_claim_box_take(&b.part);
}
static bool take_old(void)
{
    return holds(CLAIM, NULL);
}
static bool take_new(void)
{
    return holds(CLAIM, "claim");
}

static const struct change {
    const char *name;
    void (*before)(void);
    enum eg_psa_status (*run)(void);
    bool (*is_old)(void);
    bool (*is_new)(void);
    enum eg_psa_status again; /* what the change says when it is done a second time */
} changes[] = {
    {"import, first of all", nothing, run_import, import_old, import_new, EG_PSA_ALREADY_EXISTS},
    {"import", some, run_import, import_old, import_new, EG_PSA_ALREADY_EXISTS},
    {"import, log full", full, run_import, import_old, import_new, EG_PSA_ALREADY_EXISTS},
    {"import, provisioned", provisioned, run_import, import_old, import_new, EG_PSA_ALREADY_EXISTS},
    {"destroy", old_ones, run_destroy, destroy_old, destroy_new, EG_PSA_DOES_NOT_EXIST},
    {"destroy, log full", full, run_destroy, destroy_old, destroy_new, EG_PSA_DOES_NOT_EXIST},
    {"destroy, provisioned", provisioned, run_destroy, destroy_old, destroy_new,
     EG_PSA_DOES_NOT_EXIST},
    {"destroy, provisioned and replaced", provisioned_and_replaced, run_destroy, destroy_old,
     destroy_new, EG_PSA_DOES_NOT_EXIST},
    {"set, first of all", nothing, run_set, set_old, set_new, EG_PSA_SUCCESS},
    {"set", old_ones, run_set, set_old, set_new, EG_PSA_SUCCESS},
    {"set, log full", full, run_set, set_old, set_new, EG_PSA_SUCCESS},
    {"remove", old_ones, run_remove, set_old, remove_new, EG_PSA_DOES_NOT_EXIST},
    {"remove, log full", full, run_remove, set_old, remove_new, EG_PSA_DOES_NOT_EXIST},
    {"claim code", claim_waits, run_take, take_old, take_new, EG_PSA_SUCCESS},
};

/* ---- cutting -------------------------------------------------------------------------------- */

static void bystanders_are_there(const struct change *c)
{
    if (c->before != nothing) {
        assert_true(has(FILE_ID));
        assert_true(holds(7, "bystander"));
    }
}

/* false: it ran through. */
static bool cut_at(const struct change *c, int64_t writes)
{
    eg_tc_fresh_chip(&b);
    c->before();
    b.chip->cut_after = writes;
    enum eg_psa_status st = c->run();
    bool cut = st != EG_PSA_SUCCESS;
    assert_true(!cut || st == EG_PSA_COMMUNICATION_FAILURE);
    b.chip->cut_after = -1;
    eg_tc_reopen(&b);
    assert_true(c->is_old() || c->is_new());
    assert_true(cut || c->is_new());
    bystanders_are_there(c);
    st = c->run();
    assert_true(st == EG_PSA_SUCCESS || (c->is_new() && st == c->again));
    assert_true(c->is_new());
    bystanders_are_there(c);
    return cut;
}

static void family(const char *name)
{
    eg_tc_setup(&b, name);
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        int64_t cuts = 0;
        while (cut_at(&changes[i], cuts)) {
            cuts++;
            assert_true(cuts < CUTS_MAX);
        }
        assert_true(cuts >= 1);
        print_message("%s, %s: %d cuts\n", name, changes[i].name, (int)cuts);
    }
    eg_tc_teardown(&b);
}

/* The firmware delivers what the application has replaced: at any cut one of both is there. */
static void delivered_anew(const char *name)
{
    static uint8_t room[ROOM];
    struct eg_writer objects;
    eg_tc_setup(&b, name);
    bool whole = false;
    int64_t cuts = 0;
    for (; !whole; cuts++) {
        uint32_t result;
        eg_tc_fresh_chip(&b);
        provisioned_and_replaced();
        eg_writer_init(&objects, room, sizeof(room));
        eg_tc_good_set(&b, &objects);
        assert_ok(eg_tc_load(&b, eg_writer_span(&objects)));
        b.chip->cut_after = cuts;
        eg_status st = eg_prov_close_device(&b.part, eg_tc_address(&b), false, &result);
        whole = eg_ok(st);
        b.chip->cut_after = -1;
        eg_tc_reopen(&b);
        assert_true(has(KEY_ID));
        provision();
        assert_true(has(KEY_ID) && has(FILE_ID));
    }
    print_message("%s, delivered anew: %d cuts\n", name, (int)cuts - 1);
    assert_true(cuts > 1);
    eg_tc_teardown(&b);
}

static void mcxn947(void **state)
{
    (void)state;
    family("mcxn947");
    delivered_anew("mcxn947");
}

static void rw612(void **state)
{
    (void)state;
    family("rw612");
    delivered_anew("rw612");
}

static void kw45b41z8(void **state)
{
    (void)state;
    family("kw45b41z8");
    delivered_anew("kw45b41z8");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mcxn947),
        cmocka_unit_test(rw612),
        cmocka_unit_test(kw45b41z8),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
