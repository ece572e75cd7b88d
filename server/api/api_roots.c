/* SPDX-License-Identifier: Apache-2.0 */
/* What others seal to this service, and the roots of trust that chip makers bring. */
#include "server/api/handlers.h"
#include "server/core/ca.h"
#include "server/core/roots.h"
#include "server/core/service_key.h"
#include "server/main/limits.h"

static eg_status answer_certificate(struct eg_api_call *a, enum eg_service_key_purpose purpose)
{
    struct eg_service_key key;
    EG_TRY(eg_service_key(&a->c, purpose, &key));
    a->text_type = "application/x-pem-file";
    return eg_ca_pem(&a->c, key.certificate, &a->text);
}

eg_status eg_api_secret_certificate(struct eg_api_call *a)
{
    return answer_certificate(a, EG_SERVICE_KEY_SECRET);
}

eg_status eg_api_roots_certificate(struct eg_api_call *a)
{
    return answer_certificate(a, EG_SERVICE_KEY_MANIFEST);
}

static eg_status put_manifest(struct eg_api_call *a, const void *made)
{
    const struct eg_roots_result *result = made;
    eg_json_begin_object(&a->json);
    eg_json_number_member(&a->json, "manifestId", result->manifest_id);
    eg_json_number_member(&a->json, "count", (int64_t)result->added + result->known);
    eg_json_number_member(&a->json, "new", result->added);
    eg_json_number_member(&a->json, "known", result->known);
    eg_json_end_object(&a->json);
    return EG_OK;
}

eg_status eg_api_roots_upload(struct eg_api_call *a)
{
    eg_api_makes(a, 201, put_manifest, &a->room.roots);
    return eg_roots_upload(&a->c, a->rq->body, &a->room.roots);
}

static eg_status put_made_signer(struct eg_api_call *a, const void *made)
{
    const struct eg_signer *s = made;
    eg_json_begin_object(&a->json);
    eg_json_number_member(&a->json, "id", s->id);
    eg_json_text_member(&a->json, "name", s->name);
    eg_json_end_object(&a->json);
    return EG_OK;
}

eg_status eg_api_signer_create(struct eg_api_call *a)
{
    const char *name = eg_json_text(&a->in, "name", EG_JSON_REQUIRED, 1, EG_LIMIT_NAME_CHARS);
    const char *pem = eg_json_text(&a->in, "certificate", EG_JSON_REQUIRED, 1, EG_LIMIT_BODY_SMALL);
    EG_TRY(eg_api_body_status(a));
    a->room.signer = (struct eg_signer){.name = name};
    eg_api_makes(a, 201, put_made_signer, &a->room.signer);
    return eg_signer_add(&a->c, name, eg_span_str(pem), &a->room.signer.id);
}

static eg_status put_signer(struct eg_api_call *a, const struct eg_signer *s)
{
    struct eg_span pem;
    EG_TRY(eg_ca_pem(&a->c, s->certificate, &pem));
    eg_json_begin_object(&a->json);
    eg_json_number_member(&a->json, "id", s->id);
    eg_json_text_member(&a->json, "name", s->name);
    eg_json_text_member(&a->json, "certificate", eg_arena_text(a->c.arena, pem));
    eg_api_time_member(&a->json, "createdAt", s->created_s);
    eg_json_end_object(&a->json);
    return EG_OK;
}

eg_status eg_api_signer_list(struct eg_api_call *a)
{
    struct eg_page page;
    struct eg_signer_list list;
    EG_TRY(eg_api_page(a, &page));
    EG_TRY(
        eg_store_signer_list(eg_core_store(a->c.core), a->c.company_id, page, a->c.arena, &list));
    eg_api_begin_list(a);
    for (size_t i = 0; i < list.count; i++) {
        EG_TRY(put_signer(a, &list.items[i]));
    }
    eg_api_end_list(a, page, list.more);
    return EG_OK;
}
