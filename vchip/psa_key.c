/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "lib/base/secret.h"
#include "vchip/chip_storage.h"
#include "vchip/enclave_internal.h"
#include "vchip/psa.h"

/* ---- what the object says ---------------------------------------------------------------------
 */

static bool attributes_given(const struct eg_psa_attributes *a)
{
    return a->id != 0 && a->type != 0 && a->bits != 0 && a->lifetime != 0;
}

static bool attributes_fit(const struct eg_psa_attributes *a, const struct eg_vblob *b)
{
    return a->id == b->id && a->type == b->type && a->usage == b->usage && a->alg == b->alg &&
           a->bits == b->bits && a->lifetime == b->lifetime;
}

/* Exactly one object, for this kind of enclave, as the caller describes it. */
static enum eg_psa_status read_object(const struct eg_family *f,
                                      const struct eg_psa_attributes *attributes,
                                      struct eg_span object, struct eg_vblob *out)
{
    struct eg_reader r;
    eg_reader_init(&r, object);
    if (!attributes_given(attributes) || !eg_ok(eg_vblob_take(&r, out)) || r.rest.len != 0 ||
        !attributes_fit(attributes, out) || !eg_vblob_for(out, f->recipe)) {
        return EG_PSA_INVALID_ARGUMENT;
    }
    if (out->type == EG_VTYPE_RSA_PAIR && !f->rsa) {
        return EG_PSA_NOT_SUPPORTED;
    }
    bool fits = f->object_bytes_max == 0 || object.len <= f->object_bytes_max;
    return fits ? EG_PSA_SUCCESS : EG_PSA_INSUFFICIENT_STORAGE;
}

/* ---- keys and proof ---------------------------------------------------------------------------
 */

struct import {
    struct eg_vkeys from, to; /* secret: as sealed by the service, as kept by the chip */
};

/* The chip as it is now: what was fused and burned, not what an object claims. */
static eg_status derive(const struct eg_part *part, struct import *keys)
{
    const struct eg_chip *chip = part->chip;
    struct eg_span die = EG_SPAN_OF(chip->die_key);
    struct eg_vkey_binding binding = {.life_cycle = eg_chip_life_cycle(chip)};
    (void)eg_chip_boot_key_hash(chip, binding.boot_key_hash);
    EG_TRY(eg_vkeys_import(part->crypto, chip->family->recipe, die, &binding, &keys->from));
    return eg_vkeys_storage(part->crypto, chip->family->recipe, die, &keys->to);
}

static eg_status opens(const struct eg_part *part, const struct eg_vblob *b,
                       const struct eg_vkeys *keys)
{
    uint8_t *room = malloc(b->payload.len);
    struct eg_writer w;
    if (room == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    eg_writer_init(&w, room, b->payload.len);
    eg_status st = eg_vblob_open(part->crypto, b, keys, &w);
    eg_wipe(room, b->payload.len);
    free(room);
    return st;
}

static eg_status keep(struct eg_part *part, const struct eg_vblob *b, const struct import *keys)
{
    uint8_t *own = malloc(b->raw.len);
    if (own == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    eg_status st = eg_vblob_rewrap(part->crypto, b, &keys->from, &keys->to, own);
    if (eg_ok(st)) {
        st = eg_app_store_put(part->chip, EG_APP_KEY, b->id, eg_span(own, b->raw.len));
    }
    free(own);
    return st;
}

/* Room in the list of objects, and no object of this id in it. */
static enum eg_psa_status vacant(const struct eg_part *part, uint32_t id)
{
    struct eg_enclave_view view;
    enum eg_psa_status psa = eg_enclave_view_open(part, &view);
    if (psa == EG_PSA_SUCCESS && eg_enclave_view_find(&view, id) != NULL) {
        psa = EG_PSA_ALREADY_EXISTS;
    } else if (psa == EG_PSA_SUCCESS && view.count == EG_ENCLAVE_OBJECTS_MAX) {
        psa = EG_PSA_INSUFFICIENT_STORAGE;
    }
    eg_enclave_view_close(&view);
    return psa;
}

static enum eg_psa_status import_with(struct eg_part *part, const struct eg_vblob *b,
                                      const struct import *keys)
{
    enum eg_psa_status psa = eg_enclave_status(eg_vblob_check(part->crypto, b, keys->from.auth));
    if (psa == EG_PSA_SUCCESS) {
        psa = eg_enclave_status(opens(part, b, &keys->from));
    }
    if (psa == EG_PSA_SUCCESS) {
        psa = vacant(part, b->id);
    }
    return psa == EG_PSA_SUCCESS ? eg_enclave_status(keep(part, b, keys)) : psa;
}

enum eg_psa_status eg_psa_import(struct eg_part *part, const struct eg_psa_attributes *attributes,
                                 struct eg_span object)
{
    struct eg_vblob b;
    struct import keys = {0};
    if (!part->chip->powered) {
        return EG_PSA_COMMUNICATION_FAILURE;
    }
    if (eg_vblob_id_of_chip(attributes->id)) {
        return EG_PSA_NOT_PERMITTED;
    }
    enum eg_psa_status psa = read_object(part->chip->family, attributes, object, &b);
    if (psa == EG_PSA_SUCCESS && !eg_enclave_life_cycle_fits(part->chip, &b)) {
        psa = EG_PSA_NOT_PERMITTED;
    }
    if (psa == EG_PSA_SUCCESS) {
        psa = eg_enclave_status(derive(part, &keys));
    }
    if (psa == EG_PSA_SUCCESS) {
        psa = import_with(part, &b, &keys);
    }
    eg_wipe(&keys, sizeof(keys));
    return psa;
}

/* ---- destroying -------------------------------------------------------------------------------
 */

/* What the firmware delivered is still there: it must be hidden. Of the application's own nothing
 * needs to be remembered. */
static enum eg_app_kind gone(const struct eg_enclave_view *view, uint32_t id)
{
    return eg_enclave_view_delivered(view, id) ? EG_APP_KEY_HIDDEN : EG_APP_KEY_NONE;
}

enum eg_psa_status eg_psa_destroy(struct eg_part *part, uint32_t id)
{
    struct eg_enclave_view view;
    if (eg_vblob_id_of_chip(id)) {
        return EG_PSA_NOT_PERMITTED;
    }
    enum eg_psa_status psa = eg_enclave_view_open(part, &view);
    if (psa == EG_PSA_SUCCESS) {
        psa = eg_enclave_view_find(&view, id) == NULL
                  ? EG_PSA_DOES_NOT_EXIST
                  : eg_enclave_status(
                        eg_app_store_put(part->chip, gone(&view, id), id, eg_span(NULL, 0)));
    }
    eg_enclave_view_close(&view);
    return psa;
}
