/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/object/seal_cbc.h"

#include "lib/object/seal_adapter.h"
#include "lib/object/seal_s50.h"

#define KEY_S200  0xE0000201u
#define DATA_S200 0xE0800201u
#define KEY_S400  0xE0000001u
#define DATA_S400 0xE0800001u

enum kind {
    KIND_KEY,   /* CBC under the key-encryption key of keys */
    KIND_DATA,  /* CBC under that of data */
    KIND_CLEAR, /* the MAC alone protects it */
};

static const struct place {
    enum eg_object_type type;
    enum eg_key_alg first, last; /* key algorithms, inclusive */
    uint16_t key_type;
    enum kind kind;
} places[] = {
    {EG_OBJECT_KEYPAIR, EG_KEY_P256, EG_KEY_P384, 0x7112, KIND_KEY},
    {EG_OBJECT_KEYPAIR, EG_KEY_ED25519, EG_KEY_ED25519, 0x7142, KIND_KEY},
    {EG_OBJECT_KEYPAIR, EG_KEY_RSA_2048, EG_KEY_RSA_4096, 0x7001, KIND_KEY},
    {EG_OBJECT_MASTER_KEY, EG_KEY_NONE, EG_KEY_NONE, 0x2400, KIND_KEY},
    {EG_OBJECT_HMAC_KEY, EG_KEY_NONE, EG_KEY_NONE, 0x1100, KIND_KEY},
    {EG_OBJECT_STATIC_PUBLIC_KEY, EG_KEY_P256, EG_KEY_P384, 0x4112, KIND_DATA},
    {EG_OBJECT_STATIC_PUBLIC_KEY, EG_KEY_ED25519, EG_KEY_ED25519, 0x4142, KIND_DATA},
    {EG_OBJECT_STATIC_PUBLIC_KEY, EG_KEY_RSA_2048, EG_KEY_RSA_4096, 0x4001, KIND_DATA},
    {EG_OBJECT_CERTIFICATE, EG_KEY_NONE, EG_KEY_NONE, 0x1001, KIND_DATA},
    {EG_OBJECT_BINARY_FILE, EG_KEY_NONE, EG_KEY_NONE, 0x1001, KIND_DATA},
    {EG_OBJECT_OEM_FW_AUTH_KEY_HASH, EG_KEY_NONE, EG_KEY_NONE, 0x1001, KIND_CLEAR},
    {EG_OBJECT_OEM_FW_DECRYPT_KEY, EG_KEY_NONE, EG_KEY_NONE, 0x9F00, KIND_KEY},
};

static const struct place *place_of(const struct eg_object *o)
{
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        if (places[i].type == o->type && o->key_alg >= places[i].first &&
            o->key_alg <= places[i].last) {
            return &places[i];
        }
    }
    return NULL;
}

/* RSA keys and data have a greatest length, all others exactly one. */
static bool length_fits(const struct eg_object *o, const struct place *p, size_t value_len)
{
    bool exact = p->kind != KIND_DATA && p->key_type != 0x7001;

    return !exact || value_len == eg_object_value_max(o);
}

static size_t payload_len(enum kind kind, size_t value_len)
{
    return kind == KIND_CLEAR ? value_len
                              : (value_len / EG_AES_BLOCK_LEN + 1) * (size_t)EG_AES_BLOCK_LEN;
}

/* All attributes but life cycle and IV. */
static void describe(const struct eg_object *o, const struct place *p, uint32_t key_lifetime,
                     uint32_t data_lifetime, size_t value_len, struct eg_so *so)
{
    bool key = p->kind == KIND_KEY;

    *so = (struct eg_so){
        .key_id = o->id,
        .algorithm = o->policy.algorithm,
        .usage = o->policy.usage,
        .key_type = p->key_type,
        .key_bits =
            o->key_alg != EG_KEY_NONE ? eg_key_alg_bits(o->key_alg) : (uint32_t)value_len * 8,
        .lifetime = key ? key_lifetime : data_lifetime,
        .has_life_cycle = true,
        .wrap_key_id = key ? EG_OBJECT_ID_IMPORT_TFM_KEK : EG_OBJECT_ID_IMPORT_KEK,
        .wrap = p->kind == KIND_CLEAR ? EG_SO_WRAP_NONE : EG_SO_WRAP_CBC,
        .sign_key_id = EG_OBJECT_ID_IMPORT_AUTH,
        .sign = EG_SO_SIGN_CMAC,
    };
}

static eg_status cbc_seal(struct eg_crypto *c, const struct eg_seal_target *t, uint32_t key,
                          uint32_t data, const struct eg_object *o, struct eg_span value,
                          struct eg_writer *out)
{
    const struct place *p = place_of(o);
    uint8_t iv[EG_SO_IV_LEN];
    struct eg_so so;

    if (p == NULL) {
        return EG_ERR(OBJECT_UNSUPPORTED);
    }
    if (!length_fits(o, p, value.len)) {
        return EG_ERR(CRYPTO_BAD_KEY);
    }
    describe(o, p, key, data, value.len, &so);
    so.life_cycle = (uint32_t)t->life_cycle;
    if (so.wrap == EG_SO_WRAP_CBC) {
        EG_TRY(eg_random(c, iv, sizeof(iv)));
        so.iv = EG_SPAN_OF(iv);
    }
    return eg_s50_put(c, &t->keys, &so, 0, value, out);
}

static eg_status cbc_len(const struct eg_object *o, size_t value_len, size_t *out)
{
    const struct place *p = place_of(o);
    struct eg_so so;

    *out = 0;
    if (p == NULL) {
        return EG_ERR(OBJECT_UNSUPPORTED);
    }
    describe(o, p, KEY_S200, DATA_S200, value_len, &so);
    *out = eg_so_len(&so, payload_len(p->kind, value_len));
    return EG_OK;
}

static eg_status s200_seal(struct eg_crypto *c, const struct eg_seal_target *t,
                           const struct eg_object *o, struct eg_span value, struct eg_writer *out)
{
    return cbc_seal(c, t, KEY_S200, DATA_S200, o, value, out);
}

static eg_status s400_seal(struct eg_crypto *c, const struct eg_seal_target *t,
                           const struct eg_object *o, struct eg_span value, struct eg_writer *out)
{
    return cbc_seal(c, t, KEY_S400, DATA_S400, o, value, out);
}

const struct eg_seal_adapter eg_seal_s200 = {s200_seal, cbc_len};
const struct eg_seal_adapter eg_seal_s400 = {s400_seal, cbc_len};
