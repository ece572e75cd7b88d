/* SPDX-License-Identifier: Apache-2.0 */
/* One specification, two readings: what lib/object seals, the virtual chip opens with its own code.
 */
#include <string.h>

#include "lib/object/seal.h"
#include "tests/unit/object/object_test.h"
#include "vchip/blob.h"

enum {
    ROOM = 8192,
};

static const uint8_t die_key[EG_DIE_KEY_LEN] = {9, 8, 7, 6, 5};
static const struct eg_binding binding = {{1, 2, 3}, EG_LC_LOCKED};

static const struct {
    enum eg_object_type type;
    uint32_t id;
    enum eg_key_alg alg;
    uint32_t size;
    size_t value_len;
} kinds[] = {
    {EG_OBJECT_KEYPAIR, 1, EG_KEY_P256, 0, 32},
    {EG_OBJECT_KEYPAIR, 2, EG_KEY_P384, 0, 48},
    {EG_OBJECT_KEYPAIR, 3, EG_KEY_ED25519, 0, 32},
    {EG_OBJECT_KEYPAIR, 4, EG_KEY_RSA_4096, 0, 2349},
    {EG_OBJECT_MASTER_KEY, 5, EG_KEY_NONE, 16, 16},
    {EG_OBJECT_MASTER_KEY, 6, EG_KEY_NONE, 32, 32},
    {EG_OBJECT_HMAC_KEY, 7, EG_KEY_NONE, 32, 32},
    {EG_OBJECT_HMAC_KEY, 8, EG_KEY_NONE, 100, 100},
    {EG_OBJECT_CERTIFICATE, 9, EG_KEY_NONE, 2000, 701},
    {EG_OBJECT_BINARY_FILE, 10, EG_KEY_NONE, 16, 16},
    {EG_OBJECT_STATIC_PUBLIC_KEY, 11, EG_KEY_P256, 65, 65},
    {EG_OBJECT_STATIC_PUBLIC_KEY, 12, EG_KEY_RSA_2048, 270, 270},
    {EG_OBJECT_OEM_FW_AUTH_KEY_HASH, 0x7FFF817A, EG_KEY_NONE, 32, 32},
    {EG_OBJECT_OEM_FW_DECRYPT_KEY, 0x7FFF817B, EG_KEY_NONE, 32, 32},
    {EG_OBJECT_BINARY_FILE, 0x7FFF817C, EG_KEY_NONE, 20, 20},
};

static struct eg_vkeys chip_keys(struct eg_crypto *c, const struct eg_family *family)
{
    struct eg_vkey_binding b = {{0}, family->life_cycle_locked};
    struct eg_vkeys keys;

    memcpy(b.boot_key_hash, binding.boot_key_hash, sizeof(b.boot_key_hash));
    assert_ok(eg_vkeys_import(c, family->recipe, EG_SPAN_OF(die_key), &b, &keys));
    return keys;
}

static void open_on_chip(struct eg_crypto *c, const struct eg_vkeys *keys, struct eg_span blob,
                         struct eg_span value)
{
    static uint8_t room[ROOM];
    struct eg_vblob b;
    struct eg_reader r;
    struct eg_writer w;

    eg_reader_init(&r, blob);
    assert_ok(eg_vblob_take(&r, &b));
    assert_int_equal(r.rest.len, 0);
    assert_int_equal(b.life_cycle, EG_LC_LOCKED);
    assert_int_equal(eg_vblob_internal(&b), eg_object_is_internal(b.id));
    assert_ok(eg_vblob_check(c, &b, keys->auth));
    eg_writer_init(&w, room, sizeof(room));
    assert_ok(eg_vblob_open(c, &b, keys, &w));
    assert_true(eg_span_equal(eg_writer_span(&w), value));
}

static void check_family(struct eg_crypto *c, const struct eg_family *family)
{
    static uint8_t room[ROOM], value[ROOM];
    const struct eg_vkeys keys = chip_keys(c, family);
    struct eg_seal_target t;

    memset(value, 0x3A, sizeof(value));
    assert_ok(eg_seal_target_init(c, family, die_key, &binding, &t));
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        const struct eg_object o =
            test_object(kinds[i].type, kinds[i].id, kinds[i].alg, kinds[i].size);
        struct eg_span v = eg_span(value, kinds[i].value_len);
        struct eg_writer w;

        eg_writer_init(&w, room, sizeof(room));
        assert_ok(eg_seal(c, &t, &o, v, &w));
        open_on_chip(c, &keys, eg_writer_span(&w), v);
    }
    eg_seal_target_wipe(&t);
}

static void the_chip_opens_what_was_sealed_for_it(void **state)
{
    check_family(*state, &test_mcxn);
    check_family(*state, &test_rw61x);
}

static void own_pairs_agree(void **state)
{
    uint8_t connection[32], attestation[32], scalar[32];

    assert_ok(eg_vkeys_identity(*state, EG_SPAN_OF(die_key), connection, attestation));
    assert_ok(eg_recipe_private(*state, die_key, EG_RECIPE_CONNECTION, scalar));
    assert_memory_equal(scalar, connection, sizeof(scalar));
    assert_ok(eg_recipe_private(*state, die_key, EG_RECIPE_ATTESTATION, scalar));
    assert_memory_equal(scalar, attestation, sizeof(scalar));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_chip_opens_what_was_sealed_for_it),
        cmocka_unit_test(own_pairs_agree),
    };
    return cmocka_run_group_tests_name("two_readings", tests, crypto_setup, crypto_teardown);
}
