/* SPDX-License-Identifier: Apache-2.0 */
#include "server/core/ca.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "lib/crypto/x509.h"

enum {
    DAY_S = 86400,
    YEAR_S = 365 * DAY_S + DAY_S / 4,
    DEFAULT_ROOT_YEARS = 30,
    OPTIONS_LEN = 80,
    PEM_ROOM = 2 * EG_X509_LEN_MAX,
};

/** JSON text kept with a CA: what its leaves carry. */
static void write_options(const struct eg_ca_order *o, char out[static OPTIONS_LEN])
{
    snprintf(out, OPTIONS_LEN, "{\"leafSki\":%s,\"leafAki\":%s}", o->leaf_ski ? "true" : "false",
             o->leaf_aki ? "true" : "false");
}

void eg_ca_leaf_options(const struct eg_ca *ca, bool *out_ski, bool *out_aki)
{
    json_t *o = json_loads(ca->options, 0, NULL);
    *out_ski = !json_is_false(json_object_get(o, "leafSki"));
    *out_aki = !json_is_false(json_object_get(o, "leafAki"));
    json_decref(o);
}

/** Common name: prefix and name, as far as a certificate takes it. */
static void common_name(const struct eg_ca_order *o, char out[static EG_X509_TEXT_MAX + 1])
{
    snprintf(out, EG_X509_TEXT_MAX + 1, "%s%s", o->prefix == NULL ? "" : o->prefix, o->name);
}

static eg_status create(struct eg_call *call, const struct eg_ca_order *o,
                        const struct eg_ca *issuer, bool is_default, struct eg_ca *out)
{
    char cn[EG_X509_TEXT_MAX + 1], options[OPTIONS_LEN];
    const char *organization = o->organization == NULL ? call->company_name : o->organization;
    int64_t now_s = call->now_ms / 1000, id = 0;
    struct eg_vaultpool_key key = {0};
    common_name(o, cn);
    write_options(o, options);
    struct eg_vault_ca_request rq = {
        .company_id = (uint64_t)call->company_id,
        .algorithm = (uint8_t)o->algorithm,
        .subject = {.organization = eg_span_str(organization), .common_name = eg_span_str(cn)},
        .not_before_s = now_s,
        .not_after_s = now_s + o->years * YEAR_S,
        .path_len = issuer == NULL ? -1 : 0,
        .has_issuer = issuer != NULL,
        .now_ms = call->now_ms,
    };
    if (issuer != NULL) {
        rq.issuer = (struct eg_vault_ca){issuer->wrapped, issuer->certificate};
    }
    EG_TRY(eg_vaultpool_ca_create(eg_core_vault(call->core), &rq, &key));
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
    struct eg_store *store = eg_core_store(call->core);
    eg_status st = eg_store_ca_add(store, call->company_id, &ca, now_s, &id);
    eg_vaultpool_key_free(&key);
    EG_TRY(st);
    return eg_store_ca_get(store, call->company_id, id, call->arena, out);
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
