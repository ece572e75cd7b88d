/* SPDX-License-Identifier: Apache-2.0 */
#include "vchip/prov_set.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/secret.h"
#include "vchip/chip_storage.h"
#include "vchip/memory.h"

/* ---- reading -------------------------------------------------------------------------------- */

static uint32_t read_source(const struct eg_part *part, uint32_t address, struct eg_prov_plan *plan)
{
    bool any = false;
    EG_PROV_TRY(eg_prov_find_areas(part, address, plan));
    for (size_t i = 0; i < plan->area_count; i++) {
        plan->source_len += plan->areas[i].len;
    }
    plan->source = malloc(plan->source_len);
    if (plan->source == NULL) {
        return EG_PROV_CONTEXT;
    }
    uint8_t *at = plan->source;
    for (size_t i = 0; i < plan->area_count; i++) {
        const struct eg_prov_area *area = &plan->areas[i];
        if (!eg_ok(eg_memory_read(part, area->address, at, area->len))) {
            return EG_PROV_NO_BLOB;
        }
        any = any || eg_vblob_starts(eg_span(at, area->len));
        at += area->len;
    }
    return any ? EG_PROV_PASS : EG_PROV_NO_BLOB;
}

/* After the last object the memory must look unused, so that a damaged magic is not an end. */
static bool ends_here(struct eg_span rest)
{
    size_t len = rest.len < EG_VBLOB_MAGIC_LEN ? rest.len : EG_VBLOB_MAGIC_LEN;
    for (size_t i = 0; i < len; i++) {
        if (rest.ptr[i] != rest.ptr[0]) {
            return false;
        }
    }
    return len == 0 || rest.ptr[0] == 0x00 || rest.ptr[0] == 0xFF;
}

static uint32_t parse_area(const struct eg_family *f, struct eg_span area,
                           struct eg_prov_plan *plan)
{
    struct eg_reader r;
    eg_reader_init(&r, area);
    while (eg_vblob_starts(r.rest)) {
        if (plan->count == f->objects_max || plan->count == EG_PROV_OBJECTS_MAX) {
            return EG_PROV_TOO_MANY;
        }
        eg_status st = eg_vblob_take(&r, &plan->objects[plan->count]);
        if (eg_is(st, EG_E_TRUNCATED) && area.len == eg_prov_window(f)) {
            return EG_PROV_TOO_LARGE;
        }
        if (!eg_ok(st)) {
            return plan->count == 0 ? EG_PROV_PARSE : EG_PROV_BAD_OBJECT;
        }
        size_t len = plan->objects[plan->count++].raw.len;
        plan->objects_len += len;
        if (plan->objects_len > f->objects_bytes_max ||
            (f->object_bytes_max != 0 && len > f->object_bytes_max)) {
            return EG_PROV_TOO_LARGE;
        }
    }
    return ends_here(r.rest) ? EG_PROV_PASS : EG_PROV_BAD_OBJECT;
}

static uint32_t parse_source(const struct eg_family *f, struct eg_prov_plan *plan)
{
    const uint8_t *at = plan->source;
    for (size_t i = 0; i < plan->area_count; i++) {
        plan->in_place_from = plan->count;
        EG_PROV_TRY(parse_area(f, eg_span(at, plan->areas[i].len), plan));
        at += plan->areas[i].len;
    }
    return EG_PROV_PASS;
}

/* ---- rules about the set -------------------------------------------------------------------- */

/* Key ids that belong to the chip itself; the three internal objects lie in this range too. */
static bool reserved_id(const struct eg_vblob *b)
{
    return eg_vblob_id_of_chip(b->id) && !eg_vblob_internal(b);
}

static uint32_t check_enclave(const struct eg_family *f, const struct eg_prov_plan *plan)
{
    for (size_t i = 0; i < plan->count; i++) {
        if (!eg_vblob_for(&plan->objects[i], f->recipe)) {
            return EG_PROV_BAD_OBJECT;
        }
    }
    return EG_PROV_PASS;
}

static uint32_t check_ids(const struct eg_prov_plan *plan)
{
    for (size_t i = 0; i < plan->count; i++) {
        if (reserved_id(&plan->objects[i])) {
            return EG_PROV_KEY_ID;
        }
        for (size_t j = 0; j < i; j++) {
            if (plan->objects[i].id == plan->objects[j].id) {
                return EG_PROV_KEY_ID;
            }
        }
    }
    return EG_PROV_PASS;
}

static const struct eg_vblob *find(const struct eg_prov_plan *plan, uint32_t id)
{
    for (size_t i = 0; i < plan->count; i++) {
        if (plan->objects[i].id == id) {
            return &plan->objects[i];
        }
    }
    return NULL;
}

static uint32_t check_required(const struct eg_family *f, const struct eg_prov_plan *plan)
{
    for (uint32_t i = 0; i < f->required_count; i++) {
        if (find(plan, f->required[i]) == NULL) {
            return EG_PROV_LESS_BLOBS;
        }
    }
    return EG_PROV_PASS;
}

static uint32_t check_life_cycle(const struct eg_part *part, struct eg_prov_plan *plan)
{
    plan->life_cycle = plan->objects[0].life_cycle;
    for (size_t i = 1; i < plan->count; i++) {
        if (plan->objects[i].life_cycle != plan->life_cycle) {
            return EG_PROV_LIFE_CYCLE_MIXED;
        }
    }
    uint8_t after =
        eg_family_life_cycle_byte(part->chip->family, (enum eg_life_cycle)plan->life_cycle);
    return (eg_chip_life_cycle(part->chip) & ~after) != 0 ? EG_PROV_LIFE_CYCLE_BACK : EG_PROV_PASS;
}

/* What the internal objects must look like beyond what holds for every object. */
static const struct {
    uint32_t id;
    uint32_t wrap_alg, bad_wrap_alg;
    uint32_t type, bad_type;
    uint32_t bits, bad_bits; /* 0: any */
} internal_rules[] = {
    {EG_VOBJ_BOOT_KEY_HASH, EG_VWRAP_NONE, EG_PROV_HASH_WRAP_ALG, EG_VTYPE_RAW, EG_PROV_HASH_TYPE,
     256, EG_PROV_HASH_BITS},
    {EG_VOBJ_DECRYPT_KEY, EG_VWRAP_CBC, EG_PROV_OEM_WRAP_ALG, EG_VTYPE_OEM_KEY,
     EG_PROV_OEM_KEY_TYPE, 256, EG_PROV_OEM_KEY_BITS},
    {EG_VOBJ_FUSE_CONFIG, EG_VWRAP_CBC, EG_PROV_CONFIG_WRAP_ALG, EG_VTYPE_RAW, EG_PROV_CONFIG_TYPE,
     0, EG_PROV_PASS},
};

static uint32_t check_internal_rules(const struct eg_prov_plan *plan)
{
    for (size_t i = 0; i < sizeof(internal_rules) / sizeof(internal_rules[0]); i++) {
        const struct eg_vblob *b = find(plan, internal_rules[i].id);
        if (b == NULL) {
            continue;
        }
        if (b->wrap_alg != internal_rules[i].wrap_alg) {
            return internal_rules[i].bad_wrap_alg;
        }
        if (b->type != internal_rules[i].type) {
            return internal_rules[i].bad_type;
        }
        if (internal_rules[i].bits != 0 && b->bits != internal_rules[i].bits) {
            return internal_rules[i].bad_bits;
        }
        if (b->id == EG_VOBJ_BOOT_KEY_HASH && b->payload.len != 32) {
            return EG_PROV_HASH_SIZE;
        }
    }
    return EG_PROV_PASS;
}

/* ---- keys and proof ------------------------------------------------------------------------- */

/* The set is bound to the boot key hash that it brings, else to the one already fused, and to the
 * life cycle that the chip will have after the run. */
static uint32_t derive_keys(const struct eg_part *part, struct eg_prov_plan *plan)
{
    const struct eg_chip *chip = part->chip;
    const struct eg_vblob *hash = find(plan, EG_VOBJ_BOOT_KEY_HASH);
    struct eg_span die = EG_SPAN_OF(chip->die_key);
    struct eg_vkey_binding binding = {0};
    (void)eg_chip_boot_key_hash(chip, binding.boot_key_hash);
    if (hash != NULL) {
        memcpy(binding.boot_key_hash, hash->payload.ptr, sizeof(binding.boot_key_hash));
    }
    binding.life_cycle =
        eg_family_life_cycle_byte(chip->family, (enum eg_life_cycle)plan->life_cycle);
    bool ok =
        (chip->faults & EG_FAULT_KEYS) == 0 &&
        eg_ok(eg_vkeys_import(part->crypto, chip->family->recipe, die, &binding, &plan->import)) &&
        eg_ok(eg_vkeys_storage(part->crypto, chip->family->recipe, die, &plan->storage));
    return ok ? EG_PROV_PASS : EG_PROV_KEY_DERIVATION;
}

/* Re-wrapped in place by an earlier run: the chip's own seal counts as well. */
static bool sealed_by_chip(const struct eg_part *part, const struct eg_vblob *b,
                           const struct eg_prov_plan *plan)
{
    return !eg_vblob_internal(b) && eg_ok(eg_vblob_check(part->crypto, b, plan->storage.auth));
}

static uint32_t verify_all(const struct eg_part *part, const struct eg_prov_plan *plan)
{
    for (size_t i = 0; i < plan->count; i++) {
        const struct eg_vblob *b = &plan->objects[i];
        if (!eg_ok(eg_vblob_check(part->crypto, b, plan->import.auth)) &&
            !sealed_by_chip(part, b, plan)) {
            return EG_PROV_VERIFY;
        }
    }
    return EG_PROV_PASS;
}

static uint32_t open_one(const struct eg_part *part, const struct eg_vblob *b,
                         struct eg_prov_plan *plan)
{
    const struct eg_vkeys *keys = sealed_by_chip(part, b, plan) ? &plan->storage : &plan->import;
    uint8_t *room = malloc(b->payload.len);
    if (room == NULL) {
        return EG_PROV_CONTEXT;
    }
    struct eg_writer plain;
    eg_writer_init(&plain, room, b->payload.len);
    uint32_t word = EG_PROV_DECRYPT;
    if (eg_ok(eg_vblob_open(part->crypto, b, keys, &plain))) {
        word = eg_vblob_internal(b) ? eg_prov_plan_internal(part, b, eg_writer_span(&plain), plan)
                                    : EG_PROV_PASS;
    }
    eg_wipe(room, b->payload.len);
    free(room);
    return word;
}

static uint32_t open_all(const struct eg_part *part, struct eg_prov_plan *plan)
{
    for (size_t i = 0; i < plan->count; i++) {
        EG_PROV_TRY(open_one(part, &plan->objects[i], plan));
    }
    return EG_PROV_PASS;
}

uint32_t eg_prov_plan_make(const struct eg_part *part, uint32_t address, struct eg_prov_plan *plan)
{
    const struct eg_family *f = part->chip->family;
    *plan = (struct eg_prov_plan){0};
    plan->fuse_value = calloc(f->fuse_count, sizeof(*plan->fuse_value));
    plan->fuse_planned = calloc(f->fuse_count, sizeof(*plan->fuse_planned));
    if (plan->fuse_value == NULL || plan->fuse_planned == NULL ||
        (part->chip->faults & EG_FAULT_MEMORY) != 0) {
        return EG_PROV_CONTEXT;
    }
    EG_PROV_TRY(read_source(part, address, plan));
    EG_PROV_TRY(parse_source(f, plan));
    EG_PROV_TRY(check_enclave(f, plan));
    EG_PROV_TRY(check_ids(plan));
    EG_PROV_TRY(check_required(f, plan));
    EG_PROV_TRY(check_internal_rules(plan));
    EG_PROV_TRY(check_life_cycle(part, plan));
    EG_PROV_TRY(derive_keys(part, plan));
    EG_PROV_TRY(verify_all(part, plan));
    EG_PROV_TRY(open_all(part, plan));
    EG_PROV_TRY(eg_prov_check_one_time(part, plan));
    EG_PROV_TRY(eg_prov_check_safety(part, plan, find(plan, EG_VOBJ_BOOT_KEY_HASH)));
    return eg_prov_plan_home(part, address, plan);
}

void eg_prov_plan_cleanup(const struct eg_part *part, struct eg_prov_plan *plan)
{
    const struct eg_family *f = part->chip->family;
    if (plan->fuse_value != NULL) {
        eg_wipe(plan->fuse_value, f->fuse_count * sizeof(*plan->fuse_value));
    }
    free(plan->fuse_value);
    free(plan->fuse_planned);
    free(plan->source);
    free(plan->home);
    eg_vkeys_wipe(&plan->import);
    eg_vkeys_wipe(&plan->storage);
    *plan = (struct eg_prov_plan){0};
}
