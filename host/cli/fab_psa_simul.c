/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "host/cli/fab_export.h"
#include "host/lib/device_cert.h"
#include "lib/base/secret.h"
#include "lib/base/text.h"
#include "lib/object/recipe.h"
#include "lib/wire/session/session_datastore.h"

/* ---- root of trust --------------------------------------------------------------------------- */

/* Columns of the text form: id, kind, permitted algorithm, usage. */
static const struct column {
    const char *text;
} connection = {"3fff0201 00 060006ff 00003c00"}, /* ECDSA; signs and verifies */
    kek = {"3fff0210 01 00000000 00000001"},      /* exported to unwrap by RFC 3394 */
    tfm_kek = {"3fff0211 01 04404000 00000200"},  /* decrypts by CBC */
    auth = {"3fff0212 01 03c00200 00000001"},     /* exported to check the CMAC */
    uuid_object = {"3fff0220 40 00000000 00000000"};

static void put_key(struct eg_writer *w, const struct column *column, struct eg_span value)
{
    char hex[EG_HEX_LEN(EG_IMPORT_KEY_LEN) + 1];

    eg_hex_encode(value, hex);
    eg_writer_str(w, "keydata ");
    eg_writer_str(w, column->text);
    eg_writer_str(w, " ");
    eg_writer_str(w, hex);
    eg_writer_str(w, "\n");
    eg_wipe(hex, sizeof hex);
}

static enum eg_life_cycle life_cycle(const struct eg_fab_root *root)
{
    static const enum eg_life_cycle all[] = {EG_LC_OPEN, EG_LC_CLOSED, EG_LC_LOCKED};

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (eg_family_life_cycle_byte(root->family, all[i]) == root->life_cycle_byte) {
            return all[i];
        }
    }
    return EG_LC_OPEN;
}

/* Only recipes whose objects are wrapped by the KEK with RFC 3394 and by the TFM KEK with CBC. */
static bool platform_can(enum eg_key_recipe recipe)
{
    return recipe == EG_RECIPE_MCXN || recipe == EG_RECIPE_RW61X;
}

eg_status eg_psa_simul_keys(struct eg_crypto *c, const struct eg_fab_root *root,
                            struct eg_writer *out)
{
    struct eg_import_keys keys;
    struct eg_binding binding = {.life_cycle = life_cycle(root)};
    uint8_t scalar[EG_P256_SCALAR_LEN];

    if (!platform_can(root->family->recipe)) {
        return EG_ERR(HOST_EXPORT_RECIPE);
    }
    memcpy(binding.boot_key_hash, root->boot_key_hash, sizeof binding.boot_key_hash);
    eg_status st = eg_recipe_import_keys(c, root->family, root->die_key, &binding, &keys);
    if (eg_ok(st)) {
        st = eg_recipe_private(c, root->die_key, EG_RECIPE_CONNECTION, scalar);
    }
    if (eg_ok(st)) {
        put_key(out, &connection, EG_SPAN_OF(scalar));
        put_key(out, &kek, EG_SPAN_OF(keys.kek));
        put_key(out, &tfm_kek, EG_SPAN_OF(keys.tfm_kek));
        put_key(out, &auth, EG_SPAN_OF(keys.auth));
        put_key(out, &uuid_object, EG_SPAN_OF(root->uuid.bytes));
        st = out->status;
    }
    eg_wipe(scalar, sizeof scalar);
    eg_import_keys_wipe(&keys);
    return st;
}

/* ---- connection data ------------------------------------------------------------------------- */

static eg_status make_certificate(struct eg_crypto *c, const struct eg_fab_root *root,
                                  struct eg_writer *out)
{
    uint8_t scalar[EG_P256_SCALAR_LEN];
    struct eg_key *key = NULL;

    EG_TRY(eg_recipe_private(c, root->die_key, EG_RECIPE_CONNECTION, scalar));
    eg_status st = eg_key_from_private(c, EG_KEY_P256, EG_SPAN_OF(scalar), &key);
    eg_wipe(scalar, sizeof scalar);
    if (eg_ok(st)) {
        st = eg_device_cert(c, key, &root->uuid, out);
    }
    eg_key_free(key);
    return st;
}

eg_status eg_psa_simul_connection(struct eg_crypto *c, const struct eg_fab_root *root,
                                  const struct eg_psa_simul_target *target, struct eg_writer *out)
{
    uint8_t room[EG_DEVICE_CERT_MAX], digest[EG_SHA256_LEN];
    struct eg_writer certificate;
    size_t start = out->len;

    eg_writer_init(&certificate, room, sizeof room);
    EG_TRY(make_certificate(c, root, &certificate));
    const struct eg_service service = {
        .typeless = true, /* a type of this service's own would be left out by the agent */
        .port = target->port,
        .hostname = eg_span_str(target->host),
        .client_certificate = eg_writer_span(&certificate),
        .server_certificate = target->roots,
        .client_key_ref = {EG_ENDPOINT_KEYS_PSA, EG_PSA_SIMUL_KEYSTORE,
                           EG_PSA_SIMUL_CONNECTION_KEY},
    };
    eg_container_begin(out);
    eg_container_put(out, &service);
    eg_container_end(out, 1);
    EG_TRY(out->status);
    struct eg_span container = eg_span(out->ptr + start, out->len - start);
    EG_TRY(eg_hash(c, EG_HASH_SHA256, eg_container_hashed(container), digest));
    memcpy(out->ptr + start, digest, sizeof digest);
    return EG_OK;
}
