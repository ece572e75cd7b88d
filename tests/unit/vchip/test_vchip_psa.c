/* SPDX-License-Identifier: Apache-2.0 */
/* Keys that the application imports and destroys, beside what the firmware delivered. */
#include <string.h>

#include "tests/unit/vchip/psa_support.h"
#include "vchip/chip_storage.h"
#include "vchip/prov_fw.h"

/* ---- looking and doing ------------------------------------------------------------------------
 */

static void reads(uint32_t id, const char *text)
{
    uint8_t room[256];
    struct eg_writer w;
    eg_writer_init(&w, room, sizeof(room));
    assert_int_equal(eg_enclave_read(&eg_tp.part, id, &w), EG_PSA_SUCCESS);
    assert_true(w.len == strlen(text) || w.len == strlen(text) + 1); /* files may end with NUL */
    assert_memory_equal(room, text, w.len);
}

static enum eg_psa_status read_status(uint32_t id)
{
    uint8_t room[256];
    struct eg_writer w;
    eg_writer_init(&w, room, sizeof(room));
    return eg_enclave_read(&eg_tp.part, id, &w);
}

/* The firmware's run, which closes the part and binds it to eg_tc_boot_hash. */
static void provision(void)
{
    static uint8_t room[EG_TP_ROOM];
    struct eg_writer set;
    uint32_t result;
    eg_writer_init(&set, room, sizeof(room));
    eg_tc_good_set(&eg_tp, &set);
    assert_ok(eg_tc_load(&eg_tp, eg_writer_span(&set)));
    assert_ok(eg_prov_close_device(&eg_tp.part, eg_tc_address(&eg_tp), false, &result));
    assert_int_equal(result, EG_PROV_PASS);
}

/* ---- keys ----------------------------------------------------------------------------------- */

static void imports_on(const char *family)
{
    eg_tp_begin(family);
    eg_tp_import_ok(eg_tp_pair(EG_TP_OWN, eg_tc_scalar));
    eg_tp_import_ok(eg_tp_file(EG_TP_FILE, "made by the service"));
    eg_tc_reopen(&eg_tp); /* a new process: it is all in flash */
    eg_tp_is_key(EG_TP_OWN, eg_tc_scalar);
    reads(EG_TP_FILE, "made by the service");
    assert_int_equal(eg_tp_listed(), 2);
    struct eg_tc_object again = eg_tp_pair(EG_TP_OWN, eg_tp_scalar);
    assert_int_equal(eg_tp_import(&again), EG_PSA_ALREADY_EXISTS);
    assert_int_equal(eg_psa_destroy(&eg_tp.part, EG_TP_OWN), EG_PSA_SUCCESS);
    assert_int_equal(eg_psa_destroy(&eg_tp.part, EG_TP_OWN), EG_PSA_DOES_NOT_EXIST);
    assert_int_equal(eg_tp_import(&again), EG_PSA_SUCCESS);
    eg_tp_is_key(EG_TP_OWN, eg_tp_scalar);
    eg_tc_teardown(&eg_tp);
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
    eg_tp_begin(family);
    eg_tp_import_ok(eg_tp_pair(EG_TP_KEY, eg_tp_scalar));
    provision();
    eg_tp_is_key(EG_TP_KEY, eg_tc_scalar); /* the younger delivery counts */
    assert_int_equal(eg_tp_listed(), 3);
    struct eg_tc_object o = eg_tp_pair(EG_TP_KEY, eg_tp_scalar);
    assert_int_equal(eg_tp_import(&o), EG_PSA_ALREADY_EXISTS);
    assert_int_equal(eg_psa_destroy(&eg_tp.part, EG_TP_KEY), EG_PSA_SUCCESS);
    assert_int_equal(eg_tp_listed(), 2);
    assert_int_equal(eg_tp_import(&o), EG_PSA_SUCCESS); /* now bound to the fused hash, closed */
    eg_tp_is_key(EG_TP_KEY, eg_tp_scalar);
    reads(EG_TP_FILE, eg_tc_text); /* read and sign see both */
    assert_int_equal(eg_psa_destroy(&eg_tp.part, EG_TP_KEY), EG_PSA_SUCCESS);
    assert_int_equal(eg_tp_listed(), 2); /* the delivered one stays destroyed */
    eg_tc_reopen(&eg_tp);
    assert_int_equal(eg_tp_listed(), 2);
    provision(); /* delivered anew */
    eg_tp_is_key(EG_TP_KEY, eg_tc_scalar);
    assert_int_equal(eg_tp_listed(), 3);
    uint64_t writes = eg_tp.chip->writes;
    uint32_t result;
    assert_ok(eg_prov_close_device(&eg_tp.part, eg_tc_address(&eg_tp), false, &result));
    assert_int_equal(result, EG_PROV_PASS);
    assert_int_equal(eg_tp.chip->writes, writes); /* a second run writes nothing */
    eg_tc_teardown(&eg_tp);
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
    eg_tp_begin("mcxn947");
    struct eg_tc_object o = eg_tp_pair(EG_TP_OWN, eg_tc_scalar);
    struct eg_span object = eg_tp_sealed(&o);
    for (size_t i = 0; i < sizeof(struct eg_psa_attributes) / sizeof(uint32_t); i++) {
        for (uint32_t flip = 1; flip != 0; flip <<= 8) {
            struct eg_psa_attributes a = eg_tp_attributes(&o);
            ((uint32_t *)(void *)&a)[i] ^= flip;
            assert_int_equal(eg_psa_import(&eg_tp.part, &a, object), EG_PSA_INVALID_ARGUMENT);
        }
        struct eg_psa_attributes zero = eg_tp_attributes(&o);
        ((uint32_t *)(void *)&zero)[i] = 0;
        assert_int_equal(eg_psa_import(&eg_tp.part, &zero, object), EG_PSA_INVALID_ARGUMENT);
    }
    assert_int_equal(eg_tp.chip->writes, eg_tp_writes);
    eg_tc_teardown(&eg_tp);
}

static void internal_objects_are_refused(void **state)
{
    static const uint32_t ids[] = {0x7FFF817A, 0x7FFF817B, 0x7FFF817C, 0x7FFF816C,
                                   0x7FFF816E, 0x7FFF8000, 0x7FFF8FFF};
    (void)state;
    eg_tp_begin("mcxn947");
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        struct eg_tc_object o = eg_tp_file(ids[i], "not this way");
        assert_int_equal(eg_tp_import(&o), EG_PSA_NOT_PERMITTED);
        assert_int_equal(eg_psa_destroy(&eg_tp.part, ids[i]), EG_PSA_NOT_PERMITTED);
    }
    struct eg_tc_object hash = eg_tc_hash(eg_tc_boot_hash, EG_LC_OPEN);
    assert_int_equal(eg_tp_import(&hash), EG_PSA_NOT_PERMITTED);
    assert_int_equal(eg_tp.chip->writes, eg_tp_writes);
    eg_tc_teardown(&eg_tp);
}

static void flip(size_t at, unsigned bits)
{
    if (at < sizeof(eg_tp_object)) {
        eg_tp_object[at] = (uint8_t)(eg_tp_object[at] ^ bits);
    }
}

/* Every byte of the object: nothing altered gets in, and nothing is written. */
static void altered_objects_are_refused(void **state)
{
    (void)state;
    eg_tp_begin("mcxn947");
    struct eg_tc_object o = eg_tp_pair(EG_TP_OWN, eg_tc_scalar);
    struct eg_psa_attributes a = eg_tp_attributes(&o);
    size_t len = eg_tp_sealed(&o).len;
    for (size_t i = 0; i < len; i++) {
        flip(i, 0x10);
        enum eg_psa_status st = eg_psa_import(&eg_tp.part, &a, eg_span(eg_tp_object, len));
        assert_true(st == EG_PSA_INVALID_ARGUMENT || st == EG_PSA_INVALID_SIGNATURE ||
                    st == EG_PSA_NOT_PERMITTED);
        flip(i, 0x10);
    }
    flip(len - 1, 1);
    assert_int_equal(eg_psa_import(&eg_tp.part, &a, eg_span(eg_tp_object, len)),
                     EG_PSA_INVALID_SIGNATURE);
    flip(len - 1, 1);
    for (size_t cut = 0; cut < len; cut++) {
        assert_int_equal(eg_psa_import(&eg_tp.part, &a, eg_span(eg_tp_object, cut)),
                         EG_PSA_INVALID_ARGUMENT);
    }
    eg_tp_object[len % sizeof(eg_tp_object)] = 0;
    assert_int_equal(eg_psa_import(&eg_tp.part, &a, eg_span(eg_tp_object, len + 1)),
                     EG_PSA_INVALID_ARGUMENT);
    assert_int_equal(eg_tp.chip->writes, eg_tp_writes);
    assert_int_equal(eg_psa_import(&eg_tp.part, &a, eg_span(eg_tp_object, len)), EG_PSA_SUCCESS);
    eg_tc_teardown(&eg_tp);
}

/* Sealed for what the chip is not: open zeros, fused, closed. */
static enum eg_psa_status import_bound(const uint8_t *hash, uint8_t byte, uint32_t life_cycle)
{
    struct eg_tc_object o = eg_tc_p256(EG_TP_OWN, eg_tc_scalar, life_cycle);
    struct eg_psa_attributes a = eg_tp_attributes(&o);
    struct eg_tc_keys keys;
    struct eg_writer w;
    eg_tc_import_keys(&eg_tp, hash, byte, &keys);
    eg_writer_init(&w, eg_tp_object, sizeof(eg_tp_object));
    eg_tc_encode(eg_tp.crypto, &o, &keys, &w);
    return eg_psa_import(&eg_tp.part, &a, eg_writer_span(&w));
}

static void bound_to_what_the_part_is(void **state)
{
    (void)state;
    eg_tp_begin("mcxn947");
    const struct eg_family *f = eg_tp.family;
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
    eg_tc_teardown(&eg_tp);
}

static void limits_of_the_family(void **state)
{
    static char big[1200];
    (void)state;
    eg_tp_begin("kw45b41z8");
    memset(big, 'x', sizeof(big) - 1);
    struct eg_tc_object o = eg_tp_file(EG_TP_OWN, big);
    assert_int_equal(eg_tp_import(&o), EG_PSA_INSUFFICIENT_STORAGE);
    o = eg_tp_file(EG_TP_OWN, "fits");
    o.type = 0x7001;
    o.bits = 2048;
    o.lifetime = 0xE0000201;
    o.wrap_id = 0x7FFF816F;
    assert_int_equal(eg_tp_import(&o), EG_PSA_NOT_SUPPORTED);
    o = eg_tc_p256(EG_TP_OWN, eg_tc_scalar, EG_LC_OPEN); /* for an S50 */
    assert_int_equal(eg_tp_import(&o), EG_PSA_INVALID_ARGUMENT);
    eg_tc_teardown(&eg_tp);
}

static void the_connection_key_signs(void **state)
{
    uint8_t connection[32], attestation[32], digest[32], signature[80], spki[EG_SPKI_LEN_MAX];
    struct eg_writer w, s;
    struct eg_key *key = NULL;
    (void)state;
    eg_tp_begin("rw612");
    assert_ok(eg_vkeys_identity(eg_tp.crypto, EG_SPAN_OF(eg_tp.die_key), connection, attestation));
    eg_tp_is_key(EG_VKEY_ID_CONNECTION, connection);
    eg_writer_init(&s, spki, sizeof(spki));
    assert_int_equal(eg_enclave_public(&eg_tp.part, EG_VKEY_ID_CONNECTION, &s), EG_PSA_SUCCESS);
    assert_ok(eg_key_from_spki(eg_tp.crypto, eg_writer_span(&s), &key));
    eg_writer_init(&w, signature, sizeof(signature));
    assert_int_equal(
        eg_enclave_sign(&eg_tp.part, EG_VKEY_ID_CONNECTION, eg_span_str("challenge"), &w),
        EG_PSA_SUCCESS);
    assert_ok(eg_verify(eg_tp.crypto, key, eg_span_str("challenge"), eg_writer_span(&w)));
    assert_ok(eg_hash(eg_tp.crypto, EG_HASH_SHA256, eg_span_str("hashed outside"), digest));
    eg_writer_init(&w, signature, sizeof(signature));
    assert_int_equal(
        eg_enclave_sign_hash(&eg_tp.part, EG_VKEY_ID_CONNECTION, EG_SPAN_OF(digest), &w),
        EG_PSA_SUCCESS);
    assert_ok(eg_verify(eg_tp.crypto, key, eg_span_str("hashed outside"), eg_writer_span(&w)));
    assert_int_equal(
        eg_enclave_sign_hash(&eg_tp.part, EG_VKEY_ID_CONNECTION, eg_span(digest, 31), &w),
        EG_PSA_INVALID_ARGUMENT);
    assert_int_equal(read_status(EG_VKEY_ID_CONNECTION), EG_PSA_DOES_NOT_EXIST);
    assert_int_equal(eg_tp_listed(), 0);
    eg_part_power_off(&eg_tp.part);
    assert_int_equal(eg_enclave_public(&eg_tp.part, EG_VKEY_ID_CONNECTION, &s),
                     EG_PSA_COMMUNICATION_FAILURE);
    eg_key_free(key);
    eg_tc_teardown(&eg_tp);
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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
