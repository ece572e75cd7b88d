/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "agent/port/template/port.h"

static uint32_t place(const struct port_flash *f, unsigned slot, uint32_t offset)
{
    return f->at + slot * BOARD_SECTOR + offset;
}

static enum eg_agent_result result_of(bool good)
{
    return good ? EG_AGENT_OK : EG_AGENT_STORE;
}

static enum eg_agent_result erase(void *ctx, unsigned slot)
{
    struct port_flash *f = ctx;
    f->filled = 0;
    return result_of(board_flash_erase(place(f, slot, 0)));
}

/* Write the waiting unit, its end filled up as erased flash reads. */
static enum eg_agent_result flush(struct port_flash *f)
{
    if (f->filled == 0) {
        return EG_AGENT_OK;
    }
    memset(f->unit + f->filled, 0xFF, (size_t)(BOARD_UNIT - f->filled));
    f->filled = 0;
    return result_of(board_flash_write(place(f, f->slot, f->unit_at), f->unit));
}

static enum eg_agent_result sync(void *ctx, unsigned slot)
{
    (void)slot;
    return flush(ctx);
}

/* Does a byte at this place go on from the waiting ones? */
static bool follows(const struct port_flash *f, unsigned slot, uint32_t offset)
{
    return f->filled > 0 && f->slot == slot && f->unit_at + f->filled == offset;
}

/* Start a unit. A piece that begins in the middle of one would have it written twice. */
static enum eg_agent_result begin_unit(struct port_flash *f, unsigned slot, uint32_t offset)
{
    if (flush(f) != EG_AGENT_OK || offset % BOARD_UNIT != 0) {
        return EG_AGENT_STORE;
    }
    f->slot = (uint8_t)slot;
    f->unit_at = offset;
    return EG_AGENT_OK;
}

static enum eg_agent_result write_piece(void *ctx, unsigned slot, uint32_t offset,
                                        struct eg_agent_bytes piece)
{
    struct port_flash *f = ctx;
    for (size_t i = 0; i < piece.len; i++) {
        if (!follows(f, slot, offset + (uint32_t)i) &&
            begin_unit(f, slot, offset + (uint32_t)i) != EG_AGENT_OK) {
            return EG_AGENT_STORE;
        }
        f->unit[f->filled++] = piece.ptr[i];
        if (f->filled == BOARD_UNIT && flush(f) != EG_AGENT_OK) {
            return EG_AGENT_STORE;
        }
    }
    return EG_AGENT_OK;
}

static enum eg_agent_result read_bytes(void *ctx, unsigned slot, uint32_t offset, uint8_t *out,
                                       size_t len)
{
    const struct port_flash *f = ctx;
    if (offset > BOARD_SECTOR || len > BOARD_SECTOR - offset) {
        return EG_AGENT_STORE;
    }
    return result_of(board_flash_read(place(f, slot, offset), out, len));
}

const struct eg_agent_store port_store = {
    .slot_size = BOARD_SECTOR,
    .erase = erase,
    .write = write_piece,
    .sync = sync,
    .read = read_bytes,
};
