/* SPDX-License-Identifier: Apache-2.0 */
/* Keys in all their forms, signatures and key agreement. */
#include <string.h>

#include "tests/unit/crypto/crypto_test.h"

static const enum eg_key_alg FAST_ALGS[] = {EG_KEY_P256, EG_KEY_P384, EG_KEY_ED25519,
                                            EG_KEY_RSA_2048};
enum { FAST_COUNT = sizeof(FAST_ALGS) / sizeof(FAST_ALGS[0]) };

static void alg_names(void **state)
{
    (void)state;
    static const struct {
        enum eg_key_alg alg;
        const char *name;
        uint32_t bits;
    } rows[] = {
        {EG_KEY_P256, "NIST_P256", 256},       {EG_KEY_P384, "NIST_P384", 384},
        {EG_KEY_ED25519, "ECC_ED_25519", 255}, {EG_KEY_RSA_2048, "RSA_2048", 2048},
        {EG_KEY_RSA_3072, "RSA_3072", 3072},   {EG_KEY_RSA_4096, "RSA_4096", 4096},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_string_equal(eg_key_alg_name(rows[i].alg), rows[i].name);
        assert_int_equal(eg_key_alg_from_name(eg_span_str(rows[i].name)), rows[i].alg);
        assert_int_equal(eg_key_alg_bits(rows[i].alg), rows[i].bits);
    }
    assert_string_equal(eg_key_alg_name((enum eg_key_alg)7), "");
    assert_int_equal(eg_key_alg_bits((enum eg_key_alg)7), 0);
    assert_int_equal(eg_key_alg_from_name(eg_span_str("")), EG_KEY_NONE);
    assert_int_equal(eg_key_alg_from_name(eg_span_str("NIST_P521")), EG_KEY_NONE);
}

/* Scalars of NXP's wrapped keys with the X coordinate published beside them. */
static void p256_public_vectors(void **state)
{
    (void)state;
    static const struct {
        const char *priv, *x;
    } rows[] = {
        {"d230bdb1a759e80927acb2037a69118a187652b11f40e5819a3043b0354eabc5",
         "0f3f971d29f3e9679c086dcd9a2ad5dbf4b785551572783748fae43e71e0d6c8"},
        {"8bdee332fcb095bf63f2e59ed5e3489d7befaeee226d310e84e052df221a1a25",
         "7afce4d22de786b574fbb21507310b102c4c623493695611c710658bd55b7fec"},
    };
    for (size_t i = 0; i < 2; i++) {
        uint8_t pub[EG_P256_POINT_LEN];
        assert_ok(eg_p256_public(test_crypto, hex(rows[i].priv).ptr, pub));
        assert_int_equal(pub[0], 4);
        assert_span(eg_span(pub + 1, 32), hex(rows[i].x));
    }
}

/* 0, the group order and what is above it; the order minus one is the last good one. */
static void p256_scalar_range(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "0000000000000000000000000000000000000000000000000000000000000000",
        "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
        "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632552",
        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    };
    uint8_t pub[EG_P256_POINT_LEN];
    struct eg_key *key = NULL;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_status(eg_p256_public(test_crypto, hex(bad[i]).ptr, pub), CRYPTO_BAD_KEY);
        assert_status(eg_key_from_private(test_crypto, EG_KEY_P256, hex(bad[i]), &key),
                      CRYPTO_BAD_KEY);
        assert_null(key);
    }
    assert_ok(eg_p256_public(
        test_crypto, hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632550").ptr,
        pub));
}

static void p256_generate_pairs(void **state)
{
    (void)state;
    uint8_t last[EG_P256_SCALAR_LEN] = {0};
    for (int i = 0; i < 50; i++) {
        uint8_t priv[EG_P256_SCALAR_LEN], pub[EG_P256_POINT_LEN], again[EG_P256_POINT_LEN];
        assert_ok(eg_p256_generate(test_crypto, priv, pub));
        assert_ok(eg_p256_public(test_crypto, priv, again));
        assert_memory_equal(pub, again, sizeof(pub));
        assert_memory_not_equal(priv, last, sizeof(priv));
        memcpy(last, priv, sizeof(priv));
    }
}

static void p256_spki_is_that_of_the_library(void **state)
{
    (void)state;
    uint8_t priv[EG_P256_SCALAR_LEN], pub[EG_P256_POINT_LEN], a[128], b[128];
    struct eg_key *key = NULL;
    struct eg_writer wa, wb;
    eg_writer_init(&wa, a, sizeof(a));
    eg_writer_init(&wb, b, sizeof(b));
    assert_ok(eg_p256_generate(test_crypto, priv, pub));
    assert_ok(eg_key_from_private(test_crypto, EG_KEY_P256, EG_SPAN_OF(priv), &key));
    eg_p256_spki(pub, &wa);
    assert_ok(eg_key_spki(key, &wb));
    assert_int_equal(wa.len, 91);
    assert_span(eg_writer_span(&wa), eg_writer_span(&wb));
    eg_key_free(key);
}

/* NIST CAVP, KAS ECC CDH primitive, P-256, count 0. */
static void ecdh_vector(void **state)
{
    (void)state;
    struct eg_key *key =
        key_of(EG_KEY_P256, "7d7dc5f71eb29ddaf80d6214632eeae03d9058af1fb6d22ed80badb62bc1a534");
    struct eg_span peer = hex("04700c48f77f56584c5cc632ca65640db91b6bacce3a4df6b42ce7cc838833d287"
                              "db71e509e3fd9b060ddb20ba5c51dcc5948d46fbf640dfe0441782cab85fa4ac");
    uint8_t z[32], bad[EG_P256_POINT_LEN];
    assert_ok(eg_ecdh_p256(test_crypto, key, peer.ptr, z));
    assert_span(EG_SPAN_OF(z),
                hex("46fc62106420ff012e54a434fbdd2d25ccc5852060561e68040dd7778997bd7b"));
    for (size_t i = 0; i < sizeof(bad); i += 8) { /* head, X and Y: off the curve */
        memcpy(bad, peer.ptr, sizeof(bad));
        bad[i] ^= 1;
        assert_status(eg_ecdh_p256(test_crypto, key, bad, z), CRYPTO_BAD_KEY);
    }
    eg_key_free(key);
    key =
        key_of(EG_KEY_ED25519, "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
    assert_status(eg_ecdh_p256(test_crypto, key, peer.ptr, z), CRYPTO_BAD_KEY);
    eg_key_free(key);
}

/* RFC 6979 A.2.5 ("sample", SHA-256): ours is randomised, so the published one is verified. */
static void ecdsa_verify_vector(void **state)
{
    (void)state;
    struct eg_key *key =
        key_of(EG_KEY_P256, "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721");
    struct eg_span sig = hex("3046022100efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea8"
                             "4eaf3716022100f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4"
                             "ab2f843acda8");
    assert_ok(eg_verify(test_crypto, key, eg_span_str("sample"), sig));
    assert_status(eg_verify(test_crypto, key, eg_span_str("Sample"), sig), CRYPTO_BAD_SIGNATURE);
    eg_key_free(key);
}

/* RFC 8032 7.1, test 1. */
static void ed25519_vector(void **state)
{
    (void)state;
    struct eg_key *key =
        key_of(EG_KEY_ED25519, "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
    uint8_t room[64];
    struct eg_writer w;
    eg_writer_init(&w, room, sizeof(room));
    assert_ok(eg_sign(test_crypto, key, eg_span(NULL, 0), &w));
    assert_span(eg_writer_span(&w),
                hex("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a3"
                    "3bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"));
    eg_key_free(key);
}

static void sign_and_verify(struct eg_key *key)
{
    uint8_t room[EG_SIGNATURE_LEN_MAX], spki[EG_SPKI_LEN_MAX];
    struct eg_span text = eg_span_str("the quick brown fox");
    struct eg_key *public_key = NULL;
    struct eg_writer w;
    eg_writer_init(&w, spki, sizeof(spki));
    assert_ok(eg_key_spki(key, &w));
    assert_ok(eg_key_from_spki(test_crypto, eg_writer_span(&w), &public_key));
    assert_int_equal(eg_key_alg_of(public_key), eg_key_alg_of(key));
    assert_true(eg_key_has_private(key));
    assert_false(eg_key_has_private(public_key));
    for (int again = 0; again < 3; again++) { /* the signing object is reused */
        eg_writer_init(&w, room, sizeof(room));
        assert_ok(eg_sign(test_crypto, key, text, &w));
        assert_ok(eg_verify(test_crypto, public_key, text, eg_writer_span(&w)));
    }
    for (size_t i = 0; i < w.len; i++) {
        room[i] ^= 0x20;
        assert_status(eg_verify(test_crypto, public_key, text, eg_writer_span(&w)),
                      CRYPTO_BAD_SIGNATURE);
        room[i] ^= 0x20;
    }
    assert_status(eg_verify(test_crypto, public_key, eg_span_str("the quick"), eg_writer_span(&w)),
                  CRYPTO_BAD_SIGNATURE);
    assert_status(eg_verify(test_crypto, public_key, text, eg_span(room, w.len - 1)),
                  CRYPTO_BAD_SIGNATURE);
    assert_status(eg_sign(test_crypto, public_key, text, &w), CRYPTO_BAD_KEY);
    assert_status(eg_key_private(public_key, &w), CRYPTO_BAD_KEY);
    eg_key_free(public_key);
}

/* Raw and PEM forms give the same key back: its public half is the same, and it signs. */
static void export_and_import(struct eg_key *key)
{
    enum eg_key_alg alg = eg_key_alg_of(key);
    static uint8_t raw[EG_PRIVATE_LEN_MAX], pem[4096], spki_a[EG_SPKI_LEN_MAX],
        spki_b[EG_SPKI_LEN_MAX];
    struct eg_key *again = NULL;
    struct eg_writer w_raw, w_pem, w_a, w_b;
    eg_writer_init(&w_raw, raw, sizeof(raw));
    eg_writer_init(&w_pem, pem, sizeof(pem));
    eg_writer_init(&w_a, spki_a, sizeof(spki_a));
    assert_ok(eg_key_spki(key, &w_a));
    assert_ok(eg_key_private(key, &w_raw));
    assert_ok(eg_key_private_pem(key, &w_pem));
    for (int from_pem = 0; from_pem < 2; from_pem++) {
        eg_writer_init(&w_b, spki_b, sizeof(spki_b));
        assert_ok(from_pem ? eg_key_from_private_pem(test_crypto, eg_writer_span(&w_pem), &again)
                           : eg_key_from_private(test_crypto, alg, eg_writer_span(&w_raw), &again));
        assert_ok(eg_key_spki(again, &w_b));
        assert_span(eg_writer_span(&w_b), eg_writer_span(&w_a));
        sign_and_verify(again);
        eg_key_free(again);
    }
    assert_status(eg_key_from_private(test_crypto, alg, eg_span(raw, w_raw.len - 1), &again),
                  CRYPTO_BAD_KEY);
    assert_null(again);
}

static void every_algorithm(void **state)
{
    (void)state;
    for (size_t i = 0; i < FAST_COUNT; i++) {
        struct eg_key *key = NULL;
        assert_ok(eg_key_generate(test_crypto, FAST_ALGS[i], &key));
        assert_int_equal(eg_key_alg_of(key), FAST_ALGS[i]);
        sign_and_verify(key);
        export_and_import(key);
        eg_key_free(key);
    }
    struct eg_key *none = NULL;
    assert_status(eg_key_generate(test_crypto, EG_KEY_NONE, &none), CRYPTO_UNSUPPORTED);
    assert_null(none);
}

/* An RSA key whose private exponent was changed parses but is no key. */
static void rsa_must_be_consistent(void **state)
{
    (void)state;
    static uint8_t raw[EG_PRIVATE_LEN_MAX];
    struct eg_key *key = NULL, *bad = NULL;
    struct eg_writer w;
    eg_writer_init(&w, raw, sizeof(raw));
    assert_ok(eg_key_generate(test_crypto, EG_KEY_RSA_2048, &key));
    assert_ok(eg_key_private(key, &w));
    assert_status(eg_key_from_private(test_crypto, EG_KEY_RSA_3072, eg_writer_span(&w), &bad),
                  CRYPTO_BAD_KEY);
    raw[w.len / 3] ^= 0x10; /* inside d, which lies behind n and e */
    assert_status(eg_key_from_private(test_crypto, EG_KEY_RSA_2048, eg_writer_span(&w), &bad),
                  CRYPTO_BAD_KEY);
    assert_null(bad);
    eg_key_free(key);
}

static const char SPKI_P256[] =
    "3059301306072a8648ce3d020106082a8648ce3d0301070342000460fed4ba255a9d31c961eb74c6356d68"
    "c049b8923b61fa6ce669622e60f29fb67903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294"
    "d4462299";

static void spki_must_be_canonical(void **state)
{
    (void)state;
    static const char *const bad[] = {
        /* compressed point */
        "3039301306072a8648ce3d020106082a8648ce3d03010703220003"
        "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6",
        /* length in a longer form than needed */
        "308159301306072a8648ce3d020106082a8648ce3d0301070342000460fed4ba255a9d31c961eb74c6356d68"
        "c049b8923b61fa6ce669622e60f29fb67903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294"
        "d4462299",
        "3000",
        "",
    };
    struct eg_key *key = NULL;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_status(eg_key_from_spki(test_crypto, hex(bad[i]), &key), CRYPTO_BAD_KEY);
        assert_null(key);
    }
    struct eg_span good = hex(SPKI_P256);
    assert_ok(eg_key_from_spki(test_crypto, good, &key));
    eg_key_free(key);
    for (size_t len = 0; len < good.len; len++) {
        assert_status(eg_key_from_spki(test_crypto, eg_span(good.ptr, len), &key), CRYPTO_BAD_KEY);
    }
    uint8_t room[128];
    memcpy(room, good.ptr, good.len);
    room[good.len] = 0;
    assert_status(eg_key_from_spki(test_crypto, eg_span(room, good.len + 1), &key), CRYPTO_BAD_KEY);
    room[good.len - 1] ^= 1; /* not on the curve */
    assert_status(eg_key_from_spki(test_crypto, eg_span(room, good.len), &key), CRYPTO_BAD_KEY);
}

static void spki_of_another_curve(void **state)
{
    (void)state;
    struct eg_key *key = NULL;
    /* a secp256k1 key: read, but not offered */
    assert_status(
        eg_key_from_spki(
            test_crypto,
            hex("3056301006072a8648ce3d020106052b8104000a0342000479be667ef9dcbbac55a06295ce870b"
                "07029bfcdb2dce28d959f2815b16f81798483ada7726a3c4655da4fbfc0e1108a8fd17b448a685"
                "54199c47d08ffb10d4b8"),
            &key),
        CRYPTO_UNSUPPORTED);
    assert_null(key);
}

static const char PUBLIC_PEM[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEYP7UuiVanTHJYet0xjVtaMBJuJI7\n"
    "Yfps5mliLmDyn7Z5A/4QCLi8maQa6elWKLxk8vGyDC1+n1F3o8KU1EYimQ==\n"
    "-----END PUBLIC KEY-----\n";

static void public_pem(void **state)
{
    (void)state;
    uint8_t room[128];
    struct eg_writer w;
    struct eg_key *key = NULL;
    eg_writer_init(&w, room, sizeof(room));
    assert_ok(eg_key_from_pem(test_crypto, eg_span_str(PUBLIC_PEM), &key));
    assert_ok(eg_key_spki(key, &w));
    assert_span(eg_writer_span(&w), hex(SPKI_P256));
    eg_key_free(key);
    assert_status(eg_key_from_pem(test_crypto, eg_span_str("hello"), &key), CRYPTO_BAD_KEY);
    assert_status(eg_key_from_pem(test_crypto, eg_span(PUBLIC_PEM, 100), &key), CRYPTO_BAD_KEY);
    assert_status(eg_key_from_private_pem(test_crypto, eg_span_str(PUBLIC_PEM), &key),
                  CRYPTO_BAD_KEY);
    assert_null(key);
}

/* An encrypted key is refused at once; nobody is asked for a passphrase. */
static void encrypted_private_pem(void **state)
{
    (void)state;
    static const char pem[] = "-----BEGIN EC PRIVATE KEY-----\n"
                              "Proc-Type: 4,ENCRYPTED\n"
                              "DEK-Info: AES-256-CBC,00112233445566778899AABBCCDDEEFF\n\n"
                              "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEYP7UuiVanTHJYet0xjVtaMBJuJI7\n"
                              "-----END EC PRIVATE KEY-----\n";
    struct eg_key *key = NULL;
    assert_status(eg_key_from_private_pem(test_crypto, eg_span_str(pem), &key), CRYPTO_BAD_KEY);
    assert_null(key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(alg_names),
        cmocka_unit_test(p256_public_vectors),
        cmocka_unit_test(p256_scalar_range),
        cmocka_unit_test(p256_generate_pairs),
        cmocka_unit_test(p256_spki_is_that_of_the_library),
        cmocka_unit_test(ecdh_vector),
        cmocka_unit_test(ecdsa_verify_vector),
        cmocka_unit_test(ed25519_vector),
        cmocka_unit_test(every_algorithm),
        cmocka_unit_test(rsa_must_be_consistent),
        cmocka_unit_test(spki_must_be_canonical),
        cmocka_unit_test(spki_of_another_curve),
        cmocka_unit_test(public_pem),
        cmocka_unit_test(encrypted_private_pem),
    };
    return cmocka_run_group_tests(tests, crypto_setup, crypto_teardown);
}
