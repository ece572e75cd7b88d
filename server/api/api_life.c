/* SPDX-License-Identifier: Apache-2.0 */
/* Devices taken out of service; CAs that hand over to a successor. */
#include "server/api/handlers.h"
#include "server/core/ca_rotation.h"
#include "server/core/retire.h"
#include "server/main/limits.h"

eg_status eg_api_decommission(struct eg_api_call *a)
{
    struct eg_uuid uuid;
    struct eg_retirement done;
    EG_TRY(eg_api_device(a, 0, &uuid));
    bool at_once = eg_json_bool(&a->in, "atOnce", false);
    EG_TRY(eg_api_body_status(a));
    EG_TRY(eg_device_retire(&a->c, &uuid, at_once, &done));
    eg_core_tell(a->c.core, eg_topic_events(a->c.company_id));
    eg_json_begin_object(&a->json);
    eg_json_text_member(&a->json, "state", done.retired ? "RETIRED" : "RETIRING");
    eg_json_number_member(&a->json, "revoked", (int64_t)done.revoked);
    eg_json_end_object(&a->json);
    return EG_OK;
}

static void put_rotation(struct eg_api_call *a, int64_t ca_id, const struct eg_ca_rotation *r)
{
    struct eg_json_out *j = &a->json;
    eg_json_begin_object(j);
    eg_json_number_member(j, "caId", ca_id);
    eg_api_id_member(j, "successorId", r->successor_id);
    eg_json_number_member(j, "objects", (int64_t)r->objects);
    eg_json_number_member(j, "devices", r->devices);
    eg_json_number_member(j, "remaining", r->remaining);
    eg_json_end_object(j);
}

eg_status eg_api_ca_rotate(struct eg_api_call *a)
{
    int64_t id;
    struct eg_ca_rotation r;
    EG_TRY(eg_api_id(a, 0, EG_E_CA_UNKNOWN, &id));
    int64_t successor = eg_json_number(&a->in, "successorId", EG_JSON_REQUIRED, 0, 1, INT64_MAX);
    EG_TRY(eg_api_body_status(a));
    EG_TRY(eg_ca_rotate(&a->c, id, successor, &r));
    put_rotation(a, id, &r);
    return EG_OK;
}

eg_status eg_api_ca_rotation(struct eg_api_call *a)
{
    int64_t id;
    struct eg_ca_rotation r;
    EG_TRY(eg_api_id(a, 0, EG_E_CA_UNKNOWN, &id));
    EG_TRY(eg_ca_rotation_get(&a->c, id, &r));
    put_rotation(a, id, &r);
    return EG_OK;
}
