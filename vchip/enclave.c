/* SPDX-License-Identifier: Apache-2.0 */
#include "vchip/enclave.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/secret.h"
#include "vchip/chip_storage.h"
#include "vchip/enclave_internal.h"
#include "vchip/memory.h"
#include "vchip/sector_copy.h"

enum eg_psa_status eg_enclave_status(eg_status st)
{
    switch (eg_category(st)) {
    case EG_CAT_OK:
        return EG_PSA_SUCCESS;
    case EG_CAT_INTEGRITY:
        return EG_PSA_INVALID_SIGNATURE;
    case EG_CAT_MALFORMED:
        return EG_PSA_INVALID_ARGUMENT;
    case EG_CAT_UNSUPPORTED:
        return EG_PSA_NOT_SUPPORTED;
    default:
        return EG_PSA_GENERIC_ERROR;
    }
}

/* ---- finding -------------------------------------------------------------------------------- */

static bool starts_at(const struct eg_chip *chip, uint32_t offset)
{
    uint8_t head[EG_VBLOB_MAGIC_LEN];
    if (offset > chip->family->flash_size - sizeof(head)) {
        return false;
    }
    eg_chip_flash_read(chip, offset, head, sizeof(head));
    return eg_vblob_starts(EG_SPAN_OF(head));
}

/* Offset in the flash at which objects stand; false when there are none. */
static bool find_home(const struct eg_chip *chip, uint32_t *out_offset)
{
    const struct eg_family *f = chip->family;
    if (eg_memory_region(f, f->external_address, 1) == EG_REGION_FLASH &&
        starts_at(chip, f->external_address - f->flash_address)) {
        *out_offset = f->external_address - f->flash_address;
        return true;
    }
    for (uint32_t s = 0; s < chip->sector_count - EG_SCRATCH_SECTORS; s++) {
        if (chip->sectors[s].bytes != NULL && starts_at(chip, s * f->flash_sector)) {
            *out_offset = s * f->flash_sector;
            return true;
        }
    }
    return false;
}

/* Walk the area and keep what this chip sealed; what it did not (internal objects that wait beside
 * the external ones, sets that were never run) is passed over. */
static void list_objects(const struct eg_part *part, const struct eg_vkeys *keys, size_t len,
                         struct eg_enclave_view *view)
{
    struct eg_reader r;
    struct eg_vblob b;
    eg_reader_init(&r, eg_span(view->bytes, len));
    while (view->count < EG_ENCLAVE_OBJECTS_MAX && eg_vblob_starts(r.rest) &&
           eg_ok(eg_vblob_take(&r, &b))) {
        if (eg_ok(eg_vblob_check(part->crypto, &b, keys->auth))) {
            view->objects[view->count++] = b;
        }
    }
}

static enum eg_psa_status view_open(const struct eg_part *part, const struct eg_vkeys *keys,
                                    struct eg_enclave_view *out)
{
    const struct eg_family *f = part->chip->family;
    uint32_t offset;
    *out = (struct eg_enclave_view){0};
    if (!part->chip->powered) {
        return EG_PSA_COMMUNICATION_FAILURE;
    }
    if (!find_home(part->chip, &offset)) {
        return EG_PSA_SUCCESS;
    }
    size_t len = f->flash_size - offset;
    len = len < EG_ENCLAVE_AREA_MAX ? len : EG_ENCLAVE_AREA_MAX;
    out->bytes = malloc(len);
    if (out->bytes == NULL) {
        return EG_PSA_GENERIC_ERROR;
    }
    eg_chip_flash_read(part->chip, offset, out->bytes, len);
    list_objects(part, keys, len, out);
    return EG_PSA_SUCCESS;
}

static eg_status storage_keys(const struct eg_part *part, struct eg_vkeys *out)
{
    return eg_vkeys_storage(part->crypto, part->chip->family->recipe,
                            EG_SPAN_OF(part->chip->die_key), out);
}

enum eg_psa_status eg_enclave_view_open(const struct eg_part *part, struct eg_enclave_view *out)
{
    struct eg_vkeys keys = {0};
    *out = (struct eg_enclave_view){0};
    eg_status st = storage_keys(part, &keys);
    enum eg_psa_status psa = eg_ok(st) ? view_open(part, &keys, out) : eg_enclave_status(st);
    eg_vkeys_wipe(&keys);
    return psa;
}

void eg_enclave_view_close(struct eg_enclave_view *view)
{
    free(view->bytes);
    *view = (struct eg_enclave_view){0};
}

/* ---- opening -------------------------------------------------------------------------------- */

/* The chip must have reached the life cycle for which the object was made. */
static bool life_cycle_fits(const struct eg_chip *chip, const struct eg_vblob *b)
{
    uint8_t needed = eg_family_life_cycle_byte(chip->family, (enum eg_life_cycle)b->life_cycle);
    return (needed & ~eg_chip_life_cycle(chip)) == 0;
}

static enum eg_psa_status open_object(const struct eg_part *part, struct eg_enclave_use *use)
{
    if (!life_cycle_fits(part->chip, &use->object)) {
        return EG_PSA_NOT_PERMITTED;
    }
    use->plain = malloc(use->object.payload.len);
    if (use->plain == NULL) {
        return EG_PSA_GENERIC_ERROR;
    }
    struct eg_writer w;
    eg_writer_init(&w, use->plain, use->object.payload.len);
    eg_status st = eg_vblob_open(part->crypto, &use->object, &use->keys, &w);
    use->plain_len = eg_ok(st) ? w.len : 0;
    return eg_enclave_status(st);
}

enum eg_psa_status eg_enclave_use_open(const struct eg_part *part, uint32_t id,
                                       struct eg_enclave_use *use)
{
    *use = (struct eg_enclave_use){0};
    eg_status st = storage_keys(part, &use->keys);
    enum eg_psa_status psa =
        eg_ok(st) ? view_open(part, &use->keys, &use->view) : eg_enclave_status(st);
    if (psa != EG_PSA_SUCCESS) {
        return psa;
    }
    for (size_t i = 0; i < use->view.count; i++) {
        if (use->view.objects[i].id == id) {
            use->object = use->view.objects[i];
            return open_object(part, use);
        }
    }
    return EG_PSA_DOES_NOT_EXIST;
}

void eg_enclave_use_close(struct eg_enclave_use *use)
{
    if (use->plain != NULL) {
        eg_wipe(use->plain, use->object.payload.len);
    }
    free(use->plain);
    eg_vkeys_wipe(&use->keys);
    eg_enclave_view_close(&use->view);
    *use = (struct eg_enclave_use){0};
}
