/* SPDX-License-Identifier: Apache-2.0 */
#include "server/core/crl.h"

#include <stdio.h>

#include "server/store/store_pki.h"

/* A list in the making. shard 0: the complete one. */
struct listing {
    struct eg_call *call;
    int64_t ca_id;
    uint32_t shard;
    struct eg_crl_state state;
    int64_t number, revision;
    struct eg_revocation_list entries;
};

static eg_status load(struct listing *l)
{
    struct eg_store *store = eg_core_store(l->call->core);
    EG_TRY(l->shard == 0
               ? eg_store_crl_get(store, l->ca_id, l->call->arena, &l->state)
               : eg_store_shard_get(store, l->ca_id, l->shard, l->call->arena, &l->state));
    bool signs = l->state.kind != EG_CA_EXTERNAL && l->state.state == EG_CA_ACTIVE;
    return signs ? EG_OK : EG_ERR(CA_UNKNOWN);
}

static eg_status begin(struct listing *l)
{
    struct eg_store *store = eg_core_store(l->call->core);
    return l->shard == 0 ? eg_store_crl_begin(store, l->ca_id, l->call->arena, &l->number,
                                              &l->revision, &l->entries)
                         : eg_store_shard_begin(store, l->ca_id, l->shard, l->call->arena,
                                                &l->number, &l->revision, &l->entries);
}

static eg_status put(const struct listing *l, struct eg_span der, int64_t next_update_s)
{
    struct eg_store *store = eg_core_store(l->call->core);
    return l->shard == 0
               ? eg_store_crl_put(store, l->ca_id, l->number, l->revision, next_update_s, der)
               : eg_store_shard_put(store, l->ca_id, l->shard, l->number, l->revision,
                                    next_update_s, der);
}

static bool is_fresh(const struct eg_crl_state *s, int64_t now_s)
{
    int64_t made_s = s->crl_next_update_s - EG_CRL_LIFE_S;
    return s->crl.len > 0 && s->crl_revision == s->revision && made_s <= now_s &&
           now_s - made_s < EG_CRL_AGE_S;
}

static eg_status sign(struct listing *l, struct eg_vaultpool_signed *out)
{
    int64_t now_s = l->call->now_ms / 1000;
    EG_TRY(begin(l));
    struct eg_vault_revoked *revoked =
        eg_arena_alloc(l->call->arena, (l->entries.count + 1) * sizeof(*revoked));
    if (revoked == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    for (size_t i = 0; i < l->entries.count; i++) {
        const struct eg_revocation *r = &l->entries.items[i];
        revoked[i] = (struct eg_vault_revoked){r->serial, r->revoked_s, r->reason};
    }
    const struct eg_vault_crl_request rq = {
        .company_id = (uint64_t)l->state.company_id,
        .issuer = {l->state.wrapped, l->state.certificate},
        .number = (uint64_t)l->number,
        .this_update_s = now_s,
        .next_update_s = now_s + EG_CRL_LIFE_S,
        .revoked = revoked,
        .revoked_count = l->entries.count,
        .shard_url = eg_span_str(l->shard == 0 ? "" : eg_crl_url(l->call, l->ca_id, l->shard)),
    };
    return eg_vaultpool_crl_sign(eg_core_vault(l->call->core), &rq, out);
}

static eg_status current(struct eg_call *call, int64_t ca_id, uint32_t shard, struct eg_span *out)
{
    struct listing l = {.call = call, .ca_id = ca_id, .shard = shard};
    struct eg_vaultpool_signed made = {0};
    int64_t now_s = call->now_ms / 1000;
    EG_TRY(load(&l));
    if (is_fresh(&l.state, now_s)) {
        *out = l.state.crl;
        return EG_OK;
    }
    EG_TRY(sign(&l, &made));
    eg_status st = eg_arena_dup(call->arena, made.der, out);
    if (eg_ok(st)) {
        st = put(&l, made.der, now_s + EG_CRL_LIFE_S);
    }
    eg_vaultpool_signed_free(&made);
    return st;
}

eg_status eg_crl_current(struct eg_call *call, int64_t ca_id, struct eg_span *out)
{
    return current(call, ca_id, 0, out);
}

/* Without a public URL nothing says in a list which certificates it is for. */
eg_status eg_crl_shard(struct eg_call *call, int64_t ca_id, uint32_t shard, struct eg_span *out)
{
    if (shard == 0 || eg_core_public_url(call->core)[0] == '\0') {
        return EG_ERR(CA_UNKNOWN);
    }
    return current(call, ca_id, shard, out);
}

const char *eg_crl_url(struct eg_call *call, int64_t ca_id, uint32_t shard)
{
    char text[EG_VAULT_TEXT_MAX + 1];
    const char *base = eg_core_public_url(call->core);
    if (base[0] == '\0') {
        return "";
    }
    if (shard == 0) {
        snprintf(text, sizeof(text), "%s/api/v1/crl/%lld.crl", base, (long long)ca_id);
    } else {
        snprintf(text, sizeof(text), "%s/api/v1/crl/%lld/%u.crl", base, (long long)ca_id, shard);
    }
    const char *copy = eg_arena_text(call->arena, eg_span_str(text));
    return copy == NULL ? "" : copy;
}

const char *eg_crl_longest_url(struct eg_call *call, int64_t ca_id)
{
    return eg_crl_url(call, ca_id, EG_CRL_SHARDS_MAX);
}
