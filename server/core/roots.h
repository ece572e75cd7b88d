/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_CORE_ROOTS_H
#define EG_SERVER_CORE_ROOTS_H
/** Roots of trust from chip makers: who may sign manifests, and taking one. */
#include "server/core/core.h"

/** Register a signer. certificate: PEM or DER. CRYPTO_BAD_CERT, NAME_TAKEN. */
EG_MUST_USE eg_status eg_signer_add(struct eg_call *call, const char *name,
                                    struct eg_span certificate, int64_t *out_id);

/**
 * Take a sealed and signed manifest: all of it or nothing. Errors of eg_vaultpool_manifest_open();
 * CRYPTO_CMS_SIGNER also when nobody is registered; ROOT_CONFLICT: call->detail names the device.
 */
EG_MUST_USE eg_status eg_roots_upload(struct eg_call *call, struct eg_span message,
                                      struct eg_roots_result *out);

#endif
