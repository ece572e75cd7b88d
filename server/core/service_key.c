/* SPDX-License-Identifier: Apache-2.0 */
#include "server/core/service_key.h"

enum { TWENTY_YEARS_S = 20 * 365 * 86400 };

static const char *const names[] = {
    [EG_SERVICE_KEY_MANIFEST] = "Engrave manifest key",
    [EG_SERVICE_KEY_SECRET] = "Engrave secret import key",
    [EG_SERVICE_KEY_MATTER_CD] = "Engrave Matter test CD signer",
    [EG_SERVICE_KEY_CLAIM] = "Engrave claim key",
};

static const uint8_t purposes[] = {
    [EG_SERVICE_KEY_MANIFEST] = EG_VAULT_SERVICE_MANIFEST,
    [EG_SERVICE_KEY_SECRET] = EG_VAULT_SERVICE_SECRET,
    [EG_SERVICE_KEY_MATTER_CD] = EG_VAULT_SERVICE_MATTER_CD,
    [EG_SERVICE_KEY_CLAIM] = EG_VAULT_SERVICE_CLAIM,
};

eg_status eg_service_key(struct eg_call *call, enum eg_service_key_purpose purpose,
                         struct eg_service_key *out)
{
    struct eg_store *store = eg_core_store(call->core);
    eg_status st = eg_store_service_key_get(store, call->company_id, purpose, call->arena, out);
    if (!eg_is(st, EG_E_STORE_NOT_FOUND)) {
        return st;
    }
    int64_t now_s = call->now_ms / 1000;
    struct eg_vaultpool_key made = {0};
    const struct eg_vault_service_request rq = {
        .company_id = (uint64_t)call->company_id,
        .purpose = purposes[purpose],
        .common_name = eg_span_str(names[purpose]),
        .not_before_s = now_s,
        .not_after_s = now_s + TWENTY_YEARS_S,
        .now_ms = call->now_ms,
    };
    EG_TRY(eg_call_vault(call,
                         eg_vaultpool_service_key_create(eg_core_vault(call->core), &rq, &made)));
    st = eg_store_service_key_init(store, call->company_id, purpose, made.wrapped_key,
                                   made.certificate, now_s, call->arena, out);
    eg_vaultpool_key_free(&made);
    return st;
}

struct eg_vault_service_key eg_service_key_for_vault(const struct eg_call *call,
                                                     const struct eg_service_key *key)
{
    return (struct eg_vault_service_key){(uint64_t)call->company_id, key->wrapped,
                                         key->certificate};
}
