/* SPDX-License-Identifier: Apache-2.0 */
#include "server/core/retire.h"

#include "lib/crypto/x509_crl.h"
#include "server/core/revoke.h"
#include "server/store/store_life.h"

eg_status eg_device_retire(struct eg_call *call, const struct eg_uuid *uuid, bool at_once,
                           struct eg_retirement *out)
{
    struct eg_store *store = eg_core_store(call->core);
    struct eg_device device;
    *out = (struct eg_retirement){0};
    EG_TRY(eg_store_device_get(store, call->company_id, uuid, call->arena, &device));
    eg_status st = eg_device_revoke(call, uuid, eg_span(NULL, 0), EG_CRL_CESSATION_OF_OPERATION,
                                    &out->revoked);
    if (!eg_ok(st) && !eg_is(st, EG_E_CERTIFICATE_UNKNOWN)) {
        return st;
    }
    out->retired = at_once || device.group_id == 0;
    return eg_store_decommission(store, call->company_id, uuid, out->retired, call->actor,
                                 call->now_ms / 1000);
}
