/* SPDX-License-Identifier: Apache-2.0 */
#include "vchip/keys.h"

#include <string.h>

#include "lib/base/secret.h"

eg_status eg_vkey_ckdf(struct eg_crypto *c, struct eg_span parent,
                       const uint8_t label[static EG_CKDF_LABEL_LEN], uint32_t props,
                       uint8_t out[static EG_VKEY_LEN])
{
    bool wide = (props & 1u) != 0;
    uint8_t input[32] = {0};
    memcpy(input, label, EG_CKDF_LABEL_LEN);
    eg_store_be32(input + 20, props);
    eg_store_be32(input + 24, wide ? 256 : 128);
    for (uint32_t i = 1; i <= (wide ? 2u : 1u); i++) {
        eg_store_be32(input + 28, i);
        EG_TRY(eg_cmac(c, parent, EG_SPAN_OF(input), out + (i - 1) * EG_CMAC_LEN));
    }
    return EG_OK;
}

/* ---- recipes as tables ----------------------------------------------------------------------- */

#define LABEL(text) ((const uint8_t *)(text))

/* Walks from parent through the steps; each step is the child of the one before. */
struct step {
    const uint8_t *label; /* EG_CKDF_LABEL_LEN bytes */
    uint32_t props;
};

static eg_status walk(struct eg_crypto *c, struct eg_span parent, const struct step *steps,
                      size_t count, uint8_t out[static EG_VKEY_LEN])
{
    uint8_t key[EG_VKEY_LEN] = {0};
    uint8_t next[EG_VKEY_LEN] = {0};
    eg_status st = EG_OK;
    memcpy(key, parent.ptr, EG_VKEY_LEN);
    for (size_t i = 0; i < count && eg_ok(st); i++) {
        st = eg_vkey_ckdf(c, EG_SPAN_OF(key), steps[i].label, steps[i].props, next);
        memcpy(key, next, sizeof(key));
    }
    if (eg_ok(st)) {
        memcpy(out, key, EG_VKEY_LEN);
    }
    eg_wipe(key, sizeof(key));
    eg_wipe(next, sizeof(next));
    return st;
}

static const struct step mcxn_el2go_mk[] = {
    {LABEL("\x16\x5b\x2e\xec\x00\x81\x94\x34\x7b\x3f\x37\x98"), 0x500100E1}};
static const struct step mcxn_die_kek[] = {
    {LABEL("\x94\xf2\x84\x46\x62\x09\x4e\x64\x59\xd0\x4d\x9f"), 0x404000E1}};
static const struct step mcxn_data[] = {{LABEL("\0e2gitfm_sk\0"), 0x40100021}};
static const struct step mcxn_auth[] = {{LABEL("\0e2giaut_sk\0"), 0x40002021}};

static const struct step rw_oem_mk[] = {{LABEL("\0e2gsym_mk\0\0"), 0x80010021},
                                        {LABEL("\0e2goem_mk\0\0"), 0x80010021}};
static const struct step s200_oem_mk[] = {{LABEL("\0e2gsym_mk\0\0"), 0x80010021},
                                          {LABEL("\0e2goem_s2\0\0"), 0x80010021}};
static const struct step rw_die_kek[] = {
    {LABEL("\x94\xbe\x03\xac\x8b\x59\x32\x45\x11\x7f\xf8\x3f"), 0x404000E1}};
static const struct step rw_kek[] = {{LABEL("\0e2gikek_sk\0"), 0x40800021}};
static const struct step rw_data[] = {{LABEL("\0e2gitfm_sk\0"), 0x40100021}};
static const struct step rw_auth[] = {{LABEL("\0e2giaut_sk\0"), 0x40002021}};

/* Below the die KEK; Engrave's own. */
static const struct step store_data[] = {{LABEL("eg_store_enc"), 0x40100021}};
static const struct step store_auth[] = {{LABEL("eg_store_mac"), 0x40002021}};

static const struct step connection[] = {{LABEL("\0e2gpub_mk\0\0"), 0x80010021},
                                         {LABEL("\0e2gcon_se\0\0"), 0x84000021}};
static const struct step attestation[] = {{LABEL("\0e2gpub_mk\0\0"), 0x80010021},
                                          {LABEL("\0e2gatt_se\0\0"), 0x84000021}};

#define WALK(c, parent, table, out)                                                                \
    walk((c), (parent), (table), sizeof(table) / sizeof((table)[0]), (out))

/* Label that binds boot key hash and life cycle: the first bytes of their digest. */
static eg_status bound_label(struct eg_crypto *c, const struct eg_vkey_binding *binding,
                             uint8_t digest[static EG_SHA256_LEN])
{
    uint8_t bound[33];
    memcpy(bound, binding->boot_key_hash, 32);
    bound[32] = binding->life_cycle;
    return eg_hash(c, EG_HASH_SHA256, EG_SPAN_OF(bound), digest);
}

static eg_status mcxn_import(struct eg_crypto *c, struct eg_span die,
                             const struct eg_vkey_binding *binding, struct eg_vkeys *out)
{
    uint8_t digest[EG_SHA256_LEN];
    uint8_t master[EG_VKEY_LEN] = {0};
    eg_status st;
    EG_TRY_GOTO(st, out_wipe, bound_label(c, binding, digest));
    const struct step oem_mk[] = {mcxn_el2go_mk[0], {digest, 0x40010021}};
    EG_TRY_GOTO(st, out_wipe, WALK(c, die, oem_mk, master));
    EG_TRY_GOTO(st, out_wipe, WALK(c, die, mcxn_die_kek, out->kek));
    EG_TRY_GOTO(st, out_wipe, WALK(c, EG_SPAN_OF(master), mcxn_data, out->data));
    EG_TRY_GOTO(st, out_wipe, WALK(c, EG_SPAN_OF(master), mcxn_auth, out->auth));
out_wipe:
    eg_wipe(master, sizeof(master));
    return st;
}

/* Families that differ only in the way to the OEM master, which has two steps. */
static eg_status rw_import(struct eg_crypto *c, struct eg_span die, const struct step oem_mk[2],
                           struct eg_vkeys *out)
{
    uint8_t master[EG_VKEY_LEN] = {0};
    eg_status st;
    EG_TRY_GOTO(st, out_wipe, walk(c, die, oem_mk, 2, master));
    EG_TRY_GOTO(st, out_wipe, WALK(c, EG_SPAN_OF(master), rw_kek, out->kek));
    EG_TRY_GOTO(st, out_wipe, WALK(c, EG_SPAN_OF(master), rw_data, out->data));
    EG_TRY_GOTO(st, out_wipe, WALK(c, EG_SPAN_OF(master), rw_auth, out->auth));
out_wipe:
    eg_wipe(master, sizeof(master));
    return st;
}

static eg_status s400_import(struct eg_crypto *c, struct eg_span die,
                             const struct eg_vkey_binding *binding, struct eg_vkeys *out)
{
    uint8_t digest[EG_SHA256_LEN];
    EG_TRY(bound_label(c, binding, digest));
    const struct step oem_mk[] = {rw_oem_mk[0], {digest, 0x40010021}};
    return rw_import(c, die, oem_mk, out);
}

static eg_status import_by_recipe(struct eg_crypto *c, enum eg_key_recipe recipe,
                                  struct eg_span die, const struct eg_vkey_binding *binding,
                                  struct eg_vkeys *out)
{
    switch (recipe) {
    case EG_RECIPE_MCXN:
        return mcxn_import(c, die, binding, out);
    case EG_RECIPE_RW61X:
        return rw_import(c, die, rw_oem_mk, out);
    case EG_RECIPE_S200:
        return rw_import(c, die, s200_oem_mk, out);
    case EG_RECIPE_S400:
        return s400_import(c, die, binding, out);
    }
    return EG_ERR(INTERNAL);
}

eg_status eg_vkeys_import(struct eg_crypto *c, enum eg_key_recipe recipe, struct eg_span die_key,
                          const struct eg_vkey_binding *binding, struct eg_vkeys *out)
{
    eg_status st = EG_ERR(INTERNAL);
    if (die_key.len == EG_VKEY_LEN) {
        st = import_by_recipe(c, recipe, die_key, binding, out);
    }
    if (!eg_ok(st)) {
        eg_vkeys_wipe(out);
    }
    return st;
}

eg_status eg_vkeys_storage(struct eg_crypto *c, enum eg_key_recipe recipe, struct eg_span die_key,
                           struct eg_vkeys *out)
{
    eg_status st;
    EG_TRY_GOTO(st, out_fail,
                recipe == EG_RECIPE_MCXN ? WALK(c, die_key, mcxn_die_kek, out->kek)
                                         : WALK(c, die_key, rw_die_kek, out->kek));
    EG_TRY_GOTO(st, out_fail, WALK(c, EG_SPAN_OF(out->kek), store_data, out->data));
    EG_TRY_GOTO(st, out_fail, WALK(c, EG_SPAN_OF(out->kek), store_auth, out->auth));
    return EG_OK;
out_fail:
    eg_vkeys_wipe(out);
    return st;
}

void eg_vkeys_wipe(struct eg_vkeys *keys)
{
    eg_wipe(keys, sizeof(*keys));
}

eg_status eg_vkeys_identity(struct eg_crypto *c, struct eg_span die_key,
                            uint8_t out_connection[static EG_VKEY_LEN],
                            uint8_t out_attestation[static EG_VKEY_LEN])
{
    uint8_t point[EG_P256_POINT_LEN];
    eg_status st;
    EG_TRY_GOTO(st, out_fail, WALK(c, die_key, connection, out_connection));
    EG_TRY_GOTO(st, out_fail, WALK(c, die_key, attestation, out_attestation));
    EG_TRY_GOTO(st, out_fail, eg_p256_public(c, out_connection, point));
    EG_TRY_GOTO(st, out_fail, eg_p256_public(c, out_attestation, point));
    return EG_OK;
out_fail:
    eg_wipe(out_connection, EG_VKEY_LEN);
    eg_wipe(out_attestation, EG_VKEY_LEN);
    return st;
}
