/* SPDX-License-Identifier: Apache-2.0 */
#include "vchip/app_store.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/secret.h"
#include "vchip/card.h"
#include "vchip/chip_storage.h"
#include "vchip/crc32.h"
#include "vchip/sector_copy.h"

enum {
    HEAD_LEN = 16, /* of a bank, of a record */
    HEAD_COVERED = 12,
    TRAILER_LEN = 4,
};
static const uint8_t bank_magic[4] = {'E', 'G', 'A', 'S'};

/* ---- places --------------------------------------------------------------------------------- */

uint32_t eg_app_store_start(const struct eg_family *f)
{
    uint32_t end = f->load == EG_LOAD_UBOOT ? eg_card_start(f) : eg_sector_scratch(f);
    return end - EG_APP_BANKS * EG_APP_BANK_BYTES;
}

/* What does not fit wraps around. */
bool eg_app_store_fits(const struct eg_family *f)
{
    return eg_app_store_start(f) < f->flash_size;
}

static uint32_t bank_start(const struct eg_family *f, uint32_t bank)
{
    return eg_app_store_start(f) + bank * EG_APP_BANK_BYTES;
}

/* Bytes of a record in the log. */
static size_t record_len(size_t data_len)
{
    return (HEAD_LEN + data_len + TRAILER_LEN + HEAD_LEN - 1) / HEAD_LEN * HEAD_LEN;
}

static bool is_data(enum eg_app_kind kind)
{
    return kind == EG_APP_DATA || kind == EG_APP_DATA_NONE;
}

static bool counts(enum eg_app_kind kind)
{
    return kind != EG_APP_KEY_NONE && kind != EG_APP_DATA_NONE;
}

/* ---- reading -------------------------------------------------------------------------------- */

/* Generation of a bank; false when it was never finished. */
static bool read_bank_head(const struct eg_chip *chip, uint32_t bank, uint32_t *out_generation)
{
    uint8_t head[HEAD_LEN];
    eg_chip_flash_read(chip, bank_start(chip->family, bank), head, sizeof(head));
    *out_generation = eg_load_be32(head + 4);
    return memcmp(head, bank_magic, sizeof(bank_magic)) == 0 &&
           eg_vcrc32(eg_span(head, HEAD_COVERED)) == eg_load_be32(head + HEAD_COVERED);
}

/* The bank in force: the younger one. */
static bool find_bank(const struct eg_chip *chip, struct eg_app_store *out)
{
    bool found = false;
    for (uint32_t bank = 0; bank < EG_APP_BANKS; bank++) {
        uint32_t generation;
        if (read_bank_head(chip, bank, &generation) && (!found || generation > out->generation)) {
            out->bank = bank;
            out->generation = generation;
            found = true;
        }
    }
    return found;
}

static size_t find(const struct eg_app_store *store, bool data, uint32_t id)
{
    size_t i = 0;
    while (i < store->count &&
           (store->records[i].id != id || is_data(store->records[i].kind) != data)) {
        i++;
    }
    return i;
}

/* false: more ids than there is room for. */
static bool keep(struct eg_app_store *store, const struct eg_app_record *record)
{
    size_t i = find(store, is_data(record->kind), record->id);
    if (i < store->count) {
        store->records[i] = store->records[--store->count];
    }
    if (!counts(record->kind)) {
        return true;
    }
    if (store->count == EG_APP_RECORDS_MAX) {
        return false;
    }
    store->records[store->count++] = *record;
    return true;
}

static bool blank(struct eg_span bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        if (bytes.ptr[i] != 0xFF) {
            return false;
        }
    }
    return true;
}

/* Length of the record at `at`, 0 where none begins. *out_whole: all of it was written. */
static size_t read_record(const uint8_t *bytes, size_t at, struct eg_app_record *out,
                          bool *out_whole)
{
    const uint8_t *head = bytes + at;
    size_t room = EG_APP_BANK_BYTES - at;
    uint32_t len = eg_load_be32(head + 8);
    bool known = head[0] >= EG_APP_KEY && head[0] <= EG_APP_DATA_NONE &&
                 (head[0] ^ head[1]) == 0xFF && head[2] == 0 && head[3] == 0;
    if (!known || len > room || record_len(len) > room) {
        return 0;
    }
    struct eg_span covered = eg_span(head, HEAD_LEN + len);
    *out_whole = eg_vcrc32(covered) == eg_load_be32(head + HEAD_LEN + len);
    *out = (struct eg_app_record){(enum eg_app_kind)head[0], eg_load_be32(head + 4),
                                  eg_span(head + HEAD_LEN, len)};
    return record_len(len);
}

static void walk(struct eg_app_store *store)
{
    size_t at = HEAD_LEN;
    while (at + HEAD_LEN <= EG_APP_BANK_BYTES) {
        struct eg_app_record record;
        bool whole;
        size_t len = read_record(store->bytes, at, &record, &whole);
        if (len == 0 || (whole && !keep(store, &record))) {
            break;
        }
        at += len;
    }
    bool clean = blank(eg_span(store->bytes + at, EG_APP_BANK_BYTES - at));
    store->end = clean ? at : EG_APP_BANK_BYTES;
}

eg_status eg_app_store_open(const struct eg_chip *chip, struct eg_app_store *out)
{
    *out = (struct eg_app_store){0};
    if (!find_bank(chip, out)) {
        return EG_OK;
    }
    out->bytes = malloc(EG_APP_BANK_BYTES);
    if (out->bytes == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    eg_chip_flash_read(chip, bank_start(chip->family, out->bank), out->bytes, EG_APP_BANK_BYTES);
    walk(out);
    return EG_OK;
}

void eg_app_store_close(struct eg_app_store *store)
{
    if (store->bytes != NULL) {
        eg_wipe(store->bytes, EG_APP_BANK_BYTES);
    }
    free(store->bytes);
    *store = (struct eg_app_store){0};
}

static const struct eg_app_record *record_of(const struct eg_app_store *store, bool data,
                                             uint32_t id)
{
    size_t i = find(store, data, id);
    return i < store->count ? &store->records[i] : NULL;
}

const struct eg_app_record *eg_app_store_key(const struct eg_app_store *store, uint32_t id)
{
    return record_of(store, false, id);
}

const struct eg_app_record *eg_app_store_data(const struct eg_app_store *store, uint32_t id)
{
    return record_of(store, true, id);
}

/* ---- writing -------------------------------------------------------------------------------- */

/* Append one record's bytes to w. */
static void encode(struct eg_writer *w, const struct eg_app_record *record)
{
    size_t start = w->len;
    eg_writer_u8(w, (uint8_t)record->kind);
    eg_writer_u8(w, (uint8_t)(record->kind ^ 0xFF));
    eg_writer_be16(w, 0);
    eg_writer_be32(w, record->id);
    eg_writer_be32(w, (uint32_t)record->data.len);
    eg_writer_be32(w, 0xFFFFFFFFu);
    eg_writer_bytes(w, record->data);
    if (eg_ok(w->status)) {
        eg_writer_be32(w, eg_vcrc32(eg_span(w->ptr + start, w->len - start)));
    }
    while (eg_ok(w->status) && w->len % HEAD_LEN != 0) {
        eg_writer_u8(w, 0xFF);
    }
}

static eg_status program(struct eg_chip *chip, uint32_t offset, struct eg_span data)
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

static eg_status erase_bank(struct eg_chip *chip, uint32_t bank)
{
    uint32_t sector_len = chip->family->flash_sector;
    uint32_t first = bank_start(chip->family, bank) / sector_len;
    for (uint32_t i = 0; i < EG_APP_BANK_BYTES / sector_len; i++) {
        if (chip->sectors[first + i].bytes != NULL) {
            EG_TRY(eg_chip_flash_erase(chip, first + i));
        }
    }
    return EG_OK;
}

/* The other bank, its records in w from HEAD_LEN on; the head comes last and puts it in force. */
static eg_status write_bank(struct eg_chip *chip, uint32_t bank, uint32_t generation,
                            struct eg_span records)
{
    uint8_t head[HEAD_LEN] = {0};
    uint32_t start = bank_start(chip->family, bank);
    memcpy(head, bank_magic, sizeof(bank_magic));
    eg_store_be32(head + 4, generation);
    eg_store_be32(head + HEAD_COVERED, eg_vcrc32(eg_span(head, HEAD_COVERED)));
    EG_TRY(erase_bank(chip, bank));
    EG_TRY(program(chip, start + HEAD_LEN, records));
    return eg_chip_flash_program(chip, start, EG_SPAN_OF(head));
}

/* What counts, and nothing else, into the other bank. */
static eg_status clean_up(struct eg_chip *chip, const struct eg_app_store *store)
{
    struct eg_writer w;
    uint8_t *room = malloc(EG_APP_BANK_BYTES - HEAD_LEN);
    if (room == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    eg_writer_init(&w, room, EG_APP_BANK_BYTES - HEAD_LEN);
    for (size_t i = 0; i < store->count; i++) {
        encode(&w, &store->records[i]);
    }
    eg_status st = w.status;
    if (eg_ok(st)) {
        uint32_t bank = store->bytes == NULL ? 0 : 1 - store->bank;
        st = write_bank(chip, bank, store->generation + 1, eg_writer_span(&w));
    } else if (eg_is(st, EG_E_NO_ROOM)) {
        st = EG_ERR(VCHIP_FULL);
    }
    eg_wipe(room, EG_APP_BANK_BYTES - HEAD_LEN);
    free(room);
    return st;
}

static eg_status append(struct eg_chip *chip, const struct eg_app_store *store,
                        const struct eg_app_record *record)
{
    struct eg_writer w;
    uint8_t *room = malloc(EG_APP_BANK_BYTES);
    if (room == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    eg_writer_init(&w, room, EG_APP_BANK_BYTES);
    encode(&w, record);
    eg_status st = w.status;
    if (eg_ok(st)) {
        st = program(chip, bank_start(chip->family, store->bank) + (uint32_t)store->end,
                     eg_writer_span(&w));
    }
    eg_wipe(room, w.len);
    free(room);
    return st;
}

static eg_status put(struct eg_chip *chip, struct eg_app_store *store,
                     const struct eg_app_record *record)
{
    size_t len = record_len(record->data.len);
    if (!keep(store, record)) {
        return EG_ERR(VCHIP_FULL);
    }
    bool fits = store->bytes != NULL && len <= EG_APP_BANK_BYTES - store->end;
    return fits ? append(chip, store, record) : clean_up(chip, store);
}

eg_status eg_app_store_put(struct eg_chip *chip, enum eg_app_kind kind, uint32_t id,
                           struct eg_span data)
{
    struct eg_app_store store;
    struct eg_app_record record = {kind, id, data};
    if (data.len > EG_APP_BANK_BYTES - (HEAD_LEN + HEAD_LEN + TRAILER_LEN)) {
        return EG_ERR(VCHIP_FULL);
    }
    eg_status st = eg_app_store_open(chip, &store);
    if (eg_ok(st)) {
        st = put(chip, &store, &record);
    }
    eg_app_store_close(&store);
    return st;
}
