/* SPDX-License-Identifier: Apache-2.0 */
/* Objects for S200 and S400: attributes as in the public fixtures, and read by the chip's own code.
 */
#include <string.h>

#include "lib/base/secret.h"
#include "lib/object/fit.h"
#include "lib/object/policy.h"
#include "lib/object/seal.h"
#include "lib/wire/so_tlv.h"
#include "tests/unit/unit.h"
#include "vchip/blob.h"

static const struct eg_family kw = {.name = "kw",
                                    .recipe = EG_RECIPE_S200,
                                    .objects_max = 16,
                                    .objects_bytes_max = 16384,
                                    .object_bytes_max = 1024,
                                    .life_cycle_open = 3,
                                    .life_cycle_closed = 15,
                                    .life_cycle_locked = 0xCF};
static struct eg_family imx;
static const uint8_t die_key[EG_DIE_KEY_LEN] = {7, 7, 7};

static int set_up(void **state)
{
    imx = kw;
    imx.recipe = EG_RECIPE_S400;
    imx.object_bytes_max = 0;
    return eg_ok(eg_crypto_new((struct eg_crypto **)state)) ? 0 : -1;
}

static int tear_down(void **state)
{
    eg_crypto_free(*state);
    return 0;
}

/* Fields as the three public fixture objects of the KW family have them. */
static const struct {
    enum eg_object_type type;
    uint32_t id, size;
    uint32_t key_type, algorithm, usage, bits, lifetime, wrap_key_id, wrap;
    size_t len;
} fixtures[] = {
    {EG_OBJECT_OEM_FW_AUTH_KEY_HASH, 0x7FFF817A, 32, 0x1001, 0, 0, 0x100, 0xE0800201, 0x7FFF816E, 3,
     129},
    {EG_OBJECT_OEM_FW_DECRYPT_KEY, 0x7FFF817B, 32, 0x9F00, 0x8800FF00, 0x4000, 0x100, 0xE0000201,
     0x7FFF816F, 2, 163},
    {EG_OBJECT_BINARY_FILE, 0x01234567, 256, 0x1001, 0, 1, 0x800, 0xE0800201, 0x7FFF816E, 2, 389},
};

static void check_one(struct eg_crypto *c, const struct eg_family *f, size_t i)
{
    static uint8_t value[256] = {1, 2, 3};
    const struct eg_binding binding = {{9}, EG_LC_CLOSED};
    const struct eg_vkey_binding read_binding = {{9}, 15};
    struct eg_object o = {.type = fixtures[i].type, .id = fixtures[i].id, .size = fixtures[i].size};
    struct eg_seal_target t;
    struct eg_vkeys keys;
    struct eg_vblob blob;
    struct eg_writer w, plain;
    struct eg_reader r;
    struct eg_so so;
    uint8_t room[512], plain_room[512];
    size_t len;
    uint32_t kind = f->recipe == EG_RECIPE_S200 ? 0 : 0x200;

    o.policy = eg_policy_default(&o);
    eg_writer_init(&w, room, sizeof(room));
    assert_ok(eg_seal_target_init(c, f, die_key, &binding, &t));
    assert_ok(eg_seal(c, &t, &o, eg_span(value, o.size), &w));
    assert_ok(eg_seal_len(f, &o, o.size, &len));
    assert_int_equal(w.len, fixtures[i].len);
    assert_int_equal(w.len, len);
    assert_ok(eg_so_decode(eg_writer_span(&w), &so));
    assert_int_equal(so.key_type, fixtures[i].key_type);
    assert_int_equal(so.algorithm, fixtures[i].algorithm);
    assert_int_equal(so.usage, fixtures[i].usage);
    assert_int_equal(so.key_bits, fixtures[i].bits);
    assert_int_equal(so.lifetime, fixtures[i].lifetime & ~kind);
    assert_int_equal(so.wrap_key_id, fixtures[i].wrap_key_id);
    assert_int_equal(so.wrap, fixtures[i].wrap);

    assert_ok(eg_vkeys_import(c, f->recipe, EG_SPAN_OF(die_key), &read_binding, &keys));
    eg_reader_init(&r, eg_writer_span(&w));
    assert_ok(eg_vblob_take(&r, &blob));
    assert_true(eg_vblob_for(&blob, f->recipe));
    assert_false(eg_vblob_for(&blob, EG_RECIPE_MCXN));
    assert_ok(eg_vblob_check(c, &blob, keys.auth));
    eg_writer_init(&plain, plain_room, sizeof(plain_room));
    assert_ok(eg_vblob_open(c, &blob, &keys, &plain));
    assert_int_equal(plain.len, o.size);
    assert_memory_equal(plain_room, value, o.size);
    eg_seal_target_wipe(&t);
    eg_vkeys_wipe(&keys);
}

static void fields_are_those_of_the_fixtures(void **state)
{
    for (size_t i = 0; i < sizeof(fixtures) / sizeof(fixtures[0]); i++) {
        check_one(*state, &kw, i);
        check_one(*state, &imx, i);
    }
}

/* S400 keys depend on the boot key hash and the life cycle, S200 keys on neither. */
static void only_s400_is_bound(void **state)
{
    const struct eg_binding one = {{9}, EG_LC_CLOSED}, other = {{8}, EG_LC_CLOSED};
    const struct eg_binding open = {{9}, EG_LC_OPEN};
    struct eg_import_keys a, b;

    assert_ok(eg_recipe_import_keys(*state, &kw, die_key, &one, &a));
    assert_ok(eg_recipe_import_keys(*state, &kw, die_key, &other, &b));
    assert_memory_equal(&a, &b, sizeof(a));
    assert_ok(eg_recipe_import_keys(*state, &imx, die_key, &one, &a));
    assert_ok(eg_recipe_import_keys(*state, &imx, die_key, &other, &b));
    assert_memory_not_equal(a.auth, b.auth, sizeof(a.auth));
    assert_ok(eg_recipe_import_keys(*state, &imx, die_key, &open, &b));
    assert_memory_not_equal(a.auth, b.auth, sizeof(a.auth));
}

/* 1024 bytes of object hold 895 bytes of data: the next byte begins a block too many. */
static void one_object_has_a_limit_on_kw(void **state)
{
    struct eg_object o = {.type = EG_OBJECT_CERTIFICATE, .id = 5, .size = 895};
    size_t len;

    (void)state;
    o.policy = eg_policy_default(&o);
    assert_ok(eg_object_fit(&kw, &o, &len));
    assert_true(len <= 1024);
    o.size = 896;
    assert_status(eg_object_fit(&kw, &o, &len), OBJECT_TOO_LARGE);
    assert_ok(eg_object_fit(&imx, &o, &len));
}

static void rsa_is_refused_where_the_enclave_has_none(void **state)
{
    struct eg_object o = {.type = EG_OBJECT_KEYPAIR, .id = 5, .key_alg = EG_KEY_RSA_2048};
    size_t len;

    (void)state;
    o.policy = eg_policy_default(&o);
    assert_status(eg_object_fit(&kw, &o, &len), OBJECT_UNSUPPORTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_are_those_of_the_fixtures),
        cmocka_unit_test(only_s400_is_bound),
        cmocka_unit_test(one_object_has_a_limit_on_kw),
        cmocka_unit_test(rsa_is_refused_where_the_enclave_has_none),
    };
    return cmocka_run_group_tests_name("seal_cbc", tests, set_up, tear_down);
}
