/* SPDX-License-Identifier: Apache-2.0 */
/* AES modes and key wrap: published vectors, altered bytes, wrong lengths, full writers. */
#include <string.h>

#include "tests/unit/crypto/crypto_test.h"

static const char K128[] = "2b7e151628aed2a6abf7158809cf4f3c";
static const char K256[] = "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4";
static const char PLAIN[] = "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
                            "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710";

/* SP 800-38A F.2.1 and F.2.5; our padding adds a block behind the published one. */
static void cbc_vectors(void **state)
{
    (void)state;
    static const struct {
        const char *key, *cipher;
    } rows[] = {
        {K128, "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2"
               "73bed6b8e3c1743b7116e69e222295163ff1caa1681fac09120eca307586e1a7"},
        {K256, "f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d"
               "39f23369a9d9bacfa530e26304231461b2eb05e2c39be9fcda6c19078c6a9d1b"},
    };
    struct eg_span iv = hex("000102030405060708090a0b0c0d0e0f");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint8_t room[96], back[96];
        struct eg_writer w, b;
        eg_writer_init(&w, room, sizeof(room));
        eg_writer_init(&b, back, sizeof(back));
        assert_ok(eg_cbc_encrypt(test_crypto, hex(rows[i].key), iv.ptr, hex(PLAIN), &w));
        assert_int_equal(w.len, 80);
        assert_span(eg_span(room, 64), hex(rows[i].cipher));
        assert_ok(eg_cbc_decrypt(test_crypto, hex(rows[i].key), iv.ptr, eg_writer_span(&w), &b));
        assert_span(eg_writer_span(&b), hex(PLAIN));
    }
}

/* Blob "C" of the protocol notes, made for and accepted by an independent reader: key 20..3F. */
static void cbc_iso7816_padding(void **state)
{
    (void)state;
    struct eg_span key = hex("202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f");
    struct eg_span iv = hex("a0a1a2a3a4a5a6a7a8a9aaabacadaeaf");
    uint8_t room[32];
    struct eg_writer w;
    eg_writer_init(&w, room, sizeof(room));
    assert_ok(eg_cbc_encrypt(test_crypto, key, iv.ptr, eg_span_str("hello, device"), &w));
    assert_span(eg_writer_span(&w), hex("fd1adce05f8824fbf0e9a86dc01153d9"));
}

static void cbc_every_length(void **state)
{
    (void)state;
    struct eg_span iv = hex("000102030405060708090a0b0c0d0e0f");
    struct eg_span plain = hex(PLAIN);
    for (size_t len = 0; len <= plain.len; len++) {
        uint8_t room[96], back[96];
        struct eg_writer w, b;
        eg_writer_init(&w, room, sizeof(room));
        eg_writer_init(&b, back, sizeof(back));
        eg_writer_u8(&b, 0xEE); /* what was there stays */
        assert_ok(eg_cbc_encrypt(test_crypto, hex(K256), iv.ptr, eg_span(plain.ptr, len), &w));
        assert_int_equal(w.len, (len / 16 + 1) * 16);
        assert_ok(eg_cbc_decrypt(test_crypto, hex(K256), iv.ptr, eg_writer_span(&w), &b));
        assert_int_equal(b.len, len + 1);
        assert_int_equal(back[0], 0xEE);
        assert_memory_equal(back + 1, plain.ptr, len);
    }
}

/* Last blocks whose plaintext is not padding. */
static void cbc_bad_padding(void **state)
{
    (void)state;
    static const char *const blocks[] = {
        "00000000000000000000000000000000", /* no mark at all */
        "80000000000000000000000000000001", /* something behind the mark */
        "00000000000000000000000000000010", /* PKCS#7 */
        "ffffffffffffffffffffffffffffffff",
    };
    struct eg_span iv = hex("000102030405060708090a0b0c0d0e0f");
    for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
        uint8_t room[32], back[32];
        struct eg_writer w, b;
        eg_writer_init(&w, room, sizeof(room));
        eg_writer_init(&b, back, sizeof(back));
        /* The first block of an encryption is whole: without the second it has no padding. */
        assert_ok(eg_cbc_encrypt(test_crypto, hex(K256), iv.ptr, hex(blocks[i]), &w));
        assert_status(eg_cbc_decrypt(test_crypto, hex(K256), iv.ptr, eg_span(room, 16), &b),
                      CRYPTO_BAD_PADDING);
        assert_int_equal(b.len, 0);
    }
}

static void cbc_bad_length(void **state)
{
    (void)state;
    static const uint8_t zeros[32] = {0};
    static const size_t lens[] = {0, 1, 15, 17, 31};
    for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
        uint8_t back[32];
        struct eg_writer b;
        eg_writer_init(&b, back, sizeof(back));
        assert_status(eg_cbc_decrypt(test_crypto, hex(K256), zeros, eg_span(zeros, lens[i]), &b),
                      CRYPTO_BAD_PADDING);
    }
}

/* SP 800-38A F.5.1 and F.5.5. */
static void ctr_vectors(void **state)
{
    (void)state;
    static const struct {
        const char *key, *cipher;
    } rows[] = {
        {K128, "874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff"
               "5ae4df3edbd5d35e5b4f09020db03eab1e031dda2fbe03d1792170a0f3009cee"},
        {K256, "601ec313775789a5b7a7f504bbf3d228f443e3ca4d62b59aca84e990cacaf5c5"
               "2b0930daa23de94ce87017ba2d84988ddfc9c58db67aada613c2dd08457941a6"},
    };
    struct eg_span iv = hex("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (size_t len = 0; len <= 64; len += 13) {
            uint8_t room[64];
            struct eg_writer w;
            eg_writer_init(&w, room, sizeof(room));
            assert_ok(
                eg_ctr(test_crypto, hex(rows[i].key), iv.ptr, eg_span(hex(PLAIN).ptr, len), &w));
            assert_span(eg_writer_span(&w), eg_span(hex(rows[i].cipher).ptr, len));
        }
    }
}

/* Test cases 4 and 16 of the GCM submission to NIST. */
static const char GCM_IV[] = "cafebabefacedbaddecaf888";
static const char GCM_AAD[] = "feedfacedeadbeeffeedfacedeadbeefabaddad2";
static const char GCM_PLAIN[] = "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
                                "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39";
static const struct {
    const char *key, *sealed;
} GCM_ROWS[] = {
    {"feffe9928665731c6d6a8f9467308308",
     "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
     "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091"
     "5bc94fbc3221a5db94fae95ae7121a47"},
    {"feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
     "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
     "76fc6ece0f4e1768cddf8853bb2d551b"},
};

static void gcm_vectors(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(GCM_ROWS) / sizeof(GCM_ROWS[0]); i++) {
        uint8_t room[80], back[64];
        struct eg_writer w, b;
        eg_writer_init(&w, room, sizeof(room));
        eg_writer_init(&b, back, sizeof(back));
        struct eg_span key = hex(GCM_ROWS[i].key), iv = hex(GCM_IV), aad = hex(GCM_AAD);
        assert_ok(eg_gcm_seal(test_crypto, key, iv.ptr, aad, hex(GCM_PLAIN), &w));
        assert_span(eg_writer_span(&w), hex(GCM_ROWS[i].sealed));
        assert_ok(eg_gcm_open(test_crypto, key, iv.ptr, aad, eg_writer_span(&w), &b));
        assert_span(eg_writer_span(&b), hex(GCM_PLAIN));
    }
}

static void gcm_altered(void **state)
{
    (void)state;
    struct eg_span key = hex(GCM_ROWS[1].key), iv = hex(GCM_IV), aad = hex(GCM_AAD);
    struct eg_span sealed = hex(GCM_ROWS[1].sealed);
    uint8_t bad[96], back[64];
    for (size_t i = 0; i < sealed.len; i++) {
        struct eg_writer b;
        eg_writer_init(&b, back, sizeof(back));
        memset(back, 0x77, sizeof(back));
        memcpy(bad, sealed.ptr, sealed.len);
        bad[i] ^= 1;
        assert_status(eg_gcm_open(test_crypto, key, iv.ptr, aad, eg_span(bad, sealed.len), &b),
                      CRYPTO_BAD_MAC);
        assert_int_equal(b.len, 0);
        assert_int_equal(back[0], 0); /* the plaintext that did not verify was wiped */
    }
    for (size_t len = 0; len < sealed.len; len++) {
        struct eg_writer b;
        eg_writer_init(&b, back, sizeof(back));
        assert_status(eg_gcm_open(test_crypto, key, iv.ptr, aad, eg_span(sealed.ptr, len), &b),
                      CRYPTO_BAD_MAC);
    }
    struct eg_writer b;
    eg_writer_init(&b, back, sizeof(back));
    assert_status(eg_gcm_open(test_crypto, key, iv.ptr, eg_span(NULL, 0), sealed, &b),
                  CRYPTO_BAD_MAC);
}

/* RFC 3394 4.1, 4.3, 4.6 and the vectors of NXP's blob tests. */
static const struct {
    const char *kek, *plain, *wrapped;
} KW_ROWS[] = {
    {"000102030405060708090a0b0c0d0e0f", "00112233445566778899aabbccddeeff",
     "1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5"},
    {"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
     "00112233445566778899aabbccddeeff", "64e8c3f9ce0f5ba263e9777905818a2a93c8191e7d6e8ae7"},
    {"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
     "00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f",
     "28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21"},
    {"2b6c81b3fa1c60d23ee9ba3a9f778388f9704cca190c2932daf1af8b98265213",
     "8400006100000000d230bdb1a759e80927acb2037a69118a187652b11f40e5819a3043b0354eabc5",
     "9d586152ec5e54e4dd6f1691fe446cd9989252305342e8477ce05e489c3c28dd890c6d61f62072c8"
     "69348a25025c005e"},
    {"2b6c81b3fa1c60d23ee9ba3a9f778388f9704cca190c2932daf1af8b98265213",
     "84000061000000008bdee332fcb095bf63f2e59ed5e3489d7befaeee226d310e84e052df221a1a25",
     "b840ce5a7307e5c591631dd5d6e22365b5ce8f9b28bb5d95f0774fef10c7bf4d7f0c42507ab67fc5"
     "a05966947c29b602"},
    {"2b6c81b3fa1c60d23ee9ba3a9f778388f9704cca190c2932daf1af8b98265213",
     "84040061000000005576431a2e3137d0b1fecda9ef8c23bee2836b1884fb5690e06b8e1dbf01599d",
     "a764a9d7d89422d05b85d3e83dc2b6fb043ea740d86f5fba1f84a99217842227665f44eb589e8c7c"
     "77f7c90181614531"},
};
enum { KW_COUNT = sizeof(KW_ROWS) / sizeof(KW_ROWS[0]) };

static void kw_vectors(void **state)
{
    (void)state;
    for (size_t i = 0; i < KW_COUNT; i++) {
        uint8_t room[64], back[64];
        struct eg_writer w, b;
        eg_writer_init(&w, room, sizeof(room));
        eg_writer_init(&b, back, sizeof(back));
        assert_ok(eg_kw_wrap(test_crypto, hex(KW_ROWS[i].kek), hex(KW_ROWS[i].plain), &w));
        assert_span(eg_writer_span(&w), hex(KW_ROWS[i].wrapped));
        assert_ok(eg_kw_unwrap(test_crypto, hex(KW_ROWS[i].kek), eg_writer_span(&w), &b));
        assert_span(eg_writer_span(&b), hex(KW_ROWS[i].plain));
    }
}

static void kw_altered(void **state)
{
    (void)state;
    struct eg_span wrapped = hex(KW_ROWS[2].wrapped);
    uint8_t bad[64], back[64];
    for (size_t bit = 0; bit < 8 * wrapped.len; bit++) {
        struct eg_writer b;
        eg_writer_init(&b, back, sizeof(back));
        memcpy(bad, wrapped.ptr, wrapped.len);
        bad[bit / 8] ^= (uint8_t)(1u << (bit % 8));
        assert_status(eg_kw_unwrap(test_crypto, hex(KW_ROWS[2].kek), eg_span(bad, wrapped.len), &b),
                      CRYPTO_BAD_MAC);
        assert_int_equal(b.len, 0);
        assert_int_equal(back[0] | back[31], 0);
    }
}

static void kw_bad_length(void **state)
{
    (void)state;
    static const uint8_t zeros[64] = {0};
    static const size_t plain[] = {0, 8, 15, 17, 23};
    static const size_t wrapped[] = {0, 8, 16, 23, 25};
    uint8_t room[64];
    struct eg_writer w;
    eg_writer_init(&w, room, sizeof(room));
    for (size_t i = 0; i < 5; i++) {
        assert_status(eg_kw_wrap(test_crypto, hex(K128), eg_span(zeros, plain[i]), &w),
                      CRYPTO_FAILED);
        assert_status(eg_kw_unwrap(test_crypto, hex(K128), eg_span(zeros, wrapped[i]), &w),
                      CRYPTO_BAD_MAC);
    }
    assert_status(eg_kw_wrap(test_crypto, eg_span(zeros, 24), eg_span(zeros, 16), &w),
                  CRYPTO_FAILED);
    assert_int_equal(w.len, 0);
}

/* Every call into a writer that is one byte too small, with something already in it. */
static void no_room(void **state)
{
    (void)state;
    uint8_t room[64];
    struct eg_span key = hex(K256), plain = eg_span(hex(PLAIN).ptr, 16);
    const uint8_t *iv = hex("000102030405060708090a0b0c0d0e0f").ptr;
    struct eg_span wrapped = hex(KW_ROWS[1].wrapped);
    struct eg_span sealed = hex(GCM_ROWS[1].sealed);
    static const size_t needs[] = {24, 16, 32, 16, 32, 60};
    for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++) {
        struct eg_writer w;
        eg_writer_init(&w, room, needs[i]);
        eg_writer_u8(&w, 0xEE);
        eg_status st = i == 0   ? eg_kw_wrap(test_crypto, key, plain, &w)
                       : i == 1 ? eg_kw_unwrap(test_crypto, hex(KW_ROWS[1].kek), wrapped, &w)
                       : i == 2 ? eg_cbc_encrypt(test_crypto, key, iv, plain, &w)
                       : i == 3 ? eg_ctr(test_crypto, key, iv, plain, &w)
                       : i == 4 ? eg_gcm_seal(test_crypto, key, iv, plain, plain, &w)
                                : eg_gcm_open(test_crypto, hex(GCM_ROWS[1].key), hex(GCM_IV).ptr,
                                              hex(GCM_AAD), sealed, &w);
        assert_status(st, NO_ROOM);
        assert_int_equal(w.len, 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cbc_vectors),      cmocka_unit_test(cbc_iso7816_padding),
        cmocka_unit_test(cbc_every_length), cmocka_unit_test(cbc_bad_padding),
        cmocka_unit_test(cbc_bad_length),   cmocka_unit_test(ctr_vectors),
        cmocka_unit_test(gcm_vectors),      cmocka_unit_test(gcm_altered),
        cmocka_unit_test(kw_vectors),       cmocka_unit_test(kw_altered),
        cmocka_unit_test(kw_bad_length),    cmocka_unit_test(no_room),
    };
    return cmocka_run_group_tests(tests, crypto_setup, crypto_teardown);
}
