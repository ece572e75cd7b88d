/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_VAULT_WARM_UP_H
#define EG_SERVER_VAULT_WARM_UP_H
/**
 * Power-on self test, which is also what makes the libraries load everything that they load on
 * first use (configuration, time zone), because no file can be opened once the sandbox is closed.
 */
#include "server/vault/vault.h"

/** Runs the operations on throw-away keys. CRYPTO_FAILED, or the status of the step that failed. */
EG_MUST_USE eg_status eg_vault_warm_up(struct eg_vault *v);

#endif
