/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "lib/base/secret.h"
#include "vchip/enclave_internal.h"

/* ---- what an object permits ------------------------------------------------------------------ */

/* Permitted-algorithm values of PSA that each operation accepts. */
static bool alg_in(uint32_t alg, const uint32_t *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (list[i] == alg) {
            return true;
        }
    }
    return false;
}
#define ALG_IN(alg, list) alg_in((alg), (list), sizeof(list) / sizeof((list)[0]))

/* ECDSA with any or the natural hash, plain and deterministic. */
static const uint32_t ecdsa_p256[] = {0x06000600, 0x06000609, 0x060006FF, 0x06000709, 0x060007FF};
static const uint32_t ecdsa_p384[] = {0x06000600, 0x0600060A, 0x060006FF, 0x0600070A, 0x060007FF};
static const uint32_t eddsa[] = {0x06000800};
static const uint32_t rsa_pkcs1[] = {0x06000200, 0x06000209, 0x060002FF};
static const uint32_t ctr[] = {0x04C01000, 0x84C0FF00};
static const uint32_t cbc[] = {0x04404000, 0x84C0FF00};
static const uint32_t cmac[] = {0x03C00200};
static const uint32_t hmac_sha256[] = {0x03800009, 0x038000FF};

static const struct pair_kind {
    uint16_t type;
    uint32_t bits;
    enum eg_key_alg alg;
    const uint32_t *permitted;
    size_t permitted_count;
} pair_kinds[] = {
    {EG_VTYPE_ECC_PAIR_R1, 256, EG_KEY_P256, ecdsa_p256, 5},
    {EG_VTYPE_ECC_PAIR_R1, 384, EG_KEY_P384, ecdsa_p384, 5},
    {EG_VTYPE_ECC_PAIR_EDWARDS, 255, EG_KEY_ED25519, eddsa, 1},
    {EG_VTYPE_RSA_PAIR, 2048, EG_KEY_RSA_2048, rsa_pkcs1, 3},
    {EG_VTYPE_RSA_PAIR, 3072, EG_KEY_RSA_3072, rsa_pkcs1, 3},
    {EG_VTYPE_RSA_PAIR, 4096, EG_KEY_RSA_4096, rsa_pkcs1, 3},
};

static const struct pair_kind *pair_kind(const struct eg_vblob *b)
{
    for (size_t i = 0; i < sizeof(pair_kinds) / sizeof(pair_kinds[0]); i++) {
        if (pair_kinds[i].type == b->type && pair_kinds[i].bits == b->bits) {
            return &pair_kinds[i];
        }
    }
    return NULL;
}

static bool may_sign(const struct eg_vblob *b)
{
    return (b->usage & (EG_VUSE_SIGN_MESSAGE | EG_VUSE_SIGN_HASH)) != 0;
}

/* ---- key pairs ------------------------------------------------------------------------------ */

static enum eg_psa_status load_pair(const struct eg_part *part, const struct eg_enclave_use *use,
                                    const struct pair_kind *kind, struct eg_key **out)
{
    return eg_enclave_status(
        eg_key_from_private(part->crypto, kind->alg, eg_span(use->plain, use->plain_len), out));
}

/* Message or digest to a signature; as eg_sign() and eg_sign_digest(). */
typedef eg_status (*sign_fn)(struct eg_crypto *c, const struct eg_key *key, struct eg_span data,
                             struct eg_writer *out);

static eg_status sign_digest(struct eg_crypto *c, const struct eg_key *key, struct eg_span digest,
                             struct eg_writer *out)
{
    (void)c;
    return digest.len ==
                   eg_hash_len(eg_key_alg_of(key) == EG_KEY_P384 ? EG_HASH_SHA384 : EG_HASH_SHA256)
               ? eg_sign_digest(key, digest, out)
               : EG_ERR(BAD_NUMBER);
}

/* The key of an object, or the connection key, which is derived anew each time. */
static enum eg_psa_status load_connection(const struct eg_part *part, struct eg_key **out)
{
    uint8_t connection[EG_VKEY_LEN];
    uint8_t attestation[EG_VKEY_LEN];
    if (!part->chip->powered) {
        return EG_PSA_COMMUNICATION_FAILURE;
    }
    eg_status st =
        eg_vkeys_identity(part->crypto, EG_SPAN_OF(part->chip->die_key), connection, attestation);
    if (eg_ok(st)) {
        st = eg_key_from_private(part->crypto, EG_KEY_P256, EG_SPAN_OF(connection), out);
    }
    eg_wipe(connection, sizeof(connection));
    eg_wipe(attestation, sizeof(attestation));
    return eg_enclave_status(st);
}

static enum eg_psa_status load_object(const struct eg_part *part, const struct eg_enclave_use *use,
                                      uint32_t usage, struct eg_key **out)
{
    const struct pair_kind *kind = pair_kind(&use->object);
    if (kind == NULL) {
        return EG_PSA_INVALID_ARGUMENT;
    }
    bool permitted = (use->object.usage & usage) != 0 &&
                     alg_in(use->object.alg, kind->permitted, kind->permitted_count);
    if (usage != 0 && !permitted) {
        return EG_PSA_NOT_PERMITTED;
    }
    return load_pair(part, use, kind, out);
}

/* usage: one of these bits is needed; 0: none is. */
static enum eg_psa_status load_key(const struct eg_part *part, uint32_t id, uint32_t usage,
                                   struct eg_key **out)
{
    struct eg_enclave_use use;
    *out = NULL;
    if (id == EG_VKEY_ID_CONNECTION) {
        return load_connection(part, out);
    }
    enum eg_psa_status psa = eg_enclave_use_open(part, id, &use);
    if (psa == EG_PSA_SUCCESS) {
        psa = load_object(part, &use, usage, out);
    }
    eg_enclave_use_close(&use);
    return psa;
}

static enum eg_psa_status sign_by_id(const struct eg_part *part, uint32_t id, uint32_t usage,
                                     sign_fn sign, struct eg_span data, struct eg_writer *out)
{
    struct eg_key *key;
    enum eg_psa_status psa = load_key(part, id, usage, &key);
    if (psa == EG_PSA_SUCCESS) {
        psa = eg_enclave_status(sign(part->crypto, key, data, out));
    }
    eg_key_free(key);
    return psa;
}

enum eg_psa_status eg_enclave_sign(const struct eg_part *part, uint32_t id, struct eg_span message,
                                   struct eg_writer *out)
{
    return sign_by_id(part, id, EG_VUSE_SIGN_MESSAGE | EG_VUSE_SIGN_HASH, eg_sign, message, out);
}

enum eg_psa_status eg_enclave_sign_hash(const struct eg_part *part, uint32_t id,
                                        struct eg_span digest, struct eg_writer *out)
{
    return sign_by_id(part, id, EG_VUSE_SIGN_HASH, sign_digest, digest, out);
}

enum eg_psa_status eg_enclave_public(const struct eg_part *part, uint32_t id, struct eg_writer *out)
{
    struct eg_key *key;
    enum eg_psa_status psa = load_key(part, id, 0, &key);
    if (psa == EG_PSA_SUCCESS) {
        psa = eg_enclave_status(eg_key_spki(key, out));
    }
    eg_key_free(key);
    return psa;
}

/* ---- AES ------------------------------------------------------------------------------------ */

/* CBC without padding from CBC with it: the padding of whole blocks is one block of its own. */
static eg_status cbc_plain_encrypt(struct eg_crypto *c, struct eg_span key, const uint8_t *iv,
                                   struct eg_span data, struct eg_writer *out)
{
    uint8_t *room = malloc(data.len + EG_AES_BLOCK_LEN);
    if (room == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    struct eg_writer w;
    eg_writer_init(&w, room, data.len + EG_AES_BLOCK_LEN);
    eg_status st = eg_cbc_encrypt(c, key, iv, data, &w);
    if (eg_ok(st)) {
        eg_writer_bytes(out, eg_span(room, data.len));
        st = out->status;
    }
    free(room);
    return st;
}

static eg_status cbc_plain_decrypt(struct eg_crypto *c, struct eg_span key, const uint8_t *iv,
                                   struct eg_span data, struct eg_writer *out)
{
    uint8_t *room = malloc(data.len + EG_AES_BLOCK_LEN);
    if (room == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    struct eg_writer w;
    eg_writer_init(&w, room, data.len + EG_AES_BLOCK_LEN);
    eg_writer_bytes(&w, data);
    eg_status st =
        eg_cbc_encrypt(c, key, data.ptr + data.len - EG_AES_BLOCK_LEN, eg_span(NULL, 0), &w);
    if (eg_ok(st)) {
        st = eg_cbc_decrypt(c, key, iv, eg_writer_span(&w), out);
    }
    free(room);
    return st;
}

enum direction {
    ENCRYPT,
    DECRYPT,
};

static enum eg_psa_status cipher_with(const struct eg_part *part, const struct eg_enclave_use *use,
                                      enum eg_enclave_cipher cipher, enum direction direction,
                                      struct eg_span iv, struct eg_span data, struct eg_writer *out)
{
    const struct eg_vblob *b = &use->object;
    struct eg_span key = eg_span(use->plain, use->plain_len);
    uint32_t needed = direction == ENCRYPT ? EG_VUSE_ENCRYPT : EG_VUSE_DECRYPT;
    bool whole = data.len > 0 && data.len % EG_AES_BLOCK_LEN == 0;
    if (b->type != EG_VTYPE_AES || iv.len != EG_AES_BLOCK_LEN ||
        (cipher == EG_ENCLAVE_CBC && !whole)) {
        return EG_PSA_INVALID_ARGUMENT;
    }
    bool permitted = cipher == EG_ENCLAVE_CTR ? ALG_IN(b->alg, ctr) : ALG_IN(b->alg, cbc);
    if ((b->usage & needed) == 0 || !permitted) {
        return EG_PSA_NOT_PERMITTED;
    }
    if (cipher == EG_ENCLAVE_CTR) {
        return eg_enclave_status(eg_ctr(part->crypto, key, iv.ptr, data, out));
    }
    return eg_enclave_status(direction == ENCRYPT
                                 ? cbc_plain_encrypt(part->crypto, key, iv.ptr, data, out)
                                 : cbc_plain_decrypt(part->crypto, key, iv.ptr, data, out));
}

static enum eg_psa_status cipher_by_id(const struct eg_part *part, uint32_t id,
                                       enum eg_enclave_cipher cipher, enum direction direction,
                                       struct eg_span iv, struct eg_span data,
                                       struct eg_writer *out)
{
    struct eg_enclave_use use;
    enum eg_psa_status psa = eg_enclave_use_open(part, id, &use);
    if (psa == EG_PSA_SUCCESS) {
        psa = cipher_with(part, &use, cipher, direction, iv, data, out);
    }
    eg_enclave_use_close(&use);
    return psa;
}

enum eg_psa_status eg_enclave_encrypt(const struct eg_part *part, uint32_t id,
                                      enum eg_enclave_cipher cipher, struct eg_span iv,
                                      struct eg_span data, struct eg_writer *out)
{
    return cipher_by_id(part, id, cipher, ENCRYPT, iv, data, out);
}

enum eg_psa_status eg_enclave_decrypt(const struct eg_part *part, uint32_t id,
                                      enum eg_enclave_cipher cipher, struct eg_span iv,
                                      struct eg_span data, struct eg_writer *out)
{
    return cipher_by_id(part, id, cipher, DECRYPT, iv, data, out);
}

/* ---- MAC and data ---------------------------------------------------------------------------- */

static enum eg_psa_status mac_with(const struct eg_part *part, const struct eg_enclave_use *use,
                                   struct eg_span message, struct eg_writer *out)
{
    const struct eg_vblob *b = &use->object;
    struct eg_span key = eg_span(use->plain, use->plain_len);
    uint8_t mac[EG_SHA256_LEN];
    size_t len = b->type == EG_VTYPE_AES ? (size_t)EG_CMAC_LEN : (size_t)EG_SHA256_LEN;
    if (b->type != EG_VTYPE_AES && b->type != EG_VTYPE_HMAC) {
        return EG_PSA_INVALID_ARGUMENT;
    }
    bool permitted = b->type == EG_VTYPE_AES ? ALG_IN(b->alg, cmac) : ALG_IN(b->alg, hmac_sha256);
    if (!may_sign(b) || !permitted) {
        return EG_PSA_NOT_PERMITTED;
    }
    eg_status st = b->type == EG_VTYPE_AES ? eg_cmac(part->crypto, key, message, mac)
                                           : eg_hmac_sha256(part->crypto, key, message, mac);
    if (eg_ok(st)) {
        eg_writer_bytes(out, eg_span(mac, len));
        st = out->status;
    }
    return eg_enclave_status(st);
}

enum eg_psa_status eg_enclave_mac(const struct eg_part *part, uint32_t id, struct eg_span message,
                                  struct eg_writer *out)
{
    struct eg_enclave_use use;
    enum eg_psa_status psa = eg_enclave_use_open(part, id, &use);
    if (psa == EG_PSA_SUCCESS) {
        psa = mac_with(part, &use, message, out);
    }
    eg_enclave_use_close(&use);
    return psa;
}

enum eg_psa_status eg_enclave_read(const struct eg_part *part, uint32_t id, struct eg_writer *out)
{
    struct eg_enclave_use use;
    enum eg_psa_status psa = eg_enclave_use_open(part, id, &use);
    if (psa == EG_PSA_SUCCESS &&
        ((use.object.usage & EG_VUSE_EXPORT) == 0 || use.object.lifetime == EG_VLIFETIME_BLOB)) {
        psa = EG_PSA_NOT_PERMITTED;
    }
    if (psa == EG_PSA_SUCCESS) {
        eg_writer_bytes(out, eg_span(use.plain, use.plain_len));
        psa = eg_enclave_status(out->status);
    }
    eg_enclave_use_close(&use);
    return psa;
}
