/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/object/recipe.h"

#include <string.h>

#include "lib/base/secret.h"
#include "lib/object/ckdf.h"

/* A derivation: label and key slot word. Sources: docs/formats/secure-object.md "Key recipes". */
struct step {
    uint8_t label[EG_CKDF_LABEL_LEN];
    uint32_t properties;
};

/* Labels of text have a zero byte in front and are filled up with zero bytes. */
#define LABEL(text) "\0" text

static const struct step public_mk = {LABEL("e2gpub_mk"), 0x80010021};
static const struct step pairs[] = {
    [EG_RECIPE_CONNECTION] = {LABEL("e2gcon_se"), 0x84000021},
    [EG_RECIPE_ATTESTATION] = {LABEL("e2gatt_se"), 0x84000021},
};
static const struct step tfm_kek = {LABEL("e2gitfm_sk"), 0x40100021};
static const struct step auth = {LABEL("e2giaut_sk"), 0x40002021};

static const struct step mcxn_el2go_mk = {
    {0x16, 0x5B, 0x2E, 0xEC, 0x00, 0x81, 0x94, 0x34, 0x7B, 0x3F, 0x37, 0x98}, 0x500100E1};
static const struct step mcxn_kek = {
    {0x94, 0xF2, 0x84, 0x46, 0x62, 0x09, 0x4E, 0x64, 0x59, 0xD0, 0x4D, 0x9F}, 0x404000E1};
static const uint32_t bound_oem_mk_properties = 0x40010021;

static const struct step rw61x_sym_mk = {LABEL("e2gsym_mk"), 0x80010021};
static const struct step rw61x_oem_mk = {LABEL("e2goem_mk"), 0x80010021};
static const struct step rw61x_kek = {LABEL("e2gikek_sk"), 0x40800021};

static const struct step s200_oem_mk = {LABEL("e2goem_s2"), 0x80010021};

static eg_status derive(struct eg_crypto *c, const uint8_t parent[static EG_DIE_KEY_LEN],
                        const struct step *s, uint8_t out[static EG_CKDF_LEN_MAX])
{
    return eg_ckdf(c, eg_span(parent, EG_DIE_KEY_LEN), s->label, s->properties, out);
}

/* MCXN and S400: the step whose label binds boot key hash and life cycle. */
static eg_status bound_oem_step(struct eg_crypto *c, const struct eg_family *family,
                                const struct eg_binding *b, struct step *out)
{
    uint8_t bound[EG_BOOT_KEY_HASH_LEN + 1];
    uint8_t digest[EG_SHA256_LEN];

    memcpy(bound, b->boot_key_hash, EG_BOOT_KEY_HASH_LEN);
    bound[EG_BOOT_KEY_HASH_LEN] = eg_family_life_cycle_byte(family, b->life_cycle);
    EG_TRY(eg_hash(c, EG_HASH_SHA256, EG_SPAN_OF(bound), digest));
    memcpy(out->label, digest, EG_CKDF_LABEL_LEN);
    out->properties = bound_oem_mk_properties;
    return EG_OK;
}

static eg_status from_oem_mk(struct eg_crypto *c, const uint8_t oem_mk[static EG_CKDF_LEN_MAX],
                             struct eg_import_keys *out)
{
    EG_TRY(derive(c, oem_mk, &tfm_kek, out->tfm_kek));
    return derive(c, oem_mk, &auth, out->auth);
}

static eg_status mcxn_keys(struct eg_crypto *c, const struct eg_family *family,
                           const uint8_t die_key[static EG_DIE_KEY_LEN], const struct eg_binding *b,
                           struct eg_import_keys *out)
{
    uint8_t el2go_mk[EG_CKDF_LEN_MAX] = {0};
    uint8_t oem_mk[EG_CKDF_LEN_MAX] = {0};
    struct step oem;
    eg_status st;

    EG_TRY_GOTO(st, done, bound_oem_step(c, family, b, &oem));
    EG_TRY_GOTO(st, done, derive(c, die_key, &mcxn_el2go_mk, el2go_mk));
    EG_TRY_GOTO(st, done, derive(c, el2go_mk, &oem, oem_mk));
    EG_TRY_GOTO(st, done, derive(c, die_key, &mcxn_kek, out->kek));
    st = from_oem_mk(c, oem_mk, out);
done:
    eg_wipe(el2go_mk, sizeof(el2go_mk));
    eg_wipe(oem_mk, sizeof(oem_mk));
    return st;
}

/* die -> symmetric master -> OEM master by `oem` -> the three import keys */
static eg_status symmetric_keys(struct eg_crypto *c, const uint8_t die_key[static EG_DIE_KEY_LEN],
                                const struct step *oem, struct eg_import_keys *out)
{
    uint8_t sym_mk[EG_CKDF_LEN_MAX] = {0};
    uint8_t oem_mk[EG_CKDF_LEN_MAX] = {0};
    eg_status st;

    EG_TRY_GOTO(st, done, derive(c, die_key, &rw61x_sym_mk, sym_mk));
    EG_TRY_GOTO(st, done, derive(c, sym_mk, oem, oem_mk));
    EG_TRY_GOTO(st, done, derive(c, oem_mk, &rw61x_kek, out->kek));
    st = from_oem_mk(c, oem_mk, out);
done:
    eg_wipe(sym_mk, sizeof(sym_mk));
    eg_wipe(oem_mk, sizeof(oem_mk));
    return st;
}

/* RW61x and S200 bind nothing. */
static eg_status rw61x_keys(struct eg_crypto *c, const struct eg_family *family,
                            const uint8_t die_key[static EG_DIE_KEY_LEN],
                            const struct eg_binding *b, struct eg_import_keys *out)
{
    (void)family;
    (void)b;
    return symmetric_keys(c, die_key, &rw61x_oem_mk, out);
}

static eg_status s200_keys(struct eg_crypto *c, const struct eg_family *family,
                           const uint8_t die_key[static EG_DIE_KEY_LEN], const struct eg_binding *b,
                           struct eg_import_keys *out)
{
    (void)family;
    (void)b;
    return symmetric_keys(c, die_key, &s200_oem_mk, out);
}

static eg_status s400_keys(struct eg_crypto *c, const struct eg_family *family,
                           const uint8_t die_key[static EG_DIE_KEY_LEN], const struct eg_binding *b,
                           struct eg_import_keys *out)
{
    struct step oem;

    EG_TRY(bound_oem_step(c, family, b, &oem));
    return symmetric_keys(c, die_key, &oem, out);
}

typedef eg_status (*recipe_fn)(struct eg_crypto *c, const struct eg_family *family,
                               const uint8_t die_key[static EG_DIE_KEY_LEN],
                               const struct eg_binding *b, struct eg_import_keys *out);

static const recipe_fn recipes[] = {
    [EG_RECIPE_MCXN] = mcxn_keys,
    [EG_RECIPE_RW61X] = rw61x_keys,
    [EG_RECIPE_S200] = s200_keys,
    [EG_RECIPE_S400] = s400_keys,
};

eg_status eg_recipe_import_keys(struct eg_crypto *c, const struct eg_family *family,
                                const uint8_t die_key[static EG_DIE_KEY_LEN],
                                const struct eg_binding *binding, struct eg_import_keys *out)
{
    size_t recipe = (size_t)family->recipe;
    eg_status st;

    memset(out, 0, sizeof(*out));
    if (recipe >= sizeof(recipes) / sizeof(recipes[0]) || recipes[recipe] == NULL ||
        eg_family_life_cycle_byte(family, binding->life_cycle) == 0) {
        return EG_ERR(OBJECT_UNSUPPORTED);
    }
    st = recipes[recipe](c, family, die_key, binding, out);
    if (!eg_ok(st)) {
        eg_import_keys_wipe(out);
    }
    return st;
}

void eg_import_keys_wipe(struct eg_import_keys *keys)
{
    eg_wipe(keys, sizeof(*keys));
}

eg_status eg_recipe_private(struct eg_crypto *c, const uint8_t die_key[static EG_DIE_KEY_LEN],
                            enum eg_recipe_pair pair, uint8_t out[static EG_P256_SCALAR_LEN])
{
    uint8_t master[EG_CKDF_LEN_MAX];
    eg_status st = derive(c, die_key, &public_mk, master);

    if (eg_ok(st)) {
        st = derive(c, master, &pairs[pair], out);
    }
    eg_wipe(master, sizeof(master));
    return st;
}

eg_status eg_recipe_public(struct eg_crypto *c, const uint8_t die_key[static EG_DIE_KEY_LEN],
                           enum eg_recipe_pair pair, uint8_t out[static EG_P256_POINT_LEN])
{
    uint8_t scalar[EG_P256_SCALAR_LEN];
    eg_status st = eg_recipe_private(c, die_key, pair, scalar);

    if (eg_ok(st)) {
        st = eg_p256_public(c, scalar, out);
    }
    eg_wipe(scalar, sizeof(scalar));
    return st;
}

eg_status eg_recipe_master_key(struct eg_crypto *c, struct eg_span secret,
                               const struct eg_uuid *uuid, uint32_t object_id, uint8_t *out,
                               size_t len)
{
    uint8_t info[EG_UUID_LEN + 4];

    if ((len != 16 && len != 32) || secret.len < EG_MASTER_SECRET_LEN_MIN ||
        secret.len > EG_MASTER_SECRET_LEN_MAX) {
        return EG_ERR(OBJECT_UNSUPPORTED);
    }
    memcpy(info, uuid->bytes, EG_UUID_LEN);
    eg_store_be32(info + EG_UUID_LEN, object_id);
    return eg_hkdf_sha256(c, secret, eg_span_str("engrave master key 1"), EG_SPAN_OF(info), out,
                          len);
}
