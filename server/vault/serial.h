/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_VAULT_SERIAL_H
#define EG_SERVER_VAULT_SERIAL_H
/**
 * Serial numbers that tell later on, without a list, that this vault drew them for an issuer:
 *
 *   4 (4 bits) | time in ms (44) | shard (24) | random (48) | tag (40)
 *
 * The tag is cut from HMAC-SHA256 over the issuer's key identifier and the rest, under a key
 * derived from the KEK. To everyone else the last 88 bits are random. An OCSP answer says "unknown"
 * to what has no valid tag: a guess passes once in 2^40 tries.
 */
#include "lib/crypto/x509.h"
#include "server/vault/vault.h"

enum { EG_VAULT_SERIAL_TAG_LEN = 5 };

/** Draw one. issuer_key_id: 20 bytes. shard: at most EG_X509_SHARD_MAX. */
EG_MUST_USE eg_status eg_vault_serial(struct eg_vault *v, struct eg_span issuer_key_id,
                                      uint32_t shard, int64_t now_ms,
                                      uint8_t out[static EG_X509_SERIAL_LEN]);

/** Was it drawn here for this issuer? serial: content of the INTEGER, of any length. */
EG_MUST_USE eg_status eg_vault_serial_check(struct eg_vault *v, struct eg_span issuer_key_id,
                                            struct eg_span serial, bool *out);

#endif
