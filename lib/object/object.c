/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/object/object.h"

#include "lib/base/text.h"

static const char *const type_names[] = {
    [EG_OBJECT_NONE] = "",
    [EG_OBJECT_KEYPAIR] = "KEYPAIR",
    [EG_OBJECT_CERTIFICATE] = "CERTIFICATE",
    [EG_OBJECT_HMAC_KEY] = "HMAC_KEY",
    [EG_OBJECT_MASTER_KEY] = "MASTER_KEY",
    [EG_OBJECT_BINARY_FILE] = "BINARY_FILE",
    [EG_OBJECT_STATIC_PUBLIC_KEY] = "STATIC_PUBLIC_KEY",
    [EG_OBJECT_OEM_FW_AUTH_KEY_HASH] = "OEM_FW_AUTH_KEY_HASH",
    [EG_OBJECT_OEM_FW_DECRYPT_KEY] = "OEM_FW_DECRYPT_KEY",
};

enum {
    TYPE_COUNT = sizeof(type_names) / sizeof(type_names[0]),
};

const char *eg_object_type_name(enum eg_object_type type)
{
    return (size_t)type < TYPE_COUNT ? type_names[type] : "";
}

enum eg_object_type eg_object_type_from_name(struct eg_span name)
{
    for (size_t i = EG_OBJECT_KEYPAIR; i < TYPE_COUNT; i++) {
        if (eg_span_equal(name, eg_span_str(type_names[i]))) {
            return (enum eg_object_type)i;
        }
    }
    return EG_OBJECT_NONE;
}

bool eg_object_is_internal(uint32_t id)
{
    return id == EG_OBJECT_ID_AUTH_KEY_HASH || id == EG_OBJECT_ID_DECRYPT_KEY ||
           id == EG_OBJECT_ID_FUSE_CONFIG;
}

static bool is_application_id(uint32_t id)
{
    bool simulated = id >= EG_OBJECT_ID_SIMULATED_FIRST && id <= EG_OBJECT_ID_SIMULATED_LAST;

    return id >= EG_OBJECT_ID_MIN && id <= EG_OBJECT_ID_MAX && !simulated;
}

eg_status eg_object_id_check(enum eg_object_type type, uint32_t id)
{
    bool allowed = is_application_id(id);

    if (type == EG_OBJECT_OEM_FW_AUTH_KEY_HASH) {
        allowed = id == EG_OBJECT_ID_AUTH_KEY_HASH;
    } else if (type == EG_OBJECT_OEM_FW_DECRYPT_KEY) {
        allowed = id == EG_OBJECT_ID_DECRYPT_KEY;
    } else if (type == EG_OBJECT_BINARY_FILE && id == EG_OBJECT_ID_FUSE_CONFIG) {
        allowed = true;
    }
    return allowed ? EG_OK : EG_ERR(OBJECT_ID_TAKEN);
}

eg_status eg_object_id_parse(struct eg_span text, uint32_t *out)
{
    uint64_t n = 0;
    eg_status st = eg_number_parse(text, UINT32_MAX, &n);

    *out = (uint32_t)n;
    return st;
}

/* Private keys in PSA import form; RSA: the longest DER RSAPrivateKey with e = 65537. */
static const struct {
    enum eg_key_alg alg;
    size_t len;
} private_max[] = {
    {EG_KEY_P256, 32},       {EG_KEY_P384, 48},       {EG_KEY_ED25519, 32},
    {EG_KEY_RSA_2048, 1194}, {EG_KEY_RSA_3072, 1770}, {EG_KEY_RSA_4096, 2351},
};

size_t eg_object_value_max(const struct eg_object *o)
{
    if (o->type == EG_OBJECT_NONE || (size_t)o->type >= TYPE_COUNT) {
        return 0;
    }
    if (o->type != EG_OBJECT_KEYPAIR) {
        return o->size;
    }
    for (size_t i = 0; i < sizeof(private_max) / sizeof(private_max[0]); i++) {
        if (private_max[i].alg == o->key_alg) {
            return private_max[i].len;
        }
    }
    return 0;
}

/* ---- the BIT STRING of a SubjectPublicKeyInfo ------------------------------------------------ */

enum {
    DER_SEQUENCE = 0x30,
    DER_BIT_STRING = 0x03,
};

/* Content of the next DER element, which must have this tag. */
static struct eg_span take_der(struct eg_reader *r, uint8_t tag)
{
    uint8_t found = eg_reader_u8(r);
    size_t len = eg_reader_u8(r);

    if (len == 0x81) {
        len = eg_reader_u8(r);
    } else if (len == 0x82) {
        len = eg_reader_be16(r);
    } else if (len >= 0x80) {
        eg_reader_fail(r, EG_ERR(CRYPTO_BAD_KEY));
    }
    if (found != tag) {
        eg_reader_fail(r, EG_ERR(CRYPTO_BAD_KEY));
    }
    return eg_reader_take(r, len);
}

eg_status eg_object_public_value(struct eg_span spki, struct eg_span *out)
{
    struct eg_reader outer, inner;
    struct eg_span bits;

    *out = eg_span(NULL, 0);
    eg_reader_init(&outer, spki);
    eg_reader_init(&inner, take_der(&outer, DER_SEQUENCE));
    (void)take_der(&inner, DER_SEQUENCE); /* algorithm */
    bits = take_der(&inner, DER_BIT_STRING);
    if (!eg_ok(eg_reader_finish(&outer)) || !eg_ok(eg_reader_finish(&inner)) || bits.len < 2 ||
        bits.ptr[0] != 0) {
        return EG_ERR(CRYPTO_BAD_KEY);
    }
    *out = eg_span(bits.ptr + 1, bits.len - 1);
    return EG_OK;
}
