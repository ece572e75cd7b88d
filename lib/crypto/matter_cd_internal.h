/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_LIB_CRYPTO_MATTER_CD_INTERNAL_H
#define EG_LIB_CRYPTO_MATTER_CD_INTERNAL_H
/** Numbers of the Certification Declaration, for its writer and its reader. */
#include <stdint.h>

/** Control bytes of TLV elements: type, and whether a context tag follows. */
enum {
    EG_TLV_UINT = 0x04, /* + 0, 1, 2: value of 1, 2, 4 bytes, little endian */
    EG_TLV_TEXT = 0x0C, /* length of 1 byte */
    EG_TLV_BYTES = 0x10,
    EG_TLV_STRUCTURE = 0x15,
    EG_TLV_ARRAY = 0x16,
    EG_TLV_END = 0x18,
    EG_TLV_CONTEXT = 0x20,
};

enum {
    EG_CD_TAG_FORMAT = 0,
    EG_CD_TAG_VENDOR = 1,
    EG_CD_TAG_PRODUCTS = 2,
    EG_CD_TAG_DEVICE_TYPE = 3,
    EG_CD_TAG_CERTIFICATE_ID = 4,
    EG_CD_TAG_SECURITY_LEVEL = 5,
    EG_CD_TAG_SECURITY_INFORMATION = 6,
    EG_CD_TAG_VERSION_NUMBER = 7,
    EG_CD_TAG_TYPE = 8,
    EG_CD_TAG_ORIGIN_VENDOR = 9,
    EG_CD_TAG_ORIGIN_PRODUCT = 10,
    EG_CD_TAG_AUTHORIZED_PAAS = 11,
    EG_CD_FORMAT_VERSION = 1,
    EG_CD_AUTHORIZED_PAAS_MAX = 10,
    EG_CMS_VERSION_3 = 3,
};

static const uint8_t EG_CMS_OID_DATA[] = {0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x01};
static const uint8_t EG_CMS_OID_SIGNED[] = {0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x02};
/** Whole AlgorithmIdentifiers. */
static const uint8_t EG_CMS_ALG_SHA256[] = {0x30, 0x0B, 0x06, 0x09, 0x60, 0x86, 0x48,
                                            0x01, 0x65, 0x03, 0x04, 0x02, 0x01};
static const uint8_t EG_CMS_ALG_ECDSA_SHA256[] = {0x30, 0x0A, 0x06, 0x08, 0x2A, 0x86,
                                                  0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02};

#endif
