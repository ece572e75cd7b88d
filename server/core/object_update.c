/* SPDX-License-Identifier: Apache-2.0 */
/* A new version of a secure object: the stored definition with what the request changes. */
#include <string.h>

#include "server/core/assignment.h"
#include "server/core/device.h"
#include "server/core/object_internal.h"
#include "server/core/plan.h"

/** The stored definition with the members of the request over it. NULL: no memory. */
static json_t *merge(const char *stored, const json_t *request)
{
    json_t *all = json_loads(stored, 0, NULL);
    if (all != NULL && json_object_get(request, "publicKey") != NULL) {
        json_object_del(all, "algorithm"); /* that of the old key */
    }
    if (all != NULL && json_object_update(all, (json_t *)(uintptr_t)request) != 0) {
        json_decref(all);
        return NULL;
    }
    return all;
}

/** What devices and other objects rely on stays as it was created. */
static eg_status check_fixed(struct eg_call *call, const struct eg_object_def *old,
                             const struct eg_object_def *now)
{
    bool key = old->type == EG_OBJECT_HMAC_KEY || old->type == EG_OBJECT_MASTER_KEY ||
               old->type == EG_OBJECT_OEM_FW_DECRYPT_KEY;
    const struct {
        bool changed;
        const char *name;
    } members[] = {
        {old->type != now->type, "secureObjectType"},
        {old->object_id != now->object_id, "objectId"},
        {old->on_connection != now->on_connection, "generateOnDeviceConnection"},
        {old->key_pair_id != now->key_pair_id, "keyPairId"},
        {old->confidential != now->confidential, "payload/binaryFileType"},
        {key && old->size != now->size, "keySize"},
    };
    if (old->type == EG_OBJECT_KEYPAIR || eg_object_is_internal(old->object_id)) {
        return eg_call_refuse(call, EG_ERR(OBJECT_FIXED),
                              "Key pairs and objects that are burned cannot be changed.");
    }
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        if (members[i].changed) {
            return eg_call_refuse(call, EG_ERR(OBJECT_FIXED), "/%s", members[i].name);
        }
    }
    return EG_OK;
}

/** Every group that has the object must bear the new version. */
static eg_status check_groups(struct eg_call *call, const struct eg_stored_object *row,
                              const int64_t **out_groups, size_t *out_count)
{
    EG_TRY(eg_store_object_groups(eg_core_store(call->core), row->id, call->arena, out_groups,
                                  out_count));
    for (size_t i = 0; i < *out_count; i++) {
        EG_TRY(eg_assignment_replaced(call, (*out_groups)[i], row));
    }
    return EG_OK;
}

static eg_status store(struct eg_call *call, struct eg_object_def *def,
                       struct eg_stored_object *row)
{
    const int64_t *groups = NULL;
    size_t count = 0;
    EG_TRY(eg_object_check(call, def));
    if (def->cms.len > 0) {
        EG_TRY(eg_object_take_secret(call, def, &row->wrapped));
    }
    EG_TRY(eg_object_row(call, def, row));
    row->version++;
    EG_TRY(check_groups(call, row, &groups, &count));
    eg_call_makes(call);
    EG_TRY(eg_store_object_update(eg_core_store(call->core), call->company_id, row));
    for (size_t i = 0; i < count; i++) {
        EG_TRY(eg_group_make_missing(call, groups[i]));
    }
    return EG_OK;
}

eg_status eg_object_update(struct eg_call *call, int64_t id, const json_t *request,
                           struct eg_stored_object *out)
{
    struct eg_object_def old, now;
    struct eg_json_in in;
    EG_TRY(eg_object_get(call, id, out));
    EG_TRY(eg_object_def_of(out, call->arena, &old));
    json_t *all = merge(out->definition, request);
    if (all == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    eg_json_in_init(&in, all, "");
    eg_status st = eg_object_def_read(&in, call->arena, &now);
    if (!eg_ok(st)) {
        st = eg_call_refuse(call, st, "%s", in.where);
    } else {
        st = check_fixed(call, &old, &now);
    }
    if (eg_ok(st)) {
        st = store(call, &now, out);
    }
    out->name = eg_ok(st) ? eg_arena_text(call->arena, eg_span_str(out->name)) : NULL;
    json_decref(all);
    return eg_ok(st) && out->name == NULL ? EG_ERR(NO_MEMORY) : st;
}
