/* SPDX-License-Identifier: Apache-2.0 */
/* Sealed messages among ourselves and with the openssl command, and all that must be refused. */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/crypto/cms_test.h"

static void open_is(struct eg_span message, const struct identity *id, const char *text)
{
    struct eg_cms_bytes plain;
    assert_ok(eg_cms_open(message, cert_of(id), id->key, &plain));
    assert_span(eg_span(plain.ptr, plain.len), eg_span_str(text));
    eg_cms_bytes_free(&plain);
    assert_null(plain.ptr);
}

static void seal_and_open(void **state)
{
    (void)state;
    struct eg_cms_bytes sealed, plain;
    assert_ok(eg_cms_seal(cert_of(&alice), eg_span_str(TEXT), &sealed));
    assert_null(memmem(sealed.ptr, sealed.len, "mcxn947", 7));
    open_is(eg_span(sealed.ptr, sealed.len), &alice, TEXT);
    assert_status(eg_cms_open(eg_span(sealed.ptr, sealed.len), cert_of(&bob), bob.key, &plain),
                  CRYPTO_CMS_NOT_FOR_US);
    /* the right name with another key */
    assert_status(eg_cms_open(eg_span(sealed.ptr, sealed.len), cert_of(&alice), bob.key, &plain),
                  CRYPTO_BAD_MAC);
    eg_cms_bytes_free(&sealed);
}

static void seal_sizes(void **state)
{
    (void)state;
    static const size_t lens[] = {0, 1, 4096, 300000};
    uint8_t *big = calloc(1, 300000);
    for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
        struct eg_cms_bytes sealed, plain;
        assert_ok(eg_cms_seal(cert_of(&alice), eg_span(big, lens[i]), &sealed));
        assert_ok(eg_cms_open(eg_span(sealed.ptr, sealed.len), cert_of(&alice), alice.key, &plain));
        assert_span(eg_span(plain.ptr, plain.len), eg_span(big, lens[i]));
        eg_cms_bytes_free(&sealed);
        eg_cms_bytes_free(&plain);
    }
    free(big);
}

static void seal_needs_an_ec_certificate(void **state)
{
    (void)state;
    struct eg_cms_bytes sealed;
    assert_status(eg_cms_seal(cert_of(&rsa), eg_span_str(TEXT), &sealed), CRYPTO_BAD_CERT);
    assert_status(eg_cms_seal(eg_span_str("x"), eg_span_str(TEXT), &sealed), CRYPTO_BAD_CERT);
    assert_null(sealed.ptr);
}

/* One bit changed anywhere, and every length: never opened, never a crash. */
static void sealed_altered(void **state)
{
    (void)state;
    struct eg_cms_bytes sealed, plain;
    assert_ok(eg_cms_seal(cert_of(&alice), eg_span_str(TEXT), &sealed));
    size_t refused = 0, harmless = 0;
    for (size_t i = 0; i < sealed.len; i++) {
        sealed.ptr[i] ^= 0x01;
        eg_status st =
            eg_cms_open(eg_span(sealed.ptr, sealed.len), cert_of(&alice), alice.key, &plain);
        sealed.ptr[i] ^= 0x01;
        if (!eg_ok(st)) {
            assert_null(plain.ptr);
            refused++;
            continue;
        }
        /* Fields outside the encryption that nothing reads (versions, content type): same text. */
        assert_span(eg_span(plain.ptr, plain.len), eg_span_str(TEXT));
        eg_cms_bytes_free(&plain);
        harmless++;
    }
    assert_in_range(harmless, 0, 16);
    assert_true(refused > 300);
    for (size_t len = 0; len < sealed.len; len++) {
        assert_status(eg_cms_open(eg_span(sealed.ptr, len), cert_of(&alice), alice.key, &plain),
                      CRYPTO_BAD_CMS);
    }
    sealed.ptr[sealed.len - 1] ^= 0x80; /* the tag is last */
    assert_status(eg_cms_open(eg_span(sealed.ptr, sealed.len), cert_of(&alice), alice.key, &plain),
                  CRYPTO_BAD_MAC);
    eg_cms_bytes_free(&sealed);
}

static void sealed_by_openssl(void **state)
{
    (void)state;
    uint8_t room[FILE_ROOM];
    save_identity(&alice, "cert", "key");
    save_identity(&bob, "cert2", "key");
    save("text", eg_span_str(TEXT));
    static const char *const forms[] = {
        "-encrypt -aes-256-gcm -recip cert",
        "-encrypt -aes-256-gcm -outform PEM -recip cert",
        "-encrypt -aes-256-gcm -stream -recip cert",
        "-encrypt -aes-256-gcm -keyid -recip cert",
        "-encrypt -aes-256-gcm -recip cert2 -recip cert",
        "-encrypt -aes-256-gcm -recip cert -keyopt ecdh_kdf_md:sha512",
    };
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        openssl_makes(forms[i]);
        open_is(load("msg", room), &alice, TEXT);
    }
}

static void opened_by_openssl(void **state)
{
    (void)state;
    uint8_t room[FILE_ROOM];
    struct eg_cms_bytes sealed;
    save_identity(&alice, "cert", "key");
    assert_ok(eg_cms_seal(cert_of(&alice), eg_span_str(TEXT), &sealed));
    save("msg", eg_span(sealed.ptr, sealed.len));
    eg_cms_bytes_free(&sealed);
    openssl_reads("-decrypt -recip cert -inkey key");
    assert_span(load("back", room), eg_span_str(TEXT));
}

static void refuses_other_encryption(void **state)
{
    (void)state;
    uint8_t room[FILE_ROOM];
    struct eg_cms_bytes plain;
    save_identity(&alice, "cert", "key");
    save("text", eg_span_str(TEXT));
    static const char *const forms[] = {
        "-encrypt -aes-256-cbc -recip cert",
        "-encrypt -aes-128-gcm -recip cert",
        "-data_create",
        "-sign -nodetach -signer cert -inkey key",
    };
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        openssl_makes(forms[i]);
        assert_status(eg_cms_open(load("msg", room), cert_of(&alice), alice.key, &plain),
                      CRYPTO_BAD_CMS);
    }
    assert_status(eg_cms_open(eg_span(NULL, 0), cert_of(&alice), alice.key, &plain),
                  CRYPTO_BAD_CMS);
    assert_status(eg_cms_open(eg_span_str("hello"), cert_of(&alice), alice.key, &plain),
                  CRYPTO_BAD_CMS);
}

/* Take n bytes out at `at`; the lengths of the three outermost elements shrink with it. */
static void cut(struct eg_cms_bytes *msg, size_t at, size_t n)
{
    static const size_t low_bytes[] = {3, 20, 24};
    memmove(msg->ptr + at, msg->ptr + at + n, msg->len - at - n);
    msg->len -= n;
    for (size_t i = 0; i < 3; i++) {
        uint8_t *low = msg->ptr + low_bytes[i];
        uint16_t len = (uint16_t)(256u * low[-1] + low[0] - n);
        assert_int_equal(low[-2], 0x82);
        low[-1] = (uint8_t)(len >> 8);
        low[0] = (uint8_t)len;
    }
}

/*
 * The same message with AES-256-CBC and an IV written where GCM and its parameters were: a reader
 * that believes the field decrypts without any check.
 */
static void refuses_downgrade_to_cbc(void **state)
{
    (void)state;
    struct eg_cms_bytes sealed, plain;
    assert_ok(eg_cms_seal(cert_of(&alice), eg_span_str(TEXT), &sealed));
    struct eg_span gcm = hex("06092a864886f70d010701301e060960864801650304012e3011040c");
    uint8_t *at = memmem(sealed.ptr, sealed.len, gcm.ptr, gcm.len);
    assert_non_null(at);
    uint8_t *algorithm = at + 11;       /* SEQUENCE { OID, SEQUENCE { nonce, tag length } } */
    uint8_t *parameters = at + 13 + 11; /* 19 bytes; an IV needs 18 */
    at[-1] -= 1;                        /* EncryptedContentInfo */
    algorithm[1] -= 1;
    algorithm[12] = 0x2A; /* 2.16.840.1.101.3.4.1.42 */
    parameters[0] = 0x04;
    parameters[1] = 0x10;
    cut(&sealed, (size_t)(parameters - sealed.ptr) + 18, 1);
    assert_status(eg_cms_open(eg_span(sealed.ptr, sealed.len), cert_of(&alice), alice.key, &plain),
                  CRYPTO_BAD_CMS);
    eg_cms_bytes_free(&sealed);
}

/* A tag cut to four bytes verifies in a reader that takes its length from the message. */
static void refuses_short_tag(void **state)
{
    (void)state;
    struct eg_cms_bytes sealed, plain;
    assert_ok(eg_cms_seal(cert_of(&alice), eg_span_str(TEXT), &sealed));
    struct eg_span gcm = hex("060960864801650304012e3011040c");
    uint8_t *at = memmem(sealed.ptr, sealed.len, gcm.ptr, gcm.len);
    assert_non_null(at);
    assert_int_equal(at[11 + 18], 16); /* INTEGER in the parameters */
    at[11 + 18] = 4;
    assert_int_equal(sealed.ptr[sealed.len - 17], 16); /* length of mac */
    sealed.ptr[sealed.len - 17] = 4;
    cut(&sealed, sealed.len - 12, 12);
    assert_status(eg_cms_open(eg_span(sealed.ptr, sealed.len), cert_of(&alice), alice.key, &plain),
                  CRYPTO_BAD_CMS);
    eg_cms_bytes_free(&sealed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seal_and_open),
        cmocka_unit_test(seal_sizes),
        cmocka_unit_test(seal_needs_an_ec_certificate),
        cmocka_unit_test(sealed_altered),
        cmocka_unit_test(sealed_by_openssl),
        cmocka_unit_test(opened_by_openssl),
        cmocka_unit_test(refuses_other_encryption),
        cmocka_unit_test(refuses_downgrade_to_cbc),
        cmocka_unit_test(refuses_short_tag),
    };
    return cmocka_run_group_tests(tests, cms_setup, cms_teardown);
}
