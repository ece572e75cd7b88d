/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_LIB_CRYPTO_X509_CSR_H
#define EG_LIB_CRYPTO_X509_CSR_H
/** Writing certificate requests (PKCS#10, RFC 2986) for CAs that somebody else shall certify. */
#include "lib/crypto/x509.h"

/**
 * Build and sign a request for a CA certificate over `key`: subject, and an extensionRequest with
 * critical basicConstraints CA:TRUE (and path_len unless -1), critical keyUsage keyCertSign and
 * cRLSign, and the subject key identifier. Appends the DER CertificationRequest.
 * CRYPTO_BAD_CERT: the subject is empty, or path_len is not -1 .. 127. Nothing is appended on
 * error.
 */
EG_MUST_USE eg_status eg_csr_sign_ca(struct eg_crypto *c, struct eg_span subject_name, int path_len,
                                     const struct eg_key *key, struct eg_writer *out);

/**
 * Subject (DER Name) and key (DER SubjectPublicKeyInfo) of exactly one DER request; both point into
 * it. CRYPTO_BAD_CERT otherwise. Verifies nothing.
 */
EG_MUST_USE eg_status eg_csr_parse(struct eg_span der, struct eg_span *out_subject,
                                   struct eg_span *out_spki);

#endif
