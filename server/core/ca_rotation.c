/* SPDX-License-Identifier: Apache-2.0 */
#include "server/core/ca_rotation.h"

#include <jansson.h>

#include "server/core/ca.h"
#include "server/core/object.h"
#include "server/store/store_life.h"

static eg_status move_one(struct eg_call *call, int64_t ca_id, int64_t object_id,
                          int64_t successor_id)
{
    struct eg_stored_object row;
    json_t *change = json_pack("{s:I}", "intermediateCaId", (json_int_t)successor_id);
    if (change == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    eg_status st = eg_object_update(call, object_id, change, &row);
    json_decref(change);
    EG_TRY(st);
    return eg_store_ca_moved_add(eg_core_store(call->core), call->company_id, ca_id, object_id,
                                 row.version, successor_id, call->actor, call->now_ms / 1000);
}

eg_status eg_ca_rotate(struct eg_call *call, int64_t ca_id, int64_t successor_id,
                       struct eg_ca_rotation *out)
{
    struct eg_store *store = eg_core_store(call->core);
    struct eg_ca old, successor;
    const int64_t *objects;
    size_t count;
    *out = (struct eg_ca_rotation){0};
    EG_TRY(eg_store_ca_get(store, call->company_id, ca_id, call->arena, &old));
    EG_TRY(eg_store_ca_get(store, call->company_id, successor_id, call->arena, &successor));
    EG_TRY(eg_ca_may_sign(&successor));
    if (ca_id == successor_id) {
        return eg_call_refuse(call, EG_ERR(FIELD_INVALID), "/successorId: another CA is needed");
    }
    EG_TRY(eg_store_ca_objects(store, call->company_id, ca_id, call->arena, &objects, &count));
    for (size_t i = 0; i < count; i++) {
        EG_TRY(move_one(call, ca_id, objects[i], successor_id));
    }
    return eg_ca_rotation_get(call, ca_id, out);
}

eg_status eg_ca_rotation_get(struct eg_call *call, int64_t ca_id, struct eg_ca_rotation *out)
{
    struct eg_ca_moved moved;
    EG_TRY(eg_store_ca_moved(eg_core_store(call->core), call->company_id, ca_id, &moved));
    *out = (struct eg_ca_rotation){moved.successor_id, (size_t)moved.objects, moved.devices,
                                   moved.remaining};
    return EG_OK;
}
