/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates of CAs for strangers. */
#include "server/api/handlers.h"
#include "server/core/revoke.h"

#define CERTIFICATE_SUFFIX ".crt"

/** "<id>.crt": DER of a hosted CA of any company. */
eg_status eg_api_ca_public(struct eg_api_call *a)
{
    struct eg_crl_state ca;
    int64_t id;
    EG_TRY(eg_api_ca_file(a, CERTIFICATE_SUFFIX, &id));
    EG_TRY(eg_store_crl_get(eg_core_store(a->c.core), id, a->c.arena, &ca));
    if (ca.kind == EG_CA_EXTERNAL || ca.state != EG_CA_ACTIVE) {
        return EG_ERR(CA_UNKNOWN);
    }
    a->text_type = "application/pkix-cert";
    a->text = ca.certificate;
    return EG_OK;
}
