/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_LIB_CRYPTO_X509_SIGN_H
#define EG_LIB_CRYPTO_X509_SIGN_H
/** What certificates, requests and CRLs end with: algorithm and signature. Internal to lib/crypto.
 */
#include "lib/crypto/crypto.h"

/** DER AlgorithmIdentifier of signatures by a key. */
struct eg_span eg_x509_sig_alg(const struct eg_key *key);

/** Sign what w holds from tbs_begin on; append AlgorithmIdentifier and BIT STRING. */
EG_MUST_USE eg_status eg_x509_sign(struct eg_crypto *c, const struct eg_key *key, size_t tbs_begin,
                                   struct eg_writer *w);

#endif
