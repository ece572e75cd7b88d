/* SPDX-License-Identifier: Apache-2.0 */
/* What was written to the chip, for the bench (docs/protocol/vchip.md, "trace"). */
#include <stdio.h>

#include "vchip/device.h"
#include "vchip/enclave.h"
#include "vchip/trace.h"

static const char *const kinds[] = {
    [EG_CHIP_REC_FUSE] = "fuse",
    [EG_CHIP_REC_IFR_ERASE] = "ifr-erase",
    [EG_CHIP_REC_IFR_PROGRAM] = "ifr-program",
    [EG_CHIP_REC_FLASH_ERASE] = "flash-erase",
    [EG_CHIP_REC_FLASH_PROGRAM] = "flash-program",
};

static void put_word(json_t *o, const char *name, const struct eg_family *f, uint32_t value)
{
    char text[16];
    (void)snprintf(text, sizeof(text), "%0*x", 2 * f->fuse_bytes, value);
    (void)json_object_set_new(o, name, json_string(text));
}

static void put_fuse(json_t *o, const struct eg_family *f, const struct eg_chip_write *w)
{
    bool secret =
        w->where >= f->fuse_decrypt_key && w->where < f->fuse_decrypt_key + 32u / f->fuse_bytes;
    (void)json_object_set_new(o, "index", json_integer(w->where));
    if (!secret) {
        put_word(o, "from", f, w->from);
        put_word(o, "to", f, w->to);
    }
}

static json_t *write_json(const struct eg_family *f, const struct eg_chip_write *w)
{
    json_t *o = json_pack("{s:s, s:I, s:I}", "kind", kinds[w->kind], "count", (json_int_t)w->count,
                          "bytes", (json_int_t)w->bytes);
    if (w->kind == EG_CHIP_REC_FUSE) {
        put_fuse(o, f, w);
    } else if (w->kind == EG_CHIP_REC_FLASH_ERASE || w->kind == EG_CHIP_REC_FLASH_PROGRAM) {
        json_int_t address = (json_int_t)f->flash_address + (json_int_t)w->where * f->flash_sector;
        (void)json_object_set_new(o, "address", json_integer(address));
    }
    return o;
}

json_t *eg_trace_handle(struct eg_device *d, const json_t *request)
{
    struct eg_chip *chip = d->chip;
    const json_t *on = json_object_get(request, "on");
    if (json_is_true(on)) {
        return eg_ok(eg_chip_trace_start(chip)) ? json_pack("{s:i}", "status", 0)
                                                : eg_line_error(EG_PSA_GENERIC_ERROR, "no memory");
    }
    if (json_is_false(on)) {
        eg_chip_trace_stop(chip);
        return json_pack("{s:i}", "status", 0);
    }
    json_t *writes = json_array();
    for (size_t i = 0; chip->trace != NULL && i < chip->trace->count; i++) {
        (void)json_array_append_new(writes, write_json(chip->family, &chip->trace->list[i]));
    }
    return json_pack("{s:i, s:o, s:I}", "status", 0, "writes", writes, "dropped",
                     chip->trace == NULL ? (json_int_t)0 : (json_int_t)chip->trace->dropped);
}
