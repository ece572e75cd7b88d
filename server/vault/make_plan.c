/* SPDX-License-Identifier: Apache-2.0 */
#include "server/vault/make_plan.h"

#include <string.h>

#include "lib/base/secret.h"
#include "lib/object/fit.h"
#include "server/vault/wrap.h"

#define SOURCE(kind) (1u << (kind))

/* Where the value of each type may come from. A secret never becomes an object of another type. */
static const uint32_t sources_of_type[] = {
    [EG_OBJECT_KEYPAIR] = SOURCE(EG_VAULT_GENERATE_KEY),
    [EG_OBJECT_CERTIFICATE] = SOURCE(EG_VAULT_CERTIFICATE),
    [EG_OBJECT_HMAC_KEY] = SOURCE(EG_VAULT_SECRET),
    [EG_OBJECT_MASTER_KEY] = SOURCE(EG_VAULT_DIVERSIFIED),
    [EG_OBJECT_BINARY_FILE] = SOURCE(EG_VAULT_CLEAR) | SOURCE(EG_VAULT_SECRET),
    [EG_OBJECT_STATIC_PUBLIC_KEY] = SOURCE(EG_VAULT_CLEAR),
    [EG_OBJECT_OEM_FW_AUTH_KEY_HASH] = SOURCE(EG_VAULT_CLEAR),
    [EG_OBJECT_OEM_FW_DECRYPT_KEY] = SOURCE(EG_VAULT_SECRET),
};

static bool source_fits(const struct eg_vault_object *o)
{
    return o->type < sizeof(sources_of_type) / sizeof(sources_of_type[0]) &&
           (sources_of_type[o->type] & SOURCE(o->source)) != 0;
}

/* ---- one function per source ----------------------------------------------------------------- */

static eg_status ready_key(struct eg_vault *v, struct eg_make_plan *plan, struct eg_make_object *o)
{
    (void)v;
    (void)plan;
    (void)o;
    return EG_OK;
}

static eg_status ready_clear(struct eg_vault *v, struct eg_make_plan *plan,
                             struct eg_make_object *o)
{
    (void)v;
    o->value = o->asked->data;
    bool is_boot_key_hash = o->object.type == EG_OBJECT_OEM_FW_AUTH_KEY_HASH;
    if (is_boot_key_hash && plan->asked->has_rkth &&
        !eg_span_equal(o->value, EG_SPAN_OF(plan->asked->rkth))) {
        return EG_ERR(VAULT_PLAN); /* the chip would derive other keys than we do */
    }
    return EG_OK;
}

static eg_status ready_secret(struct eg_vault *v, struct eg_make_plan *plan,
                              struct eg_make_object *o)
{
    struct eg_writer w;
    if (o->asked->purpose != o->asked->type) {
        return EG_ERR(VAULT_PLAN);
    }
    eg_writer_init(&w, v->secrets + plan->secrets_len, EG_VAULT_SECRETS_MAX - plan->secrets_len);
    eg_status st =
        eg_unwrap_secret(v, plan->asked->company_id, o->asked->purpose, o->asked->data, &w);
    if (eg_is(st, EG_E_NO_ROOM)) {
        return EG_ERR(VAULT_LIMIT);
    }
    EG_TRY(st);
    o->value = eg_writer_span(&w);
    plan->secrets_len += w.len;
    return EG_OK;
}

static eg_status ready_diversified(struct eg_vault *v, struct eg_make_plan *plan,
                                   struct eg_make_object *o)
{
    EG_TRY(ready_secret(v, plan, o));
    bool fits = (o->asked->length == 16 || o->asked->length == 32) &&
                o->value.len >= EG_MASTER_SECRET_LEN_MIN &&
                o->value.len <= EG_MASTER_SECRET_LEN_MAX;
    return fits ? EG_OK : EG_ERR(VAULT_PLAN);
}

/* The key must be one of this plan, made before; or come with each device. */
static bool key_reference_fits(const struct eg_make_plan *plan, const struct eg_make_object *o)
{
    size_t own = (size_t)(o - plan->objects);
    uint16_t key = o->asked->cert.key_object;
    return key == EG_VAULT_KEY_GIVEN ||
           (key < own && plan->objects[key].asked->source == EG_VAULT_GENERATE_KEY);
}

/* Issuing CA first, then each certificate's issuer. */
static eg_status check_chain(const struct eg_vault_certificate *asked,
                             const struct eg_issuer *issuer)
{
    struct eg_x509_info below = issuer->info;
    for (size_t i = 0; i < asked->chain_count; i++) {
        struct eg_x509_info info;
        if (!eg_ok(eg_x509_parse(asked->chain[i], &info))) {
            return EG_ERR(VAULT_PLAN);
        }
        struct eg_span own = eg_span(issuer->certificate, issuer->certificate_len);
        bool fits = i == 0 ? eg_span_equal(asked->chain[0], own)
                           : eg_span_equal(info.subject_name, below.issuer_name);
        if (!fits) {
            return EG_ERR(VAULT_PLAN);
        }
        below = info;
    }
    return EG_OK;
}

static eg_status copy_texts(const struct eg_vault_certificate *asked,
                            struct eg_make_certificate *out)
{
    if (asked->common_name_prefix.len + EG_UUID_HEX_LEN > EG_X509_TEXT_MAX) {
        return EG_ERR(CRYPTO_BAD_CERT);
    }
    EG_TRY(eg_certify_text(asked->country, out->country));
    EG_TRY(eg_certify_text(asked->organization, out->organization));
    EG_TRY(eg_certify_text(asked->organizational_unit, out->organizational_unit));
    EG_TRY(eg_certify_text(asked->vendor_id, out->vendor_id));
    EG_TRY(eg_certify_text(asked->product_id, out->product_id));
    EG_TRY(eg_certify_url(asked->crl_url, out->crl_url_room, &out->crl_url));
    EG_TRY(eg_certify_url(asked->ocsp_url, out->ocsp_url_room, &out->ocsp_url));
    return eg_certify_text(asked->common_name_prefix, out->common_name_prefix);
}

static eg_status ready_certificate(struct eg_vault *v, struct eg_make_plan *plan,
                                   struct eg_make_object *o)
{
    const struct eg_vault_certificate *asked = &o->asked->cert;
    struct eg_make_certificate *ready = &o->certificate;
    if (asked->ca >= plan->asked->ca_count || !key_reference_fits(plan, o)) {
        return EG_ERR(VAULT_PLAN);
    }
    EG_TRY(copy_texts(asked, ready));
    EG_TRY(
        eg_issuer_open(v, plan->asked->company_id, &plan->asked->cas[asked->ca], &ready->issuer));
    ready->not_before_s = asked->not_before_s;
    ready->not_after_s = asked->not_after_s;
    EG_TRY(eg_issuer_cut_validity(ready->issuer, plan->asked->now_ms / 1000, &ready->not_before_s,
                                  &ready->not_after_s));
    return check_chain(asked, ready->issuer);
}

typedef eg_status (*ready_fn)(struct eg_vault *v, struct eg_make_plan *plan,
                              struct eg_make_object *o);

static const ready_fn ready_by_source[] = {
    [EG_VAULT_GENERATE_KEY] = ready_key,
    [EG_VAULT_CERTIFICATE] = ready_certificate,
    [EG_VAULT_CLEAR] = ready_clear,
    [EG_VAULT_SECRET] = ready_secret,
    [EG_VAULT_DIVERSIFIED] = ready_diversified,
};

/* ---- the plan -------------------------------------------------------------------------------- */

static eg_status ready_object(struct eg_vault *v, struct eg_make_plan *plan,
                              const struct eg_vault_object *asked, struct eg_make_object *o)
{
    size_t blob_len;
    if (!source_fits(asked)) {
        return EG_ERR(VAULT_PLAN);
    }
    o->asked = asked;
    o->object = (struct eg_object){
        .type = (enum eg_object_type)asked->type,
        .id = asked->object_id,
        .key_alg = (enum eg_key_alg)asked->key_alg,
        .size = asked->size,
        .policy = {.usage = asked->usage, .algorithm = asked->algorithm},
    };
    EG_TRY(eg_object_fit(plan->family, &o->object, &blob_len));
    return ready_by_source[asked->source](v, plan, o);
}

static eg_status find_family(struct eg_vault *v, struct eg_make_plan *plan)
{
    char name[EG_FAMILY_NAME_MAX];
    struct eg_span asked = plan->asked->family;
    if (asked.len == 0 || asked.len >= sizeof(name)) {
        return EG_ERR(VAULT_PLAN);
    }
    memcpy(name, asked.ptr, asked.len);
    name[asked.len] = '\0';
    plan->family = eg_families_find(v->families, name);
    return plan->family != NULL ? EG_OK : EG_ERR(VAULT_PLAN);
}

eg_status eg_make_plan_init(struct eg_vault *v, const struct eg_vault_plan *asked,
                            struct eg_make_plan *out)
{
    *out = (struct eg_make_plan){.asked = asked};
    EG_TRY(find_family(v, out));
    out->binding.life_cycle = (enum eg_life_cycle)asked->life_cycle;
    if (eg_family_life_cycle_byte(out->family, out->binding.life_cycle) == 0) {
        return EG_ERR(VAULT_PLAN);
    }
    if (asked->has_rkth) {
        memcpy(out->binding.boot_key_hash, asked->rkth, sizeof(out->binding.boot_key_hash));
    }
    for (size_t i = 0; i < asked->object_count; i++) {
        EG_TRY(ready_object(v, out, &asked->objects[i], &out->objects[i]));
        out->object_count = i + 1;
    }
    return EG_OK;
}

void eg_make_plan_wipe(struct eg_vault *v, struct eg_make_plan *plan)
{
    eg_wipe(v->secrets, plan->secrets_len);
    plan->secrets_len = 0;
}
