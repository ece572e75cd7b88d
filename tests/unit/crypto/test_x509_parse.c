/* SPDX-License-Identifier: Apache-2.0 */
/* Reading certificates and names: what OpenSSL made, what we made, and what nobody should make. */
#include <string.h>

#include "lib/crypto/x509.h"
#include "tests/unit/crypto/crypto_test.h"
#include "tests/unit/crypto/vector_root.inc"

static struct eg_writer writer(void *room, size_t capacity)
{
    struct eg_writer w;
    eg_writer_init(&w, room, capacity);
    return w;
}

static void reads_a_certificate_of_openssl(void **state)
{
    (void)state;
    struct eg_x509_info info;
    uint8_t id[20];
    char text[128];
    assert_ok(eg_x509_parse(EG_SPAN_OF(VECTOR_ROOT), &info));
    assert_span(info.serial, hex("00c0ffee"));
    assert_true(eg_span_equal(info.issuer_name, info.subject_name));
    eg_x509_name_text(info.subject_name, text, sizeof(text));
    assert_string_equal(text, "CN=ca,O=Vector");
    assert_int_equal(info.not_before_s, VECTOR_ROOT_NOT_BEFORE);
    assert_int_equal(info.not_after_s, VECTOR_ROOT_NOT_AFTER);
    assert_true(info.is_ca);
    assert_int_equal(info.key_usage, EG_KU_KEY_CERT_SIGN | EG_KU_CRL_SIGN);
    assert_ok(eg_x509_key_id(test_crypto, info.spki, id));
    assert_span(info.ski, EG_SPAN_OF(id));
    assert_ok(eg_x509_check_issued(test_crypto, EG_SPAN_OF(VECTOR_ROOT), EG_SPAN_OF(VECTOR_ROOT)));
}

/* Every prefix and one trailing byte. */
static void refuses_another_length(void **state)
{
    (void)state;
    uint8_t room[sizeof(VECTOR_ROOT) + 1] = {0};
    struct eg_x509_info info;
    memcpy(room, VECTOR_ROOT, sizeof(VECTOR_ROOT));
    for (size_t len = 0; len < sizeof(VECTOR_ROOT); len++) {
        info.is_ca = true;
        assert_status(eg_x509_parse(eg_span(room, len), &info), CRYPTO_BAD_CERT);
        assert_false(info.is_ca); /* the result is the zero state */
        assert_int_equal(info.spki.len, 0);
    }
    assert_status(eg_x509_parse(EG_SPAN_OF(room), &info), CRYPTO_BAD_CERT);
}

/* A change inside the certificate, found by its old bytes, which are there exactly once. */
static eg_status parse_changed(const char *old_hex, const char *new_hex)
{
    struct eg_span old = hex(old_hex), new = hex(new_hex);
    uint8_t room[sizeof(VECTOR_ROOT)];
    struct eg_x509_info info;
    memcpy(room, VECTOR_ROOT, sizeof(room));
    uint8_t *at = memmem(room, sizeof(room), old.ptr, old.len);
    assert_non_null(at);
    assert_int_equal(new.len, old.len);
    memcpy(at, new.ptr, new.len);
    return eg_x509_parse(EG_SPAN_OF(room), &info);
}

static void refuses_what_is_not_der(void **state)
{
    (void)state;
    static const struct {
        const char *what, *old_hex, *new_hex;
    } rows[] = {
        {"version 4", "a003020102", "a003020103"},
        {"padded serial", "020400c0ffee", "0204000fffee"},
        {"BOOLEAN of 01", "0101ff", "010101"},
        {"extension twice", "0603551d0f", "0603551d13"},
        {"two signature algorithms", "300a06082a8648ce3d040302301e",
         "300a06082a8648ce3d040303301e"},
        {"key usage with 9 unused bits", "03020106", "03020906"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        eg_status st = parse_changed(rows[i].old_hex, rows[i].new_hex);
        if (!eg_is(st, EG_E_CRYPTO_BAD_CERT)) {
            fail_msg("%s was not refused", rows[i].what);
        }
    }
}

static void refuses_impossible_times(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "230229000000Z", "231301000000Z", "230100000000Z", "230132000000Z", "230101240000Z",
        "230101006000Z", "230101000060Z", "23010100000 Z", "230101000000z", "2301010000-0Z"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        uint8_t room[sizeof(VECTOR_ROOT)];
        struct eg_x509_info info;
        memcpy(room, VECTOR_ROOT, sizeof(room));
        uint8_t *at = memmem(room, sizeof(room), "\x17\x0d", 2);
        assert_non_null(at);
        memcpy(at + 2, bad[i], 13);
        eg_status st = eg_x509_parse(EG_SPAN_OF(room), &info);
        if (!eg_is(st, EG_E_CRYPTO_BAD_CERT)) {
            fail_msg("%s was not refused", bad[i]);
        }
    }
}

static void check_issued_needs_certificates(void **state)
{
    (void)state;
    struct eg_span root = EG_SPAN_OF(VECTOR_ROOT);
    assert_status(eg_x509_check_issued(test_crypto, root, eg_span_str("x")), CRYPTO_BAD_CERT);
    assert_status(eg_x509_check_issued(test_crypto, eg_span_str("x"), root), CRYPTO_BAD_CERT);
}

static void pem_both_ways(void **state)
{
    (void)state;
    static uint8_t pem[2048], der[2048], two[4096];
    struct eg_span root = EG_SPAN_OF(VECTOR_ROOT);
    struct eg_writer w_pem = writer(pem, sizeof(pem)), w_der = writer(der, sizeof(der));
    assert_ok(eg_x509_to_pem(root, &w_pem));
    assert_memory_equal(pem, "-----BEGIN CERTIFICATE-----\n", 28);
    assert_ok(eg_x509_from_pem(eg_writer_span(&w_pem), &w_der));
    assert_span(eg_writer_span(&w_der), root);
    /* DER as it is; the first certificate of several blocks */
    w_der = writer(der, sizeof(der));
    assert_ok(eg_x509_from_pem(root, &w_der));
    assert_span(eg_writer_span(&w_der), root);
    struct eg_writer w_two = writer(two, sizeof(two));
    eg_writer_str(&w_two, "some text\n-----BEGIN X-----\nAAAA\n-----END X-----\n");
    eg_writer_bytes(&w_two, eg_writer_span(&w_pem));
    eg_writer_str(&w_two, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    w_der = writer(der, sizeof(der));
    assert_ok(eg_x509_from_pem(eg_writer_span(&w_two), &w_der));
    assert_span(eg_writer_span(&w_der), root);
}

static void pem_refuses(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "hello",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----\n",
        "-----BEGIN X-----\nAAAA\n-----END X-----\n",
        "0\x05"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        uint8_t der[64];
        struct eg_writer w = writer(der, sizeof(der));
        assert_status(eg_x509_from_pem(eg_span_str(bad[i]), &w), CRYPTO_BAD_CERT);
        assert_int_equal(w.len, 0);
        assert_status(eg_x509_to_pem(eg_span_str(bad[i]), &w), CRYPTO_BAD_CERT);
    }
}

static void names_are_encoded(void **state)
{
    (void)state;
    uint8_t room[EG_X509_NAME_LEN_MAX];
    struct eg_writer w = writer(room, sizeof(room));
    struct eg_x509_name name = {
        .country = "CH", .organization = "\xC3\x96kr", .common_name = "a", .serial_number = "0F"};
    assert_ok(eg_x509_name_encode(&name, &w));
    assert_span(eg_writer_span(&w), hex("3035"
                                        "310b3009060355040613024348"
                                        "310d300b060355040a0c04c3966b72"
                                        "310a300806035504030c0161"
                                        "310b300906035504051302"
                                        "3046"));
    char text[64];
    eg_x509_name_text(eg_writer_span(&w), text, sizeof(text));
    assert_string_equal(text, "serialNumber=0F,CN=a,O=\xC3\x96kr,C=CH");
}

static void longest_names_fit(void **state)
{
    (void)state;
    char wide[4 * EG_X509_TEXT_MAX + 1] = "", ascii[EG_X509_TEXT_MAX + 1] = "";
    for (size_t i = 0; i < EG_X509_TEXT_MAX; i++) {
        memcpy(wide + 2 * i, "\xC3\xA4", 3); /* 64 characters, 128 bytes */
        ascii[i] = 'x';
    }
    uint8_t room[EG_X509_NAME_LEN_MAX];
    struct eg_writer w = writer(room, sizeof(room));
    struct eg_x509_name name = {"DE", wide, wide, ascii, ascii, "FFF1", "8000"};
    assert_ok(eg_x509_name_encode(&name, &w));
}

static void names_are_refused(void **state)
{
    (void)state;
    char long_text[EG_X509_TEXT_MAX + 2];
    memset(long_text, 'x', sizeof(long_text));
    long_text[EG_X509_TEXT_MAX + 1] = '\0';
    const struct eg_x509_name bad[] = {
        {.country = "D"},
        {.country = "DEU"},
        {.country = "D\xC3"},
        {.common_name = long_text},
        {.serial_number = long_text},
        {.serial_number = "a_b"},
        {.organization = "tab\there"},
        {.organization = "\x7F"},
        {.organization = "\xC2\x80"},         /* C1 control */
        {.organization = "\xC0\xAF"},         /* overlong */
        {.organization = "\xE0\x9F\xBF"},     /* overlong */
        {.organization = "\xED\xA0\x80"},     /* surrogate */
        {.organization = "\xF4\x90\x80\x80"}, /* beyond Unicode */
        {.organization = "cut \xC3"},
        {.organization = "\x80"},
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        uint8_t room[EG_X509_NAME_LEN_MAX];
        struct eg_writer w = writer(room, sizeof(room));
        assert_status(eg_x509_name_encode(&bad[i], &w), CRYPTO_BAD_CERT);
        assert_int_equal(w.len, 0);
    }
}

static void name_text_is_cut(void **state)
{
    (void)state;
    uint8_t room[EG_X509_NAME_LEN_MAX];
    struct eg_writer w = writer(room, sizeof(room));
    struct eg_x509_name name = {.common_name = "ab\xC3\xA4"};
    char text[8];
    assert_ok(eg_x509_name_encode(&name, &w));
    eg_x509_name_text(eg_writer_span(&w), text, 6);
    assert_string_equal(text, "CN=ab");
    eg_x509_name_text(eg_writer_span(&w), text, 7); /* in the middle of the last character */
    assert_string_equal(text, "CN=ab");
    eg_x509_name_text(eg_writer_span(&w), text, 8);
    assert_string_equal(text, "CN=ab\xC3\xA4");
    eg_x509_name_text(eg_span_str("no name"), text, sizeof(text));
    assert_string_equal(text, "");
    eg_x509_name_text(eg_span(NULL, 0), text, sizeof(text));
    assert_string_equal(text, "");
}

static void key_id_needs_a_key(void **state)
{
    (void)state;
    uint8_t id[20];
    static const char *const bad[] = {
        "", "30", "3000", "3004300003000000", "3006300003020000ff", "3006300003020100"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_status(eg_x509_key_id(test_crypto, hex(bad[i]), id), CRYPTO_BAD_KEY);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_certificate_of_openssl),
        cmocka_unit_test(refuses_another_length),
        cmocka_unit_test(refuses_what_is_not_der),
        cmocka_unit_test(refuses_impossible_times),
        cmocka_unit_test(check_issued_needs_certificates),
        cmocka_unit_test(pem_both_ways),
        cmocka_unit_test(pem_refuses),
        cmocka_unit_test(names_are_encoded),
        cmocka_unit_test(longest_names_fit),
        cmocka_unit_test(names_are_refused),
        cmocka_unit_test(name_text_is_cut),
        cmocka_unit_test(key_id_needs_a_key),
    };
    return cmocka_run_group_tests(tests, crypto_setup, crypto_teardown);
}
