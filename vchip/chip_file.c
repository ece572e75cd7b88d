/* SPDX-License-Identifier: Apache-2.0 */
#include "vchip/chip_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/secret.h"
#include "lib/os/fd.h"
#include "lib/os/file.h"
#include "vchip/chip_journal.h"
#include "vchip/keys.h"
#include "vchip/trace.h"

enum {
    HEAD_ROOM = 256, /* magic, identity and first fuse of a new chip */
    FILE_LEN_MAX = 1 << 29,
    /* A file at least this long and SLACK_FACTOR times its content is rewritten at open. */
    REWRITE_MIN = 1 << 18,
    SLACK_FACTOR = 2,
};

/* ---- making --------------------------------------------------------------------------------- */

static void encode_identity(struct eg_writer *w, const struct eg_family *family,
                            const struct eg_uuid *uuid, const uint8_t *die_key)
{
    uint8_t room[EG_UUID_LEN + EG_DIE_KEY_LEN + EG_FAMILY_NAME_MAX];
    struct eg_writer id;
    eg_writer_init(&id, room, sizeof(room));
    eg_writer_bytes(&id, EG_SPAN_OF(uuid->bytes));
    eg_writer_bytes(&id, eg_span(die_key, EG_DIE_KEY_LEN));
    eg_writer_str(&id, family->name);
    eg_chip_record_encode(w, EG_CHIP_REC_IDENTITY, eg_writer_span(&id));
    eg_wipe(room, sizeof(room));
}

static void encode_fuse(struct eg_writer *w, uint16_t index, uint32_t value)
{
    uint8_t payload[6] = {(uint8_t)(index >> 8), (uint8_t)index};
    eg_store_be32(payload + 2, value);
    eg_chip_record_encode(w, EG_CHIP_REC_FUSE, EG_SPAN_OF(payload));
}

static eg_status write_new_file(const char *dir, const struct eg_uuid *uuid, struct eg_span content)
{
    char name[EG_UUID_HEX_LEN + sizeof(".chip")];
    char path[EG_PATH_MAX];
    eg_uuid_to_hex(uuid, name);
    memcpy(name + EG_UUID_HEX_LEN, ".chip", sizeof(".chip"));
    EG_TRY(eg_path_join(dir, name, path, sizeof(path)));
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) {
        return errno == EEXIST ? EG_ERR(VCHIP_EXISTS) : EG_ERR(OS_FILE);
    }
    eg_status st = eg_fd_write(fd, content);
    if (close(fd) != 0 || !eg_ok(st)) {
        (void)unlink(path);
        return EG_ERR(OS_FILE);
    }
    return EG_OK;
}

eg_status eg_chip_create(struct eg_crypto *c, const char *dir, const struct eg_family *family,
                         const struct eg_uuid *uuid, const uint8_t die_key[static EG_DIE_KEY_LEN])
{
    uint8_t connection[EG_VKEY_LEN];
    uint8_t attestation[EG_VKEY_LEN];
    eg_status st = eg_vkeys_identity(c, eg_span(die_key, EG_DIE_KEY_LEN), connection, attestation);
    eg_wipe(connection, sizeof(connection));
    eg_wipe(attestation, sizeof(attestation));
    if (!eg_ok(st)) {
        return eg_is(st, EG_E_CRYPTO_BAD_KEY) ? EG_ERR(VCHIP_BAD_ROOT) : st;
    }
    uint8_t room[HEAD_ROOM];
    struct eg_writer w;
    eg_writer_init(&w, room, sizeof(room));
    eg_writer_str(&w, EG_CHIP_MAGIC);
    encode_identity(&w, family, uuid, die_key);
    encode_fuse(&w, family->fuse_life_cycle, family->life_cycle_open);
    st = eg_ok(w.status) ? write_new_file(dir, uuid, eg_writer_span(&w)) : w.status;
    eg_wipe(room, sizeof(room));
    return st;
}

eg_status eg_chip_dir_sync(const char *dir)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return EG_ERR(OS_FILE);
    }
    bool ok = syncfs(fd) == 0;
    eg_fd_close(&fd);
    return ok ? EG_OK : EG_ERR(OS_FILE);
}

/* ---- opening -------------------------------------------------------------------------------- */

static eg_status family_fits(const struct eg_family *f)
{
    bool ok = f->flash_sector > 0 && f->flash_sector % EG_CHIP_PAGE == 0 &&
              f->flash_sector <= EG_CHIP_SECTOR_BYTES_MAX &&
              f->flash_size <= EG_CHIP_FLASH_BYTES_MAX && f->flash_size % f->flash_sector == 0 &&
              f->ifr_size <= EG_CHIP_IFR_BYTES_MAX && f->fuse_count <= EG_CHIP_FUSES_MAX &&
              (f->ifr_size == 0 || f->ifr_boot_key_hash + 32 <= f->ifr_size) &&
              (f->fuse_bytes == 2 || f->fuse_bytes == 4) && f->fuse_life_cycle < f->fuse_count &&
              f->fuse_boot_key_hash + 32u / f->fuse_bytes <= f->fuse_count &&
              f->fuse_decrypt_key + 32u / f->fuse_bytes <= f->fuse_count;
    return ok ? EG_OK : EG_ERR(FAMILY_INVALID);
}

static eg_status make_silicon(struct eg_chip *chip, const struct eg_family *f)
{
    EG_TRY(family_fits(f));
    chip->family = f;
    chip->fuses = calloc(f->fuse_count, sizeof(*chip->fuses));
    chip->sector_count = f->flash_size / f->flash_sector;
    chip->sectors = calloc(chip->sector_count, sizeof(*chip->sectors));
    chip->ifr = f->ifr_size > 0 ? malloc(f->ifr_size) : NULL;
    if (chip->fuses == NULL || chip->sectors == NULL || (f->ifr_size > 0 && chip->ifr == NULL)) {
        return EG_ERR(NO_MEMORY);
    }
    if (chip->ifr != NULL) {
        memset(chip->ifr, 0xFF, f->ifr_size);
    }
    return EG_OK;
}

static eg_status read_identity(struct eg_chip *chip, struct eg_span payload, eg_chip_family_fn find,
                               const void *context)
{
    char name[EG_FAMILY_NAME_MAX] = {0};
    struct eg_reader r;
    eg_reader_init(&r, payload);
    eg_reader_copy(&r, chip->uuid.bytes, EG_UUID_LEN);
    eg_reader_copy(&r, chip->die_key, EG_DIE_KEY_LEN);
    struct eg_span text = eg_reader_take(&r, r.rest.len);
    if (!eg_ok(r.status) || text.len >= sizeof(name)) {
        return EG_ERR(VCHIP_FILE);
    }
    memcpy(name, text.ptr, text.len);
    const struct eg_family *family = find(context, name);
    return family == NULL ? EG_ERR(VCHIP_FILE) : make_silicon(chip, family);
}

/* A kill can cut the last record short, and a crash can leave its bytes wrong; it never took
 * effect for anybody. Damage before the end is damage. */
static eg_status replay(struct eg_chip *chip, struct eg_span file, eg_chip_family_fn find,
                        const void *context)
{
    struct eg_reader r;
    eg_reader_init(&r, file);
    if (!eg_span_equal(eg_reader_take(&r, sizeof(EG_CHIP_MAGIC) - 1), eg_span_str(EG_CHIP_MAGIC))) {
        return EG_ERR(VCHIP_FILE);
    }
    while (r.rest.len > 0) {
        uint8_t type;
        struct eg_span payload;
        enum eg_chip_record_result result = eg_chip_record_decode(&r, &type, &payload);
        if (result == EG_CHIP_RECORD_CUT && chip->family != NULL) {
            break;
        }
        if (result != EG_CHIP_RECORD_OK) {
            return EG_ERR(VCHIP_FILE);
        }
        if (chip->family == NULL) {
            EG_TRY(type == EG_CHIP_REC_IDENTITY ? read_identity(chip, payload, find, context)
                                                : EG_ERR(VCHIP_FILE));
        } else {
            EG_TRY(eg_chip_record_apply(chip, (enum eg_chip_record)type, payload));
        }
    }
    chip->file_len = file.len - r.rest.len;
    return chip->family == NULL ? EG_ERR(VCHIP_FILE) : EG_OK;
}

static eg_status open_locked(struct eg_chip *chip)
{
    chip->fd = open(chip->path, O_RDWR | O_APPEND | O_CLOEXEC);
    if (chip->fd < 0) {
        return EG_ERR(OS_FILE);
    }
    if (flock(chip->fd, LOCK_EX | LOCK_NB) != 0) {
        return errno == EWOULDBLOCK ? EG_ERR(VCHIP_IN_USE) : EG_ERR(OS_FILE);
    }
    return EG_OK;
}

/* ---- rewriting ------------------------------------------------------------------------------ */

static size_t content_len(const struct eg_chip *chip)
{
    const size_t wear_record = EG_CHIP_RECORD_HEADER + 8;
    size_t per_sector = (size_t)chip->family->flash_sector / EG_CHIP_PAGE *
                        (EG_CHIP_PAGE + EG_CHIP_RECORD_HEADER + 4);
    size_t len = HEAD_ROOM + EG_CHIP_RECORD_HEADER * 2 + 12 + chip->family->ifr_size +
                 (size_t)chip->family->fuse_count * (EG_CHIP_RECORD_HEADER + 6);
    for (uint32_t i = 0; i < chip->sector_count; i++) {
        len += chip->sectors[i].bytes != NULL ? per_sector : 0;
        len += chip->sectors[i].wear != 0 ? wear_record : 0;
    }
    return len;
}

static void encode_sector(const struct eg_chip *chip, uint32_t sector, struct eg_writer *w)
{
    uint32_t sector_len = chip->family->flash_sector;
    uint8_t payload[4 + EG_CHIP_PAGE];
    if (chip->sectors[sector].wear != 0) {
        eg_store_be32(payload, sector);
        eg_store_be32(payload + 4, chip->sectors[sector].wear);
        eg_chip_record_encode(w, EG_CHIP_REC_WEAR, eg_span(payload, 8));
    }
    for (uint32_t at = 0; chip->sectors[sector].bytes != NULL && at < sector_len;
         at += EG_CHIP_PAGE) {
        eg_store_be32(payload, sector * sector_len + at);
        memcpy(payload + 4, chip->sectors[sector].bytes + at, EG_CHIP_PAGE);
        eg_chip_record_encode(w, EG_CHIP_REC_FLASH_PROGRAM, EG_SPAN_OF(payload));
    }
}

/* The chip as the shortest journal that makes it: content first, counters last. */
static void encode_chip(const struct eg_chip *chip, struct eg_writer *w)
{
    uint8_t totals[12] = {0};
    eg_writer_str(w, EG_CHIP_MAGIC);
    encode_identity(w, chip->family, &chip->uuid, chip->die_key);
    for (uint16_t i = 0; i < chip->family->fuse_count; i++) {
        if (chip->fuses[i] != 0) {
            encode_fuse(w, i, chip->fuses[i]);
        }
    }
    if (chip->ifr != NULL) {
        eg_chip_record_encode(w, EG_CHIP_REC_IFR_PROGRAM,
                              eg_span(chip->ifr, chip->family->ifr_size));
    }
    for (uint32_t i = 0; i < chip->sector_count; i++) {
        encode_sector(chip, i, w);
    }
    eg_store_be32(totals, (uint32_t)(chip->writes >> 32));
    eg_store_be32(totals + 4, (uint32_t)chip->writes);
    eg_store_be32(totals + 8, chip->ifr_wear);
    eg_chip_record_encode(w, EG_CHIP_REC_TOTALS, EG_SPAN_OF(totals));
}

static eg_status rewrite(struct eg_chip *chip, size_t room_len)
{
    uint8_t *room = malloc(room_len);
    if (room == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    struct eg_writer w;
    eg_writer_init(&w, room, room_len);
    encode_chip(chip, &w);
    eg_status st = eg_ok(w.status) ? eg_file_write(chip->path, 0600, eg_writer_span(&w)) : w.status;
    if (eg_ok(st)) {
        /* The new file has no lock yet; the old one is ours until the new one is too. */
        int old = chip->fd;
        st = open_locked(chip);
        eg_fd_close(&old);
        chip->file_len = w.len;
    }
    eg_wipe(room, room_len);
    free(room);
    return st;
}

static eg_status load(struct eg_chip *chip, eg_chip_family_fn find, const void *context)
{
    struct eg_file_bytes file = {0};
    EG_TRY(open_locked(chip));
    EG_TRY(eg_file_read(chip->path, FILE_LEN_MAX, &file));
    eg_status st = replay(chip, eg_file_span(&file), find, context);
    size_t file_len = file.len;
    eg_file_bytes_free(&file);
    EG_TRY(st);
    if (chip->file_len < file_len && ftruncate(chip->fd, (off_t)chip->file_len) != 0) {
        return EG_ERR(OS_FILE);
    }
    size_t len = content_len(chip);
    if (chip->file_len >= REWRITE_MIN && chip->file_len / SLACK_FACTOR >= len) {
        return rewrite(chip, len);
    }
    return EG_OK;
}

eg_status eg_chip_open(const char *path, eg_chip_family_fn find, const void *context,
                       struct eg_chip **out)
{
    *out = NULL;
    struct eg_chip *chip = calloc(1, sizeof(*chip));
    if (chip == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    chip->fd = -1;
    chip->powered = true;
    chip->cut_after = -1;
    chip->path = strdup(path);
    eg_status st = chip->path == NULL ? EG_ERR(NO_MEMORY) : load(chip, find, context);
    if (!eg_ok(st)) {
        eg_chip_close(chip);
        return st;
    }
    *out = chip;
    return EG_OK;
}

void eg_chip_close(struct eg_chip *chip)
{
    if (chip == NULL) {
        return;
    }
    if (chip->fd >= 0) {
        (void)fdatasync(chip->fd);
        eg_fd_close(&chip->fd);
    }
    for (uint32_t i = 0; chip->sectors != NULL && i < chip->sector_count; i++) {
        free(chip->sectors[i].bytes);
    }
    if (chip->fuses != NULL) {
        eg_wipe(chip->fuses, chip->family->fuse_count * sizeof(*chip->fuses));
    }
    free(chip->sectors);
    free(chip->fuses);
    free(chip->ifr);
    eg_chip_trace_stop(chip);
    free(chip->path);
    eg_wipe(chip->die_key, sizeof(chip->die_key));
    free(chip);
}

eg_status eg_chip_sync(struct eg_chip *chip)
{
    return fdatasync(chip->fd) == 0 ? EG_OK : EG_ERR(OS_FILE);
}

eg_status eg_chip_counterfeit(struct eg_chip *chip, const uint8_t die_key[static EG_DIE_KEY_LEN])
{
    struct eg_span key = eg_span(die_key, EG_DIE_KEY_LEN);
    EG_TRY(eg_chip_record_append(chip, EG_CHIP_REC_DIE_KEY, key));
    return eg_chip_record_apply(chip, EG_CHIP_REC_DIE_KEY, key);
}
