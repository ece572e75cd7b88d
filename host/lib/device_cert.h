/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_HOST_LIB_DEVICE_CERT_H
#define EG_HOST_LIB_DEVICE_CERT_H
/**
 * The certificate that a device makes for itself and shows to the device endpoint: X.509 v3, serial
 * number 1, issuer and subject O=NXP, OU=Plug and Trust, CN=NXP_DIE_ID_AUTH, serialNumber=UUID in
 * 32 upper-case hexadecimal digits, 2022-01-01 to 9999-12-31, one extension: critical keyUsage
 * digitalSignature; signed by its own key with ECDSA and SHA-256.
 */
#include "lib/base/uuid.h"
#include "lib/crypto/crypto.h"

enum { EG_DEVICE_CERT_MAX = 512 };

/** Append the DER. key: the chip's connection key with its private half. */
EG_MUST_USE eg_status eg_device_cert(struct eg_crypto *c, const struct eg_key *key,
                                     const struct eg_uuid *uuid, struct eg_writer *out);

#endif
