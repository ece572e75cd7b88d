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
                              struct eg_group_guard **out, size_t *out_count)
{
    const int64_t *ids;
    EG_TRY(
        eg_store_object_groups(eg_core_store(call->core), row->id, call->arena, &ids, out_count));
    *out = eg_arena_alloc(call->arena, (*out_count + 1) * sizeof(**out));
    struct eg_group *groups = eg_arena_alloc(call->arena, (*out_count + 1) * sizeof(*groups));
    if (*out == NULL || groups == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    for (size_t i = 0; i < *out_count; i++) {
        EG_TRY(eg_assignment_replaced(call, ids[i], row, &groups[i]));
        (*out)[i] = (struct eg_group_guard){.group_id = ids[i], .seen = &groups[i]};
    }
    return EG_OK;
}

/** A new version on its way; groups as they were judged. */
struct update {
    int64_t id;
    const json_t *request;
    struct eg_stored_object *out;
    struct eg_group_guard *guards;
    size_t count;
};

static eg_status store(struct eg_call *call, struct eg_object_def *def, struct update *u)
{
    struct eg_stored_object *row = u->out;
    EG_TRY(eg_object_check(call, def));
    if (def->cms.len > 0) {
        EG_TRY(eg_object_take_secret(call, def, &row->wrapped));
    }
    EG_TRY(eg_object_row(call, def, row));
    row->name = eg_arena_text(call->arena, eg_span_str(row->name)); /* the JSON goes */
    if (row->name == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    row->version++;
    EG_TRY(check_groups(call, row, &u->guards, &u->count));
    eg_call_makes(call);
    return eg_store_object_update(eg_core_store(call->core), call->company_id, row, u->guards,
                                  u->count);
}

static eg_status update(struct eg_call *call, void *arg)
{
    struct update *u = arg;
    struct eg_object_def old, now;
    struct eg_json_in in;
    EG_TRY(eg_object_get(call, u->id, u->out));
    EG_TRY(eg_object_def_of(u->out, call->arena, &old));
    json_t *all = merge(u->out->definition, u->request);
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
        st = store(call, &now, u);
    }
    json_decref(all);
    return st;
}

eg_status eg_object_update(struct eg_call *call, int64_t id, const json_t *request,
                           struct eg_stored_object *out)
{
    struct update u = {.id = id, .request = request, .out = out};
    EG_TRY(eg_call_settle(call, update, &u));
    for (size_t i = 0; i < u.count; i++) {
        EG_TRY(eg_group_make_missing(call, u.guards[i].group_id));
    }
    return EG_OK;
}
