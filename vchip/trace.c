/* SPDX-License-Identifier: Apache-2.0 */
#include "vchip/trace.h"

#include <stdlib.h>

#include "lib/base/secret.h"

eg_status eg_chip_trace_start(struct eg_chip *chip)
{
    eg_chip_trace_stop(chip);
    chip->trace = calloc(1, sizeof(*chip->trace));
    return chip->trace == NULL ? EG_ERR(NO_MEMORY) : EG_OK;
}

void eg_chip_trace_stop(struct eg_chip *chip)
{
    if (chip->trace != NULL) {
        eg_wipe(chip->trace, sizeof(*chip->trace));
    }
    free(chip->trace);
    chip->trace = NULL;
}

static struct eg_chip_write read_write(const struct eg_chip *chip, enum eg_chip_record kind,
                                       struct eg_span payload, uint32_t from)
{
    struct eg_chip_write w = {.kind = kind, .from = from, .count = 1};
    switch (kind) {
    case EG_CHIP_REC_FUSE:
        w.where = (uint32_t)payload.ptr[0] << 8 | payload.ptr[1];
        w.to = eg_load_be32(payload.ptr + 2);
        w.bytes = chip->family->fuse_bytes;
        break;
    case EG_CHIP_REC_FLASH_ERASE:
        w.where = eg_load_be32(payload.ptr);
        break;
    case EG_CHIP_REC_FLASH_PROGRAM:
        w.where = eg_load_be32(payload.ptr) / chip->family->flash_sector;
        w.bytes = (uint32_t)payload.len - 4;
        break;
    default:
        w.bytes = (uint32_t)payload.len;
        break;
    }
    return w;
}

void eg_chip_trace_note(struct eg_chip *chip, enum eg_chip_record kind, struct eg_span payload,
                        uint32_t from)
{
    struct eg_chip_trace *t = chip->trace;
    if (t == NULL) {
        return;
    }
    const struct eg_chip_write w = read_write(chip, kind, payload, from);
    struct eg_chip_write *last = t->count > 0 ? &t->list[t->count - 1] : NULL;
    if (last != NULL && kind == EG_CHIP_REC_FLASH_PROGRAM && last->kind == kind &&
        last->where == w.where) {
        last->count++;
        last->bytes += w.bytes;
    } else if (t->count == EG_CHIP_TRACE_MAX) {
        t->dropped++;
    } else {
        t->list[t->count++] = w;
    }
}
