/* SPDX-License-Identifier: Apache-2.0 */
/* The chip's reading of blobs and its key derivation, against published vectors and bent input. */
#include <string.h>

#include "lib/base/text.h"
#include "tests/unit/unit.h"
#include "tests/unit/vchip/vchip_support.h"
#include "vchip/blob.h"
#include "vchip/keys.h"

static struct eg_crypto *crypto;

static int open_crypto(void **state)
{
    (void)state;
    return eg_ok(eg_crypto_new(&crypto)) ? 0 : -1;
}

static int close_crypto(void **state)
{
    (void)state;
    eg_crypto_free(crypto);
    return 0;
}

static size_t from_hex(const char *hex, uint8_t *out)
{
    size_t len = strlen(hex) / 2;
    assert_ok(eg_hex_decode(eg_span_str(hex), out, len));
    return len;
}

/* ---- CKDF ----------------------------------------------------------------------------------- */

static void ckdf(const char *label, uint32_t props, const char *want_hex)
{
    uint8_t parent[32];
    uint8_t out[32] = {0};
    uint8_t want[32];
    uint8_t padded[12] = {0};
    for (uint8_t i = 0; i < 32; i++) {
        parent[i] = i;
    }
    memcpy(padded, label, label[0] == 0 ? 1 + strlen(label + 1) : strlen(label));
    size_t len = from_hex(want_hex, want);
    assert_ok(eg_vkey_ckdf(crypto, EG_SPAN_OF(parent), padded, props, out));
    assert_memory_equal(out, want, len);
}

static void ckdf_vectors(void **state)
{
    (void)state;
    ckdf("CC_ENC", 0x20001080, "921ce308df305f8284c79aad47fbabeb");
    ckdf("\0e2giaut_sk", 0x40002021,
         "b6d2a865ca05cf2fb3826bd0bfffa7e594da3f68425887a5dc29c92ef00ab944");
}

static void recipes_agree_with_a_second_reading(void **state)
{
    static struct eg_tc_bench b;
    (void)state;
    static const char *const families[] = {"mcxn947", "rw612"};
    for (size_t i = 0; i < 2; i++) {
        struct eg_tc_keys want;
        struct eg_vkeys have;
        struct eg_vkey_binding binding = {.life_cycle = 0x0F};
        eg_tc_setup(&b, families[i]);
        memcpy(binding.boot_key_hash, eg_tc_boot_hash, 32);
        eg_tc_import_keys(&b, eg_tc_boot_hash, 0x0F, &want);
        assert_ok(
            eg_vkeys_import(crypto, b.family->recipe, EG_SPAN_OF(b.die_key), &binding, &have));
        assert_memory_equal(have.kek, want.kek, 32);
        assert_memory_equal(have.data, want.data, 32);
        assert_memory_equal(have.auth, want.auth, 32);
        assert_ok(eg_vkeys_storage(crypto, b.family->recipe, EG_SPAN_OF(b.die_key), &have));
        assert_memory_not_equal(have.auth, want.auth, 32);
        eg_tc_teardown(&b);
    }
}

/* ---- published blobs: KEK 00.., data key 20.., MAC key 40.. -----------------------------------
 */

#define HEAD(id, alg, usage, type, bits, life)                                                     \
    "400b656467656c6f636b32676f4104" id "4204" alg "4304" usage "4402" type "4504" bits "460"      \
    "4" life
#define AES                                                                                        \
    HEAD("00010001", "04c01000", "00000300", "2400", "00000100", "e0000101")                       \
    "50047fff816e51040000000153047fff817054040000000155304d4e2038b6612186c1e1915ef377156e22ef2c03" \
    "be694ba8ad4cca9f014a6feb181a09c438d8ccbf19b30e4a21439ed75e106e0061d611999b53ee251845afd249ef"

static void counting_keys(struct eg_vkeys *keys)
{
    for (uint8_t i = 0; i < 32; i++) {
        keys->kek[i] = i;
        keys->data[i] = (uint8_t)(0x20 + i);
        keys->auth[i] = (uint8_t)(0x40 + i);
    }
}

/* The published blobs are from before tag 0x47: readers here want it, so it is put in and the CMAC
 * made again; payload and keys stay as published. */
static size_t with_life_cycle(const char *hex, const struct eg_vkeys *keys, uint8_t *out)
{
    const size_t before = 13 + 6 + 6 + 6 + 4 + 6 + 6;
    static const uint8_t life_cycle[6] = {0x47, 4, 0, 0, 0, 1};
    uint8_t plain[512];
    uint8_t mac[16];
    size_t len = from_hex(hex, plain);
    assert_ok(eg_cmac(crypto, EG_SPAN_OF(keys->auth), eg_span(plain, len - 16), mac));
    assert_memory_equal(mac, plain + len - 16, 16); /* the published CMAC holds */
    memcpy(out, plain, before);
    memcpy(out + before, life_cycle, sizeof(life_cycle));
    memcpy(out + before + 6, plain + before, len - before);
    assert_ok(eg_cmac(crypto, EG_SPAN_OF(keys->auth), eg_span(out, len + 6 - 16), out + len - 10));
    return len + 6;
}

static void opens(const char *hex, const void *want, size_t want_len)
{
    struct eg_vkeys keys;
    uint8_t bytes[512];
    uint8_t plain[512];
    struct eg_vblob b;
    struct eg_reader r;
    struct eg_writer w;
    counting_keys(&keys);
    size_t len = with_life_cycle(hex, &keys, bytes);
    eg_reader_init(&r, eg_span(bytes, len));
    assert_ok(eg_vblob_take(&r, &b));
    assert_ok(eg_reader_finish(&r));
    assert_ok(eg_vblob_check(crypto, &b, keys.auth));
    eg_writer_init(&w, plain, sizeof(plain));
    assert_ok(eg_vblob_open(crypto, &b, &keys, &w));
    assert_int_equal(w.len, want_len);
    assert_memory_equal(plain, want, want_len);
}

static void published_blobs_open(void **state)
{
    (void)state;
    opens(AES, eg_tc_aes_key, 32);
    opens(HEAD("00010002", "06000609", "00001000", "7112", "00000100",
               "e0000101") "50047fff816e51040000000153047fff8170540400000001553019a82b6f96e9d9d1"
                           "c48c021885cc6fa2114da86749240f9b7b49b4229dcdf9fddce13d312c35985d7a3f4f"
                           "0301a17b3a5e105d56f8d0093b311a8d010f2cc96cd9d1",
          eg_tc_scalar, 32);
    opens(
        HEAD("00010003", "00000000", "00000001", "1001", "00000068",
             "e0810101") "50047fff816f5104000000025210a0a1a2a3a4a5a6a7a8a9aaabacadaeaf53047fff8170"
                         "5404000000015510fd1adce05f8824fbf0e9a86dc01153d95e10befee2540b352d0c1899"
                         "92ef23228b7c",
        "hello, device", 13);
}

/* ---- strictness ------------------------------------------------------------------------------ */

static size_t good_blob(uint8_t *out)
{
    struct eg_vkeys keys;
    counting_keys(&keys);
    return with_life_cycle(AES, &keys, out);
}

static eg_status take(const uint8_t *bytes, size_t len)
{
    struct eg_reader r;
    struct eg_vblob b;
    eg_reader_init(&r, eg_span(bytes, len));
    return eg_vblob_take(&r, &b);
}

static void every_cut_is_refused(void **state)
{
    uint8_t bytes[512];
    (void)state;
    size_t len = good_blob(bytes);
    assert_ok(take(bytes, len));
    for (size_t cut = 0; cut < len; cut++) {
        assert_status(take(bytes, cut), TRUNCATED);
    }
}

/* Offsets of tags and lengths in the good blob: none may be changed. */
static void tags_and_lengths_are_fixed(void **state)
{
    static const size_t at[] = {0,  1,  2,  13, 14, 19, 20, 25, 26, 31, 32, 35, 36,
                                41, 42, 47, 48, 53, 54, 59, 60, 65, 66, 71, 72, 77};
    uint8_t bytes[512];
    (void)state;
    size_t len = good_blob(bytes);
    for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
        bytes[at[i]] ^= 1;
        assert_status(take(bytes, len), VCHIP_BLOB);
        bytes[at[i]] ^= 1;
    }
    assert_ok(take(bytes, len));
}

static void fields_must_belong_together(void **state)
{
    static const struct {
        size_t at;
        uint8_t value;
    } bad[] = {
        {52, 3},    /* life cycle 3 */
        {52, 0},    /* life cycle 0 */
        {58, 0x6F}, /* RFC 3394 under the data key */
        {64, 3},    /* in clear, but no boot key hash */
        {64, 4},    /* unknown wrapping */
        {43, 0xE1}, /* another location */
        {70, 0x71}, /* MAC key id */
        {76, 2},    /* MAC algorithm */
    };
    uint8_t bytes[512];
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        size_t len = good_blob(bytes);
        bytes[bad[i].at] = bad[i].value;
        assert_status(take(bytes, len), VCHIP_BLOB);
    }
}

static void lengths_are_minimal(void **state)
{
    uint8_t bytes[512];
    uint8_t longer[512];
    (void)state;
    size_t len = good_blob(bytes);
    memcpy(longer, bytes, 78);
    longer[78] = 0x81; /* 30 as 81 30 */
    memcpy(longer + 79, bytes + 78, len - 78);
    assert_status(take(longer, len + 1), VCHIP_BLOB);
    longer[78] = 0x80; /* indefinite */
    assert_status(take(longer, len + 1), VCHIP_BLOB);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ckdf_vectors),
        cmocka_unit_test(recipes_agree_with_a_second_reading),
        cmocka_unit_test(published_blobs_open),
        cmocka_unit_test(every_cut_is_refused),
        cmocka_unit_test(tags_and_lengths_are_fixed),
        cmocka_unit_test(fields_must_belong_together),
        cmocka_unit_test(lengths_are_minimal),
    };
    return cmocka_run_group_tests(tests, open_crypto, close_crypto);
}
