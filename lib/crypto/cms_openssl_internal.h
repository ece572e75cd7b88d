/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_LIB_CRYPTO_CMS_OPENSSL_INTERNAL_H
#define EG_LIB_CRYPTO_CMS_OPENSSL_INTERNAL_H
/** What the two CMS files share. */
#include <openssl/bio.h>
#include <openssl/cms.h>

#include "lib/crypto/cms.h"

/** Read-only BIO over data; NULL when data is too long or memory is out. */
BIO *eg_cms_bio(struct eg_span data);
/** Copy what was written to a memory BIO. */
eg_status eg_cms_take(BIO *bio, struct eg_cms_bytes *out);
/** DER of a message. */
eg_status eg_cms_encode(const CMS_ContentInfo *cms, struct eg_cms_bytes *out);
/** Message from DER or BER, all of it; NULL if it is none. */
CMS_ContentInfo *eg_cms_decode(struct eg_span message);

#endif
