/* SPDX-License-Identifier: Apache-2.0 */
/* CMS among ourselves and with the openssl command, and everything that must be refused. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/crypto/cms.h"
#include "lib/crypto/x509.h"
#include "tests/unit/crypto/crypto_test.h"

enum { FILE_ROOM = 8192, PATH_ROOM = 256 };
static const char TEXT[] = "engrave-manifest 1\nfamily mcxn947\ncount 0\nend\n";

/* ---- identities: a key and its self-signed certificate --------------------------------------- */

struct identity {
    struct eg_key *key;
    uint8_t der[EG_X509_LEN_MAX];
    size_t len;
};
static struct identity alice, bob, rsa;

static struct eg_span cert_of(const struct identity *id)
{
    return eg_span(id->der, id->len);
}

static void make_identity(struct identity *id, enum eg_key_alg alg, const char *name,
                          const uint8_t *serial)
{
    uint8_t spki[EG_SPKI_LEN_MAX], dn[EG_X509_NAME_LEN_MAX];
    struct eg_writer w_spki, w_dn, w;
    struct eg_x509_name x_name = {.common_name = name};
    eg_writer_init(&w_spki, spki, sizeof(spki));
    eg_writer_init(&w_dn, dn, sizeof(dn));
    eg_writer_init(&w, id->der, sizeof(id->der));
    assert_ok(eg_key_generate(test_crypto, alg, &id->key));
    assert_ok(eg_key_spki(id->key, &w_spki));
    assert_ok(eg_x509_name_encode(&x_name, &w_dn));
    struct eg_x509_template t = {
        .issuer_name = eg_writer_span(&w_dn),
        .subject_name = eg_writer_span(&w_dn),
        .not_before_s = 1700000000,
        .not_after_s = INT64_MAX,
        .spki = eg_writer_span(&w_spki),
        .with_ski = true,
    };
    memcpy(t.serial, serial, sizeof(t.serial));
    assert_ok(eg_x509_issue(test_crypto, &t, id->key, &w));
    id->len = w.len;
}

static char folder[] = "/tmp/engrave-test-cms-XXXXXX";

static int setup(void **state)
{
    static const uint8_t serials[3][EG_X509_SERIAL_LEN] = {{0x41}, {0x42}, {0x43}};
    if (crypto_setup(state) != 0 || mkdtemp(folder) == NULL) {
        return -1;
    }
    make_identity(&alice, EG_KEY_P256, "alice", serials[0]);
    make_identity(&bob, EG_KEY_P256, "bob", serials[1]);
    make_identity(&rsa, EG_KEY_RSA_2048, "rsa", serials[2]);
    return 0;
}

/* ---- files and the openssl command ----------------------------------------------------------- */

static const char *path_of(const char *name)
{
    static char paths[8][PATH_ROOM];
    static size_t next;
    char *path = paths[next++ % 8];
    snprintf(path, PATH_ROOM, "%s/%s", folder, name);
    return path;
}

static void save(const char *name, struct eg_span data)
{
    FILE *f = fopen(path_of(name), "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(data.ptr, 1, data.len, f), data.len);
    assert_int_equal(fclose(f), 0);
}

static struct eg_span load(const char *name, uint8_t room[static FILE_ROOM])
{
    FILE *f = fopen(path_of(name), "rb");
    assert_non_null(f);
    size_t len = fread(room, 1, FILE_ROOM, f);
    assert_true(len < FILE_ROOM);
    fclose(f);
    return eg_span(room, len);
}

static void save_identity(const struct identity *id, const char *cert_name, const char *key_name)
{
    uint8_t room[FILE_ROOM];
    struct eg_writer w;
    eg_writer_init(&w, room, sizeof(room));
    assert_ok(eg_x509_to_pem(cert_of(id), &w));
    save(cert_name, eg_writer_span(&w));
    eg_writer_init(&w, room, sizeof(room));
    assert_ok(eg_key_private_pem(id->key, &w));
    save(key_name, eg_writer_span(&w));
}

static void openssl_cms(const char *fixed, const char *words)
{
    char command[512];
    int len = snprintf(command, sizeof(command), "cd %s && openssl cms -binary %s %s 2>err", folder,
                       fixed, words);
    assert_in_range(len, 1, sizeof(command) - 1);
    assert_int_equal(system(command), 0);
}

/* The openssl command makes msg from text, or back from msg. */
static void openssl_makes(const char *words)
{
    openssl_cms("-in text -outform DER -out msg", words);
}
static void openssl_reads(const char *words)
{
    openssl_cms("-inform DER -in msg -out back", words);
}

static int remove_folder(void **state)
{
    static const char *const names[] = {"text", "msg", "back", "cert", "key", "err", "cert2"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        (void)unlink(path_of(names[i]));
    }
    eg_key_free(alice.key);
    eg_key_free(bob.key);
    eg_key_free(rsa.key);
    return rmdir(folder) == 0 ? crypto_teardown(state) : -1;
}

static void open_is(struct eg_span message, const struct identity *id, const char *text)
{
    struct eg_cms_bytes plain;
    assert_ok(eg_cms_open(message, cert_of(id), id->key, &plain));
    assert_span(eg_span(plain.ptr, plain.len), eg_span_str(text));
    eg_cms_bytes_free(&plain);
    assert_null(plain.ptr);
}

/* ---- sealed ---------------------------------------------------------------------------------- */

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

/* ---- signed ---------------------------------------------------------------------------------- */

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
        cmocka_unit_test(seal_and_open),
        cmocka_unit_test(seal_sizes),
        cmocka_unit_test(seal_needs_an_ec_certificate),
        cmocka_unit_test(sealed_altered),
        cmocka_unit_test(sealed_by_openssl),
        cmocka_unit_test(opened_by_openssl),
        cmocka_unit_test(refuses_other_encryption),
        cmocka_unit_test(refuses_downgrade_to_cbc),
        cmocka_unit_test(refuses_short_tag),
        cmocka_unit_test(sign_and_verify),
        cmocka_unit_test(same_name_other_key),
        cmocka_unit_test(signed_altered),
        cmocka_unit_test(sign_needs_its_key),
        cmocka_unit_test(signed_by_openssl),
        cmocka_unit_test(verify_refuses_other_forms),
        cmocka_unit_test(verified_by_openssl),
    };
    return cmocka_run_group_tests(tests, setup, remove_folder);
}
