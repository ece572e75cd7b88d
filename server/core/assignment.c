/* SPDX-License-Identifier: Apache-2.0 */
/* Which objects a group gets: every rule about a set of objects on a chip is asked here. */
#include "server/core/assignment.h"

#include <stdlib.h>
#include <string.h>

#include "lib/crypto/x509.h"
#include "lib/object/fit.h"
#include "server/core/brick.h"
#include "server/core/crl.h"
#include "server/core/device.h"
#include "server/core/leaf_size.h"
#include "server/core/object.h"
#include "server/core/ocsp.h"
#include "server/core/plan.h"
#include "server/core/production.h"
#include "server/core/public_key.h"

/** Algorithm of the key pair that a certificate is over. */
static eg_status pair_algorithm(struct eg_call *call, const struct eg_object_def *def,
                                enum eg_key_alg *out)
{
    struct eg_stored_object row;
    struct eg_object_def pair;
    EG_TRY(eg_store_object_get(eg_core_store(call->core), call->company_id, def->key_pair_id,
                               call->arena, &row));
    EG_TRY(eg_object_def_of(&row, call->arena, &pair));
    *out = pair.alg;
    return EG_OK;
}

/** Bytes that a certificate object can take: the leaf and the intermediates behind it. */
static eg_status chain_size(struct eg_call *call, const struct eg_object_def *def, uint32_t *out)
{
    struct eg_ca_list chain;
    enum eg_key_alg alg = EG_KEY_NONE;
    EG_TRY(pair_algorithm(call, def, &alg));
    EG_TRY(eg_store_ca_chain(eg_core_store(call->core), call->company_id, def->ca_id, call->arena,
                             &chain));
    if (chain.count == 0) {
        return EG_ERR(CA_UNKNOWN);
    }
    size_t size = eg_leaf_size_max(def, alg, &chain.items[0],
                                   def->no_crl_point ? "" : eg_crl_longest_url(call, def->ca_id),
                                   def->no_crl_point ? "" : eg_ocsp_url(call, def->ca_id));
    for (size_t i = 0; def->chain && i + 1 < chain.count; i++) {
        size += chain.items[i].certificate.len;
    }
    *out = (uint32_t)size;
    return EG_OK;
}

eg_status eg_assignment_object(struct eg_call *call, const struct eg_stored_object *row,
                               struct eg_assigned *out)
{
    out->row_id = row->id;
    EG_TRY(eg_object_def_of(row, call->arena, &out->def));
    if (out->def.type == EG_OBJECT_CERTIFICATE) {
        EG_TRY(chain_size(call, &out->def, &out->def.size));
    }
    if (out->def.type == EG_OBJECT_STATIC_PUBLIC_KEY) {
        struct eg_span value;
        EG_TRY(eg_public_key_value(call->arena, out->def.data, &out->def.alg, &value));
        out->def.size = (uint32_t)value.len;
    }
    out->object = eg_object_def_object(&out->def);
    return EG_OK;
}

eg_status eg_assignment_load(struct eg_call *call, int64_t group_id, struct eg_assigned_set *out)
{
    struct eg_stored_object_list list;
    out->count = 0;
    EG_TRY(eg_store_group_objects(eg_core_store(call->core), call->company_id, group_id,
                                  call->arena, &list));
    for (size_t i = 0; i < list.count && i < EG_SET_OBJECTS_MAX; i++) {
        EG_TRY(eg_assignment_object(call, &list.items[i], &out->items[i]));
        out->count++;
    }
    return EG_OK;
}

/** The objects alone, without those made on connection, as lib/object asks for them. */
static size_t objects_of(const struct eg_assigned_set *set, struct eg_object *out)
{
    size_t n = 0;
    for (size_t i = 0; i < set->count; i++) {
        if (!set->items[i].def.on_connection) {
            out[n++] = set->items[i].object;
        }
    }
    return n;
}

static bool contains(const struct eg_assigned_set *set, int64_t row_id)
{
    for (size_t i = 0; i < set->count; i++) {
        if (set->items[i].row_id == row_id) {
            return true;
        }
    }
    return false;
}

static eg_status check_set(struct eg_call *call, const struct eg_family *family,
                           const struct eg_assigned_set *set)
{
    struct eg_object objects[EG_SET_OBJECTS_MAX + 1] = {0};
    size_t n = objects_of(set, objects), at = 0;
    eg_status st = eg_object_set_fit(family, objects, n, &at);
    if (eg_ok(st) || at >= n) {
        return st;
    }
    if (eg_is(st, EG_E_OBJECT_TOO_LARGE) && objects[at].type == EG_OBJECT_CERTIFICATE) {
        return eg_call_refuse(
            call, st,
            "Object id 0x%08X on family %s: the certificate and its chain can take "
            "%u bytes. Leave the chain out (\"includeChain\": false).",
            (unsigned)objects[at].id, family->name, (unsigned)objects[at].size);
    }
    return eg_call_refuse(call, st, "Object id 0x%08X on family %s.", (unsigned)objects[at].id,
                          family->name);
}

static eg_status check_family(struct eg_call *call, const struct eg_group *group, const char *named,
                              const struct eg_family **out)
{
    const struct eg_family *family = eg_families_find(eg_core_families(call->core), group->family);
    if (family == NULL) {
        return eg_call_refuse(call, EG_ERR(FAMILY_UNKNOWN), "There is no family \"%s\".",
                              group->family);
    }
    if (named != NULL && strcmp(named, family->el2go_name) != 0) {
        return eg_call_refuse(call, EG_ERR(FAMILY_MISMATCH), "The group's family is %s.",
                              family->el2go_name);
    }
    *out = family;
    return EG_OK;
}

/** Flows that can deliver the object: internal ones only by the line, those made on connection only
 * by the cloud (AN14544, table 1). */
static uint32_t flows_of(const struct eg_object_def *def)
{
    if (def->on_connection) {
        return EG_FLOW_CLOUD;
    }
    return eg_object_is_internal(def->object_id) ? EG_FLOW_PROXY : EG_GROUP_FLOWS;
}

static eg_status check_flow(struct eg_call *call, const struct eg_group *group,
                            const struct eg_family *family, const struct eg_object_def *def)
{
    uint32_t flows = flows_of(def);
    if ((flows & group->flows) == 0 && flows == EG_FLOW_PROXY) {
        return eg_call_refuse(
            call, EG_ERR(FLOW_INTERNAL),
            "Object id 0x%08X; the device group takes part in the cloud flow only.",
            (unsigned)def->object_id);
    }
    if ((flows & group->flows) == 0) {
        return eg_call_refuse(call, EG_ERR(FLOW_UNSUPPORTED),
                              "The device group takes no part in the cloud flow.");
    }
    /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): a refusal is never EG_OK */
    if ((family->flows & group->flows & flows) != 0) {
        return EG_OK;
    }
    return eg_call_refuse(call, EG_ERR(FLOW_UNSUPPORTED), "Family %s has no %s flow.", family->name,
                          def->on_connection ? "cloud" : "proxy");
}

static eg_status check_new(struct eg_call *call, const struct eg_group *group,
                           const struct eg_family *family, struct eg_assigned_set *set,
                           const struct eg_stored_object *row)
{
    struct eg_assigned *added = &set->items[set->count];
    EG_TRY(eg_assignment_object(call, row, added));
    set->count++;
    const struct eg_object_def *def = &added->def;
    EG_TRY(check_flow(call, group, family, def));
    EG_TRY(eg_production_check(call, group, def));
    if (def->type == EG_OBJECT_CERTIFICATE && !contains(set, def->key_pair_id)) {
        return eg_call_refuse(call, EG_ERR(KEY_PAIR_NOT_IN_GROUP), "The key pair has the id %lld.",
                              (long long)def->key_pair_id);
    }
    EG_TRY(check_set(call, family, set));
    return eg_brick_set_check(call, family, group->life_cycle, set, false);
}

/** A group with its objects, as they were read. The group first: what came later moved its set. */
static eg_status look(struct eg_call *call, int64_t group_id, struct eg_group *group,
                      struct eg_assigned_set **out)
{
    *out = eg_arena_alloc(call->arena, sizeof(**out));
    if (*out == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    EG_TRY(eg_store_group_get(eg_core_store(call->core), call->company_id, group_id, call->arena,
                              group));
    return eg_assignment_load(call, group_id, *out);
}

struct assign {
    const int64_t *ids;
    size_t count;
    int64_t group_id;
    const char *named; /* family */
    bool makes;
};

/** One object comes to those of the set. *burned: the last one of those that are burned. */
static eg_status check_one(struct eg_call *call, const struct eg_group *group,
                           const struct eg_family *family, struct eg_assigned_set *set, int64_t id,
                           const struct eg_object_def **burned)
{
    struct eg_stored_object row;
    EG_TRY(eg_object_get(call, id, &row));
    if (contains(set, id)) {
        return EG_OK;
    }
    if (set->count > EG_SET_OBJECTS_MAX) {
        return EG_ERR(SET_TOO_LARGE);
    }
    EG_TRY(check_new(call, group, family, set, &row));
    const struct eg_object_def *def = &set->items[set->count - 1].def;
    *burned = eg_brick_is_burned(group, def) ? def : *burned;
    return EG_OK;
}

static eg_status assign(struct eg_call *call, void *arg)
{
    const struct assign *a = arg;
    const struct eg_family *family = NULL;
    const struct eg_object_def *burned = NULL;
    struct eg_assigned_set *set;
    struct eg_group group;
    EG_TRY(look(call, a->group_id, &group, &set));
    EG_TRY(check_family(call, &group, a->named, &family));
    size_t before = set->count;
    for (size_t i = 0; i < a->count; i++) {
        EG_TRY(check_one(call, &group, family, set, a->ids[i], &burned));
    }
    if (set->count == before && !a->makes) {
        return EG_OK;
    }
    const struct eg_group_guard guard = {
        .group_id = a->group_id, .seen = &group, .none_made = burned != NULL};
    if (a->makes) {
        eg_call_makes(call);
    }
    eg_status st = eg_store_assign_all(eg_core_store(call->core), call->company_id, &guard, a->ids,
                                       a->count, NULL);
    return burned == NULL ? st : eg_brick_burned(call, st, &group, burned);
}

static eg_status assign_and_make(struct eg_call *call, struct assign *a)
{
    EG_TRY(eg_call_settle(call, assign, a));
    return eg_group_make_missing(call, a->group_id);
}

eg_status eg_object_assign(struct eg_call *call, int64_t id, int64_t group_id, const char *named)
{
    struct assign a = {&id, 1, group_id, named, false};
    return assign_and_make(call, &a);
}

eg_status eg_objects_assign(struct eg_call *call, const int64_t *ids, size_t count,
                            int64_t group_id)
{
    struct assign a = {ids, count, group_id, NULL, true};
    return assign_and_make(call, &a);
}

/* ---- leave ----------------------------------------------------------------------------------- */

static bool among(const int64_t *ids, size_t count, int64_t id)
{
    for (size_t i = 0; i < count; i++) {
        if (ids[i] == id) {
            return true;
        }
    }
    return false;
}

/* Without it the objects of devices that were made are no set that the part takes, open or not. */
static bool required(const struct eg_family *family, uint32_t id)
{
    for (uint32_t i = 0; i < family->required_count; i++) {
        if (family->required[i] == id) {
            return true;
        }
    }
    return false;
}

/** May the objects leave the group? *out: one that devices which were made cannot do without, or
 * NULL. */
static eg_status check_leave(struct eg_call *call, const struct eg_group *group,
                             const struct eg_assigned_set *set, const struct eg_leave *l,
                             const struct eg_object_def **out)
{
    const struct eg_family *family = NULL;
    *out = NULL;
    EG_TRY(check_family(call, group, NULL, &family));
    for (size_t i = 0; i < set->count; i++) {
        const struct eg_assigned *a = &set->items[i];
        bool leaves = among(l->objects, l->object_count, a->row_id);
        if (!leaves && among(l->objects, l->object_count, a->def.key_pair_id)) {
            return eg_call_refuse(call, EG_ERR(IN_USE),
                                  "Certificate %lld of the group is over this key pair.",
                                  (long long)a->row_id);
        }
        if (leaves && (eg_brick_is_burned(group, &a->def) || required(family, a->def.object_id))) {
            *out = &a->def;
        }
    }
    return EG_OK;
}

struct leave {
    struct eg_leave what;
    struct eg_group_guard *guards;
    struct eg_group *groups;
};

static eg_status leave(struct eg_call *call, void *arg)
{
    struct leave *l = arg;
    const struct eg_object_def *burned = NULL;
    size_t closed = 0; /* group that `burned` is of */
    for (size_t i = 0; i < l->what.guard_count; i++) {
        const struct eg_object_def *def;
        struct eg_assigned_set *set;
        EG_TRY(look(call, l->guards[i].group_id, &l->groups[i], &set));
        EG_TRY(check_leave(call, &l->groups[i], set, &l->what, &def));
        l->guards[i].seen = &l->groups[i];
        l->guards[i].none_made = def != NULL;
        closed = def != NULL ? i : closed;
        burned = def != NULL ? def : burned;
    }
    eg_status st = eg_store_unassign(eg_core_store(call->core), call->company_id, &l->what);
    return burned == NULL ? st : eg_brick_burned(call, st, &l->groups[closed], burned);
}

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

/** In the order of ids, each once. Returns how many are left. */
static size_t tidy(int64_t *ids, size_t count)
{
    size_t kept = 0;
    qsort(ids, count, sizeof(*ids), by_value);
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || ids[kept - 1] != ids[i]) {
            ids[kept++] = ids[i];
        }
    }
    return kept;
}

eg_status eg_objects_unassign(struct eg_call *call, int64_t *ids, size_t count, int64_t *groups,
                              size_t group_count)
{
    struct leave l = {{NULL, tidy(groups, group_count), ids, tidy(ids, count)}, NULL, NULL};
    size_t n = l.what.guard_count;
    l.guards = eg_arena_alloc(call->arena, n * sizeof(*l.guards));
    l.groups = eg_arena_alloc(call->arena, n * sizeof(*l.groups));
    if (l.guards == NULL || l.groups == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    for (size_t i = 0; i < n; i++) {
        l.guards[i] = (struct eg_group_guard){.group_id = groups[i]};
    }
    l.what.guards = l.guards;
    EG_TRY(eg_call_settle(call, leave, &l));
    for (size_t i = 0; i < n; i++) {
        EG_TRY(eg_group_make_missing(call, groups[i]));
    }
    return EG_OK;
}

eg_status eg_assignment_replaced(struct eg_call *call, int64_t group_id,
                                 const struct eg_stored_object *row, struct eg_group *out)
{
    const struct eg_family *family = NULL;
    struct eg_assigned_set *set;
    EG_TRY(look(call, group_id, out, &set));
    EG_TRY(check_family(call, out, NULL, &family));
    for (size_t i = 0; i < set->count; i++) {
        if (set->items[i].row_id == row->id) {
            EG_TRY(eg_assignment_object(call, row, &set->items[i]));
            EG_TRY(eg_production_check(call, out, &set->items[i].def));
        }
    }
    EG_TRY(check_set(call, family, set));
    return eg_brick_set_check(call, family, out->life_cycle, set, false);
}

/** Chips shall be made with the set: nothing may be missing. */
static eg_status judge_whole(struct eg_call *call, const struct eg_group *group,
                             const struct eg_family *family, const struct eg_assigned_set *set)
{
    struct eg_object objects[EG_SET_OBJECTS_MAX + 1];
    uint32_t missing = 0;
    size_t n = objects_of(set, objects);
    if (n == 0) {
        return EG_OK;
    }
    EG_TRY(eg_brick_set_check(call, family, group->life_cycle, set, true));
    eg_status st = eg_object_set_complete(family, objects, n, group->life_cycle, &missing);
    return eg_ok(st) || missing == 0
               ? st
               : eg_call_refuse(call, st, "Object id 0x%08X is missing.", (unsigned)missing);
}

eg_status eg_assignment_judge(struct eg_call *call, const struct eg_group *group, bool whole,
                              bool *out_empty)
{
    const struct eg_family *family = NULL;
    struct eg_assigned_set *set = eg_arena_alloc(call->arena, sizeof(*set));
    if (set == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    EG_TRY(check_family(call, group, NULL, &family));
    EG_TRY(eg_assignment_load(call, group->id, set));
    *out_empty = set->count == 0;
    return whole ? judge_whole(call, group, family, set)
                 : eg_brick_set_check(call, family, group->life_cycle, set, false);
}

eg_status eg_assignment_complete(struct eg_call *call, const struct eg_group *group,
                                 bool *out_empty)
{
    return eg_assignment_judge(call, group, true, out_empty);
}
