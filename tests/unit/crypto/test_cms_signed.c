/* SPDX-License-Identifier: Apache-2.0 */
/* Signed messages among ourselves and with the openssl command, and all that must be refused. */
#include <stdio.h>
#include <string.h>

#include "tests/unit/crypto/cms_test.h"

static void sign_and_verify(void **state)
{
    (void)state;
    const struct eg_span both[] = {cert_of(&bob), cert_of(&alice), cert_of(&rsa)};
    const struct identity *signers[] = {&bob, &alice, &rsa};
    for (size_t i = 0; i < 3; i++) {
        struct eg_cms_bytes msg, plain;
        size_t who = 99;
        assert_ok(eg_cms_sign(both[i], signers[i]->key, eg_span_str(TEXT), &msg));
        struct eg_span message = eg_span(msg.ptr, msg.len);
        assert_ok(eg_cms_verify(message, both, 3, &plain, &who));
        assert_int_equal(who, i);
        assert_span(eg_span(plain.ptr, plain.len), eg_span_str(TEXT));
        eg_cms_bytes_free(&plain);
        /* its own certificate inside the message earns no trust */
        assert_status(eg_cms_verify(message, &both[(i + 1) % 3], 1, &plain, &who),
                      CRYPTO_CMS_SIGNER);
        assert_status(eg_cms_verify(message, NULL, 0, &plain, &who), CRYPTO_CMS_SIGNER);
        assert_null(plain.ptr);
        assert_int_equal(who, i);
        eg_cms_bytes_free(&msg);
    }
}

/* Same issuer name and serial as alice, another key. */
static void same_name_other_key(void **state)
{
    (void)state;
    static const uint8_t serial[EG_X509_SERIAL_LEN] = {0x41};
    struct identity mallory;
    struct eg_cms_bytes msg, plain;
    size_t who = 99;
    make_identity(&mallory, EG_KEY_P256, "alice", serial);
    assert_ok(eg_cms_sign(cert_of(&mallory), mallory.key, eg_span_str(TEXT), &msg));
    struct eg_span message = eg_span(msg.ptr, msg.len);
    const struct eg_span trusted[] = {cert_of(&alice), cert_of(&mallory)};
    assert_status(eg_cms_verify(message, trusted, 1, &plain, &who), CRYPTO_BAD_SIGNATURE);
    assert_int_equal(who, 99);
    assert_ok(eg_cms_verify(message, trusted, 2, &plain, &who));
    assert_int_equal(who, 1);
    eg_cms_bytes_free(&plain);
    eg_cms_bytes_free(&msg);
    eg_key_free(mallory.key);
}

static void signed_altered(void **state)
{
    (void)state;
    struct eg_cms_bytes msg, plain;
    const struct eg_span trusted = cert_of(&alice);
    size_t who = 99;
    assert_ok(eg_cms_sign(trusted, alice.key, eg_span_str(TEXT), &msg));
    uint8_t *content = memmem(msg.ptr, msg.len, TEXT, sizeof(TEXT) - 1);
    assert_non_null(content);
    for (size_t i = 0; i < sizeof(TEXT) - 1; i++) {
        content[i] ^= 1;
        assert_status(eg_cms_verify(eg_span(msg.ptr, msg.len), &trusted, 1, &plain, &who),
                      CRYPTO_BAD_SIGNATURE);
        assert_null(plain.ptr);
        content[i] ^= 1;
    }
    for (size_t i = 0; i < msg.len;
         i++) { /* anywhere: the text is the signed one or there is none */
        msg.ptr[i] ^= 0x04;
        if (eg_ok(eg_cms_verify(eg_span(msg.ptr, msg.len), &trusted, 1, &plain, &who))) {
            assert_span(eg_span(plain.ptr, plain.len), eg_span_str(TEXT));
            eg_cms_bytes_free(&plain);
        }
        msg.ptr[i] ^= 0x04;
    }
    for (size_t len = 0; len < msg.len; len++) {
        assert_status(eg_cms_verify(eg_span(msg.ptr, len), &trusted, 1, &plain, &who),
                      CRYPTO_BAD_CMS);
    }
    eg_cms_bytes_free(&msg);
}

static void sign_needs_its_key(void **state)
{
    (void)state;
    struct eg_cms_bytes msg;
    assert_status(eg_cms_sign(cert_of(&alice), bob.key, eg_span_str(TEXT), &msg), CRYPTO_BAD_KEY);
    assert_status(eg_cms_sign(eg_span_str("x"), bob.key, eg_span_str(TEXT), &msg), CRYPTO_BAD_CERT);
    assert_null(msg.ptr);
}

static void signed_by_openssl(void **state)
{
    (void)state;
    uint8_t room[FILE_ROOM];
    const struct eg_span trusted = cert_of(&alice);
    save_identity(&alice, "cert", "key");
    save("text", eg_span_str(TEXT));
    static const struct {
        const char *words;
        bool good;
    } rows[] = {
        {"-md sha256", true},          {"-md sha384", true},        {"-md sha256 -noattr", true},
        {"-md sha256 -nocerts", true}, {"-md sha256 -keyid", true}, {"-md sha256 -stream", true},
        {"-md sha1", false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char words[256];
        struct eg_cms_bytes plain;
        size_t who = 99;
        snprintf(words, sizeof(words), "-sign -nodetach -signer cert -inkey key %s", rows[i].words);
        openssl_makes(words);
        eg_status st = eg_cms_verify(load("msg", room), &trusted, 1, &plain, &who);
        if (rows[i].good) {
            assert_ok(st);
            assert_span(eg_span(plain.ptr, plain.len), eg_span_str(TEXT));
            eg_cms_bytes_free(&plain);
        } else {
            assert_status(st, CRYPTO_BAD_CMS);
        }
    }
}

static void verify_refuses_other_forms(void **state)
{
    (void)state;
    uint8_t room[FILE_ROOM];
    struct eg_cms_bytes plain;
    const struct eg_span trusted = cert_of(&alice);
    size_t who = 99;
    save_identity(&bob, "cert2", "back");
    save_identity(&alice, "cert", "key");
    save("text", eg_span_str(TEXT));
    static const char *const forms[] = {
        /* detached; two signers; not signed at all */
        "-sign -signer cert -inkey key",
        "-sign -nodetach -signer cert -inkey key -signer cert2 -inkey back",
        "-data_create",
        "-encrypt -aes-256-gcm -recip cert",
    };
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        openssl_makes(forms[i]);
        assert_status(eg_cms_verify(load("msg", room), &trusted, 1, &plain, &who), CRYPTO_BAD_CMS);
    }
}

static void verified_by_openssl(void **state)
{
    (void)state;
    uint8_t room[FILE_ROOM];
    struct eg_cms_bytes msg;
    save_identity(&alice, "cert", "key");
    assert_ok(eg_cms_sign(cert_of(&alice), alice.key, eg_span_str(TEXT), &msg));
    save("msg", eg_span(msg.ptr, msg.len));
    eg_cms_bytes_free(&msg);
    openssl_reads("-verify -CAfile cert -purpose any");
    assert_span(load("back", room), eg_span_str(TEXT));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sign_and_verify),     cmocka_unit_test(same_name_other_key),
        cmocka_unit_test(signed_altered),      cmocka_unit_test(sign_needs_its_key),
        cmocka_unit_test(signed_by_openssl),   cmocka_unit_test(verify_refuses_other_forms),
        cmocka_unit_test(verified_by_openssl),
    };
    return cmocka_run_group_tests(tests, cms_setup, cms_teardown);
}
