/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/object/fit.h"

#include "lib/object/policy.h"
#include "lib/object/seal.h"
#include "lib/wire/so_tlv.h"

enum {
    HMAC_LEN_MAX = 256,
    DATA_LEN_MAX = EG_SO_PAYLOAD_MAX - EG_AES_BLOCK_LEN,
    RSA_PUBLIC_LEN_MAX = 526, /* DER RSAPublicKey of 4096 bits */
};

static bool is_rsa(enum eg_key_alg alg)
{
    return alg >= EG_KEY_RSA_2048 && alg <= EG_KEY_RSA_4096;
}

/* Lengths that a public key may have in PSA import form. */
static bool public_size_fits(const struct eg_object *o)
{
    static const uint32_t exact[] = {
        [EG_KEY_P256] = 65,
        [EG_KEY_P384] = 97,
        [EG_KEY_ED25519] = 32,
    };

    if (is_rsa(o->key_alg)) {
        return o->size >= eg_key_alg_bits(o->key_alg) / 8 && o->size <= RSA_PUBLIC_LEN_MAX;
    }
    return (size_t)o->key_alg < sizeof(exact) / sizeof(exact[0]) && o->size != 0 &&
           o->size == exact[o->key_alg];
}

static bool size_fits(const struct eg_object *o)
{
    switch (o->type) {
    case EG_OBJECT_KEYPAIR:
        return eg_object_value_max(o) != 0;
    case EG_OBJECT_STATIC_PUBLIC_KEY:
        return public_size_fits(o);
    case EG_OBJECT_MASTER_KEY:
        return o->size == 16 || o->size == 32;
    case EG_OBJECT_HMAC_KEY:
        return o->size >= 1 && o->size <= HMAC_LEN_MAX;
    case EG_OBJECT_OEM_FW_AUTH_KEY_HASH:
    case EG_OBJECT_OEM_FW_DECRYPT_KEY:
        return o->size == 32;
    case EG_OBJECT_CERTIFICATE:
    case EG_OBJECT_BINARY_FILE:
        return o->size >= 1;
    case EG_OBJECT_NONE:
        break;
    }
    return false;
}

eg_status eg_object_fit(const struct eg_family *family, const struct eg_object *o,
                        size_t *out_blob_len)
{
    size_t limit =
        family->object_bytes_max != 0 ? family->object_bytes_max : family->objects_bytes_max;
    size_t len = 0;

    *out_blob_len = 0;
    EG_TRY(eg_object_id_check(o->type, o->id));
    if (!size_fits(o) || (is_rsa(o->key_alg) && !family->rsa)) {
        return EG_ERR(OBJECT_UNSUPPORTED);
    }
    if (eg_object_value_max(o) > DATA_LEN_MAX) {
        return EG_ERR(OBJECT_TOO_LARGE);
    }
    EG_TRY(eg_policy_check(o));
    EG_TRY(eg_seal_len(family, o, eg_object_value_max(o), &len));
    if (len > limit) {
        return EG_ERR(OBJECT_TOO_LARGE);
    }
    *out_blob_len = len;
    return EG_OK;
}

static bool has_id(const struct eg_object *set, size_t count, uint32_t id)
{
    for (size_t i = 0; i < count; i++) {
        if (set[i].id == id) {
            return true;
        }
    }
    return false;
}

static eg_status set_fit(const struct eg_family *family, const struct eg_object *set, size_t count,
                         size_t *at)
{
    size_t total = 0;

    *at = count;
    if (count > family->objects_max) {
        return EG_ERR(OBJECT_SET_COUNT);
    }
    for (size_t i = 0; i < count; i++) {
        size_t len = 0;

        *at = i;
        EG_TRY(eg_object_fit(family, &set[i], &len));
        if (has_id(set, i, set[i].id)) {
            return EG_ERR(OBJECT_ID_TWICE);
        }
        total += len;
    }
    *at = count;
    return total > family->objects_bytes_max ? EG_ERR(OBJECT_SET_BYTES) : EG_OK;
}

eg_status eg_object_set_fit(const struct eg_family *family, const struct eg_object *set,
                            size_t count, size_t *out_index)
{
    size_t at;
    eg_status st = set_fit(family, set, count, &at);

    if (out_index != NULL) {
        *out_index = at;
    }
    return st;
}

/* The first id that the chip would miss, or 0. */
static uint32_t missing_id(const struct eg_family *family, const struct eg_object *set,
                           size_t count, enum eg_life_cycle life_cycle)
{
    for (uint32_t i = 0; i < family->required_count; i++) {
        if (!has_id(set, count, family->required[i])) {
            return family->required[i];
        }
    }
    if (life_cycle != EG_LC_OPEN && !has_id(set, count, EG_OBJECT_ID_AUTH_KEY_HASH)) {
        return EG_OBJECT_ID_AUTH_KEY_HASH;
    }
    return 0;
}

eg_status eg_object_set_complete(const struct eg_family *family, const struct eg_object *set,
                                 size_t count, enum eg_life_cycle life_cycle, uint32_t *out_missing)
{
    uint32_t missing;

    if (out_missing != NULL) {
        *out_missing = 0;
    }
    EG_TRY(eg_object_set_fit(family, set, count, NULL));
    missing = missing_id(family, set, count, life_cycle);
    if (out_missing != NULL) {
        *out_missing = missing;
    }
    return missing == 0 ? EG_OK : EG_ERR(OBJECT_SET_INCOMPLETE);
}
