/* SPDX-License-Identifier: Apache-2.0 */
#include "server/core/make_chunk.h"

#include <string.h>

/** Devices of a chunk that need the same objects made: one call to the vault. */
struct batch {
    const struct eg_plan *plan;
    uint32_t needed;            /* bit i: plan object i is to be made */
    uint32_t members;           /* number of devices */
    size_t index[EG_JOB_CHUNK]; /* of the device in the chunk */
    struct eg_vault_plan vault;
    struct eg_vault_object objects[EG_BODY_OBJECTS_MAX];
    size_t made_index[EG_BODY_OBJECTS_MAX]; /* plan object -> object of this call */
    struct eg_vault_device devices[EG_JOB_CHUNK];
    struct eg_vault_given_key given[EG_JOB_CHUNK][EG_BODY_OBJECTS_MAX];
};

struct making {
    const struct eg_plan *plan;
    const struct eg_job_chunk *chunk;
    struct eg_arena *arena;
    struct eg_made *made;
    /* what each device has from before: one entry per plan object, NULL when there is none */
    const struct eg_body_object *(*kept)[EG_BODY_OBJECTS_MAX];
};

static const struct eg_body_object *find(const struct eg_body_object *list, size_t count,
                                         int64_t id, uint32_t version)
{
    for (size_t i = 0; i < count; i++) {
        if (list[i].object_id == id && list[i].version == version &&
            list[i].state == EG_BODY_COMPLETED) {
            return &list[i];
        }
    }
    return NULL;
}

/** What was made for a chip that was never fused is of no use to one that is, and the reverse. */
static bool other_binding(const struct making *m, const struct eg_job_device *device)
{
    return (m->plan->variant == EG_SET_CLOUD) != (device->previous_variant == EG_SET_CLOUD);
}

/** The boot key hash object in this version, made or delivered elsewhere. */
static bool same_binding(const struct eg_body_object *list, size_t count,
                         const struct eg_plan_object *p)
{
    for (size_t i = 0; i < count; i++) {
        if (list[i].object_id == p->id && list[i].version == p->version) {
            return list[i].state != EG_BODY_ON_CONNECTION;
        }
    }
    return false;
}

/** Fill the row of kept objects of one device, unless the binding changed. */
static eg_status load_kept(struct making *m, size_t device)
{
    struct eg_span previous = m->chunk->devices[device].previous;
    size_t count = 0;
    if (previous.len == 0 || other_binding(m, &m->chunk->devices[device])) {
        return EG_OK;
    }
    struct eg_body_object *old = eg_arena_alloc(m->arena, EG_BODY_OBJECTS_MAX * sizeof(*old));
    if (old == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    if (!eg_ok(eg_body_decode(previous, old, &count))) {
        return EG_OK; /* unreadable: make everything */
    }
    for (size_t i = 0; i < m->plan->count; i++) {
        const struct eg_plan_object *p = &m->plan->objects[i];
        m->kept[device][i] = p->elsewhere ? NULL : find(old, count, p->id, p->version);
        if (p->id == m->plan->binding_id && !same_binding(old, count, p)) {
            memset(m->kept[device], 0, sizeof(m->kept[device]));
            return EG_OK;
        }
    }
    return EG_OK;
}

/** Bits of the plan objects that device needs made. */
static uint32_t needed_of(const struct making *m, size_t device)
{
    uint32_t bits = 0;
    for (size_t i = 0; i < m->plan->count; i++) {
        if (!m->plan->objects[i].on_connection && m->kept[device][i] == NULL) {
            bits |= 1u << i;
        }
    }
    return bits;
}

/** Index in the plan of the object with this vault index. */
static size_t plan_index(const struct eg_plan *plan, uint16_t vault_index)
{
    for (size_t i = 0; i < plan->count; i++) {
        if (!plan->objects[i].on_connection && plan->objects[i].vault_index == vault_index) {
            return i;
        }
    }
    return plan->count;
}

/** The part of the plan that this batch makes; keys that exist already become "given". */
static void cut_plan(struct batch *b)
{
    const struct eg_plan *plan = b->plan;
    b->vault = plan->vault;
    b->vault.objects = b->objects;
    b->vault.object_count = 0;
    for (size_t i = 0; i < plan->count; i++) {
        if ((b->needed & (1u << i)) == 0) {
            continue;
        }
        size_t at = b->vault.object_count++;
        struct eg_vault_object *o = &b->objects[at];
        *o = plan->vault.objects[plan->objects[i].vault_index];
        b->made_index[i] = at;
        if (o->source == EG_VAULT_CERTIFICATE && o->cert.key_object != EG_VAULT_KEY_GIVEN) {
            size_t pair = plan_index(plan, o->cert.key_object);
            bool made_here = pair < plan->count && (b->needed & (1u << pair)) != 0;
            o->cert.key_object = made_here ? (uint16_t)b->made_index[pair] : EG_VAULT_KEY_GIVEN;
        }
    }
}

/** Public keys made earlier for the certificates of this batch. */
static void give_keys(const struct making *m, struct batch *b, size_t member)
{
    size_t device = b->index[member];
    struct eg_vault_device *d = &b->devices[member];
    d->given = b->given[member];
    for (size_t i = 0; i < b->plan->count; i++) {
        if ((b->needed & (1u << i)) == 0 ||
            b->objects[b->made_index[i]].source != EG_VAULT_CERTIFICATE ||
            b->objects[b->made_index[i]].cert.key_object != EG_VAULT_KEY_GIVEN) {
            continue;
        }
        for (size_t k = 0; k < b->plan->count; k++) {
            if (b->plan->objects[k].id == b->plan->objects[i].def.key_pair_id &&
                m->kept[device][k] != NULL) {
                b->given[member][d->given_count++] = (struct eg_vault_given_key){
                    (uint16_t)b->made_index[i], m->kept[device][k]->spki};
            }
        }
    }
}

static void add_member(const struct making *m, struct batch *b, size_t device)
{
    const struct eg_job_device *from = &m->chunk->devices[device];
    size_t member = b->members++;
    b->index[member] = device;
    b->devices[member] =
        (struct eg_vault_device){.uuid = from->uuid, .wrapped_root = from->wrapped_root};
    give_keys(m, b, member);
}

static void fail_device(struct making *m, size_t device, eg_status st)
{
    m->made[device].failed = true;
    m->made[device].reason = eg_status_info(st)->code;
}

/** Pack kept and made objects of one device in the plan's order. */
static eg_status pack(struct making *m, const struct batch *b, size_t device,
                      const struct eg_vault_made_object *made)
{
    struct eg_body_object objects[EG_BODY_OBJECTS_MAX];
    for (size_t i = 0; i < m->plan->count; i++) {
        const struct eg_plan_object *p = &m->plan->objects[i];
        struct eg_body_object *o = &objects[i];
        *o = (struct eg_body_object){.object_id = p->id, .version = p->version};
        o->state = p->elsewhere       ? EG_BODY_ELSEWHERE
                   : p->on_connection ? EG_BODY_ON_CONNECTION
                                      : EG_BODY_COMPLETED;
        if (m->kept[device][i] != NULL) {
            *o = *m->kept[device][i];
        } else if (!p->on_connection) {
            const struct eg_vault_made_object *from = &made[b->made_index[i]];
            /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): it was asked for */
            o->blob = from->blob;
            o->certificate = from->certificate;
            o->spki = from->spki;
        }
    }
    struct eg_writer w;
    size_t len = eg_body_len(objects, m->plan->count);
    eg_writer_init(&w, eg_arena_alloc(m->arena, len), len);
    if (w.ptr == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    eg_body_encode(objects, m->plan->count, &w);
    m->made[device].body = eg_writer_span(&w);
    return w.status;
}

/** Worth another try later, rather than a property of the devices or objects. */
static bool passing(eg_status st)
{
    return eg_category(st) == EG_CAT_BUSY || eg_category(st) == EG_CAT_UNAVAILABLE;
}

static eg_status make_batch(struct eg_vaultpool *vault, struct making *m, struct batch *b)
{
    struct eg_vaultpool_made made = {0};
    eg_status st = EG_OK;
    if (b->vault.object_count > 0) {
        st = eg_vaultpool_make(vault, &b->vault, b->devices, b->members, &made);
    }
    if (!eg_ok(st) && passing(st)) {
        return st;
    }
    eg_status packed = EG_OK;
    for (size_t k = 0; k < b->members && eg_ok(packed); k++) {
        bool asked = made.devices != NULL;
        eg_status one = !eg_ok(st) || !asked ? st : made.devices[k].status;
        if (!eg_ok(one)) {
            fail_device(m, b->index[k], one);
            continue;
        }
        packed = pack(m, b, b->index[k], asked ? made.devices[k].objects : NULL);
    }
    eg_vaultpool_made_free(&made);
    return packed;
}

/** All devices that need exactly what the first one left needs. */
static void collect(const struct making *m, struct batch *b, bool *done)
{
    bool first = true;
    memset(b, 0, sizeof(*b));
    b->plan = m->plan;
    for (size_t i = 0; i < m->chunk->count; i++) {
        if (done[i]) {
            continue;
        }
        uint32_t needed = needed_of(m, i);
        if (first) {
            b->needed = needed;
            cut_plan(b);
            first = false;
        }
        if (needed == b->needed) {
            add_member(m, b, i);
            done[i] = true;
        }
    }
}

eg_status eg_make_chunk(struct eg_vaultpool *vault, const struct eg_plan *plan,
                        const struct eg_job_chunk *chunk, struct eg_arena *arena,
                        struct eg_made **out)
{
    bool done[EG_JOB_CHUNK] = {false};
    struct making m = {.plan = plan, .chunk = chunk, .arena = arena};
    struct batch *b = eg_arena_alloc(arena, sizeof(*b));
    m.made = eg_arena_alloc(arena, EG_JOB_CHUNK * sizeof(*m.made));
    m.kept = eg_arena_alloc(arena, EG_JOB_CHUNK * sizeof(*m.kept));
    if (b == NULL || m.made == NULL || m.kept == NULL || chunk->count > EG_JOB_CHUNK) {
        return EG_ERR(NO_MEMORY);
    }
    for (size_t i = 0; i < chunk->count; i++) {
        m.made[i].device_id = chunk->devices[i].device_id;
        m.made[i].reason = "";
        m.made[i].skipped = done[i] = chunk->devices[i].present;
        EG_TRY(load_kept(&m, i));
    }
    for (;;) {
        collect(&m, b, done);
        if (b->members == 0) {
            *out = m.made;
            return EG_OK;
        }
        EG_TRY(make_batch(vault, &m, b));
    }
}
