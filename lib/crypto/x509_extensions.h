/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_LIB_CRYPTO_X509_EXTENSIONS_H
#define EG_LIB_CRYPTO_X509_EXTENSIONS_H
/** Extensions of certificates, requests and CRLs. Internal to lib/crypto. */
#include "lib/crypto/x509.h"
#include "lib/crypto/x509_oids.h"

/** Extension ::= SEQUENCE { OID, critical DEFAULT FALSE, OCTET STRING }; both marks for the end. */
struct eg_x509_extension {
    size_t sequence, value;
};
struct eg_x509_extension eg_x509_extension_begin(struct eg_writer *w,
                                                 const uint8_t oid[static EG_OID_CE_LEN],
                                                 bool critical);
void eg_x509_extension_end(struct eg_writer *w, struct eg_x509_extension e);

/** authorityKeyIdentifier with this key identifier; nothing when it is empty. */
void eg_x509_write_authority_key_id(struct eg_span key_id, struct eg_writer *w);

/** DistributionPointName with one URI; CRYPTO_BAD_CERT through the writer for what is no URI. */
void eg_x509_write_point_name(const char *url, struct eg_writer *w);

/** Append the extensions the template asks for, one behind the other, no frame around them. */
EG_MUST_USE eg_status eg_x509_write_extension_items(struct eg_crypto *c,
                                                    const struct eg_x509_template *t,
                                                    struct eg_writer *w);

/** Append the [3] element with all extensions the template asks for; nothing if it asks for none.
 * CRYPTO_BAD_CERT (also through the writer): a name or address that cannot be written. */
EG_MUST_USE eg_status eg_x509_write_extensions(struct eg_crypto *c,
                                               const struct eg_x509_template *t,
                                               struct eg_writer *w);

#endif
