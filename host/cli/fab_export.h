/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_HOST_CLI_FAB_EXPORT_H
#define EG_HOST_CLI_FAB_EXPORT_H
/**
 * A chip's root of trust and its connection data in the forms that NXP's device agent reads on its
 * simulated platform (docs/guide/nxp-agent.md).
 */
#include "host/lib/problem.h"
#include "lib/base/uuid.h"
#include "lib/crypto/crypto.h"
#include "lib/os/family_file.h"

/* ---- fab_root.c ------------------------------------------------------------------------------ */

/** What of a chip decides its keys. Secret: die_key. */
struct eg_fab_root {
    struct eg_uuid uuid;
    uint8_t die_key[32];
    const struct eg_family *family;
    uint8_t boot_key_hash[32]; /* zeros: none is fused */
    uint8_t life_cycle_byte;
};

/** Read a chip's state file; nobody else may have it open. Errors as vchip/chip_file.h. */
EG_MUST_USE eg_status eg_fab_root_read(const char *path, const struct eg_families *families,
                                       struct eg_fab_root *out);

/* ---- fab_psa_simul.c ------------------------------------------------------------------------- */

enum {
    EG_PSA_SIMUL_TEXT_MAX = 1024,
    EG_PSA_SIMUL_KEYSTORE = 0x70000010,
    EG_PSA_SIMUL_CONNECTION_KEY = 0x3FFF0201,
};

/**
 * One `keydata` line per key: connection key, KEK, TFM KEK, AUTH key, UUID. The import keys are
 * those of the chip as it is: bound to the boot key hash in its fuses and its life cycle where the
 * family's recipe binds. HOST_EXPORT_RECIPE: objects for this family need more than the platform
 * can do. Secret: what is written.
 */
EG_MUST_USE eg_status eg_psa_simul_keys(struct eg_crypto *c, const struct eg_fab_root *root,
                                        struct eg_writer *out);

/** Where a device is to connect. Spans: DER. */
struct eg_psa_simul_target {
    const char *host;
    uint16_t port;
    struct eg_span roots; /* one after the other */
};

/** A datastore container with one service descriptor; the chip's own certificate is in it. */
EG_MUST_USE eg_status eg_psa_simul_connection(struct eg_crypto *c, const struct eg_fab_root *root,
                                              const struct eg_psa_simul_target *target,
                                              struct eg_writer *out);

#endif
