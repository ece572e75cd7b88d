/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGRAVE_AGENT_CLAIM_H
#define ENGRAVE_AGENT_CLAIM_H
/**
 * Make a claim blob: a claim code, sealed to the service and bound to one chip.
 *
 * Used where a code is put on a device: by a host tool before it ships, or by the device itself
 * with a code compiled in. The blob goes into the enclave's storage as EG_AGENT_CLAIM_OBJECT; the
 * service reads it there in the first session and removes it once the claim succeeded. What the
 * blob looks like: docs/protocol/device-session.md. Crypto comes from the caller, so this runs
 * anywhere.
 */
#include <stddef.h>
#include <stdint.h>

#include "engrave/agent.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    EG_AGENT_CLAIM_TEXT_MIN = 16, /* characters of a claim code */
    EG_AGENT_CLAIM_TEXT_MAX = 255,
    EG_AGENT_CLAIM_BLOB_MAX = 393, /* bytes of the blob of the longest code */
    EG_AGENT_CLAIM_KEY_LEN = 64,   /* X, Y of the service's P-256 claim key */
};

/** Operations on keys that live for one blob. OK or ENCLAVE. */
struct eg_agent_claim_crypto {
    /**
     * Draw a P-256 key pair and agree with `peer` (04, X, Y): public half and the X coordinate of
     * the shared point. The private half is forgotten.
     */
    enum eg_agent_result (*agree)(void *ctx, const uint8_t peer[EG_AGENT_PUBLIC_KEY_LEN],
                                  uint8_t public_key[EG_AGENT_PUBLIC_KEY_LEN], uint8_t secret[32]);
    /** Unpredictable bytes. */
    enum eg_agent_result (*random)(void *ctx, uint8_t *out, size_t len);
    /** AES-CMAC; key of 16 or 32 bytes. */
    enum eg_agent_result (*cmac)(void *ctx, struct eg_agent_bytes key, struct eg_agent_bytes data,
                                 uint8_t out[16]);
    /** AES-CBC encryption in place; key of 16 or 32 bytes, len a multiple of 16, no padding. */
    enum eg_agent_result (*cbc)(void *ctx, struct eg_agent_bytes key, const uint8_t iv[16],
                                uint8_t *data, size_t len);
};

/**
 * Seal `text` (a claim code, EG_AGENT_CLAIM_TEXT_MIN to _MAX characters) for the chip with `uuid`
 * and the service with `service_key` (GET /api/v1/device-endpoint, claimKey) into room, which must
 * hold EG_AGENT_CLAIM_BLOB_MAX bytes. *len = bytes of the blob. The text and all keys on the way
 * are wiped from this function's memory. ARGUMENT: a length is wrong; *len is 0 then and after any
 * error.
 */
enum eg_agent_result eg_agent_claim_blob(const struct eg_agent_claim_crypto *crypto, void *ctx,
                                         const uint8_t uuid[EG_AGENT_UUID_LEN],
                                         const uint8_t service_key[EG_AGENT_CLAIM_KEY_LEN],
                                         struct eg_agent_text text, uint8_t *room, size_t room_size,
                                         size_t *len);

#ifdef __cplusplus
}
#endif

#endif
