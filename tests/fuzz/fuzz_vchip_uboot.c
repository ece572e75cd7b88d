/* SPDX-License-Identifier: Apache-2.0 */
/* The U-Boot console of a part, its card included: first byte says whether objects wait in RAM. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"
#include "vchip/chip_file.h"
#include "vchip/uboot.h"

static struct eg_crypto *crypto;

static const struct eg_family family = {
    .name = "fuzz",
    .load = EG_LOAD_UBOOT,
    .recipe = EG_RECIPE_S400,
    .objects_max = 4,
    .objects_bytes_max = 4096,
    .objects_address = 0x82000000,
    .external_address = 0x1000,
    .uuid_fuses = {6, 0, 4},
    .uuid_fuses_count = 3,
    .ram_address = 0x82000000,
    .ram_size = 0x2000,
    .flash_size = 0x40000,
    .flash_sector = 0x400,
    .fuse_count = 64,
    .fuse_bytes = 4,
    .fuse_boot_key_hash = 16,
    .fuse_decrypt_key = 24,
    .fuse_life_cycle = 14,
    .life_cycle_open = 3,
    .life_cycle_closed = 15,
    .life_cycle_locked = 0xCF,
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

static void feed(struct eg_chip *chip, const uint8_t *data, size_t size)
{
    static const uint8_t head[] = "\x40\x0b"
                                  "edgelock2go";
    struct eg_part part;
    struct eg_uboot u;
    if (!eg_ok(eg_part_init(&part, chip, crypto))) {
        return;
    }
    if ((data[0] & 1) != 0) {
        memcpy(part.ram, head, sizeof(head) - 1);
    }
    eg_uboot_init(&u, &part, ignore, NULL);
    eg_uboot_input(&u, eg_span(data + 1, size - 1));
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
    (void)snprintf(dir, sizeof(dir), "%s/fuzz-uboot-XXXXXX",
                   access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    if (size < 2 || (crypto == NULL && !eg_ok(eg_crypto_new(&crypto))) || mkdtemp(dir) == NULL) {
        return 0;
    }
    eg_uuid_to_hex(&uuid, hex);
    (void)snprintf(path, sizeof(path), "%s/%s.chip", dir, hex);
    if (eg_ok(eg_chip_create(crypto, dir, &family, &uuid, die_key)) &&
        eg_ok(eg_chip_open(path, find_family, &family, &chip))) {
        feed(chip, data, size);
        eg_chip_close(chip);
    }
    (void)unlink(path);
    (void)rmdir(dir);
    return 0;
}
