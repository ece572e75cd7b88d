/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_CORE_RETIRE_H
#define EG_SERVER_CORE_RETIRE_H
/** Taking a device out of service: its certificates are revoked at once, its objects are removed at
 * its next connection, and from then on a connection of it is an alarm. */
#include "server/core/core.h"

struct eg_retirement {
    bool retired;   /* otherwise at its next connection */
    size_t revoked; /* certificates that were valid until now */
};

/** at_once: do not wait for the device; whatever it holds stays in it. A device in no group is
 * retired at once in any case. DEVICE_UNKNOWN. */
EG_MUST_USE eg_status eg_device_retire(struct eg_call *call, const struct eg_uuid *uuid,
                                       bool at_once, struct eg_retirement *out);

#endif
