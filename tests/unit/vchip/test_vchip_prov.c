/* SPDX-License-Identifier: Apache-2.0 */
/* The provisioning firmware: whole sets, and every refusal with its result word. */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"
#include "tests/unit/vchip/vchip_support.h"
#include "vchip/chip_storage.h"
#include "vchip/enclave.h"
#include "vchip/memory.h"
#include "vchip/prov_fw.h"

static struct eg_tc_bench bench;
static uint8_t room[40000];
static struct eg_writer set;
static struct eg_tc_keys keys;

static void start(const char *family)
{
    eg_tc_setup(&bench, family);
    eg_tc_fresh_chip(&bench);
    eg_writer_init(&set, room, sizeof(room));
    eg_tc_import_keys(&bench, NULL, bench.family->life_cycle_open, &keys);
}

static void stop(void)
{
    eg_tc_teardown(&bench);
}

static void add(const struct eg_tc_object *o)
{
    eg_tc_encode(bench.crypto, o, &keys, &set);
}

/* Keys of a set that brings the boot key hash and leads to this life cycle. */
static void bind(uint32_t life_cycle)
{
    eg_tc_import_keys(&bench, eg_tc_boot_hash,
                      eg_family_life_cycle_byte(bench.family, (enum eg_life_cycle)life_cycle),
                      &keys);
}

static uint32_t run(bool dry)
{
    uint32_t result = 0;
    assert_ok(eg_tc_load(&bench, eg_writer_span(&set)));
    assert_ok(eg_prov_close_device(&bench.part, eg_tc_address(&bench), dry, &result));
    return result;
}

/* The set is refused with this word and nothing is written. */
static void refused(uint32_t word)
{
    uint32_t result = 0;
    assert_ok(eg_tc_load(&bench, eg_writer_span(&set)));
    uint64_t writes = bench.chip->writes;
    assert_ok(eg_prov_close_device(&bench.part, eg_tc_address(&bench), false, &result));
    assert_int_equal(result, word);
    assert_int_equal(bench.chip->writes, writes);
    eg_writer_init(&set, room, sizeof(room));
}

static void check_provisioned(void)
{
    uint8_t hash[32];
    uint8_t text[64];
    struct eg_writer w;
    assert_int_equal(eg_chip_life_cycle(bench.chip), bench.family->life_cycle_closed);
    assert_true(eg_chip_boot_key_hash(bench.chip, hash));
    assert_memory_equal(hash, eg_tc_boot_hash, 32);
    assert_int_equal(bench.chip->fuses[30], 0x09D11411);
    for (uint32_t i = 0; i < 8; i++) {
        assert_int_equal(bench.chip->fuses[bench.family->fuse_decrypt_key + i],
                         eg_load_le32(eg_tc_fw_key + 4 * (size_t)i));
    }
    eg_writer_init(&w, text, sizeof(text));
    assert_int_equal(eg_enclave_read(&bench.part, 0x10000002, &w), EG_PSA_SUCCESS);
    assert_string_equal((const char *)text, eg_tc_text);
}

static void whole_set(const char *family)
{
    start(family);
    eg_tc_good_set(&bench, &set);
    uint64_t writes = bench.chip->writes;
    assert_ok(eg_tc_load(&bench, eg_writer_span(&set)));
    writes = bench.chip->writes;
    assert_int_equal(run(true), EG_PROV_PASS); /* loading it again writes flash, the run does not */
    uint32_t result;
    writes = bench.chip->writes;
    assert_ok(eg_prov_close_device(&bench.part, eg_tc_address(&bench), true, &result));
    assert_int_equal(result, EG_PROV_PASS);
    assert_int_equal(bench.chip->writes, writes);
    assert_int_equal(eg_chip_life_cycle(bench.chip), bench.family->life_cycle_open);
    assert_int_equal(run(false), EG_PROV_PASS);
    check_provisioned();
    writes = bench.chip->writes;
    assert_ok(eg_prov_close_device(&bench.part, eg_tc_address(&bench), false, &result));
    assert_int_equal(result, EG_PROV_PASS);
    assert_int_equal(bench.chip->writes, writes); /* the second run finds everything done */
    assert_int_equal(run(false), EG_PROV_PASS);   /* and so does a whole repetition */
    eg_tc_reopen(&bench);
    check_provisioned();
    stop();
}

static void mcxn_whole_set(void **state)
{
    (void)state;
    whole_set("mcxn947");
}

static void rw612_whole_set(void **state)
{
    (void)state;
    whole_set("rw612");
}

static void stored_blobs_keep_their_shape(void **state)
{
    uint8_t stored[200];
    (void)state;
    start("mcxn947");
    struct eg_tc_object o = eg_tc_file(0x55, eg_span(eg_tc_text, sizeof(eg_tc_text)), EG_LC_OPEN);
    add(&o);
    assert_int_equal(run(false), EG_PROV_PASS);
    size_t len = set.len;
    eg_chip_flash_read(bench.chip, 0x001C0000, stored, len + 1);
    assert_memory_equal(stored, room, len - 16 - 2 - 32); /* all TLVs before the payload */
    assert_memory_not_equal(stored + len - 50, room + len - 50, 32);
    assert_memory_not_equal(stored + len - 16, room + len - 16, 16);
    assert_int_equal(stored[len], 0xFF);
    stop();
}

static void an_older_longer_set_leaves_nothing(void **state)
{
    uint8_t after[16];
    (void)state;
    start("mcxn947");
    struct eg_tc_object a = eg_tc_file(1, eg_span(eg_tc_text, 20), EG_LC_OPEN);
    struct eg_tc_object b = eg_tc_file(2, eg_span(eg_tc_text, 20), EG_LC_OPEN);
    add(&a);
    size_t one = set.len;
    add(&b);
    assert_int_equal(run(false), EG_PROV_PASS);
    set.len = one;
    assert_int_equal(run(false), EG_PROV_PASS);
    eg_chip_flash_read(bench.chip, (uint32_t)(0x001C0000 + one), after, sizeof(after));
    for (size_t i = 0; i < sizeof(after); i++) {
        assert_int_equal(after[i], 0xFF);
    }
    stop();
}

static void nothing_or_nonsense(void **state)
{
    (void)state;
    start("mcxn947");
    eg_writer_bytes(&set, eg_span(eg_tc_text, sizeof(eg_tc_text)));
    refused(EG_PROV_NO_BLOB);
    struct eg_tc_object o = eg_tc_file(1, eg_span(eg_tc_text, 20), EG_LC_OPEN);
    add(&o);
    room[14] = 5; /* length of the id */
    refused(EG_PROV_PARSE);
    add(&o);
    size_t first = set.len;
    o.id = 2;
    add(&o);
    room[first + 3] ^= 1; /* magic of the second object: not an end of the set */
    refused(EG_PROV_BAD_OBJECT);
    add(&o);
    o.sign_id = 1;
    o.id = 3;
    add(&o);
    refused(EG_PROV_BAD_OBJECT);
    stop();
}

static void counts_and_sizes(void **state)
{
    static uint8_t big[9000];
    (void)state;
    start("mcxn947");
    for (uint32_t i = 1; i <= 17; i++) {
        struct eg_tc_object o = eg_tc_file(i, eg_span(eg_tc_text, 4), EG_LC_OPEN);
        add(&o);
    }
    refused(EG_PROV_TOO_MANY);
    for (uint32_t i = 1; i <= 2; i++) {
        struct eg_tc_object o = eg_tc_file(i, EG_SPAN_OF(big), EG_LC_OPEN);
        add(&o);
    }
    refused(EG_PROV_TOO_LARGE);
    stop();
}

static void ids(void **state)
{
    (void)state;
    start("mcxn947");
    struct eg_tc_object o = eg_tc_file(7, eg_span(eg_tc_text, 4), EG_LC_OPEN);
    add(&o);
    add(&o);
    refused(EG_PROV_KEY_ID);
    o.id = 0x7FFF816E; /* one of the chip's own keys */
    add(&o);
    refused(EG_PROV_KEY_ID);
    stop();
}

static void seals(void **state)
{
    (void)state;
    start("mcxn947");
    struct eg_tc_object o = eg_tc_file(7, eg_span(eg_tc_text, 4), EG_LC_OPEN);
    add(&o);
    room[set.len - 1] ^= 1;
    refused(EG_PROV_VERIFY);
    add(&o);
    room[24] ^= 1; /* algorithm */
    refused(EG_PROV_VERIFY);
    eg_tc_import_keys(&bench, eg_tc_boot_hash, bench.family->life_cycle_open, &keys);
    add(&o); /* sealed for a boot key hash that this chip does not have */
    refused(EG_PROV_VERIFY);
    eg_tc_import_keys(&bench, NULL, bench.family->life_cycle_closed, &keys);
    add(&o); /* sealed for another life cycle than it says */
    refused(EG_PROV_VERIFY);
    stop();
}

static void one_bad_object_stops_all(void **state)
{
    (void)state;
    start("mcxn947");
    eg_tc_good_set(&bench, &set);
    room[set.len - 1] ^= 1;
    refused(EG_PROV_VERIFY);
    stop();
}

static void contents_that_do_not_open(void **state)
{
    (void)state;
    start("mcxn947");
    struct eg_tc_object o = eg_tc_p256(7, eg_tc_scalar, EG_LC_OPEN);
    o.props = 0x80000061; /* not a seed of an EC key */
    add(&o);
    refused(EG_PROV_DECRYPT);
    o = eg_tc_aes(7, eg_tc_aes_key, 0x04C01000, 0x300, EG_LC_OPEN);
    o.bits = 128; /* the key has 256 */
    add(&o);
    refused(EG_PROV_DECRYPT);
    stop();
}

/* Fuse 9 of mcxn947. */
static const uint8_t debug_off[] = {0x40, 2, 0, 9, 0x41, 4, 0, 0, 0, 0x1F};

static void life_cycles(void **state)
{
    (void)state;
    start("mcxn947");
    struct eg_tc_object a = eg_tc_file(1, eg_span(eg_tc_text, 4), EG_LC_OPEN);
    struct eg_tc_object b = eg_tc_file(2, eg_span(eg_tc_text, 4), EG_LC_CLOSED);
    add(&a);
    add(&b);
    refused(EG_PROV_LIFE_CYCLE_MIXED);
    eg_tc_good_set(&bench, &set);
    assert_int_equal(run(false), EG_PROV_PASS);
    eg_writer_init(&set, room, sizeof(room));
    eg_tc_set_for(&bench, EG_LC_OPEN, &set);
    refused(EG_PROV_LIFE_CYCLE_BACK);
    eg_tc_set_for(&bench, EG_LC_LOCKED, &set);
    refused(EG_PROV_LOCK_FUSE); /* the debug port is open */
    bind(EG_LC_LOCKED);
    struct eg_tc_object hash = eg_tc_hash(eg_tc_boot_hash, EG_LC_LOCKED);
    struct eg_tc_object fuses = eg_tc_config(EG_SPAN_OF(debug_off), EG_LC_LOCKED);
    add(&hash);
    add(&fuses);
    assert_int_equal(run(false), EG_PROV_PASS);
    assert_int_equal(eg_chip_life_cycle(bench.chip), bench.family->life_cycle_locked);
    stop();
}

static void a_part_that_could_not_boot_is_not_closed(void **state)
{
    uint8_t blank[32];
    (void)state;
    start("mcxn947");
    eg_tc_import_keys(&bench, NULL, bench.family->life_cycle_closed, &keys);
    struct eg_tc_object file = eg_tc_file(7, eg_span(eg_tc_text, 4), EG_LC_CLOSED);
    add(&file);
    refused(EG_PROV_NO_SECURE_BOOT);
    for (int byte = 0; byte < 256; byte += 51) { /* 00 33 66 99 CC FF */
        memset(blank, byte, sizeof(blank));
        eg_tc_import_keys(&bench, blank, bench.family->life_cycle_closed, &keys);
        struct eg_tc_object hash = eg_tc_hash(blank, EG_LC_CLOSED);
        add(&hash);
        refused(EG_PROV_NO_SECURE_BOOT);
    }
    stop();
}

static void required_objects(void **state)
{
    (void)state;
    start("rw612");
    bind(EG_LC_CLOSED);
    struct eg_tc_object hash = eg_tc_hash(eg_tc_boot_hash, EG_LC_CLOSED);
    struct eg_tc_object key = eg_tc_decrypt_key(eg_tc_fw_key, EG_LC_CLOSED);
    add(&hash);
    add(&key);
    refused(EG_PROV_LESS_BLOBS);
    stop();
}

static void attributes_of_internal_objects(void **state)
{
    (void)state;
    start("mcxn947");
    bind(EG_LC_CLOSED);
    struct eg_tc_object o = eg_tc_hash(eg_tc_boot_hash, EG_LC_CLOSED);
    o.plain.len = 31;
    add(&o);
    refused(EG_PROV_HASH_SIZE);
    o = eg_tc_hash(eg_tc_boot_hash, EG_LC_CLOSED);
    o.type = 0x2400;
    add(&o);
    refused(EG_PROV_HASH_TYPE);
    o = eg_tc_hash(eg_tc_boot_hash, EG_LC_CLOSED);
    o.bits = 384;
    add(&o);
    refused(EG_PROV_HASH_BITS);
    o = eg_tc_hash(eg_tc_boot_hash, EG_LC_CLOSED);
    o.wrap_alg = 2;
    o.wrap_id = 0x7FFF816F;
    add(&o);
    refused(EG_PROV_HASH_WRAP_ALG);
    o = eg_tc_decrypt_key(eg_tc_fw_key, EG_LC_CLOSED);
    o.type = 0x2400;
    add(&o);
    refused(EG_PROV_OEM_KEY_TYPE);
    o = eg_tc_decrypt_key(eg_tc_fw_key, EG_LC_CLOSED);
    o.bits = 128;
    add(&o);
    refused(EG_PROV_OEM_KEY_BITS);
    stop();
}

static void config(const uint8_t *bytes, size_t len, uint32_t word)
{
    struct eg_tc_object o = eg_tc_config(eg_span(bytes, len), EG_LC_OPEN);
    add(&o);
    if (word == EG_PROV_PASS) {
        assert_int_equal(run(false), EG_PROV_PASS);
        eg_writer_init(&set, room, sizeof(room));
    } else {
        refused(word);
    }
}

static void fuse_configurations(void **state)
{
    static const uint8_t cut[] = {0x40, 0x02, 0x00, 30, 0x41, 0x04, 1, 2, 3};
    static const uint8_t out[] = {0x40, 0x02, 0x00, 64, 0x41, 0x04, 1, 2, 3, 4};
    static const uint8_t life[] = {0x40, 0x02, 0x00, 8, 0x41, 0x04, 0, 0, 0, 0xCF};
    static const uint8_t twice[] = {0x40, 2, 0, 30, 0x41, 2, 1, 2, 0x40, 2, 0, 30, 0x41, 2, 1, 2};
    static const uint8_t ignored[] = {0x40, 0x02, 0x00, 15, 0x41, 0x04, 1, 2, 3, 4};
    static const uint8_t narrow[] = {0x40, 0x02, 0x00, 45, 0x41, 0x02, 0x0F, 0x0F};
    static const uint8_t less[] = {0x40, 0x02, 0x00, 45, 0x41, 0x02, 0x0F, 0x01};
    static const uint8_t more[] = {0x40, 0x02, 0x00, 45, 0x41, 0x02, 0xFF, 0x0F};
    (void)state;
    start("mcxn947");
    config(cut, sizeof(cut), EG_PROV_CONFIG_OVERFLOW);
    config(out, sizeof(out), EG_PROV_CONFIG_OVERFLOW);
    config(twice, sizeof(twice), EG_PROV_CONFIG_OVERFLOW);
    config(life, sizeof(life), EG_PROV_CONFIG_LIFE_CYCLE);
    config(ignored, sizeof(ignored), EG_PROV_PASS);
    assert_int_equal(bench.chip->fuses[15], 0);
    config(narrow, sizeof(narrow), EG_PROV_PASS);
    assert_int_equal(bench.chip->fuses[45], 0x0F0F);
    config(less, sizeof(less), EG_PROV_PASS); /* 0 bits ask for nothing */
    assert_int_equal(bench.chip->fuses[45], 0x0F0F);
    config(more, sizeof(more), EG_PROV_PASS);
    assert_int_equal(bench.chip->fuses[45], 0xFF0F);
    stop();
}

/* Entries of mcxn947: words 24 to 31 are locked by bit 0 of word 0, the life cycle by bit 3. */
static void locked_fuses(void **state)
{
    static const uint8_t lock_first[] = {0x40, 2, 0, 0,  0x41, 2, 0, 1,
                                         0x40, 2, 0, 24, 0x41, 2, 0, 5};
    static const uint8_t lock_last[] = {0x40, 2, 0, 24, 0x41, 2, 0, 5,
                                        0x40, 2, 0, 0,  0x41, 2, 0, 1};
    static const uint8_t more[] = {0x40, 2, 0, 31, 0x41, 2, 0, 1};
    static const uint8_t reserved[] = {0x40, 2, 0, 7, 0x41, 2, 0, 1};
    static const uint8_t life_cycle[] = {0x40, 2, 0, 0, 0x41, 2, 0, 8};
    (void)state;
    start("mcxn947");
    config(reserved, sizeof(reserved), EG_PROV_CONFIG_OVERFLOW);
    config(lock_first, sizeof(lock_first), EG_PROV_LOCK_FUSE);
    config(lock_last, sizeof(lock_last), EG_PROV_PASS);
    assert_int_equal(bench.chip->fuses[24], 5);
    assert_int_equal(bench.chip->fuses[0], 1);
    assert_status(eg_chip_fuse_burn(bench.chip, 31, 1), VCHIP_LOCKED);
    config(more, sizeof(more), EG_PROV_LOCK_FUSE);
    config(lock_last, sizeof(lock_last), EG_PROV_PASS); /* again: nothing is left to burn */
    bind(EG_LC_CLOSED);
    struct eg_tc_object hash = eg_tc_hash(eg_tc_boot_hash, EG_LC_CLOSED);
    struct eg_tc_object fuses = eg_tc_config(EG_SPAN_OF(life_cycle), EG_LC_CLOSED);
    add(&hash);
    add(&fuses);
    refused(EG_PROV_LOCK_FUSE);
    stop();
}

static void hash_is_refused(const uint8_t other[static 32])
{
    eg_writer_init(&set, room, sizeof(room));
    eg_tc_import_keys(&bench, other, bench.family->life_cycle_closed, &keys);
    struct eg_tc_object h = eg_tc_hash(other, EG_LC_CLOSED);
    struct eg_tc_object k = eg_tc_decrypt_key(eg_tc_fw_key, EG_LC_CLOSED);
    struct eg_tc_object c = eg_tc_config(eg_span("", 0), EG_LC_CLOSED);
    c.bits = 8;
    add(&h);
    add(&k);
    add(&c);
    refused(EG_PROV_BOOT_KEY_HASH_FUSED);
}

static void another_boot_key_hash(const char *family)
{
    uint8_t other[32];
    start(family);
    eg_tc_good_set(&bench, &set);
    assert_int_equal(run(false), EG_PROV_PASS);
    memcpy(other, eg_tc_boot_hash, 32);
    other[0] = 0; /* a bit less: cannot be burned */
    hash_is_refused(other);
    memcpy(other, eg_tc_boot_hash, 32);
    other[0] = 0xFF; /* bits more: could be burned, and is another hash */
    hash_is_refused(other);
    stop();
}

/* Each is told by its word; repaired, the same set goes through. */
static void broken_hardware_is_told(void **state)
{
    static const struct {
        uint32_t fault, word;
        bool burns; /* something, before it comes to what is broken */
    } rows[] = {
        {EG_FAULT_KEYS, EG_PROV_KEY_DERIVATION, false},
        {EG_FAULT_ENCLAVE, EG_PROV_REWRAP, false},
        {EG_FAULT_MEMORY, EG_PROV_CONTEXT, false},
        {EG_FAULT_FUSES, EG_PROV_WRITE_FUSES, false},
        {EG_FAULT_IFR, EG_PROV_WRITE_FUSES, true},
        {EG_FAULT_FLASH, EG_PROV_WRITE_FLASH, true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        start("mcxn947");
        eg_tc_good_set(&bench, &set);
        uint64_t writes = bench.chip->writes;
        bench.chip->faults = rows[i].fault;
        assert_int_equal(run(false), rows[i].word);
        assert_int_equal(bench.chip->writes > writes, rows[i].burns);
        assert_int_equal(eg_chip_life_cycle(bench.chip), bench.family->life_cycle_open);
        bench.chip->faults = 0;
        assert_int_equal(run(false), EG_PROV_PASS);
        check_provisioned();
        stop();
    }
}

static void the_decryption_key_stays(void **state)
{
    uint8_t other[32];
    (void)state;
    start("mcxn947");
    struct eg_tc_object o = eg_tc_decrypt_key(eg_tc_fw_key, EG_LC_OPEN);
    add(&o);
    assert_int_equal(run(false), EG_PROV_PASS);
    memcpy(other, eg_tc_fw_key, sizeof(other));
    for (int bits = 0x00; bits <= 0xFF; bits += 0xFF) { /* a bit less, bits more */
        other[5] = (uint8_t)bits;
        eg_writer_init(&set, room, sizeof(room));
        o = eg_tc_decrypt_key(other, EG_LC_OPEN);
        add(&o);
        refused(EG_PROV_FUSES_NOT_BLANK);
    }
    stop();
}

static void boot_key_hash_stays(void **state)
{
    (void)state;
    another_boot_key_hash("mcxn947");
    another_boot_key_hash("rw612");
}

static void a_fused_hash_binds_later_sets(void **state)
{
    (void)state;
    start("mcxn947");
    eg_tc_good_set(&bench, &set);
    assert_int_equal(run(false), EG_PROV_PASS);
    eg_writer_init(&set, room, sizeof(room));
    struct eg_tc_object o = eg_tc_file(7, eg_span(eg_tc_text, 4), EG_LC_CLOSED);
    add(&o); /* sealed for a never fused chip */
    refused(EG_PROV_VERIFY);
    bind(EG_LC_CLOSED);
    add(&o); /* sealed for the hash that is fused, which the set does not bring */
    assert_int_equal(run(false), EG_PROV_PASS);
    stop();
}

static void destination(void **state)
{
    static const uint32_t bad[] = {0x00200000 - 0x4000 - 10, 0x001FFFFF, 0x20000000, 0x01004000};
    (void)state;
    start("mcxn947");
    struct eg_tc_object o = eg_tc_file(7, eg_span(eg_tc_text, 4), EG_LC_OPEN);
    add(&o);
    assert_ok(eg_tc_load(&bench, eg_writer_span(&set)));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        uint32_t result;
        assert_ok(eg_prov_close_device(&bench.part, bad[i], false, &result));
        assert_int_equal(result, EG_PROV_MEMORY_OVERFLOW);
    }
    stop();
}

static void a_counterfeit_cannot_read_the_set(void **state)
{
    uint8_t other[32] = {9, 9, 9};
    (void)state;
    start("mcxn947");
    eg_tc_good_set(&bench, &set);
    assert_ok(eg_chip_counterfeit(bench.chip, other));
    refused(EG_PROV_VERIFY);
    stop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mcxn_whole_set),
        cmocka_unit_test(rw612_whole_set),
        cmocka_unit_test(stored_blobs_keep_their_shape),
        cmocka_unit_test(an_older_longer_set_leaves_nothing),
        cmocka_unit_test(nothing_or_nonsense),
        cmocka_unit_test(counts_and_sizes),
        cmocka_unit_test(ids),
        cmocka_unit_test(seals),
        cmocka_unit_test(one_bad_object_stops_all),
        cmocka_unit_test(contents_that_do_not_open),
        cmocka_unit_test(life_cycles),
        cmocka_unit_test(a_part_that_could_not_boot_is_not_closed),
        cmocka_unit_test(locked_fuses),
        cmocka_unit_test(required_objects),
        cmocka_unit_test(attributes_of_internal_objects),
        cmocka_unit_test(fuse_configurations),
        cmocka_unit_test(broken_hardware_is_told),
        cmocka_unit_test(the_decryption_key_stays),
        cmocka_unit_test(boot_key_hash_stays),
        cmocka_unit_test(a_fused_hash_binds_later_sets),
        cmocka_unit_test(destination),
        cmocka_unit_test(a_counterfeit_cannot_read_the_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
