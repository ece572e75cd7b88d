/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/object/seal_s50.h"

#include <string.h>

#include "lib/base/secret.h"
#include "lib/object/policy.h"
#include "lib/object/seal_adapter.h"

enum {
    SLOT_HEAD_LEN = 8, /* properties word and four zero bytes before the key */
    SLOT_KEY_MAX = 32,
    ANY_SIZE = 0,
};

/* Lifetimes: location << 8 | persistent. */
#define KEY_IN_ENCLAVE 0xE0000101u
#define KEY_IN_FLASH   0xE0010101u
#define DATA_IN_FLASH  0xE0810101u

/* Key slot words (docs/formats/secure-object.md "Property words"). */
#define SLOT_EC_256   0x84000061u
#define SLOT_AES_128  0x00100020u
#define SLOT_AES_256  0x00100021u
#define SLOT_CMAC_128 0x00002020u
#define SLOT_CMAC_256 0x00002021u
#define SLOT_HMAC_256 0x00200021u

#define ALG_CMAC 0x03C00200u
#define ALG_ECDH 0x09020000u
#define ALG_HMAC 0x03800009u
#define ANY_ALG  0xFFFFFFFFu

#define TYPE_RAW_DATA 0x1001
#define TYPE_HMAC     0x1100
#define TYPE_AES      0x2400
#define TYPE_OEM_KEY  0x9F00

/* The first line that fits an object says where it lives. */
struct place {
    enum eg_object_type type;
    enum eg_key_alg first, last; /* key algorithms, inclusive */
    uint32_t size;               /* bytes of the value; ANY_SIZE */
    uint32_t algorithm;          /* permitted algorithm; ANY_ALG */
    bool may_leave;              /* fits also when the policy allows EXPORT */
    uint16_t key_type;
    struct eg_s50_storage storage;
};

#define ALG(a)     a, a
#define KEY_OBJECT EG_KEY_NONE, EG_KEY_NONE
#define RSA_ALL    EG_KEY_RSA_2048, EG_KEY_RSA_4096
#define IN_ENCLAVE(slot)                                                                           \
    {                                                                                              \
        KEY_IN_ENCLAVE, EG_SO_WRAP_RFC3394, slot                                                   \
    }
#define ENCRYPTED_KEY                                                                              \
    {                                                                                              \
        KEY_IN_FLASH, EG_SO_WRAP_CBC, 0                                                            \
    }
#define ENCRYPTED_DATA                                                                             \
    {                                                                                              \
        DATA_IN_FLASH, EG_SO_WRAP_CBC, 0                                                           \
    }
#define CLEAR_DATA                                                                                 \
    {                                                                                              \
        DATA_IN_FLASH, EG_SO_WRAP_NONE, 0                                                          \
    }

static const struct place places[] = {
    /* the enclave itself signs with P-256 but agrees on keys only with what lies in flash */
    {EG_OBJECT_KEYPAIR, ALG(EG_KEY_P256), ANY_SIZE, ALG_ECDH, true, 0x7112, ENCRYPTED_KEY},
    {EG_OBJECT_KEYPAIR, ALG(EG_KEY_P256), ANY_SIZE, ANY_ALG, false, 0x7112,
     IN_ENCLAVE(SLOT_EC_256)},
    {EG_OBJECT_KEYPAIR, ALG(EG_KEY_P256), ANY_SIZE, ANY_ALG, true, 0x7112, ENCRYPTED_KEY},
    {EG_OBJECT_KEYPAIR, ALG(EG_KEY_P384), ANY_SIZE, ANY_ALG, true, 0x7112, ENCRYPTED_KEY},
    {EG_OBJECT_KEYPAIR, ALG(EG_KEY_ED25519), ANY_SIZE, ANY_ALG, true, 0x7142, ENCRYPTED_KEY},
    {EG_OBJECT_KEYPAIR, RSA_ALL, ANY_SIZE, ANY_ALG, true, 0x7001, ENCRYPTED_KEY},
    {EG_OBJECT_MASTER_KEY, KEY_OBJECT, 16, ALG_CMAC, false, TYPE_AES, IN_ENCLAVE(SLOT_CMAC_128)},
    {EG_OBJECT_MASTER_KEY, KEY_OBJECT, 32, ALG_CMAC, false, TYPE_AES, IN_ENCLAVE(SLOT_CMAC_256)},
    {EG_OBJECT_MASTER_KEY, KEY_OBJECT, 16, ANY_ALG, false, TYPE_AES, IN_ENCLAVE(SLOT_AES_128)},
    {EG_OBJECT_MASTER_KEY, KEY_OBJECT, 32, ANY_ALG, false, TYPE_AES, IN_ENCLAVE(SLOT_AES_256)},
    {EG_OBJECT_HMAC_KEY, KEY_OBJECT, 32, ALG_HMAC, false, TYPE_HMAC, IN_ENCLAVE(SLOT_HMAC_256)},
    {EG_OBJECT_HMAC_KEY, KEY_OBJECT, ANY_SIZE, ANY_ALG, false, TYPE_HMAC, ENCRYPTED_KEY},
    {EG_OBJECT_STATIC_PUBLIC_KEY, ALG(EG_KEY_P256), ANY_SIZE, ANY_ALG, true, 0x4112,
     ENCRYPTED_DATA},
    {EG_OBJECT_STATIC_PUBLIC_KEY, ALG(EG_KEY_P384), ANY_SIZE, ANY_ALG, true, 0x4112,
     ENCRYPTED_DATA},
    {EG_OBJECT_STATIC_PUBLIC_KEY, ALG(EG_KEY_ED25519), ANY_SIZE, ANY_ALG, true, 0x4142,
     ENCRYPTED_DATA},
    {EG_OBJECT_STATIC_PUBLIC_KEY, RSA_ALL, ANY_SIZE, ANY_ALG, true, 0x4001, ENCRYPTED_DATA},
    {EG_OBJECT_CERTIFICATE, KEY_OBJECT, ANY_SIZE, ANY_ALG, true, TYPE_RAW_DATA, ENCRYPTED_DATA},
    {EG_OBJECT_BINARY_FILE, KEY_OBJECT, ANY_SIZE, ANY_ALG, true, TYPE_RAW_DATA, ENCRYPTED_DATA},
    {EG_OBJECT_OEM_FW_AUTH_KEY_HASH, KEY_OBJECT, 32, ANY_ALG, false, TYPE_RAW_DATA, CLEAR_DATA},
    {EG_OBJECT_OEM_FW_DECRYPT_KEY, KEY_OBJECT, 32, ANY_ALG, false, TYPE_OEM_KEY, ENCRYPTED_KEY},
};

static bool fits(const struct place *p, const struct eg_object *o)
{
    bool leaves = (o->policy.usage & EG_USAGE_EXPORT) != 0;

    return p->type == o->type && o->key_alg >= p->first && o->key_alg <= p->last &&
           (p->size == ANY_SIZE || p->size == o->size) &&
           (p->algorithm == ANY_ALG || p->algorithm == o->policy.algorithm) &&
           (p->may_leave || !leaves);
}

static const struct place *place_of(const struct eg_object *o)
{
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        if (fits(&places[i], o)) {
            return &places[i];
        }
    }
    return NULL;
}

eg_status eg_s50_storage_of(const struct eg_object *o, struct eg_s50_storage *out)
{
    const struct place *p = place_of(o);

    if (p == NULL) {
        memset(out, 0, sizeof(*out));
        return EG_ERR(OBJECT_UNSUPPORTED);
    }
    *out = p->storage;
    return EG_OK;
}

/* Bytes of tag 0x55 for a value. */
static size_t payload_len(uint32_t wrap, size_t value_len)
{
    switch (wrap) {
    case EG_SO_WRAP_RFC3394:
        return SLOT_HEAD_LEN + value_len + EG_KW_OVERHEAD;
    case EG_SO_WRAP_CBC:
        return (value_len / EG_AES_BLOCK_LEN + 1) * EG_AES_BLOCK_LEN;
    default:
        return value_len;
    }
}

static eg_status put_key_wrapped(struct eg_crypto *c, const struct eg_import_keys *keys,
                                 uint32_t properties, struct eg_span value, struct eg_writer *out)
{
    uint8_t slot[SLOT_HEAD_LEN + SLOT_KEY_MAX] = {0};
    eg_status st;

    if (value.len > SLOT_KEY_MAX) {
        return EG_ERR(CRYPTO_BAD_KEY);
    }
    eg_store_be32(slot, properties);
    memcpy(slot + SLOT_HEAD_LEN, value.ptr, value.len);
    st = eg_kw_wrap(c, EG_SPAN_OF(keys->kek), eg_span(slot, SLOT_HEAD_LEN + value.len), out);
    eg_wipe(slot, sizeof(slot));
    return st;
}

static eg_status put_payload(struct eg_crypto *c, const struct eg_import_keys *keys,
                             const struct eg_so *so, uint32_t properties, struct eg_span value,
                             struct eg_writer *out)
{
    switch (so->wrap) {
    case EG_SO_WRAP_RFC3394:
        return put_key_wrapped(c, keys, properties, value, out);
    case EG_SO_WRAP_CBC:
        return eg_cbc_encrypt(c,
                              so->wrap_key_id == EG_OBJECT_ID_IMPORT_KEK
                                  ? EG_SPAN_OF(keys->kek)
                                  : EG_SPAN_OF(keys->tfm_kek),
                              so->iv.ptr, value, out);
    case EG_SO_WRAP_NONE:
        eg_writer_bytes(out, value);
        return out->status;
    default:
        return EG_ERR(OBJECT_UNSUPPORTED);
    }
}

eg_status eg_s50_put(struct eg_crypto *c, const struct eg_import_keys *keys, const struct eg_so *so,
                     uint32_t properties, struct eg_span value, struct eg_writer *out)
{
    size_t start = out->len;
    uint8_t mac[EG_CMAC_LEN];

    eg_so_put_head(out, so, payload_len(so->wrap, value.len));
    EG_TRY(out->status);
    EG_TRY(put_payload(c, keys, so, properties, value, out));
    eg_so_put_tail(out, so);
    EG_TRY(out->status);
    EG_TRY(eg_cmac(c, EG_SPAN_OF(keys->auth), eg_span(out->ptr + start, out->len - start), mac));
    eg_writer_bytes(out, EG_SPAN_OF(mac));
    return out->status;
}

/* Key algorithm's bits for a key of its own, else eight per byte. */
static uint32_t key_bits(const struct eg_object *o, size_t value_len)
{
    return o->key_alg != EG_KEY_NONE ? eg_key_alg_bits(o->key_alg) : (uint32_t)value_len * 8;
}

/* All attributes but life cycle and IV. */
static void describe(const struct eg_object *o, const struct place *p, size_t value_len,
                     struct eg_so *so)
{
    bool with_tfm_kek = p->storage.wrap == EG_SO_WRAP_CBC;

    *so = (struct eg_so){
        .key_id = o->id,
        .algorithm = o->policy.algorithm,
        .usage = o->policy.usage,
        .key_type = p->key_type,
        .key_bits = key_bits(o, value_len),
        .lifetime = p->storage.lifetime,
        .has_life_cycle = true,
        .wrap_key_id = with_tfm_kek ? EG_OBJECT_ID_IMPORT_TFM_KEK : EG_OBJECT_ID_IMPORT_KEK,
        .wrap = p->storage.wrap,
        .sign_key_id = EG_OBJECT_ID_IMPORT_AUTH,
        .sign = EG_SO_SIGN_CMAC,
    };
}

/* Keys have one length; RSA keys and data have a largest one, which eg_seal() has checked. */
static bool length_fits(const struct eg_object *o, size_t value_len)
{
    bool rsa = o->key_alg >= EG_KEY_RSA_2048 && o->key_alg <= EG_KEY_RSA_4096;
    bool data = o->type == EG_OBJECT_CERTIFICATE || o->type == EG_OBJECT_BINARY_FILE;

    return rsa || data || value_len == eg_object_value_max(o);
}

static eg_status s50_seal(struct eg_crypto *c, const struct eg_seal_target *t,
                          const struct eg_object *o, struct eg_span value, struct eg_writer *out)
{
    const struct place *p = place_of(o);
    uint8_t iv[EG_SO_IV_LEN];
    struct eg_so so;

    if (p == NULL) {
        return EG_ERR(OBJECT_UNSUPPORTED);
    }
    if (!length_fits(o, value.len)) {
        return EG_ERR(CRYPTO_BAD_KEY);
    }
    describe(o, p, value.len, &so);
    so.life_cycle = (uint32_t)t->life_cycle;
    if (so.wrap == EG_SO_WRAP_CBC) {
        EG_TRY(eg_random(c, iv, sizeof(iv)));
        so.iv = EG_SPAN_OF(iv);
    }
    return eg_s50_put(c, &t->keys, &so, p->storage.properties, value, out);
}

static eg_status s50_len(const struct eg_object *o, size_t value_len, size_t *out)
{
    const struct place *p = place_of(o);
    struct eg_so so;

    *out = 0;
    if (p == NULL) {
        return EG_ERR(OBJECT_UNSUPPORTED);
    }
    describe(o, p, value_len, &so);
    *out = eg_so_len(&so, payload_len(so.wrap, value_len)); /* knows of the IV by so.wrap */
    return EG_OK;
}

const struct eg_seal_adapter eg_seal_s50 = {s50_seal, s50_len};
