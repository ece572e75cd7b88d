/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/vaultpool/pool_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/object/object.h"
#include "lib/object/recipe.h"
#include "tests/unit/unit.h"

static void environment_path(const char *variable, const char *name, char *out)
{
    const char *base = getenv(variable);
    assert_non_null(base);
    assert_ok(eg_path_join(base, name, out, EG_PATH_MAX));
}

void fix_pool_open(struct fix_pool *f, unsigned workers)
{
    char why[256] = "";
    *f = (struct fix_pool){0};
    environment_path("ENGRAVE_BUILD", "bin/engrave-vault", f->program);
    environment_path("ENGRAVE_SOURCE", "families", f->families_dir);
    assert_ok(eg_file_make_temp_dir(NULL, "vaultpool-test", f->dir, sizeof(f->dir)));
    assert_ok(eg_path_join(f->dir, "vault.key", f->key_file, EG_PATH_MAX));
    assert_ok(eg_path_join(f->dir, "vault.passphrase", f->passphrase_file, EG_PATH_MAX));
    assert_ok(eg_file_write(f->passphrase_file, 0600, eg_span_str("correct horse\n")));
    f->options = (struct eg_vaultpool_options){.program = f->program,
                                               .key_file = f->key_file,
                                               .passphrase_file = f->passphrase_file,
                                               .families_dir = f->families_dir,
                                               .workers = workers};
    assert_ok(eg_crypto_new(&f->crypto));
    assert_ok(eg_vaultpool_key_init(&f->options, why, sizeof(why)));
    assert_ok(eg_vaultpool_open(&f->options, &f->pool, why, sizeof(why)));
}

struct eg_vault_service_key fix_service_key(const struct eg_vaultpool_key *key)
{
    return (struct eg_vault_service_key){.wrapped_key = key->wrapped_key,
                                         .certificate = key->certificate};
}

struct eg_vault_manifest_request fix_manifest_request(const struct fix_pool *f,
                                                      const struct eg_span *signers, size_t count,
                                                      struct eg_span message)
{
    return (struct eg_vault_manifest_request){.key = fix_service_key(&f->manifest_key),
                                              .message = message,
                                              .signers = signers,
                                              .signer_count = count};
}

static void make_service_key(struct fix_pool *f, uint8_t purpose, struct eg_vaultpool_key *out)
{
    struct eg_vault_service_request q = {.purpose = purpose,
                                         .common_name = eg_span_str("Engrave import"),
                                         .not_before_s = FIX_NOW_S - 3600,
                                         .not_after_s = FIX_NOW_S + 10LL * FIX_YEAR_S,
                                         .now_ms = FIX_NOW_MS};
    assert_ok(eg_vaultpool_service_key_create(f->pool, &q, out));
}

static void open_manifest(struct fix_pool *f)
{
    struct eg_cms_bytes text, message;
    fix_manifest_text("mcxn947", 0, FIX_CHIPS, &text);
    fix_seal_manifest(&f->signer, f->manifest_key.certificate, eg_span(text.ptr, text.len),
                      &message);
    struct eg_span signer = fix_signer_certificate(&f->signer);
    struct eg_vault_manifest_request q =
        fix_manifest_request(f, &signer, 1, eg_span(message.ptr, message.len));
    assert_ok(eg_vaultpool_manifest_open(f->pool, &q, &f->manifest));
    assert_int_equal(f->manifest.chip_count, FIX_CHIPS);
    eg_cms_bytes_free(&text);
    eg_cms_bytes_free(&message);
    for (size_t i = 0; i < FIX_CHIPS; i++) {
        f->devices[i] =
            (struct eg_vault_device){.uuid = f->manifest.chips[i].uuid,
                                     .wrapped_root = EG_SPAN_OF(f->manifest.chips[i].wrapped_root)};
    }
}

void fix_pool_fill(struct fix_pool *f)
{
    struct eg_vault_ca_request q = fix_root_request("Example Root", EG_KEY_P256);
    assert_ok(eg_vaultpool_ca_create(f->pool, &q, &f->root));
    make_service_key(f, EG_VAULT_SERVICE_MANIFEST, &f->manifest_key);
    make_service_key(f, EG_VAULT_SERVICE_SECRET, &f->secret_key);
    assert_ok(eg_vaultpool_secret_generate(f->pool, FIX_COMPANY, EG_VAULT_PURPOSE_MASTER_KEY, 32,
                                           &f->master));
    fix_signer_init(f->crypto, &f->signer);
    open_manifest(f);
    fix_plan_init(&f->plan, (struct eg_vault_ca){f->root.wrapped_key, f->root.certificate},
                  f->master.wrapped);
}

void fix_pool_close(struct fix_pool *f)
{
    eg_vaultpool_close(f->pool);
    eg_vaultpool_key_free(&f->root);
    eg_vaultpool_key_free(&f->manifest_key);
    eg_vaultpool_key_free(&f->secret_key);
    eg_vaultpool_secret_free(&f->master);
    eg_vaultpool_manifest_free(&f->manifest);
    fix_signer_cleanup(&f->signer);
    eg_crypto_free(f->crypto);
    assert_ok(eg_file_remove_tree(f->dir));
}

/* ---- checking what was made ---------------------------------------------------------------------
 */

/* The sealed scalar, the SPKI and the certificate are one key, and the CA signed it. */
static void check_key_and_certificate(struct fix_pool *f, size_t chip, struct eg_span scalar,
                                      const struct eg_vault_made_device *made)
{
    uint8_t point[EG_P256_POINT_LEN], room[EG_SPKI_LEN_MAX];
    char uuid_hex[EG_UUID_HEX_LEN + 1], name[512], expected[128];
    struct eg_x509_info info;
    struct eg_writer spki;
    eg_writer_init(&spki, room, sizeof(room));
    assert_int_equal(scalar.len, EG_P256_SCALAR_LEN);
    assert_ok(eg_p256_public(f->crypto, scalar.ptr, point));
    eg_p256_spki(point, &spki);
    assert_true(eg_span_equal(eg_writer_span(&spki), made->objects[1].spki));
    assert_ok(eg_x509_parse(made->objects[2].certificate, &info));
    assert_true(eg_span_equal(info.spki, made->objects[1].spki));
    assert_ok(eg_x509_check_issued(f->crypto, made->objects[2].certificate, f->root.certificate));
    assert_false(info.is_ca);
    assert_int_equal(info.key_usage, EG_KU_DIGITAL_SIGNATURE);
    assert_int_equal(info.serial.len, EG_X509_SERIAL_LEN);
    eg_uuid_to_hex(&f->manifest.chips[chip].uuid, uuid_hex);
    eg_x509_name_text(info.subject_name, name, sizeof(name));
    (void)snprintf(expected, sizeof(expected), "meter-%s", uuid_hex);
    assert_non_null(strstr(name, expected));
}

static void check_certificate_payload(const struct fix_pool *f, struct eg_span payload,
                                      const struct eg_vault_made_device *made)
{
    struct eg_span leaf = made->objects[2].certificate;
    assert_int_equal(payload.len, leaf.len + f->root.certificate.len);
    assert_memory_equal(payload.ptr, leaf.ptr, leaf.len);
    assert_memory_equal(payload.ptr + leaf.len, f->root.certificate.ptr, f->root.certificate.len);
}

void fix_check_made(struct fix_pool *f, size_t chip, const struct eg_vault_made_device *made)
{
    const struct eg_family *family = eg_families_find(fix_families(), "mcxn947");
    struct eg_binding binding = {.life_cycle = EG_LC_CLOSED};
    uint8_t value[4096];
    assert_ok(made->status);
    memcpy(binding.boot_key_hash, f->plan.plan.rkth, sizeof(binding.boot_key_hash));
    for (size_t i = 0; i < FIX_PLAN_OBJECTS; i++) {
        size_t len = fix_open_blob(f->crypto, family, chip, &binding, made->objects[i].blob,
                                   f->plan.objects[i].object_id, value, sizeof(value));
        if (i == 0) {
            assert_int_equal(len, sizeof(f->plan.plan.rkth));
            assert_memory_equal(value, f->plan.plan.rkth, len);
        } else if (i == 1) {
            check_key_and_certificate(f, chip, eg_span(value, len), made);
        } else if (i == 2) {
            check_certificate_payload(f, eg_span(value, len), made);
        } else {
            assert_int_equal(len, 32); /* its value: test_vaultpool.c, with a master it knows */
        }
    }
}
