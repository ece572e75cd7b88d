/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/port/linux/psa_object.h"

#include <psa/crypto.h>
#include <string.h>

#include "agent/port/linux/enclave.h"
#include "lib/base/secret.h"

enum {
    KEY_LEN = 32,
    BLOCK = 16,
    HALF = 8, /* of RFC 3394 */
    KW_MAX = 64,
    KW_HEAD = 8,
    WRAP_KW_ID = 0x7FFF816E,
    WRAP_CBC_ID = 0x7FFF816F,
    SIGN_ID = 0x7FFF8170,
    TYPE_RAW = 0x1001,
};

bool eg_psa_object_reserved(uint32_t id)
{
    return id == 0 || (id >= 0x7FFF0000 && id <= 0x7FFFFFFF) ||
           (id >= 0x3FFF0200 && id <= 0x3FFF02FF);
}

bool eg_psa_object_is(const struct eg_so *so, const struct eg_agent_key *key)
{
    return key->id != 0 && key->type != 0 && key->bits != 0 && key->lifetime != 0 &&
           key->id == so->key_id && key->type == so->key_type && key->usage == so->usage &&
           key->algorithm == so->algorithm && key->bits == so->key_bits &&
           key->lifetime == so->lifetime;
}

/* ---- a key for one operation ------------------------------------------------------------------
 */

static int32_t load_aes(const uint8_t *key, psa_algorithm_t alg, psa_key_usage_t usage,
                        psa_key_id_t *out)
{
    psa_key_attributes_t a = PSA_KEY_ATTRIBUTES_INIT;
    psa_set_key_type(&a, PSA_KEY_TYPE_AES);
    psa_set_key_algorithm(&a, alg);
    psa_set_key_usage_flags(&a, usage);
    return psa_import_key(&a, key, KEY_LEN, out);
}

/* ---- checking ---------------------------------------------------------------------------------
 */

static const struct {
    uint32_t lifetime, wrap_id, wrap;
} wrappings[] = {
    {0xE0000101, WRAP_KW_ID, EG_SO_WRAP_RFC3394},
    {0xE0010101, WRAP_CBC_ID, EG_SO_WRAP_CBC},
    {0xE0810101, WRAP_CBC_ID, EG_SO_WRAP_CBC},
};

static bool fields_fit(const struct eg_so *so)
{
    for (size_t i = 0; i < sizeof(wrappings) / sizeof(wrappings[0]); i++) {
        if (so->lifetime == wrappings[i].lifetime && so->wrap_key_id == wrappings[i].wrap_id &&
            so->wrap == wrappings[i].wrap) {
            return so->sign_key_id == SIGN_ID && so->sign == EG_SO_SIGN_CMAC && so->key_id != 0 &&
                   so->key_type != 0 && so->key_bits != 0;
        }
    }
    return false;
}

static int32_t check_mac(const struct eg_psa_roots *roots, const struct eg_so *so)
{
    psa_key_id_t key = 0;
    int32_t status = load_aes(roots->auth, PSA_ALG_CMAC, PSA_KEY_USAGE_VERIFY_MESSAGE, &key);
    if (status == PSA_SUCCESS) {
        status = psa_mac_verify(key, PSA_ALG_CMAC, so->mac_over.ptr, so->mac_over.len, so->mac.ptr,
                                so->mac.len);
        (void)psa_destroy_key(key);
    }
    return status;
}

int32_t eg_psa_object_check(const struct eg_psa_roots *roots, struct eg_span blob,
                            struct eg_so *out)
{
    struct eg_reader r;
    eg_reader_init(&r, blob);
    if (!eg_ok(eg_so_next(&r, out)) || r.rest.len != 0 || !fields_fit(out)) {
        return PSA_ERROR_INVALID_ARGUMENT;
    }
    return check_mac(roots, out);
}

/* ---- opening ----------------------------------------------------------------------------------
 */

/* RFC 3394 with the default initial value, in place: a (8) and n blocks of 8 behind it. */
static int32_t unwrap_blocks(psa_key_id_t key, uint8_t *a, uint8_t *blocks, size_t n)
{
    for (size_t j = 6; j-- > 0;) {
        for (size_t i = n; i >= 1; i--) {
            uint8_t in[BLOCK];
            uint8_t out[BLOCK];
            size_t len;
            memcpy(in, a, HALF);
            in[HALF - 1] = (uint8_t)(in[HALF - 1] ^ (n * j + i)); /* at most 48 */
            memcpy(in + HALF, blocks + (i - 1) * HALF, HALF);
            int32_t status = psa_cipher_decrypt(key, PSA_ALG_ECB_NO_PADDING, in, sizeof(in), out,
                                                sizeof(out), &len);
            if (status != PSA_SUCCESS) {
                return status;
            }
            memcpy(a, out, HALF);
            memcpy(blocks + (i - 1) * HALF, out + HALF, HALF);
            eg_wipe(out, sizeof(out));
        }
    }
    return PSA_SUCCESS;
}

/* plain: properties word, zero word, key. */
static int32_t finish_kw(const uint8_t *a, struct eg_span plain, struct eg_writer *out)
{
    static const uint8_t initial[HALF] = {0xA6, 0xA6, 0xA6, 0xA6, 0xA6, 0xA6, 0xA6, 0xA6};
    static const uint8_t zeros[4] = {0};
    if (!eg_ct_equal(a, initial, HALF) || memcmp(plain.ptr + 4, zeros, sizeof(zeros)) != 0) {
        return PSA_ERROR_INVALID_SIGNATURE;
    }
    eg_writer_bytes(out, eg_span(plain.ptr + KW_HEAD, plain.len - KW_HEAD));
    return eg_ok(out->status) ? PSA_SUCCESS : PSA_ERROR_INSUFFICIENT_MEMORY;
}

static int32_t open_kw(const struct eg_psa_roots *roots, struct eg_span wrapped,
                       struct eg_writer *out)
{
    uint8_t work[KW_MAX];
    psa_key_id_t key = 0;
    if (wrapped.len % HALF != 0 || wrapped.len < 4u * HALF || wrapped.len > sizeof(work)) {
        return PSA_ERROR_INVALID_ARGUMENT;
    }
    memcpy(work, wrapped.ptr, wrapped.len);
    int32_t status = load_aes(roots->kek, PSA_ALG_ECB_NO_PADDING, PSA_KEY_USAGE_DECRYPT, &key);
    if (status == PSA_SUCCESS) {
        status = unwrap_blocks(key, work, work + HALF, wrapped.len / HALF - 1);
        (void)psa_destroy_key(key);
    }
    if (status == PSA_SUCCESS) {
        status = finish_kw(work, eg_span(work + HALF, wrapped.len - HALF), out);
    }
    eg_wipe(work, sizeof(work));
    return status;
}

/* ISO 7816-4: 80 and zeros at the end. */
static bool unpad(uint8_t *data, size_t *len)
{
    size_t n = *len;
    while (n > 0 && data[n - 1] == 0) {
        n--;
    }
    if (n == 0 || data[n - 1] != 0x80 || *len - n >= BLOCK) {
        return false;
    }
    *len = n - 1;
    return true;
}

/* PSA takes IV and ciphertext as one, and out has room for both: the IV's bytes are not written. */
static int32_t decrypt_cbc(psa_key_id_t key, const struct eg_so *so, uint8_t *plain, size_t *len)
{
    psa_cipher_operation_t op = PSA_CIPHER_OPERATION_INIT;
    size_t tail = 0;
    int32_t status = psa_cipher_decrypt_setup(&op, key, PSA_ALG_CBC_NO_PADDING);
    if (status == PSA_SUCCESS) {
        status = psa_cipher_set_iv(&op, so->iv.ptr, so->iv.len);
    }
    if (status == PSA_SUCCESS) {
        status =
            psa_cipher_update(&op, so->payload.ptr, so->payload.len, plain, so->payload.len, len);
    }
    if (status == PSA_SUCCESS) {
        status = psa_cipher_finish(&op, plain + *len, so->payload.len - *len, &tail);
    }
    *len += tail;
    (void)psa_cipher_abort(&op);
    return status;
}

static int32_t open_cbc(const struct eg_psa_roots *roots, const struct eg_so *so,
                        struct eg_writer *out)
{
    psa_key_id_t key = 0;
    size_t len = 0;
    size_t start = out->len;
    uint8_t *plain = eg_writer_reserve(out, so->payload.len);
    if (plain == NULL || so->payload.len % BLOCK != 0) {
        return plain == NULL ? PSA_ERROR_INSUFFICIENT_MEMORY : PSA_ERROR_INVALID_ARGUMENT;
    }
    int32_t status = load_aes(roots->data, PSA_ALG_CBC_NO_PADDING, PSA_KEY_USAGE_DECRYPT, &key);
    if (status == PSA_SUCCESS) {
        status = decrypt_cbc(key, so, plain, &len);
        (void)psa_destroy_key(key);
    }
    if (status == PSA_SUCCESS && !unpad(plain, &len)) {
        status = PSA_ERROR_INVALID_SIGNATURE;
    }
    if (status != PSA_SUCCESS) {
        eg_wipe(plain, so->payload.len);
        len = 0;
    }
    out->len = start + len;
    return status;
}

int32_t eg_psa_object_open(const struct eg_psa_roots *roots, const struct eg_so *so,
                           struct eg_writer *out)
{
    return so->wrap == EG_SO_WRAP_RFC3394 ? open_kw(roots, so->payload, out)
                                          : open_cbc(roots, so, out);
}

int32_t eg_psa_object_key(const struct eg_so *so, struct eg_span plain, uint32_t *out_key)
{
    psa_key_attributes_t a = PSA_KEY_ATTRIBUTES_INIT;
    psa_key_id_t key = 0;
    psa_set_key_type(&a, so->key_type);
    psa_set_key_bits(&a, so->key_bits);
    psa_set_key_algorithm(&a, so->algorithm);
    psa_set_key_usage_flags(&a, so->usage);
    int32_t status = so->key_type == TYPE_RAW ? PSA_ERROR_INVALID_ARGUMENT
                                              : psa_import_key(&a, plain.ptr, plain.len, &key);
    *out_key = key;
    return status;
}
