/* SPDX-License-Identifier: Apache-2.0 */
#include "vchip/chip_journal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/secret.h"
#include "vchip/crc32.h"

/* ---- encoding ------------------------------------------------------------------------------- */

static uint32_t record_crc(const uint8_t head[static 4], struct eg_span payload)
{
    return ~eg_vcrc32_add(eg_vcrc32_add(0xFFFFFFFFu, eg_span(head, 4)), payload);
}

void eg_chip_record_encode(struct eg_writer *w, enum eg_chip_record type, struct eg_span payload)
{
    uint8_t head[4] = {(uint8_t)type, 0, (uint8_t)(payload.len >> 8), (uint8_t)payload.len};
    if (payload.len > EG_CHIP_RECORD_PAYLOAD_MAX) {
        eg_writer_fail(w, EG_ERR(NO_ROOM));
        return;
    }
    eg_writer_bytes(w, EG_SPAN_OF(head));
    eg_writer_be32(w, record_crc(head, payload));
    eg_writer_bytes(w, payload);
}

enum eg_chip_record_result eg_chip_record_decode(struct eg_reader *r, uint8_t *out_type,
                                                 struct eg_span *out_payload)
{
    const uint8_t *head = r->rest.ptr;
    if (r->rest.len < EG_CHIP_RECORD_HEADER) {
        return EG_CHIP_RECORD_CUT;
    }
    size_t len = ((size_t)head[2] << 8) | head[3];
    if (head[1] != 0 || len > EG_CHIP_RECORD_PAYLOAD_MAX) {
        return EG_CHIP_RECORD_DAMAGED;
    }
    if (r->rest.len - EG_CHIP_RECORD_HEADER < len) {
        return EG_CHIP_RECORD_CUT;
    }
    struct eg_span payload = eg_span(head + EG_CHIP_RECORD_HEADER, len);
    if (record_crc(head, payload) != eg_load_be32(head + 4)) {
        return EG_CHIP_RECORD_DAMAGED;
    }
    *out_type = head[0];
    *out_payload = payload;
    (void)eg_reader_take(r, EG_CHIP_RECORD_HEADER + len);
    return EG_CHIP_RECORD_OK;
}

static bool write_all(int fd, struct eg_span data)
{
    while (data.len > 0) {
        ssize_t n = write(fd, data.ptr, data.len);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return false;
        }
        data = eg_span(data.ptr + n, data.len - (size_t)n);
    }
    return true;
}

eg_status eg_chip_record_append(struct eg_chip *chip, enum eg_chip_record type,
                                struct eg_span payload)
{
    uint8_t room[EG_CHIP_RECORD_HEADER + EG_CHIP_RECORD_PAYLOAD_MAX];
    struct eg_writer w;
    eg_writer_init(&w, room, sizeof(room));
    eg_chip_record_encode(&w, type, payload);
    eg_status st = w.status;
    if (eg_ok(st) && !write_all(chip->fd, eg_writer_span(&w))) {
        /* A torn record would be dropped at the next start anyway; without it the next append is
         * sound too. */
        if (ftruncate(chip->fd, (off_t)chip->file_len) != 0) {
            chip->powered = false;
        }
        st = EG_ERR(OS_FILE);
    }
    if (eg_ok(st)) {
        chip->file_len += w.len;
    }
    eg_wipe(room, sizeof(room));
    return st;
}

/* ---- effects -------------------------------------------------------------------------------- */

static void apply_fuse(struct eg_chip *chip, struct eg_reader *r)
{
    uint16_t index = eg_reader_be16(r);
    uint32_t value = eg_reader_be32(r);
    if (!eg_ok(eg_reader_finish(r)) || index >= chip->family->fuse_count) {
        eg_reader_fail(r, EG_ERR(VCHIP_FILE));
        return;
    }
    chip->fuses[index] |= value;
    chip->writes++;
}

static void apply_ifr_erase(struct eg_chip *chip, struct eg_reader *r)
{
    if (chip->ifr == NULL || r->rest.len != 0) {
        eg_reader_fail(r, EG_ERR(VCHIP_FILE));
        return;
    }
    memset(chip->ifr, 0xFF, chip->family->ifr_size);
    chip->ifr_wear++;
    chip->writes++;
}

static void apply_ifr_program(struct eg_chip *chip, struct eg_reader *r)
{
    struct eg_span page = eg_reader_take(r, chip->family->ifr_size);
    if (chip->ifr == NULL || !eg_ok(eg_reader_finish(r))) {
        eg_reader_fail(r, EG_ERR(VCHIP_FILE));
        return;
    }
    for (size_t i = 0; i < page.len; i++) {
        chip->ifr[i] &= page.ptr[i];
    }
    chip->writes++;
}

static void apply_flash_erase(struct eg_chip *chip, struct eg_reader *r)
{
    uint32_t sector = eg_reader_be32(r);
    if (!eg_ok(eg_reader_finish(r)) || sector >= chip->sector_count) {
        eg_reader_fail(r, EG_ERR(VCHIP_FILE));
        return;
    }
    struct eg_chip_sector *s = &chip->sectors[sector];
    if (s->bytes != NULL) {
        eg_wipe(s->bytes, chip->family->flash_sector);
        free(s->bytes);
        s->bytes = NULL;
    }
    s->wear++;
    chip->writes++;
}

static uint8_t *sector_bytes(struct eg_chip *chip, uint32_t sector)
{
    struct eg_chip_sector *s = &chip->sectors[sector];
    if (s->bytes == NULL) {
        s->bytes = malloc(chip->family->flash_sector);
        if (s->bytes != NULL) {
            memset(s->bytes, 0xFF, chip->family->flash_sector);
        }
    }
    return s->bytes;
}

static void apply_flash_program(struct eg_chip *chip, struct eg_reader *r)
{
    uint32_t offset = eg_reader_be32(r);
    struct eg_span data = eg_reader_take(r, r->rest.len);
    uint32_t sector_len = chip->family->flash_sector;
    uint32_t in_sector = offset % sector_len;
    if (!eg_ok(r->status) || offset / sector_len >= chip->sector_count ||
        data.len > sector_len - in_sector) {
        eg_reader_fail(r, EG_ERR(VCHIP_FILE));
        return;
    }
    uint8_t *bytes = sector_bytes(chip, offset / sector_len);
    if (bytes == NULL) {
        eg_reader_fail(r, EG_ERR(NO_MEMORY));
        return;
    }
    for (size_t i = 0; i < data.len; i++) {
        bytes[in_sector + i] &= data.ptr[i];
    }
    chip->writes++;
}

static void apply_die_key(struct eg_chip *chip, struct eg_reader *r)
{
    struct eg_span key = eg_reader_take(r, EG_DIE_KEY_LEN);
    if (!eg_ok(eg_reader_finish(r))) {
        return;
    }
    memcpy(chip->die_key, key.ptr, key.len);
}

static void apply_totals(struct eg_chip *chip, struct eg_reader *r)
{
    uint64_t writes = eg_reader_be64(r);
    uint32_t wear = eg_reader_be32(r);
    if (!eg_ok(eg_reader_finish(r))) {
        return;
    }
    chip->writes = writes;
    chip->ifr_wear = wear;
}

static void apply_wear(struct eg_chip *chip, struct eg_reader *r)
{
    uint32_t sector = eg_reader_be32(r);
    uint32_t wear = eg_reader_be32(r);
    if (!eg_ok(eg_reader_finish(r)) || sector >= chip->sector_count) {
        eg_reader_fail(r, EG_ERR(VCHIP_FILE));
        return;
    }
    chip->sectors[sector].wear = wear;
}

static const struct {
    enum eg_chip_record type;
    void (*apply)(struct eg_chip *chip, struct eg_reader *r);
} effects[] = {
    {EG_CHIP_REC_FUSE, apply_fuse},
    {EG_CHIP_REC_IFR_ERASE, apply_ifr_erase},
    {EG_CHIP_REC_IFR_PROGRAM, apply_ifr_program},
    {EG_CHIP_REC_FLASH_ERASE, apply_flash_erase},
    {EG_CHIP_REC_FLASH_PROGRAM, apply_flash_program},
    {EG_CHIP_REC_DIE_KEY, apply_die_key},
    {EG_CHIP_REC_TOTALS, apply_totals},
    {EG_CHIP_REC_WEAR, apply_wear},
};

eg_status eg_chip_record_apply(struct eg_chip *chip, enum eg_chip_record type,
                               struct eg_span payload)
{
    for (size_t i = 0; i < sizeof(effects) / sizeof(effects[0]); i++) {
        if (effects[i].type == type) {
            struct eg_reader r;
            eg_reader_init(&r, payload);
            effects[i].apply(chip, &r);
            bool ok = eg_ok(r.status) && eg_ok(eg_reader_finish(&r));
            return ok || eg_is(r.status, EG_E_NO_MEMORY) ? r.status : EG_ERR(VCHIP_FILE);
        }
    }
    return EG_ERR(VCHIP_FILE);
}
