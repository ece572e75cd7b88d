/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_AGENT_PORT_LINUX_PSA_ROOTS_H
#define EG_AGENT_PORT_LINUX_PSA_ROOTS_H
/**
 * A chip's root of trust as text: lines `keydata ID KIND ALGORITHM USAGE VALUE` in hexadecimal, as
 * `engrave fab export --psa-simul` writes them (docs/guide/nxp-agent.md). Lines that begin
 * otherwise and ids that are not ours are passed over.
 */
#include <stdbool.h>

#include "lib/base/span.h"

struct eg_psa_roots {
    uint8_t connection[32]; /* P-256 scalar */
    uint8_t kek[32];        /* RFC 3394 */
    uint8_t data[32];       /* AES-CBC */
    uint8_t auth[32];       /* AES-CMAC */
    uint8_t uuid[16];
};

/** false: a line of ours is malformed, twice there or missing; *out is zero then. Secret: both. */
bool eg_psa_roots_parse(struct eg_span text, struct eg_psa_roots *out);

#endif
