/* SPDX-License-Identifier: Apache-2.0 */
#include "vchip/card.h"

#include <string.h>

#include "vchip/blob.h"
#include "vchip/chip_storage.h"
#include "vchip/crc32.h"
#include "vchip/sector_copy.h"

enum {
    HEADER_LEN = 13,
    HEADER_ROOM = HEADER_LEN + EG_CARD_NAME_MAX,
};
static const uint8_t magic[4] = {'E', 'G', 'F', 'F'};

/* ---- slots ---------------------------------------------------------------------------------- */

static uint32_t content_sectors(const struct eg_family *f)
{
    return (f->objects_bytes_max + f->flash_sector - 1) / f->flash_sector;
}

static uint32_t slot_sectors(const struct eg_family *f)
{
    return 1 + content_sectors(f);
}

uint32_t eg_card_start(const struct eg_family *f)
{
    return eg_sector_scratch(f) - EG_CARD_FILES_MAX * slot_sectors(f) * f->flash_sector;
}

/* First sector of a slot. */
static uint32_t slot_sector(const struct eg_chip *chip, uint32_t slot)
{
    uint32_t end = eg_sector_scratch(chip->family) / chip->family->flash_sector;
    return end - (EG_CARD_FILES_MAX - slot) * slot_sectors(chip->family);
}

static uint32_t content_offset(const struct eg_chip *chip, uint32_t slot)
{
    return (slot_sector(chip, slot) + 1) * chip->family->flash_sector;
}

/* The header of a slot that says it holds a file. */
static bool read_header(const struct eg_chip *chip, uint32_t slot, uint8_t header[HEADER_ROOM],
                        struct eg_card_file *out)
{
    uint32_t start = slot_sector(chip, slot) * chip->family->flash_sector;
    eg_chip_flash_read(chip, start, header, HEADER_ROOM);
    *out = (struct eg_card_file){content_offset(chip, slot), eg_load_be32(header + 8)};
    return memcmp(header, magic, sizeof(magic)) == 0 && out->len > 0 &&
           out->len <= chip->family->objects_bytes_max && header[12] > 0 &&
           header[12] <= EG_CARD_NAME_MAX;
}

static void make_header(struct eg_span name, struct eg_span content, uint8_t header[HEADER_ROOM])
{
    memset(header, 0xFF, HEADER_ROOM);
    memcpy(header, magic, sizeof(magic));
    eg_store_be32(header + 4, eg_vcrc32(content));
    eg_store_be32(header + 8, (uint32_t)content.len);
    header[12] = (uint8_t)name.len;
    memcpy(header + HEADER_LEN, name.ptr, name.len);
}

static bool has_name(const uint8_t header[HEADER_ROOM], struct eg_span name)
{
    return eg_span_equal(eg_span(header + HEADER_LEN, header[12]), name);
}

/* The slot of this name, else a free one; EG_CARD_FILES_MAX: neither. */
static uint32_t slot_for(const struct eg_chip *chip, struct eg_span name)
{
    uint8_t header[HEADER_ROOM];
    struct eg_card_file file;
    uint32_t vacant = EG_CARD_FILES_MAX;
    for (uint32_t slot = 0; slot < EG_CARD_FILES_MAX; slot++) {
        if (!read_header(chip, slot, header, &file)) {
            vacant = vacant == EG_CARD_FILES_MAX ? slot : vacant;
        } else if (has_name(header, name)) {
            return slot;
        }
    }
    return vacant;
}

/* ---- writing -------------------------------------------------------------------------------- */

static eg_status erase_if_used(struct eg_chip *chip, uint32_t sector)
{
    return chip->sectors[sector].bytes == NULL ? EG_OK : eg_chip_flash_erase(chip, sector);
}

static eg_status write_content(struct eg_chip *chip, uint32_t slot, struct eg_span content)
{
    uint32_t first = slot_sector(chip, slot) + 1;
    for (uint32_t i = 0; i < content_sectors(chip->family); i++) {
        EG_TRY(erase_if_used(chip, first + i));
    }
    return eg_sector_update(chip, content_offset(chip, slot), content);
}

static bool holds(const struct eg_chip *chip, uint32_t offset, struct eg_span content)
{
    uint8_t now[EG_CHIP_PAGE];
    for (size_t at = 0; at < content.len; at += sizeof(now)) {
        size_t step = content.len - at < sizeof(now) ? content.len - at : sizeof(now);
        eg_chip_flash_read(chip, offset + (uint32_t)at, now, step);
        if (memcmp(now, content.ptr + at, step) != 0) {
            return false;
        }
    }
    return true;
}

static eg_status write_slot(struct eg_chip *chip, uint32_t slot, struct eg_span name,
                            struct eg_span content)
{
    uint8_t want[HEADER_ROOM], now[HEADER_ROOM];
    uint32_t sector = slot_sector(chip, slot);
    eg_chip_flash_read(chip, sector * chip->family->flash_sector, now, sizeof(now));
    make_header(name, content, want);
    if (memcmp(now, want, sizeof(want)) == 0 && holds(chip, content_offset(chip, slot), content)) {
        return EG_OK;
    }
    EG_TRY(erase_if_used(chip, sector));
    EG_TRY(write_content(chip, slot, content));
    return eg_chip_flash_program(chip, sector * chip->family->flash_sector, EG_SPAN_OF(want));
}

eg_status eg_card_write(struct eg_chip *chip, struct eg_span name, struct eg_span content)
{
    uint32_t slot = slot_for(chip, name);
    if (name.len == 0 || name.len > EG_CARD_NAME_MAX || content.len == 0 ||
        content.len > chip->family->objects_bytes_max || slot == EG_CARD_FILES_MAX) {
        return EG_ERR(VCHIP_RANGE);
    }
    return write_slot(chip, slot, name, content);
}

bool eg_card_find_objects(const struct eg_chip *chip, struct eg_card_file *out)
{
    uint8_t header[HEADER_ROOM];
    uint8_t head[EG_VBLOB_MAGIC_LEN];
    for (uint32_t slot = 0; slot < EG_CARD_FILES_MAX; slot++) {
        if (!read_header(chip, slot, header, out)) {
            continue;
        }
        eg_chip_flash_read(chip, out->offset, head, sizeof(head));
        if (eg_vblob_starts(EG_SPAN_OF(head))) {
            return true;
        }
    }
    return false;
}
