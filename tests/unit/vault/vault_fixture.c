/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/vault/vault_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/object/manifest_text.h"
#include "lib/object/object.h"
#include "lib/object/policy.h"
#include "lib/object/secret_text.h"
#include "lib/wire/so_tlv.h"
#include "tests/unit/unit.h"

/* ---- signer -----------------------------------------------------------------------------------
 */

void fix_signer_init(struct eg_crypto *c, struct fix_signer *out)
{
    uint8_t name_room[EG_X509_NAME_LEN_MAX];
    uint8_t spki_room[EG_SPKI_LEN_MAX];
    struct eg_writer name, spki, certificate;
    const struct eg_x509_name subject = {.organization = "Wafer Test", .common_name = "Signer"};
    eg_writer_init(&name, name_room, sizeof(name_room));
    eg_writer_init(&spki, spki_room, sizeof(spki_room));
    eg_writer_init(&certificate, out->certificate, sizeof(out->certificate));
    assert_ok(eg_key_generate(c, EG_KEY_P256, &out->key));
    assert_ok(eg_x509_name_encode(&subject, &name));
    assert_ok(eg_key_spki(out->key, &spki));
    struct eg_x509_template t = {.issuer_name = eg_writer_span(&name),
                                 .subject_name = eg_writer_span(&name),
                                 .not_before_s = FIX_NOW_S - FIX_YEAR_S,
                                 .not_after_s = FIX_NOW_S + 10LL * FIX_YEAR_S,
                                 .spki = eg_writer_span(&spki),
                                 .path_len = -1,
                                 .key_usage = EG_KU_DIGITAL_SIGNATURE,
                                 .with_ski = true};
    assert_ok(eg_x509_serial(c, FIX_NOW_MS, t.serial));
    assert_ok(eg_x509_issue(c, &t, out->key, &certificate));
    out->certificate_len = certificate.len;
}

void fix_signer_cleanup(struct fix_signer *s)
{
    eg_key_free(s->key);
    s->key = NULL;
}

struct eg_span fix_signer_certificate(const struct fix_signer *s)
{
    return eg_span(s->certificate, s->certificate_len);
}

/* ---- chips and manifests -----------------------------------------------------------------------
 */

void fix_uuid(size_t n, struct eg_uuid *out)
{
    memset(out, 0, sizeof(*out));
    out->bytes[0] = 0xC4;
    eg_store_be32(out->bytes + 12, (uint32_t)n);
}

void fix_die_key(size_t n, uint8_t out[static EG_DIE_KEY_LEN])
{
    memset(out, 0x5A, EG_DIE_KEY_LEN);
    eg_store_be32(out, (uint32_t)n);
}

void fix_manifest_text(const char *family, size_t first, size_t count, struct eg_cms_bytes *out)
{
    struct eg_writer w;
    size_t room = EG_MANIFEST_LEN_MAX(count);
    eg_writer_init(&w, malloc(room), room);
    assert_non_null(w.ptr);
    eg_manifest_put_head(&w, family, (uint32_t)count);
    for (size_t i = first; i < first + count; i++) {
        struct eg_manifest_chip chip;
        fix_uuid(i, &chip.uuid);
        fix_die_key(i, chip.die_key);
        eg_manifest_put_chip(&w, &chip);
    }
    eg_manifest_put_end(&w);
    assert_ok(w.status);
    *out = (struct eg_cms_bytes){w.ptr, w.len};
}

void fix_seal_manifest(const struct fix_signer *signer, struct eg_span recipient,
                       struct eg_span text, struct eg_cms_bytes *out)
{
    struct eg_cms_bytes signed_text;
    assert_ok(eg_cms_sign(fix_signer_certificate(signer), signer->key, text, &signed_text));
    assert_ok(eg_cms_seal(recipient, eg_span(signed_text.ptr, signed_text.len), out));
    eg_cms_bytes_free(&signed_text);
}

void fix_seal_secret(struct eg_span recipient, const char *company, uint8_t purpose,
                     struct eg_span value, struct eg_cms_bytes *out)
{
    static uint8_t room[EG_SECRET_TEXT_MAX];
    struct eg_writer text;
    eg_writer_init(&text, room, sizeof(room));
    assert_ok(eg_secret_text_put(&text, eg_span_str(company), (enum eg_object_type)purpose, value));
    assert_ok(eg_cms_seal(recipient, eg_writer_span(&text), out));
}

const struct eg_families *fix_families(void)
{
    static struct eg_families all;
    char dir[1024];
    char why[256] = "";
    if (all.count == 0) {
        const char *source = getenv("ENGRAVE_SOURCE");
        int len = snprintf(dir, sizeof(dir), "%s/families", source != NULL ? source : ".");
        assert_in_range(len, 1, sizeof(dir) - 1);
        assert_ok(eg_families_load(dir, &all, why, sizeof(why)));
    }
    return &all;
}

/* ---- plans --------------------------------------------------------------------------------------
 */

struct eg_vault_ca_request fix_root_request(const char *name, enum eg_key_alg alg)
{
    return (struct eg_vault_ca_request){
        .company_id = FIX_COMPANY,
        .algorithm = (uint8_t)alg,
        .subject = {.organization = eg_span_str("Example Devices"),
                    .common_name = eg_span_str(name)},
        .not_before_s = FIX_NOW_S - 3600,
        .not_after_s = FIX_NOW_S + 20LL * FIX_YEAR_S,
        .path_len = -1,
        .now_ms = FIX_NOW_MS,
    };
}

static void plan_objects(struct fix_plan *p, struct eg_span wrapped_master)
{
    p->objects[0] = (struct eg_vault_object){.secure_object_id = 1,
                                             .type = EG_OBJECT_OEM_FW_AUTH_KEY_HASH,
                                             .object_id = EG_OBJECT_ID_AUTH_KEY_HASH,
                                             .size = 32,
                                             .source = EG_VAULT_CLEAR,
                                             .data = EG_SPAN_OF(p->plan.rkth)};
    p->objects[1] = (struct eg_vault_object){.secure_object_id = 2,
                                             .type = EG_OBJECT_KEYPAIR,
                                             .object_id = 0x1001,
                                             .key_alg = EG_KEY_P256,
                                             .usage = EG_USAGE_SIGN_HASH | EG_USAGE_SIGN_MESSAGE,
                                             .algorithm = 0x06000609,
                                             .source = EG_VAULT_GENERATE_KEY};
    p->objects[2] =
        (struct eg_vault_object){.secure_object_id = 3,
                                 .type = EG_OBJECT_CERTIFICATE,
                                 .object_id = 0x1002,
                                 .size = 2048,
                                 .usage = EG_USAGE_EXPORT,
                                 .source = EG_VAULT_CERTIFICATE,
                                 .cert = {.key_object = 1,
                                          .ca = 0,
                                          .organization = eg_span_str("Example Devices"),
                                          .common_name_prefix = eg_span_str("meter-"),
                                          .with_serial_number = true,
                                          .not_before_s = FIX_NOW_S,
                                          .not_after_s = FIX_NOW_S + 10LL * FIX_YEAR_S,
                                          .key_usage = EG_KU_DIGITAL_SIGNATURE,
                                          .ext_key_usage = EG_EKU_CLIENT_AUTH,
                                          .with_ski = true,
                                          .with_aki = true,
                                          .chain = p->chain,
                                          .chain_count = 1}};
    p->objects[3] = (struct eg_vault_object){.secure_object_id = 4,
                                             .type = EG_OBJECT_MASTER_KEY,
                                             .object_id = 0x1003,
                                             .size = 32,
                                             .usage = EG_USAGE_ENCRYPT | EG_USAGE_DECRYPT,
                                             .algorithm = 0x04C01000,
                                             .source = EG_VAULT_DIVERSIFIED,
                                             .data = wrapped_master,
                                             .purpose = EG_VAULT_PURPOSE_MASTER_KEY,
                                             .length = 32};
}

void fix_plan_init(struct fix_plan *p, struct eg_vault_ca ca, struct eg_span wrapped_master)
{
    *p = (struct fix_plan){.ca = ca, .chain = {ca.certificate}};
    p->plan = (struct eg_vault_plan){.company_id = FIX_COMPANY,
                                     .family = eg_span_str("mcxn947"),
                                     .life_cycle = EG_LC_CLOSED,
                                     .has_rkth = true,
                                     .now_ms = FIX_NOW_MS,
                                     .cas = &p->ca,
                                     .ca_count = 1,
                                     .objects = p->objects,
                                     .object_count = FIX_PLAN_OBJECTS};
    memset(p->plan.rkth, 0xB7, sizeof(p->plan.rkth));
    plan_objects(p, wrapped_master);
}

/* ---- an own reading of a blob -------------------------------------------------------------------
 */

static size_t unwrap_value(struct eg_crypto *c, const struct eg_import_keys *keys,
                           const struct eg_so *so, uint8_t *out, size_t room)
{
    struct eg_writer w;
    eg_writer_init(&w, out, room);
    if (so->wrap == EG_SO_WRAP_RFC3394) {
        assert_ok(eg_kw_unwrap(c, EG_SPAN_OF(keys->kek), so->payload, &w));
        assert_in_range(w.len, 9, room);
        memmove(out, out + 8, w.len - 8); /* properties and four zero bytes */
        return w.len - 8;
    }
    if (so->wrap == EG_SO_WRAP_CBC) {
        assert_ok(eg_cbc_decrypt(c, EG_SPAN_OF(keys->tfm_kek), so->iv.ptr, so->payload, &w));
        return w.len;
    }
    assert_int_equal(so->wrap, EG_SO_WRAP_NONE);
    assert_in_range(so->payload.len, 1, room);
    memcpy(out, so->payload.ptr, so->payload.len);
    return so->payload.len;
}

size_t fix_open_blob(struct eg_crypto *c, const struct eg_family *family, size_t chip,
                     const struct eg_binding *binding, struct eg_span blob, uint32_t object_id,
                     uint8_t *out, size_t room)
{
    uint8_t die_key[EG_DIE_KEY_LEN];
    uint8_t mac[EG_CMAC_LEN];
    struct eg_import_keys keys;
    struct eg_so so;
    fix_die_key(chip, die_key);
    assert_ok(eg_recipe_import_keys(c, family, die_key, binding, &keys));
    assert_ok(eg_so_decode(blob, &so));
    assert_int_equal(so.key_id, object_id);
    assert_true(so.has_life_cycle);
    assert_int_equal(so.life_cycle, binding->life_cycle);
    assert_ok(eg_cmac(c, EG_SPAN_OF(keys.auth), so.mac_over, mac));
    assert_memory_equal(mac, so.mac.ptr, sizeof(mac));
    return unwrap_value(c, &keys, &so, out, room);
}
