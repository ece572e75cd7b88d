/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "host/cli/fab.h"
#include "lib/base/secret.h"
#include "lib/object/manifest_text.h"
#include "lib/object/recipe.h"

/* Valid scalars for both pairs of the chip's own? */
static eg_status check_root(struct eg_crypto *c, const uint8_t die_key[static EG_FAB_DIE_KEY_LEN])
{
    uint8_t pub[EG_P256_POINT_LEN];

    EG_TRY(eg_recipe_public(c, die_key, EG_RECIPE_CONNECTION, pub));
    return eg_recipe_public(c, die_key, EG_RECIPE_ATTESTATION, pub);
}

eg_status eg_fab_draw(struct eg_crypto *c, struct eg_fab_chip *out)
{
    eg_status st;

    EG_TRY(eg_random(c, out->uuid.bytes, sizeof out->uuid.bytes));
    do { /* about one draw in 2^31 fails */
        EG_TRY(eg_random(c, out->die_key, sizeof out->die_key));
        st = check_root(c, out->die_key);
    } while (eg_is(st, EG_E_CRYPTO_BAD_KEY));
    return st;
}

static void write_text(struct eg_writer *w, const struct eg_family *family,
                       const struct eg_fab_chip *chips, size_t count)
{
    eg_manifest_put_head(w, family->name, (uint32_t)count);
    for (size_t i = 0; i < count; i++) {
        struct eg_manifest_chip chip = {.uuid = chips[i].uuid};
        memcpy(chip.die_key, chips[i].die_key, sizeof chip.die_key);
        eg_manifest_put_chip(w, &chip);
        eg_wipe(&chip, sizeof chip);
    }
    eg_manifest_put_end(w);
}

static eg_status protect(struct eg_span text, const struct eg_fab_signer *signer,
                         struct eg_span service_cert, struct eg_cms_bytes *out)
{
    struct eg_cms_bytes is_signed = {0};

    EG_TRY(eg_cms_sign(eg_span(signer->certificate, signer->certificate_len), signer->key, text,
                       &is_signed));
    eg_status st = eg_cms_seal(service_cert, eg_span(is_signed.ptr, is_signed.len), out);
    eg_cms_bytes_free(&is_signed);
    return st;
}

eg_status eg_fab_manifest(const struct eg_family *family, const struct eg_fab_chip *chips,
                          size_t count, const struct eg_fab_signer *signer,
                          struct eg_span service_cert, struct eg_cms_bytes *out)
{
    size_t len = EG_MANIFEST_LEN_MAX(count);
    struct eg_writer w;

    if (count == 0 || count > EG_MANIFEST_COUNT_MAX) {
        return EG_ERR(HOST_MANIFEST_LIMIT);
    }
    uint8_t *room = malloc(len);
    if (room == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    eg_writer_init(&w, room, len);
    write_text(&w, family, chips, count);
    eg_status st =
        eg_ok(w.status) ? protect(eg_writer_span(&w), signer, service_cert, out) : w.status;
    eg_wipe(room, len);
    free(room);
    return st;
}
