/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "lib/object/policy.h"
#include "lib/object/seal.h"
#include "lib/object/seal_s50.h"
#include "tests/unit/object/object_test.h"
#include "tests/unit/wire/vectors.h"

#define VECTORS "secure-object"

enum {
    ROOM = 8192,
};

static const uint8_t die_key[EG_DIE_KEY_LEN] = {1, 2, 3};
static const struct eg_binding closed = {{7}, EG_LC_CLOSED};

/* ---- published objects, rebuilt ---------------------------------------------------------------
 */

static struct eg_import_keys published_keys(void)
{
    struct vector kek = vector_read(VECTORS, "ours.keys", "kek");
    struct vector tfm = vector_read(VECTORS, "ours.keys", "tfm_kek");
    struct vector auth = vector_read(VECTORS, "ours.keys", "auth");
    struct eg_import_keys keys;

    memcpy(keys.kek, kek.bytes, 32);
    memcpy(keys.tfm_kek, tfm.bytes, 32);
    memcpy(keys.auth, auth.bytes, 32);
    return keys;
}

static void rebuild(struct eg_crypto *c, const char *section, const struct eg_so *so,
                    uint32_t properties)
{
    const struct eg_import_keys keys = published_keys();
    struct vector value = vector_read(VECTORS, section, "value");
    struct vector blob = vector_read(VECTORS, section, "blob");
    uint8_t room[512];
    struct eg_writer w;

    eg_writer_init(&w, room, sizeof(room));
    assert_ok(eg_s50_put(c, &keys, so, properties, vector_span(&value), &w));
    assert_int_equal(w.len, blob.len);
    assert_memory_equal(room, blob.bytes, blob.len);
}

static void the_published_aes_key_is_rebuilt(void **state)
{
    const struct eg_so so = {
        .key_id = 0x00010001,
        .algorithm = 0x04C01000,
        .usage = 0x300,
        .key_type = 0x2400,
        .key_bits = 256,
        .lifetime = 0xE0000101,
        .wrap_key_id = 0x7FFF816E,
        .wrap = EG_SO_WRAP_RFC3394,
        .sign_key_id = 0x7FFF8170,
        .sign = EG_SO_SIGN_CMAC,
    };

    rebuild(*state, "ours.aes", &so, 0x00100021);
}

static void the_published_ec_key_is_rebuilt(void **state)
{
    const struct eg_so so = {
        .key_id = 0x00010002,
        .algorithm = 0x06000609,
        .usage = 0x1000,
        .key_type = 0x7112,
        .key_bits = 256,
        .lifetime = 0xE0000101,
        .wrap_key_id = 0x7FFF816E,
        .wrap = EG_SO_WRAP_RFC3394,
        .sign_key_id = 0x7FFF8170,
        .sign = EG_SO_SIGN_CMAC,
    };

    rebuild(*state, "ours.ec", &so, 0x84000061);
}

static void the_published_data_is_rebuilt(void **state)
{
    struct vector iv = vector_read(VECTORS, "ours.data", "iv");
    const struct eg_so so = {
        .key_id = 0x00010003,
        .usage = 1,
        .key_type = 0x1001,
        .key_bits = 0x68,
        .lifetime = 0xE0810101,
        .wrap_key_id = 0x7FFF816F,
        .wrap = EG_SO_WRAP_CBC,
        .iv = vector_span(&iv),
        .sign_key_id = 0x7FFF8170,
        .sign = EG_SO_SIGN_CMAC,
    };

    rebuild(*state, "ours.data", &so, 0);
}

/* What eg_s50_put() puts into tag 0x55 under NXP's test key must be NXP's own bytes. */
static void nxp_wrapped_keys_are_rebuilt(void **state)
{
    static const char *const names[] = {"nxp.key1", "nxp.key2", "nxp.key3"};
    struct vector kek = vector_read(VECTORS, "nxp.kek", "kek");
    struct eg_import_keys keys = {{0}, {0}, {0}};

    memcpy(keys.kek, kek.bytes, 32);
    for (size_t i = 0; i < 3; i++) {
        struct vector wrapped = vector_read(VECTORS, names[i], "wrapped");
        struct vector scalar = vector_read(VECTORS, names[i], "scalar");
        uint32_t properties = vector_u32(VECTORS, names[i], "properties");
        const struct eg_so so = {.wrap = EG_SO_WRAP_RFC3394};
        uint8_t room[512];
        struct eg_writer w;
        struct eg_so back;

        eg_writer_init(&w, room, sizeof(room));
        assert_ok(eg_s50_put(*state, &keys, &so, properties, vector_span(&scalar), &w));
        assert_ok(eg_so_decode(eg_writer_span(&w), &back));
        assert_true(eg_span_equal(back.payload, vector_span(&wrapped)));
    }
}

static void nxp_wrapped_keys_open_to_their_public_keys(void **state)
{
    static const char *const names[] = {"nxp.key1", "nxp.key2"};
    struct vector kek = vector_read(VECTORS, "nxp.kek", "kek");

    for (size_t i = 0; i < 2; i++) {
        struct vector wrapped = vector_read(VECTORS, names[i], "wrapped");
        struct vector scalar = vector_read(VECTORS, names[i], "scalar");
        struct vector public_x = vector_read(VECTORS, names[i], "public_x");
        uint8_t plain[64], point[EG_P256_POINT_LEN];
        struct eg_writer w;

        eg_writer_init(&w, plain, sizeof(plain));
        assert_ok(eg_kw_unwrap(*state, vector_span(&kek), vector_span(&wrapped), &w));
        assert_int_equal(w.len, 40);
        assert_int_equal(eg_load_be32(plain), vector_u32(VECTORS, names[i], "properties"));
        assert_int_equal(eg_load_be32(plain + 4), 0);
        assert_memory_equal(plain + 8, scalar.bytes, 32);
        assert_ok(eg_p256_public(*state, plain + 8, point));
        assert_memory_equal(point + 1, public_x.bytes, 32);
    }
}

/* ---- objects as the service makes them --------------------------------------------------------
 */

struct expectation {
    enum eg_object_type type;
    uint32_t id;
    enum eg_key_alg alg;
    uint32_t size; /* as in the object */
    size_t value_len;
    uint16_t key_type;
    uint32_t key_bits, lifetime, wrap, properties, usage, algorithm;
};

static const struct expectation expectations[] = {
    {EG_OBJECT_KEYPAIR, 1, EG_KEY_P256, 0, 32, 0x7112, 256, 0xE0000101, 1, 0x84000061, 0x1400,
     0x060006FF},
    {EG_OBJECT_KEYPAIR, 1, EG_KEY_P384, 0, 48, 0x7112, 384, 0xE0010101, 2, 0, 0x1400, 0x060006FF},
    {EG_OBJECT_KEYPAIR, 1, EG_KEY_ED25519, 0, 32, 0x7142, 255, 0xE0010101, 2, 0, 0x0400,
     0x06000800},
    {EG_OBJECT_KEYPAIR, 1, EG_KEY_RSA_2048, 0, 1190, 0x7001, 2048, 0xE0010101, 2, 0, 0x1400,
     0x060002FF},
    {EG_OBJECT_KEYPAIR, 1, EG_KEY_RSA_3072, 0, 1766, 0x7001, 3072, 0xE0010101, 2, 0, 0x1400,
     0x060002FF},
    {EG_OBJECT_KEYPAIR, 1, EG_KEY_RSA_4096, 0, 2349, 0x7001, 4096, 0xE0010101, 2, 0, 0x1400,
     0x060002FF},
    {EG_OBJECT_MASTER_KEY, 1, EG_KEY_NONE, 32, 32, 0x2400, 256, 0xE0000101, 1, 0x00100021, 0x300,
     0x04C01000},
    {EG_OBJECT_MASTER_KEY, 1, EG_KEY_NONE, 16, 16, 0x2400, 128, 0xE0000101, 1, 0x00100020, 0x300,
     0x04C01000},
    {EG_OBJECT_HMAC_KEY, 1, EG_KEY_NONE, 32, 32, 0x1100, 256, 0xE0000101, 1, 0x00200021, 0xC00,
     0x03800009},
    {EG_OBJECT_HMAC_KEY, 1, EG_KEY_NONE, 64, 64, 0x1100, 512, 0xE0010101, 2, 0, 0xC00, 0x03800009},
    {EG_OBJECT_CERTIFICATE, 1, EG_KEY_NONE, 2000, 700, 0x1001, 5600, 0xE0810101, 2, 0, 1, 0},
    {EG_OBJECT_BINARY_FILE, 1, EG_KEY_NONE, 13, 13, 0x1001, 104, 0xE0810101, 2, 0, 1, 0},
    {EG_OBJECT_BINARY_FILE, 0x7FFF817C, EG_KEY_NONE, 20, 20, 0x1001, 160, 0xE0810101, 2, 0, 1, 0},
    {EG_OBJECT_STATIC_PUBLIC_KEY, 1, EG_KEY_P256, 65, 65, 0x4112, 256, 0xE0810101, 2, 0, 0x2801,
     0x060006FF},
    {EG_OBJECT_STATIC_PUBLIC_KEY, 1, EG_KEY_P384, 97, 97, 0x4112, 384, 0xE0810101, 2, 0, 0x2801,
     0x060006FF},
    {EG_OBJECT_STATIC_PUBLIC_KEY, 1, EG_KEY_ED25519, 32, 32, 0x4142, 255, 0xE0810101, 2, 0, 0x801,
     0x06000800},
    {EG_OBJECT_STATIC_PUBLIC_KEY, 1, EG_KEY_RSA_2048, 270, 270, 0x4001, 2048, 0xE0810101, 2, 0,
     0x2801, 0x060002FF},
    {EG_OBJECT_OEM_FW_AUTH_KEY_HASH, 0x7FFF817A, EG_KEY_NONE, 32, 32, 0x1001, 256, 0xE0810101, 3, 0,
     0, 0},
    {EG_OBJECT_OEM_FW_DECRYPT_KEY, 0x7FFF817B, EG_KEY_NONE, 32, 32, 0x9F00, 256, 0xE0010101, 2, 0,
     0x4000, 0x8800FF00},
};

/* The MAC is right under the auth key, and the payload opens to the value. */
static void check_cryptography(struct eg_crypto *c, const struct eg_import_keys *keys,
                               const struct eg_so *so, uint32_t properties, struct eg_span value)
{
    static uint8_t plain[ROOM];
    uint8_t mac[EG_CMAC_LEN];
    struct eg_writer w;
    size_t head = 0;

    assert_ok(eg_cmac(c, EG_SPAN_OF(keys->auth), so->mac_over, mac));
    assert_memory_equal(mac, so->mac.ptr, sizeof(mac));
    eg_writer_init(&w, plain, sizeof(plain));
    if (so->wrap == EG_SO_WRAP_RFC3394) {
        assert_ok(eg_kw_unwrap(c, EG_SPAN_OF(keys->kek), so->payload, &w));
        assert_int_equal(eg_load_be32(plain), properties);
        assert_int_equal(eg_load_be32(plain + 4), 0);
        head = 8;
    } else if (so->wrap == EG_SO_WRAP_CBC) {
        assert_ok(eg_cbc_decrypt(c, EG_SPAN_OF(keys->tfm_kek), so->iv.ptr, so->payload, &w));
    } else {
        eg_writer_bytes(&w, so->payload);
    }
    assert_int_equal(w.len, head + value.len);
    assert_memory_equal(plain + head, value.ptr, value.len);
}

static void check_attributes(const struct expectation *e, const struct eg_so *so)
{
    assert_int_equal(so->key_id, e->id);
    assert_int_equal(so->algorithm, e->algorithm);
    assert_int_equal(so->usage, e->usage);
    assert_int_equal(so->key_type, e->key_type);
    assert_int_equal(so->key_bits, e->key_bits);
    assert_int_equal(so->lifetime, e->lifetime);
    assert_true(so->has_life_cycle);
    assert_int_equal(so->life_cycle, EG_LC_CLOSED);
    assert_int_equal(so->wrap, e->wrap);
    assert_int_equal(so->wrap_key_id, e->wrap == 2 ? 0x7FFF816F : 0x7FFF816E);
    assert_int_equal(so->sign_key_id, 0x7FFF8170);
    assert_int_equal(so->sign, 1);
}

static void every_object_is_sealed_as_its_type_asks(void **state)
{
    static uint8_t room[ROOM], value[ROOM];
    struct eg_seal_target t;

    memset(value, 0x5C, sizeof(value));
    assert_ok(eg_seal_target_init(*state, &test_mcxn, die_key, &closed, &t));
    for (size_t i = 0; i < sizeof(expectations) / sizeof(expectations[0]); i++) {
        const struct expectation *e = &expectations[i];
        const struct eg_object o = test_object(e->type, e->id, e->alg, e->size);
        struct eg_writer w;
        struct eg_so so;
        size_t len;

        eg_writer_init(&w, room, sizeof(room));
        assert_ok(eg_seal(*state, &t, &o, eg_span(value, e->value_len), &w));
        assert_ok(eg_so_decode(eg_writer_span(&w), &so));
        check_attributes(e, &so);
        check_cryptography(*state, &t.keys, &so, e->properties, eg_span(value, e->value_len));
        assert_ok(eg_seal_len(&test_mcxn, &o, e->value_len, &len));
        assert_int_equal(len, w.len);
    }
    eg_seal_target_wipe(&t);
}

static void the_policy_decides_between_enclave_and_flash(void **state)
{
    static const struct {
        struct eg_object o;
        struct eg_s50_storage storage;
    } cases[] = {
        {{EG_OBJECT_KEYPAIR, 1, EG_KEY_P256, 0, {EG_USAGE_DERIVE, 0x09020000}},
         {0xE0010101, EG_SO_WRAP_CBC, 0}},
        {{EG_OBJECT_KEYPAIR, 1, EG_KEY_P256, 0, {0x1401, 0x060006FF}},
         {0xE0010101, EG_SO_WRAP_CBC, 0}},
        {{EG_OBJECT_KEYPAIR, 1, EG_KEY_P256, 0, {0x1000, 0x06000609}},
         {0xE0000101, EG_SO_WRAP_RFC3394, 0x84000061}},
        {{EG_OBJECT_MASTER_KEY, 1, EG_KEY_NONE, 32, {0xC00, 0x03C00200}},
         {0xE0000101, EG_SO_WRAP_RFC3394, 0x00002021}},
        {{EG_OBJECT_MASTER_KEY, 1, EG_KEY_NONE, 16, {0xC00, 0x03C00200}},
         {0xE0000101, EG_SO_WRAP_RFC3394, 0x00002020}},
        {{EG_OBJECT_HMAC_KEY, 1, EG_KEY_NONE, 32, {0xC00, 0x0380000B}},
         {0xE0010101, EG_SO_WRAP_CBC, 0}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct eg_s50_storage s;

        assert_ok(eg_s50_storage_of(&cases[i].o, &s));
        assert_int_equal(s.lifetime, cases[i].storage.lifetime);
        assert_int_equal(s.wrap, cases[i].storage.wrap);
        assert_int_equal(s.properties, cases[i].storage.properties);
    }
}

static void equal_values_never_look_equal(void **state)
{
    const struct eg_object o = test_object(EG_OBJECT_BINARY_FILE, 5, EG_KEY_NONE, 40);
    static const uint8_t value[40];
    uint8_t one[512], two[512];
    struct eg_seal_target t;
    struct eg_writer w1, w2;

    assert_ok(eg_seal_target_init(*state, &test_rw61x, die_key, &closed, &t));
    eg_writer_init(&w1, one, sizeof(one));
    eg_writer_init(&w2, two, sizeof(two));
    assert_ok(eg_seal(*state, &t, &o, EG_SPAN_OF(value), &w1));
    assert_ok(eg_seal(*state, &t, &o, EG_SPAN_OF(value), &w2));
    assert_int_equal(w1.len, w2.len);
    assert_memory_not_equal(one, two, w1.len);
}

static void objects_are_appended_one_after_the_other(void **state)
{
    const struct eg_object key = test_object(EG_OBJECT_KEYPAIR, 1, EG_KEY_P256, 0);
    const struct eg_object file = test_object(EG_OBJECT_BINARY_FILE, 2, EG_KEY_NONE, 9);
    static const uint8_t value[32] = {1};
    uint8_t room[1024];
    struct eg_seal_target t;
    struct eg_writer w;
    size_t count;

    assert_ok(eg_seal_target_init(*state, &test_mcxn, die_key, &closed, &t));
    eg_writer_init(&w, room, sizeof(room));
    assert_ok(eg_seal(*state, &t, &key, EG_SPAN_OF(value), &w));
    assert_ok(eg_seal(*state, &t, &file, eg_span(value, 9), &w));
    assert_ok(eg_so_count(eg_writer_span(&w), &count));
    assert_int_equal(count, 2);
}

static void values_that_do_not_fit_are_refused(void **state)
{
    static const struct {
        enum eg_object_type type;
        enum eg_key_alg alg;
        uint32_t size;
        size_t value_len;
        const char *status;
    } cases[] = {
        {EG_OBJECT_KEYPAIR, EG_KEY_P256, 0, 31, "CRYPTO_BAD_KEY"},
        {EG_OBJECT_KEYPAIR, EG_KEY_P256, 0, 33, "OBJECT_TOO_LARGE"},
        {EG_OBJECT_KEYPAIR, EG_KEY_P256, 0, 0, "OBJECT_TOO_LARGE"},
        {EG_OBJECT_KEYPAIR, EG_KEY_NONE, 0, 32, "OBJECT_TOO_LARGE"},
        {EG_OBJECT_KEYPAIR, EG_KEY_RSA_2048, 0, 1195, "OBJECT_TOO_LARGE"},
        {EG_OBJECT_MASTER_KEY, EG_KEY_NONE, 32, 16, "CRYPTO_BAD_KEY"},
        {EG_OBJECT_MASTER_KEY, EG_KEY_NONE, 24, 24, "OBJECT_UNSUPPORTED"},
        {EG_OBJECT_OEM_FW_AUTH_KEY_HASH, EG_KEY_NONE, 48, 48, "OBJECT_UNSUPPORTED"},
        {EG_OBJECT_OEM_FW_DECRYPT_KEY, EG_KEY_NONE, 32, 31, "CRYPTO_BAD_KEY"},
        {EG_OBJECT_STATIC_PUBLIC_KEY, EG_KEY_P256, 65, 64, "CRYPTO_BAD_KEY"},
        {EG_OBJECT_BINARY_FILE, EG_KEY_NONE, 4, 5, "OBJECT_TOO_LARGE"},
        {EG_OBJECT_NONE, EG_KEY_NONE, 4, 4, "OBJECT_TOO_LARGE"},
    };
    static const uint8_t value[2048];
    uint8_t room[4096];
    struct eg_seal_target t;

    assert_ok(eg_seal_target_init(*state, &test_mcxn, die_key, &closed, &t));
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct eg_object o = test_object(cases[i].type, 1, cases[i].alg, cases[i].size);
        struct eg_writer w;
        eg_status st;

        eg_writer_init(&w, room, sizeof(room));
        eg_writer_str(&w, "before");
        st = eg_seal(*state, &t, &o, eg_span(value, cases[i].value_len), &w);
        assert_string_equal(eg_status_info(st)->name, cases[i].status);
        assert_int_equal(w.len, 6);
    }
}

static void too_little_room_leaves_nothing_behind(void **state)
{
    const struct eg_object o = test_object(EG_OBJECT_BINARY_FILE, 1, EG_KEY_NONE, 100);
    static const uint8_t value[100];
    uint8_t room[512];
    struct eg_seal_target t;
    size_t len;

    assert_ok(eg_seal_target_init(*state, &test_mcxn, die_key, &closed, &t));
    assert_ok(eg_seal_len(&test_mcxn, &o, sizeof(value), &len));
    for (size_t cut = 0; cut < len; cut++) {
        struct eg_writer w;

        eg_writer_init(&w, room, cut);
        assert_status(eg_seal(*state, &t, &o, EG_SPAN_OF(value), &w), NO_ROOM);
        assert_int_equal(w.len, 0);
    }
}

static void families_without_an_adapter_are_refused(void **state)
{
    const struct eg_object o = test_object(EG_OBJECT_BINARY_FILE, 1, EG_KEY_NONE, 100);
    struct eg_family family = test_mcxn;
    struct eg_seal_target t;
    size_t len = 1;

    family.recipe = (enum eg_key_recipe)9;
    assert_status(eg_seal_target_init(*state, &family, die_key, &closed, &t), OBJECT_UNSUPPORTED);
    assert_status(eg_seal_len(&family, &o, 4, &len), OBJECT_UNSUPPORTED);
    assert_int_equal(len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_published_aes_key_is_rebuilt),
        cmocka_unit_test(the_published_ec_key_is_rebuilt),
        cmocka_unit_test(the_published_data_is_rebuilt),
        cmocka_unit_test(nxp_wrapped_keys_are_rebuilt),
        cmocka_unit_test(nxp_wrapped_keys_open_to_their_public_keys),
        cmocka_unit_test(every_object_is_sealed_as_its_type_asks),
        cmocka_unit_test(the_policy_decides_between_enclave_and_flash),
        cmocka_unit_test(equal_values_never_look_equal),
        cmocka_unit_test(objects_are_appended_one_after_the_other),
        cmocka_unit_test(values_that_do_not_fit_are_refused),
        cmocka_unit_test(too_little_room_leaves_nothing_behind),
        cmocka_unit_test(families_without_an_adapter_are_refused),
    };
    return cmocka_run_group_tests_name("seal", tests, crypto_setup, crypto_teardown);
}
