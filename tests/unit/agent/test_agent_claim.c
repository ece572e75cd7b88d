/* SPDX-License-Identifier: Apache-2.0 */
/* Claim blobs, opened by the service's own derivation; and a blob that NXP's agent made. */
#include <string.h>

#include "engrave/agent_claim.h"
#include "lib/object/ckdf.h"
#include "tests/unit/crypto/crypto_test.h"

/* ---- operations of a port over lib/crypto ------------------------------------------------------
 */

static enum eg_agent_result result_of(eg_status st)
{
    return eg_ok(st) ? EG_AGENT_OK : EG_AGENT_ENCLAVE;
}

static enum eg_agent_result agree(void *ctx, const uint8_t *peer, uint8_t *public_key,
                                  uint8_t secret[32])
{
    uint8_t scalar[EG_P256_SCALAR_LEN];
    struct eg_key *key = NULL;
    (void)ctx;
    assert_ok(eg_p256_generate(test_crypto, scalar, public_key));
    assert_ok(eg_key_from_private(test_crypto, EG_KEY_P256, EG_SPAN_OF(scalar), &key));
    eg_status st = eg_ecdh_p256(test_crypto, key, peer, secret);
    eg_key_free(key);
    return result_of(st);
}

static enum eg_agent_result draw(void *ctx, uint8_t *out, size_t len)
{
    (void)ctx;
    return result_of(eg_random(test_crypto, out, len));
}

static enum eg_agent_result cmac(void *ctx, struct eg_agent_bytes key, struct eg_agent_bytes data,
                                 uint8_t out[16])
{
    (void)ctx;
    return result_of(
        eg_cmac(test_crypto, eg_span(key.ptr, key.len), eg_span(data.ptr, data.len), out));
}

/* The library adds a block of padding; the blocks before it are what was asked for. */
static enum eg_agent_result cbc(void *ctx, struct eg_agent_bytes key, const uint8_t iv[16],
                                uint8_t *data, size_t len)
{
    uint8_t room[512];
    struct eg_writer w;
    (void)ctx;
    eg_writer_init(&w, room, sizeof(room));
    assert_ok(eg_cbc_encrypt(test_crypto, eg_span(key.ptr, key.len), iv, eg_span(data, len), &w));
    memcpy(data, room, len);
    return EG_AGENT_OK;
}

static const struct eg_agent_claim_crypto ops = {agree, draw, cmac, cbc};

/* ---- the service's side ------------------------------------------------------------------------
 */

struct opened {
    uint8_t uuid[16];
    uint8_t text[256];
    size_t text_len;
};

/* Next field: tag, DER length, value. */
static struct eg_span field(struct eg_reader *r, uint8_t tag)
{
    assert_int_equal(eg_reader_u8(r), tag);
    size_t len = eg_reader_u8(r);
    if (len > 0x80) {
        size_t bytes = len - 0x80;
        for (len = 0; bytes > 0; bytes--) {
            len = len << 8 | eg_reader_u8(r);
        }
    }
    return eg_reader_take(r, len);
}

/* Words are taken from the blob, as every service should. */
static void derive(const uint8_t *z, const char *name, struct eg_span word, uint8_t *out)
{
    uint8_t label[EG_CKDF_LABEL_LEN] = {0};
    uint8_t room[EG_CKDF_LEN_MAX];
    for (size_t i = 0; name[i] != '\0'; i++) {
        label[i] = (uint8_t)name[i];
    }
    assert_int_equal(word.len, 4);
    uint32_t properties = eg_load_be32(word.ptr);
    assert_int_equal(eg_ckdf_len(properties), 16);
    assert_ok(eg_ckdf(test_crypto, eg_span(z, 32), label, properties, room));
    memcpy(out, room, 16);
}

static void open_blob(struct eg_span blob, const struct eg_key *service, struct opened *out)
{
    struct eg_reader r;
    uint8_t z[32];
    uint8_t key[16];
    uint8_t mac[16];
    struct eg_writer w;
    eg_reader_init(&r, blob);
    struct eg_span uuid = field(&r, 0x41);
    struct eg_span point = field(&r, 0x42);
    struct eg_span cipher_word = field(&r, 0x43);
    struct eg_span mac_word = field(&r, 0x44);
    struct eg_span iv = field(&r, 0x45);
    struct eg_span sealed = field(&r, 0x46);
    struct eg_span sent = field(&r, 0x5E);
    assert_ok(eg_reader_finish(&r));
    assert_true(uuid.len == 16 && point.len == 65 && iv.len == 16 && sent.len == 16);
    memcpy(out->uuid, uuid.ptr, 16);
    assert_ok(eg_ecdh_p256(test_crypto, service, point.ptr, z));
    derive(z, "CC_MAC", mac_word, key);
    assert_ok(eg_cmac(test_crypto, EG_SPAN_OF(key), eg_span(blob.ptr, blob.len - 16), mac));
    assert_memory_equal(mac, sent.ptr, 16);
    derive(z, "CC_ENC", cipher_word, key);
    eg_writer_init(&w, out->text, sizeof(out->text));
    assert_ok(eg_cbc_decrypt(test_crypto, EG_SPAN_OF(key), iv.ptr, sealed, &w));
    out->text_len = w.len;
}

/* ---- tests -------------------------------------------------------------------------------------
 */

/* Made by the reference agent's claim tool; also shows that what opens blobs here is right. */
static void a_blob_of_the_reference_agent_opens(void **state)
{
    (void)state;
    struct opened got;
    struct eg_key *service =
        key_of(EG_KEY_P256, "6ed97844af0dc36cb1c26230992b029d926be3391060b76b674512e981d1b08f");
    open_blob(hex("4110000102030405060708090a0b0c0d0e0f42410439b5c69d311d886c33d3205cc544bcebee41"
                  "ffe3e54be400169a522af2ea9b499a080069025fd4079090a51d071d37909d8186622c37230ded"
                  "dcb405cb3de1244304200010804404202000804510cf39e92c8ff2ddb1c5b7ddb2a51965494620"
                  "c978e9cd7931cae9b6a3100a966dfebd60dd38a3606d70a3f09c5a078e4d3edd5e109ffda985d0"
                  "0c97ec9daff8b37c6f84b0"),
              service, &got);
    assert_int_equal(got.text_len, strlen("insert_claimcode_from_el2go"));
    assert_memory_equal(got.text, "insert_claimcode_from_el2go", got.text_len);
    eg_key_free(service);
}

static void blobs_of_every_length_open(void **state)
{
    (void)state;
    uint8_t scalar[EG_P256_SCALAR_LEN];
    uint8_t point[EG_P256_POINT_LEN];
    uint8_t uuid[16] = {0xC0, 0xDE};
    uint8_t blob[EG_AGENT_CLAIM_BLOB_MAX];
    char text[EG_AGENT_CLAIM_TEXT_MAX];
    struct eg_key *service = NULL;
    struct opened got;
    size_t len;
    for (size_t i = 0; i < sizeof(text); i++) {
        text[i] = (char)('A' + i % 26);
    }
    assert_ok(eg_p256_generate(test_crypto, scalar, point));
    assert_ok(eg_key_from_private(test_crypto, EG_KEY_P256, EG_SPAN_OF(scalar), &service));
    for (size_t n = EG_AGENT_CLAIM_TEXT_MIN; n <= EG_AGENT_CLAIM_TEXT_MAX; n++) {
        assert_int_equal(eg_agent_claim_blob(&ops, NULL, uuid, point + 1,
                                             (struct eg_agent_text){text, n}, blob, sizeof(blob),
                                             &len),
                         EG_AGENT_OK);
        open_blob(eg_span(blob, len), service, &got);
        assert_int_equal(got.text_len, n);
        assert_memory_equal(got.text, text, n);
        assert_memory_equal(got.uuid, uuid, 16);
    }
    assert_int_equal(len, EG_AGENT_CLAIM_BLOB_MAX);
    eg_key_free(service);
}

static enum eg_agent_result refuse(void *ctx, const uint8_t *peer, uint8_t *public_key,
                                   uint8_t secret[32])
{
    (void)ctx;
    (void)peer;
    (void)public_key;
    (void)secret;
    return EG_AGENT_ENCLAVE;
}

static void a_key_that_is_no_point_is_refused(void **state)
{
    (void)state;
    struct eg_agent_claim_crypto failing = ops;
    uint8_t uuid[16] = {0};
    uint8_t key[EG_AGENT_CLAIM_KEY_LEN] = {0};
    uint8_t blob[EG_AGENT_CLAIM_BLOB_MAX];
    struct eg_agent_text text = {"0123456789abcdef", 16};
    size_t len = 1;
    assert_int_equal(eg_agent_claim_blob(&ops, NULL, uuid, key, text, blob, sizeof(blob), &len),
                     EG_AGENT_ENCLAVE);
    assert_int_equal(len, 0);
    failing.agree = refuse;
    assert_int_equal(eg_agent_claim_blob(&failing, NULL, uuid, key, text, blob, sizeof(blob), &len),
                     EG_AGENT_ENCLAVE);
    assert_int_equal(eg_agent_claim_blob(&ops, NULL, uuid, key, text, blob, sizeof(blob) - 1, &len),
                     EG_AGENT_ARGUMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_blob_of_the_reference_agent_opens),
        cmocka_unit_test(blobs_of_every_length_open),
        cmocka_unit_test(a_key_that_is_no_point_is_refused),
    };
    return cmocka_run_group_tests(tests, crypto_setup, crypto_teardown);
}
