/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_LIB_OBJECT_CKDF_H
#define EG_LIB_OBJECT_CKDF_H
/**
 * The chips' key derivation: NIST SP 800-108 in counter mode over AES-CMAC, one 32-byte block of
 * input per 16 bytes of key: label(12) || 00 x 8 || properties(4) || bits(4) || counter(4).
 * Source: docs/formats/secure-object.md "Key derivation".
 */
#include "lib/crypto/crypto.h"

enum {
    EG_CKDF_LABEL_LEN = 12,
    EG_CKDF_LEN_MAX = 32,
    EG_CKDF_KSIZE_256 = 1, /* property bit 0: the derived key has 256 bits, else 128 */
};

/** Bytes of a key with these properties: 32 or 16. */
size_t eg_ckdf_len(uint32_t properties);

/**
 * Derive. parent: 16 or 32 bytes. Writes eg_ckdf_len(properties) bytes to out, zeros behind.
 * CRYPTO_FAILED: out is zero. Secret: parent, out.
 */
EG_MUST_USE eg_status eg_ckdf(struct eg_crypto *c, struct eg_span parent,
                              const uint8_t label[static EG_CKDF_LABEL_LEN], uint32_t properties,
                              uint8_t out[static EG_CKDF_LEN_MAX]);

#endif
