/* SPDX-License-Identifier: Apache-2.0 */
#include "vchip/memory.h"

#include <string.h>

#include "lib/base/secret.h"
#include "vchip/chip_storage.h"

static bool within(uint32_t start, uint64_t size, uint32_t address, uint64_t len)
{
    return address >= start && (uint64_t)(address - start) + len <= size;
}

enum eg_region eg_memory_region(const struct eg_family *f, uint32_t address, uint64_t len)
{
    if (len == 0) {
        return EG_REGION_NONE;
    }
    if (within(f->ram_address, f->ram_size, address, len)) {
        return EG_REGION_RAM;
    }
    if (f->ifr_size > 0 && within(f->ifr_address, f->ifr_size, address, len)) {
        return EG_REGION_IFR;
    }
    return within(f->flash_address, f->flash_size, address, len) ? EG_REGION_FLASH : EG_REGION_NONE;
}

eg_status eg_memory_read(const struct eg_part *part, uint32_t address, uint8_t *out, size_t len)
{
    const struct eg_family *f = part->chip->family;
    switch (eg_memory_region(f, address, len)) {
    case EG_REGION_RAM:
        memcpy(out, part->ram + (address - f->ram_address), len);
        return EG_OK;
    case EG_REGION_IFR:
        memcpy(out, part->chip->ifr + (address - f->ifr_address), len);
        return EG_OK;
    case EG_REGION_FLASH:
        eg_chip_flash_read(part->chip, address - f->flash_address, out, len);
        return EG_OK;
    default:
        return EG_ERR(VCHIP_RANGE);
    }
}

static eg_status write_ifr(struct eg_part *part, struct eg_span data)
{
    struct eg_chip *chip = part->chip;
    if (data.len != chip->family->ifr_size) {
        return EG_ERR(VCHIP_RANGE);
    }
    if (eg_chip_life_cycle(chip) != chip->family->life_cycle_open) {
        return EG_ERR(VCHIP_ONE_WAY);
    }
    EG_TRY(eg_chip_ifr_erase(chip));
    return eg_chip_ifr_program(chip, data);
}

static bool needs_erase(const struct eg_chip *chip, uint32_t offset, struct eg_span data)
{
    uint8_t now[EG_CHIP_PAGE];
    while (data.len > 0) {
        size_t step = data.len < sizeof(now) ? data.len : sizeof(now);
        eg_chip_flash_read(chip, offset, now, step);
        for (size_t i = 0; i < step; i++) {
            if ((data.ptr[i] & ~now[i]) != 0) {
                return true;
            }
        }
        offset += (uint32_t)step;
        data = eg_span(data.ptr + step, data.len - step);
    }
    return false;
}

static eg_status program_pages(struct eg_chip *chip, uint32_t offset, struct eg_span data)
{
    while (data.len > 0) {
        size_t step = EG_CHIP_PAGE - offset % EG_CHIP_PAGE;
        step = step < data.len ? step : data.len;
        EG_TRY(eg_chip_flash_program(chip, offset, eg_span(data.ptr, step)));
        offset += (uint32_t)step;
        data = eg_span(data.ptr + step, data.len - step);
    }
    return EG_OK;
}

static eg_status write_flash(struct eg_chip *chip, uint32_t offset, struct eg_span data)
{
    uint32_t sector_len = chip->family->flash_sector;
    while (data.len > 0) {
        size_t step = sector_len - offset % sector_len;
        step = step < data.len ? step : data.len;
        struct eg_span part = eg_span(data.ptr, step);
        if (needs_erase(chip, offset, part)) {
            EG_TRY(eg_chip_flash_erase(chip, offset / sector_len));
        }
        EG_TRY(program_pages(chip, offset, part));
        offset += (uint32_t)step;
        data = eg_span(data.ptr + step, data.len - step);
    }
    return EG_OK;
}

/* Erase the sectors of [offset, offset + len) that lie there whole and hold something. */
static eg_status erase_used(struct eg_chip *chip, uint32_t offset, uint32_t len)
{
    uint32_t sector_len = chip->family->flash_sector;
    uint32_t first = (offset + sector_len - 1) / sector_len;
    for (uint32_t s = first; s < (offset + len) / sector_len; s++) {
        if (chip->sectors[s].bytes != NULL) {
            EG_TRY(eg_chip_flash_erase(chip, s));
        }
    }
    return EG_OK;
}

/* What an earlier, longer set left behind the one just written. */
static eg_status clear_objects_tail(struct eg_part *part, uint32_t address, size_t written)
{
    const struct eg_family *f = part->chip->family;
    uint64_t area = f->objects_bytes_max;
    if (written >= area || eg_memory_region(f, address, area) == EG_REGION_NONE) {
        return EG_OK;
    }
    uint32_t tail = address + (uint32_t)written;
    uint32_t tail_len = (uint32_t)(area - written);
    if (eg_memory_region(f, tail, tail_len) == EG_REGION_RAM) {
        eg_wipe(part->ram + (tail - f->ram_address), tail_len);
        return EG_OK;
    }
    return erase_used(part->chip, tail - f->flash_address, tail_len);
}

eg_status eg_memory_write(struct eg_part *part, uint32_t address, struct eg_span data)
{
    const struct eg_family *f = part->chip->family;
    switch (eg_memory_region(f, address, data.len)) {
    case EG_REGION_RAM:
        memcpy(part->ram + (address - f->ram_address), data.ptr, data.len);
        break;
    case EG_REGION_IFR:
        return write_ifr(part, data);
    case EG_REGION_FLASH:
        EG_TRY(write_flash(part->chip, address - f->flash_address, data));
        break;
    default:
        return EG_ERR(VCHIP_RANGE);
    }
    bool objects = address == f->objects_address ||
                   (f->load == EG_LOAD_SPLIT && address == f->external_address);
    return objects ? clear_objects_tail(part, address, data.len) : EG_OK;
}

eg_status eg_memory_erase(struct eg_part *part, uint32_t address, uint32_t len)
{
    const struct eg_family *f = part->chip->family;
    uint32_t offset = address - f->flash_address;
    if (eg_memory_region(f, address, len) != EG_REGION_FLASH || offset % f->flash_sector != 0 ||
        len % f->flash_sector != 0) {
        return EG_ERR(VCHIP_RANGE);
    }
    for (uint32_t s = offset / f->flash_sector; s < (offset + len) / f->flash_sector; s++) {
        EG_TRY(eg_chip_flash_erase(part->chip, s));
    }
    return EG_OK;
}
