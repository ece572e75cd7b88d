/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_LIB_CRYPTO_X509_OPENSSL_INTERNAL_H
#define EG_LIB_CRYPTO_X509_OPENSSL_INTERNAL_H
/** Certificates as OpenSSL objects, for the files that hand them to the library. */
#include <openssl/x509.h>

#include "lib/base/span.h"

/** Exactly one DER certificate; NULL if it is none. Returns owned: X509_free(). About 100 us. */
X509 *eg_x509_load(struct eg_span der);

#endif
