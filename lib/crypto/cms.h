/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_LIB_CRYPTO_CMS_H
#define EG_LIB_CRYPTO_CMS_H
/**
 * CMS (RFC 5652, RFC 5083) in the two forms that Engrave exchanges, both as `openssl cms` makes and
 * opens them:
 *   sealed   AuthEnvelopedData, AES-256-GCM, one or more EC (ECDH) recipients
 *   signed   SignedData with the content inside and the signer's certificate attached
 * A manifest of roots of trust is sealed(signed(text)): the service learns who signed only after
 * opening it, and nobody on the way learns what or who.
 */
#include "lib/crypto/crypto.h"

/** Heap bytes that may be secret. Returns owned: eg_cms_bytes_free() wipes. */
struct eg_cms_bytes {
    uint8_t *ptr;
    size_t len;
};
void eg_cms_bytes_free(struct eg_cms_bytes *b); /* safe on the zero state */

/** Seal plain for the EC certificate `recipient` (DER). CRYPTO_BAD_CERT. DER out. */
EG_MUST_USE eg_status eg_cms_seal(struct eg_span recipient, struct eg_span plain,
                                  struct eg_cms_bytes *out);

/**
 * Open a sealed message (DER or PEM) with the recipient's certificate and private key.
 * CRYPTO_BAD_CMS: not of this form (EnvelopedData without authentication is refused too).
 * CRYPTO_CMS_NOT_FOR_US: no recipient fits. CRYPTO_BAD_MAC: altered.
 * Secret: *out.
 */
EG_MUST_USE eg_status eg_cms_open(struct eg_span message, struct eg_span recipient,
                                  const struct eg_key *key, struct eg_cms_bytes *out);

/** Sign plain with key; signer is its certificate (DER). DER out. */
EG_MUST_USE eg_status eg_cms_sign(struct eg_span signer, const struct eg_key *key,
                                  struct eg_span plain, struct eg_cms_bytes *out);

/**
 * Check a signed message (DER) and hand out its content.
 * trusted: DER certificates, one of which must itself be the signer (pinned, no chain building).
 * CRYPTO_CMS_SIGNER: signed by somebody else. CRYPTO_BAD_SIGNATURE: altered.
 * out_signer: index of the certificate in trusted.
 */
EG_MUST_USE eg_status eg_cms_verify(struct eg_span message, const struct eg_span *trusted,
                                    size_t trusted_count, struct eg_cms_bytes *out,
                                    size_t *out_signer);

#endif
