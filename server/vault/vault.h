/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_VAULT_VAULT_H
#define EG_SERVER_VAULT_VAULT_H
/**
 * One vault worker's state: keys, crypto context, families, and room that every operation reuses.
 * Nothing in it changes what an operation answers, so an operation may be repeated on any worker.
 * Not thread-safe: a worker is one thread.
 */
#include "lib/base/hostname.h"
#include "lib/os/family_file.h"
#include "lib/wire/vault_msg.h"
#include "server/vault/keys.h"

enum {
    EG_VAULT_SECRETS_MAX = 256 * 1024, /* bytes of all secrets of one plan together */
};

struct eg_issuers; /* server/vault/issuer.h */

struct eg_vault {
    struct eg_crypto *crypto;
    const struct eg_families *families; /* borrowed for good */
    struct eg_vault_keys *keys;         /* locked memory */
    struct eg_issuers *issuers;         /* CA keys opened lately */
    uint8_t *secrets;                   /* locked, EG_VAULT_SECRETS_MAX: secrets of a plan */
    struct eg_vault_make_room *room;
    char endpoint_name[EG_HOSTNAME_MAX + 1]; /* the only name ENDPOINT_CERTIFY signs; "": none */
    struct eg_span signers[EG_VAULT_SIGNERS_MAX];
    char why[EG_VAULT_WHY_MAX + 1]; /* of the running operation: eg_vault_refuse() */
};

/**
 * Say why an operation is refused, in a sentence for people that names what is wrong; cut at
 * EG_VAULT_WHY_MAX. It leaves the vault: no secret, nothing of a secret text but what it is about
 * (a device id, a line number, a family). Returns st.
 */
__attribute__((format(printf, 3, 4))) EG_MUST_USE eg_status eg_vault_refuse(struct eg_vault *v,
                                                                            eg_status st,
                                                                            const char *format,
                                                                            ...);

/**
 * families is borrowed until the free. Returns owned: eg_vault_free().
 * NO_MEMORY, OS_SANDBOX (memory cannot be locked), CRYPTO_FAILED: *out is NULL.
 */
EG_MUST_USE eg_status eg_vault_new(const uint8_t kek[static EG_KEK_LEN],
                                   const struct eg_families *families, struct eg_vault **out);
void eg_vault_free(struct eg_vault *v); /* wipes; NULL is fine */

/** Allow server certificates for this host name. VAULT_ENDPOINT_NAME: it is none. */
EG_MUST_USE eg_status eg_vault_allow_endpoint(struct eg_vault *v, const char *name);

#endif
