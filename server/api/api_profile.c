/* SPDX-License-Identifier: Apache-2.0 */
/* Certificate profiles, and the Matter credentials of a group. */
#include <string.h>

#include "lib/base/text.h"
#include "lib/crypto/matter_cd.h"
#include "lib/object/object.h"
#include "server/api/handlers.h"
#include "server/core/ca.h"
#include "server/core/cert_profile.h"
#include "server/core/matter.h"
#include "server/core/profile_file.h"
#include "server/main/limits.h"

enum {
    OBJECT_COUNT = 4,
    CD_TEXT_MAX = 2048,
    DEVICE_TYPE_DEFAULT = 0x0016, /* root node */
};

static const char *const levels[] = {
    [EG_PROFILE_LEAF] = "DEVICE",
    [EG_PROFILE_INTERMEDIATE] = "INTERMEDIATE",
    [EG_PROFILE_ROOT] = "ROOT",
};

static void put_algorithms(struct eg_json_out *j, uint32_t algs)
{
    eg_json_key(j, "algorithms");
    eg_json_begin_array(j);
    for (unsigned alg = EG_KEY_P256; alg <= EG_KEY_RSA_4096; alg++) {
        if ((algs & (1u << alg)) != 0) {
            eg_json_put_text(j, eg_key_alg_name((enum eg_key_alg)alg));
        }
    }
    eg_json_end_array(j);
}

eg_status eg_api_profile_list(struct eg_api_call *a)
{
    const struct eg_cert_profiles *all = eg_core_profiles(a->c.core);
    eg_api_begin_list(a);
    for (size_t i = 0; i < all->count; i++) {
        const struct eg_cert_profile *p = &all->list[i];
        eg_json_begin_object(&a->json);
        eg_json_text_member(&a->json, "name", p->name);
        eg_json_text_member(&a->json, "title", p->title);
        eg_json_text_member(&a->json, "level", levels[p->level]);
        put_algorithms(&a->json, p->key_algs);
        eg_json_text_member(&a->json, "issuerProfile", p->issuer[0] == '\0' ? NULL : p->issuer);
        eg_json_end_object(&a->json);
    }
    eg_api_end_list(a, (struct eg_page){0, 0}, false);
    return EG_OK;
}

/* ---- Matter -----------------------------------------------------------------------------------
 */

static const struct {
    const char *member;
    uint32_t usual;
} object_ids[OBJECT_COUNT] = {
    {"keyPair", 0x2001}, {"dac", 0x2002}, {"pai", 0x2003}, {"certificationDeclaration", 0x2004}};

static void read_object_ids(struct eg_api_call *a, struct eg_matter_order *o)
{
    struct eg_json_in ids;
    bool given = eg_json_object(&a->in, "objectIds", EG_JSON_OPTIONAL, &ids);
    for (size_t i = 0; i < OBJECT_COUNT; i++) {
        const char *text = given ? eg_json_text(&ids, object_ids[i].member, EG_JSON_OPTIONAL, 1,
                                                EG_LIMIT_NAME_CHARS)
                                 : NULL;
        o->object_ids[i] = object_ids[i].usual;
        if (text != NULL && !eg_ok(eg_object_id_parse(eg_span_str(text), &o->object_ids[i]))) {
            eg_json_refuse(&ids, object_ids[i].member,
                           "a decimal number, or a hexadecimal one after 0x, is needed");
        }
    }
    eg_json_join(&a->in, &ids);
}

static void read_declaration(struct eg_api_call *a, struct eg_matter_order *o)
{
    struct eg_writer w;
    const char *text =
        eg_json_text(&a->in, "certificationDeclaration", EG_JSON_OPTIONAL, 4, CD_TEXT_MAX);
    void *room = eg_arena_alloc(a->c.arena, CD_TEXT_MAX);
    if (text == NULL) {
        return;
    }
    eg_writer_init(&w, room, room == NULL ? 0 : CD_TEXT_MAX);
    if (!eg_ok(eg_base64_decode(eg_span_str(text), &w))) {
        eg_json_refuse(&a->in, "certificationDeclaration", "base64 without line breaks is needed");
    }
    o->declaration = eg_writer_span(&w);
}

static void read_order(struct eg_api_call *a, struct eg_matter_order *o)
{
    struct eg_json_in *in = &a->in;
    o->vendor_id = eg_json_text(in, "vendorId", EG_JSON_REQUIRED, 1, EG_LIMIT_NAME_CHARS);
    o->product_id = eg_json_text(in, "productId", EG_JSON_REQUIRED, 1, EG_LIMIT_NAME_CHARS);
    o->pai_id = eg_json_number(in, "paiCaId", EG_JSON_OPTIONAL, 0, 1, INT64_MAX);
    o->device_type_id = (uint32_t)eg_json_number(in, "deviceTypeId", EG_JSON_OPTIONAL,
                                                 DEVICE_TYPE_DEFAULT, 0, UINT32_MAX);
    o->certificate_id = eg_json_text(in, "certificateId", EG_JSON_OPTIONAL,
                                     EG_CD_CERTIFICATE_ID_LEN, EG_CD_CERTIFICATE_ID_LEN);
    if (o->certificate_id == NULL) {
        o->certificate_id = "CSA00000SWC00000-00";
    }
    read_declaration(a, o);
    read_object_ids(a, o);
}

static eg_status put_made(struct eg_api_call *a, const void *made)
{
    const struct eg_matter_made *m = made;
    struct eg_json_out *j = &a->json;
    eg_json_begin_object(j);
    eg_json_number_member(j, "keyPairId", m->key_pair_id);
    eg_json_number_member(j, "dacId", m->dac_id);
    eg_json_number_member(j, "paiId", m->pai_object_id);
    eg_json_number_member(j, "certificationDeclarationId", m->declaration_id);
    eg_json_number_member(j, "paiCaId", m->pai_id);
    eg_json_number_member(j, "paaCaId", m->paa_id);
    eg_json_bool_member(j, "test", m->test);
    eg_json_end_object(j);
    return EG_OK;
}

eg_status eg_api_matter_setup(struct eg_api_call *a)
{
    struct eg_matter_order order = {0};
    struct eg_matter_made made = {0};
    EG_TRY(eg_api_group(a, &order.nc12, &order.group_id));
    read_order(a, &order);
    EG_TRY(eg_api_body_status(a));
    eg_api_makes(a, 201, put_made, &made);
    EG_TRY(eg_matter_setup(&a->c, &order, &made));
    return eg_api_render(a); /* made goes with this frame */
}

eg_status eg_api_matter_cd_signer(struct eg_api_call *a)
{
    struct eg_span der;
    EG_TRY(eg_matter_cd_signer(&a->c, &der));
    a->text_type = "application/x-pem-file";
    return eg_ca_pem(&a->c, der, &a->text);
}
