/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_CORE_PUBLIC_KEY_H
#define EG_SERVER_CORE_PUBLIC_KEY_H
/** A public key as customers send it (PEM) and as the chip takes it. */
#include "lib/crypto/crypto.h"
#include "server/store/arena.h"

/** PSA import form into the arena, and which algorithm it is. CRYPTO_BAD_KEY: no public key. */
EG_MUST_USE eg_status eg_public_key_value(struct eg_arena *arena, struct eg_span pem,
                                          enum eg_key_alg *out_alg, struct eg_span *out);

#endif
