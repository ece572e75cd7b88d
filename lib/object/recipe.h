/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_LIB_OBJECT_RECIPE_H
#define EG_LIB_OBJECT_RECIPE_H
/**
 * From a chip's die key to every key that Engrave shares with it. Source:
 * docs/formats/secure-object.md "Key recipes". All keys here are secrets; the caller wipes them.
 */
#include "lib/base/family.h"
#include "lib/base/uuid.h"
#include "lib/crypto/crypto.h"

enum {
    EG_DIE_KEY_LEN = 32,
    EG_IMPORT_KEY_LEN = 32,
    EG_BOOT_KEY_HASH_LEN = 32,
};

/**
 * What the objects of one run are bound to: the boot key hash and the life cycle that the chip will
 * have after the run. A chip never fused: 32 zero bytes and EG_LC_OPEN. Families whose recipe binds
 * nothing ignore it.
 */
struct eg_binding {
    uint8_t boot_key_hash[EG_BOOT_KEY_HASH_LEN];
    enum eg_life_cycle life_cycle;
};

/** The three keys that protect secure objects. */
struct eg_import_keys {
    uint8_t kek[EG_IMPORT_KEY_LEN];     /* 7FFF816E, RFC 3394 */
    uint8_t tfm_kek[EG_IMPORT_KEY_LEN]; /* 7FFF816F, AES-CBC */
    uint8_t auth[EG_IMPORT_KEY_LEN];    /* 7FFF8170, AES-CMAC */
};

/**
 * Import keys of one chip for one binding.
 * Errors  OBJECT_UNSUPPORTED: the family has no such life cycle, or an unknown recipe.
 *         CRYPTO_FAILED. *out is zero then.
 */
EG_MUST_USE eg_status eg_recipe_import_keys(struct eg_crypto *c, const struct eg_family *family,
                                            const uint8_t die_key[static EG_DIE_KEY_LEN],
                                            const struct eg_binding *binding,
                                            struct eg_import_keys *out);
void eg_import_keys_wipe(struct eg_import_keys *keys);

/** The key pairs of a chip's own; the private scalar is the derived seed itself. */
enum eg_recipe_pair {
    EG_RECIPE_CONNECTION = 1,  /* TLS client key, 7FFF816C */
    EG_RECIPE_ATTESTATION = 2, /* genuineness and reports, 7FFF8174 */
};

/** P-256 scalar of a pair. It may be no valid scalar (about 1 in 2^32): see eg_recipe_public(). */
EG_MUST_USE eg_status eg_recipe_private(struct eg_crypto *c,
                                        const uint8_t die_key[static EG_DIE_KEY_LEN],
                                        enum eg_recipe_pair pair,
                                        uint8_t out[static EG_P256_SCALAR_LEN]);

/**
 * Public point of a pair. CRYPTO_BAD_KEY: this die key gives no valid scalar; a chip maker draws
 * another one and a manifest that holds it is refused.
 */
EG_MUST_USE eg_status eg_recipe_public(struct eg_crypto *c,
                                       const uint8_t die_key[static EG_DIE_KEY_LEN],
                                       enum eg_recipe_pair pair,
                                       uint8_t out[static EG_P256_POINT_LEN]);

/** Bytes of the secret that one MASTER_KEY object draws every chip's key from. */
enum {
    EG_MASTER_SECRET_LEN_MIN = 16,
    EG_MASTER_SECRET_LEN_MAX = 64,
};

/**
 * The AES key of one chip under a MASTER_KEY object: HKDF-SHA256 (ikm = secret, salt = "engrave
 * master key 1", info = UUID || object id as 4 bytes big endian).
 * secret: EG_MASTER_SECRET_LEN_MIN..MAX bytes. len: 16 or 32. OBJECT_UNSUPPORTED otherwise.
 */
EG_MUST_USE eg_status eg_recipe_master_key(struct eg_crypto *c, struct eg_span secret,
                                           const struct eg_uuid *uuid, uint32_t object_id,
                                           uint8_t *out, size_t len);

#endif
