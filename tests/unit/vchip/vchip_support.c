/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/vchip/vchip_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/os/file.h"
#include "tests/unit/unit.h"
#include "vchip/blob.h"
#include "vchip/card.h"
#include "vchip/memory.h"
#include "vchip/sector_copy.h"

#define OK(expr) assert_true(eg_ok(expr))

const uint8_t eg_tc_boot_hash[32] = {
    0x51, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xF0,
    0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x0E, 0x0F, 0x10};
const uint8_t eg_tc_fw_key[32] = {0xF0, 0xE1, 0xD2, 0xC3, 0xB4, 0xA5, 0x96, 0x87, 0x78, 0x69, 0x5A,
                                  0x4B, 0x3C, 0x2D, 0x1E, 0x0F, 0x10, 0x21, 0x32, 0x43, 0x54, 0x65,
                                  0x76, 0x87, 0x98, 0xA9, 0xBA, 0xCB, 0xDC, 0xED, 0xFE, 0x0F};
const uint8_t eg_tc_scalar[32] = {0x8b, 0xde, 0xe3, 0x32, 0xfc, 0xb0, 0x95, 0xbf, 0x63, 0xf2, 0xe5,
                                  0x9e, 0xd5, 0xe3, 0x48, 0x9d, 0x7b, 0xef, 0xae, 0xee, 0x22, 0x6d,
                                  0x31, 0x0e, 0x84, 0xe0, 0x52, 0xdf, 0x22, 0x1a, 0x1a, 0x25};
const uint8_t eg_tc_aes_key[32] = {0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8A,
                                   0x8B, 0x8C, 0x8D, 0x8E, 0x8F, 0x90, 0x91, 0x92, 0x93, 0x94, 0x95,
                                   0x96, 0x97, 0x98, 0x99, 0x9A, 0x9B, 0x9C, 0x9D, 0x9E, 0x9F};
const char eg_tc_text[31] = "a certificate would stand here";

/* Fuses 30 and 40 of a 4-byte family. */
static const uint8_t fuse_config[] = {0x40, 0x02, 0x00, 30, 0x41, 0x04, 0x09, 0xD1, 0x14, 0x11,
                                      0x40, 0x02, 0x00, 40, 0x41, 0x04, 0x00, 0x00, 0x0F, 0x0F};

/* ---- bench ---------------------------------------------------------------------------------- */

void eg_tc_setup(struct eg_tc_bench *b, const char *family)
{
    char families[4096];
    char why[256] = "";
    const char *source = getenv("ENGRAVE_SOURCE");
    memset(b, 0, sizeof(*b));
    (void)snprintf(families, sizeof(families), "%s/families", source == NULL ? "." : source);
    if (!eg_ok(eg_families_load(families, &b->families, why, sizeof(why)))) {
        fail_msg("%s", why);
    }
    b->family = eg_families_find(&b->families, family);
    assert_non_null(b->family);
    OK(eg_crypto_new(&b->crypto));
    OK(eg_file_make_temp_dir(NULL, "vchip-test", b->dir, sizeof(b->dir)));
    for (uint8_t i = 0; i < 32; i++) {
        b->die_key[i] = (uint8_t)(3 * i + 1);
        b->uuid.bytes[i % 16] = (uint8_t)(0xA0 + i % 16);
    }
}

static const struct eg_family *find_family(const void *context, const char *name)
{
    return eg_families_find(context, name);
}

static void open_chip(struct eg_tc_bench *b)
{
    OK(eg_chip_open(b->path, find_family, &b->families, &b->chip));
    OK(eg_part_init(&b->part, b->chip, b->crypto));
}

static void close_chip(struct eg_tc_bench *b)
{
    if (b->chip != NULL) {
        eg_part_cleanup(&b->part);
        eg_chip_close(b->chip);
        b->chip = NULL;
    }
}

void eg_tc_fresh_chip(struct eg_tc_bench *b)
{
    char hex[EG_UUID_HEX_LEN + 1];
    close_chip(b);
    eg_uuid_to_hex(&b->uuid, hex);
    (void)snprintf(b->path, sizeof(b->path), "%s/%s.chip", b->dir, hex);
    (void)unlink(b->path);
    OK(eg_chip_create(b->crypto, b->dir, b->family, &b->uuid, b->die_key));
    open_chip(b);
}

void eg_tc_reopen(struct eg_tc_bench *b)
{
    close_chip(b);
    open_chip(b);
}

void eg_tc_teardown(struct eg_tc_bench *b)
{
    close_chip(b);
    eg_crypto_free(b->crypto);
    OK(eg_file_remove_tree(b->dir));
}

/* ---- keys, from the specification ------------------------------------------------------------ */

void eg_tc_ckdf(struct eg_crypto *c, const uint8_t parent[static 32],
                const uint8_t label[static 12], uint32_t props, uint8_t out[static 32])
{
    for (uint8_t i = 1; i <= 2; i++) {
        const uint8_t tail[12] = {(uint8_t)(props >> 24),
                                  (uint8_t)(props >> 16),
                                  (uint8_t)(props >> 8),
                                  (uint8_t)props,
                                  0,
                                  0,
                                  1,
                                  0,
                                  0,
                                  0,
                                  0,
                                  i};
        uint8_t block[32] = {0};
        memcpy(block, label, 12);
        memcpy(block + 20, tail, 12);
        OK(eg_cmac(c, eg_span(parent, 32), EG_SPAN_OF(block), out + 16 * (i - 1)));
    }
}

static void label(uint8_t out[static 12], const char *text)
{
    memset(out, 0, 12);
    memcpy(out + 1, text, strlen(text));
}

static void named(const struct eg_tc_bench *b, const uint8_t *parent, const char *text,
                  uint32_t props, uint8_t *out)
{
    uint8_t l[12];
    label(l, text);
    eg_tc_ckdf(b->crypto, parent, l, props, out);
}

static void bound_label(const struct eg_tc_bench *b, const uint8_t *hash, uint8_t life_cycle_byte,
                        uint8_t digest[static 32])
{
    uint8_t bound[33] = {0};
    if (hash != NULL) {
        memcpy(bound, hash, 32);
    }
    bound[32] = life_cycle_byte;
    OK(eg_hash(b->crypto, EG_HASH_SHA256, EG_SPAN_OF(bound), digest));
}

static void mcxn_master(const struct eg_tc_bench *b, const uint8_t *hash, uint8_t life_cycle_byte,
                        uint8_t *master)
{
    static const uint8_t el2go[12] = {0x16, 0x5b, 0x2e, 0xec, 0x00, 0x81,
                                      0x94, 0x34, 0x7b, 0x3f, 0x37, 0x98};
    uint8_t digest[32];
    uint8_t mk[32];
    bound_label(b, hash, life_cycle_byte, digest);
    eg_tc_ckdf(b->crypto, b->die_key, el2go, 0x500100E1, mk);
    eg_tc_ckdf(b->crypto, mk, digest, 0x40010021, master);
}

void eg_tc_import_keys(const struct eg_tc_bench *b, const uint8_t *hash, uint8_t life_cycle_byte,
                       struct eg_tc_keys *out)
{
    static const uint8_t die_kek[12] = {0x94, 0xf2, 0x84, 0x46, 0x62, 0x09,
                                        0x4e, 0x64, 0x59, 0xd0, 0x4d, 0x9f};
    uint8_t master[32];
    uint8_t sym[32];
    uint8_t digest[32];
    if (b->family->recipe == EG_RECIPE_S400) {
        bound_label(b, hash, life_cycle_byte, digest);
        named(b, b->die_key, "e2gsym_mk", 0x80010021, sym);
        eg_tc_ckdf(b->crypto, sym, digest, 0x40010021, master);
        named(b, master, "e2gikek_sk", 0x40800021, out->kek);
    } else if (b->family->recipe == EG_RECIPE_MCXN) {
        mcxn_master(b, hash, life_cycle_byte, master);
        eg_tc_ckdf(b->crypto, b->die_key, die_kek, 0x404000E1, out->kek);
    } else {
        named(b, b->die_key, "e2gsym_mk", 0x80010021, sym);
        named(b, sym, b->family->recipe == EG_RECIPE_S200 ? "e2goem_s2" : "e2goem_mk", 0x80010021,
              master);
        named(b, master, "e2gikek_sk", 0x40800021, out->kek);
    }
    named(b, master, "e2gitfm_sk", 0x40100021, out->data);
    named(b, master, "e2giaut_sk", 0x40002021, out->auth);
}

/* ---- objects -------------------------------------------------------------------------------- */

static void put_u32(struct eg_writer *w, uint8_t tag, uint32_t v)
{
    eg_writer_u8(w, tag);
    eg_writer_u8(w, 4);
    eg_writer_be32(w, v);
}

static void put_payload(struct eg_writer *w, struct eg_span payload)
{
    eg_writer_u8(w, 0x55);
    if (payload.len >= 256) {
        eg_writer_u8(w, 0x82);
        eg_writer_u8(w, (uint8_t)(payload.len >> 8));
    } else if (payload.len >= 128) {
        eg_writer_u8(w, 0x81);
    }
    eg_writer_u8(w, (uint8_t)payload.len);
    eg_writer_bytes(w, payload);
}

static void seal(struct eg_crypto *c, const struct eg_tc_object *o, const struct eg_tc_keys *keys,
                 const uint8_t iv[static 16], struct eg_writer *out)
{
    uint8_t room[64];
    struct eg_writer plain;
    switch (o->wrap_alg) {
    case 1:
        eg_writer_init(&plain, room, sizeof(room));
        eg_writer_be32(&plain, o->props);
        eg_writer_be32(&plain, 0);
        eg_writer_bytes(&plain, o->plain);
        OK(eg_kw_wrap(c, EG_SPAN_OF(keys->kek), eg_writer_span(&plain), out));
        break;
    case 2:
        OK(eg_cbc_encrypt(c,
                          o->wrap_id == 0x7FFF816E ? EG_SPAN_OF(keys->kek) : EG_SPAN_OF(keys->data),
                          iv, o->plain, out));
        break;
    default:
        eg_writer_bytes(out, o->plain);
    }
}

void eg_tc_encode(struct eg_crypto *c, const struct eg_tc_object *o, const struct eg_tc_keys *keys,
                  struct eg_writer *w)
{
    const size_t room_len = 20000;
    uint8_t iv[16];
    uint8_t mac[16];
    size_t start = w->len;
    uint8_t *room = malloc(room_len);
    assert_non_null(room);
    struct eg_writer payload;
    eg_writer_init(&payload, room, room_len);
    for (uint8_t i = 0; i < 16; i++) {
        iv[i] = (uint8_t)(0xA0 + i + o->id);
    }
    seal(c, o, keys, iv, &payload);
    eg_writer_u8(w, 0x40);
    eg_writer_u8(w, 11);
    eg_writer_str(w, "edgelock2go");
    put_u32(w, 0x41, o->id);
    put_u32(w, 0x42, o->alg);
    put_u32(w, 0x43, o->usage);
    eg_writer_u8(w, 0x44);
    eg_writer_u8(w, 2);
    eg_writer_be16(w, o->type);
    put_u32(w, 0x45, o->bits);
    put_u32(w, 0x46, o->lifetime);
    put_u32(w, 0x47, o->life_cycle);
    put_u32(w, 0x50, o->wrap_id);
    put_u32(w, 0x51, o->wrap_alg);
    if (o->wrap_alg == 2) {
        eg_writer_u8(w, 0x52);
        eg_writer_u8(w, 16);
        eg_writer_bytes(w, EG_SPAN_OF(iv));
    }
    put_u32(w, 0x53, o->sign_id);
    put_u32(w, 0x54, o->sign_alg);
    put_payload(w, eg_writer_span(&payload));
    eg_writer_u8(w, 0x5E);
    eg_writer_u8(w, 16);
    OK(eg_cmac(c, EG_SPAN_OF(keys->auth), eg_span(w->ptr + start, w->len - start), mac));
    eg_writer_bytes(w, EG_SPAN_OF(mac));
    OK(w->status);
    free(room);
}

static struct eg_tc_object object(uint32_t id, uint32_t alg, uint32_t usage, uint16_t type,
                                  uint32_t bits, uint32_t lifetime, uint32_t life_cycle,
                                  uint32_t wrap_alg, struct eg_span plain)
{
    return (struct eg_tc_object){.id = id,
                                 .alg = alg,
                                 .usage = usage,
                                 .type = type,
                                 .bits = bits,
                                 .lifetime = lifetime,
                                 .life_cycle = life_cycle,
                                 .wrap_id = wrap_alg == 2 ? 0x7FFF816F : 0x7FFF816E,
                                 .wrap_alg = wrap_alg,
                                 .sign_id = 0x7FFF8170,
                                 .sign_alg = 1,
                                 .plain = plain};
}

struct eg_tc_object eg_tc_hash(const uint8_t hash[static 32], uint32_t life_cycle)
{
    return object(0x7FFF817A, 0, 0, 0x1001, 256, 0xE0810101, life_cycle, 3, eg_span(hash, 32));
}

struct eg_tc_object eg_tc_decrypt_key(const uint8_t key[static 32], uint32_t life_cycle)
{
    return object(0x7FFF817B, 0x8800FF00, 0x4000, 0x9F00, 256, 0xE0010101, life_cycle, 2,
                  eg_span(key, 32));
}

struct eg_tc_object eg_tc_config(struct eg_span config, uint32_t life_cycle)
{
    return object(0x7FFF817C, 0, 1, 0x1001, (uint32_t)config.len * 8, 0xE0810101, life_cycle, 2,
                  config);
}

struct eg_tc_object eg_tc_p256(uint32_t id, const uint8_t scalar[static 32], uint32_t life_cycle)
{
    struct eg_tc_object o =
        object(id, 0x06000609, 0x1400, 0x7112, 256, 0xE0000101, life_cycle, 1, eg_span(scalar, 32));
    o.props = 0x84000061;
    return o;
}

struct eg_tc_object eg_tc_aes(uint32_t id, const uint8_t key[static 32], uint32_t alg,
                              uint32_t usage, uint32_t life_cycle)
{
    struct eg_tc_object o =
        object(id, alg, usage, 0x2400, 256, 0xE0000101, life_cycle, 1, eg_span(key, 32));
    o.props = 0x00100021;
    return o;
}

struct eg_tc_object eg_tc_file(uint32_t id, struct eg_span content, uint32_t life_cycle)
{
    return object(id, 0, 1, 0x1001, (uint32_t)content.len * 8, 0xE0810101, life_cycle, 2, content);
}

void eg_tc_for_enclave(const struct eg_tc_bench *b, struct eg_tc_object *o)
{
    const uint32_t kind = b->family->recipe == EG_RECIPE_S200 ? 0x200 : 0;
    bool key = o->type != 0x1001;
    if (b->family->recipe != EG_RECIPE_S200 && b->family->recipe != EG_RECIPE_S400) {
        return;
    }
    o->lifetime = (key ? 0xE0000001 : 0xE0800001) | kind;
    o->wrap_id = key ? 0x7FFF816F : 0x7FFF816E;
    o->wrap_alg = o->wrap_alg == 3 ? 3 : 2;
}

void eg_tc_set_for(const struct eg_tc_bench *b, uint32_t life_cycle, struct eg_writer *w)
{
    uint8_t byte = eg_family_life_cycle_byte(b->family, (enum eg_life_cycle)life_cycle);
    struct eg_tc_keys keys;
    eg_tc_import_keys(b, eg_tc_boot_hash, byte, &keys);
    struct eg_tc_object objects[] = {
        eg_tc_hash(eg_tc_boot_hash, life_cycle),
        eg_tc_decrypt_key(eg_tc_fw_key, life_cycle),
        eg_tc_config(EG_SPAN_OF(fuse_config), life_cycle),
        eg_tc_p256(0x10000001, eg_tc_scalar, life_cycle),
        eg_tc_file(0x10000002, eg_span(eg_tc_text, sizeof(eg_tc_text)), life_cycle),
        eg_tc_aes(0x10000003, eg_tc_aes_key, 0x04C01000, 0x300, life_cycle),
    };
    for (size_t i = 0; i < sizeof(objects) / sizeof(objects[0]); i++) {
        eg_tc_for_enclave(b, &objects[i]);
        eg_tc_encode(b->crypto, &objects[i], &keys, w);
    }
}

void eg_tc_good_set(const struct eg_tc_bench *b, struct eg_writer *w)
{
    eg_tc_set_for(b, EG_LC_CLOSED, w);
}

/* ---- as a host ------------------------------------------------------------------------------ */

uint32_t eg_tc_address(const struct eg_tc_bench *b)
{
    return b->family->external_address;
}

/* As a host does it: boot key hash and decryption key, the two first of a set, go apart. */
static eg_status load_split(struct eg_tc_bench *b, struct eg_span objects)
{
    struct eg_reader r;
    struct eg_vblob o;
    eg_reader_init(&r, objects);
    OK(eg_vblob_take(&r, &o));
    OK(eg_vblob_take(&r, &o));
    EG_TRY(eg_memory_write(&b->part, b->family->objects_address,
                           eg_span(objects.ptr, objects.len - r.rest.len)));
    EG_TRY(eg_memory_write(&b->part, b->family->external_address, r.rest));
    return eg_part_load_firmware(&b->part);
}

static eg_status load_file(struct eg_tc_bench *b, struct eg_span objects)
{
    EG_TRY(eg_card_write(b->chip, eg_span_str("assets.bin"), objects));
    return eg_sector_recover(b->chip);
}

eg_status eg_tc_load(struct eg_tc_bench *b, struct eg_span objects)
{
    static const uint8_t firmware[512] = {0x00, 0x10, 0x00, 0x20, 0x01, 0x10, 0x00, 0x08};
    if (b->family->load == EG_LOAD_SPLIT) {
        return load_split(b, objects);
    }
    if (b->family->load == EG_LOAD_UBOOT) {
        return load_file(b, objects);
    }
    EG_TRY(eg_memory_write(&b->part, b->family->objects_address, objects));
    if (b->family->load == EG_LOAD_SB) {
        return eg_part_load_firmware(&b->part);
    }
    EG_TRY(eg_memory_write(&b->part, b->family->firmware_address, EG_SPAN_OF(firmware)));
    eg_part_reset(&b->part, true);
    return b->chip->powered ? EG_OK : EG_ERR(VCHIP_NO_POWER);
}
