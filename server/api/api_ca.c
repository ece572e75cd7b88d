/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "lib/crypto/x509.h"
#include "server/api/handlers.h"
#include "server/core/ca_outside.h"
#include "server/core/cert_profile.h"
#include "server/core/crl.h"
#include "server/main/limits.h"

enum { ROOT_YEARS = 30, INTERMEDIATE_YEARS = 15, NAME_ROOM = 256 };

static const char *const kinds[] = {
    [EG_CA_ROOT] = "ROOT",
    [EG_CA_INTERMEDIATE] = "INTERMEDIATE",
    [EG_CA_EXTERNAL] = "EXTERNAL",
};

static void put_names(struct eg_json_out *j, const struct eg_ca *ca)
{
    struct eg_x509_info info;
    char subject[NAME_ROOM], issuer[NAME_ROOM];
    if (!eg_ok(eg_x509_parse(ca->certificate, &info))) {
        return;
    }
    eg_x509_name_text(info.subject_name, subject, sizeof(subject));
    eg_x509_name_text(info.issuer_name, issuer, sizeof(issuer));
    eg_json_text_member(j, "subject", subject);
    eg_json_text_member(j, "issuer", issuer);
    eg_api_time_member(j, "validFrom", info.not_before_s);
    eg_api_time_member(j, "validTo", info.not_after_s == INT64_MAX ? 0 : info.not_after_s);
}

/* What the CA is, beside its certificate. */
static void put_nature(struct eg_api_call *a, const struct eg_ca *ca)
{
    struct eg_json_out *j = &a->json;
    const char *profile = eg_ca_profile(&a->c, ca);
    bool pending = ca->state == EG_CA_PENDING;
    bool has_crl = !pending && ca->kind != EG_CA_EXTERNAL;
    const char *url = has_crl ? eg_crl_url(&a->c, ca->id, 0) : "";
    eg_json_text_member(j, "state", pending ? "PENDING" : "ACTIVE");
    eg_json_text_member(j, "profile", profile[0] == '\0' ? NULL : profile);
    eg_json_bool_member(j, "test", eg_ca_marked_test(ca));
    eg_json_text_member(j, "crlUrl", url[0] == '\0' ? NULL : url);
}

eg_status eg_api_put_ca(struct eg_api_call *a, const struct eg_ca *ca)
{
    struct eg_span pem = {NULL, 0};
    struct eg_json_out *j = &a->json;
    if (ca->certificate.len > 0) {
        EG_TRY(eg_ca_pem(&a->c, ca->certificate, &pem));
    }
    eg_json_begin_object(j);
    eg_json_number_member(j, "id", ca->id);
    eg_json_text_member(j, "name", ca->name);
    eg_json_text_member(j, "kind", kinds[ca->kind]);
    eg_json_text_member(j, "algorithm", ca->algorithm);
    eg_json_key(j, "issuerCaId");
    if (ca->issuer_id == 0) {
        eg_json_put_null(j);
    } else {
        eg_json_put_number(j, ca->issuer_id);
    }
    eg_json_bool_member(j, "isDefaultRoot", ca->is_default);
    put_nature(a, ca);
    put_names(j, ca);
    eg_json_text_member(j, "certificate", pem.len == 0 ? NULL : eg_arena_text(a->c.arena, pem));
    eg_api_time_member(j, "createdAt", ca->created_s);
    eg_json_end_object(j);
    return EG_OK;
}

/** Profile, what it needs, and the mark of test CAs. */
static void read_profile(struct eg_api_call *a, struct eg_ca_order *out)
{
    struct eg_json_in *in = &a->in;
    const char *name = eg_json_text(in, "profile", EG_JSON_OPTIONAL, 1, EG_LIMIT_NAME_CHARS);
    out->test = eg_json_bool(in, "test", false);
    out->vendor_id = eg_json_text(in, "vendorId", EG_JSON_OPTIONAL, 1, EG_LIMIT_NAME_CHARS);
    out->product_id = eg_json_text(in, "productId", EG_JSON_OPTIONAL, 1, EG_LIMIT_NAME_CHARS);
    if (name != NULL) {
        out->profile = eg_cert_profile_find(&a->c, name);
    }
    if (name != NULL && (out->profile == NULL || out->profile->level == EG_PROFILE_LEAF)) {
        eg_json_refuse(in, "profile", "the name of a profile of CAs is needed");
    } else if (name == NULL && (out->vendor_id != NULL || out->product_id != NULL)) {
        eg_json_refuse(in, "profile", "vendorId and productId are for Matter profiles");
    }
}

/** Members that roots and intermediates share. */
static void read_order(struct eg_api_call *a, int64_t years, struct eg_ca_order *out)
{
    struct eg_json_in *in = &a->in;
    *out = (struct eg_ca_order){.algorithm = EG_KEY_P256, .leaf_ski = true, .leaf_aki = true};
    out->name = eg_json_text(in, "name", EG_JSON_REQUIRED, 1, EG_X509_TEXT_MAX);
    const char *alg = eg_json_text(in, "algorithm", EG_JSON_OPTIONAL, 1, EG_LIMIT_NAME_CHARS);
    if (alg != NULL) {
        out->algorithm = eg_key_alg_from_name(eg_span_str(alg));
        if (out->algorithm == EG_KEY_NONE) {
            eg_json_refuse(in, "algorithm", "this algorithm is not offered");
        }
    }
    out->organization = eg_json_text(in, "organization", EG_JSON_OPTIONAL, 1, EG_X509_TEXT_MAX);
    out->prefix = eg_json_text(in, "prefix", EG_JSON_OPTIONAL, 0, EG_LIMIT_CERT_PREFIX_CHARS);
    read_profile(a, out);
    bool no_end = out->profile != NULL && out->profile->no_end;
    out->years = eg_json_number(in, "validityYears", EG_JSON_OPTIONAL,
                                no_end ? EG_CA_ALWAYS : years, EG_CA_ALWAYS, EG_LIMIT_CA_YEARS);
    out->years_asked = json_object_get(a->body, "validityYears") != NULL;
}

static eg_status put_made(struct eg_api_call *a, const void *made)
{
    return eg_api_put_ca(a, made);
}

eg_status eg_api_root_ca_create(struct eg_api_call *a)
{
    struct eg_ca_order order;
    read_order(a, ROOT_YEARS, &order);
    EG_TRY(eg_api_body_status(a));
    eg_api_makes(a, 201, put_made, &a->room.ca);
    return eg_ca_create_root(&a->c, &order, &a->room.ca);
}

eg_status eg_api_intermediate_ca_create(struct eg_api_call *a)
{
    struct eg_ca_order order;
    struct eg_json_in *in = &a->in;
    read_order(a, INTERMEDIATE_YEARS, &order);
    order.issuer_id = eg_json_number(in, "issuerCaId", EG_JSON_OPTIONAL, 0, 1, INT64_MAX);
    order.leaf_aki = eg_json_bool(in, "includeAuthorityKeyIdentifier", true);
    order.leaf_ski = eg_json_bool(in, "includeSubjectKeyIdentifier", true);
    const char *kind = eg_json_text(in, "requestType", EG_JSON_OPTIONAL, 1, EG_LIMIT_NAME_CHARS);
    bool csr = kind != NULL && strcmp(kind, "WITH_CSR") == 0;
    if (kind != NULL && !csr && strcmp(kind, "WITHOUT_CSR") != 0) {
        eg_json_refuse(in, "requestType", "WITHOUT_CSR or WITH_CSR is needed");
    }
    if (csr && eg_json_has(in, "issuerCaId")) {
        eg_json_refuse(in, "issuerCaId", "a CA by request has no issuer before it is signed");
    }
    EG_TRY(eg_api_body_status(a));
    eg_api_makes(a, 201, put_made, &a->room.ca);
    return csr ? eg_ca_create_pending(&a->c, &order, &a->room.ca)
               : eg_ca_create_intermediate(&a->c, &order, &a->room.ca);
}

eg_status eg_api_ca_list(struct eg_api_call *a)
{
    struct eg_page page;
    struct eg_ca_list list;
    EG_TRY(eg_api_page(a, &page));
    EG_TRY(eg_store_ca_list(eg_core_store(a->c.core), a->c.company_id, page, a->c.arena, &list));
    eg_api_begin_list(a);
    for (size_t i = 0; i < list.count; i++) {
        EG_TRY(eg_api_put_ca(a, &list.items[i]));
    }
    eg_api_end_list(a, page, list.more);
    return EG_OK;
}

eg_status eg_api_ca_get(struct eg_api_call *a)
{
    int64_t id;
    struct eg_ca ca;
    EG_TRY(eg_api_id(a, 0, EG_E_CA_UNKNOWN, &id));
    EG_TRY(eg_store_ca_get(eg_core_store(a->c.core), a->c.company_id, id, a->c.arena, &ca));
    return eg_api_put_ca(a, &ca);
}

eg_status eg_api_ca_chain(struct eg_api_call *a)
{
    int64_t id;
    EG_TRY(eg_api_id(a, 0, EG_E_CA_UNKNOWN, &id));
    a->text_type = "application/x-pem-file";
    return eg_ca_chain_pem(&a->c, id, &a->text);
}
