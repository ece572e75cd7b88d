/* SPDX-License-Identifier: Apache-2.0 */
#include "server/core/ocsp.h"

#include <stdio.h>

#include "lib/crypto/ocsp.h"
#include "server/store/store_pki.h"

enum { DAY_S = 86400, REFUSAL_LEN = 8 };

/* A request on its way. */
struct asking {
    struct eg_call *call;
    int64_t ca_id;
    struct eg_ocsp_state ca;
    struct eg_ocsp_request request;
    struct eg_vault_ocsp_single singles[EG_OCSP_IDS_MAX];
};

/* ---- the key ----------------------------------------------------------------------------------
 */

static bool is_fresh(const struct eg_ocsp_state *s, int64_t now_s)
{
    return s->not_after_s != 0 && s->not_before_s <= now_s &&
           s->not_after_s - now_s > EG_OCSP_KEY_RENEW_DAYS * DAY_S;
}

static eg_status keep(struct asking *a, const struct eg_vaultpool_key *made)
{
    struct eg_x509_info info;
    EG_TRY(eg_x509_parse(made->certificate, &info));
    a->ca.not_before_s = info.not_before_s;
    a->ca.not_after_s = info.not_after_s;
    EG_TRY(eg_arena_dup(a->call->arena, made->wrapped_key, &a->ca.wrapped));
    EG_TRY(eg_arena_dup(a->call->arena, made->certificate, &a->ca.certificate));
    return eg_store_ocsp_put(eg_core_store(a->call->core), a->ca_id, &a->ca);
}

static eg_status make_key(struct asking *a)
{
    char name[EG_X509_TEXT_MAX + 1];
    struct eg_vaultpool_key made = {0};
    int64_t now_s = a->call->now_ms / 1000;
    snprintf(name, sizeof(name), "OCSP responder of CA %lld", (long long)a->ca_id);
    const struct eg_vault_responder_request rq = {
        .company_id = (uint64_t)a->ca.company_id,
        .issuer = {a->ca.ca_wrapped, a->ca.ca_certificate},
        .common_name = eg_span_str(name),
        .not_before_s = now_s,
        .not_after_s = now_s + EG_OCSP_KEY_DAYS * DAY_S,
        .now_ms = a->call->now_ms,
    };
    EG_TRY(eg_vaultpool_ocsp_certify(eg_core_vault(a->call->core), &rq, &made));
    eg_status st = keep(a, &made);
    eg_vaultpool_key_free(&made);
    return st;
}

/* One that still works serves on when a new one cannot be made, near the end of the CA's life. */
static eg_status ready_key(struct asking *a)
{
    int64_t now_s = a->call->now_ms / 1000;
    if (is_fresh(&a->ca, now_s)) {
        return EG_OK;
    }
    eg_status st = make_key(a);
    bool works = a->ca.not_after_s > now_s && a->ca.not_before_s <= now_s;
    return eg_ok(st) || !works ? st : EG_OK;
}

/* ---- the answer -------------------------------------------------------------------------------
 */

static eg_status judge(struct asking *a, size_t i)
{
    struct eg_revocation revoked;
    struct eg_vault_ocsp_single *s = &a->singles[i];
    *s = (struct eg_vault_ocsp_single){.id = a->request.ids[i].der};
    eg_status st = eg_store_revocation_get(eg_core_store(a->call->core), a->ca_id,
                                           a->request.ids[i].serial, a->call->arena, &revoked);
    if (eg_is(st, EG_E_STORE_NOT_FOUND)) {
        return EG_OK;
    }
    EG_TRY(st);
    s->revoked = true;
    s->revoked_s = revoked.revoked_s;
    s->reason = revoked.reason;
    return EG_OK;
}

static eg_status find_ca(struct asking *a)
{
    EG_TRY(eg_store_ocsp_get(eg_core_store(a->call->core), a->ca_id, a->call->arena, &a->ca));
    return a->ca.kind == EG_CA_EXTERNAL || a->ca.state != EG_CA_ACTIVE ? EG_ERR(CA_UNKNOWN) : EG_OK;
}

static eg_status sign(struct asking *a, struct eg_ocsp_answer *out)
{
    struct eg_vaultpool_signed made = {0};
    const struct eg_vault_ocsp_request rq = {
        .company_id = (uint64_t)a->ca.company_id,
        .issuer_certificate = a->ca.ca_certificate,
        .wrapped_key = a->ca.wrapped,
        .certificate = a->ca.certificate,
        .this_update_s = out->this_update_s,
        .next_update_s = out->next_update_s,
        .nonce = a->request.nonce,
        .singles = a->singles,
        .count = a->request.count,
    };
    EG_TRY(eg_vaultpool_ocsp_sign(eg_core_vault(a->call->core), &rq, &made));
    eg_status st = eg_arena_dup(a->call->arena, made.der, &out->der);
    eg_vaultpool_signed_free(&made);
    return st;
}

static eg_status answer(struct asking *a, struct eg_span request, struct eg_ocsp_answer *out)
{
    EG_TRY(eg_ocsp_request_parse(request, &a->request));
    EG_TRY(find_ca(a));
    for (size_t i = 0; i < a->request.count; i++) {
        EG_TRY(judge(a, i));
    }
    EG_TRY(ready_key(a));
    out->this_update_s = a->call->now_ms / 1000;
    out->next_update_s = out->this_update_s + EG_OCSP_LIFE_S;
    out->has_nonce = a->request.nonce.len > 0;
    EG_TRY(sign(a, out));
    out->successful = true;
    return EG_OK;
}

/* What the vault calls malformed has been read here already: it is the id of another issuer. */
static enum eg_ocsp_error error_of(const struct asking *a, eg_status st)
{
    bool parsed = a->request.count > 0;
    if (eg_category(st) == EG_CAT_BUSY || eg_category(st) == EG_CAT_UNAVAILABLE) {
        return EG_OCSP_TRY_LATER;
    }
    if (eg_is(st, EG_E_CA_UNKNOWN)) {
        return EG_OCSP_UNAUTHORIZED;
    }
    if (eg_is(st, EG_E_CRYPTO_BAD_OCSP)) {
        return parsed ? EG_OCSP_UNAUTHORIZED : EG_OCSP_MALFORMED;
    }
    return eg_is(st, EG_E_CRYPTO_UNSUPPORTED) && !parsed ? EG_OCSP_MALFORMED : EG_OCSP_INTERNAL;
}

eg_status eg_ocsp_answer(struct eg_call *call, int64_t ca_id, struct eg_span request,
                         struct eg_ocsp_answer *out)
{
    struct eg_writer w;
    struct asking *a = eg_arena_alloc(call->arena, sizeof(*a));
    uint8_t *room = eg_arena_alloc(call->arena, REFUSAL_LEN);
    *out = (struct eg_ocsp_answer){0};
    if (a == NULL || room == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    a->call = call;
    a->ca_id = ca_id;
    a->request.count = 0;
    eg_status st = answer(a, request, out);
    if (eg_ok(st)) {
        return EG_OK;
    }
    *out = (struct eg_ocsp_answer){0};
    eg_writer_init(&w, room, REFUSAL_LEN);
    eg_ocsp_refuse(error_of(a, st), &w);
    out->der = eg_writer_span(&w);
    return w.status;
}

const char *eg_ocsp_url(struct eg_call *call, int64_t ca_id)
{
    char text[EG_VAULT_TEXT_MAX + 1];
    const char *base = eg_core_public_url(call->core);
    if (base[0] == '\0') {
        return "";
    }
    snprintf(text, sizeof(text), "%s/ocsp/%lld", base, (long long)ca_id);
    const char *copy = eg_arena_text(call->arena, eg_span_str(text));
    return copy == NULL ? "" : copy;
}
