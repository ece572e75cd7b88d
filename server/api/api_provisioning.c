/* SPDX-License-Identifier: Apache-2.0 */
/* What was made for devices: status while it is made, blobs when it is. */
#include <stdio.h>
#include <string.h>

#include "server/api/handlers.h"
#include "server/core/ca.h"
#include "server/core/device.h"
#include "server/main/limits.h"

static eg_status put_status(struct eg_api_call *a, const struct eg_device_object *o)
{
    struct eg_json_out *j = &a->json;
    eg_json_begin_object(j);
    eg_json_text_member(j, "provisioningState", o->state);
    eg_json_number_member(j, "secureObjectId", o->object->id);
    eg_json_text_member(j, "secureObjectName", o->object->name);
    eg_json_text_member(j, "secureObjectType", o->object->type);
    if (o->certificate.len > 0) {
        struct eg_span pem;
        EG_TRY(eg_ca_pem(&a->c, o->certificate, &pem));
        char *text = eg_arena_text(a->c.arena, pem);
        eg_json_text_member(j, "certificate", text);
    }
    eg_json_end_object(j);
    return EG_OK;
}

eg_status eg_api_device_status(struct eg_api_call *a)
{
    struct eg_uuid uuid;
    struct eg_device_objects objects;
    bool parked;
    EG_TRY(eg_api_device(a, 0, &uuid));
    EG_TRY(eg_device_status(&a->c, &uuid, &objects));
    EG_TRY(eg_api_wait(a, objects.waiting, eg_topic_device(&uuid), &parked));
    if (parked) {
        return EG_OK;
    }
    eg_api_begin_list(a);
    for (size_t i = 0; i < objects.count; i++) {
        EG_TRY(put_status(a, &objects.items[i]));
    }
    eg_api_end_list(a, (struct eg_page){0, 0}, false);
    return EG_OK;
}

static void put_secure_object(struct eg_json_out *j, const struct eg_device_object *o)
{
    char id[16];
    snprintf(id, sizeof(id), "%u", (unsigned)o->object->object_id);
    eg_json_begin_object(j);
    eg_json_number_member(j, "id", o->object->id);
    eg_json_text_member(j, "type", o->object->type);
    eg_json_text_member(j, "name", o->object->name);
    eg_json_text_member(j, "objectId", id);
    if (o->def->alg != EG_KEY_NONE) {
        eg_json_text_member(j, "algorithm", eg_key_alg_name(o->def->alg));
    }
    if (o->def->type == EG_OBJECT_CERTIFICATE) {
        eg_json_number_member(j, "keyPairId", o->def->key_pair_id);
        eg_json_number_member(j, "intermediateCaId", o->def->ca_id);
    }
    if (o->spki.len > 0) {
        eg_json_key(j, "publicKey");
        eg_json_put_base64(j, o->spki);
    }
    if (o->certificate.len > 0) {
        eg_json_key(j, "certificate");
        eg_json_put_base64(j, o->certificate);
    }
    eg_json_end_object(j);
}

static void put_blob(struct eg_json_out *j, struct eg_span blob)
{
    eg_json_key(j, "apdus");
    eg_json_begin_object(j);
    eg_json_key(j, "createApdu");
    eg_json_begin_object(j);
    eg_json_key(j, "apdu");
    eg_json_put_base64(j, blob);
    eg_json_end_object(j);
    eg_json_end_object(j);
}

static void put_provisioning(struct eg_json_out *j, const struct eg_device_object *o)
{
    eg_json_begin_object(j);
    eg_json_number_member(j, "provisioningId", o->provisioning_id);
    eg_json_text_member(j, "state", o->state);
    eg_json_key(j, "secureObject");
    put_secure_object(j, o);
    if (o->downloadable) {
        put_blob(j, o->blob);
    }
    eg_json_end_object(j);
}

static void put_device(struct eg_json_out *j, const struct eg_device_objects *d)
{
    eg_json_begin_object(j);
    eg_api_device_member(j, "deviceId", &d->uuid);
    eg_json_key(j, "rtpProvisionings");
    eg_json_begin_array(j);
    for (size_t i = 0; i < d->count; i++) {
        put_provisioning(j, &d->items[i]);
    }
    eg_json_end_array(j);
    eg_json_end_object(j);
}

/** The family that the client believes it talks to, if it says one. */
static eg_status check_family(struct eg_api_call *a, int64_t group_id)
{
    struct eg_group g;
    const char *named =
        eg_json_text(&a->in, "productHardwareFamilyType", EG_JSON_OPTIONAL, 1, EG_LIMIT_NAME_CHARS);
    EG_TRY(eg_api_body_status(a));
    EG_TRY(eg_store_group_get(eg_core_store(a->c.core), a->c.company_id, group_id, a->c.arena, &g));
    const struct eg_family *family = eg_families_find(eg_core_families(a->c.core), g.family);
    if (named != NULL && family != NULL && strcmp(named, family->el2go_name) != 0) {
        return eg_call_refuse(&a->c, EG_ERR(FAMILY_MISMATCH), "The group's family is %s.",
                              family->el2go_name);
    }
    return EG_OK;
}

eg_status eg_api_download(struct eg_api_call *a)
{
    int64_t group;
    struct eg_uuid *uuids = NULL;
    size_t count = 0;
    struct eg_device_objects *devices;
    EG_TRY(eg_api_id(a, 0, EG_E_GROUP_UNKNOWN, &group));
    EG_TRY(eg_api_device_ids(a, &uuids, &count));
    EG_TRY(check_family(a, group));
    EG_TRY(eg_group_download(&a->c, group, uuids, count, &devices));
    eg_json_begin_array(&a->json);
    for (size_t i = 0; i < count; i++) {
        put_device(&a->json, &devices[i]);
    }
    eg_json_end_array(&a->json);
    return EG_OK;
}
