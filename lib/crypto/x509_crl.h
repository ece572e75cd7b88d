/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_LIB_CRYPTO_X509_CRL_H
#define EG_LIB_CRYPTO_X509_CRL_H
/** Writing version 2 certificate revocation lists (RFC 5280 section 5). */
#include "lib/crypto/x509.h"

/** CRLReason of RFC 5280 5.3.1, as far as a full CRL may name them. */
enum eg_crl_reason {
    EG_CRL_UNSPECIFIED = 0, /* the extension is left out */
    EG_CRL_KEY_COMPROMISE = 1,
    EG_CRL_CA_COMPROMISE = 2,
    EG_CRL_AFFILIATION_CHANGED = 3,
    EG_CRL_SUPERSEDED = 4,
    EG_CRL_CESSATION_OF_OPERATION = 5,
    EG_CRL_PRIVILEGE_WITHDRAWN = 9,
};
/** "keyCompromise", ... ; "" for a number that is none. */
const char *eg_crl_reason_name(uint8_t reason);
/** Inverse; false for an unknown name. */
bool eg_crl_reason_from_name(struct eg_span name, uint8_t *out);

enum { EG_CRL_SERIAL_MAX = 20 }; /* bytes, RFC 5280 4.1.2.2 */

struct eg_crl_entry {
    struct eg_span serial; /* content of the INTEGER: positive, 1 .. EG_CRL_SERIAL_MAX bytes */
    int64_t revoked_s;
    uint8_t reason; /* enum eg_crl_reason */
};

/** What goes into one CRL. Spans are borrowed during the call. */
struct eg_crl_template {
    struct eg_span issuer_name; /* DER Name */
    struct eg_span aki;         /* key identifier of the issuer, 20 bytes */
    uint64_t number;            /* cRLNumber: grows with every CRL of an issuer */
    int64_t this_update_s, next_update_s;
    const struct eg_crl_entry *entries; /* ascending by serial, none twice */
    size_t count;
    const char *shard_url; /* issuingDistributionPoint (critical): only for certificates that have
                              this CRL distribution point; NULL: for all of the issuer */
};

/** <0, 0, >0 as the serial a is below, equal to or above b, both as INTEGER content. */
int eg_crl_serial_compare(struct eg_span a, struct eg_span b);

/** Bytes that eg_crl_sign() appends at most. */
size_t eg_crl_len_max(size_t count);

/**
 * Build and sign; appends the DER CertificateList. CRYPTO_BAD_CERT: entries out of order, a serial
 * or reason that cannot be, times out of order or outside 1950..9999, no issuer.
 * Nothing is appended on error.
 */
EG_MUST_USE eg_status eg_crl_sign(struct eg_crypto *c, const struct eg_crl_template *t,
                                  const struct eg_key *key, struct eg_writer *out);

#endif
