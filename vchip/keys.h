/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_VCHIP_KEYS_H
#define EG_VCHIP_KEYS_H
/**
 * Keys that a chip derives from its die key, by its own reading of the recipes
 * (docs/protocol/vchip.md, "Keys"). The service has another reading in lib/object, on purpose.
 * All keys are 32 bytes. Every output is secret; the caller wipes it.
 */
#include "lib/base/family.h"
#include "lib/crypto/crypto.h"

enum {
    EG_VKEY_LEN = 32,
    EG_CKDF_LABEL_LEN = 12,
};

/**
 * One-step CKDF: NIST SP 800-108 counter mode with AES-CMAC under parent (16 or 32 bytes).
 * out has 32 bytes; all are filled when bit 0 of props is set, otherwise the first 16.
 */
EG_MUST_USE eg_status eg_vkey_ckdf(struct eg_crypto *c, struct eg_span parent,
                                   const uint8_t label[static EG_CKDF_LABEL_LEN], uint32_t props,
                                   uint8_t out[static EG_VKEY_LEN]);

/** What opens and checks a blob. */
struct eg_vkeys {
    uint8_t kek[EG_VKEY_LEN];  /* RFC 3394, id 0x7FFF816E */
    uint8_t data[EG_VKEY_LEN]; /* AES-CBC, id 0x7FFF816F */
    uint8_t auth[EG_VKEY_LEN]; /* AES-CMAC, id 0x7FFF8170 */
};

/** What the import keys of a chip are bound to; only the mcxn and s400 recipes look at it. */
struct eg_vkey_binding {
    uint8_t boot_key_hash[32];
    uint8_t life_cycle; /* byte of the family */
};

/** Keys under which the service seals blobs for this chip. Zeros on error. */
EG_MUST_USE eg_status eg_vkeys_import(struct eg_crypto *c, enum eg_key_recipe recipe,
                                      struct eg_span die_key, const struct eg_vkey_binding *binding,
                                      struct eg_vkeys *out);

/** Keys under which the chip itself stores blobs: unique to the die, bound to nothing else. */
EG_MUST_USE eg_status eg_vkeys_storage(struct eg_crypto *c, enum eg_key_recipe recipe,
                                       struct eg_span die_key, struct eg_vkeys *out);

void eg_vkeys_wipe(struct eg_vkeys *keys);

/** Private scalars of the connection and attestation keys, the same way for all recipes.
 * CRYPTO_BAD_KEY: one is no valid P-256 scalar; both are zeros then. */
EG_MUST_USE eg_status eg_vkeys_identity(struct eg_crypto *c, struct eg_span die_key,
                                        uint8_t out_connection[static EG_VKEY_LEN],
                                        uint8_t out_attestation[static EG_VKEY_LEN]);

#endif
