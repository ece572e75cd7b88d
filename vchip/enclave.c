/* SPDX-License-Identifier: Apache-2.0 */
#include "vchip/enclave.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/secret.h"
#include "vchip/chip_storage.h"
#include "vchip/enclave_internal.h"
#include "vchip/memory.h"

enum eg_psa_status eg_enclave_status(eg_status st)
{
    static const struct {
        enum eg_status_value status;
        enum eg_psa_status psa;
    } exact[] = {
        {EG_E_VCHIP_NO_POWER, EG_PSA_COMMUNICATION_FAILURE},
        {EG_E_VCHIP_FULL, EG_PSA_INSUFFICIENT_STORAGE},
        {EG_E_NO_MEMORY, EG_PSA_INSUFFICIENT_MEMORY},
        {EG_E_OS_FILE, EG_PSA_STORAGE_FAILURE},
    };
    for (size_t i = 0; i < sizeof(exact) / sizeof(exact[0]); i++) {
        if (eg_is(st, exact[i].status)) {
            return exact[i].psa;
        }
    }
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
    for (uint32_t s = 0; s < eg_app_store_start(f) / f->flash_sector; s++) {
        if (chip->sectors[s].bytes != NULL && starts_at(chip, s * f->flash_sector)) {
            *out_offset = s * f->flash_sector;
            return true;
        }
    }
    return false;
}

/* Keep an object that this chip sealed and that the application has not replaced or destroyed. */
static void list_object(const struct eg_part *part, const struct eg_vkeys *keys,
                        const struct eg_vblob *b, struct eg_enclave_view *view)
{
    if (view->count < EG_ENCLAVE_OBJECTS_MAX &&
        eg_ok(eg_vblob_check(part->crypto, b, keys->auth))) {
        view->objects[view->count++] = *b;
    }
}

/* Walk the firmware's area; what this chip did not seal (internal objects that wait beside the
 * external ones, sets that were never run) is passed over. */
static void list_area(const struct eg_part *part, const struct eg_vkeys *keys,
                      struct eg_enclave_view *view)
{
    struct eg_reader r;
    struct eg_vblob b;
    eg_reader_init(&r, eg_span(view->bytes, view->len));
    while (eg_vblob_starts(r.rest) && eg_ok(eg_vblob_take(&r, &b))) {
        if (eg_app_store_key(&view->store, b.id) == NULL) {
            list_object(part, keys, &b, view);
        }
    }
}

static void list_store(const struct eg_part *part, const struct eg_vkeys *keys,
                       struct eg_enclave_view *view)
{
    for (size_t i = 0; i < view->store.count; i++) {
        struct eg_reader r;
        struct eg_vblob b;
        eg_reader_init(&r, view->store.records[i].data);
        if (view->store.records[i].kind == EG_APP_KEY && eg_ok(eg_vblob_take(&r, &b))) {
            list_object(part, keys, &b, view);
        }
    }
}

static enum eg_psa_status view_area(const struct eg_part *part, const struct eg_vkeys *keys,
                                    struct eg_enclave_view *out)
{
    uint32_t offset;
    if (!find_home(part->chip, &offset)) {
        return EG_PSA_SUCCESS;
    }
    size_t len = eg_app_store_start(part->chip->family) - offset;
    len = len < EG_ENCLAVE_AREA_MAX ? len : EG_ENCLAVE_AREA_MAX;
    out->bytes = malloc(len);
    if (out->bytes == NULL) {
        return EG_PSA_INSUFFICIENT_MEMORY;
    }
    out->len = len;
    eg_chip_flash_read(part->chip, offset, out->bytes, len);
    list_area(part, keys, out);
    return EG_PSA_SUCCESS;
}

static enum eg_psa_status view_open(const struct eg_part *part, const struct eg_vkeys *keys,
                                    struct eg_enclave_view *out)
{
    *out = (struct eg_enclave_view){0};
    if (!part->chip->powered) {
        return EG_PSA_COMMUNICATION_FAILURE;
    }
    enum eg_psa_status psa = eg_enclave_status(eg_app_store_open(part->chip, &out->store));
    if (psa == EG_PSA_SUCCESS) {
        psa = view_area(part, keys, out);
    }
    if (psa == EG_PSA_SUCCESS) {
        list_store(part, keys, out);
    }
    return psa;
}

const struct eg_vblob *eg_enclave_view_find(const struct eg_enclave_view *view, uint32_t id)
{
    for (size_t i = 0; i < view->count; i++) {
        if (view->objects[i].id == id) {
            return &view->objects[i];
        }
    }
    return NULL;
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

bool eg_enclave_view_delivered(const struct eg_enclave_view *view, uint32_t id)
{
    struct eg_reader r;
    struct eg_vblob b;
    eg_reader_init(&r, eg_span(view->bytes, view->len));
    while (eg_vblob_starts(r.rest) && eg_ok(eg_vblob_take(&r, &b))) {
        if (b.id == id) {
            return true;
        }
    }
    return false;
}

void eg_enclave_view_close(struct eg_enclave_view *view)
{
    free(view->bytes);
    eg_app_store_close(&view->store);
    *view = (struct eg_enclave_view){0};
}

/* ---- opening -------------------------------------------------------------------------------- */

bool eg_enclave_life_cycle_fits(const struct eg_chip *chip, const struct eg_vblob *b)
{
    uint8_t needed = eg_family_life_cycle_byte(chip->family, (enum eg_life_cycle)b->life_cycle);
    return (needed & ~eg_chip_life_cycle(chip)) == 0;
}

static enum eg_psa_status open_object(const struct eg_part *part, struct eg_enclave_use *use)
{
    if (!eg_enclave_life_cycle_fits(part->chip, &use->object)) {
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
    const struct eg_vblob *object = eg_enclave_view_find(&use->view, id);
    if (object == NULL) {
        return EG_PSA_DOES_NOT_EXIST;
    }
    use->object = *object;
    return open_object(part, use);
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
