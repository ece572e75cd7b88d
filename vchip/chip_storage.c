/* SPDX-License-Identifier: Apache-2.0 */
#include "vchip/chip_storage.h"

#include <string.h>

#include "vchip/chip_journal.h"
#include "vchip/trace.h"

/* Is the kind of memory that this write is for broken? */
static bool broken(const struct eg_chip *chip, enum eg_chip_record type)
{
    static const struct {
        enum eg_chip_record type;
        uint32_t fault;
    } rows[] = {
        {EG_CHIP_REC_FUSE, EG_FAULT_FUSES},          {EG_CHIP_REC_IFR_ERASE, EG_FAULT_IFR},
        {EG_CHIP_REC_IFR_PROGRAM, EG_FAULT_IFR},     {EG_CHIP_REC_FLASH_ERASE, EG_FAULT_FLASH},
        {EG_CHIP_REC_FLASH_PROGRAM, EG_FAULT_FLASH},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].type == type) {
            return (chip->faults & rows[i].fault) != 0;
        }
    }
    return false;
}

/* Every write ends here: power, state file, effect. before: of a fuse word. */
static eg_status commit(struct eg_chip *chip, enum eg_chip_record type, struct eg_span payload,
                        uint32_t before)
{
    if (chip->cut_after == 0) {
        chip->powered = false;
        chip->cut_after = -1;
    }
    if (!chip->powered) {
        return EG_ERR(VCHIP_NO_POWER);
    }
    if (broken(chip, type)) {
        return EG_ERR(VCHIP_BROKEN);
    }
    EG_TRY(eg_chip_record_append(chip, type, payload));
    if (chip->cut_after > 0) {
        chip->cut_after--;
    }
    EG_TRY(eg_chip_record_apply(chip, type, payload));
    eg_chip_trace_note(chip, type, payload, before);
    return EG_OK;
}

/* Programming clears bits; would any have to be set? */
static bool can_program(const uint8_t *now, struct eg_span want)
{
    for (size_t i = 0; i < want.len; i++) {
        if ((want.ptr[i] & ~now[i]) != 0) {
            return false;
        }
    }
    return true;
}

bool eg_chip_fuse_locked(const struct eg_chip *chip, uint32_t index)
{
    for (uint32_t i = 0; i < chip->family->lock_count; i++) {
        const struct eg_fuse_lock *l = &chip->family->locks[i];
        if (index >= l->range.first && index <= l->range.last &&
            (chip->fuses[l->bits.word] & l->bits.mask) == l->bits.mask) {
            return true;
        }
    }
    return false;
}

eg_status eg_chip_fuse_burn(struct eg_chip *chip, uint32_t index, uint32_t value)
{
    const struct eg_family *f = chip->family;
    if (!chip->powered) {
        return EG_ERR(VCHIP_NO_POWER);
    }
    if (index >= f->fuse_count || (f->fuse_bytes == 2 && value > 0xFFFF)) {
        return EG_ERR(VCHIP_RANGE);
    }
    if (chip->fuses[index] == value) {
        return EG_OK;
    }
    if ((chip->fuses[index] & ~value) != 0) {
        return EG_ERR(VCHIP_ONE_WAY);
    }
    if (eg_chip_fuse_locked(chip, index)) {
        return EG_ERR(VCHIP_LOCKED);
    }
    uint8_t payload[6] = {(uint8_t)(index >> 8), (uint8_t)index};
    eg_store_be32(payload + 2, value);
    return commit(chip, EG_CHIP_REC_FUSE, EG_SPAN_OF(payload), chip->fuses[index]);
}

eg_status eg_chip_ifr_erase(struct eg_chip *chip)
{
    return chip->ifr == NULL ? EG_ERR(VCHIP_RANGE)
                             : commit(chip, EG_CHIP_REC_IFR_ERASE, eg_span(NULL, 0), 0);
}

eg_status eg_chip_ifr_program(struct eg_chip *chip, struct eg_span page)
{
    if (chip->ifr == NULL || page.len != chip->family->ifr_size) {
        return EG_ERR(VCHIP_RANGE);
    }
    if (!can_program(chip->ifr, page)) {
        return EG_ERR(VCHIP_NOT_ERASED);
    }
    return commit(chip, EG_CHIP_REC_IFR_PROGRAM, page, 0);
}

eg_status eg_chip_flash_erase(struct eg_chip *chip, uint32_t sector)
{
    uint8_t payload[4];
    if (sector >= chip->sector_count) {
        return EG_ERR(VCHIP_RANGE);
    }
    eg_store_be32(payload, sector);
    return commit(chip, EG_CHIP_REC_FLASH_ERASE, EG_SPAN_OF(payload), 0);
}

eg_status eg_chip_flash_program(struct eg_chip *chip, uint32_t offset, struct eg_span data)
{
    uint8_t now[EG_CHIP_PAGE];
    uint8_t payload[4 + EG_CHIP_PAGE];
    if (offset >= chip->family->flash_size || data.len == 0 ||
        data.len > EG_CHIP_PAGE - offset % EG_CHIP_PAGE) {
        return EG_ERR(VCHIP_RANGE);
    }
    eg_chip_flash_read(chip, offset, now, data.len);
    if (!can_program(now, data)) {
        return EG_ERR(VCHIP_NOT_ERASED);
    }
    eg_store_be32(payload, offset);
    memcpy(payload + 4, data.ptr, data.len);
    return commit(chip, EG_CHIP_REC_FLASH_PROGRAM, eg_span(payload, 4 + data.len), 0);
}

void eg_chip_flash_read(const struct eg_chip *chip, uint32_t offset, uint8_t *out, size_t len)
{
    uint32_t sector_len = chip->family->flash_sector;
    while (len > 0) {
        const uint8_t *bytes = chip->sectors[offset / sector_len].bytes;
        size_t step = sector_len - offset % sector_len;
        step = step < len ? step : len;
        if (bytes == NULL) {
            memset(out, 0xFF, step);
        } else {
            memcpy(out, bytes + offset % sector_len, step);
        }
        out += step;
        offset += (uint32_t)step;
        len -= step;
    }
}

uint8_t eg_chip_life_cycle(const struct eg_chip *chip)
{
    return (uint8_t)chip->fuses[chip->family->fuse_life_cycle];
}

static bool blank(const uint8_t *p, size_t len, uint8_t value)
{
    for (size_t i = 0; i < len; i++) {
        if (p[i] != value) {
            return false;
        }
    }
    return true;
}

bool eg_chip_boot_key_hash(const struct eg_chip *chip, uint8_t out[static 32])
{
    const struct eg_family *f = chip->family;
    if (f->ifr_size != 0) {
        memcpy(out, chip->ifr + f->ifr_boot_key_hash, 32);
        if (blank(out, 32, 0xFF)) {
            memset(out, 0, 32);
        }
        return !blank(out, 32, 0);
    }
    for (size_t i = 0; i < 32u / f->fuse_bytes; i++) {
        uint8_t word[4];
        eg_store_le32(word, chip->fuses[f->fuse_boot_key_hash + i]);
        memcpy(out + i * f->fuse_bytes, word, f->fuse_bytes);
    }
    return !blank(out, 32, 0);
}
