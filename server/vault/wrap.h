/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_VAULT_WRAP_H
#define EG_SERVER_VAULT_WRAP_H
/**
 * Wrapping: secrets that leave the vault for the database and come back.
 *
 *   version 1 (u8) | kind (u8) | IV (12) | AES-256-GCM ciphertext | tag (16)
 *
 * The key is that of the kind; the additional data is version, kind and what the secret is bound
 * to, so a wrapped secret opens only where it is asked for in its own role. IVs are random: at most
 * 2^32 secrets of one kind per KEK (docs/formats/wrapped.md).
 *
 * wrap calls append to a writer. unwrap calls: VAULT_WRAPPED if the bytes are damaged, of another
 * vault, or bound elsewhere; outputs are zero then. Secret: everything unwrapped; caller wipes.
 */
#include "lib/base/family.h"
#include "server/vault/vault.h"

/** A chip's root of trust, bound to family and UUID. */
EG_MUST_USE eg_status eg_wrap_root(struct eg_vault *v, const char *family,
                                   const struct eg_uuid *uuid, const uint8_t root[static 32],
                                   struct eg_writer *out);
EG_MUST_USE eg_status eg_unwrap_root(struct eg_vault *v, const char *family,
                                     const struct eg_uuid *uuid, struct eg_span wrapped,
                                     uint8_t root[static 32]);

/** A CA key, bound to its company; path_len (-1: unlimited) is kept with it. */
EG_MUST_USE eg_status eg_wrap_ca(struct eg_vault *v, uint64_t company_id, const struct eg_key *key,
                                 int32_t path_len, struct eg_writer *out);
/** Returns owned in *out: eg_key_free(). */
EG_MUST_USE eg_status eg_unwrap_ca(struct eg_vault *v, uint64_t company_id, struct eg_span wrapped,
                                   struct eg_key **out, int32_t *out_path_len);

/** A P-256 service key, bound to company and enum eg_vault_service_purpose. */
EG_MUST_USE eg_status eg_wrap_service(struct eg_vault *v, uint64_t company_id, uint8_t purpose,
                                      const struct eg_key *key, struct eg_writer *out);
/** Returns owned in *out: eg_key_free(). */
EG_MUST_USE eg_status eg_unwrap_service(struct eg_vault *v, uint64_t company_id, uint8_t purpose,
                                        struct eg_span wrapped, struct eg_key **out);

/** A customer's secret, bound to company and enum eg_vault_secret_purpose. */
EG_MUST_USE eg_status eg_wrap_secret(struct eg_vault *v, uint64_t company_id, uint8_t purpose,
                                     struct eg_span secret, struct eg_writer *out);
/** Appends the secret to out, which is NO_ROOM when it is too small. */
EG_MUST_USE eg_status eg_unwrap_secret(struct eg_vault *v, uint64_t company_id, uint8_t purpose,
                                       struct eg_span wrapped, struct eg_writer *out);

#endif
