/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_LIB_CRYPTO_X509_OIDS_H
#define EG_LIB_CRYPTO_X509_OIDS_H
/** Content bytes of the object identifiers of extensions (RFC 5280 appendix A.2). */
#include <stdint.h>

enum { EG_OID_CE_LEN = 3 }; /* every id-ce-* */

static const uint8_t EG_OID_SUBJECT_KEY_ID[EG_OID_CE_LEN] = {0x55, 0x1D, 0x0E};
static const uint8_t EG_OID_KEY_USAGE[EG_OID_CE_LEN] = {0x55, 0x1D, 0x0F};
static const uint8_t EG_OID_BASIC_CONSTRAINTS[EG_OID_CE_LEN] = {0x55, 0x1D, 0x13};

#endif
