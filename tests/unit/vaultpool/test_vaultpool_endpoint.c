/* SPDX-License-Identifier: Apache-2.0 */
/* ENDPOINT_CERTIFY on a real worker, under its sandbox: the one name, the one kind of key, the
 * service's own CA; nothing else is signed. */
#include <string.h>

#include "lib/crypto/x509.h"
#include "tests/unit/unit.h"
#include "tests/unit/vaultpool/pool_fixture.h"

enum { SERVICE = 0, DAY_S = 86400 };

static const char name[] = "devices.example.com";

static struct fix_pool f;         /* its workers were told no name */
static struct eg_vaultpool *pool; /* these were */
static struct eg_vaultpool_key root, issuing;
static struct eg_crypto *crypto;
static uint8_t spki_room[EG_SPKI_LEN_MAX];
static struct eg_span spki;

static struct eg_vault_ca_request ca_request(const char *cn, const struct eg_vaultpool_key *above)
{
    struct eg_vault_ca_request q = {.company_id = SERVICE,
                                    .algorithm = EG_KEY_P384,
                                    .subject = {.common_name = eg_span_str(cn)},
                                    .not_before_s = FIX_NOW_S,
                                    .not_after_s = FIX_NOW_S + 3650 * (int64_t)DAY_S,
                                    .path_len = above == NULL ? -1 : 0,
                                    .has_issuer = above != NULL,
                                    .now_ms = (int64_t)FIX_NOW_S * 1000};
    if (above != NULL) {
        q.issuer = (struct eg_vault_ca){above->wrapped_key, above->certificate};
    }
    return q;
}

static struct eg_span new_spki(enum eg_key_alg alg, uint8_t room[static EG_SPKI_LEN_MAX])
{
    struct eg_key *key;
    struct eg_writer w;
    eg_writer_init(&w, room, EG_SPKI_LEN_MAX);
    assert_ok(eg_key_generate(crypto, alg, &key));
    assert_ok(eg_key_spki(key, &w));
    eg_key_free(key);
    return eg_writer_span(&w);
}

static int set_up(void **state)
{
    (void)state;
    char why[200];
    fix_pool_open(&f, 1);
    fix_pool_fill(&f);
    struct eg_vaultpool_options options = f.options;
    options.device_name = name;
    options.workers = 1;
    assert_ok(eg_vaultpool_open(&options, &pool, why, sizeof(why)));
    assert_ok(eg_crypto_new(&crypto));
    struct eg_vault_ca_request q = ca_request("root", NULL);
    assert_ok(eg_vaultpool_ca_create(pool, &q, &root));
    q = ca_request("issuing", &root);
    assert_ok(eg_vaultpool_ca_create(pool, &q, &issuing));
    spki = new_spki(EG_KEY_P256, spki_room);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    eg_vaultpool_key_free(&root);
    eg_vaultpool_key_free(&issuing);
    eg_crypto_free(crypto);
    eg_vaultpool_close(pool);
    fix_pool_close(&f);
    return 0;
}

static struct eg_vault_endpoint_request request(void)
{
    return (struct eg_vault_endpoint_request){
        .issuer = {issuing.wrapped_key, issuing.certificate},
        .name = eg_span_str(name),
        .spki = spki,
        .not_before_s = FIX_NOW_S,
        .not_after_s = FIX_NOW_S + 90 * (int64_t)DAY_S,
        .now_ms = (int64_t)FIX_NOW_S * 1000,
    };
}

static eg_status certify(struct eg_vaultpool *p, const struct eg_vault_endpoint_request *q)
{
    struct eg_vaultpool_signed made;
    eg_status st = eg_vaultpool_endpoint_certify(p, q, &made);
    assert_int_equal(eg_ok(st), made.memory != NULL);
    eg_vaultpool_signed_free(&made);
    return st;
}

static bool holds(struct eg_span whole, const char *text)
{
    return memmem(whole.ptr, whole.len, text, strlen(text)) != NULL;
}

static void certifies_its_name(void **state)
{
    (void)state;
    static const char server_auth[] = "\x2b\x06\x01\x05\x05\x07\x03\x01";
    struct eg_vaultpool_signed made;
    struct eg_x509_info info;
    struct eg_vault_endpoint_request q = request();
    q.name = eg_span_str("Devices.Example.COM"); /* the same name */
    assert_ok(eg_vaultpool_endpoint_certify(pool, &q, &made));
    assert_ok(eg_x509_parse(made.der, &info));
    assert_ok(eg_x509_check_issued(crypto, made.der, issuing.certificate));
    assert_true(eg_span_equal(info.spki, spki));
    assert_true(holds(made.der, name) && holds(made.der, server_auth));
    assert_int_equal(info.key_usage, EG_KU_DIGITAL_SIGNATURE);
    assert_false(info.is_ca);
    assert_int_equal(info.not_after_s, q.not_after_s);
    eg_vaultpool_signed_free(&made);
}

static void signs_for_no_other_name(void **state)
{
    (void)state;
    static const char *const others[] = {"", "example.com", "a.devices.example.com",
                                         "devices.example.co", "*.example.com"};
    struct eg_vault_endpoint_request q = request();
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        q.name = eg_span_str(others[i]);
        assert_status(certify(pool, &q), VAULT_ENDPOINT_NAME);
    }
    q = request();
    assert_status(certify(f.pool, &q), VAULT_ENDPOINT_NAME);
}

static void signs_no_other_key(void **state)
{
    (void)state;
    static const enum eg_key_alg others[] = {EG_KEY_P384, EG_KEY_ED25519, EG_KEY_RSA_2048};
    uint8_t room[EG_SPKI_LEN_MAX];
    struct eg_vault_endpoint_request q = request();
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        q.spki = new_spki(others[i], room);
        assert_status(certify(pool, &q), CRYPTO_BAD_KEY);
    }
    q.spki = eg_span_str("no key");
    assert_status(certify(pool, &q), CRYPTO_BAD_KEY);
}

static void signs_with_no_other_ca(void **state)
{
    (void)state;
    struct eg_vault_endpoint_request q = request();
    q.issuer = (struct eg_vault_ca){f.root.wrapped_key, f.root.certificate}; /* of a company */
    assert_status(certify(pool, &q), VAULT_WRAPPED);
    q.issuer = (struct eg_vault_ca){issuing.wrapped_key, root.certificate};
    assert_status(certify(pool, &q), VAULT_ISSUER);
}

static void keeps_to_its_times(void **state)
{
    (void)state;
    struct eg_vault_endpoint_request q = request();
    q.not_after_s = q.not_before_s + (EG_VAULT_ENDPOINT_DAYS_MAX + 1) * (int64_t)DAY_S;
    assert_status(certify(pool, &q), CRYPTO_BAD_CERT);
    q = request();
    q.not_after_s = q.not_before_s;
    assert_status(certify(pool, &q), CRYPTO_BAD_CERT);
    q = request();
    q.now_ms -= (int64_t)DAY_S * 1000; /* the CA is not valid yet */
    assert_status(certify(pool, &q), VAULT_ISSUER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(certifies_its_name), cmocka_unit_test(signs_for_no_other_name),
        cmocka_unit_test(signs_no_other_key), cmocka_unit_test(signs_with_no_other_ca),
        cmocka_unit_test(keeps_to_its_times),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
