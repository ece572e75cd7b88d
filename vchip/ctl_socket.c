/* SPDX-License-Identifier: Apache-2.0 */
/* The bench's socket: power, reset, faults, inspection (docs/protocol/vchip.md, "Control"). */
#include <stdio.h>
#include <string.h>

#include "lib/base/secret.h"
#include "lib/base/text.h"
#include "lib/os/file.h"
#include "vchip/chip_storage.h"
#include "vchip/device.h"
#include "vchip/enclave.h"
#include "vchip/memory.h"

enum {
    HEX_ROOM = EG_HEX_LEN(EG_CHIP_IFR_BYTES_MAX) + 1,
};

static json_t *ok(void)
{
    return json_pack("{s:i}", "status", 0);
}

static json_t *hex_json(struct eg_span data)
{
    char text[HEX_ROOM];
    if (data.len > EG_CHIP_IFR_BYTES_MAX) {
        return json_null();
    }
    eg_hex_encode(data, text);
    return json_string(text);
}

/* ---- power ---------------------------------------------------------------------------------- */

/* "isp": stay in ISP although an image could be booted, as the pin on a board does. */
static bool wants_isp(const json_t *request)
{
    return json_is_true(json_object_get(request, "isp"));
}

static json_t *op_power(struct eg_device *d, const json_t *request)
{
    const json_t *on = json_object_get(request, "on");
    if (!json_is_boolean(on)) {
        return eg_line_error(EG_PSA_INVALID_ARGUMENT, "power needs \"on\": true or false");
    }
    eg_device_drop_line(d);
    if (json_is_true(on)) {
        eg_part_power_on(&d->part, wants_isp(request));
    } else {
        eg_part_power_off(&d->part);
    }
    return ok();
}

static json_t *op_reset(struct eg_device *d, const json_t *request)
{
    if (!d->chip->powered) {
        return eg_line_error(EG_PSA_COMMUNICATION_FAILURE, "the chip has no power");
    }
    eg_device_drop_line(d);
    eg_part_reset(&d->part, wants_isp(request));
    return ok();
}

static json_t *op_cut(struct eg_device *d, const json_t *request)
{
    const json_t *after = json_object_get(request, "after");
    if (!json_is_integer(after) || json_integer_value(after) < 0) {
        return eg_line_error(EG_PSA_INVALID_ARGUMENT, "cut needs \"after\": a number of writes");
    }
    if (!d->chip->powered) {
        return eg_line_error(EG_PSA_COMMUNICATION_FAILURE, "the chip has no power");
    }
    d->chip->cut_after = json_integer_value(after);
    return ok();
}

static json_t *op_counterfeit(struct eg_device *d, const json_t *request)
{
    uint8_t key[EG_DIE_KEY_LEN];
    (void)request;
    eg_status st = eg_random(d->part.crypto, key, sizeof(key));
    if (eg_ok(st)) {
        st = eg_chip_counterfeit(d->chip, key);
    }
    eg_wipe(key, sizeof(key));
    return eg_ok(st) ? ok() : eg_line_error(EG_PSA_GENERIC_ERROR, eg_status_info(st)->cause);
}

/* The next run of the firmware changes nothing and ends with this word: how a host takes it. */
static json_t *op_result(struct eg_device *d, const json_t *request)
{
    uint64_t word = 0;
    const char *text = json_string_value(json_object_get(request, "word"));
    if (text == NULL || !eg_ok(eg_number_parse(eg_span_str(text), UINT32_MAX, &word))) {
        return eg_line_error(EG_PSA_INVALID_ARGUMENT, "result needs \"word\": \"0x...\"");
    }
    d->part.forced_result = (uint32_t)word;
    return ok();
}

static uint32_t fault_named(const char *name)
{
    static const struct {
        const char *name;
        uint32_t fault;
    } rows[] = {
        {"fuses", EG_FAULT_FUSES}, {"ifr", EG_FAULT_IFR},         {"flash", EG_FAULT_FLASH},
        {"keys", EG_FAULT_KEYS},   {"enclave", EG_FAULT_ENCLAVE}, {"memory", EG_FAULT_MEMORY},
    };
    for (size_t i = 0; name != NULL && i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (strcmp(rows[i].name, name) == 0) {
            return rows[i].fault;
        }
    }
    return 0;
}

/* Hardware that fails until it is repaired by another call; [] repairs all. */
static json_t *op_fault(struct eg_device *d, const json_t *request)
{
    const json_t *what = json_object_get(request, "what");
    bool good = json_is_array(what);
    uint32_t faults = 0;
    for (size_t i = 0; i < json_array_size(what); i++) {
        uint32_t one = fault_named(json_string_value(json_array_get(what, i)));
        good = good && one != 0;
        faults |= one;
    }
    if (!good) {
        return eg_line_error(EG_PSA_INVALID_ARGUMENT, "fault needs \"what\": a list of fuses, ifr, "
                                                      "flash, keys, enclave, memory");
    }
    d->chip->faults = faults;
    return ok();
}

/* What a programmer on the debug port does: an application image into the flash. */
static json_t *op_load_image(struct eg_device *d, const json_t *request)
{
    const struct eg_family *f = d->chip->family;
    const char *path = json_string_value(json_object_get(request, "file"));
    struct eg_file_bytes file = {0};
    if (path == NULL || f->image_address == 0) {
        return eg_line_error(EG_PSA_INVALID_ARGUMENT,
                             "load-image needs \"file\" and a family that boots images");
    }
    eg_status st = eg_file_read(path, f->flash_size, &file);
    if (eg_ok(st)) {
        st = eg_memory_write(&d->part, f->image_address, eg_file_span(&file));
    }
    eg_file_bytes_free(&file);
    return eg_ok(st) ? ok() : eg_line_error(EG_PSA_GENERIC_ERROR, eg_status_info(st)->cause);
}

/* ---- dump ----------------------------------------------------------------------------------- */

static bool holds_decrypt_key(const struct eg_family *f, uint32_t index)
{
    return index >= f->fuse_decrypt_key && index < f->fuse_decrypt_key + 32u / f->fuse_bytes;
}

/* Words that are not 0 as "index": "hex"; the decryption key is not shown, only its digest. */
static json_t *fuses_json(const struct eg_chip *chip)
{
    json_t *fuses = json_object();
    for (uint32_t i = 0; i < chip->family->fuse_count; i++) {
        char index[16];
        char value[16];
        if (chip->fuses[i] == 0 || holds_decrypt_key(chip->family, i)) {
            continue;
        }
        (void)snprintf(index, sizeof(index), "%u", i);
        (void)snprintf(value, sizeof(value), "%0*x", 2 * chip->family->fuse_bytes, chip->fuses[i]);
        (void)json_object_set_new(fuses, index, json_string(value));
    }
    return fuses;
}

static json_t *decrypt_key_digest(const struct eg_device *d)
{
    const struct eg_family *f = d->chip->family;
    uint8_t key[32];
    uint8_t digest[EG_SHA256_LEN];
    uint32_t any = 0;
    for (uint32_t i = 0; i < 32u / f->fuse_bytes; i++) {
        uint8_t word[4];
        any |= d->chip->fuses[f->fuse_decrypt_key + i];
        eg_store_le32(word, d->chip->fuses[f->fuse_decrypt_key + i]);
        memcpy(key + (size_t)i * f->fuse_bytes, word, f->fuse_bytes);
    }
    eg_status st = eg_hash(d->part.crypto, EG_HASH_SHA256, EG_SPAN_OF(key), digest);
    eg_wipe(key, sizeof(key));
    return any == 0 || !eg_ok(st) ? json_null() : hex_json(EG_SPAN_OF(digest));
}

static json_t *flash_json(const struct eg_chip *chip)
{
    json_t *sectors = json_array();
    for (uint32_t i = 0; i < chip->sector_count; i++) {
        const struct eg_chip_sector *s = &chip->sectors[i];
        if (s->bytes == NULL && s->wear == 0) {
            continue;
        }
        (void)json_array_append_new(
            sectors, json_pack("{s:I, s:I, s:b}", "address",
                               (json_int_t)chip->family->flash_address +
                                   (json_int_t)i * chip->family->flash_sector,
                               "wear", (json_int_t)s->wear, "used", s->bytes != NULL));
    }
    return sectors;
}

static json_t *op_dump(struct eg_device *d, const json_t *request)
{
    const struct eg_chip *chip = d->chip;
    char uuid[EG_UUID_HEX_LEN + 1];
    uint8_t hash[32];
    (void)request;
    eg_uuid_to_hex(&chip->uuid, uuid);
    bool fused = eg_chip_boot_key_hash(chip, hash);
    return json_pack(
        "{s:i, s:s, s:s, s:b, s:b, s:s, s:i, s:o, s:o, s:o, s:o, s:I, s:o, s:I, s:o, s:o}",
        "status", 0, "uuid", uuid, "family", chip->family->name, "powered", chip->powered,
        "firmware", d->part.firmware, "life_cycle", eg_device_life_cycle_name(d), "life_cycle_byte",
        (int)eg_chip_life_cycle(chip), "boot_key_hash",
        fused ? hex_json(EG_SPAN_OF(hash)) : json_null(), "decrypt_key_sha256",
        decrypt_key_digest(d), "fuses", fuses_json(chip), "ifr",
        chip->ifr == NULL ? json_null() : hex_json(eg_span(chip->ifr, chip->family->ifr_size)),
        "ifr_wear", (json_int_t)chip->ifr_wear, "flash", flash_json(chip), "writes",
        (json_int_t)chip->writes, "boot", eg_device_boot_json(d), "last_result",
        eg_device_result_json(d));
}

static json_t *op_capabilities(struct eg_device *d, const json_t *request);

static const struct {
    const char *name;
    json_t *(*run)(struct eg_device *d, const json_t *request);
} ops[] = {
    {"capabilities", op_capabilities},
    {"power", op_power},
    {"reset", op_reset},
    {"cut", op_cut},
    {"dump", op_dump},
    {"counterfeit", op_counterfeit},
    {"load-image", op_load_image},
    {"trace", eg_trace_handle},
    {"result", op_result},
    {"fault", op_fault},
};
enum { OP_COUNT = sizeof(ops) / sizeof(ops[0]) };

static json_t *op_capabilities(struct eg_device *d, const json_t *request)
{
    json_t *names = json_array();
    (void)request;
    for (size_t i = 0; i < OP_COUNT; i++) {
        (void)json_array_append_new(names, json_string(ops[i].name));
    }
    return json_pack("{s:i, s:s, s:o}", "status", 0, "family", d->chip->family->name, "ops", names);
}

json_t *eg_ctl_handle(void *context, const json_t *request)
{
    const char *name = json_string_value(json_object_get(request, "op"));
    for (size_t i = 0; name != NULL && i < OP_COUNT; i++) {
        if (strcmp(ops[i].name, name) == 0) {
            return ops[i].run(context, request);
        }
    }
    return eg_line_error(EG_PSA_NOT_SUPPORTED, "unknown op");
}
