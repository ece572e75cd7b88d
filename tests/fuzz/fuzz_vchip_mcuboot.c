/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The chip's line: any bytes into eg_mcuboot_input(), on a chip whose state file is thrown away.
 * The first byte picks the family. Input is taken twice: as it is, and (second byte odd) cut into
 * frames that are sealed here, so that the commands behind the CRC are reached too.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"
#include "vchip/chip_file.h"
#include "vchip/mcuboot.h"

static struct eg_crypto *crypto;
/* A small part of each load method: the families' own flashes are too large for a short run. */
static struct eg_family families[2] = {
    {.name = "sb",
     .load = EG_LOAD_SB,
     .recipe = EG_RECIPE_MCXN,
     .objects_max = 16,
     .objects_bytes_max = 4096,
     .objects_address = 0x20000100,
     .external_address = 0x8000,
     .ram_address = 0x20000000,
     .ram_size = 0x4000,
     .flash_size = 0x40000,
     .flash_sector = 0x1000,
     .image_address = 0x1000,
     .ifr_address = 0x01004000,
     .ifr_size = 512,
     .ifr_boot_key_hash = 0x60,
     .fuse_count = 64,
     .fuse_bytes = 4,
     .fuse_decrypt_key = 11,
     .fuse_life_cycle = 8,
     .life_cycle_open = 3,
     .life_cycle_closed = 15,
     .life_cycle_locked = 0xCF},
    {.name = "reset",
     .load = EG_LOAD_RESET,
     .recipe = EG_RECIPE_RW61X,
     .objects_max = 16,
     .objects_bytes_max = 4096,
     .objects_address = 0x08008000,
     .external_address = 0x08008000,
     .firmware_address = 0x08001000,
     .ram_address = 0x20000000,
     .ram_size = 0x4000,
     .flash_address = 0x08000000,
     .flash_size = 0x40000,
     .flash_sector = 0x1000,
     .fuse_count = 128,
     .fuse_bytes = 4,
     .fuse_boot_key_hash = 104,
     .fuse_decrypt_key = 92,
     .fuse_life_cycle = 14,
     .life_cycle_open = 3,
     .life_cycle_closed = 15,
     .life_cycle_locked = 0xCF},
};

static const struct eg_family *find_family(const void *context, const char *name)
{
    (void)name;
    return context;
}

static void ignore(void *context, struct eg_span bytes)
{
    (void)context;
    (void)bytes;
}

static void feed_framed(struct eg_mcuboot *m, const uint8_t *data, size_t size)
{
    while (size > 1) {
        uint8_t room[EG_FRAME_LEN_MAX];
        struct eg_writer w;
        size_t len = data[0] < size - 1 ? data[0] : size - 1;
        enum eg_frame_type type = m->phase == EG_MB_RECEIVING ? EG_FRAME_DATA : EG_FRAME_COMMAND;
        eg_writer_init(&w, room, sizeof(room));
        eg_frame_encode(&w, type, eg_span(data + 1, len));
        eg_mcuboot_input(m, eg_writer_span(&w));
        data += 1 + len;
        size -= 1 + len;
    }
}

static void feed(struct eg_chip *chip, const uint8_t *data, size_t size)
{
    struct eg_part part;
    struct eg_mcuboot m;
    if (!eg_ok(eg_part_init(&part, chip, crypto))) {
        return;
    }
    eg_mcuboot_init(&m, &part, ignore, NULL);
    if ((data[1] & 1) != 0) {
        feed_framed(&m, data + 2, size - 2);
    } else {
        eg_mcuboot_input(&m, eg_span(data + 2, size - 2));
    }
    eg_mcuboot_cleanup(&m);
    eg_part_cleanup(&part);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct eg_uuid uuid = {{1}};
    static const uint8_t die_key[EG_DIE_KEY_LEN] = {2};
    char dir[32];
    char path[sizeof(dir) + EG_UUID_HEX_LEN + 8];
    char hex[EG_UUID_HEX_LEN + 1];
    struct eg_chip *chip = NULL;
    /* In memory where that is offered: a chip's file is synced when it is closed. */
    (void)snprintf(dir, sizeof(dir), "%s/fuzz-vchip-XXXXXX",
                   access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    if (size < 3 || (crypto == NULL && !eg_ok(eg_crypto_new(&crypto))) || mkdtemp(dir) == NULL) {
        return 0;
    }
    const struct eg_family *family = &families[data[0] & 1];
    eg_uuid_to_hex(&uuid, hex);
    (void)snprintf(path, sizeof(path), "%s/%s.chip", dir, hex);
    if (eg_ok(eg_chip_create(crypto, dir, family, &uuid, die_key)) &&
        eg_ok(eg_chip_open(path, find_family, family, &chip))) {
        feed(chip, data, size);
        eg_chip_close(chip);
    }
    (void)unlink(path);
    (void)rmdir(dir);
    return 0;
}
