/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_LIB_CRYPTO_DEVICE_CERT_H
#define EG_LIB_CRYPTO_DEVICE_CERT_H
/**
 * The certificate that a device shows in the TLS handshake: made by the device on the fly and
 * signed by its own connection key, so it names a UUID and a public key and proves nothing by
 * itself. That the device has the key is shown by the handshake; that the key belongs to the UUID
 * is known from the root of trust.
 */
#include "lib/base/uuid.h"
#include "lib/crypto/crypto.h"

enum { EG_DEVICE_CERT_MAX = 1024 }; /* bytes, DER */

struct eg_device_cert_facts {
    struct eg_uuid uuid;
    uint8_t public_key[EG_P256_POINT_LEN];
};

/**
 * Read a certificate of that shape: X.509 v3 of at most EG_DEVICE_CERT_MAX bytes, subject and
 * issuer the same
 *     O=NXP, OU=Plug and Trust, CN=NXP_DIE_ID_AUTH, serialNumber=<UUID, 32 upper-case hex digits>
 * in this order, a P-256 key, no CA, key usage digitalSignature, valid at now_s. The signature is
 * not looked at.
 * CRYPTO_BAD_CERT: anything else; *out is zero. *out_subject: DER of the subject when the
 * certificate could be read at all, else empty; points into der.
 */
EG_MUST_USE eg_status eg_device_cert_read(struct eg_span der, int64_t now_s,
                                          struct eg_device_cert_facts *out,
                                          struct eg_span *out_subject);

#endif
