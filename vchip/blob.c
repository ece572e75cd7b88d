/* SPDX-License-Identifier: Apache-2.0 */
#include "vchip/blob.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/secret.h"

static const uint8_t magic[EG_VBLOB_MAGIC_LEN] = {0x40, 0x0B, 'e', 'd', 'g', 'e', 'l',
                                                  'o',  'c',  'k', '2', 'g', 'o'};

bool eg_vblob_starts(struct eg_span data)
{
    return data.len >= sizeof(magic) && memcmp(data.ptr, magic, sizeof(magic)) == 0;
}

/* ---- reading -------------------------------------------------------------------------------- */

/* DER length in its shortest form, at most 3 length bytes. */
static size_t take_length(struct eg_reader *r)
{
    uint8_t first = eg_reader_u8(r);
    if (first < 0x80) {
        return first;
    }
    size_t count = first & 0x7Fu;
    size_t len = 0;
    if (count < 1 || count > 3) {
        eg_reader_fail(r, EG_ERR(VCHIP_BLOB));
        return 0;
    }
    for (size_t i = 0; i < count; i++) {
        len = (len << 8) | eg_reader_u8(r);
    }
    if (len < 0x80 || (count > 1 && len >> (8 * (count - 1)) == 0)) {
        eg_reader_fail(r, EG_ERR(VCHIP_BLOB));
        return 0;
    }
    return len;
}

/* The value under `tag`, which must come next and be min..max bytes long. */
static struct eg_span take_value(struct eg_reader *r, uint8_t tag, size_t min, size_t max)
{
    if (eg_reader_u8(r) != tag) {
        eg_reader_fail(r, EG_ERR(VCHIP_BLOB));
    }
    size_t len = take_length(r);
    if (len < min || len > max) {
        eg_reader_fail(r, EG_ERR(VCHIP_BLOB));
    }
    return eg_reader_take(r, len);
}

static uint32_t take_u32(struct eg_reader *r, uint8_t tag)
{
    struct eg_span v = take_value(r, tag, 4, 4);
    return eg_ok(r->status) ? eg_load_be32(v.ptr) : 0;
}

static uint16_t take_u16(struct eg_reader *r, uint8_t tag)
{
    struct eg_span v = take_value(r, tag, 2, 2);
    return eg_ok(r->status) ? (uint16_t)((v.ptr[0] << 8) | v.ptr[1]) : (uint16_t)0;
}

/* Which wrapping belongs to which lifetime and wrap key (agent-side drivers check the same). */
static const struct {
    uint32_t wrap_alg, wrap_id, lifetime;
} wrappings[] = {
    {EG_VWRAP_KW, EG_VKEY_ID_KEK, EG_VLIFETIME_BLOB},
    {EG_VWRAP_CBC, EG_VKEY_ID_DATA, EG_VLIFETIME_KEY},
    {EG_VWRAP_CBC, EG_VKEY_ID_DATA, EG_VLIFETIME_DATA},
    {EG_VWRAP_CBC, EG_VKEY_ID_DATA, EG_VLIFETIME_S200_KEY},
    {EG_VWRAP_CBC, EG_VKEY_ID_KEK, EG_VLIFETIME_S200_DATA},
    {EG_VWRAP_CBC, EG_VKEY_ID_DATA, EG_VLIFETIME_S400_KEY},
    {EG_VWRAP_CBC, EG_VKEY_ID_KEK, EG_VLIFETIME_S400_DATA},
};

/* Low byte of the location: the enclave that the object is for. */
static uint8_t enclave_of(const struct eg_vblob *b)
{
    return (uint8_t)(b->lifetime >> 8);
}

static bool is_data(const struct eg_vblob *b)
{
    return (b->lifetime & 0x00800000u) != 0;
}

bool eg_vblob_for(const struct eg_vblob *b, enum eg_key_recipe recipe)
{
    static const uint8_t enclaves[] = {
        [EG_RECIPE_MCXN] = 0x01, /* S50 */
        [EG_RECIPE_RW61X] = 0x01,
        [EG_RECIPE_S200] = 0x02,
        [EG_RECIPE_S400] = 0x00,
    };
    return (size_t)recipe < sizeof(enclaves) && enclaves[recipe] == enclave_of(b);
}

static bool is_lifetime(uint32_t lifetime)
{
    for (size_t i = 0; i < sizeof(wrappings) / sizeof(wrappings[0]); i++) {
        if (wrappings[i].lifetime == lifetime) {
            return true;
        }
    }
    return false;
}

/* The key under which a CBC payload lies. */
static struct eg_span cbc_key(const struct eg_vblob *b, const struct eg_vkeys *keys)
{
    return b->wrap_id == EG_VKEY_ID_KEK ? EG_SPAN_OF(keys->kek) : EG_SPAN_OF(keys->data);
}

static bool wrapping_fits(const struct eg_vblob *b)
{
    if (b->wrap_alg == EG_VWRAP_NONE) {
        return b->id == EG_VOBJ_BOOT_KEY_HASH && is_data(b) && is_lifetime(b->lifetime);
    }
    for (size_t i = 0; i < sizeof(wrappings) / sizeof(wrappings[0]); i++) {
        if (b->wrap_alg == wrappings[i].wrap_alg && b->wrap_id == wrappings[i].wrap_id &&
            b->lifetime == wrappings[i].lifetime) {
            return true;
        }
    }
    return false;
}

static bool fields_fit(const struct eg_vblob *b)
{
    bool life_cycle = b->life_cycle == EG_LC_OPEN || b->life_cycle == EG_LC_CLOSED ||
                      b->life_cycle == EG_LC_LOCKED;
    return b->id != 0 && b->type != 0 && b->bits != 0 && life_cycle && wrapping_fits(b) &&
           b->sign_id == EG_VKEY_ID_AUTH && b->sign_alg == 1;
}

eg_status eg_vblob_take(struct eg_reader *r, struct eg_vblob *out)
{
    const uint8_t *start = r->rest.ptr;
    struct eg_vblob b = {0};
    struct eg_span text = take_value(r, 0x40, sizeof(magic) - 2, sizeof(magic) - 2);
    if (eg_ok(r->status) && memcmp(text.ptr, magic + 2, text.len) != 0) {
        eg_reader_fail(r, EG_ERR(VCHIP_BLOB));
    }
    b.id = take_u32(r, 0x41);
    b.alg = take_u32(r, 0x42);
    b.usage = take_u32(r, 0x43);
    b.type = take_u16(r, 0x44);
    b.bits = take_u32(r, 0x45);
    b.lifetime = take_u32(r, 0x46);
    b.life_cycle = take_u32(r, 0x47);
    b.wrap_id = take_u32(r, 0x50);
    b.wrap_alg = take_u32(r, 0x51);
    if (b.wrap_alg == EG_VWRAP_CBC) {
        b.iv = take_value(r, 0x52, EG_AES_BLOCK_LEN, EG_AES_BLOCK_LEN);
    }
    b.sign_id = take_u32(r, 0x53);
    b.sign_alg = take_u32(r, 0x54);
    b.payload = take_value(r, 0x55, 1, EG_VBLOB_PAYLOAD_MAX);
    b.mac = take_value(r, 0x5E, EG_CMAC_LEN, EG_CMAC_LEN);
    if (eg_ok(r->status) && !fields_fit(&b)) {
        eg_reader_fail(r, EG_ERR(VCHIP_BLOB));
    }
    EG_TRY(r->status);
    b.raw = eg_span(start, (size_t)(r->rest.ptr - start));
    *out = b;
    return EG_OK;
}

bool eg_vblob_id_of_chip(uint32_t id)
{
    return id >= 0x7FFF8000 && id <= 0x7FFF8FFF;
}

bool eg_vblob_internal(const struct eg_vblob *b)
{
    return b->id == EG_VOBJ_BOOT_KEY_HASH || b->id == EG_VOBJ_DECRYPT_KEY ||
           b->id == EG_VOBJ_FUSE_CONFIG;
}

/* ---- keys ----------------------------------------------------------------------------------- */

eg_status eg_vblob_check(struct eg_crypto *c, const struct eg_vblob *b,
                         const uint8_t auth[static EG_VKEY_LEN])
{
    uint8_t mac[EG_CMAC_LEN];
    struct eg_span covered = eg_span(b->raw.ptr, b->raw.len - EG_CMAC_LEN);
    EG_TRY(eg_cmac(c, eg_span(auth, EG_VKEY_LEN), covered, mac));
    return eg_ct_equal(mac, b->mac.ptr, EG_CMAC_LEN) ? EG_OK : EG_ERR(CRYPTO_BAD_MAC);
}

/* The whole plaintext, property word included. */
static eg_status unwrap(struct eg_crypto *c, const struct eg_vblob *b, const struct eg_vkeys *keys,
                        struct eg_writer *out)
{
    switch (b->wrap_alg) {
    case EG_VWRAP_KW:
        return eg_kw_unwrap(c, EG_SPAN_OF(keys->kek), b->payload, out);
    case EG_VWRAP_CBC:
        return eg_cbc_decrypt(c, cbc_key(b, keys), b->iv.ptr, b->payload, out);
    default:
        eg_writer_bytes(out, b->payload);
        return out->status;
    }
}

static eg_status wrap(struct eg_crypto *c, const struct eg_vblob *b, const struct eg_vkeys *keys,
                      struct eg_span plain, struct eg_writer *out)
{
    switch (b->wrap_alg) {
    case EG_VWRAP_KW:
        return eg_kw_wrap(c, EG_SPAN_OF(keys->kek), plain, out);
    case EG_VWRAP_CBC:
        return eg_cbc_encrypt(c, cbc_key(b, keys), b->iv.ptr, plain, out);
    default:
        eg_writer_bytes(out, plain);
        return out->status;
    }
}

/* Bytes that a key of this type and size has in PSA import form; 0: any. */
static size_t key_len(const struct eg_vblob *b)
{
    switch (b->type) {
    case EG_VTYPE_AES:
    case EG_VTYPE_HMAC:
    case EG_VTYPE_OEM_KEY:
    case EG_VTYPE_ECC_PAIR_R1:
    case EG_VTYPE_ECC_PAIR_EDWARDS:
        return (b->bits + 7) / 8;
    default:
        return 0;
    }
}

/* Key slot properties: bit 0 says 256 bits, bit 26 marks the seed of an EC key. */
static bool properties_fit(const struct eg_vblob *b, struct eg_span plain)
{
    const uint32_t wide = 1u << 0;
    const uint32_t ecc = 1u << 26;
    if (plain.len < EG_VBLOB_KW_HEAD + 16 || eg_load_be32(plain.ptr + 4) != 0) {
        return false;
    }
    uint32_t props = eg_load_be32(plain.ptr);
    bool size_fits = ((props & wide) != 0) == (plain.len - EG_VBLOB_KW_HEAD == 32);
    bool seed_fits = ((props & ecc) != 0) == (b->type == EG_VTYPE_ECC_PAIR_R1);
    return size_fits && seed_fits;
}

eg_status eg_vblob_open(struct eg_crypto *c, const struct eg_vblob *b, const struct eg_vkeys *keys,
                        struct eg_writer *out)
{
    uint8_t *room = malloc(b->payload.len);
    if (room == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    struct eg_writer w;
    eg_writer_init(&w, room, b->payload.len);
    eg_status st = unwrap(c, b, keys, &w);
    struct eg_span plain = eg_writer_span(&w);
    if (eg_ok(st) && b->wrap_alg == EG_VWRAP_KW) {
        st = properties_fit(b, plain) ? EG_OK : EG_ERR(VCHIP_BLOB);
        plain =
            eg_ok(st) ? eg_span(plain.ptr + EG_VBLOB_KW_HEAD, plain.len - EG_VBLOB_KW_HEAD) : plain;
    }
    if (eg_ok(st) && key_len(b) != 0 && key_len(b) != plain.len) {
        st = EG_ERR(VCHIP_BLOB);
    }
    if (eg_ok(st)) {
        eg_writer_bytes(out, plain);
        st = out->status;
    }
    eg_wipe(room, b->payload.len);
    free(room);
    return st;
}

static eg_status rewrap_payload(struct eg_crypto *c, const struct eg_vblob *b,
                                const struct eg_vkeys *from, const struct eg_vkeys *to,
                                uint8_t *payload)
{
    uint8_t *room = malloc(b->payload.len);
    if (room == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    struct eg_writer plain;
    struct eg_writer sealed;
    eg_writer_init(&plain, room, b->payload.len);
    eg_writer_init(&sealed, payload, b->payload.len);
    eg_status st = unwrap(c, b, from, &plain);
    if (eg_ok(st)) {
        st = wrap(c, b, to, eg_writer_span(&plain), &sealed);
    }
    if (eg_ok(st) && sealed.len != b->payload.len) {
        st = EG_ERR(INTERNAL);
    }
    eg_wipe(room, b->payload.len);
    free(room);
    return st;
}

eg_status eg_vblob_rewrap(struct eg_crypto *c, const struct eg_vblob *b,
                          const struct eg_vkeys *from, const struct eg_vkeys *to, uint8_t *out)
{
    size_t payload_at = (size_t)(b->payload.ptr - b->raw.ptr);
    struct eg_span covered = eg_span(out, b->raw.len - EG_CMAC_LEN);
    memcpy(out, b->raw.ptr, b->raw.len);
    eg_status st = rewrap_payload(c, b, from, to, out + payload_at);
    if (eg_ok(st)) {
        st = eg_cmac(c, EG_SPAN_OF(to->auth), covered, out + covered.len);
    }
    if (!eg_ok(st)) {
        memset(out, 0, b->raw.len);
    }
    return st;
}
