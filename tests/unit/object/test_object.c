/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "tests/unit/object/object_test.h"

static void type_names_go_both_ways(void **state)
{
    (void)state;
    for (int t = EG_OBJECT_KEYPAIR; t <= EG_OBJECT_OEM_FW_DECRYPT_KEY; t++) {
        const char *name = eg_object_type_name((enum eg_object_type)t);

        assert_true(strlen(name) > 0);
        assert_int_equal(eg_object_type_from_name(eg_span_str(name)), t);
    }
    assert_string_equal(eg_object_type_name(EG_OBJECT_BINARY_FILE), "BINARY_FILE");
    assert_string_equal(eg_object_type_name((enum eg_object_type)99), "");
    assert_int_equal(eg_object_type_from_name(eg_span_str("keypair")), EG_OBJECT_NONE);
    assert_int_equal(eg_object_type_from_name(eg_span_str("")), EG_OBJECT_NONE);
}

static void internal_objects_are_three(void **state)
{
    (void)state;
    assert_true(eg_object_is_internal(0x7FFF817A));
    assert_true(eg_object_is_internal(0x7FFF817B));
    assert_true(eg_object_is_internal(0x7FFF817C));
    assert_false(eg_object_is_internal(0x7FFF8181));
    assert_false(eg_object_is_internal(1));
}

static void ids_belong_to_types(void **state)
{
    static const struct {
        enum eg_object_type type;
        uint32_t id;
        bool allowed;
    } cases[] = {
        {EG_OBJECT_KEYPAIR, 0, false},
        {EG_OBJECT_KEYPAIR, 1, true},
        {EG_OBJECT_KEYPAIR, 0x3FFFFFFF, true},
        {EG_OBJECT_KEYPAIR, 0x40000000, false},
        {EG_OBJECT_KEYPAIR, 0x3FFF01FF, true},
        {EG_OBJECT_KEYPAIR, 0x3FFF0200, false},
        {EG_OBJECT_KEYPAIR, 0x3FFF02FF, false},
        {EG_OBJECT_KEYPAIR, 0x3FFF0300, true},
        {EG_OBJECT_KEYPAIR, 0x7FFF816C, false},
        {EG_OBJECT_KEYPAIR, 0x7FFF817A, false},
        {EG_OBJECT_BINARY_FILE, 0x7FFF817C, true},
        {EG_OBJECT_BINARY_FILE, 0x7FFF817A, false},
        {EG_OBJECT_BINARY_FILE, 7, true},
        {EG_OBJECT_HMAC_KEY, 0x7FFF817C, false},
        {EG_OBJECT_OEM_FW_AUTH_KEY_HASH, 0x7FFF817A, true},
        {EG_OBJECT_OEM_FW_AUTH_KEY_HASH, 0x7FFF817B, false},
        {EG_OBJECT_OEM_FW_AUTH_KEY_HASH, 7, false},
        {EG_OBJECT_OEM_FW_DECRYPT_KEY, 0x7FFF817B, true},
        {EG_OBJECT_OEM_FW_DECRYPT_KEY, 7, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        eg_status st = eg_object_id_check(cases[i].type, cases[i].id);

        if (cases[i].allowed) {
            assert_ok(st);
        } else {
            assert_status(st, OBJECT_ID_TAKEN);
        }
    }
}

static void ids_are_read_from_text(void **state)
{
    uint32_t id;

    (void)state;
    assert_ok(eg_object_id_parse(eg_span_str("2147451260"), &id));
    assert_int_equal(id, 0x7FFF817C);
    assert_ok(eg_object_id_parse(eg_span_str("0x7FFF817A"), &id));
    assert_int_equal(id, 0x7FFF817A);
    assert_status(eg_object_id_parse(eg_span_str("83000043x"), &id), BAD_NUMBER);
    assert_int_equal(id, 0);
    assert_status(eg_object_id_parse(eg_span_str("4294967296"), &id), BAD_NUMBER);
}

/* Real keys of every algorithm: no private key is longer than what is reserved for it. */
static void private_keys_fit_into_what_is_reserved(void **state)
{
    static const enum eg_key_alg algs[] = {EG_KEY_P256, EG_KEY_P384, EG_KEY_ED25519,
                                           EG_KEY_RSA_2048};

    for (size_t i = 0; i < sizeof(algs) / sizeof(algs[0]); i++) {
        const struct eg_object o = test_object(EG_OBJECT_KEYPAIR, 1, algs[i], 0);
        uint8_t room[EG_PRIVATE_LEN_MAX];
        struct eg_key *key = NULL;
        struct eg_writer w;

        assert_ok(eg_key_generate(*state, algs[i], &key));
        eg_writer_init(&w, room, sizeof(room));
        assert_ok(eg_key_private(key, &w));
        assert_in_range(w.len, 1, eg_object_value_max(&o));
        eg_key_free(key);
    }
}

static void public_keys_are_taken_from_their_envelope(void **state)
{
    static const struct {
        enum eg_key_alg alg;
        size_t len_min, len_max;
        uint8_t first;
    } cases[] = {{EG_KEY_P256, 65, 65, 0x04},
                 {EG_KEY_P384, 97, 97, 0x04},
                 {EG_KEY_ED25519, 32, 32, 0},
                 {EG_KEY_RSA_2048, 262, 272, 0x30}};

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint8_t room[EG_SPKI_LEN_MAX];
        struct eg_key *key = NULL;
        struct eg_span value;
        struct eg_writer w;

        assert_ok(eg_key_generate(*state, cases[i].alg, &key));
        eg_writer_init(&w, room, sizeof(room));
        assert_ok(eg_key_spki(key, &w));
        assert_ok(eg_object_public_value(eg_writer_span(&w), &value));
        assert_in_range(value.len, cases[i].len_min, cases[i].len_max);
        assert_true(cases[i].first == 0 || value.ptr[0] == cases[i].first);
        assert_ptr_equal(value.ptr + value.len, room + w.len);
        for (size_t cut = 0; cut < w.len; cut++) {
            assert_status(eg_object_public_value(eg_span(room, cut), &value), CRYPTO_BAD_KEY);
            assert_null(value.ptr);
        }
        eg_key_free(key);
    }
}

static void other_envelopes_are_refused(void **state)
{
    static const uint8_t trailing[] = {0x30, 6, 0x30, 0, 3, 2, 0, 1, 0};
    static const uint8_t unused_bits[] = {0x30, 6, 0x30, 0, 3, 2, 1, 2};
    static const uint8_t no_content[] = {0x30, 5, 0x30, 0, 3, 1, 0};
    static const uint8_t wrong_tag[] = {0x30, 6, 0x31, 0, 3, 2, 0, 1};
    static const uint8_t good[] = {0x30, 6, 0x30, 0, 3, 2, 0, 1};
    struct eg_span value;

    (void)state;
    assert_ok(eg_object_public_value(EG_SPAN_OF(good), &value));
    assert_int_equal(value.len, 1);
    assert_status(eg_object_public_value(EG_SPAN_OF(trailing), &value), CRYPTO_BAD_KEY);
    assert_status(eg_object_public_value(EG_SPAN_OF(unused_bits), &value), CRYPTO_BAD_KEY);
    assert_status(eg_object_public_value(EG_SPAN_OF(no_content), &value), CRYPTO_BAD_KEY);
    assert_status(eg_object_public_value(EG_SPAN_OF(wrong_tag), &value), CRYPTO_BAD_KEY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(type_names_go_both_ways),
        cmocka_unit_test(internal_objects_are_three),
        cmocka_unit_test(ids_belong_to_types),
        cmocka_unit_test(ids_are_read_from_text),
        cmocka_unit_test(private_keys_fit_into_what_is_reserved),
        cmocka_unit_test(public_keys_are_taken_from_their_envelope),
        cmocka_unit_test(other_envelopes_are_refused),
    };
    return cmocka_run_group_tests_name("object", tests, crypto_setup, crypto_teardown);
}
