/* SPDX-License-Identifier: Apache-2.0 */
#include "vchip/boot_rom.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/secret.h"
#include "vchip/chip_storage.h"

/*
 * MCUboot image, numbers little endian:
 *   0 magic 4 | 4 load address 4 | 8 header size 2 | 10 protected TLV size 2 | 12 image size 4
 *   16 flags 4 | 20 major 1 | 21 minor 1 | 22 revision 2 | 24 build 4 | 28 pad 4
 * then padding up to the header size, the payload, the protected TLVs (area magic 0x6908), and the
 * TLV area (magic 0x6907): area magic 2, area size 2, entries of type 2, length 2, value.
 */
enum {
    IMAGE_HEADER_LEN = 32,
    IMAGE_TLV_MAGIC = 0x6907,
    IMAGE_FLAG_ENCRYPTED = 0x04 | 0x08,
    TLV_PUBKEY = 0x02,
    TLV_SHA256 = 0x10,
    TLV_ECDSA = 0x22,
};
#define IMAGE_MAGIC 0x96f3b83du

struct image {
    struct eg_span signed_part; /* header, payload and protected TLVs */
    uint32_t flags;
    struct eg_span digest, public_key, signature; /* empty when the TLV is not there */
    char version[EG_BOOT_VERSION_MAX];
};

/* Text of a refusal, NULL when all is well. */
typedef const char *refusal;

static void take_tlv(struct image *img, uint16_t type, struct eg_span value)
{
    switch (type) {
    case TLV_PUBKEY:
        img->public_key = value;
        break;
    case TLV_SHA256:
        img->digest = value;
        break;
    case TLV_ECDSA:
        img->signature = value;
        break;
    default:
        break; /* others are for MCUboot itself */
    }
}

static refusal parse_tlvs(struct eg_reader *r, struct image *img)
{
    uint16_t area_magic = eg_reader_le16(r);
    uint16_t area_len = eg_reader_le16(r);
    if (!eg_ok(r->status) || area_magic != IMAGE_TLV_MAGIC || area_len < 4) {
        return "the image has no TLV area";
    }
    struct eg_reader area;
    eg_reader_init(&area, eg_reader_take(r, (size_t)area_len - 4));
    while (eg_ok(r->status) && eg_ok(area.status) && area.rest.len > 0) {
        uint16_t type = eg_reader_le16(&area);
        uint16_t len = eg_reader_le16(&area);
        take_tlv(img, type, eg_reader_take(&area, len));
    }
    return eg_ok(r->status) && eg_ok(area.status) ? NULL : "the image's TLV area is damaged";
}

static refusal parse_image(struct eg_span flash, struct image *img)
{
    struct eg_reader r;
    eg_reader_init(&r, flash);
    if (eg_reader_le32(&r) != IMAGE_MAGIC) {
        return "there is no image";
    }
    (void)eg_reader_le32(&r);
    uint16_t header_len = eg_reader_le16(&r);
    uint16_t protected_len = eg_reader_le16(&r);
    uint32_t payload_len = eg_reader_le32(&r);
    img->flags = eg_reader_le32(&r);
    unsigned major = eg_reader_u8(&r);
    unsigned minor = eg_reader_u8(&r);
    unsigned revision = eg_reader_le16(&r);
    unsigned build = eg_reader_le32(&r);
    (void)snprintf(img->version, sizeof(img->version), "%u.%u.%u+%u", major, minor, revision,
                   build);
    uint64_t len = (uint64_t)header_len + payload_len + protected_len;
    if (!eg_ok(r.status) || header_len < IMAGE_HEADER_LEN || payload_len == 0 || len > flash.len) {
        return "the image's header is damaged";
    }
    eg_reader_init(&r, flash);
    img->signed_part = eg_reader_take(&r, (size_t)len);
    return parse_tlvs(&r, img);
}

static refusal check_digest(struct eg_crypto *c, const struct image *img)
{
    uint8_t digest[EG_SHA256_LEN];
    if (!eg_ok(eg_hash(c, EG_HASH_SHA256, img->signed_part, digest)) ||
        !eg_span_equal(img->digest, EG_SPAN_OF(digest))) {
        return "the image's digest is wrong";
    }
    return NULL;
}

/* A signature may be padded with zeros behind its DER SEQUENCE (imgtool --pad-sig). */
static struct eg_span trim_signature(struct eg_span sig)
{
    if (sig.len >= 2 && sig.ptr[1] < 0x80 && (size_t)sig.ptr[1] + 2 <= sig.len) {
        return eg_span(sig.ptr, (size_t)sig.ptr[1] + 2);
    }
    return sig;
}

static refusal check_signature(struct eg_crypto *c, const struct image *img,
                               const uint8_t fused[static EG_SHA256_LEN])
{
    uint8_t key_hash[EG_SHA256_LEN];
    struct eg_key *key = NULL;
    if (img->public_key.len == 0 || img->signature.len == 0) {
        return "the image is not signed, or does not carry its public key";
    }
    if (!eg_ok(eg_hash(c, EG_HASH_SHA256, img->public_key, key_hash)) ||
        !eg_ct_equal(key_hash, fused, sizeof(key_hash))) {
        return "the image is signed by another key than the one whose hash is fused";
    }
    eg_status st = eg_key_from_spki(c, img->public_key, &key);
    if (eg_ok(st)) {
        st = eg_key_alg_of(key) == EG_KEY_P256
                 ? eg_verify(c, key, img->signed_part, trim_signature(img->signature))
                 : EG_ERR(CRYPTO_UNSUPPORTED);
    }
    eg_key_free(key);
    return eg_ok(st) ? NULL : "the image's signature does not verify";
}

static refusal judge(struct eg_crypto *c, const struct eg_chip *chip, struct eg_span flash,
                     struct image *img, bool *out_verified)
{
    uint8_t fused[EG_SHA256_LEN];
    bool has_hash = eg_chip_boot_key_hash(chip, fused);
    refusal why = parse_image(flash, img);
    if (why == NULL && (img->flags & IMAGE_FLAG_ENCRYPTED) != 0) {
        why = "the image is encrypted, which this part does not boot";
    }
    if (why == NULL) {
        why = check_digest(c, img);
    }
    if (why != NULL) {
        return why;
    }
    if (!has_hash && eg_chip_life_cycle(chip) == chip->family->life_cycle_open) {
        return NULL;
    }
    if (!has_hash) {
        return "the part is closed and no boot key hash is fused";
    }
    why = check_signature(c, img, fused);
    *out_verified = why == NULL;
    return why;
}

void eg_boot_rom_run(struct eg_crypto *c, const struct eg_chip *chip, struct eg_boot_result *out)
{
    const struct eg_family *f = chip->family;
    struct image img = {0};
    *out = (struct eg_boot_result){.reason = "this family boots no image of its own"};
    uint64_t offset = (uint64_t)f->image_address - f->flash_address;
    if (f->image_address == 0 || f->image_address < f->flash_address || offset >= f->flash_size) {
        return;
    }
    size_t len = f->flash_size - (size_t)offset;
    uint8_t *flash = malloc(len);
    if (flash == NULL) {
        out->reason = "out of memory";
        return;
    }
    eg_chip_flash_read(chip, (uint32_t)offset, flash, len);
    refusal why = judge(c, chip, eg_span(flash, len), &img, &out->verified);
    free(flash);
    out->booted = why == NULL;
    if (why != NULL) {
        out->reason = why;
        return;
    }
    out->reason =
        out->verified ? "signed by the key whose hash is fused" : "open: no boot key hash is fused";
    memcpy(out->version, img.version, sizeof(out->version));
}
