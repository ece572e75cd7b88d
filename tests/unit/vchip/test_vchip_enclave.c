/* SPDX-License-Identifier: Apache-2.0 */
/* Keys at work: every operation, and every policy that forbids one. */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"
#include "tests/unit/vchip/vchip_support.h"
#include "vchip/chip_storage.h"
#include "vchip/enclave.h"
#include "vchip/prov_fw.h"

static struct eg_tc_bench bench;
static uint8_t out[8192];
static struct eg_writer w;
static const uint8_t iv[16] = {1, 2, 3};
static const uint8_t message[48] = "forty-eight bytes, three whole blocks of AES ..";

enum {
    P256 = 1,
    FILE_ID = 2,
    CTR = 3,
    CBC = 4,
    CMAC = 5,
    HMAC = 6,
    P384 = 7,
    ED25519 = 8,
    RSA = 9,
    ENCRYPT_ONLY = 10,
    SECRET_FILE = 11,
    LATER = 12,
};

static uint8_t p384[48], ed25519[32], rsa[EG_PRIVATE_LEN_MAX];
static size_t rsa_len;

static void make_key(enum eg_key_alg alg, uint8_t *data, size_t room, size_t *out_len)
{
    struct eg_key *key = NULL;
    struct eg_writer k;
    eg_writer_init(&k, data, room);
    assert_ok(eg_key_generate(bench.crypto, alg, &key));
    assert_ok(eg_key_private(key, &k));
    *out_len = k.len;
    eg_key_free(key);
}

/* An external key: CBC, decrypted into RAM for use. */
static struct eg_tc_object external(uint32_t id, uint32_t alg, uint16_t type, uint32_t bits,
                                    const uint8_t *key, size_t len)
{
    struct eg_tc_object o = eg_tc_file(id, eg_span(key, len), EG_LC_OPEN);
    o.alg = alg;
    o.usage = 0x400;
    o.type = type;
    o.bits = bits;
    o.lifetime = 0xE0010101;
    return o;
}

static void provision(void)
{
    static uint8_t room[16384];
    struct eg_writer set;
    struct eg_tc_keys keys;
    uint32_t result;
    size_t len;
    make_key(EG_KEY_P384, p384, sizeof(p384), &len);
    make_key(EG_KEY_ED25519, ed25519, sizeof(ed25519), &len);
    make_key(EG_KEY_RSA_2048, rsa, sizeof(rsa), &rsa_len);
    struct eg_tc_object hmac = eg_tc_aes(HMAC, eg_tc_aes_key, 0x03800009, 0x400, EG_LC_OPEN);
    hmac.type = 0x1100;
    struct eg_tc_object secret = eg_tc_file(SECRET_FILE, EG_SPAN_OF(message), EG_LC_OPEN);
    secret.usage = 0;
    const struct eg_tc_object objects[] = {
        eg_tc_p256(P256, eg_tc_scalar, EG_LC_OPEN),
        eg_tc_file(FILE_ID, EG_SPAN_OF(message), EG_LC_OPEN),
        eg_tc_aes(CTR, eg_tc_aes_key, 0x04C01000, 0x300, EG_LC_OPEN),
        eg_tc_aes(CBC, eg_tc_aes_key, 0x04404000, 0x300, EG_LC_OPEN),
        eg_tc_aes(CMAC, eg_tc_aes_key, 0x03C00200, 0x400, EG_LC_OPEN),
        hmac,
        external(P384, 0x0600060A, 0x7112, 384, p384, sizeof(p384)),
        external(ED25519, 0x06000800, 0x7142, 255, ed25519, sizeof(ed25519)),
        external(RSA, 0x06000209, 0x7001, 2048, rsa, rsa_len),
        eg_tc_aes(ENCRYPT_ONLY, eg_tc_aes_key, 0x04C01000, 0x100, EG_LC_OPEN),
        secret,
    };
    eg_writer_init(&set, room, sizeof(room));
    eg_tc_import_keys(&bench, NULL, bench.family->life_cycle_open, &keys);
    for (size_t i = 0; i < sizeof(objects) / sizeof(objects[0]); i++) {
        eg_tc_encode(bench.crypto, &objects[i], &keys, &set);
    }
    assert_ok(eg_tc_load(&bench, eg_writer_span(&set)));
    assert_ok(eg_prov_close_device(&bench.part, eg_tc_address(&bench), false, &result));
    assert_int_equal(result, EG_PROV_PASS);
}

static int start(void **state)
{
    (void)state;
    eg_tc_setup(&bench, "mcxn947");
    eg_tc_fresh_chip(&bench);
    provision();
    return 0;
}

static int stop(void **state)
{
    (void)state;
    eg_tc_teardown(&bench);
    return 0;
}

static struct eg_writer *fresh(void)
{
    eg_writer_init(&w, out, sizeof(out));
    return &w;
}

static void signs(uint32_t id)
{
    uint8_t spki[EG_SPKI_LEN_MAX];
    struct eg_writer s;
    struct eg_key *key = NULL;
    eg_writer_init(&s, spki, sizeof(spki));
    assert_int_equal(eg_enclave_public(&bench.part, id, &s), EG_PSA_SUCCESS);
    assert_int_equal(eg_enclave_sign(&bench.part, id, EG_SPAN_OF(message), fresh()),
                     EG_PSA_SUCCESS);
    assert_ok(eg_key_from_spki(bench.crypto, eg_writer_span(&s), &key));
    assert_ok(eg_verify(bench.crypto, key, EG_SPAN_OF(message), eg_writer_span(&w)));
    eg_key_free(key);
}

static void every_kind_of_pair_signs(void **state)
{
    (void)state;
    signs(P256);
    signs(P384);
    signs(ED25519);
    signs(RSA);
}

static void round_trip(uint32_t id, enum eg_enclave_cipher cipher)
{
    uint8_t sealed[sizeof(message)];
    assert_int_equal(
        eg_enclave_encrypt(&bench.part, id, cipher, EG_SPAN_OF(iv), EG_SPAN_OF(message), fresh()),
        EG_PSA_SUCCESS);
    assert_int_equal(w.len, sizeof(sealed));
    memcpy(sealed, out, sizeof(sealed));
    assert_memory_not_equal(sealed, message, sizeof(sealed));
    assert_int_equal(
        eg_enclave_decrypt(&bench.part, id, cipher, EG_SPAN_OF(iv), EG_SPAN_OF(sealed), fresh()),
        EG_PSA_SUCCESS);
    assert_int_equal(w.len, sizeof(message));
    assert_memory_equal(out, message, sizeof(message));
}

static void ciphers(void **state)
{
    (void)state;
    round_trip(CTR, EG_ENCLAVE_CTR);
    round_trip(CBC, EG_ENCLAVE_CBC);
    assert_int_equal(eg_enclave_encrypt(&bench.part, CBC, EG_ENCLAVE_CBC, EG_SPAN_OF(iv),
                                        eg_span(message, 17), fresh()),
                     EG_PSA_INVALID_ARGUMENT);
    assert_int_equal(eg_enclave_encrypt(&bench.part, CBC, EG_ENCLAVE_CBC, eg_span(iv, 12),
                                        EG_SPAN_OF(message), fresh()),
                     EG_PSA_INVALID_ARGUMENT);
}

static void macs(void **state)
{
    uint8_t want[32];
    (void)state;
    assert_int_equal(eg_enclave_mac(&bench.part, CMAC, EG_SPAN_OF(message), fresh()),
                     EG_PSA_SUCCESS);
    assert_ok(eg_cmac(bench.crypto, EG_SPAN_OF(eg_tc_aes_key), EG_SPAN_OF(message), want));
    assert_int_equal(w.len, 16);
    assert_memory_equal(out, want, 16);
    assert_int_equal(eg_enclave_mac(&bench.part, HMAC, EG_SPAN_OF(message), fresh()),
                     EG_PSA_SUCCESS);
    assert_ok(eg_hmac_sha256(bench.crypto, EG_SPAN_OF(eg_tc_aes_key), EG_SPAN_OF(message), want));
    assert_int_equal(w.len, 32);
    assert_memory_equal(out, want, 32);
}

static void data_is_read(void **state)
{
    (void)state;
    assert_int_equal(eg_enclave_read(&bench.part, FILE_ID, fresh()), EG_PSA_SUCCESS);
    assert_int_equal(w.len, sizeof(message));
    assert_memory_equal(out, message, sizeof(message));
}

static void policies_hold(void **state)
{
    struct eg_part *p = &bench.part;
    struct eg_span m = EG_SPAN_OF(message);
    struct eg_span v = EG_SPAN_OF(iv);
    (void)state;
    assert_int_equal(eg_enclave_read(p, SECRET_FILE, fresh()), EG_PSA_NOT_PERMITTED);
    assert_int_equal(eg_enclave_read(p, P256, fresh()), EG_PSA_NOT_PERMITTED);
    assert_int_equal(eg_enclave_read(p, CTR, fresh()), EG_PSA_NOT_PERMITTED);
    assert_int_equal(eg_enclave_decrypt(p, ENCRYPT_ONLY, EG_ENCLAVE_CTR, v, m, fresh()),
                     EG_PSA_NOT_PERMITTED);
    assert_int_equal(eg_enclave_encrypt(p, CTR, EG_ENCLAVE_CBC, v, m, fresh()),
                     EG_PSA_NOT_PERMITTED);
    assert_int_equal(eg_enclave_mac(p, CTR, m, fresh()), EG_PSA_NOT_PERMITTED);
    assert_int_equal(eg_enclave_encrypt(p, CMAC, EG_ENCLAVE_CTR, v, m, fresh()),
                     EG_PSA_NOT_PERMITTED);
    assert_int_equal(eg_enclave_sign(p, CTR, m, fresh()), EG_PSA_INVALID_ARGUMENT);
    assert_int_equal(eg_enclave_sign(p, FILE_ID, m, fresh()), EG_PSA_INVALID_ARGUMENT);
    assert_int_equal(eg_enclave_public(p, FILE_ID, fresh()), EG_PSA_INVALID_ARGUMENT);
    assert_int_equal(eg_enclave_sign(p, 99, m, fresh()), EG_PSA_DOES_NOT_EXIST);
    assert_int_equal(w.len, 0);
}

static void a_copied_flash_is_worthless(void **state)
{
    static const uint8_t other[32] = {5, 5, 5};
    (void)state;
    assert_ok(eg_chip_counterfeit(bench.chip, other));
    assert_int_equal(eg_enclave_sign(&bench.part, P256, EG_SPAN_OF(message), fresh()),
                     EG_PSA_DOES_NOT_EXIST);
}

/* An object for the closed life cycle in a chip that is still open, as after a cut in between. */
static void objects_wait_for_their_life_cycle(void **state)
{
    static uint8_t room[4096];
    struct eg_writer set;
    struct eg_tc_keys keys;
    uint32_t result;
    (void)state;
    eg_tc_fresh_chip(&bench);
    eg_writer_init(&set, room, sizeof(room));
    eg_tc_import_keys(&bench, eg_tc_boot_hash, bench.family->life_cycle_closed, &keys);
    struct eg_tc_object hash = eg_tc_hash(eg_tc_boot_hash, EG_LC_CLOSED);
    struct eg_tc_object o = eg_tc_p256(LATER, eg_tc_scalar, EG_LC_CLOSED);
    eg_tc_encode(bench.crypto, &hash, &keys, &set);
    eg_tc_encode(bench.crypto, &o, &keys, &set);
    assert_ok(eg_tc_load(&bench, eg_writer_span(&set)));
    bench.chip->cut_after = 2; /* hash and objects, not the life cycle */
    assert_status(eg_prov_close_device(&bench.part, eg_tc_address(&bench), false, &result),
                  VCHIP_NO_POWER);
    eg_tc_reopen(&bench);
    assert_int_equal(eg_enclave_sign(&bench.part, LATER, EG_SPAN_OF(message), fresh()),
                     EG_PSA_NOT_PERMITTED);
    assert_ok(eg_chip_fuse_burn(bench.chip, bench.family->fuse_life_cycle,
                                bench.family->life_cycle_closed));
    signs(LATER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_pair_signs),
        cmocka_unit_test(ciphers),
        cmocka_unit_test(macs),
        cmocka_unit_test(data_is_read),
        cmocka_unit_test(policies_hold),
        cmocka_unit_test(a_copied_flash_is_worthless),
        cmocka_unit_test(objects_wait_for_their_life_cycle),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
