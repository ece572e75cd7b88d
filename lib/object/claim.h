/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_LIB_OBJECT_CLAIM_H
#define EG_LIB_OBJECT_CLAIM_H
/**
 * The claim blob: a claim code sealed by a device to the service's claim key
 * (docs/formats/claim-blob.md).
 *
 *   41 10 UUID | 42 41 ephemeral point | 43 04 word | 44 04 word | 45 10 IV | 46 n cipher | 5E 10
 * MAC
 *
 * n has one length byte up to 127 and DER's long form (81 nn, 82 nn nn) beyond: agents of NXP
 * write the short form only and so carry at most EG_CLAIM_TEXT_NXP_MAX characters.
 *
 * Z = ECDH(claim key, point); keys = CKDF(Z, "CC_ENC" / "CC_MAC", word of 43 / 44); the words are
 * those of the blob, because chips compute them from their own key slots.
 */
#include "lib/base/uuid.h"
#include "lib/crypto/crypto.h"

enum {
    EG_CLAIM_TEXT_MIN = 16, /* characters of a claim code */
    EG_CLAIM_TEXT_MAX = 255,
    EG_CLAIM_TEXT_NXP_MAX = 111, /* what NXP's agents can carry */
    EG_CLAIM_BLOB_MAX = 18 + 67 + 6 + 6 + 18 + 4 + 256 + 18,
    EG_CLAIM_WORD_ENC = 0x20001080, /* key properties of a software enclave; 16-byte keys */
    EG_CLAIM_WORD_MAC = 0x20200080,
};

/** A blob cut into its parts; spans point into it. Nothing is verified yet. */
struct eg_claim_blob {
    struct eg_uuid uuid;
    struct eg_span point; /* 65 bytes */
    uint32_t word_enc, word_mac;
    struct eg_span iv;     /* 16 bytes */
    struct eg_span cipher; /* multiple of 16, 16 .. 256 bytes */
    struct eg_span mac;    /* 16 bytes */
    struct eg_span mac_over;
};

/**
 * Structure only, strictly: tags in order, shortest lengths, nothing behind.
 * CLAIM_BLOB_TYPE: does not begin as a claim blob does. CLAIM_BLOB: anything else.
 */
EG_MUST_USE eg_status eg_claim_blob_decode(struct eg_span data, struct eg_claim_blob *out);

/**
 * Verify the MAC in constant time, then that the blob is this chip's, then decrypt. Appends the
 * text (0 .. EG_CLAIM_TEXT_MAX bytes; eg_claim_text_ok() says whether it can be a code).
 * CLAIM_BLOB_SEALED: MAC, UUID, point or padding are wrong; which one is not told.
 * Secret: key, the text.
 */
EG_MUST_USE eg_status eg_claim_open(struct eg_crypto *c, const struct eg_key *key,
                                    const struct eg_claim_blob *blob, const struct eg_uuid *uuid,
                                    struct eg_writer *text);

/** What a device does: seal a text to claim_public (04 || X || Y) with a fresh key pair.
 * CLAIM_SECRET: the text is no claim code. CRYPTO_BAD_KEY: claim_public is no point. */
EG_MUST_USE eg_status eg_claim_seal(struct eg_crypto *c,
                                    const uint8_t claim_public[static EG_P256_POINT_LEN],
                                    const struct eg_uuid *uuid, struct eg_span text,
                                    struct eg_writer *out);

/** 16..255 characters of base64: letters, digits, + / - _, and = at the end only. */
bool eg_claim_text_ok(struct eg_span text);

#endif
