/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_LIB_CRYPTO_CRYPTO_OPENSSL_INTERNAL_H
#define EG_LIB_CRYPTO_CRYPTO_OPENSSL_INTERNAL_H
/**
 * What the files of the OpenSSL provider share. Everything in struct eg_crypto is made once by
 * eg_crypto_new(): on OpenSSL 3.0 a fetch, a fresh EVP context or a conversion of a key costs
 * between one and a hundred times the operation itself (docs/decisions/0004-direct-der-writer.md).
 */
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>

#include "lib/crypto/crypto.h"

enum eg_aes_mode {
    EG_AES_ECB,
    EG_AES_CBC,
    EG_AES_CTR,
    EG_AES_GCM,
    EG_AES_MODE_COUNT,
};
enum {
    EG_AES_KEY_KINDS = 2, /* 16 and 32 bytes */
    EG_HASH_SLOTS = EG_HASH_SHA3_512 + 1,
    EG_EC_LEN_MAX = 48, /* bytes of a P-384 coordinate or scalar */
    EG_EC_POINT_LEN_MAX = 1 + 2 * EG_EC_LEN_MAX,
};

/** The MACs that are offered. */
enum eg_mac_slot {
    EG_MAC_HMAC_SHA256,
    EG_MAC_CMAC_16, /* with a key of 16 bytes */
    EG_MAC_CMAC_32,
    EG_MAC_SLOTS,
};

/** One curve with the objects that a multiplication needs. */
struct eg_curve {
    const char *name; /* OpenSSL's group name */
    size_t len;       /* bytes of a scalar or coordinate */
    EC_GROUP *group;
    EC_POINT *point, *peer;
};

struct eg_crypto {
    EVP_MD *md[EG_HASH_SLOTS]; /* by enum eg_hash */
    EVP_MD_CTX *md_ctx[EG_HASH_SLOTS];
    EVP_MAC_CTX *mac[EG_MAC_SLOTS]; /* NULL after a failure: made again by the next use */
    EVP_CIPHER_CTX *aes[EG_AES_MODE_COUNT][EG_AES_KEY_KINDS];
    struct eg_curve p256, p384;
    BIGNUM *scalar, *x;
    BN_CTX *bn;
};

struct eg_key {
    enum eg_key_alg alg;
    bool has_private;
    EVP_PKEY *pkey;
    EVP_PKEY_CTX *signer; /* of a private key that signs digests (not Ed25519), else NULL */
};

/** Empty OpenSSL's error queue of this thread and hand back st. Every failure leaves through it. */
eg_status eg_crypto_fail(eg_status st);

/** A context for a MAC, without a key yet; NULL when memory is short. */
EVP_MAC_CTX *eg_mac_new(enum eg_mac_slot slot);

/** Index of a key length in the tables above; -1 for a length that is not offered. */
int eg_aes_key_kind(size_t key_len);

/** The keyed context of a mode, ready for use; NULL if the key length or the provider refuses. */
EVP_CIPHER_CTX *eg_aes_start(struct eg_crypto *c, enum eg_aes_mode mode, struct eg_span key,
                             const uint8_t *iv, bool encrypt);

/** Wipe what was written behind mark and make it unwritten. */
void eg_writer_undo(struct eg_writer *w, size_t mark);

/* ---- raw EC, crypto_openssl_ec.c ------------------------------------------------------------ */

bool eg_curve_init(struct eg_curve *curve, const char *name, size_t len);
void eg_curve_cleanup(struct eg_curve *curve);
/** Curve of an EC algorithm, NULL for the others. */
struct eg_curve *eg_curve_of(struct eg_crypto *c, enum eg_key_alg alg);
/** Public point (1 + 2 * len bytes) of a scalar (len bytes). CRYPTO_BAD_KEY: scalar out of range.
 */
eg_status eg_curve_public(struct eg_crypto *c, struct eg_curve *curve, const uint8_t *priv,
                          uint8_t *pub);
/** A fresh pair. */
eg_status eg_curve_generate(struct eg_crypto *c, struct eg_curve *curve, uint8_t *priv,
                            uint8_t *pub);

/* ---- key objects, crypto_openssl_key.c ------------------------------------------------------ */

/** Algorithm of a provider key; EG_KEY_NONE when it is not offered. */
enum eg_key_alg eg_pkey_alg(const EVP_PKEY *pkey);
/** Takes pkey (frees it on failure too; NULL means CRYPTO_BAD_KEY). CRYPTO_UNSUPPORTED. */
eg_status eg_key_adopt(EVP_PKEY *pkey, bool has_private, struct eg_key **out);

/* ---- signatures, crypto_openssl_sign.c ------------------------------------------------------ */

/** Context that signs digests of alg's natural hash. A key keeps one, because making it costs more
 * than half a signature. NULL on failure. */
EVP_PKEY_CTX *eg_signer_new(EVP_PKEY *pkey, enum eg_key_alg alg);

#endif
