/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "lib/object/policy.h"
#include "tests/unit/object/object_test.h"

static const struct {
    enum eg_object_type type;
    enum eg_key_alg alg;
    uint32_t size;
} kinds[] = {
    {EG_OBJECT_KEYPAIR, EG_KEY_P256, 0},
    {EG_OBJECT_KEYPAIR, EG_KEY_P384, 0},
    {EG_OBJECT_KEYPAIR, EG_KEY_ED25519, 0},
    {EG_OBJECT_KEYPAIR, EG_KEY_RSA_2048, 0},
    {EG_OBJECT_KEYPAIR, EG_KEY_RSA_4096, 0},
    {EG_OBJECT_STATIC_PUBLIC_KEY, EG_KEY_P256, 65},
    {EG_OBJECT_STATIC_PUBLIC_KEY, EG_KEY_ED25519, 32},
    {EG_OBJECT_STATIC_PUBLIC_KEY, EG_KEY_RSA_3072, 398},
    {EG_OBJECT_CERTIFICATE, EG_KEY_NONE, 700},
    {EG_OBJECT_HMAC_KEY, EG_KEY_NONE, 32},
    {EG_OBJECT_MASTER_KEY, EG_KEY_NONE, 32},
    {EG_OBJECT_BINARY_FILE, EG_KEY_NONE, 10},
    {EG_OBJECT_OEM_FW_AUTH_KEY_HASH, EG_KEY_NONE, 32},
    {EG_OBJECT_OEM_FW_DECRYPT_KEY, EG_KEY_NONE, 32},
};

static void the_default_always_fits(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        const struct eg_object o = test_object(kinds[i].type, 1, kinds[i].alg, kinds[i].size);

        assert_ok(eg_policy_check(&o));
        assert_true(strlen(eg_policy_algorithm_name(o.policy.algorithm)) > 0);
    }
}

static void words_are_those_of_psa(void **state)
{
    static const struct {
        const char *name;
        uint32_t word;
    } known[] = {
        {"ECDSA_ANY", 0x060006FF},
        {"ECDSA_SHA256", 0x06000609},
        {"CTR", 0x04C01000},
        {"CBC", 0x04404000},
        {"ECB", 0x04404400},
        {"GCM", 0x05500200},
        {"CMAC", 0x03C00200},
        {"HMAC_SHA256", 0x03800009},
        {"HMAC_SHA512", 0x0380000B},
        {"RSA_PKCS1_SHA256", 0x06000209},
        {"RSA_PSS_SHA256", 0x06000309},
        {"RSA_PKCS1_ANY", 0x060002FF},
        {"PURE_EDDSA", 0x06000800},
        {"ECDH", 0x09020000},
        {"CKDF", 0x8800FF00},
        {"HKDF_SHA256", 0x08000109},
        {"RSA_PKCS1_CRYPT", 0x07000200},
        {"RSA_OAEP_SHA256", 0x07000309},
        {"NONE", 0},
    };
    uint32_t word;

    (void)state;
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        assert_ok(eg_policy_algorithm(eg_span_str(known[i].name), &word));
        assert_int_equal(word, known[i].word);
    }
    assert_status(eg_policy_algorithm(eg_span_str("ecdsa_any"), &word), OBJECT_POLICY);
    assert_int_equal(word, 0);
    assert_string_equal(eg_policy_algorithm_name(0x12345678), "");
}

static void names_and_words_are_one_to_one(void **state)
{
    size_t count;
    const struct eg_policy_name *list = eg_policy_algorithms(&count);

    (void)state;
    for (size_t i = 0; i < count; i++) {
        uint32_t word;

        assert_ok(eg_policy_algorithm(eg_span_str(list[i].name), &word));
        assert_int_equal(word, list[i].word);
        assert_string_equal(eg_policy_algorithm_name(word), list[i].name);
    }
}

static void usages_add_up(void **state)
{
    uint32_t usage = 0;
    size_t count;

    (void)state;
    assert_ok(eg_policy_add_usage(eg_span_str("SIGN_MESSAGE"), &usage));
    assert_ok(eg_policy_add_usage(eg_span_str("SIGN_HASH"), &usage));
    assert_int_equal(usage, 0x1400);
    assert_status(eg_policy_add_usage(eg_span_str("SIGN"), &usage), OBJECT_POLICY);
    assert_int_equal(usage, 0x1400);
    assert_int_equal(eg_policy_usages(&count)[0].word, EG_USAGE_EXPORT);
    assert_int_equal(count, 8);
}

static void policies_must_fit_the_type(void **state)
{
    static const struct {
        enum eg_object_type type;
        enum eg_key_alg alg;
        struct eg_policy policy;
        bool fits;
    } cases[] = {
        {EG_OBJECT_KEYPAIR, EG_KEY_P256, {EG_USAGE_SIGN_HASH, 0x06000609}, true},
        {EG_OBJECT_KEYPAIR, EG_KEY_P256, {EG_USAGE_DERIVE, 0x09020000}, true},
        {EG_OBJECT_KEYPAIR, EG_KEY_P256, {EG_USAGE_SIGN_HASH, 0x09020000}, false},
        {EG_OBJECT_KEYPAIR, EG_KEY_P256, {EG_USAGE_DERIVE, 0x060006FF}, false},
        {EG_OBJECT_KEYPAIR, EG_KEY_P256, {EG_USAGE_ENCRYPT, 0x060006FF}, false},
        {EG_OBJECT_KEYPAIR, EG_KEY_P256, {0, 0x060006FF}, false},
        {EG_OBJECT_KEYPAIR, EG_KEY_P256, {EG_USAGE_SIGN_HASH, 0}, false},
        {EG_OBJECT_KEYPAIR, EG_KEY_P256, {EG_USAGE_SIGN_HASH, 0x06000209}, false},
        {EG_OBJECT_KEYPAIR, EG_KEY_P256, {0x80001000, 0x060006FF}, false},
        {EG_OBJECT_KEYPAIR, EG_KEY_NONE, {EG_USAGE_SIGN_HASH, 0x060006FF}, false},
        {EG_OBJECT_KEYPAIR, EG_KEY_ED25519, {EG_USAGE_SIGN_HASH, 0x06000800}, false},
        {EG_OBJECT_KEYPAIR, EG_KEY_RSA_2048, {EG_USAGE_DECRYPT, 0x07000309}, true},
        {EG_OBJECT_KEYPAIR, EG_KEY_RSA_2048, {EG_USAGE_SIGN_HASH, 0x06000309}, true},
        {EG_OBJECT_KEYPAIR, EG_KEY_RSA_2048, {EG_USAGE_SIGN_HASH, 0x07000309}, false},
        {EG_OBJECT_STATIC_PUBLIC_KEY, EG_KEY_P256, {EG_USAGE_SIGN_HASH, 0x060006FF}, false},
        {EG_OBJECT_STATIC_PUBLIC_KEY, EG_KEY_P256, {EG_USAGE_EXPORT, 0x060006FF}, true},
        {EG_OBJECT_MASTER_KEY, EG_KEY_NONE, {EG_USAGE_ENCRYPT, 0x05500200}, true},
        {EG_OBJECT_MASTER_KEY, EG_KEY_NONE, {EG_USAGE_SIGN_MESSAGE, 0x03C00200}, true},
        {EG_OBJECT_MASTER_KEY, EG_KEY_NONE, {EG_USAGE_ENCRYPT, 0x03C00200}, false},
        {EG_OBJECT_MASTER_KEY, EG_KEY_NONE, {EG_USAGE_EXPORT, 0x04C01000}, false},
        {EG_OBJECT_HMAC_KEY, EG_KEY_NONE, {EG_USAGE_SIGN_MESSAGE, 0x03800009}, true},
        {EG_OBJECT_HMAC_KEY, EG_KEY_NONE, {EG_USAGE_SIGN_HASH, 0x03800009}, false},
        {EG_OBJECT_HMAC_KEY, EG_KEY_NONE, {EG_USAGE_DERIVE, 0x08000109}, true},
        {EG_OBJECT_CERTIFICATE, EG_KEY_NONE, {EG_USAGE_EXPORT, 0}, true},
        {EG_OBJECT_CERTIFICATE, EG_KEY_NONE, {EG_USAGE_EXPORT, 0x060006FF}, false},
        {EG_OBJECT_CERTIFICATE, EG_KEY_NONE, {0, 0}, false},
        {EG_OBJECT_OEM_FW_AUTH_KEY_HASH, EG_KEY_NONE, {0, 0}, true},
        {EG_OBJECT_OEM_FW_AUTH_KEY_HASH, EG_KEY_NONE, {EG_USAGE_EXPORT, 0}, false},
        {EG_OBJECT_OEM_FW_DECRYPT_KEY, EG_KEY_NONE, {EG_USAGE_EXPORT, 0x8800FF00}, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct eg_object o = {cases[i].type, 1, cases[i].alg, 32, cases[i].policy};

        if (cases[i].fits) {
            assert_ok(eg_policy_check(&o));
        } else {
            assert_status(eg_policy_check(&o), OBJECT_POLICY);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_default_always_fits),        cmocka_unit_test(words_are_those_of_psa),
        cmocka_unit_test(names_and_words_are_one_to_one), cmocka_unit_test(usages_add_up),
        cmocka_unit_test(policies_must_fit_the_type),
    };
    return cmocka_run_group_tests_name("policy", tests, NULL, NULL);
}
