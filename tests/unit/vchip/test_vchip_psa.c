/* SPDX-License-Identifier: Apache-2.0 */
/* What the application imports, destroys and stores itself, beside what the firmware delivered. */
#include <stdlib.h>
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
    FILE_ID = 0x10000002, /* the same */
    OWN_ID = 0x10000009,
    ROOM = 20000,
    CUTS_MAX = 400,
    CLAIM = (int)EG_ITS_ID_CLAIM,
};

static struct eg_tc_bench b;
static uint8_t object_room[ROOM];
static uint64_t writes_at_first; /* of the fresh chip: its life cycle was burned */
static const uint8_t other_scalar[32] = {0x11, 0x22, 0x33, 0x44, 5};

/* ---- making objects ------------------------------------------------------------------------- */

/* Sealed for the bench's chip as it is. */
static struct eg_span sealed(const struct eg_tc_object *o)
{
    struct eg_tc_keys keys;
    struct eg_writer w;
    uint8_t hash[32];
    (void)eg_chip_boot_key_hash(b.chip, hash);
    eg_tc_import_keys(&b, hash, eg_chip_life_cycle(b.chip), &keys);
    eg_writer_init(&w, object_room, sizeof(object_room));
    eg_tc_encode(b.crypto, o, &keys, &w);
    return eg_writer_span(&w);
}

static struct eg_tc_object pair(uint32_t id, const uint8_t *scalar)
{
    struct eg_tc_object o = eg_tc_p256(id, scalar, EG_LC_OPEN);
    eg_tc_for_enclave(&b, &o);
    return o;
}

static struct eg_tc_object file(uint32_t id, const char *text)
{
    struct eg_tc_object o = eg_tc_file(id, eg_span_str(text), EG_LC_OPEN);
    eg_tc_for_enclave(&b, &o);
    return o;
}

static struct eg_psa_attributes attributes(const struct eg_tc_object *o)
{
    return (struct eg_psa_attributes){o->id, o->type, o->usage, o->alg, o->bits, o->lifetime};
}

static enum eg_psa_status import(const struct eg_tc_object *o)
{
    struct eg_psa_attributes a = attributes(o);
    return eg_psa_import(&b.part, &a, sealed(o));
}

static void import_ok(struct eg_tc_object o)
{
    assert_int_equal(import(&o), EG_PSA_SUCCESS);
}

/* ---- looking at them ------------------------------------------------------------------------ */

static void public_point(uint32_t id, uint8_t out[static 65])
{
    uint8_t spki[EG_SPKI_LEN_MAX];
    struct eg_writer w;
    eg_writer_init(&w, spki, sizeof(spki));
    assert_int_equal(eg_enclave_public(&b.part, id, &w), EG_PSA_SUCCESS);
    memcpy(out, spki + w.len - 65, 65);
}

static void is_key(uint32_t id, const uint8_t scalar[static 32])
{
    uint8_t have[65];
    uint8_t want[65];
    public_point(id, have);
    assert_ok(eg_p256_public(b.crypto, scalar, want));
    assert_memory_equal(have, want, 65);
}

static void reads(uint32_t id, const char *text)
{
    uint8_t room[256];
    struct eg_writer w;
    eg_writer_init(&w, room, sizeof(room));
    assert_int_equal(eg_enclave_read(&b.part, id, &w), EG_PSA_SUCCESS);
    assert_true(w.len == strlen(text) || w.len == strlen(text) + 1); /* files may end with NUL */
    assert_memory_equal(room, text, w.len);
}

static enum eg_psa_status read_status(uint32_t id)
{
    uint8_t room[256];
    struct eg_writer w;
    eg_writer_init(&w, room, sizeof(room));
    return eg_enclave_read(&b.part, id, &w);
}

static size_t listed(void)
{
    struct eg_enclave_view view;
    assert_int_equal(eg_enclave_view_open(&b.part, &view), EG_PSA_SUCCESS);
    size_t count = view.count;
    eg_enclave_view_close(&view);
    return count;
}

static void begin(const char *family)
{
    eg_tc_setup(&b, family);
    eg_tc_fresh_chip(&b);
    writes_at_first = b.chip->writes;
}

/* The firmware's run, which closes the part and binds it to eg_tc_boot_hash. */
static void provision(void)
{
    static uint8_t room[ROOM];
    struct eg_writer set;
    uint32_t result;
    eg_writer_init(&set, room, sizeof(room));
    eg_tc_good_set(&b, &set);
    assert_ok(eg_tc_load(&b, eg_writer_span(&set)));
    assert_ok(eg_prov_close_device(&b.part, eg_tc_address(&b), false, &result));
    assert_int_equal(result, EG_PROV_PASS);
}

/* ---- keys ----------------------------------------------------------------------------------- */

static void imports_on(const char *family)
{
    begin(family);
    import_ok(pair(OWN_ID, eg_tc_scalar));
    import_ok(file(FILE_ID, "made by the service"));
    eg_tc_reopen(&b); /* a new process: it is all in flash */
    is_key(OWN_ID, eg_tc_scalar);
    reads(FILE_ID, "made by the service");
    assert_int_equal(listed(), 2);
    struct eg_tc_object again = pair(OWN_ID, other_scalar);
    assert_int_equal(import(&again), EG_PSA_ALREADY_EXISTS);
    assert_int_equal(eg_psa_destroy(&b.part, OWN_ID), EG_PSA_SUCCESS);
    assert_int_equal(eg_psa_destroy(&b.part, OWN_ID), EG_PSA_DOES_NOT_EXIST);
    assert_int_equal(import(&again), EG_PSA_SUCCESS);
    is_key(OWN_ID, other_scalar);
    eg_tc_teardown(&b);
}

static void imports_on_every_family(void **state)
{
    (void)state;
    imports_on("mcxn947");
    imports_on("rw612");
    imports_on("kw45b41z8");
    imports_on("mimx9352");
}

static void both_flows_on(const char *family)
{
    begin(family);
    import_ok(pair(KEY_ID, other_scalar));
    provision();
    is_key(KEY_ID, eg_tc_scalar); /* the younger delivery counts */
    assert_int_equal(listed(), 3);
    struct eg_tc_object o = pair(KEY_ID, other_scalar);
    assert_int_equal(import(&o), EG_PSA_ALREADY_EXISTS);
    assert_int_equal(eg_psa_destroy(&b.part, KEY_ID), EG_PSA_SUCCESS);
    assert_int_equal(listed(), 2);
    assert_int_equal(import(&o), EG_PSA_SUCCESS); /* now bound to the fused hash, closed */
    is_key(KEY_ID, other_scalar);
    reads(FILE_ID, eg_tc_text); /* read and sign see both */
    assert_int_equal(eg_psa_destroy(&b.part, KEY_ID), EG_PSA_SUCCESS);
    assert_int_equal(listed(), 2); /* the delivered one stays destroyed */
    eg_tc_reopen(&b);
    assert_int_equal(listed(), 2);
    provision(); /* delivered anew */
    is_key(KEY_ID, eg_tc_scalar);
    assert_int_equal(listed(), 3);
    uint64_t writes = b.chip->writes;
    uint32_t result;
    assert_ok(eg_prov_close_device(&b.part, eg_tc_address(&b), false, &result));
    assert_int_equal(result, EG_PROV_PASS);
    assert_int_equal(b.chip->writes, writes); /* a second run writes nothing */
    eg_tc_teardown(&b);
}

static void both_flows_side_by_side(void **state)
{
    (void)state;
    both_flows_on("mcxn947");
    both_flows_on("rw612");
    both_flows_on("kw45b41z8");
}

static void each_attribute_counts(void **state)
{
    (void)state;
    begin("mcxn947");
    struct eg_tc_object o = pair(OWN_ID, eg_tc_scalar);
    struct eg_span object = sealed(&o);
    for (size_t i = 0; i < sizeof(struct eg_psa_attributes) / sizeof(uint32_t); i++) {
        for (uint32_t flip = 1; flip != 0; flip <<= 8) {
            struct eg_psa_attributes a = attributes(&o);
            ((uint32_t *)(void *)&a)[i] ^= flip;
            assert_int_equal(eg_psa_import(&b.part, &a, object), EG_PSA_INVALID_ARGUMENT);
        }
        struct eg_psa_attributes zero = attributes(&o);
        ((uint32_t *)(void *)&zero)[i] = 0;
        assert_int_equal(eg_psa_import(&b.part, &zero, object), EG_PSA_INVALID_ARGUMENT);
    }
    assert_int_equal(b.chip->writes, writes_at_first);
    eg_tc_teardown(&b);
}

static void internal_objects_are_refused(void **state)
{
    static const uint32_t ids[] = {0x7FFF817A, 0x7FFF817B, 0x7FFF817C, 0x7FFF816C,
                                   0x7FFF816E, 0x7FFF8000, 0x7FFF8FFF};
    (void)state;
    begin("mcxn947");
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        struct eg_tc_object o = file(ids[i], "not this way");
        assert_int_equal(import(&o), EG_PSA_NOT_PERMITTED);
        assert_int_equal(eg_psa_destroy(&b.part, ids[i]), EG_PSA_NOT_PERMITTED);
    }
    struct eg_tc_object hash = eg_tc_hash(eg_tc_boot_hash, EG_LC_OPEN);
    assert_int_equal(import(&hash), EG_PSA_NOT_PERMITTED);
    assert_int_equal(b.chip->writes, writes_at_first);
    eg_tc_teardown(&b);
}

static void flip(size_t at, unsigned bits)
{
    if (at < sizeof(object_room)) {
        object_room[at] = (uint8_t)(object_room[at] ^ bits);
    }
}

/* Every byte of the object: nothing altered gets in, and nothing is written. */
static void altered_objects_are_refused(void **state)
{
    (void)state;
    begin("mcxn947");
    struct eg_tc_object o = pair(OWN_ID, eg_tc_scalar);
    struct eg_psa_attributes a = attributes(&o);
    size_t len = sealed(&o).len;
    for (size_t i = 0; i < len; i++) {
        flip(i, 0x10);
        enum eg_psa_status st = eg_psa_import(&b.part, &a, eg_span(object_room, len));
        assert_true(st == EG_PSA_INVALID_ARGUMENT || st == EG_PSA_INVALID_SIGNATURE ||
                    st == EG_PSA_NOT_PERMITTED);
        flip(i, 0x10);
    }
    flip(len - 1, 1);
    assert_int_equal(eg_psa_import(&b.part, &a, eg_span(object_room, len)),
                     EG_PSA_INVALID_SIGNATURE);
    flip(len - 1, 1);
    for (size_t cut = 0; cut < len; cut++) {
        assert_int_equal(eg_psa_import(&b.part, &a, eg_span(object_room, cut)),
                         EG_PSA_INVALID_ARGUMENT);
    }
    object_room[len % sizeof(object_room)] = 0;
    assert_int_equal(eg_psa_import(&b.part, &a, eg_span(object_room, len + 1)),
                     EG_PSA_INVALID_ARGUMENT);
    assert_int_equal(b.chip->writes, writes_at_first);
    assert_int_equal(eg_psa_import(&b.part, &a, eg_span(object_room, len)), EG_PSA_SUCCESS);
    eg_tc_teardown(&b);
}

/* Sealed for what the chip is not: open zeros, fused, closed. */
static enum eg_psa_status import_bound(const uint8_t *hash, uint8_t byte, uint32_t life_cycle)
{
    struct eg_tc_object o = eg_tc_p256(OWN_ID, eg_tc_scalar, life_cycle);
    struct eg_psa_attributes a = attributes(&o);
    struct eg_tc_keys keys;
    struct eg_writer w;
    eg_tc_import_keys(&b, hash, byte, &keys);
    eg_writer_init(&w, object_room, sizeof(object_room));
    eg_tc_encode(b.crypto, &o, &keys, &w);
    return eg_psa_import(&b.part, &a, eg_writer_span(&w));
}

static void bound_to_what_the_part_is(void **state)
{
    (void)state;
    begin("mcxn947");
    const struct eg_family *f = b.family;
    assert_int_equal(import_bound(eg_tc_boot_hash, f->life_cycle_open, EG_LC_OPEN),
                     EG_PSA_INVALID_SIGNATURE);
    assert_int_equal(import_bound(NULL, f->life_cycle_closed, EG_LC_CLOSED), EG_PSA_NOT_PERMITTED);
    assert_int_equal(import_bound(NULL, f->life_cycle_closed, EG_LC_OPEN),
                     EG_PSA_INVALID_SIGNATURE);
    provision();
    assert_int_equal(import_bound(NULL, f->life_cycle_open, EG_LC_OPEN), EG_PSA_INVALID_SIGNATURE);
    assert_int_equal(import_bound(eg_tc_boot_hash, f->life_cycle_open, EG_LC_OPEN),
                     EG_PSA_INVALID_SIGNATURE);
    assert_int_equal(import_bound(eg_tc_boot_hash, f->life_cycle_closed, EG_LC_LOCKED),
                     EG_PSA_NOT_PERMITTED);
    assert_int_equal(import_bound(eg_tc_boot_hash, f->life_cycle_closed, EG_LC_CLOSED),
                     EG_PSA_SUCCESS);
    eg_tc_teardown(&b);
}

static void limits_of_the_family(void **state)
{
    static char big[1200];
    (void)state;
    begin("kw45b41z8");
    memset(big, 'x', sizeof(big) - 1);
    struct eg_tc_object o = file(OWN_ID, big);
    assert_int_equal(import(&o), EG_PSA_INSUFFICIENT_STORAGE);
    o = file(OWN_ID, "fits");
    o.type = 0x7001;
    o.bits = 2048;
    o.lifetime = 0xE0000201;
    o.wrap_id = 0x7FFF816F;
    assert_int_equal(import(&o), EG_PSA_NOT_SUPPORTED);
    o = eg_tc_p256(OWN_ID, eg_tc_scalar, EG_LC_OPEN); /* for an S50 */
    assert_int_equal(import(&o), EG_PSA_INVALID_ARGUMENT);
    eg_tc_teardown(&b);
}

static void the_connection_key_signs(void **state)
{
    uint8_t connection[32], attestation[32], digest[32], signature[80], spki[EG_SPKI_LEN_MAX];
    struct eg_writer w, s;
    struct eg_key *key = NULL;
    (void)state;
    begin("rw612");
    assert_ok(eg_vkeys_identity(b.crypto, EG_SPAN_OF(b.die_key), connection, attestation));
    is_key(EG_VKEY_ID_CONNECTION, connection);
    eg_writer_init(&s, spki, sizeof(spki));
    assert_int_equal(eg_enclave_public(&b.part, EG_VKEY_ID_CONNECTION, &s), EG_PSA_SUCCESS);
    assert_ok(eg_key_from_spki(b.crypto, eg_writer_span(&s), &key));
    eg_writer_init(&w, signature, sizeof(signature));
    assert_int_equal(eg_enclave_sign(&b.part, EG_VKEY_ID_CONNECTION, eg_span_str("challenge"), &w),
                     EG_PSA_SUCCESS);
    assert_ok(eg_verify(b.crypto, key, eg_span_str("challenge"), eg_writer_span(&w)));
    assert_ok(eg_hash(b.crypto, EG_HASH_SHA256, eg_span_str("hashed outside"), digest));
    eg_writer_init(&w, signature, sizeof(signature));
    assert_int_equal(eg_enclave_sign_hash(&b.part, EG_VKEY_ID_CONNECTION, EG_SPAN_OF(digest), &w),
                     EG_PSA_SUCCESS);
    assert_ok(eg_verify(b.crypto, key, eg_span_str("hashed outside"), eg_writer_span(&w)));
    assert_int_equal(eg_enclave_sign_hash(&b.part, EG_VKEY_ID_CONNECTION, eg_span(digest, 31), &w),
                     EG_PSA_INVALID_ARGUMENT);
    assert_int_equal(read_status(EG_VKEY_ID_CONNECTION), EG_PSA_DOES_NOT_EXIST);
    assert_int_equal(listed(), 0);
    eg_part_power_off(&b.part);
    assert_int_equal(eg_enclave_public(&b.part, EG_VKEY_ID_CONNECTION, &s),
                     EG_PSA_COMMUNICATION_FAILURE);
    eg_key_free(key);
    eg_tc_teardown(&b);
}

/* ---- trusted storage ------------------------------------------------------------------------ */

static void its_is(uint32_t id, const char *text)
{
    uint8_t room[64];
    struct eg_writer w;
    eg_writer_init(&w, room, sizeof(room));
    assert_int_equal(eg_its_get(&b.part, id, 0, sizeof(room), &w), EG_PSA_SUCCESS);
    assert_int_equal(w.len, strlen(text));
    assert_memory_equal(room, text, w.len);
}

static void trusted_storage(void **state)
{
    uint8_t room[16];
    struct eg_writer w;
    (void)state;
    begin("mcxn947");
    eg_writer_init(&w, room, sizeof(room));
    assert_int_equal(eg_its_get(&b.part, 7, 0, 16, &w), EG_PSA_DOES_NOT_EXIST);
    assert_int_equal(eg_its_set(&b.part, 0, eg_span_str("x")), EG_PSA_INVALID_ARGUMENT);
    assert_int_equal(eg_its_set(&b.part, 7, eg_span_str("seven")), EG_PSA_SUCCESS);
    assert_int_equal(eg_its_set(&b.part, OWN_ID, eg_span_str("data")), EG_PSA_SUCCESS);
    import_ok(pair(OWN_ID, eg_tc_scalar)); /* ids of keys and of data do not meet */
    eg_tc_reopen(&b);
    its_is(7, "seven");
    its_is(OWN_ID, "data");
    is_key(OWN_ID, eg_tc_scalar);
    assert_int_equal(eg_its_get(&b.part, 7, 2, 2, &w), EG_PSA_SUCCESS);
    assert_memory_equal(room, "ve", 2);
    assert_int_equal(eg_its_get(&b.part, 7, 5, 2, &w), EG_PSA_SUCCESS);
    assert_int_equal(w.len, 2);
    assert_int_equal(eg_its_get(&b.part, 7, 6, 2, &w), EG_PSA_INVALID_ARGUMENT);
    assert_int_equal(eg_its_set(&b.part, 7, eg_span_str("")), EG_PSA_SUCCESS);
    its_is(7, "");
    assert_int_equal(eg_its_remove(&b.part, 7), EG_PSA_SUCCESS);
    assert_int_equal(eg_its_remove(&b.part, 7), EG_PSA_DOES_NOT_EXIST);
    is_key(OWN_ID, eg_tc_scalar);
    eg_tc_teardown(&b);
}

static uint64_t total_wear(void)
{
    uint64_t wear = 0;
    for (uint32_t s = 0; s < b.chip->sector_count; s++) {
        wear += b.chip->sectors[s].wear;
    }
    return wear;
}

/* Much more than fits is written over time; what counts stays, and wear is spread and counted. */
static void the_log_cleans_up(void **state)
{
    static uint8_t data[4096];
    (void)state;
    begin("mcxn947");
    import_ok(pair(OWN_ID, eg_tc_scalar));
    for (unsigned i = 0; i < 200; i++) {
        memset(data, (int)i, sizeof(data));
        assert_int_equal(eg_its_set(&b.part, 3 + i % 5, EG_SPAN_OF(data)), EG_PSA_SUCCESS);
        assert_int_equal(eg_its_set(&b.part, 1000 + i, eg_span_str("soon gone")), EG_PSA_SUCCESS);
        assert_int_equal(eg_its_remove(&b.part, 1000 + i), EG_PSA_SUCCESS);
    }
    eg_tc_reopen(&b);
    is_key(OWN_ID, eg_tc_scalar);
    for (unsigned i = 195; i < 200; i++) {
        static uint8_t room[4096];
        struct eg_writer w;
        eg_writer_init(&w, room, sizeof(room));
        assert_int_equal(eg_its_get(&b.part, 3 + i % 5, 0, sizeof(room), &w), EG_PSA_SUCCESS);
        assert_int_equal(w.len, sizeof(data));
        assert_true(room[0] == (uint8_t)i && room[4095] == (uint8_t)i);
    }
    print_message("1 MB through the application's store: %llu erases\n",
                  (unsigned long long)total_wear());
    assert_true(total_wear() > 100 && total_wear() < 300);
    eg_tc_teardown(&b);
}

static void a_full_store_says_so(void **state)
{
    static uint8_t data[EG_ITS_DATA_MAX + 1];
    enum eg_psa_status st = EG_PSA_SUCCESS;
    uint32_t id = 1;
    (void)state;
    begin("rw612");
    assert_int_equal(eg_its_set(&b.part, 1, EG_SPAN_OF(data)), EG_PSA_INSUFFICIENT_STORAGE);
    import_ok(pair(OWN_ID, eg_tc_scalar));
    while (st == EG_PSA_SUCCESS) {
        assert_true(id < 20);
        st = eg_its_set(&b.part, id++, eg_span(data, EG_ITS_DATA_MAX));
    }
    assert_int_equal(st, EG_PSA_INSUFFICIENT_STORAGE);
    is_key(OWN_ID, eg_tc_scalar);
    struct eg_tc_object o = file(FILE_ID, "small things still fit");
    assert_int_equal(import(&o), EG_PSA_SUCCESS);
    assert_int_equal(eg_its_remove(&b.part, 1), EG_PSA_SUCCESS);
    assert_int_equal(eg_its_set(&b.part, 1, eg_span(data, EG_ITS_DATA_MAX)), EG_PSA_SUCCESS);
    for (id = 500; (st = eg_its_set(&b.part, id, eg_span_str(""))) == EG_PSA_SUCCESS; id++) {
        assert_true(id < 700);
    }
    assert_int_equal(st, EG_PSA_INSUFFICIENT_STORAGE);
    eg_tc_teardown(&b);
}

/* A host that writes over the store: what can be read is read, and the store works again. */
static void survives_a_foreign_write(void **state)
{
    static const uint8_t junk[600] = {1, 2, 3};
    (void)state;
    begin("mcxn947");
    import_ok(pair(OWN_ID, eg_tc_scalar));
    assert_int_equal(eg_its_set(&b.part, 7, eg_span_str("seven")), EG_PSA_SUCCESS);
    assert_ok(eg_memory_write(&b.part, b.family->flash_address + eg_app_store_start(b.family) + 700,
                              EG_SPAN_OF(junk)));
    its_is(7, "seven");
    assert_int_equal(eg_its_set(&b.part, 7, eg_span_str("still")), EG_PSA_SUCCESS);
    its_is(7, "still");
    is_key(OWN_ID, eg_tc_scalar);
    assert_ok(eg_memory_write(&b.part, b.family->flash_address + eg_app_store_start(b.family),
                              EG_SPAN_OF(junk)));
    assert_ok(eg_memory_write(
        &b.part, b.family->flash_address + eg_app_store_start(b.family) + EG_APP_BANK_BYTES,
        EG_SPAN_OF(junk)));
    assert_int_equal(listed(), 0);
    assert_int_equal(eg_its_set(&b.part, 7, eg_span_str("anew")), EG_PSA_SUCCESS);
    its_is(7, "anew");
    eg_tc_teardown(&b);
}

/* ---- claim code ----------------------------------------------------------------------------- */

static void put_claim(const char *blob)
{
    uint8_t box[256];
    struct eg_writer w;
    eg_writer_init(&w, box, sizeof(box));
    eg_writer_str(&w, "E2GC");
    eg_writer_le32(&w, (uint32_t)strlen(blob));
    eg_writer_str(&w, blob);
    assert_ok(eg_memory_write(&b.part, b.family->claim_address, eg_writer_span(&w)));
}

static void claim_code_on(const char *family)
{
    begin(family);
    assert_int_equal(eg_claim_box_take(&b.part), EG_PSA_SUCCESS); /* none waits */
    assert_int_equal(b.chip->writes, writes_at_first);
    put_claim("first claim");
    assert_int_equal(eg_claim_box_take(&b.part), EG_PSA_SUCCESS);
    its_is((uint32_t)CLAIM, "first claim");
    assert_int_equal(eg_its_remove(&b.part, (uint32_t)CLAIM), EG_PSA_SUCCESS);
    uint64_t writes = b.chip->writes;
    assert_int_equal(eg_claim_box_take(&b.part), EG_PSA_SUCCESS); /* taken once, not again */
    assert_int_equal(b.chip->writes, writes);
    put_claim("second claim");
    assert_int_equal(eg_claim_box_take(&b.part), EG_PSA_SUCCESS);
    its_is((uint32_t)CLAIM, "second claim");
    eg_tc_teardown(&b);
}

static void claim_code_is_taken_once(void **state)
{
    (void)state;
    claim_code_on("mcxn947");
    claim_code_on("rw612");
    claim_code_on("kw45b41z8");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(imports_on_every_family),
        cmocka_unit_test(both_flows_side_by_side),
        cmocka_unit_test(each_attribute_counts),
        cmocka_unit_test(internal_objects_are_refused),
        cmocka_unit_test(altered_objects_are_refused),
        cmocka_unit_test(bound_to_what_the_part_is),
        cmocka_unit_test(limits_of_the_family),
        cmocka_unit_test(the_connection_key_signs),
        cmocka_unit_test(trusted_storage),
        cmocka_unit_test(the_log_cleans_up),
        cmocka_unit_test(a_full_store_says_so),
        cmocka_unit_test(survives_a_foreign_write),
        cmocka_unit_test(claim_code_is_taken_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
