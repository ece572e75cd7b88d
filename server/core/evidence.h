/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_CORE_EVIDENCE_H
#define EG_SERVER_CORE_EVIDENCE_H
/** Does somebody hold a key that signs firmware for a boot key hash? (docs/guide/safety.md) */
#include "server/core/core.h"
#include "server/core/object_def.h"

/**
 * The public keys given with a boot key hash must hash to it; no keys given is fine here. Taken:
 *   one key: SHA-256 of its DER SubjectPublicKeyInfo (MCUboot), or of X and Y of a P-256 key;
 *   2 to 4 P-256 keys: SHA-256 of the SHA-256 of X and Y of each (root key table).
 * CRYPTO_BAD_KEY: not a public key. OBJECT_BOOT_KEY_EVIDENCE: they hash to something else.
 */
EG_MUST_USE eg_status eg_evidence_check(struct eg_call *call, const struct eg_object_def *def);

#endif
