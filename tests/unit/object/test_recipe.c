/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "lib/object/ckdf.h"
#include "lib/object/recipe.h"
#include "tests/unit/object/object_test.h"
#include "tests/unit/wire/vectors.h"

#define VECTORS "key-derivation"

static void derivation_gives_the_published_keys(void **state)
{
    static const char *const sections[] = {"ckdf.claim", "ckdf.auth"};

    for (size_t i = 0; i < 2; i++) {
        struct vector parent = vector_read(VECTORS, sections[i], "parent");
        struct vector label = vector_read(VECTORS, sections[i], "label");
        struct vector key = vector_read(VECTORS, sections[i], "key");
        uint32_t properties = vector_u32(VECTORS, sections[i], "properties");
        uint8_t out[EG_CKDF_LEN_MAX];
        static const uint8_t zeros[EG_CKDF_LEN_MAX];

        assert_ok(eg_ckdf(*state, vector_span(&parent), label.bytes, properties, out));
        assert_int_equal(eg_ckdf_len(properties), key.len);
        assert_memory_equal(out, key.bytes, key.len);
        assert_memory_equal(out + key.len, zeros, sizeof(out) - key.len);
    }
}

static void a_parent_of_a_wrong_size_is_refused(void **state)
{
    static const uint8_t parent[17], zeros[EG_CKDF_LEN_MAX];
    uint8_t out[EG_CKDF_LEN_MAX];

    memset(out, 0xFF, sizeof(out));
    assert_false(eg_ok(eg_ckdf(*state, EG_SPAN_OF(parent), parent, 1, out)));
    assert_memory_equal(out, zeros, sizeof(out));
}

static void check_keys(struct eg_crypto *c, const struct eg_family *family,
                       const struct eg_binding *binding, const char *section)
{
    struct vector die = vector_read(VECTORS, "recipe.die", "die_key");
    struct vector kek = vector_read(VECTORS, section, "kek");
    struct vector tfm = vector_read(VECTORS, section, "tfm_kek");
    struct vector auth = vector_read(VECTORS, section, "auth");
    struct eg_import_keys keys;

    assert_ok(eg_recipe_import_keys(c, family, die.bytes, binding, &keys));
    assert_memory_equal(keys.kek, kek.bytes, 32);
    assert_memory_equal(keys.tfm_kek, tfm.bytes, 32);
    assert_memory_equal(keys.auth, auth.bytes, 32);
}

static void mcxn_keys_are_bound_to_hash_and_life_cycle(void **state)
{
    struct vector hash = vector_read(VECTORS, "recipe.die", "boot_key_hash");
    struct eg_binding b = {{0}, EG_LC_OPEN};

    check_keys(*state, &test_mcxn, &b, "recipe.mcxn.blank");
    memcpy(b.boot_key_hash, hash.bytes, sizeof(b.boot_key_hash));
    check_keys(*state, &test_mcxn, &b, "recipe.mcxn.open");
    b.life_cycle = EG_LC_CLOSED;
    check_keys(*state, &test_mcxn, &b, "recipe.mcxn.closed");
}

static void rw61x_keys_are_bound_to_nothing(void **state)
{
    struct vector hash = vector_read(VECTORS, "recipe.die", "boot_key_hash");
    struct eg_binding b = {{0}, EG_LC_OPEN};

    check_keys(*state, &test_rw61x, &b, "recipe.rw61x");
    memcpy(b.boot_key_hash, hash.bytes, sizeof(b.boot_key_hash));
    b.life_cycle = EG_LC_LOCKED;
    check_keys(*state, &test_rw61x, &b, "recipe.rw61x");
}

static void unknown_recipes_and_life_cycles_are_refused(void **state)
{
    static const uint8_t die[EG_DIE_KEY_LEN];
    static const struct eg_import_keys none;
    struct eg_family family = test_mcxn;
    struct eg_binding b = {{0}, (enum eg_life_cycle)3};
    struct eg_import_keys keys;

    memset(&keys, 0xFF, sizeof(keys));
    assert_status(eg_recipe_import_keys(*state, &family, die, &b, &keys), OBJECT_UNSUPPORTED);
    assert_memory_equal(&keys, &none, sizeof(keys));
    b.life_cycle = EG_LC_OPEN;
    family.recipe = (enum eg_key_recipe)0;
    assert_status(eg_recipe_import_keys(*state, &family, die, &b, &keys), OBJECT_UNSUPPORTED);
    family.recipe = (enum eg_key_recipe)99;
    assert_status(eg_recipe_import_keys(*state, &family, die, &b, &keys), OBJECT_UNSUPPORTED);
}

static void own_pairs_come_from_the_public_master(void **state)
{
    static const struct {
        enum eg_recipe_pair pair;
        const char *key;
    } pairs[] = {{EG_RECIPE_CONNECTION, "connection"}, {EG_RECIPE_ATTESTATION, "attestation"}};
    struct vector die = vector_read(VECTORS, "recipe.die", "die_key");

    for (size_t i = 0; i < 2; i++) {
        struct vector seed = vector_read(VECTORS, "recipe.die", pairs[i].key);
        uint8_t scalar[EG_P256_SCALAR_LEN];
        uint8_t pub[EG_P256_POINT_LEN], expected[EG_P256_POINT_LEN];

        assert_ok(eg_recipe_private(*state, die.bytes, pairs[i].pair, scalar));
        assert_memory_equal(scalar, seed.bytes, sizeof(scalar));
        assert_ok(eg_recipe_public(*state, die.bytes, pairs[i].pair, pub));
        assert_ok(eg_p256_public(*state, seed.bytes, expected));
        assert_memory_equal(pub, expected, sizeof(pub));
    }
}

static void master_keys_differ_by_chip_and_object(void **state)
{
    struct vector secret = vector_read(VECTORS, "master_key", "secret");
    struct vector raw = vector_read(VECTORS, "master_key", "uuid");
    struct vector key_16 = vector_read(VECTORS, "master_key", "key_16");
    struct vector key_32 = vector_read(VECTORS, "master_key", "key_32");
    uint32_t id = vector_u32(VECTORS, "master_key", "object_id");
    struct eg_uuid uuid;
    uint8_t key[32];

    memcpy(uuid.bytes, raw.bytes, sizeof(uuid.bytes));
    assert_ok(eg_recipe_master_key(*state, vector_span(&secret), &uuid, id, key, 16));
    assert_memory_equal(key, key_16.bytes, 16);
    assert_ok(eg_recipe_master_key(*state, vector_span(&secret), &uuid, id, key, 32));
    assert_memory_equal(key, key_32.bytes, 32);
    assert_ok(eg_recipe_master_key(*state, vector_span(&secret), &uuid, id + 1, key, 32));
    assert_memory_not_equal(key, key_32.bytes, 32);
    uuid.bytes[15] ^= 1;
    assert_ok(eg_recipe_master_key(*state, vector_span(&secret), &uuid, id, key, 32));
    assert_memory_not_equal(key, key_32.bytes, 32);
}

static void master_keys_of_other_sizes_are_refused(void **state)
{
    static const uint8_t secret[EG_MASTER_SECRET_LEN_MAX + 1];
    static const struct eg_uuid uuid;
    uint8_t key[32];

    assert_status(eg_recipe_master_key(*state, eg_span(secret, 32), &uuid, 1, key, 24),
                  OBJECT_UNSUPPORTED);
    assert_status(eg_recipe_master_key(*state, eg_span(secret, 15), &uuid, 1, key, 16),
                  OBJECT_UNSUPPORTED);
    assert_status(eg_recipe_master_key(*state, EG_SPAN_OF(secret), &uuid, 1, key, 16),
                  OBJECT_UNSUPPORTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(derivation_gives_the_published_keys),
        cmocka_unit_test(a_parent_of_a_wrong_size_is_refused),
        cmocka_unit_test(mcxn_keys_are_bound_to_hash_and_life_cycle),
        cmocka_unit_test(rw61x_keys_are_bound_to_nothing),
        cmocka_unit_test(unknown_recipes_and_life_cycles_are_refused),
        cmocka_unit_test(own_pairs_come_from_the_public_master),
        cmocka_unit_test(master_keys_differ_by_chip_and_object),
        cmocka_unit_test(master_keys_of_other_sizes_are_refused),
    };
    return cmocka_run_group_tests_name("recipe", tests, crypto_setup, crypto_teardown);
}
