/* SPDX-License-Identifier: Apache-2.0 */
/* MAKE on real workers: what is made opens on its chip and nowhere else. */
#include <stdlib.h>
#include <string.h>

#include "lib/object/object.h"
#include "lib/object/policy.h"
#include "tests/unit/unit.h"
#include "tests/unit/vaultpool/pool_fixture.h"

static struct fix_pool f;

static int set_up(void **state)
{
    (void)state;
    fix_pool_open(&f, 1);
    fix_pool_fill(&f);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fix_pool_close(&f);
    return 0;
}

static eg_status make(const struct eg_vault_plan *plan, size_t count,
                      struct eg_vaultpool_made *made)
{
    return eg_vaultpool_make(f.pool, plan, f.devices, count, made);
}

/* The status of making a plan that is expected to fail. */
static eg_status try(const struct fix_plan *p)
{
    struct eg_vaultpool_made made;
    eg_status st = make(&p->plan, 1, &made);
    if (!eg_ok(st)) {
        assert_null(made.memory);
    }
    eg_vaultpool_made_free(&made);
    return st;
}

/* A plan whose lists are its own, so that a test may alter them. */
static void own_plan(struct fix_plan *p)
{
    fix_plan_init(p, (struct eg_vault_ca){f.root.wrapped_key, f.root.certificate},
                  f.master.wrapped);
}

static void every_object_opens_on_its_chip(void **state)
{
    (void)state;
    struct eg_vaultpool_made made;
    assert_ok(make(&f.plan.plan, FIX_CHIPS, &made));
    assert_int_equal(made.device_count, FIX_CHIPS);
    for (size_t i = 0; i < FIX_CHIPS; i++) {
        fix_check_made(&f, i, &made.devices[i]);
    }
    assert_false(eg_span_equal(made.devices[0].objects[1].spki, made.devices[1].objects[1].spki));
    eg_vaultpool_made_free(&made);
}

static void one_bad_root_spoils_only_its_device(void **state)
{
    (void)state;
    struct eg_vault_device devices[3] = {f.devices[0], f.devices[1], f.devices[2]};
    struct eg_vaultpool_made made;
    devices[1].wrapped_root = f.devices[2].wrapped_root; /* a replay from another chip */
    assert_ok(eg_vaultpool_make(f.pool, &f.plan.plan, devices, 3, &made));
    fix_check_made(&f, 0, &made.devices[0]);
    assert_status(made.devices[1].status, VAULT_WRAPPED);
    assert_null(made.devices[1].objects);
    fix_check_made(&f, 2, &made.devices[2]);
    eg_vaultpool_made_free(&made);
}

static void certificate_over_a_key_made_earlier(void **state)
{
    (void)state;
    struct fix_plan p;
    struct eg_vaultpool_made first, second;
    struct eg_x509_info info;
    assert_ok(make(&f.plan.plan, 1, &first));
    own_plan(&p);
    p.objects[2].cert.key_object = EG_VAULT_KEY_GIVEN;
    p.plan.objects = &p.objects[2];
    p.plan.object_count = 1;
    struct eg_vault_given_key given = {0, first.devices[0].objects[1].spki};
    struct eg_vault_device devices[2] = {f.devices[0], f.devices[1]};
    devices[0].given = &given;
    devices[0].given_count = 1;
    assert_ok(eg_vaultpool_make(f.pool, &p.plan, devices, 2, &second));
    assert_ok(second.devices[0].status);
    assert_ok(eg_x509_parse(second.devices[0].objects[0].certificate, &info));
    assert_true(eg_span_equal(info.spki, given.spki));
    assert_status(second.devices[1].status, VAULT_PLAN); /* brought none */
    eg_vaultpool_made_free(&second);
    given.spki = eg_span(given.spki.ptr, given.spki.len - 1);
    assert_ok(eg_vaultpool_make(f.pool, &p.plan, devices, 1, &second));
    assert_status(second.devices[0].status, CRYPTO_BAD_KEY);
    eg_vaultpool_made_free(&second);
    eg_vaultpool_made_free(&first);
}

static void validity_is_cut_to_that_of_the_ca(void **state)
{
    (void)state;
    struct fix_plan p;
    struct eg_vaultpool_made made;
    struct eg_x509_info leaf, root;
    own_plan(&p);
    p.objects[2].cert.not_before_s = 0;
    p.objects[2].cert.not_after_s = INT64_MAX;
    assert_ok(make(&p.plan, 1, &made));
    assert_ok(eg_x509_parse(made.devices[0].objects[2].certificate, &leaf));
    assert_ok(eg_x509_parse(f.root.certificate, &root));
    assert_int_equal(leaf.not_before_s, root.not_before_s);
    assert_int_equal(leaf.not_after_s, root.not_after_s);
    eg_vaultpool_made_free(&made);
    p.plan.now_ms = (FIX_NOW_S + 30LL * FIX_YEAR_S) * 1000;
    assert_status(try(&p), VAULT_ISSUER);
}

static void import_secret(uint8_t purpose, struct eg_span value, struct eg_vaultpool_secret *out)
{
    struct eg_cms_bytes message;
    fix_seal_secret(f.secret_key.certificate, "Acme", purpose, value, &message);
    struct eg_vault_secret_request q = {.key = fix_service_key(&f.secret_key),
                                        .company_id = FIX_COMPANY,
                                        .company_name = eg_span_str("Acme"),
                                        .purpose = purpose,
                                        .message = eg_span(message.ptr, message.len)};
    assert_ok(eg_vaultpool_secret_import(f.pool, &q, out));
    eg_cms_bytes_free(&message);
}

static struct eg_vault_object secret_object(enum eg_object_type type, uint32_t id, uint32_t size,
                                            uint32_t usage, uint32_t algorithm,
                                            struct eg_span wrapped)
{
    return (struct eg_vault_object){.type = (uint8_t)type,
                                    .object_id = id,
                                    .size = size,
                                    .usage = usage,
                                    .algorithm = algorithm,
                                    .source = EG_VAULT_SECRET,
                                    .data = wrapped,
                                    .purpose = (uint8_t)type};
}

static void customers_values_arrive_unchanged(void **state)
{
    (void)state;
    const uint8_t hmac[32] = {1, 2, 3}, master[32] = {4, 5, 6}, file[] = "a private file";
    struct fix_plan p;
    struct eg_vaultpool_secret s[3];
    struct eg_vaultpool_made made;
    uint8_t value[64], expected[32];
    struct eg_binding binding = {.life_cycle = EG_LC_CLOSED};
    const struct eg_family *family = eg_families_find(fix_families(), "mcxn947");
    import_secret(EG_VAULT_PURPOSE_HMAC_KEY, EG_SPAN_OF(hmac), &s[0]);
    import_secret(EG_VAULT_PURPOSE_MASTER_KEY, EG_SPAN_OF(master), &s[1]);
    import_secret(EG_VAULT_PURPOSE_BINARY_FILE, EG_SPAN_OF(file), &s[2]);
    own_plan(&p);
    p.objects[0] =
        secret_object(EG_OBJECT_HMAC_KEY, 0x2001, 32,
                      EG_USAGE_SIGN_MESSAGE | EG_USAGE_VERIFY_MESSAGE, 0x03800009, s[0].wrapped);
    p.objects[1] = p.objects[3];
    p.objects[1].data = s[1].wrapped;
    p.objects[2] = secret_object(EG_OBJECT_BINARY_FILE, 0x2003, sizeof(file), EG_USAGE_EXPORT, 0,
                                 s[2].wrapped);
    p.plan.object_count = 3;
    memcpy(binding.boot_key_hash, p.plan.rkth, sizeof(binding.boot_key_hash));
    assert_ok(make(&p.plan, 2, &made));
    for (size_t i = 0; i < 2; i++) {
        const struct eg_vault_made_object *o = made.devices[i].objects;
        assert_int_equal(fix_open_blob(f.crypto, family, i, &binding, o[0].blob, 0x2001, value, 64),
                         32);
        assert_memory_equal(value, hmac, 32);
        assert_int_equal(fix_open_blob(f.crypto, family, i, &binding, o[1].blob, 0x1003, value, 64),
                         32);
        assert_ok(eg_recipe_master_key(f.crypto, EG_SPAN_OF(master), &f.devices[i].uuid, 0x1003,
                                       expected, 32));
        assert_memory_equal(value, expected, 32);
        assert_int_equal(fix_open_blob(f.crypto, family, i, &binding, o[2].blob, 0x2003, value, 64),
                         sizeof(file));
        assert_memory_equal(value, file, sizeof(file));
    }
    eg_vaultpool_made_free(&made);
    for (size_t i = 0; i < 3; i++) {
        eg_vaultpool_secret_free(&s[i]);
    }
}

/* A key that must stay secret can never be asked for as an object that an application may read. */
static void a_secret_cannot_change_its_type(void **state)
{
    (void)state;
    struct fix_plan p;
    own_plan(&p);
    p.objects[0] =
        secret_object(EG_OBJECT_BINARY_FILE, 0x2003, 32, EG_USAGE_EXPORT, 0, f.master.wrapped);
    assert_status(try(&p), VAULT_WRAPPED); /* bound to MASTER_KEY */
    p.objects[0].purpose = EG_VAULT_PURPOSE_MASTER_KEY;
    assert_status(try(&p), VAULT_PLAN);
    p.objects[0].type = EG_OBJECT_MASTER_KEY;
    assert_status(try(&p), VAULT_PLAN); /* never undiversified */
}

static void plans_that_do_not_fit_together(void **state)
{
    (void)state;
    struct fix_plan p;
    own_plan(&p);
    p.plan.company_id++;
    assert_status(try(&p), VAULT_WRAPPED);
    own_plan(&p);
    p.plan.family = eg_span_str("mcxn000");
    assert_status(try(&p), VAULT_PLAN);
    own_plan(&p);
    p.plan.life_cycle = 3;
    assert_status(try(&p), VAULT_PLAN);
    own_plan(&p);
    p.plan.ca_count = 0;
    assert_status(try(&p), VAULT_PLAN);
    own_plan(&p);
    p.objects[2].cert.key_object = 2; /* itself */
    assert_status(try(&p), VAULT_PLAN);
    own_plan(&p);
    p.objects[2].cert.key_object = 0; /* no key */
    assert_status(try(&p), VAULT_PLAN);
    own_plan(&p);
    uint8_t other_hash[32] = {1};
    p.objects[0].data = EG_SPAN_OF(other_hash); /* not the one that the objects are bound to */
    assert_status(try(&p), VAULT_PLAN);
    own_plan(&p);
    p.chain[0] = f.manifest_key.certificate; /* not the issuing CA */
    assert_status(try(&p), VAULT_PLAN);
    own_plan(&p);
    p.objects[3].length = 24;
    assert_status(try(&p), VAULT_PLAN);
    own_plan(&p);
    p.objects[1].usage = EG_USAGE_ENCRYPT;
    assert_status(try(&p), OBJECT_POLICY);
    own_plan(&p);
    p.objects[2].cert.common_name_prefix =
        eg_span_str("a name that is too long to hold thirty-two digits more");
    assert_status(try(&p), CRYPTO_BAD_CERT);
}

static void altered_ca_and_secret_are_refused(void **state)
{
    (void)state;
    struct fix_plan p;
    uint8_t key[EG_VAULT_WRAPPED_KEY_MAX];
    own_plan(&p);
    memcpy(key, f.root.wrapped_key.ptr, f.root.wrapped_key.len);
    key[40] ^= 1;
    p.ca.wrapped_key = eg_span(key, f.root.wrapped_key.len);
    assert_status(try(&p), VAULT_WRAPPED);
    own_plan(&p);
    p.ca.certificate = f.secret_key.certificate;
    assert_status(try(&p), VAULT_ISSUER);
    own_plan(&p);
    memcpy(key, f.master.wrapped.ptr, f.master.wrapped.len);
    key[20] ^= 1;
    p.objects[3].data = eg_span(key, f.master.wrapped.len);
    assert_status(try(&p), VAULT_WRAPPED);
}

static void limits_are_told_before_sending(void **state)
{
    (void)state;
    struct fix_plan p;
    struct eg_vaultpool_made made;
    static struct eg_vault_device many[EG_VAULT_DEVICES_MAX + 1];
    own_plan(&p);
    assert_status(eg_vaultpool_make(f.pool, &p.plan, many, EG_VAULT_DEVICES_MAX + 1, &made),
                  VAULT_LIMIT);
    assert_status(eg_vaultpool_make(f.pool, &p.plan, many, 0, &made), VAULT_LIMIT);
    p.plan.object_count = 0;
    assert_status(try(&p), VAULT_LIMIT);
    p.plan.object_count = EG_VAULT_OBJECTS_MAX + 1;
    assert_status(try(&p), VAULT_LIMIT);
}

static void every_kind_of_key_is_made(void **state)
{
    (void)state;
    const struct {
        enum eg_key_alg alg;
        uint32_t algorithm;
        uint32_t usage;
    } cases[] = {{EG_KEY_P384, 0x0600060A, EG_USAGE_SIGN_HASH},
                 {EG_KEY_ED25519, 0x06000800, EG_USAGE_SIGN_MESSAGE},
                 {EG_KEY_RSA_2048, 0x06000209, EG_USAGE_SIGN_HASH}};
    struct eg_binding binding = {.life_cycle = EG_LC_CLOSED};
    const struct eg_family *family = eg_families_find(fix_families(), "mcxn947");
    memcpy(binding.boot_key_hash, f.plan.plan.rkth, sizeof(binding.boot_key_hash));
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct fix_plan p;
        struct eg_vaultpool_made made;
        struct eg_key *key;
        uint8_t value[EG_PRIVATE_LEN_MAX + 16], room[EG_SPKI_LEN_MAX];
        struct eg_writer spki;
        own_plan(&p);
        p.objects[1].key_alg = (uint8_t)cases[i].alg;
        p.objects[1].algorithm = cases[i].algorithm;
        p.objects[1].usage = cases[i].usage;
        p.plan.object_count = 3; /* with its certificate */
        assert_ok(make(&p.plan, 1, &made));
        assert_ok(made.devices[0].status);
        size_t len = fix_open_blob(f.crypto, family, 0, &binding, made.devices[0].objects[1].blob,
                                   0x1001, value, sizeof(value));
        assert_ok(eg_key_from_private(f.crypto, cases[i].alg, eg_span(value, len), &key));
        eg_writer_init(&spki, room, sizeof(room));
        assert_ok(eg_key_spki(key, &spki));
        assert_true(eg_span_equal(eg_writer_span(&spki), made.devices[0].objects[1].spki));
        assert_ok(eg_x509_check_issued(f.crypto, made.devices[0].objects[2].certificate,
                                       f.root.certificate));
        eg_key_free(key);
        eg_vaultpool_made_free(&made);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_object_opens_on_its_chip),
        cmocka_unit_test(one_bad_root_spoils_only_its_device),
        cmocka_unit_test(certificate_over_a_key_made_earlier),
        cmocka_unit_test(validity_is_cut_to_that_of_the_ca),
        cmocka_unit_test(customers_values_arrive_unchanged),
        cmocka_unit_test(a_secret_cannot_change_its_type),
        cmocka_unit_test(plans_that_do_not_fit_together),
        cmocka_unit_test(altered_ca_and_secret_are_refused),
        cmocka_unit_test(limits_are_told_before_sending),
        cmocka_unit_test(every_kind_of_key_is_made),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
