/* SPDX-License-Identifier: Apache-2.0 */
#include "server/core/matter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/crypto/matter_cd.h"
#include "server/core/ca.h"
#include "server/core/cert_profile.h"
#include "server/core/object.h"
#include "server/core/plan.h"
#include "server/core/product.h"
#include "server/core/service_key.h"

enum { NAME_ROOM = 120, OBJECTS = 4 };
#define TEST_PAA "Matter test PAA"

/* One order being carried out. */
struct setup {
    struct eg_call *call;
    const struct eg_matter_order *o;
    struct eg_group group;
    struct eg_ca pai;
    struct eg_span declaration;
    bool test_declaration;
    int64_t created[OBJECTS]; /* of the objects, those that were not there before */
    size_t created_count;
    struct eg_matter_made *out;
};

/* ---- CAs --------------------------------------------------------------------------------------
 */

static eg_status find_ca(struct eg_call *call, const char *name, struct eg_ca *out)
{
    struct eg_ca_list list = {.more = true};
    for (uint32_t page = 0; list.more; page++) {
        EG_TRY(eg_store_ca_list(eg_core_store(call->core), call->company_id,
                                (struct eg_page){EG_PAGE_SIZE_MAX, page}, call->arena, &list));
        for (size_t i = 0; i < list.count; i++) {
            if (strcmp(list.items[i].name, name) == 0) {
                *out = list.items[i];
                return EG_OK;
            }
        }
    }
    return EG_ERR(CA_UNKNOWN);
}

static eg_status test_paa(struct eg_call *call, struct eg_ca *out)
{
    eg_status st = find_ca(call, TEST_PAA, out);
    if (!eg_is(st, EG_E_CA_UNKNOWN)) {
        return st;
    }
    const struct eg_cert_profile *profile;
    EG_TRY(eg_cert_profile_need(call, "matter-paa", &profile));
    const struct eg_ca_order order = {.name = TEST_PAA,
                                      .algorithm = EG_KEY_P256,
                                      .years = EG_CA_ALWAYS,
                                      .test = true,
                                      .profile = profile};
    st = eg_ca_create_root(call, &order, out);
    return eg_is(st, EG_E_NAME_TAKEN) ? find_ca(call, TEST_PAA, out) : st; /* another was faster */
}

static eg_status test_pai(struct setup *s)
{
    char name[NAME_ROOM];
    struct eg_ca paa;
    snprintf(name, sizeof(name), "Matter test PAI %s %s", s->o->vendor_id, s->o->product_id);
    eg_status st = find_ca(s->call, name, &s->pai);
    if (!eg_is(st, EG_E_CA_UNKNOWN)) {
        return st;
    }
    EG_TRY(test_paa(s->call, &paa));
    const struct eg_cert_profile *profile;
    EG_TRY(eg_cert_profile_need(s->call, "matter-pai", &profile));
    const struct eg_ca_order order = {.name = name,
                                      .algorithm = EG_KEY_P256,
                                      .years = EG_CA_ALWAYS,
                                      .issuer_id = paa.id,
                                      .leaf_ski = true,
                                      .leaf_aki = true,
                                      .test = true,
                                      .profile = profile,
                                      .vendor_id = s->o->vendor_id,
                                      .product_id = s->o->product_id};
    st = eg_ca_create_intermediate(s->call, &order, &s->pai);
    return eg_is(st, EG_E_NAME_TAKEN) ? find_ca(s->call, name, &s->pai) : st;
}

static eg_status take_pai(struct setup *s)
{
    const struct eg_cert_profile *dac;
    bool test = false;
    if (s->o->pai_id == 0 && s->group.production) {
        return eg_call_refuse(s->call, EG_ERR(TEST_ONLY),
                              "/paiCaId: without it a test PAI would be made.");
    }
    if (s->o->pai_id == 0) {
        EG_TRY(test_pai(s));
    } else {
        EG_TRY(eg_store_ca_get(eg_core_store(s->call->core), s->call->company_id, s->o->pai_id,
                               s->call->arena, &s->pai));
    }
    EG_TRY(eg_ca_may_sign(&s->pai));
    if (strcmp(eg_ca_profile(s->call, &s->pai), "matter-pai") != 0) {
        return eg_call_refuse(s->call, EG_ERR(PROFILE),
                              "/paiCaId: the CA must be made with profile matter-pai.");
    }
    EG_TRY(eg_cert_profile_need(s->call, "matter-dac", &dac));
    EG_TRY(eg_cert_profile_matter(s->call, dac, s->o->vendor_id, s->o->product_id, &s->pai));
    EG_TRY(eg_ca_is_test(s->call, s->pai.id, &test));
    s->out->pai_id = s->pai.id;
    s->out->paa_id = s->pai.issuer_id;
    s->out->test = test;
    return EG_OK;
}

/* ---- declaration ------------------------------------------------------------------------------
 */

static uint16_t number_of(const char *hex)
{
    return (uint16_t)strtoul(hex, NULL, 16);
}

static eg_status check_declaration(struct setup *s)
{
    struct eg_cd_signed cd;
    bool has_product = false;
    EG_TRY(eg_cd_parse(s->o->declaration, &cd));
    for (size_t i = 0; i < cd.cd.product_count; i++) {
        has_product = has_product || cd.cd.product_ids[i] == number_of(s->o->product_id);
    }
    bool origin = cd.cd.has_dac_origin;
    uint16_t vendor = origin ? cd.cd.dac_origin_vendor_id : cd.cd.vendor_id;
    has_product = origin ? cd.cd.dac_origin_product_id == number_of(s->o->product_id) : has_product;
    if (vendor != number_of(s->o->vendor_id) || !has_product) {
        return eg_call_refuse(s->call, EG_ERR(FIELD_INVALID),
                              "/certificationDeclaration: it is for another vendor or product.");
    }
    s->declaration = s->o->declaration;
    s->test_declaration = cd.cd.certification_type == EG_CD_TEST;
    return EG_OK;
}

static eg_status make_declaration(struct setup *s)
{
    struct eg_service_key key;
    struct eg_vaultpool_signed made = {0};
    EG_TRY(eg_service_key(s->call, EG_SERVICE_KEY_MATTER_CD, &key));
    const struct eg_vault_cd_request rq = {
        .key = eg_service_key_for_vault(s->call, &key),
        .vendor_id = number_of(s->o->vendor_id),
        .product_id = number_of(s->o->product_id),
        .device_type_id = s->o->device_type_id,
        .certificate_id = eg_span_str(s->o->certificate_id),
        .version_number = 1,
    };
    EG_TRY(eg_call_vault(s->call, eg_vaultpool_cd_sign(eg_core_vault(s->call->core), &rq, &made)));
    eg_status st = eg_arena_dup(s->call->arena, made.der, &s->declaration);
    eg_vaultpool_signed_free(&made);
    s->test_declaration = true;
    return st;
}

static eg_status take_declaration(struct setup *s)
{
    if (s->o->declaration.len > 0) {
        EG_TRY(check_declaration(s));
    } else if (s->group.production) {
        return eg_call_refuse(s->call, EG_ERR(TEST_ONLY),
                              "/certificationDeclaration: without it a test one would be made.");
    } else {
        EG_TRY(make_declaration(s));
    }
    s->out->test = s->out->test || s->test_declaration;
    return EG_OK;
}

/* ---- objects ----------------------------------------------------------------------------------
 */

static struct eg_object_def new_def(const char *name, enum eg_object_type type, uint32_t id)
{
    return (struct eg_object_def){.name = name,
                                  .type = type,
                                  .object_id = id,
                                  .cn_prefix = "",
                                  .country = "",
                                  .organization = "",
                                  .unit = "",
                                  .profile = "",
                                  .vendor_id = "",
                                  .product_id = "",
                                  .ski = -1,
                                  .aki = -1};
}

/* An object of this name and type that an equal order made; OBJECT_UNKNOWN: there is none. */
static eg_status find_object(struct setup *s, const struct eg_object_def *def, int64_t *out)
{
    struct eg_stored_object_list list;
    const struct eg_object_filter filter = {.name = def->name,
                                            .type = eg_object_type_name(def->type)};
    EG_TRY(eg_store_object_list(eg_core_store(s->call->core), s->call->company_id, &filter,
                                (struct eg_page){1, 0}, s->call->arena, &list));
    if (list.count == 0) {
        return EG_ERR(OBJECT_UNKNOWN);
    }
    *out = list.items[0].id;
    return list.items[0].object_id == def->object_id ? EG_OK : EG_ERR(NAME_TAKEN);
}

static eg_status get_or_create(struct setup *s, struct eg_object_def *def, int64_t *out)
{
    struct eg_stored_object made;
    eg_status st = find_object(s, def, out);
    if (!eg_is(st, EG_E_OBJECT_UNKNOWN)) {
        return st;
    }
    st = eg_object_create(s->call, def, &made);
    if (eg_is(st, EG_E_NAME_TAKEN)) { /* an equal order was faster */
        st = find_object(s, def, out);
        return eg_is(st, EG_E_OBJECT_UNKNOWN) ? EG_ERR(NAME_TAKEN) : st;
    }
    EG_TRY(st);
    s->created[s->created_count++] = *out = made.id;
    return EG_OK;
}

static eg_status put_object(struct setup *s, const char *what, struct eg_object_def def,
                            int64_t *out)
{
    char name[NAME_ROOM];
    snprintf(name, sizeof(name), "Matter %s %s %s, group %lld", what, s->o->vendor_id,
             s->o->product_id, (long long)s->group.id);
    def.name = name;
    return get_or_create(s, &def, out);
}

static eg_status put_file(struct setup *s, const char *what, uint32_t id, struct eg_span data,
                          bool test, int64_t *out)
{
    struct eg_object_def def = new_def("", EG_OBJECT_BINARY_FILE, id);
    def.data = data;
    def.size = (uint32_t)data.len;
    def.test_only = test;
    return put_object(s, what, def, out);
}

static eg_status put_objects(struct setup *s)
{
    bool test_pai = false;
    struct eg_object_def pair = new_def("", EG_OBJECT_KEYPAIR, s->o->object_ids[0]);
    struct eg_object_def dac = new_def("", EG_OBJECT_CERTIFICATE, s->o->object_ids[1]);
    pair.alg = EG_KEY_P256;
    EG_TRY(eg_ca_is_test(s->call, s->pai.id, &test_pai));
    EG_TRY(put_object(s, "key", pair, &s->out->key_pair_id));
    dac.key_pair_id = s->out->key_pair_id;
    dac.ca_id = s->pai.id;
    dac.cn_prefix = "Matter DAC ";
    dac.profile = "matter-dac";
    dac.vendor_id = s->o->vendor_id;
    dac.product_id = s->o->product_id;
    EG_TRY(put_object(s, "DAC", dac, &s->out->dac_id));
    EG_TRY(put_file(s, "PAI", s->o->object_ids[2], s->pai.certificate, test_pai,
                    &s->out->pai_object_id));
    return put_file(s, "declaration", s->o->object_ids[3], s->declaration, s->test_declaration,
                    &s->out->declaration_id);
}

/* The objects are there, of no effect yet; all of them enter the group together. */
static eg_status enter_group(struct setup *s)
{
    const struct eg_matter_made *m = s->out;
    const int64_t ids[OBJECTS] = {m->key_pair_id, m->dac_id, m->pai_object_id, m->declaration_id};
    return eg_objects_assign(s->call, ids, OBJECTS, s->group.id);
}

/* What was created for nothing goes again, the certificate before its key pair. */
static void clean_up(struct setup *s)
{
    char detail[EG_CALL_DETAIL_LEN];
    memcpy(detail, s->call->detail, sizeof(detail));
    while (s->created_count > 0) {
        eg_status ignored = eg_object_delete(s->call, s->created[--s->created_count]);
        (void)ignored; /* in use by now, or found again by its name */
    }
    memcpy(s->call->detail, detail, sizeof(detail));
}

static eg_status prepare(struct setup *s)
{
    const struct eg_matter_order *o = s->o;
    const struct eg_cert_profile *dac;
    EG_TRY(eg_group_of(s->call, o->nc12, o->group_id, &s->group));
    EG_TRY(eg_cert_profile_need(s->call, "matter-dac", &dac));
    EG_TRY(eg_cert_profile_matter(s->call, dac, o->vendor_id, o->product_id,
                                  NULL)); /* before a CA is named after them */
    EG_TRY(take_pai(s));
    EG_TRY(take_declaration(s));
    return put_objects(s);
}

eg_status eg_matter_setup(struct eg_call *call, const struct eg_matter_order *order,
                          struct eg_matter_made *out)
{
    struct setup s = {.call = call, .o = order, .out = out};
    const struct eg_memo *memo = call->memo;
    *out = (struct eg_matter_made){0};
    call->memo = NULL; /* it rides on the last step, which alone has an effect on the group */
    eg_status st = prepare(&s);
    call->memo = memo;
    if (eg_ok(st)) {
        st = enter_group(&s);
    }
    if (!eg_ok(st)) {
        clean_up(&s);
    }
    return st;
}

eg_status eg_matter_cd_signer(struct eg_call *call, struct eg_span *out)
{
    struct eg_service_key key;
    EG_TRY(eg_service_key(call, EG_SERVICE_KEY_MATTER_CD, &key));
    *out = key.certificate;
    return EG_OK;
}
