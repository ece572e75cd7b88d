/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_LIB_CRYPTO_X509_EXTENSIONS_H
#define EG_LIB_CRYPTO_X509_EXTENSIONS_H
/** The v3 extensions of a certificate. Internal to lib/crypto. */
#include "lib/crypto/x509.h"

/** Append the [3] element with all extensions the template asks for; nothing if it asks for none.
 * CRYPTO_BAD_CERT (also through the writer): a name or address that cannot be written. */
EG_MUST_USE eg_status eg_x509_write_extensions(struct eg_crypto *c,
                                               const struct eg_x509_template *t,
                                               struct eg_writer *w);

#endif
