/* SPDX-License-Identifier: Apache-2.0 */
#include "server/core/ca.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "lib/crypto/x509.h"
#include "lib/os/clock.h"
#include "server/core/cert_profile.h"
#include "server/core/crl.h"
#include "server/core/ocsp.h"

enum {
    DAY_S = 86400,
    YEAR_S = 365 * DAY_S + DAY_S / 4,
    DEFAULT_ROOT_YEARS = 30,
    PEM_ROOM = 2 * EG_X509_LEN_MAX,
};

/** JSON text kept with a CA: what its leaves carry, and what it is. Profiles have plain names. */
void eg_ca_write_options(const struct eg_ca_order *o, char out[static EG_CA_OPTIONS_LEN])
{
    snprintf(out, EG_CA_OPTIONS_LEN,
             "{\"leafSki\":%s,\"leafAki\":%s,\"test\":%s,\"profile\":\"%s\"}",
             o->leaf_ski ? "true" : "false", o->leaf_aki ? "true" : "false",
             o->test ? "true" : "false", o->profile == NULL ? "" : o->profile->name);
}

void eg_ca_leaf_options(const struct eg_ca *ca, bool *out_ski, bool *out_aki)
{
    json_t *o = json_loads(ca->options, 0, NULL);
    *out_ski = !json_is_false(json_object_get(o, "leafSki"));
    *out_aki = !json_is_false(json_object_get(o, "leafAki"));
    json_decref(o);
}

bool eg_ca_marked_test(const struct eg_ca *ca)
{
    json_t *o = json_loads(ca->options, 0, NULL);
    bool test = json_is_true(json_object_get(o, "test"));
    json_decref(o);
    return test;
}

const char *eg_ca_profile(struct eg_call *call, const struct eg_ca *ca)
{
    json_t *o = json_loads(ca->options, 0, NULL);
    const char *name = json_string_value(json_object_get(o, "profile"));
    const char *copy = name == NULL ? "" : eg_arena_text(call->arena, eg_span_str(name));
    json_decref(o);
    return eg_ca_text(copy);
}

eg_status eg_ca_is_test(struct eg_call *call, int64_t ca_id, bool *out)
{
    struct eg_ca_list chain;
    *out = false;
    EG_TRY(
        eg_store_ca_chain(eg_core_store(call->core), call->company_id, ca_id, call->arena, &chain));
    for (size_t i = 0; i < chain.count; i++) {
        *out = *out || eg_ca_marked_test(&chain.items[i]);
    }
    return EG_OK;
}

eg_status eg_ca_check_end(struct eg_call *call, const struct eg_ca *ca, int64_t not_after_s,
                          const char *where)
{
    struct eg_x509_info info;
    char end[EG_CLOCK_TEXT_LEN + 1];
    EG_TRY(eg_x509_parse(ca->certificate, &info));
    if (info.not_after_s == INT64_MAX || not_after_s <= info.not_after_s + DAY_S) {
        return EG_OK;
    }
    eg_clock_text(info.not_after_s * 1000, end);
    return eg_call_refuse(call, EG_ERR(VALIDITY_BEYOND_CA), "%s: CA \"%s\" is valid until %s.",
                          where, ca->name, end);
}

eg_status eg_ca_may_sign(const struct eg_ca *ca)
{
    if (ca->kind == EG_CA_EXTERNAL) {
        return EG_ERR(CA_EXTERNAL);
    }
    return ca->state == EG_CA_ACTIVE ? EG_OK : EG_ERR(CA_PENDING);
}

/** Common name: prefix and name, as far as a certificate takes it. */
void eg_ca_common_name(const struct eg_ca_order *o, char out[static EG_X509_TEXT_MAX + 1])
{
    snprintf(out, EG_X509_TEXT_MAX + 1, "%s%s", eg_ca_text(o->prefix), o->name);
}

struct eg_vault_subject eg_ca_subject(const struct eg_call *call, const struct eg_ca_order *o,
                                      const char *common_name)
{
    return (struct eg_vault_subject){
        .organization = eg_span_str(o->organization == NULL ? call->company_name : o->organization),
        .common_name = eg_span_str(common_name),
        .vendor_id = eg_span_str(eg_ca_text(o->vendor_id)),
        .product_id = eg_span_str(eg_ca_text(o->product_id)),
    };
}

/* Level, issuer, algorithms and ids are those of the order's profile. */
static eg_status check_profile(struct eg_call *call, const struct eg_ca_order *o,
                               const struct eg_ca *issuer)
{
    const struct eg_cert_profile *p = o->profile;
    enum eg_profile_level level = issuer == NULL ? EG_PROFILE_ROOT : EG_PROFILE_INTERMEDIATE;
    if (p == NULL) {
        return EG_OK;
    }
    if (p->level != level) {
        return eg_call_refuse(call, EG_ERR(PROFILE), "%s: this is no profile of a%s.", p->name,
                              issuer == NULL ? " root" : "n intermediate CA");
    }
    if (p->issuer[0] != '\0' &&
        (issuer == NULL || strcmp(eg_ca_profile(call, issuer), p->issuer) != 0)) {
        return eg_call_refuse(call, EG_ERR(PROFILE), "%s: the issuer must be made with profile %s.",
                              p->name, p->issuer);
    }
    enum eg_key_alg above =
        issuer == NULL ? o->algorithm : eg_key_alg_from_name(eg_span_str(issuer->algorithm));
    EG_TRY(eg_cert_profile_algorithms(call, p, o->algorithm, above));
    return eg_cert_profile_matter(call, p, eg_ca_text(o->vendor_id), eg_ca_text(o->product_id),
                                  issuer);
}

static int path_len_of(const struct eg_ca_order *o, const struct eg_ca *issuer)
{
    return o->profile != NULL ? o->profile->path_len : issuer == NULL ? -1 : 0;
}

static int64_t end_of(const struct eg_call *call, const struct eg_ca_order *o)
{
    return o->years == EG_CA_ALWAYS ? INT64_MAX : call->now_ms / 1000 + o->years * YEAR_S;
}

static eg_status make_key(struct eg_call *call, const struct eg_ca_order *o,
                          const struct eg_ca *issuer, struct eg_vaultpool_key *out)
{
    char cn[EG_X509_TEXT_MAX + 1];
    int64_t now_s = call->now_ms / 1000;
    eg_ca_common_name(o, cn);
    struct eg_vault_ca_request rq = {
        .company_id = (uint64_t)call->company_id,
        .algorithm = (uint8_t)o->algorithm,
        .subject = eg_ca_subject(call, o, cn),
        .not_before_s = now_s,
        .not_after_s = end_of(call, o),
        .path_len = path_len_of(o, issuer),
        .has_issuer = issuer != NULL,
        .now_ms = call->now_ms,
    };
    if (issuer != NULL) {
        rq.issuer = (struct eg_vault_ca){issuer->wrapped, issuer->certificate};
        bool with_crl = o->profile == NULL || o->profile->crl_point;
        rq.crl_url = eg_span_str(with_crl ? eg_crl_url(call, issuer->id, 0) : "");
        rq.ocsp_url = eg_span_str(with_crl ? eg_ocsp_url(call, issuer->id) : "");
    }
    return eg_call_vault(call, eg_vaultpool_ca_create(eg_core_vault(call->core), &rq, out));
}

eg_status eg_ca_store(struct eg_call *call, const struct eg_ca *ca, bool makes, struct eg_ca *out)
{
    int64_t now_s = call->now_ms / 1000;
    *out = *ca;
    out->created_s = now_s;
    out->name = eg_arena_text(call->arena, eg_span_str(ca->name));
    out->options = eg_arena_text(call->arena, eg_span_str(ca->options));
    if (out->name == NULL || out->options == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    EG_TRY(eg_arena_dup(call->arena, ca->wrapped, &out->wrapped));
    EG_TRY(eg_arena_dup(call->arena, ca->certificate, &out->certificate));
    EG_TRY(eg_arena_dup(call->arena, ca->csr, &out->csr));
    if (makes) {
        eg_call_makes(call);
    }
    return eg_store_ca_add(eg_core_store(call->core), call->company_id, out, now_s, &out->id);
}

static eg_status create(struct eg_call *call, const struct eg_ca_order *o,
                        const struct eg_ca *issuer, bool is_default, struct eg_ca *out)
{
    char options[EG_CA_OPTIONS_LEN];
    struct eg_vaultpool_key key = {0};
    EG_TRY(check_profile(call, o, issuer));
    if (issuer != NULL && o->years_asked) {
        EG_TRY(eg_ca_check_end(call, issuer, end_of(call, o), "/validityYears"));
    }
    EG_TRY(make_key(call, o, issuer, &key));
    eg_ca_write_options(o, options);
    const struct eg_ca ca = {
        .kind = issuer == NULL ? EG_CA_ROOT : EG_CA_INTERMEDIATE,
        .name = o->name,
        .algorithm = eg_key_alg_name(o->algorithm),
        .issuer_id = issuer == NULL ? 0 : issuer->id,
        .wrapped = key.wrapped_key,
        .certificate = key.certificate,
        .options = options,
        .is_default = is_default,
    };
    eg_status st = eg_ca_store(call, &ca, !is_default, out);
    eg_vaultpool_key_free(&key);
    return st;
}

eg_status eg_ca_create_root(struct eg_call *call, const struct eg_ca_order *order,
                            struct eg_ca *out)
{
    return create(call, order, NULL, false, out);
}

/** The default root; made now when there is none. */
static eg_status default_root(struct eg_call *call, struct eg_ca *out)
{
    struct eg_store *store = eg_core_store(call->core);
    eg_status st = eg_store_ca_default(store, call->company_id, call->arena, out);
    if (!eg_is(st, EG_E_CA_UNKNOWN)) {
        return st;
    }
    char name[EG_X509_TEXT_MAX + 1];
    snprintf(name, sizeof(name), "%s Root CA", call->company_name);
    const struct eg_ca_order order = {
        .name = name, .algorithm = EG_KEY_P256, .years = DEFAULT_ROOT_YEARS};
    st = create(call, &order, NULL, true, out);
    if (eg_is(st, EG_E_NAME_TAKEN)) { /* another request was faster */
        return eg_store_ca_default(store, call->company_id, call->arena, out);
    }
    return st;
}

eg_status eg_ca_create_intermediate(struct eg_call *call, const struct eg_ca_order *order,
                                    struct eg_ca *out)
{
    struct eg_ca issuer;
    if (order->issuer_id == 0) {
        EG_TRY(default_root(call, &issuer));
    } else {
        EG_TRY(eg_store_ca_get(eg_core_store(call->core), call->company_id, order->issuer_id,
                               call->arena, &issuer));
    }
    EG_TRY(eg_ca_may_sign(&issuer));
    return create(call, order, &issuer, false, out);
}

eg_status eg_ca_pem(struct eg_call *call, struct eg_span der, struct eg_span *out)
{
    struct eg_writer w;
    void *room = eg_arena_alloc(call->arena, PEM_ROOM);
    if (room == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    eg_writer_init(&w, room, PEM_ROOM);
    EG_TRY(eg_x509_to_pem(der, &w));
    *out = eg_writer_span(&w);
    return EG_OK;
}

eg_status eg_ca_chain_pem(struct eg_call *call, int64_t id, struct eg_span *out)
{
    struct eg_ca_list chain;
    struct eg_writer w;
    EG_TRY(eg_store_ca_chain(eg_core_store(call->core), call->company_id, id, call->arena, &chain));
    size_t room_len = chain.count * (size_t)PEM_ROOM;
    void *room = eg_arena_alloc(call->arena, room_len);
    if (room == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    eg_writer_init(&w, room, room_len);
    for (size_t i = 0; i < chain.count; i++) {
        EG_TRY(eg_x509_to_pem(chain.items[i].certificate, &w));
    }
    *out = eg_writer_span(&w);
    return EG_OK;
}
