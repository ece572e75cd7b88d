/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_VAULT_KEYS_H
#define EG_SERVER_VAULT_KEYS_H
/**
 * The vault's keys at rest: one key-encryption key (KEK) in a file under a passphrase, and what is
 * derived from it. The KEK itself is wiped as soon as the keys below are there.
 */
#include "lib/crypto/crypto.h"
#include "lib/wire/vault_types.h"

enum {
    EG_KEK_LEN = 32,
};

/** What a wrapped secret is; each kind has a key of its own. Numbers are stored: extend-only. */
enum eg_wrap_kind {
    EG_WRAP_ROOT = 1,    /* root of trust of a chip */
    EG_WRAP_CA = 2,      /* private key of a certificate authority */
    EG_WRAP_SERVICE = 3, /* key-agreement key that others seal to */
    EG_WRAP_SECRET = 4,  /* secret of a customer */
    EG_WRAP_KIND_COUNT = 5,
};

/** Secret but for the fingerprint: lives in eg_secret_alloc() memory. */
struct eg_vault_keys {
    uint8_t wrap[EG_WRAP_KIND_COUNT][32]; /* AES-256-GCM, by kind; entry 0 is not used */
    uint8_t root_tag[32];                 /* HMAC-SHA256 over UUID and root */
    uint8_t serial[32];                   /* HMAC-SHA256 in serial numbers, serial.h */
    uint8_t claim_tag[32];                /* HMAC-SHA256 over claim codes */
    uint8_t fingerprint[EG_VAULT_FINGERPRINT_LEN];
};

/** Derive all of them (HKDF-SHA256, one label each). On error *out is zero. */
EG_MUST_USE eg_status eg_vault_keys_derive(struct eg_crypto *c,
                                           const uint8_t kek[static EG_KEK_LEN],
                                           struct eg_vault_keys *out);

#endif
