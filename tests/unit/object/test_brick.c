/* SPDX-License-Identifier: Apache-2.0 */
/* The rules against bricking a part; tests/bricking/ asks for them through the service. */
#include <string.h>

#include "lib/object/brick.h"
#include "lib/object/fuse_config.h"
#include "lib/object/object.h"
#include "tests/unit/object/object_test.h"
#include "tests/unit/unit.h"

static const uint8_t hash[32] = {1, 2, 3};
static const uint8_t key[32] = {9, 8, 7};

static struct eg_family family; /* test_rw61x with locks and a debug port */
static uint8_t room[64];
static struct eg_brick_object objects[4];
static struct eg_brick_set set;
static struct eg_brick_finding found;

static int fresh(void **state)
{
    (void)state;
    family = test_rw61x;
    family.reserved[0] = (struct eg_fuse_range){46, 49};
    family.reserved_count = 1;
    family.locks[0] = (struct eg_fuse_lock){{0, 1}, {15, 21}};
    family.locks[1] = (struct eg_fuse_lock){{1, 1}, {92, 99}};
    family.locks[2] = (struct eg_fuse_lock){{1, 6}, {14, 14}};
    family.lock_count = 3;
    family.debug_off[0] = (struct eg_fuse_bits){33, 0x1F00};
    family.debug_off_count = 1;
    memset(objects, 0, sizeof(objects));
    set = (struct eg_brick_set){&family, EG_LC_OPEN, objects, 0, false};
    return 0;
}

static void add(uint32_t id, struct eg_span value)
{
    objects[set.count++] = (struct eg_brick_object){id, value, EG_BRICK_NO_EVIDENCE};
}

static void add_hash(enum eg_brick_evidence evidence)
{
    add(EG_OBJECT_ID_AUTH_KEY_HASH, EG_SPAN_OF(hash));
    objects[set.count - 1].evidence = evidence;
}

/* A fuse configuration of up to three entries, index 0xFFFF ends it. */
static void add_fuses(const struct eg_fuse_entry entries[static 3])
{
    struct eg_writer w;

    eg_writer_init(&w, room, sizeof(room));
    for (size_t i = 0; i < 3 && entries[i].width != 0; i++) {
        eg_fuse_config_put(&w, &entries[i]);
    }
    add(EG_OBJECT_ID_FUSE_CONFIG, eg_writer_span(&w));
}

static void good(void)
{
    assert_ok(eg_brick_check(&set, &found));
    assert_string_equal(found.why, "");
    assert_string_equal(found.rule, "");
}

#define bad(name, rule_name, word)                                                                 \
    do {                                                                                           \
        assert_status(eg_brick_check(&set, &found), name);                                         \
        assert_string_equal(found.rule, rule_name);                                                \
        assert_non_null(strstr(found.why, word));                                                  \
    } while (0)

static void a_hash_is_the_hash_of_a_key(void **state)
{
    uint8_t equal[32];

    (void)state;
    add(EG_OBJECT_ID_AUTH_KEY_HASH, EG_SPAN_OF(equal));
    for (int byte = 0; byte < 256; byte++) {
        memset(equal, byte, sizeof(equal));
        bad(OBJECT_BOOT_KEY_HASH, "hash-is-one", "All 32 bytes");
    }
    equal[31] = 0;
    good();
    objects[0].value.len = 31;
    bad(OBJECT_BOOT_KEY_HASH, "hash-is-one", "31 bytes");
}

static void closing_asks_for_hash_and_evidence(void **state)
{
    static const enum eg_life_cycle cycles[] = {EG_LC_CLOSED, EG_LC_LOCKED};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        (void)fresh(NULL);
        family.debug_off_count = 0;
        set.whole = true;
        good();
        set.life_cycle = cycles[i];
        bad(OBJECT_SET_INCOMPLETE, "closed-has-hash", "0x7FFF817A is missing");
        set.whole = false;
        good();
        add_hash(EG_BRICK_NO_EVIDENCE);
        bad(OBJECT_BOOT_KEY_EVIDENCE, "hash-has-evidence", "signingPublicKeys");
        objects[0].evidence = EG_BRICK_WAIVED;
        good();
        objects[0].evidence = EG_BRICK_SIGNING_KEY;
        set.whole = true;
        good();
    }
}

static void a_decryption_key_asks_for_a_hash(void **state)
{
    (void)state;
    add(EG_OBJECT_ID_DECRYPT_KEY, EG_SPAN_OF(key));
    good();
    set.whole = true;
    bad(OBJECT_DECRYPT_ALONE, "decrypt-has-hash", "OEM_FW_AUTH_KEY_HASH");
    add_hash(EG_BRICK_NO_EVIDENCE);
    good();
}

static void fuses_are_seen_and_allowed(void **state)
{
    static const struct eg_fuse_entry reserved[3] = {{46, 4, 1}};

    (void)state;
    add(EG_OBJECT_ID_FUSE_CONFIG, eg_span(NULL, 0));
    bad(OBJECT_FUSES_HIDDEN, "fuses-are-seen", "NON_CONFIDENTIAL");
    set.count = 0;
    add_fuses(reserved);
    bad(OBJECT_FUSES, "fuses-are-allowed",
        "Fuse word 46 (entry 1) on rw612: This word is reserved");
    objects[0].value.len--;
    bad(OBJECT_FUSES, "fuses-are-allowed", "entry 1: The entry is not of the form");
}

static void locks_come_after_their_values(void **state)
{
    static const struct {
        struct eg_fuse_entry entries[3];
        const char *why; /* NULL: good */
    } cases[] = {
        {{{15, 4, 5}, {0, 4, 1}}, NULL},
        {{{0, 4, 1}, {15, 4, 5}}, "locks words 15 to 21 before word 15 (entry 2)"},
        {{{16, 4, 5}, {0, 4, 1}, {21, 4, 1}}, "before word 21 (entry 3)"},
        {{{0, 4, 1}}, "no entry burns any of them"},
        {{{0, 4, 2}, {15, 4, 5}}, NULL}, /* no lock bit */
        {{{22, 4, 2}, {0, 4, 1}}, "no entry burns any of them"},
        {{{1, 4, 2}}, NULL}, /* not all bits of the mask */
        {{{1, 4, 6}}, "the life cycle"},
        {{{1, 4, 7}, {2, 4, 1}}, "the life cycle"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        set.count = 0;
        add_fuses(cases[i].entries);
        if (cases[i].why == NULL) {
            good();
        } else {
            bad(OBJECT_FUSE_LOCK, "locks-come-last", cases[i].why);
        }
    }
}

static void locks_of_keys_ask_for_their_objects(void **state)
{
    static const struct eg_fuse_entry lock[3] = {{1, 4, 1}};

    (void)state;
    add_fuses(lock);
    good();
    set.whole = true;
    bad(OBJECT_FUSE_LOCK, "locks-come-last", "which object id 0x7FFF817B burns");
    add(EG_OBJECT_ID_DECRYPT_KEY, EG_SPAN_OF(key));
    add_hash(EG_BRICK_NO_EVIDENCE);
    good();
    family.locks[1].range.last = 127; /* now over the boot key hash as well */
    good();
    set.count = 2;
    bad(OBJECT_FUSE_LOCK, "locks-come-last", "which object id 0x7FFF817A burns");
}

static void locking_closes_the_debug_port(void **state)
{
    static const struct eg_fuse_entry some[3] = {{33, 4, 0x1E00}}, all[3] = {{33, 4, 0x9F01}};

    (void)state;
    set.life_cycle = EG_LC_LOCKED;
    good();
    add_hash(EG_BRICK_WAIVED);
    set.whole = true;
    bad(OBJECT_DEBUG_OPEN, "debug-is-closed", "word 33 does not get the bits 0x00001F00");
    set.whole = false;
    good();
    add_fuses(some);
    bad(OBJECT_DEBUG_OPEN, "debug-is-closed", "debug port of rw612");
    set.life_cycle = EG_LC_CLOSED;
    good();
    set.life_cycle = EG_LC_LOCKED;
    set.count = 1;
    add_fuses(all);
    good();
    set.whole = true;
    good();
}

static void what_more_objects_cure_is_told(void **state)
{
    (void)state;
    assert_true(eg_brick_may_be_cured(EG_ERR(OBJECT_SET_INCOMPLETE)));
    assert_true(eg_brick_may_be_cured(EG_ERR(OBJECT_DECRYPT_ALONE)));
    assert_true(eg_brick_may_be_cured(EG_ERR(OBJECT_DEBUG_OPEN)));
    assert_true(eg_brick_may_be_cured(EG_ERR(OBJECT_FUSE_LOCK)));
    assert_false(eg_brick_may_be_cured(EG_ERR(OBJECT_FUSES)));
    assert_false(eg_brick_may_be_cured(EG_ERR(OBJECT_BOOT_KEY_HASH)));
    assert_false(eg_brick_may_be_cured(EG_ERR(OBJECT_BOOT_KEY_EVIDENCE)));
    assert_false(eg_brick_may_be_cured(EG_OK));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_hash_is_the_hash_of_a_key, fresh),
        cmocka_unit_test_setup(closing_asks_for_hash_and_evidence, fresh),
        cmocka_unit_test_setup(a_decryption_key_asks_for_a_hash, fresh),
        cmocka_unit_test_setup(fuses_are_seen_and_allowed, fresh),
        cmocka_unit_test_setup(locks_come_after_their_values, fresh),
        cmocka_unit_test_setup(locks_of_keys_ask_for_their_objects, fresh),
        cmocka_unit_test_setup(locking_closes_the_debug_port, fresh),
        cmocka_unit_test_setup(what_more_objects_cure_is_told, fresh),
    };
    return cmocka_run_group_tests_name("brick", tests, NULL, NULL);
}
