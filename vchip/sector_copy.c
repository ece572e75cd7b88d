/* SPDX-License-Identifier: Apache-2.0 */
#include "vchip/sector_copy.h"

#include <stdlib.h>
#include <string.h>

#include "vchip/chip_storage.h"

enum {
    HEADER_LEN = 16,
    KIND_FLASH = 1,
    KIND_IFR = 2,
};
static const uint8_t header_magic[4] = {'E', 'G', 'S', 'C'};

/* What is to be changed as a whole: one flash sector, or the IFR page. */
struct target {
    uint32_t kind;
    uint32_t sector; /* KIND_FLASH */
    uint32_t len;
};

static uint32_t content_sector(const struct eg_chip *chip)
{
    return chip->sector_count - EG_SCRATCH_SECTORS;
}

static uint32_t header_sector(const struct eg_chip *chip)
{
    return chip->sector_count - 1;
}

uint32_t eg_sector_scratch(const struct eg_family *f)
{
    return f->flash_size - EG_SCRATCH_SECTORS * f->flash_sector;
}

/* ---- one target ----------------------------------------------------------------------------- */

static void read_target(const struct eg_chip *chip, const struct target *t, uint8_t *out)
{
    if (t->kind == KIND_IFR) {
        memcpy(out, chip->ifr, t->len);
    } else {
        eg_chip_flash_read(chip, t->sector * chip->family->flash_sector, out, t->len);
    }
}

static eg_status erase_target(struct eg_chip *chip, const struct target *t)
{
    return t->kind == KIND_IFR ? eg_chip_ifr_erase(chip) : eg_chip_flash_erase(chip, t->sector);
}

/* Program what differs, page by page. */
static eg_status program_sector(struct eg_chip *chip, uint32_t sector, struct eg_span want)
{
    uint8_t now[EG_CHIP_PAGE];
    uint32_t start = sector * chip->family->flash_sector;
    for (size_t at = 0; at < want.len; at += EG_CHIP_PAGE) {
        size_t step = want.len - at < EG_CHIP_PAGE ? want.len - at : EG_CHIP_PAGE;
        eg_chip_flash_read(chip, start + (uint32_t)at, now, step);
        if (memcmp(now, want.ptr + at, step) != 0) {
            EG_TRY(eg_chip_flash_program(chip, start + (uint32_t)at, eg_span(want.ptr + at, step)));
        }
    }
    return EG_OK;
}

static eg_status program_target(struct eg_chip *chip, const struct target *t, struct eg_span want)
{
    if (t->kind == KIND_FLASH) {
        return program_sector(chip, t->sector, want);
    }
    return memcmp(chip->ifr, want.ptr, want.len) == 0 ? EG_OK : eg_chip_ifr_program(chip, want);
}

static bool programmable(const uint8_t *now, struct eg_span want)
{
    for (size_t i = 0; i < want.len; i++) {
        if ((want.ptr[i] & ~now[i]) != 0) {
            return false;
        }
    }
    return true;
}

/* ---- scratch area --------------------------------------------------------------------------- */

static eg_status erase_if_used(struct eg_chip *chip, uint32_t sector)
{
    return chip->sectors[sector].bytes == NULL ? EG_OK : eg_chip_flash_erase(chip, sector);
}

static eg_status erase_scratch(struct eg_chip *chip)
{
    EG_TRY(erase_if_used(chip, header_sector(chip)));
    return erase_if_used(chip, content_sector(chip));
}

static eg_status commit_scratch(struct eg_chip *chip, const struct target *t, struct eg_span want)
{
    uint8_t header[HEADER_LEN];
    memcpy(header, header_magic, sizeof(header_magic));
    eg_store_be32(header + 4, t->kind);
    eg_store_be32(header + 8, t->sector);
    eg_store_be32(header + 12, t->len);
    EG_TRY(erase_scratch(chip));
    EG_TRY(program_sector(chip, content_sector(chip), want));
    return eg_chip_flash_program(chip, header_sector(chip) * chip->family->flash_sector,
                                 EG_SPAN_OF(header));
}

static bool committed(const struct eg_chip *chip, struct target *out)
{
    uint8_t header[HEADER_LEN];
    const struct eg_family *f = chip->family;
    eg_chip_flash_read(chip, header_sector(chip) * f->flash_sector, header, sizeof(header));
    *out = (struct target){eg_load_be32(header + 4), eg_load_be32(header + 8),
                           eg_load_be32(header + 12)};
    if (memcmp(header, header_magic, sizeof(header_magic)) != 0) {
        return false;
    }
    return out->kind == KIND_IFR ? out->len == f->ifr_size && f->ifr_size > 0
                                 : out->kind == KIND_FLASH && out->len == f->flash_sector &&
                                       out->sector < content_sector(chip);
}

/* From here on a cut loses nothing: the scratch area says what the target is to be. */
static eg_status finish(struct eg_chip *chip, const struct target *t, struct eg_span want,
                        uint8_t *now)
{
    read_target(chip, t, now);
    if (!programmable(now, want)) {
        EG_TRY(erase_target(chip, t));
    }
    EG_TRY(program_target(chip, t, want));
    return erase_scratch(chip);
}

static eg_status update(struct eg_chip *chip, const struct target *t, struct eg_span want)
{
    uint8_t *now = malloc(t->len);
    if (now == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    read_target(chip, t, now);
    eg_status st;
    if (programmable(now, want)) {
        st = program_target(chip, t, want);
    } else {
        st = commit_scratch(chip, t, want);
        st = eg_ok(st) ? finish(chip, t, want, now) : st;
    }
    free(now);
    return st;
}

/* ---- calls ---------------------------------------------------------------------------------- */

static eg_status update_part(struct eg_chip *chip, uint32_t offset, struct eg_span data,
                             uint8_t *room)
{
    uint32_t sector_len = chip->family->flash_sector;
    struct target t = {KIND_FLASH, offset / sector_len, sector_len};
    read_target(chip, &t, room);
    memcpy(room + offset % sector_len, data.ptr, data.len);
    return update(chip, &t, eg_span(room, sector_len));
}

eg_status eg_sector_update(struct eg_chip *chip, uint32_t offset, struct eg_span data)
{
    uint32_t sector_len = chip->family->flash_sector;
    uint8_t *room = malloc(sector_len);
    eg_status st = room == NULL ? EG_ERR(NO_MEMORY) : EG_OK;
    while (eg_ok(st) && data.len > 0) {
        size_t step = sector_len - offset % sector_len;
        step = step < data.len ? step : data.len;
        st = update_part(chip, offset, eg_span(data.ptr, step), room);
        offset += (uint32_t)step;
        data = eg_span(data.ptr + step, data.len - step);
    }
    free(room);
    return st;
}

eg_status eg_sector_update_ifr(struct eg_chip *chip, struct eg_span page)
{
    struct target t = {KIND_IFR, 0, chip->family->ifr_size};
    return page.len == t.len ? update(chip, &t, page) : EG_ERR(VCHIP_RANGE);
}

eg_status eg_sector_recover(struct eg_chip *chip)
{
    struct target t;
    if (!committed(chip, &t)) {
        return erase_scratch(chip);
    }
    uint8_t *room = malloc(2u * (size_t)t.len);
    if (room == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    uint32_t start = content_sector(chip) * chip->family->flash_sector;
    eg_chip_flash_read(chip, start, room, t.len);
    eg_status st = finish(chip, &t, eg_span(room, t.len), room + t.len);
    free(room);
    return st;
}
