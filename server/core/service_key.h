/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_CORE_SERVICE_KEY_H
#define EG_SERVER_CORE_SERVICE_KEY_H
/** The keys that others seal to: chip makers their manifests, customers their secrets. One of each
 * per company, made in the vault when it is first needed. */
#include "server/core/core.h"

/** The company's key for a purpose; made now when there is none. Lives in call->arena. */
EG_MUST_USE eg_status eg_service_key(struct eg_call *call, enum eg_service_key_purpose purpose,
                                     struct eg_service_key *out);

/** The same as the vault takes it back. Spans point into key. */
struct eg_vault_service_key eg_service_key_for_vault(const struct eg_call *call,
                                                     const struct eg_service_key *key);

#endif
