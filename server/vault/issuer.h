/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_VAULT_ISSUER_H
#define EG_SERVER_VAULT_ISSUER_H
/**
 * Certificate authorities ready to sign. Opening a CA key costs more than a signature, so the last
 * few are kept, found by a hash over everything that decides whether they may be used.
 */
#include "lib/crypto/x509.h"
#include "server/vault/vault.h"

enum {
    EG_ISSUERS_KEPT = 2 * EG_VAULT_CAS_MAX, /* one plan never pushes out its own */
};

/** A CA whose key and certificate belong together. Owned by the cache. */
struct eg_issuer {
    uint8_t id[EG_SHA256_LEN];
    uint64_t last_use;
    struct eg_key *key;
    int32_t path_len; /* -1: unlimited */
    uint8_t key_id[20];
    uint8_t certificate[EG_VAULT_CERTIFICATE_MAX];
    size_t certificate_len;
    struct eg_x509_info info; /* points into certificate */
};

EG_MUST_USE eg_status eg_issuers_new(struct eg_issuers **out);
void eg_issuers_free(struct eg_issuers *all); /* wipes keys; NULL is fine */

/**
 * The CA of a company, opened or found. *out stays valid for EG_ISSUERS_KEPT - 1 further calls.
 * VAULT_WRAPPED: key damaged or of another company. VAULT_ISSUER: certificate unreadable, not that
 * of the key, or not of a CA. On error *out is NULL.
 */
EG_MUST_USE eg_status eg_issuer_open(struct eg_vault *v, uint64_t company_id,
                                     const struct eg_vault_ca *ca, const struct eg_issuer **out);

/**
 * Cut a validity to that of the issuer. VAULT_ISSUER: the issuer is not valid now, or nothing is
 * left.
 */
EG_MUST_USE eg_status eg_issuer_cut_validity(const struct eg_issuer *issuer, int64_t now_s,
                                             int64_t *not_before_s, int64_t *not_after_s);

#endif
