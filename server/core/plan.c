/* SPDX-License-Identifier: Apache-2.0 */
#include "server/core/plan.h"

#include <jansson.h>
#include <string.h>

#include "server/core/assignment.h"
#include "server/core/ca.h"
#include "server/core/crl.h"
#include "server/core/ocsp.h"
#include "server/core/public_key.h"
#include "server/core/shards.h"
#include "server/main/limits.h"

enum { DAY_S = 86400 };

_Static_assert((int)EG_LIMIT_GROUP_OBJECTS == (int)EG_SET_OBJECTS_MAX,
               "the limit that is printed holds");
_Static_assert((int)EG_LIMIT_CHUNK_DEVICES == (int)EG_JOB_CHUNK, "the limit that is printed holds");
_Static_assert((int)EG_LIMIT_JOB_DEVICES == (int)EG_JOB_DEVICES_MAX,
               "the limit that is printed holds");

/** What is needed while a plan grows. */
struct building {
    struct eg_call call; /* the service itself asks */
    struct eg_plan *plan;
    uint32_t devices; /* certificates of one object that this plan makes at most */
    struct eg_vault_object *objects;
    struct eg_vault_ca *cas;
    int64_t ca_ids[EG_VAULT_CAS_MAX];
    struct eg_ca ca_rows[EG_VAULT_CAS_MAX];
};

/** Texts of a definition point into its JSON; copy them before it goes. */
static const char *keep(struct eg_arena *arena, const char *text)
{
    const char *copy = text == NULL ? "" : eg_arena_text(arena, eg_span_str(text));
    return copy == NULL ? "" : copy;
}

eg_status eg_object_def_of(const struct eg_stored_object *object, struct eg_arena *arena,
                           struct eg_object_def *out)
{
    struct eg_json_in in;
    json_t *json = json_loads(object->definition, 0, NULL);
    eg_json_in_init(&in, json, "");
    eg_status st = eg_object_def_read(&in, arena, out);
    if (eg_ok(st)) {
        out->name = keep(arena, out->name);
        out->cn_prefix = keep(arena, out->cn_prefix);
        out->country = keep(arena, out->country);
        out->organization = keep(arena, out->organization);
        out->unit = keep(arena, out->unit);
        out->profile = keep(arena, out->profile);
        out->vendor_id = keep(arena, out->vendor_id);
        out->product_id = keep(arena, out->product_id);
        out->cms = eg_span(NULL, 0);
        st = eg_arena_dup(arena, out->data, &out->data);
    }
    json_decref(json);
    return eg_ok(st) || eg_is(st, EG_E_NO_MEMORY) ? st : EG_ERR(INTERNAL);
}

/** Index of a CA in the plan; loaded when it is new. */
static eg_status add_ca(struct building *b, int64_t id, uint16_t *out)
{
    size_t n = b->plan->vault.ca_count;
    for (size_t i = 0; i < n; i++) {
        if (b->ca_ids[i] == id) {
            *out = (uint16_t)i;
            return EG_OK;
        }
    }
    if (n == EG_VAULT_CAS_MAX) {
        return EG_ERR(VAULT_LIMIT);
    }
    EG_TRY(eg_store_ca_get(eg_core_store(b->call.core), b->call.company_id, id, b->call.arena,
                           &b->ca_rows[n]));
    b->cas[n] = (struct eg_vault_ca){b->ca_rows[n].wrapped, b->ca_rows[n].certificate};
    b->ca_ids[n] = id;
    b->plan->vault.ca_count = n + 1;
    *out = (uint16_t)n;
    return EG_OK;
}

/** Issuing CA and upward, root left out. */
static eg_status add_chain(struct building *b, int64_t ca_id, struct eg_vault_certificate *c)
{
    struct eg_ca_list list;
    EG_TRY(eg_store_ca_chain(eg_core_store(b->call.core), b->call.company_id, ca_id, b->call.arena,
                             &list));
    size_t n = list.count > 0 ? list.count - 1 : 0;
    struct eg_span *chain = eg_arena_alloc(b->call.arena, (n + 1) * sizeof(*chain));
    if (chain == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    for (size_t i = 0; i < n; i++) {
        chain[i] = list.items[i].certificate;
    }
    c->chain = chain;
    c->chain_count = n;
    return EG_OK;
}

static void set_validity(const struct eg_object_def *d, int64_t now_s,
                         struct eg_vault_certificate *c)
{
    c->not_before_s = d->validity == EG_VALIDITY_DATE ? d->not_before_s : now_s;
    c->not_after_s = d->validity == EG_VALIDITY_DATE   ? d->not_after_s
                     : d->validity == EG_VALIDITY_DAYS ? now_s + d->days * DAY_S
                                                       : INT64_MAX;
}

static uint16_t index_of_pair(const struct building *b, int64_t key_pair_id)
{
    for (size_t i = 0; i < b->plan->count; i++) {
        const struct eg_plan_object *o = &b->plan->objects[i];
        if (o->id == key_pair_id && !o->on_connection) {
            return o->vault_index;
        }
    }
    return EG_VAULT_KEY_GIVEN;
}

/** Where relying parties learn whether the certificate is revoked. */
static eg_status fill_status_points(struct building *b, const struct eg_object_def *d,
                                    struct eg_vault_certificate *c)
{
    if (d->no_crl_point || eg_core_public_url(b->call.core)[0] == '\0') {
        return EG_OK;
    }
    EG_TRY(eg_shards_take(b->call.core, b->call.company_id, d->ca_id, b->devices, &c->shard));
    c->crl_url = eg_span_str(eg_crl_url(&b->call, d->ca_id, c->shard));
    c->ocsp_url = eg_span_str(eg_ocsp_url(&b->call, d->ca_id));
    return EG_OK;
}

static eg_status fill_certificate(struct building *b, const struct eg_object_def *d,
                                  struct eg_vault_object *o)
{
    struct eg_vault_certificate *c = &o->cert;
    bool ca_ski, ca_aki;
    EG_TRY(add_ca(b, d->ca_id, &c->ca));
    eg_ca_leaf_options(&b->ca_rows[c->ca], &ca_ski, &ca_aki);
    c->key_object = index_of_pair(b, d->key_pair_id);
    c->country = eg_span_str(d->country);
    c->organization = eg_span_str(d->organization);
    c->organizational_unit = eg_span_str(d->unit);
    c->common_name_prefix = eg_span_str(d->cn_prefix);
    c->with_serial_number = d->serial_number;
    c->leaf_constraints = d->basic_constraints;
    c->vendor_id = eg_span_str(d->vendor_id);
    c->product_id = eg_span_str(d->product_id);
    EG_TRY(fill_status_points(b, d, c));
    c->key_usage = d->key_usage;
    c->ext_key_usage = d->ext_key_usage;
    c->with_ski = d->ski < 0 ? ca_ski : d->ski == 1;
    c->with_aki = d->aki < 0 ? ca_aki : d->aki == 1;
    set_validity(d, b->call.now_ms / 1000, c);
    o->source = EG_VAULT_CERTIFICATE;
    return d->chain ? add_chain(b, d->ca_id, c) : EG_OK;
}

static eg_status fill_public_key(struct building *b, const struct eg_object_def *d,
                                 struct eg_vault_object *o)
{
    enum eg_key_alg alg;
    o->source = EG_VAULT_CLEAR;
    return eg_public_key_value(b->call.arena, d->data, &alg, &o->data);
}

static eg_status fill_value(struct building *b, const struct eg_plan_object *p,
                            struct eg_vault_object *o)
{
    const struct eg_object_def *d = &p->def;
    switch (d->type) {
    case EG_OBJECT_KEYPAIR:
        o->source = EG_VAULT_GENERATE_KEY;
        return EG_OK;
    case EG_OBJECT_CERTIFICATE:
        return fill_certificate(b, d, o);
    case EG_OBJECT_STATIC_PUBLIC_KEY:
        return fill_public_key(b, d, o);
    case EG_OBJECT_MASTER_KEY:
        o->source = EG_VAULT_DIVERSIFIED;
        o->length = d->size;
        break;
    case EG_OBJECT_HMAC_KEY:
    case EG_OBJECT_OEM_FW_DECRYPT_KEY:
        o->source = EG_VAULT_SECRET;
        break;
    case EG_OBJECT_BINARY_FILE:
    case EG_OBJECT_OEM_FW_AUTH_KEY_HASH:
        o->source = d->confidential ? EG_VAULT_SECRET : EG_VAULT_CLEAR;
        break;
    case EG_OBJECT_NONE:
        return EG_ERR(INTERNAL);
    }
    o->purpose = (uint8_t)d->type; /* enum eg_vault_secret_purpose has the same numbers */
    o->data = o->source == EG_VAULT_CLEAR ? d->data : p->wrapped;
    return EG_OK;
}

static eg_status add_object(struct building *b, const struct eg_stored_object *row)
{
    struct eg_assigned assigned;
    struct eg_plan *plan = b->plan;
    if (plan->count == EG_BODY_OBJECTS_MAX) {
        return EG_ERR(SET_TOO_LARGE);
    }
    bool cloud = plan->variant != EG_SET_PROXY;
    EG_TRY(eg_assignment_object(&b->call, row, &assigned));
    struct eg_plan_object *p = &plan->objects[plan->count];
    *p = (struct eg_plan_object){.id = row->id,
                                 .version = (uint32_t)row->version,
                                 .def = assigned.def,
                                 .elsewhere = cloud && eg_object_is_internal(row->object_id),
                                 .wrapped = row->wrapped};
    p->on_connection = cloud ? p->elsewhere : assigned.def.on_connection;
    if (!p->on_connection) {
        size_t at = plan->vault.object_count;
        struct eg_vault_object *o = &b->objects[at];
        o->secure_object_id = (uint64_t)row->id;
        o->type = (uint8_t)assigned.object.type;
        o->object_id = assigned.object.id;
        o->key_alg = (uint8_t)assigned.object.key_alg;
        o->size = assigned.object.size;
        o->usage = assigned.object.policy.usage;
        o->algorithm = assigned.object.policy.algorithm;
        p->vault_index = (uint16_t)at;
        EG_TRY(fill_value(b, p, o));
        plan->vault.object_count = at + 1;
    }
    plan->count++;
    return EG_OK;
}

/** The boot key hash object says what all blobs are bound to; a chip that was never fused has none
 * and is open. */
static void set_binding(struct eg_plan *plan)
{
    if (plan->variant == EG_SET_CLOUD) {
        plan->vault.life_cycle = EG_LC_OPEN;
        return;
    }
    for (size_t i = 0; i < plan->count; i++) {
        const struct eg_plan_object *p = &plan->objects[i];
        if (p->def.type == EG_OBJECT_OEM_FW_AUTH_KEY_HASH &&
            p->def.data.len == sizeof(plan->vault.rkth)) {
            memcpy(plan->vault.rkth, p->def.data.ptr, sizeof(plan->vault.rkth));
            plan->vault.has_rkth = true;
            plan->binding_id = p->id;
        }
    }
}

static eg_status add_all(struct building *b, const struct eg_stored_object_list *list)
{
    for (int internal = 1; internal >= 0; internal--) {
        for (size_t i = 0; i < list->count; i++) {
            if (eg_object_is_internal(list->items[i].object_id) == (internal == 1)) {
                EG_TRY(add_object(b, &list->items[i]));
            }
        }
    }
    return EG_OK;
}

eg_status eg_plan_build(struct eg_core *core, int64_t company_id, const struct eg_group *group,
                        int64_t set_id, uint32_t devices, int64_t now_ms, struct eg_arena *arena,
                        struct eg_plan *out)
{
    struct eg_stored_object_list list;
    struct eg_set_origin origin;
    struct building *b = eg_arena_alloc(arena, sizeof(*b));
    if (b == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    memset(out, 0, sizeof(*out));
    b->call = (struct eg_call){.core = core,
                               .arena = arena,
                               .company_id = company_id,
                               .company_name = "",
                               .now_ms = now_ms};
    b->plan = out;
    b->devices = devices;
    b->objects = eg_arena_alloc(arena, EG_BODY_OBJECTS_MAX * sizeof(*b->objects));
    b->cas = eg_arena_alloc(arena, EG_VAULT_CAS_MAX * sizeof(*b->cas));
    if (b->objects == NULL || b->cas == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    out->vault.company_id = (uint64_t)company_id;
    out->vault.family = eg_span_str(group->family);
    out->vault.life_cycle = (uint8_t)group->life_cycle;
    out->vault.now_ms = now_ms;
    out->vault.objects = b->objects;
    out->vault.cas = b->cas;
    EG_TRY(eg_store_set_origin(eg_core_store(core), set_id, &origin));
    out->variant = origin.variant;
    EG_TRY(eg_store_set_objects(eg_core_store(core), set_id, arena, &list));
    EG_TRY(add_all(b, &list));
    set_binding(out);
    return EG_OK;
}
