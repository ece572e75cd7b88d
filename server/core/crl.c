/* SPDX-License-Identifier: Apache-2.0 */
#include "server/core/crl.h"

#include <stdio.h>

#include "server/store/store_pki.h"

static bool is_fresh(const struct eg_crl_state *s, int64_t now_s)
{
    int64_t made_s = s->crl_next_update_s - EG_CRL_LIFE_S;
    return s->crl.len > 0 && s->crl_revision == s->revision && made_s <= now_s &&
           now_s - made_s < EG_CRL_AGE_S;
}

static eg_status sign(struct eg_call *call, int64_t ca_id, const struct eg_crl_state *s,
                      struct eg_vaultpool_signed *out, int64_t *out_number, int64_t *out_revision)
{
    struct eg_revocation_list list;
    int64_t now_s = call->now_ms / 1000;
    EG_TRY(eg_store_crl_begin(eg_core_store(call->core), ca_id, call->arena, out_number,
                              out_revision, &list));
    struct eg_vault_revoked *revoked =
        eg_arena_alloc(call->arena, (list.count + 1) * sizeof(*revoked));
    if (revoked == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    for (size_t i = 0; i < list.count; i++) {
        revoked[i] = (struct eg_vault_revoked){list.items[i].serial, list.items[i].revoked_s,
                                               list.items[i].reason};
    }
    const struct eg_vault_crl_request rq = {
        .company_id = (uint64_t)s->company_id,
        .issuer = {s->wrapped, s->certificate},
        .number = (uint64_t)*out_number,
        .this_update_s = now_s,
        .next_update_s = now_s + EG_CRL_LIFE_S,
        .revoked = revoked,
        .revoked_count = list.count,
    };
    return eg_vaultpool_crl_sign(eg_core_vault(call->core), &rq, out);
}

eg_status eg_crl_current(struct eg_call *call, int64_t ca_id, struct eg_span *out)
{
    struct eg_crl_state s;
    struct eg_vaultpool_signed made = {0};
    struct eg_store *store = eg_core_store(call->core);
    int64_t number = 0, revision = 0, now_s = call->now_ms / 1000;
    EG_TRY(eg_store_crl_get(store, ca_id, call->arena, &s));
    if (s.kind == EG_CA_EXTERNAL || s.state != EG_CA_ACTIVE) {
        return EG_ERR(CA_UNKNOWN);
    }
    if (is_fresh(&s, now_s)) {
        *out = s.crl;
        return EG_OK;
    }
    EG_TRY(sign(call, ca_id, &s, &made, &number, &revision));
    eg_status st = eg_arena_dup(call->arena, made.der, out);
    if (eg_ok(st)) {
        st = eg_store_crl_put(store, ca_id, number, revision, now_s + EG_CRL_LIFE_S, made.der);
    }
    eg_vaultpool_signed_free(&made);
    return st;
}

const char *eg_crl_url(struct eg_call *call, int64_t ca_id)
{
    char text[EG_VAULT_TEXT_MAX + 1];
    const char *base = eg_core_public_url(call->core);
    if (base[0] == '\0') {
        return "";
    }
    snprintf(text, sizeof(text), "%s/api/v1/crl/%lld.crl", base, (long long)ca_id);
    const char *copy = eg_arena_text(call->arena, eg_span_str(text));
    return copy == NULL ? "" : copy;
}
