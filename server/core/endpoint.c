/* SPDX-License-Identifier: Apache-2.0 */
#include "server/core/endpoint.h"

#include <string.h>

#include "server/core/ca.h"
#include "server/core/crl.h"
#include "server/store/store_pki.h"

enum {
    DAY_S = 86400,
    ROOT_YEARS = 30,
    ISSUING_YEARS = 15,
    CAS_LOOKED_AT = 100,
};

static const char root_name[] = "Engrave Device Root CA";
static const char issuing_name[] = "Engrave Device Issuing CA";

/** The same request on behalf of the service itself. */
static struct eg_call as_service(const struct eg_call *call)
{
    return (struct eg_call){.core = call->core,
                            .arena = call->arena,
                            .company_id = EG_ENDPOINT_COMPANY,
                            .company_name = "Engrave",
                            .now_ms = call->now_ms};
}

/** CA_UNKNOWN: not made yet. */
static eg_status find(struct eg_call *service, const char *name, struct eg_ca *out)
{
    struct eg_ca_list list;
    const struct eg_page page = {.size = CAS_LOOKED_AT};
    EG_TRY(eg_store_ca_list(eg_core_store(service->core), EG_ENDPOINT_COMPANY, page, service->arena,
                            &list));
    for (size_t i = 0; i < list.count; i++) {
        if (strcmp(list.items[i].name, name) == 0) {
            *out = list.items[i];
            return EG_OK;
        }
    }
    return EG_ERR(CA_UNKNOWN);
}

/** Find a CA or make it. Another node may be faster: then its CA is taken. */
static eg_status find_or_make(struct eg_call *service, const struct eg_ca_order *order,
                              eg_status (*make)(struct eg_call *, const struct eg_ca_order *,
                                                struct eg_ca *),
                              struct eg_ca *out)
{
    eg_status st = find(service, order->name, out);
    if (!eg_is(st, EG_E_CA_UNKNOWN)) {
        return st;
    }
    EG_TRY(eg_store_company_service_init(eg_core_store(service->core), service->now_ms / 1000));
    st = make(service, order, out);
    return eg_is(st, EG_E_NAME_TAKEN) ? find(service, order->name, out) : st;
}

static eg_status both(struct eg_call *service, struct eg_ca *root, struct eg_ca *issuing)
{
    const struct eg_ca_order upper = {
        .name = root_name, .algorithm = EG_KEY_P384, .years = ROOT_YEARS};
    EG_TRY(find_or_make(service, &upper, eg_ca_create_root, root));
    const struct eg_ca_order lower = {.name = issuing_name,
                                      .algorithm = EG_KEY_P384,
                                      .years = ISSUING_YEARS,
                                      .issuer_id = root->id};
    return find_or_make(service, &lower, eg_ca_create_intermediate, issuing);
}

eg_status eg_endpoint_cas(struct eg_call *call, struct eg_endpoint_cas *out)
{
    struct eg_call service = as_service(call);
    struct eg_ca root, issuing;
    EG_TRY(both(&service, &root, &issuing));
    *out = (struct eg_endpoint_cas){root.certificate, issuing.certificate, issuing.id};
    return EG_OK;
}

eg_status eg_endpoint_certify(struct eg_call *call, const char *name, struct eg_span spki,
                              struct eg_span *out)
{
    struct eg_call service = as_service(call);
    struct eg_ca root, issuing;
    struct eg_vaultpool_signed made;
    int64_t from_s = call->now_ms / 1000 - DAY_S;
    EG_TRY(both(&service, &root, &issuing));
    const struct eg_vault_endpoint_request rq = {
        .issuer = {issuing.wrapped, issuing.certificate},
        .name = eg_span_str(name),
        .spki = spki,
        .not_before_s = from_s,
        .not_after_s = from_s + (int64_t)EG_ENDPOINT_CERT_DAYS * DAY_S,
        .now_ms = call->now_ms,
    };
    EG_TRY(eg_vaultpool_endpoint_certify(eg_core_vault(call->core), &rq, &made));
    eg_status st = eg_arena_dup(call->arena, made.der, out);
    eg_vaultpool_signed_free(&made);
    return st;
}

eg_status eg_endpoint_crl(struct eg_call *call, struct eg_span *out, int64_t *out_next_update_s)
{
    struct eg_call service = as_service(call);
    struct eg_ca root, issuing;
    struct eg_crl_state state;
    EG_TRY(both(&service, &root, &issuing));
    EG_TRY(eg_crl_current(&service, issuing.id, out));
    EG_TRY(eg_store_crl_get(eg_core_store(call->core), issuing.id, call->arena, &state));
    *out_next_update_s = state.crl_next_update_s;
    return EG_OK;
}
