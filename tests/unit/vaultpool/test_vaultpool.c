/* SPDX-License-Identifier: Apache-2.0 */
/* Every operation of the vault through the pool, on real worker processes. */
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
    fix_pool_open(&f, 2);
    fix_pool_fill(&f);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fix_pool_close(&f);
    return 0;
}

static struct eg_vault_ca root_ca(void)
{
    return (struct eg_vault_ca){f.root.wrapped_key, f.root.certificate};
}

/* ---- certificate authorities
 * ---------------------------------------------------------------------- */

static void root_signs_itself_and_its_intermediate(void **state)
{
    (void)state;
    struct eg_x509_info root, info;
    struct eg_vaultpool_key sub;
    assert_ok(eg_x509_check_issued(f.crypto, f.root.certificate, f.root.certificate));
    assert_ok(eg_x509_parse(f.root.certificate, &root));
    struct eg_vault_ca_request q = fix_root_request("Line 1", EG_KEY_P384);
    q.has_issuer = true;
    q.issuer = root_ca();
    q.path_len = 0;
    q.not_after_s = INT64_MAX;
    assert_ok(eg_vaultpool_ca_create(f.pool, &q, &sub));
    assert_ok(eg_x509_check_issued(f.crypto, sub.certificate, f.root.certificate));
    assert_ok(eg_x509_parse(sub.certificate, &info));
    assert_true(info.is_ca);
    assert_int_equal(info.not_after_s, root.not_after_s); /* cut to the issuer's */
    q.issuer = (struct eg_vault_ca){sub.wrapped_key, sub.certificate};
    struct eg_vaultpool_key below;
    assert_status(eg_vaultpool_ca_create(f.pool, &q, &below), VAULT_ISSUER); /* path length 0 */
    assert_null(below.memory);
    eg_vaultpool_key_free(&sub);
}

static void ca_key_needs_its_company_and_its_certificate(void **state)
{
    (void)state;
    struct eg_vaultpool_key other, made;
    struct eg_vault_ca_request q = fix_root_request("Other", EG_KEY_P256);
    assert_ok(eg_vaultpool_ca_create(f.pool, &q, &other));
    q.has_issuer = true;
    q.issuer = root_ca();
    q.company_id = FIX_COMPANY + 1;
    assert_status(eg_vaultpool_ca_create(f.pool, &q, &made), VAULT_WRAPPED);
    q.company_id = FIX_COMPANY;
    q.issuer.certificate = other.certificate;
    assert_status(eg_vaultpool_ca_create(f.pool, &q, &made), VAULT_ISSUER);
    q.issuer.certificate = eg_span_str("no certificate");
    assert_status(eg_vaultpool_ca_create(f.pool, &q, &made), VAULT_ISSUER);
    q.issuer = root_ca();
    q.now_ms = (FIX_NOW_S + 21LL * FIX_YEAR_S) * 1000;
    assert_status(eg_vaultpool_ca_create(f.pool, &q, &made), VAULT_ISSUER); /* it has run out */
    eg_vaultpool_key_free(&other);
}

static void every_algorithm_makes_a_root(void **state)
{
    (void)state;
    const enum eg_key_alg algs[] = {EG_KEY_P256, EG_KEY_P384, EG_KEY_ED25519, EG_KEY_RSA_2048};
    for (size_t i = 0; i < sizeof(algs) / sizeof(algs[0]); i++) {
        struct eg_vaultpool_key key;
        struct eg_vault_ca_request q = fix_root_request("Any", algs[i]);
        assert_ok(eg_vaultpool_ca_create(f.pool, &q, &key));
        assert_ok(eg_x509_check_issued(f.crypto, key.certificate, key.certificate));
        eg_vaultpool_key_free(&key);
    }
    struct eg_vaultpool_key none;
    struct eg_vault_ca_request q = fix_root_request("None", (enum eg_key_alg)99);
    assert_status(eg_vaultpool_ca_create(f.pool, &q, &none), CRYPTO_UNSUPPORTED);
}

static void bad_subjects_and_limits_are_refused(void **state)
{
    (void)state;
    char long_text[300];
    struct eg_vaultpool_key key;
    memset(long_text, 'x', sizeof(long_text));
    struct eg_vault_ca_request q = fix_root_request("", EG_KEY_P256);
    assert_status(eg_vaultpool_ca_create(f.pool, &q, &key), CRYPTO_BAD_CERT);
    q.subject.common_name = eg_span(long_text, 65);
    assert_status(eg_vaultpool_ca_create(f.pool, &q, &key), CRYPTO_BAD_CERT);
    q.subject.common_name = eg_span(long_text, 257);
    assert_status(eg_vaultpool_ca_create(f.pool, &q, &key), VAULT_LIMIT);
}

/* ---- manifests
 * -------------------------------------------------------------------------------------- */

static eg_status open_text(const struct fix_signer *signer, struct eg_span text)
{
    struct eg_cms_bytes message;
    struct eg_vaultpool_manifest m;
    struct eg_span trusted = fix_signer_certificate(&f.signer);
    fix_seal_manifest(signer, f.manifest_key.certificate, text, &message);
    struct eg_vault_manifest_request q =
        fix_manifest_request(&f, &trusted, 1, eg_span(message.ptr, message.len));
    eg_status st = eg_vaultpool_manifest_open(f.pool, &q, &m);
    if (!eg_ok(st)) {
        assert_null(m.chips);
    }
    eg_vaultpool_manifest_free(&m);
    eg_cms_bytes_free(&message);
    return st;
}

static void manifest_tells_public_keys_but_no_root(void **state)
{
    (void)state;
    assert_string_equal(f.manifest.family, "mcxn947");
    for (size_t i = 0; i < FIX_CHIPS; i++) {
        const struct eg_vault_chip *chip = &f.manifest.chips[i];
        struct eg_uuid uuid;
        uint8_t die_key[32], point[EG_P256_POINT_LEN];
        fix_uuid(i, &uuid);
        fix_die_key(i, die_key);
        assert_memory_equal(&chip->uuid, &uuid, EG_UUID_LEN);
        assert_ok(eg_recipe_public(f.crypto, die_key, EG_RECIPE_CONNECTION, point));
        assert_memory_equal(chip->connection_public, point, sizeof(point));
        assert_ok(eg_recipe_public(f.crypto, die_key, EG_RECIPE_ATTESTATION, point));
        assert_memory_equal(chip->attestation_public, point, sizeof(point));
    }
}

static void root_tag_knows_the_same_root_again(void **state)
{
    (void)state;
    struct eg_cms_bytes text, message;
    struct eg_vaultpool_manifest again;
    struct eg_span trusted[2] = {f.root.certificate, fix_signer_certificate(&f.signer)};
    fix_manifest_text("mcxn947", 0, 2, &text);
    text.ptr[text.len - 6] ^= 3; /* a becomes b in the die key of chip 1 */
    fix_seal_manifest(&f.signer, f.manifest_key.certificate, eg_span(text.ptr, text.len), &message);
    struct eg_vault_manifest_request q =
        fix_manifest_request(&f, trusted, 2, eg_span(message.ptr, message.len));
    assert_ok(eg_vaultpool_manifest_open(f.pool, &q, &again));
    assert_int_equal(again.signer, 1);
    assert_memory_equal(again.chips[0].root_tag, f.manifest.chips[0].root_tag, 32);
    assert_memory_not_equal(again.chips[0].wrapped_root, f.manifest.chips[0].wrapped_root, 62);
    assert_memory_not_equal(again.chips[1].root_tag, f.manifest.chips[1].root_tag, 32);
    eg_vaultpool_manifest_free(&again);
    eg_cms_bytes_free(&text);
    eg_cms_bytes_free(&message);
}

static void wrong_signer_is_refused(void **state)
{
    (void)state;
    struct fix_signer stranger;
    struct eg_cms_bytes text;
    fix_manifest_text("mcxn947", 100, 1, &text);
    fix_signer_init(f.crypto, &stranger);
    assert_status(open_text(&stranger, eg_span(text.ptr, text.len)), CRYPTO_CMS_SIGNER);
    assert_ok(open_text(&f.signer, eg_span(text.ptr, text.len)));
    fix_signer_cleanup(&stranger);
    eg_cms_bytes_free(&text);
}

static bool same_chips(const struct eg_vaultpool_manifest *a, const struct eg_vaultpool_manifest *b)
{
    bool same = a->chip_count == b->chip_count && strcmp(a->family, b->family) == 0;
    for (size_t i = 0; same && i < a->chip_count; i++) {
        same = memcmp(&a->chips[i].uuid, &b->chips[i].uuid, sizeof(a->chips[i].uuid)) == 0 &&
               memcmp(a->chips[i].root_tag, b->chips[i].root_tag, EG_VAULT_ROOT_TAG_LEN) == 0;
    }
    return same;
}

/* A few bytes of a CMS envelope carry nothing (version, type and MAC length of the content):
 * OpenSSL looks at none of them. Whatever else is altered must be refused; never may other chips
 * come out. */
static void altered_manifest_is_refused(void **state)
{
    (void)state;
    size_t taken = 0;
    struct eg_cms_bytes text, message;
    struct eg_vaultpool_manifest whole, m;
    struct eg_span trusted = fix_signer_certificate(&f.signer);
    fix_manifest_text("mcxn947", 100, 3, &text);
    fix_seal_manifest(&f.signer, f.manifest_key.certificate, eg_span(text.ptr, text.len), &message);
    struct eg_vault_manifest_request q =
        fix_manifest_request(&f, &trusted, 1, eg_span(message.ptr, message.len));
    assert_ok(eg_vaultpool_manifest_open(f.pool, &q, &whole));
    for (size_t back = 1; back < message.len; back += 31) {
        message.ptr[message.len - back] ^= 0x04;
        if (eg_ok(eg_vaultpool_manifest_open(f.pool, &q, &m))) {
            taken++;
            assert_true(same_chips(&whole, &m));
        } else {
            assert_null(m.chips);
        }
        eg_vaultpool_manifest_free(&m);
        message.ptr[message.len - back] ^= 0x04;
    }
    assert_true(taken <= 2);
    eg_vaultpool_manifest_free(&whole);
    q.key = fix_service_key(&f.secret_key); /* made for the other purpose */
    assert_status(eg_vaultpool_manifest_open(f.pool, &q, &m), VAULT_WRAPPED);
    q.key = fix_service_key(&f.manifest_key);
    assert_ok(eg_vaultpool_manifest_open(f.pool, &q, &m));
    eg_vaultpool_manifest_free(&m);
    eg_cms_bytes_free(&text);
    eg_cms_bytes_free(&message);
}

/* A replayed line, another family, or a broken text spoil the whole manifest. */
static void bad_texts_are_refused_whole(void **state)
{
    (void)state;
    static const char two_alike[] =
        "engrave-manifest 1\nfamily mcxn947\ncount 2\n"
        "000102030405060708090a0b0c0d0e0f "
        "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n"
        "000102030405060708090a0b0c0d0e0f "
        "10112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n"
        "end\n";
    struct eg_cms_bytes text;
    assert_status(open_text(&f.signer, eg_span_str(two_alike)), OBJECT_MANIFEST_TWICE);
    assert_status(open_text(&f.signer, eg_span_str("engrave-manifest 1\n")), OBJECT_MANIFEST);
    fix_manifest_text("mcxn948", 0, 1, &text);
    assert_status(open_text(&f.signer, eg_span(text.ptr, text.len)), VAULT_MANIFEST_FAMILY);
    eg_cms_bytes_free(&text);
}

/* ---- secrets
 * ----------------------------------------------------------------------------------------- */

static eg_status import(const char *sealed_company, uint8_t sealed_purpose, const char *company,
                        uint8_t purpose, struct eg_span value, struct eg_vaultpool_secret *out)
{
    struct eg_cms_bytes message;
    fix_seal_secret(f.secret_key.certificate, sealed_company, sealed_purpose, value, &message);
    struct eg_vault_secret_request q = {.key = fix_service_key(&f.secret_key),
                                        .company_id = FIX_COMPANY,
                                        .company_name = eg_span_str(company),
                                        .purpose = purpose,
                                        .message = eg_span(message.ptr, message.len)};
    eg_status st = eg_vaultpool_secret_import(f.pool, &q, out);
    eg_cms_bytes_free(&message);
    return st;
}

static void secret_is_taken_for_its_company_and_purpose_only(void **state)
{
    (void)state;
    const uint8_t key[32] = {7};
    const uint8_t hmac = EG_VAULT_PURPOSE_HMAC_KEY, file = EG_VAULT_PURPOSE_BINARY_FILE;
    struct eg_vaultpool_secret secret;
    struct eg_span value = EG_SPAN_OF(key);
    assert_ok(import("Acme", hmac, "Acme", hmac, value, &secret));
    assert_int_equal(secret.length, 32);
    assert_int_equal(secret.wrapped.len, 32 + EG_VAULT_WRAP_OVERHEAD);
    eg_vaultpool_secret_free(&secret);
    assert_status(import("Acme", hmac, "Emca", hmac, value, &secret), OBJECT_SECRET_OTHER);
    assert_null(secret.memory);
    assert_status(import("Acme", hmac, "Acme", file, value, &secret), OBJECT_SECRET_OTHER);
    assert_status(import("Acme", EG_VAULT_PURPOSE_OEM_FW_DECRYPT_KEY, "Acme",
                         EG_VAULT_PURPOSE_OEM_FW_DECRYPT_KEY, eg_span(key, 31), &secret),
                  VAULT_SECRET_LENGTH);
}

static void secret_message_must_be_sealed_to_the_secret_key(void **state)
{
    (void)state;
    const uint8_t key[32] = {7};
    struct eg_cms_bytes message;
    struct eg_vaultpool_secret secret;
    fix_seal_secret(f.manifest_key.certificate, "Acme", EG_VAULT_PURPOSE_HMAC_KEY, EG_SPAN_OF(key),
                    &message);
    struct eg_vault_secret_request q = {.key = fix_service_key(&f.secret_key),
                                        .company_id = FIX_COMPANY,
                                        .company_name = eg_span_str("Acme"),
                                        .purpose = EG_VAULT_PURPOSE_HMAC_KEY,
                                        .message = eg_span(message.ptr, message.len)};
    assert_status(eg_vaultpool_secret_import(f.pool, &q, &secret), CRYPTO_CMS_NOT_FOR_US);
    q.key = fix_service_key(&f.manifest_key); /* would open it, but is not for secrets */
    assert_status(eg_vaultpool_secret_import(f.pool, &q, &secret), VAULT_WRAPPED);
    q.key = fix_service_key(&f.secret_key);
    q.message = eg_span_str("-----BEGIN CMS-----\nAAAA\n-----END CMS-----\n");
    assert_status(eg_vaultpool_secret_import(f.pool, &q, &secret), CRYPTO_BAD_CMS);
    eg_cms_bytes_free(&message);
}

static void only_some_secrets_are_drawn(void **state)
{
    (void)state;
    struct eg_vaultpool_secret s;
    assert_status(
        eg_vaultpool_secret_generate(f.pool, FIX_COMPANY, EG_VAULT_PURPOSE_MASTER_KEY, 15, &s),
        VAULT_SECRET_LENGTH);
    assert_status(
        eg_vaultpool_secret_generate(f.pool, FIX_COMPANY, EG_VAULT_PURPOSE_BINARY_FILE, 32, &s),
        VAULT_PLAN);
    assert_ok(eg_vaultpool_secret_generate(f.pool, FIX_COMPANY, EG_VAULT_PURPOSE_HMAC_KEY, 32, &s));
    eg_vaultpool_secret_free(&s);
}

/* ---- starting
 * ------------------------------------------------------------------------------------------ */

static void wrong_passphrase_says_so(void **state)
{
    (void)state;
    char path[EG_PATH_MAX], why[256] = "";
    struct eg_vaultpool *pool;
    struct eg_vaultpool_options options = f.options;
    assert_ok(eg_path_join(f.dir, "wrong", path, sizeof(path)));
    assert_ok(eg_file_write(path, 0600, eg_span_str("wrong horse\n")));
    options.passphrase_file = path;
    assert_status(eg_vaultpool_open(&options, &pool, why, sizeof(why)), VAULT_PASSPHRASE);
    assert_null(pool);
    assert_non_null(strstr(why, "passphrase"));
}

static void foreign_key_files_are_refused(void **state)
{
    (void)state;
    char path[EG_PATH_MAX], why[256];
    struct eg_file_bytes content;
    struct eg_vaultpool *pool;
    struct eg_vaultpool_options options = f.options;
    assert_ok(eg_path_join(f.dir, "other.key", path, sizeof(path)));
    options.key_file = path;
    assert_status(eg_vaultpool_open(&options, &pool, why, sizeof(why)), VAULT_KEY_FILE);
    assert_ok(eg_file_read(f.key_file, 1024, &content));
    content.ptr[19] = 2;
    assert_ok(eg_file_write(path, 0600, eg_file_span(&content)));
    assert_status(eg_vaultpool_open(&options, &pool, why, sizeof(why)), VAULT_KEY_VERSION);
    eg_file_bytes_free(&content);
}

static void key_file_is_made_once(void **state)
{
    (void)state;
    char why[256];
    struct eg_vaultpool_options options = f.options;
    assert_status(eg_vaultpool_key_init(&options, why, sizeof(why)), VAULT_KEY_EXISTS);
    options.program = "/nonexistent/engrave-vault";
    options.key_file = "/nonexistent/vault.key";
    assert_status(eg_vaultpool_key_init(&options, why, sizeof(why)), OS_PROCESS);
    options.program = f.program;
    assert_status(eg_vaultpool_key_init(&options, why, sizeof(why)), OS_FILE);
    struct eg_vaultpool *pool;
    options.program = "/bin/false"; /* starts, and says nothing */
    assert_status(eg_vaultpool_open(&options, &pool, why, sizeof(why)), VAULT_UNAVAILABLE);
}

static void fingerprint_names_the_key(void **state)
{
    (void)state;
    uint8_t a[32], b[32];
    char why[256];
    struct eg_vaultpool *again;
    assert_ok(eg_vaultpool_open(&f.options, &again, why, sizeof(why)));
    eg_vaultpool_fingerprint(f.pool, a);
    eg_vaultpool_fingerprint(again, b);
    assert_memory_equal(a, b, sizeof(a));
    eg_vaultpool_close(again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(root_signs_itself_and_its_intermediate),
        cmocka_unit_test(ca_key_needs_its_company_and_its_certificate),
        cmocka_unit_test(every_algorithm_makes_a_root),
        cmocka_unit_test(bad_subjects_and_limits_are_refused),
        cmocka_unit_test(manifest_tells_public_keys_but_no_root),
        cmocka_unit_test(root_tag_knows_the_same_root_again),
        cmocka_unit_test(wrong_signer_is_refused),
        cmocka_unit_test(altered_manifest_is_refused),
        cmocka_unit_test(bad_texts_are_refused_whole),
        cmocka_unit_test(secret_is_taken_for_its_company_and_purpose_only),
        cmocka_unit_test(secret_message_must_be_sealed_to_the_secret_key),
        cmocka_unit_test(only_some_secrets_are_drawn),
        cmocka_unit_test(wrong_passphrase_says_so),
        cmocka_unit_test(foreign_key_files_are_refused),
        cmocka_unit_test(key_file_is_made_once),
        cmocka_unit_test(fingerprint_names_the_key),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
