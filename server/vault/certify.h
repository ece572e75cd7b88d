/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_VAULT_CERTIFY_H
#define EG_SERVER_VAULT_CERTIFY_H
/** Small steps that every certificate-making operation shares. */
#include "lib/crypto/x509.h"
#include "server/vault/issuer.h"

/** A name attribute as C string. CRYPTO_BAD_CERT: longer than EG_X509_TEXT_MAX; out is "". */
EG_MUST_USE eg_status eg_certify_text(struct eg_span text, char out[static EG_X509_TEXT_MAX + 1]);

/** A CRL distribution point as C string, NULL when empty. CRYPTO_BAD_CERT: too long. */
EG_MUST_USE eg_status eg_certify_url(struct eg_span text, char room[static EG_VAULT_TEXT_MAX + 1],
                                     const char **out);

/** Append the DER Name of a subject. CRYPTO_BAD_CERT: an attribute is too long or not allowed. */
EG_MUST_USE eg_status eg_certify_subject(const struct eg_vault_subject *subject,
                                         struct eg_writer *out);

/**
 * Self-signed: fills issuer, key identifiers, SPKI and serial of t from key, checks the validity
 * and appends the certificate. Subject, validity, usages and CA flags of t are the caller's.
 */
EG_MUST_USE eg_status eg_certify_self(struct eg_vault *v, struct eg_x509_template *t,
                                      const struct eg_key *key, int64_t now_ms,
                                      struct eg_writer *out);

/** The same signed by issuer; validity must have been cut already. */
EG_MUST_USE eg_status eg_certify_issued(struct eg_vault *v, struct eg_x509_template *t,
                                        const struct eg_key *key, const struct eg_issuer *issuer,
                                        int64_t now_ms, struct eg_writer *out);

#endif
