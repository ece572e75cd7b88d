/* SPDX-License-Identifier: Apache-2.0 */
/* MANIFEST_OPEN: roots of trust from a chip maker, sealed(signed(text)). All or nothing. */
#include <stdlib.h>

#include "lib/base/secret.h"
#include "lib/crypto/cms.h"
#include "lib/object/manifest_text.h"
#include "server/vault/ops.h"
#include "server/vault/wrap.h"

enum { HEAD_LINES = 3 };

/* Open the seal, check the signature. Secret: *text. */
static eg_status open_message(struct eg_vault *v, const struct eg_vault_manifest_request *q,
                              struct eg_cms_bytes *text, size_t *signer)
{
    struct eg_key *key = NULL;
    struct eg_cms_bytes signed_text = {0};
    EG_TRY(eg_unwrap_service(v, q->key.company_id, EG_VAULT_SERVICE_MANIFEST, q->key.wrapped_key,
                             &key));
    eg_status st = eg_cms_open(q->message, q->key.certificate, key, &signed_text);
    eg_key_free(key);
    if (eg_ok(st)) {
        st = eg_cms_verify(eg_span(signed_text.ptr, signed_text.len), q->signers, q->signer_count,
                           text, signer);
    }
    eg_cms_bytes_free(&signed_text);
    return st;
}

/* The head, and where it is wrong. */
static eg_status open_text(struct eg_vault *v, struct eg_span text, struct eg_manifest_reader *r)
{
    eg_status st = eg_manifest_open(r, text);
    return eg_ok(st) ? st
                     : eg_vault_refuse(v, st, "One of the lines 1 to %d, the head, is malformed.",
                                       HEAD_LINES);
}

static eg_status twice(struct eg_vault *v, eg_status st, const struct eg_uuid *uuid)
{
    char hex[EG_UUID_HEX_LEN + 1];
    eg_uuid_to_hex(uuid, hex);
    return eg_vault_refuse(v, st, "Device %s is there twice.", hex);
}

/* Read every line once, before any costly step: form and uniqueness. */
static eg_status check_text(struct eg_vault *v, struct eg_span text)
{
    struct eg_manifest_reader r;
    struct eg_manifest_chip chip = {0};
    struct eg_uuid same;
    EG_TRY(open_text(v, text, &r));
    if (r.count > EG_VAULT_MANIFEST_DEVICES_MAX) {
        return EG_ERR(VAULT_LIMIT);
    }
    struct eg_uuid *seen = calloc(r.count, sizeof(*seen));
    if (seen == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    eg_status st = EG_OK;
    for (uint32_t i = 0; eg_ok(st) && i < r.count; i++) {
        st = eg_manifest_next(&r, &chip);
        seen[i] = chip.uuid;
        if (!eg_ok(st)) {
            st = eg_vault_refuse(v, st, "Line %u, or the end after it, is malformed.",
                                 (unsigned)i + HEAD_LINES + 1);
        }
    }
    eg_wipe(&chip, sizeof(chip));
    if (eg_ok(st)) {
        st = eg_manifest_unique(seen, r.count, &same);
        st = eg_ok(st) ? st : twice(v, st, &same);
    }
    free(seen);
    return st;
}

static eg_status root_tag(struct eg_vault *v, const struct eg_manifest_chip *chip,
                          uint8_t out[static EG_VAULT_ROOT_TAG_LEN])
{
    uint8_t text[EG_UUID_LEN + EG_DIE_KEY_LEN];
    struct eg_writer w;
    eg_writer_init(&w, text, sizeof(text));
    eg_writer_bytes(&w, EG_SPAN_OF(chip->uuid.bytes));
    eg_writer_bytes(&w, EG_SPAN_OF(chip->die_key));
    eg_status st =
        eg_hmac_sha256(v->crypto, EG_SPAN_OF(v->keys->root_tag), eg_writer_span(&w), out);
    eg_wipe(text, sizeof(text));
    return st;
}

static eg_status public_keys(struct eg_vault *v, const struct eg_manifest_chip *chip,
                             struct eg_vault_chip *out)
{
    eg_status st =
        eg_recipe_public(v->crypto, chip->die_key, EG_RECIPE_CONNECTION, out->connection_public);
    if (eg_ok(st)) {
        st = eg_recipe_public(v->crypto, chip->die_key, EG_RECIPE_ATTESTATION,
                              out->attestation_public);
    }
    if (!eg_is(st, EG_E_CRYPTO_BAD_KEY)) {
        return st;
    }
    char hex[EG_UUID_HEX_LEN + 1]; /* one in 2^32 die keys */
    eg_uuid_to_hex(&chip->uuid, hex);
    return eg_vault_refuse(v, EG_ERR(OBJECT_MANIFEST), "The die key of device %s gives no key.",
                           hex);
}

static eg_status take_chip(struct eg_vault *v, const char *family,
                           const struct eg_manifest_chip *chip, struct eg_writer *out)
{
    struct eg_vault_chip made = {.uuid = chip->uuid};
    struct eg_writer wrapped;
    eg_writer_init(&wrapped, made.wrapped_root, sizeof(made.wrapped_root));
    EG_TRY(public_keys(v, chip, &made));
    EG_TRY(root_tag(v, chip, made.root_tag));
    EG_TRY(eg_wrap_root(v, family, &chip->uuid, chip->die_key, &wrapped));
    eg_vault_put_chip(out, &made);
    return out->status;
}

static eg_status take_all(struct eg_vault *v, struct eg_span text, size_t signer,
                          struct eg_writer *out)
{
    struct eg_manifest_reader r;
    struct eg_manifest_chip chip = {0};
    EG_TRY(check_text(v, text));
    EG_TRY(eg_manifest_open(&r, text));
    if (eg_families_find(v->families, r.family) == NULL) {
        return eg_vault_refuse(v, EG_ERR(VAULT_MANIFEST_FAMILY), "Family \"%s\".", r.family);
    }
    eg_vault_put_manifest_head(out, eg_span_str(r.family), (uint32_t)signer, r.count);
    eg_status st = EG_OK;
    for (uint32_t i = 0; eg_ok(st) && i < r.count; i++) {
        st = eg_manifest_next(&r, &chip);
        if (eg_ok(st)) {
            st = take_chip(v, r.family, &chip, out);
        }
    }
    eg_wipe(&chip, sizeof(chip));
    return st;
}

eg_status eg_vault_run_manifest(struct eg_vault *v, struct eg_span body, struct eg_writer *out)
{
    struct eg_vault_manifest_request q;
    struct eg_cms_bytes text = {0};
    size_t signer = 0;
    EG_TRY(eg_vault_get_manifest(body, v->signers, &q));
    eg_status st = open_message(v, &q, &text, &signer);
    if (eg_ok(st)) {
        st = take_all(v, eg_span(text.ptr, text.len), signer, out);
    }
    eg_cms_bytes_free(&text);
    return st;
}
