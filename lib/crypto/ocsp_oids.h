/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_LIB_CRYPTO_OCSP_OIDS_H
#define EG_LIB_CRYPTO_OCSP_OIDS_H
/** Content bytes of the object identifiers below id-pkix-ocsp (RFC 6960 appendix B). */
#include <stdint.h>

enum { EG_OID_OCSP_LEN = 9 };

static const uint8_t EG_OID_OCSP_BASIC[EG_OID_OCSP_LEN] = {0x2B, 0x06, 0x01, 0x05, 0x05,
                                                           0x07, 0x30, 0x01, 0x01};
static const uint8_t EG_OID_OCSP_NONCE[EG_OID_OCSP_LEN] = {0x2B, 0x06, 0x01, 0x05, 0x05,
                                                           0x07, 0x30, 0x01, 0x02};
static const uint8_t EG_OID_OCSP_NOCHECK[EG_OID_OCSP_LEN] = {0x2B, 0x06, 0x01, 0x05, 0x05,
                                                             0x07, 0x30, 0x01, 0x05};

#endif
