/* SPDX-License-Identifier: Apache-2.0 */
#include "server/core/device.h"

#include <string.h>

#include "lib/object/brick.h"
#include "server/core/assignment.h"
#include "server/core/job_engine.h"
#include "server/core/plan.h"
#include "server/core/product.h"
#include "server/main/limits.h"

/** Does the line deliver the group's objects? If not, devices get them when they connect, and
 * nothing needs to be in the set for the boot ROM. */
static bool by_line(const struct eg_group *group)
{
    return (group->flows & EG_FLOW_PROXY) != 0;
}

static eg_status reserve(struct eg_call *call, const struct eg_group *group,
                         const struct eg_uuid *uuids, size_t count, struct eg_job *out)
{
    char job_uuid[EG_JOB_UUID_LEN + 1];
    EG_TRY(eg_core_uuid4(call->core, job_uuid));
    const struct eg_reserve in = {
        .company_id = call->company_id,
        .group_id = group->id,
        .uuids = uuids,
        .count = count,
        .job_uuid = job_uuid,
        .node = eg_core_node(call->core),
        .lease_s = EG_LIMIT_LEASE_S,
        .actor = call->actor,
        .now_s = call->now_ms / 1000,
        .seen = group,
        .variant = by_line(group) ? EG_SET_PROXY : EG_SET_CLOUD,
    };
    EG_TRY(eg_store_job_reserve(eg_core_store(call->core), &in, call->arena, out, &call->refusal));
    eg_job_engine_add(eg_core_jobs(call->core), out);
    return EG_OK;
}

/** A device of another family is named. */
static eg_status explain(struct eg_call *call, eg_status st)
{
    char hex[EG_UUID_HEX_LEN + 1];
    if (eg_is(st, EG_E_FAMILY_MISMATCH) && call->refusal.other_family_count > 0) {
        eg_uuid_to_hex(&call->refusal.other_family[0], hex);
        return eg_call_refuse(call, st, "Device %s is of another family.", hex);
    }
    return st;
}

struct claim {
    int64_t nc12, group_id;
    const struct eg_uuid *uuids;
    size_t count;
    struct eg_job *out;
};

static eg_status claim(struct eg_call *call, void *arg)
{
    const struct claim *c = arg;
    struct eg_group group;
    bool empty;
    EG_TRY(eg_group_of(call, c->nc12, c->group_id, &group));
    if (by_line(&group)) {
        EG_TRY(eg_assignment_complete(call, &group, &empty));
    }
    eg_call_makes(call);
    return explain(call, reserve(call, &group, c->uuids, c->count, c->out));
}

eg_status eg_devices_assign(struct eg_call *call, int64_t nc12, int64_t group_id,
                            const struct eg_uuid *uuids, size_t count, struct eg_job *out)
{
    struct claim c = {nc12, group_id, uuids, count, out};
    return count > EG_LIMIT_JOB_DEVICES ? EG_ERR(TOO_MANY_DEVICES)
                                        : eg_call_settle(call, claim, &c);
}

/** Page after page; begun again when the group moved on: what is made by then is not missing. */
static eg_status make_missing(struct eg_call *call, void *arg)
{
    const int64_t *group_id = arg;
    struct eg_store *store = eg_core_store(call->core);
    struct eg_group group;
    struct eg_uuid_list list = {.after = 0};
    bool empty = false;
    EG_TRY(eg_store_group_get(store, call->company_id, *group_id, call->arena, &group));
    if (!by_line(&group)) {
        return EG_OK; /* made when the devices come */
    }
    eg_status complete = eg_assignment_complete(call, &group, &empty);
    if (!eg_ok(complete) || empty) {
        call->detail[0] = '\0';
        return eg_ok(complete) || eg_brick_may_be_cured(complete) ? EG_OK : complete;
    }
    do {
        struct eg_job job;
        EG_TRY(eg_store_group_missing(store, call->company_id, *group_id, list.after,
                                      EG_LIMIT_JOB_DEVICES, call->arena, &list));
        if (list.count > 0) {
            EG_TRY(reserve(call, &group, list.items, list.count, &job));
        }
    } while (list.more);
    return EG_OK;
}

eg_status eg_group_make_missing(struct eg_call *call, int64_t group_id)
{
    return eg_call_settle(call, make_missing, &group_id);
}

/* ---- names ----------------------------------------------------------------------------------- */

static const char *const states[] = {
    [EG_DEVICE_REGISTERED] = "REGISTERED",
    [EG_DEVICE_ASSIGNED] = "GENERATION_TRIGGERED",
    [EG_DEVICE_GENERATED] = "GENERATION_COMPLETED",
    [EG_DEVICE_GENERATION_FAILED] = "GENERATION_FAILED",
    [EG_DEVICE_PROVISIONED] = "PROVISIONING_COMPLETED",
    [EG_DEVICE_PROVISIONING_FAILED] = "PROVISIONING_FAILED",
};
enum { STATES = sizeof(states) / sizeof(states[0]) };

const char *eg_device_state_name(enum eg_device_state state)
{
    return (unsigned)state < STATES && states[state] != NULL ? states[state] : "";
}

enum eg_device_state eg_device_state_from_name(const char *name)
{
    for (unsigned i = 1; i < STATES; i++) {
        if (strcmp(states[i], name) == 0) {
            return (enum eg_device_state)i;
        }
    }
    return (enum eg_device_state)0;
}

const char *eg_event_kind_name(enum eg_event_kind kind)
{
    static const char *const names[] = {
        [EG_EVENT_REGISTERED] = "REGISTERED",
        [EG_EVENT_ASSIGNED] = "ASSIGNED",
        [EG_EVENT_GENERATED] = "GENERATION_COMPLETED",
        [EG_EVENT_GENERATION_FAILED] = "GENERATION_FAILED",
        [EG_EVENT_PROVISIONED] = "PROVISIONING_COMPLETED",
        [EG_EVENT_PROVISIONING_FAILED] = "PROVISIONING_FAILED",
        [EG_EVENT_UNCLAIMED] = "UNCLAIMED",
        [EG_EVENT_CLAIMED] = "CLAIMED",
        [EG_EVENT_CLAIM_REFUSED] = "CLAIM_REFUSED",
        [EG_EVENT_CLOUD_UPDATED] = "CLOUD_UPDATED",
        [EG_EVENT_CLOUD_FAILED] = "CLOUD_FAILED",
        [EG_EVENT_CLOUD_BROKEN] = "CLOUD_BROKEN",
        [EG_EVENT_CLOUD_REFUSED] = "CLOUD_REFUSED",
        [EG_EVENT_REBOUND] = "CLOUD_REBOUND",
        [EG_EVENT_RETIRING] = "RETIRING",
        [EG_EVENT_RETIRED] = "RETIRED",
        [EG_EVENT_REVOKED] = "CERTIFICATE_REVOKED",
    };
    return (unsigned)kind < sizeof(names) / sizeof(names[0]) && names[kind] != NULL ? names[kind]
                                                                                    : "";
}

/* ---- what a device has ----------------------------------------------------------------------- */

/** Objects of a group with their definitions, read once per request. */
struct catalog {
    struct eg_stored_object_list rows;
    struct eg_object_def defs[EG_SET_OBJECTS_MAX];
};

static eg_status load_catalog(struct eg_call *call, int64_t group_id, struct catalog **out)
{
    struct catalog *c = eg_arena_alloc(call->arena, sizeof(*c));
    if (c == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    EG_TRY(eg_store_group_objects(eg_core_store(call->core), call->company_id, group_id,
                                  call->arena, &c->rows));
    for (size_t i = 0; i < c->rows.count && i < EG_SET_OBJECTS_MAX; i++) {
        EG_TRY(eg_object_def_of(&c->rows.items[i], call->arena, &c->defs[i]));
    }
    *out = c;
    return EG_OK;
}

/** Catalog entry of an object; count when it left the group meanwhile. */
static size_t find(const struct catalog *c, int64_t id)
{
    size_t i = 0;
    while (i < c->rows.count && c->rows.items[i].id != id) {
        i++;
    }
    return i;
}

static const char *made_state(const struct eg_body_object *o, enum eg_device_state state)
{
    if (o->state == EG_BODY_ON_CONNECTION) {
        return "GENERATION_ON_CONNECTION";
    }
    return state == EG_DEVICE_PROVISIONED || state == EG_DEVICE_PROVISIONING_FAILED
               ? states[state]
               : states[EG_DEVICE_GENERATED];
}

static eg_status fill_made(struct eg_call *call, const struct catalog *c,
                           const struct eg_provisioning *p, struct eg_device_objects *out)
{
    struct eg_body_object body[EG_BODY_OBJECTS_MAX];
    size_t count = 0;
    EG_TRY(eg_body_decode(p->body, body, &count));
    out->items = eg_arena_alloc(call->arena, (count + 1) * sizeof(*out->items));
    if (out->items == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    for (size_t i = 0; i < count; i++) {
        size_t at = find(c, body[i].object_id);
        if (at == c->rows.count) {
            continue;
        }
        out->items[out->count++] = (struct eg_device_object){
            .provisioning_id = p->id * EG_BODY_OBJECTS_MAX + (int64_t)i,
            .state = made_state(&body[i], p->state),
            .downloadable = body[i].state == EG_BODY_COMPLETED,
            .object = &c->rows.items[at],
            .def = &c->defs[at],
            .blob = body[i].blob,
            .certificate = body[i].certificate,
            .spki = body[i].spki,
        };
    }
    return EG_OK;
}

/** Nothing made for the current set: every object of the group waits, or failed. */
static eg_status fill_waiting(struct eg_call *call, const struct catalog *c, bool failed,
                              struct eg_device_objects *out)
{
    out->items = eg_arena_alloc(call->arena, (c->rows.count + 1) * sizeof(*out->items));
    if (out->items == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    out->waiting = !failed && c->rows.count > 0;
    for (size_t i = 0; i < c->rows.count; i++) {
        out->items[out->count++] = (struct eg_device_object){
            .state = states[failed ? EG_DEVICE_GENERATION_FAILED : EG_DEVICE_ASSIGNED],
            .object = &c->rows.items[i],
            .def = &c->defs[i],
        };
    }
    return EG_OK;
}

static eg_status fill(struct eg_call *call, const struct catalog *c,
                      const struct eg_provisioning *p, struct eg_device_objects *out)
{
    *out = (struct eg_device_objects){.uuid = p->uuid};
    return p->id != 0 ? fill_made(call, c, p, out)
                      : fill_waiting(call, c, p->state == EG_DEVICE_GENERATION_FAILED, out);
}

eg_status eg_device_status(struct eg_call *call, const struct eg_uuid *uuid,
                           struct eg_device_objects *out)
{
    struct eg_provisioning p;
    struct catalog *c;
    *out = (struct eg_device_objects){.uuid = *uuid};
    EG_TRY(eg_store_provisioning_get(eg_core_store(call->core), call->company_id, uuid, call->arena,
                                     &p));
    if (p.group_id == 0 || p.empty_set) {
        return EG_OK;
    }
    EG_TRY(load_catalog(call, p.group_id, &c));
    return fill(call, c, &p, out);
}

static eg_status check_members(struct eg_call *call, int64_t group_id,
                               const struct eg_provisioning *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!list[i].known || list[i].group_id != group_id) {
            char hex[EG_UUID_HEX_LEN + 1];
            eg_uuid_to_hex(&list[i].uuid, hex);
            return eg_call_refuse(call, EG_ERR(DEVICE_NOT_IN_GROUP), "Device %s.", hex);
        }
    }
    return EG_OK;
}

eg_status eg_group_download(struct eg_call *call, int64_t group_id, const struct eg_uuid *uuids,
                            size_t count, struct eg_device_objects **out)
{
    struct eg_provisioning *list;
    struct catalog *c;
    if (count > EG_LIMIT_JOB_DEVICES) {
        return EG_ERR(TOO_MANY_DEVICES);
    }
    EG_TRY(eg_store_provisioning_list(eg_core_store(call->core), call->company_id, group_id, uuids,
                                      count, call->arena, &list));
    EG_TRY(check_members(call, group_id, list, count));
    EG_TRY(load_catalog(call, group_id, &c));
    *out = eg_arena_alloc(call->arena, (count + 1) * sizeof(**out));
    if (*out == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    for (size_t i = 0; i < count; i++) {
        EG_TRY(fill(call, c, &list[i], &(*out)[i]));
    }
    return EG_OK;
}

eg_status eg_device_report(struct eg_call *call, int64_t nc12, int64_t group_id,
                           const struct eg_uuid *uuid, bool provisioned, const char *detail)
{
    struct eg_group group;
    enum eg_device_state state =
        provisioned ? EG_DEVICE_PROVISIONED : EG_DEVICE_PROVISIONING_FAILED;
    EG_TRY(eg_group_of(call, nc12, group_id, &group));
    return eg_store_outcome(eg_core_store(call->core), call->company_id, group_id, uuid, state,
                            detail, call->actor, call->now_ms / 1000);
}
