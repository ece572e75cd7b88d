/* SPDX-License-Identifier: Apache-2.0 */
/* Claim blobs: one that NXP's agent made, our own up to 255 characters, and every way to be none.
 */
#include <stdio.h>
#include <string.h>

#include "lib/object/claim.h"
#include "tests/unit/object/object_test.h"

/* Made by the reference agent (docs/formats/claim-blob.md, "Test vector"). */
static const char vector_key[] = "6ed97844af0dc36cb1c26230992b029d926be3391060b76b674512e981d1b08f";
static const char vector_blob[] =
    "4110000102030405060708090a0b0c0d0e0f42410439b5c69d311d886c33d3205cc544bcebee41ffe3e54be400169a"
    "522af2ea9b499a080069025fd4079090a51d071d37909d8186622c37230deddcb405cb3de124430420001080440420"
    "2000804510cf39e92c8ff2ddb1c5b7ddb2a51965494620c978e9cd7931cae9b6a3100a966dfebd60dd38a3606d70a3"
    "f09c5a078e4d3edd5e109ffda985d00c97ec9daff8b37c6f84b0";
static const char vector_text[] = "insert_claimcode_from_el2go";

static size_t from_hex(const char *hex, uint8_t *out)
{
    size_t n = strlen(hex) / 2;
    for (size_t i = 0; i < n; i++) {
        unsigned v = 0;
        assert_int_equal(sscanf(hex + 2 * i, "%2x", &v), 1);
        out[i] = (uint8_t)v;
    }
    return n;
}

struct fixture {
    struct eg_crypto *crypto;
    struct eg_key *key;
    uint8_t public_key[EG_P256_POINT_LEN];
    struct eg_uuid uuid;
    uint8_t blob[EG_CLAIM_BLOB_MAX];
    size_t len;
};

static void make(struct fixture *f, void **state, size_t text_len)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef0123456789+/";
    uint8_t scalar[EG_P256_SCALAR_LEN], text[EG_CLAIM_TEXT_MAX];
    struct eg_writer w;
    memset(f, 0, sizeof(*f));
    f->crypto = *state;
    f->uuid.bytes[15] = 9;
    for (size_t i = 0; i < text_len; i++) {
        text[i] = (uint8_t)letters[i % (sizeof(letters) - 1)];
    }
    assert_ok(eg_p256_generate(f->crypto, scalar, f->public_key));
    assert_ok(eg_key_from_private(f->crypto, EG_KEY_P256, EG_SPAN_OF(scalar), &f->key));
    eg_writer_init(&w, f->blob, sizeof(f->blob));
    assert_ok(eg_claim_seal(f->crypto, f->public_key, &f->uuid, eg_span(text, text_len), &w));
    f->len = w.len;
}

static eg_status open_it(struct fixture *f, char *text, size_t *text_len)
{
    struct eg_claim_blob blob;
    uint8_t room[EG_CLAIM_TEXT_MAX];
    struct eg_writer w;
    eg_writer_init(&w, room, sizeof(room));
    EG_TRY(eg_claim_blob_decode(eg_span(f->blob, f->len), &blob));
    eg_status st = eg_claim_open(f->crypto, f->key, &blob, &f->uuid, &w);
    memcpy(text, room, w.len);
    *text_len = w.len;
    return st;
}

static void the_reference_agents_blob_opens(void **state)
{
    struct fixture f = {.crypto = *state};
    uint8_t scalar[EG_P256_SCALAR_LEN];
    char text[EG_CLAIM_TEXT_MAX];
    size_t len = 0;
    (void)from_hex(vector_key, scalar);
    f.len = from_hex(vector_blob, f.blob);
    for (uint8_t i = 0; i < EG_UUID_LEN; i++) {
        f.uuid.bytes[i] = i;
    }
    assert_ok(eg_key_from_private(f.crypto, EG_KEY_P256, EG_SPAN_OF(scalar), &f.key));
    assert_ok(open_it(&f, text, &len));
    assert_int_equal(len, sizeof(vector_text) - 1);
    assert_memory_equal(text, vector_text, len);
    assert_true(eg_claim_text_ok(eg_span(text, len)));
    eg_key_free(f.key);
}

static void every_length_goes_there_and_back(void **state)
{
    for (size_t n = EG_CLAIM_TEXT_MIN; n <= EG_CLAIM_TEXT_MAX; n++) {
        struct fixture f;
        char text[EG_CLAIM_TEXT_MAX];
        size_t len = 0;
        make(&f, state, n);
        assert_ok(open_it(&f, text, &len));
        assert_int_equal(len, n);
        /* what NXP's agents can carry has one length byte */
        assert_int_equal(f.blob[116] < 0x80, n <= EG_CLAIM_TEXT_NXP_MAX);
        eg_key_free(f.key);
    }
}

static void no_changed_byte_opens(void **state)
{
    struct fixture f;
    make(&f, state, 40);
    for (size_t i = 0; i < f.len; i++) {
        char text[EG_CLAIM_TEXT_MAX];
        size_t len = 0;
        f.blob[i] ^= 1;
        eg_status st = open_it(&f, text, &len);
        assert_true(eg_is(st, EG_E_CLAIM_BLOB_SEALED) || eg_is(st, EG_E_CLAIM_BLOB) ||
                    eg_is(st, EG_E_CLAIM_BLOB_TYPE));
        assert_int_equal(len, 0);
        f.blob[i] ^= 1;
    }
    f.uuid.bytes[0] ^= 1; /* another chip shows it */
    char text[EG_CLAIM_TEXT_MAX];
    size_t len = 0;
    assert_status(open_it(&f, text, &len), CLAIM_BLOB_SEALED);
    eg_key_free(f.key);
}

static void structure_is_strict(void **state)
{
    struct fixture f;
    struct eg_claim_blob blob;
    make(&f, state, 200);
    for (size_t n = 2; n < f.len; n++) {
        assert_status(eg_claim_blob_decode(eg_span(f.blob, n), &blob), CLAIM_BLOB);
    }
    assert_status(eg_claim_blob_decode(eg_span(f.blob, 1), &blob), CLAIM_BLOB_TYPE);
    assert_status(eg_claim_blob_decode(eg_span_str("c2VjcmV0IGNsYWltIGNvZGU="), &blob),
                  CLAIM_BLOB_TYPE);
    uint8_t longer[EG_CLAIM_BLOB_MAX + 1];
    memcpy(longer, f.blob, f.len);
    longer[f.len] = 0;
    assert_status(eg_claim_blob_decode(eg_span(longer, f.len + 1), &blob), CLAIM_BLOB);
    assert_int_equal(f.blob[116], 0x81); /* a length that one byte would have held */
    f.blob[117] = 0x70;
    assert_status(eg_claim_blob_decode(eg_span(f.blob, f.len), &blob), CLAIM_BLOB);
    eg_key_free(f.key);
}

static void texts_that_are_codes(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool ok;
    } cases[] = {
        {"ABCDEFGHIJKLMNOP", true},  {"ABCDEFGHIJKLMNO", false},  {"ABCDEFGHIJKLMN==", true},
        {"ABCDEFGHIJKL=NOP", false}, {"ABCDEFGHIJKLM===", false}, {"abc+/def01234567", true},
        {"abc-_def01234567", true},  {"abc def0123456 7", false}, {"abcdefghijklmnop\n", false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(eg_claim_text_ok(eg_span_str(cases[i].text)), cases[i].ok);
    }
}

static void a_text_that_is_none_is_not_sealed(void **state)
{
    uint8_t point[EG_P256_POINT_LEN] = {4}, room[EG_CLAIM_BLOB_MAX];
    struct eg_uuid uuid = {{0}};
    struct eg_writer w;
    eg_writer_init(&w, room, sizeof(room));
    assert_status(eg_claim_seal(*state, point, &uuid, eg_span_str("short"), &w), CLAIM_SECRET);
    assert_status(eg_claim_seal(*state, point, &uuid, eg_span_str("ABCDEFGHIJKLMNOP"), &w),
                  CRYPTO_BAD_KEY);
    assert_int_equal(w.len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_reference_agents_blob_opens),
        cmocka_unit_test(every_length_goes_there_and_back),
        cmocka_unit_test(no_changed_byte_opens),
        cmocka_unit_test(structure_is_strict),
        cmocka_unit_test(texts_that_are_codes),
        cmocka_unit_test(a_text_that_is_none_is_not_sealed),
    };
    return cmocka_run_group_tests(tests, crypto_setup, crypto_teardown);
}
