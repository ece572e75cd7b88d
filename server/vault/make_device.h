/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_VAULT_MAKE_DEVICE_H
#define EG_SERVER_VAULT_MAKE_DEVICE_H
/** All objects of a plan for one device: keys, certificates, sealing. No heap on the fast path. */
#include "server/vault/make_plan.h"

/**
 * Append status and objects of one device (lib/wire/vault_msg.h, MAKE result). A failure of the
 * device's own becomes its status and nothing more; an error returned here is one of the whole
 * call: VAULT_LIMIT when the answer is full.
 */
EG_MUST_USE eg_status eg_make_device(struct eg_vault *v, const struct eg_make_plan *plan,
                                     const struct eg_vault_device *device, struct eg_writer *out);

#endif
