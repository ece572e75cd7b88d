/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_LIB_CRYPTO_CMS_H
#define EG_LIB_CRYPTO_CMS_H
/**
 * CMS (RFC 5652, RFC 5083) in the two forms that Engrave exchanges, both as `openssl cms` makes and
 * opens them:
 *   sealed   AuthEnvelopedData, AES-256-GCM with a 16-byte tag, one or more EC (ECDH) recipients
 *            openssl cms -encrypt -binary -aes-256-gcm -in F -outform DER -recip CERT.pem
 *   signed   SignedData over SHA-256 or longer, one signer, the content inside
 *            openssl cms -sign -binary -nodetach -md sha256 -in F -outform DER -signer C -inkey K
 * A manifest of roots of trust is sealed(signed(text)): the service learns who signed only after
 * opening it, and nobody on the way learns what or who.
 *
 * Errors beside those named at each call: NO_MEMORY; CRYPTO_FAILED: the library refused. *out is
 * the zero state on error.
 * Thread: any; nothing is shared, but a key is used by one thread at a time.
 */
#include "lib/crypto/crypto.h"

enum {
    EG_CMS_LEN_MAX = 64 * 1024 * 1024, /* bytes of a message or its content */
};

/** Heap bytes that may be secret. Returns owned: eg_cms_bytes_free() wipes. */
struct eg_cms_bytes {
    uint8_t *ptr;
    size_t len;
};
void eg_cms_bytes_free(struct eg_cms_bytes *b); /* safe on the zero state, which it leaves */

/** Seal plain for the EC certificate `recipient` (DER). CRYPTO_BAD_CERT: it is none, or its key is
 * not an EC key. DER out. */
EG_MUST_USE eg_status eg_cms_seal(struct eg_span recipient, struct eg_span plain,
                                  struct eg_cms_bytes *out);

/**
 * Open a sealed message (DER, BER or PEM) with the recipient's certificate and private key.
 * CRYPTO_BAD_CMS: not of this form. EnvelopedData without authentication, another cipher under the
 * name of AuthEnvelopedData, and a shortened tag are all refused before anything is decrypted.
 * CRYPTO_CMS_NOT_FOR_US: no recipient fits. CRYPTO_BAD_MAC: altered. CRYPTO_BAD_CERT: recipient.
 * Secret: *out.
 */
EG_MUST_USE eg_status eg_cms_open(struct eg_span message, struct eg_span recipient,
                                  const struct eg_key *key, struct eg_cms_bytes *out);

/** Sign plain with key (EC or RSA); signer is its certificate (DER) and goes along. DER out.
 * CRYPTO_BAD_CERT; CRYPTO_BAD_KEY: key is not the certificate's, or is a public one. */
EG_MUST_USE eg_status eg_cms_sign(struct eg_span signer, const struct eg_key *key,
                                  struct eg_span plain, struct eg_cms_bytes *out);

/**
 * Check a signed message (DER or BER) and hand out its content.
 * trusted: DER certificates, one of which must itself be the signer. It is pinned: no chain,
 * purpose or validity period is looked at, and certificates inside the message are not used. An
 * entry that is no certificate never matches. CRYPTO_BAD_CMS: not of this form. CRYPTO_CMS_SIGNER:
 * signed by somebody else. CRYPTO_BAD_SIGNATURE: altered, or made by another key under the signer's
 * name. out_signer: index of the certificate in trusted; untouched on error.
 */
EG_MUST_USE eg_status eg_cms_verify(struct eg_span message, const struct eg_span *trusted,
                                    size_t trusted_count, struct eg_cms_bytes *out,
                                    size_t *out_signer);

#endif
