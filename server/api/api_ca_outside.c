/* SPDX-License-Identifier: Apache-2.0 */
/* CAs certified outside, certificates of outside CAs, delete. */
#include "server/api/handlers.h"
#include "server/core/ca_outside.h"
#include "server/main/limits.h"

eg_status eg_api_ca_csr(struct eg_api_call *a)
{
    int64_t id;
    EG_TRY(eg_api_id(a, 0, EG_E_CA_UNKNOWN, &id));
    a->text_type = "application/x-pem-file";
    return eg_ca_csr_pem(&a->c, id, &a->text);
}

static const char *read_certificate(struct eg_api_call *a)
{
    const char *pem = eg_json_text(&a->in, "certificate", EG_JSON_REQUIRED, 1, EG_LIMIT_BODY_SMALL);
    return pem == NULL ? "" : pem;
}

eg_status eg_api_ca_certificate(struct eg_api_call *a)
{
    int64_t id;
    struct eg_ca ca;
    EG_TRY(eg_api_id(a, 0, EG_E_CA_UNKNOWN, &id));
    const char *pem = read_certificate(a);
    EG_TRY(eg_api_body_status(a));
    EG_TRY(eg_ca_activate(&a->c, id, eg_span_str(pem), &ca));
    return eg_api_put_ca(a, &ca);
}

static eg_status put_made(struct eg_api_call *a, const void *made)
{
    return eg_api_put_ca(a, made);
}

eg_status eg_api_external_ca_create(struct eg_api_call *a)
{
    const char *name = eg_json_text(&a->in, "name", EG_JSON_REQUIRED, 1, EG_LIMIT_NAME_CHARS);
    bool test = eg_json_bool(&a->in, "test", false);
    const char *pem = read_certificate(a);
    EG_TRY(eg_api_body_status(a));
    eg_api_makes(a, 201, put_made, &a->room.ca);
    return eg_ca_add_external(&a->c, name, test, eg_span_str(pem), &a->room.ca);
}

eg_status eg_api_ca_delete(struct eg_api_call *a)
{
    int64_t id;
    EG_TRY(eg_api_id(a, 0, EG_E_CA_UNKNOWN, &id));
    a->status = 204;
    return eg_ca_delete(&a->c, id);
}
