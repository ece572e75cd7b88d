/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/object/fit.h"
#include "tests/unit/object/object_test.h"

static void an_object_that_fits_has_a_length(void **state)
{
    const struct eg_object key = test_object(EG_OBJECT_KEYPAIR, 1, EG_KEY_P256, 0);
    const struct eg_object hash =
        test_object(EG_OBJECT_OEM_FW_AUTH_KEY_HASH, 0x7FFF817A, EG_KEY_NONE, 32);
    size_t len;

    (void)state;
    assert_ok(eg_object_fit(&test_mcxn, &key, &len));
    assert_int_equal(len, 145);
    assert_ok(eg_object_fit(&test_mcxn, &hash, &len));
    assert_int_equal(len, 129);
}

static void objects_that_do_not_fit_are_refused(void **state)
{
    static const struct {
        const struct eg_family *family;
        enum eg_object_type type;
        uint32_t id;
        enum eg_key_alg alg;
        uint32_t size;
        const char *status;
    } cases[] = {
        {&test_mcxn, EG_OBJECT_KEYPAIR, 0x7FFF817A, EG_KEY_P256, 0, "OBJECT_ID_TAKEN"},
        {&test_mcxn, EG_OBJECT_KEYPAIR, 1, EG_KEY_NONE, 0, "OBJECT_UNSUPPORTED"},
        {&test_rw61x, EG_OBJECT_KEYPAIR, 1, EG_KEY_RSA_2048, 0, "OBJECT_UNSUPPORTED"},
        {&test_rw61x, EG_OBJECT_STATIC_PUBLIC_KEY, 1, EG_KEY_RSA_2048, 270, "OBJECT_UNSUPPORTED"},
        {&test_mcxn, EG_OBJECT_MASTER_KEY, 1, EG_KEY_NONE, 24, "OBJECT_UNSUPPORTED"},
        {&test_mcxn, EG_OBJECT_HMAC_KEY, 1, EG_KEY_NONE, 0, "OBJECT_UNSUPPORTED"},
        {&test_mcxn, EG_OBJECT_HMAC_KEY, 1, EG_KEY_NONE, 257, "OBJECT_UNSUPPORTED"},
        {&test_mcxn, EG_OBJECT_OEM_FW_AUTH_KEY_HASH, 0x7FFF817A, EG_KEY_NONE, 48,
         "OBJECT_UNSUPPORTED"},
        {&test_mcxn, EG_OBJECT_OEM_FW_DECRYPT_KEY, 0x7FFF817B, EG_KEY_NONE, 16,
         "OBJECT_UNSUPPORTED"},
        {&test_mcxn, EG_OBJECT_BINARY_FILE, 1, EG_KEY_NONE, 0, "OBJECT_UNSUPPORTED"},
        {&test_mcxn, EG_OBJECT_BINARY_FILE, 1, EG_KEY_NONE, 16384, "OBJECT_TOO_LARGE"},
        {&test_mcxn, EG_OBJECT_BINARY_FILE, 1, EG_KEY_NONE, 0xFFFFFFFF, "OBJECT_TOO_LARGE"},
        {&test_rw61x, EG_OBJECT_CERTIFICATE, 1, EG_KEY_NONE, 1000, "OBJECT_TOO_LARGE"},
        {&test_mcxn, EG_OBJECT_STATIC_PUBLIC_KEY, 1, EG_KEY_P256, 64, "OBJECT_UNSUPPORTED"},
        {&test_mcxn, EG_OBJECT_STATIC_PUBLIC_KEY, 1, EG_KEY_NONE, 0, "OBJECT_UNSUPPORTED"},
        {&test_mcxn, EG_OBJECT_STATIC_PUBLIC_KEY, 1, EG_KEY_RSA_4096, 270, "OBJECT_UNSUPPORTED"},
        {&test_mcxn, EG_OBJECT_NONE, 1, EG_KEY_NONE, 1, "OBJECT_UNSUPPORTED"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct eg_object o =
            test_object(cases[i].type, cases[i].id, cases[i].alg, cases[i].size);
        size_t len = 1;
        eg_status st = eg_object_fit(cases[i].family, &o, &len);

        assert_string_equal(eg_status_info(st)->name, cases[i].status);
        assert_int_equal(len, 0);
    }
}

static void a_policy_that_does_not_fit_is_refused(void **state)
{
    struct eg_object o = test_object(EG_OBJECT_KEYPAIR, 1, EG_KEY_P256, 0);
    size_t len;

    (void)state;
    o.policy.algorithm = 0x04C01000;
    assert_status(eg_object_fit(&test_mcxn, &o, &len), OBJECT_POLICY);
}

static void sets_have_limits(void **state)
{
    struct eg_object set[5];
    size_t at;

    (void)state;
    for (uint32_t i = 0; i < 5; i++) {
        set[i] = test_object(EG_OBJECT_BINARY_FILE, 10 + i, EG_KEY_NONE, 400);
    }
    assert_ok(eg_object_set_fit(&test_rw61x, set, 3, &at));
    assert_int_equal(at, 3);
    assert_ok(eg_object_set_fit(&test_rw61x, set, 0, NULL));
    assert_status(eg_object_set_fit(&test_rw61x, set, 4, &at), OBJECT_SET_BYTES);
    assert_int_equal(at, 4);
    assert_status(eg_object_set_fit(&test_rw61x, set, 5, &at), OBJECT_SET_COUNT);
    set[2].id = set[0].id;
    assert_status(eg_object_set_fit(&test_rw61x, set, 3, &at), OBJECT_ID_TWICE);
    assert_int_equal(at, 2);
    set[1].size = 2000;
    assert_status(eg_object_set_fit(&test_rw61x, set, 3, &at), OBJECT_TOO_LARGE);
    assert_int_equal(at, 1);
}

/* Every byte counted: a set of exactly the limit fits, one byte more does not. */
static void the_limit_of_bytes_is_exact(void **state)
{
    struct eg_family family = test_mcxn;
    struct eg_object o = test_object(EG_OBJECT_BINARY_FILE, 1, EG_KEY_NONE, 100);
    size_t len;

    (void)state;
    assert_ok(eg_object_fit(&family, &o, &len));
    family.objects_bytes_max = (uint32_t)len;
    assert_ok(eg_object_set_fit(&family, &o, 1, NULL));
    family.objects_bytes_max--;
    assert_status(eg_object_set_fit(&family, &o, 1, NULL), OBJECT_TOO_LARGE);
}

static void required_objects_must_be_there(void **state)
{
    const struct eg_object set[] = {
        test_object(EG_OBJECT_OEM_FW_AUTH_KEY_HASH, 0x7FFF817A, EG_KEY_NONE, 32),
        test_object(EG_OBJECT_OEM_FW_DECRYPT_KEY, 0x7FFF817B, EG_KEY_NONE, 32),
        test_object(EG_OBJECT_BINARY_FILE, 0x7FFF817C, EG_KEY_NONE, 20),
    };
    uint32_t missing;

    (void)state;
    assert_ok(eg_object_set_complete(&test_rw61x, set, 3, EG_LC_CLOSED, &missing));
    assert_int_equal(missing, 0);
    assert_status(eg_object_set_complete(&test_rw61x, set, 2, EG_LC_OPEN, &missing),
                  OBJECT_SET_INCOMPLETE);
    assert_int_equal(missing, 0x7FFF817C);
    assert_status(eg_object_set_complete(&test_rw61x, set + 1, 2, EG_LC_OPEN, NULL),
                  OBJECT_SET_INCOMPLETE);
}

static void closing_a_chip_takes_a_boot_key_hash(void **state)
{
    const struct eg_object set[] = {
        test_object(EG_OBJECT_KEYPAIR, 1, EG_KEY_P256, 0),
        test_object(EG_OBJECT_OEM_FW_AUTH_KEY_HASH, 0x7FFF817A, EG_KEY_NONE, 32),
    };
    uint32_t missing;

    (void)state;
    assert_ok(eg_object_set_complete(&test_mcxn, set, 1, EG_LC_OPEN, &missing));
    assert_status(eg_object_set_complete(&test_mcxn, set, 1, EG_LC_CLOSED, &missing),
                  OBJECT_SET_INCOMPLETE);
    assert_int_equal(missing, 0x7FFF817A);
    assert_status(eg_object_set_complete(&test_mcxn, set, 1, EG_LC_LOCKED, &missing),
                  OBJECT_SET_INCOMPLETE);
    assert_ok(eg_object_set_complete(&test_mcxn, set, 2, EG_LC_LOCKED, &missing));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_object_that_fits_has_a_length),
        cmocka_unit_test(objects_that_do_not_fit_are_refused),
        cmocka_unit_test(a_policy_that_does_not_fit_is_refused),
        cmocka_unit_test(sets_have_limits),
        cmocka_unit_test(the_limit_of_bytes_is_exact),
        cmocka_unit_test(required_objects_must_be_there),
        cmocka_unit_test(closing_a_chip_takes_a_boot_key_hash),
    };
    return cmocka_run_group_tests_name("fit", tests, NULL, NULL);
}
