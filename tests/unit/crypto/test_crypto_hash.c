/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes, MACs and key derivation against published vectors. */
#include "tests/unit/crypto/crypto_test.h"

static void hash_abc(void **state)
{
    (void)state;
    static const struct {
        enum eg_hash alg;
        const char *digest;
    } rows[] = {
        /* FIPS 180-4 examples */
        {EG_HASH_SHA1, "a9993e364706816aba3e25717850c26c9cd0d89d"},
        {EG_HASH_SHA256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {EG_HASH_SHA384, "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
                         "8086072ba1e7cc2358baeca134c825a7"},
        {EG_HASH_SHA512, "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                         "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
        /* FIPS 202 example (SHA3-512 of "abc") */
        {EG_HASH_SHA3_512, "b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e"
                           "10e116e9192af3c91a7ec57647e3934057340b4cf408d5a56592f8274eec53f0"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint8_t out[EG_HASH_LEN_MAX];
        for (int again = 0; again < 2; again++) { /* the context is reused */
            assert_ok(eg_hash(test_crypto, rows[i].alg, eg_span_str("abc"), out));
            assert_span(eg_span(out, eg_hash_len(rows[i].alg)), hex(rows[i].digest));
        }
    }
}

static void hash_unknown(void **state)
{
    (void)state;
    uint8_t out[EG_HASH_LEN_MAX];
    assert_int_equal(eg_hash_len((enum eg_hash)0), 0);
    assert_status(eg_hash(test_crypto, (enum eg_hash)9, eg_span_str("abc"), out),
                  CRYPTO_UNSUPPORTED);
}

static void hmac_rfc4231(void **state)
{
    (void)state;
    static const struct {
        const char *key, *data, *mac;
    } rows[] = {
        {"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "4869205468657265",
         "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
        {"4a656665", "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
         "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
        /* An empty key must not mean "the key of the call before". */
        {"", "", "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint8_t mac[EG_SHA256_LEN];
        assert_ok(eg_hmac_sha256(test_crypto, hex(rows[i].key), hex(rows[i].data), mac));
        assert_span(EG_SPAN_OF(mac), hex(rows[i].mac));
    }
}

/* RFC 4493 section 4 and SP 800-38B D.3: one message, four lengths, two key sizes. */
static void cmac_vectors(void **state)
{
    (void)state;
    struct eg_span message =
        hex("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
            "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710");
    static const char k128[] = "2b7e151628aed2a6abf7158809cf4f3c";
    static const char k256[] = "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4";
    static const struct {
        const char *key;
        size_t len;
        const char *mac;
    } rows[] = {
        {k128, 0, "bb1d6929e95937287fa37d129b756746"},
        {k128, 16, "070a16b46b4d4144f79bdd9dd04a287c"},
        {k256, 16, "28a7023f452e8f82bd4bf28d8c37c35c"},
        {k128, 40, "dfa66747de9ae63030ca32611497c827"},
        {k128, 64, "51f0bebf7e3b9d92fc49741779363cfe"},
        {k256, 0, "028962f61b7bf89efc6b551f4667d983"},
        {k256, 40, "aaf3d8f1de5640c232f5b169b9c911e6"},
        {k256, 64, "e1992190549f6ed5696a2c056c315410"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint8_t mac[EG_CMAC_LEN];
        assert_ok(eg_cmac(test_crypto, hex(rows[i].key), eg_span(message.ptr, rows[i].len), mac));
        assert_span(EG_SPAN_OF(mac), hex(rows[i].mac));
    }
}

static void cmac_key_length(void **state)
{
    (void)state;
    static const uint8_t key[33] = {0};
    static const size_t bad[] = {0, 15, 17, 24, 33};
    uint8_t mac[EG_CMAC_LEN];
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_status(eg_cmac(test_crypto, eg_span(key, bad[i]), eg_span_str("x"), mac),
                      CRYPTO_FAILED);
    }
}

/* RFC 5869 appendix A.1 to A.3. */
static void hkdf_rfc5869(void **state)
{
    (void)state;
    static const struct {
        const char *ikm, *salt, *info, *okm;
    } rows[] = {
        {"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "000102030405060708090a0b0c",
         "f0f1f2f3f4f5f6f7f8f9",
         "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"},
        {"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f2021222324252627"
         "28292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f",
         "606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f8081828384858687"
         "88898a8b8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3a4a5a6a7a8a9aaabacadaeaf",
         "b0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7"
         "d8d9dadbdcdddedfe0e1e2e3e4e5e6e7e8e9eaebecedeeeff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
         "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c"
         "59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71"
         "cc30c58179ec3e87c14c01d5c1f3434f1d87"},
        {"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "", "",
         "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct eg_span okm = hex(rows[i].okm);
        uint8_t out[128];
        assert_ok(eg_hkdf_sha256(test_crypto, hex(rows[i].ikm), hex(rows[i].salt),
                                 hex(rows[i].info), out, okm.len));
        assert_span(eg_span(out, okm.len), okm);
    }
}

static void hkdf_too_long(void **state)
{
    (void)state;
    static uint8_t out[255 * EG_SHA256_LEN + 1];
    struct eg_span none = eg_span(NULL, 0);
    assert_ok(eg_hkdf_sha256(test_crypto, eg_span_str("k"), none, none, out, sizeof(out) - 1));
    assert_status(eg_hkdf_sha256(test_crypto, eg_span_str("k"), none, none, out, sizeof(out)),
                  CRYPTO_FAILED);
}

/* RFC 7914 section 12. */
static void scrypt_rfc7914(void **state)
{
    (void)state;
    uint8_t out[64];
    assert_ok(eg_scrypt(eg_span_str(""), eg_span_str(""), 16, 1, 1, out, sizeof(out)));
    assert_span(EG_SPAN_OF(out),
                hex("77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442"
                    "fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906"));
    assert_ok(
        eg_scrypt(eg_span_str("password"), eg_span_str("NaCl"), 1024, 8, 16, out, sizeof(out)));
    assert_span(EG_SPAN_OF(out),
                hex("fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"
                    "2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640"));
}

static void scrypt_refuses(void **state)
{
    (void)state;
    uint8_t out[16];
    struct eg_span pass = eg_span_str("p");
    assert_status(eg_scrypt(pass, pass, 1000, 8, 1, out, sizeof(out)), CRYPTO_FAILED);
    assert_status(eg_scrypt(pass, pass, 1u << 22, 8, 1, out, sizeof(out)), CRYPTO_FAILED);
}

static void random_differs(void **state)
{
    (void)state;
    uint8_t a[32] = {0}, b[32] = {0};
    assert_ok(eg_random(test_crypto, a, sizeof(a)));
    assert_ok(eg_random(test_crypto, b, sizeof(b)));
    assert_memory_not_equal(a, b, sizeof(a));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hash_abc),        cmocka_unit_test(hash_unknown),
        cmocka_unit_test(hmac_rfc4231),    cmocka_unit_test(cmac_vectors),
        cmocka_unit_test(cmac_key_length), cmocka_unit_test(hkdf_rfc5869),
        cmocka_unit_test(hkdf_too_long),   cmocka_unit_test(scrypt_rfc7914),
        cmocka_unit_test(scrypt_refuses),  cmocka_unit_test(random_differs),
    };
    return cmocka_run_group_tests(tests, crypto_setup, crypto_teardown);
}
