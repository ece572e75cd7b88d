/* SPDX-License-Identifier: Apache-2.0 */
/* CSR_CREATE, CRL_SIGN and CD_SIGN on a real worker, under its sandbox: what comes out, and what
 * the vault does not do. */
#include <stdlib.h>
#include <string.h>

#include "lib/crypto/matter_cd.h"
#include "lib/crypto/x509_crl.h"
#include "lib/crypto/x509_csr.h"
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

static struct eg_vault_crl_request crl_request(const struct eg_vault_revoked *list, size_t count)
{
    return (struct eg_vault_crl_request){.company_id = FIX_COMPANY,
                                         .issuer = {f.root.wrapped_key, f.root.certificate},
                                         .number = 7,
                                         .this_update_s = FIX_NOW_S,
                                         .next_update_s = FIX_NOW_S + 86400,
                                         .revoked = list,
                                         .revoked_count = count};
}

static eg_status sign_crl(const struct eg_vault_crl_request *q, size_t *out_len)
{
    struct eg_vaultpool_signed made;
    eg_status st = eg_vaultpool_crl_sign(f.pool, q, &made);
    *out_len = made.der.len;
    assert_int_equal(eg_ok(st), made.memory != NULL);
    eg_vaultpool_signed_free(&made);
    return st;
}

static void a_crl_of_many_entries_is_signed(void **state)
{
    (void)state;
    enum { COUNT = 20000 };
    struct eg_vault_revoked *list = calloc(COUNT, sizeof(*list));
    uint8_t(*serials)[4] = calloc(COUNT, sizeof(*serials));
    size_t len;
    assert_non_null(list);
    assert_non_null(serials);
    for (uint32_t i = 0; i < COUNT; i++) {
        eg_store_be32(serials[i], 0x40000000u + i);
        list[i] =
            (struct eg_vault_revoked){EG_SPAN_OF(serials[i]), FIX_NOW_S, EG_CRL_KEY_COMPROMISE};
    }
    struct eg_vault_crl_request q = crl_request(list, COUNT);
    assert_ok(sign_crl(&q, &len));
    assert_in_range(len, COUNT * 30, eg_crl_len_max(COUNT));
    eg_store_be32(serials[5], 0x40000004u); /* twice */
    assert_status(sign_crl(&q, &len), CRYPTO_BAD_CERT);
    free(serials);
    free(list);
}

static void a_crl_needs_its_ca(void **state)
{
    (void)state;
    size_t len;
    struct eg_vault_crl_request q = crl_request(NULL, 0);
    assert_ok(sign_crl(&q, &len));
    q.company_id++;
    assert_status(sign_crl(&q, &len), VAULT_WRAPPED);
    q = crl_request(NULL, 0);
    q.issuer.certificate = f.manifest_key.certificate; /* not of this key, and of no CA */
    assert_status(sign_crl(&q, &len), VAULT_ISSUER);
    q = crl_request(NULL, 0);
    q.next_update_s = q.this_update_s;
    assert_status(sign_crl(&q, &len), CRYPTO_BAD_CERT);
    q = crl_request(NULL, EG_VAULT_REVOKED_MAX + 1);
    assert_status(sign_crl(&q, &len), VAULT_LIMIT);
}

/* ---- OCSP -------------------------------------------------------------------------------------
 */

static struct eg_vault_responder_request responder_request(void)
{
    return (struct eg_vault_responder_request){
        .company_id = FIX_COMPANY,
        .issuer = {f.root.wrapped_key, f.root.certificate},
        .common_name = eg_span_str("answers for the root"),
        .not_before_s = FIX_NOW_S,
        .not_after_s = FIX_NOW_S + 30 * 86400,
        .now_ms = FIX_NOW_S * INT64_C(1000),
    };
}

/* CertID (SHA-256) of a serial number under the root. */
static struct eg_span cert_id(struct eg_span serial, uint8_t room[static 256])
{
    static const uint8_t head[] = {0x30, 0x0B, 0x06, 0x09, 0x60, 0x86, 0x48,
                                   0x01, 0x65, 0x03, 0x04, 0x02, 0x01};
    struct eg_x509_info info;
    struct eg_writer w;
    uint8_t hash[EG_SHA256_LEN];
    assert_ok(eg_x509_parse(f.root.certificate, &info));
    eg_writer_init(&w, room, 256);
    eg_writer_u8(&w, 0x30);
    eg_writer_u8(&w, (uint8_t)(sizeof(head) + 2 * (2 + sizeof(hash)) + 2 + serial.len));
    eg_writer_bytes(&w, EG_SPAN_OF(head));
    assert_ok(eg_hash(f.crypto, EG_HASH_SHA256, info.subject_name, hash));
    eg_writer_be16(&w, 0x0420);
    eg_writer_bytes(&w, EG_SPAN_OF(hash));
    /* the bits of a P-256 or P-384 key: all of the SPKI behind algorithm and unused bits */
    struct eg_span spki = info.spki;
    size_t point = spki.len > 100 ? 97 : 65;
    assert_ok(eg_hash(f.crypto, EG_HASH_SHA256, eg_span(spki.ptr + spki.len - point, point), hash));
    eg_writer_be16(&w, 0x0420);
    eg_writer_bytes(&w, EG_SPAN_OF(hash));
    eg_writer_u8(&w, 0x02);
    eg_writer_u8(&w, (uint8_t)serial.len);
    eg_writer_bytes(&w, serial);
    assert_ok(w.status);
    return eg_writer_span(&w);
}

/* Is this byte of a SingleResponse right behind the CertID: 80 good, A1 revoked, 82 unknown? */
static uint8_t verdict_behind(struct eg_span response, struct eg_span id)
{
    for (size_t i = 0; i + id.len < response.len; i++) {
        if (memcmp(response.ptr + i, id.ptr, id.len) == 0) {
            return response.ptr[i + id.len];
        }
    }
    return 0;
}

static void only_own_serials_are_good(void **state)
{
    uint8_t id_rooms[3][256];
    uint8_t guessed[EG_X509_SERIAL_LEN];
    struct eg_vaultpool_key key;
    struct eg_vaultpool_signed made;
    struct eg_x509_info own;
    const struct eg_vault_responder_request rq = responder_request();
    (void)state;
    assert_ok(eg_vaultpool_ocsp_certify(f.pool, &rq, &key));
    assert_ok(eg_x509_check_issued(f.crypto, key.certificate, f.root.certificate));
    assert_ok(eg_x509_parse(key.certificate, &own)); /* the vault drew this serial, too */
    assert_int_equal(own.serial.len, EG_X509_SERIAL_LEN);
    memcpy(guessed, own.serial.ptr, sizeof(guessed));
    guessed[EG_X509_SERIAL_LEN - 1] ^= 1;
    const struct eg_vault_ocsp_single singles[] = {
        {.id = cert_id(own.serial, id_rooms[0])},
        {.id = cert_id(EG_SPAN_OF(guessed), id_rooms[1])},
        {cert_id(eg_span("\x11", 1), id_rooms[2]), true, FIX_NOW_S, EG_CRL_SUPERSEDED}};
    struct eg_vault_ocsp_request q = {.company_id = FIX_COMPANY,
                                      .issuer_certificate = f.root.certificate,
                                      .wrapped_key = key.wrapped_key,
                                      .certificate = key.certificate,
                                      .this_update_s = FIX_NOW_S,
                                      .next_update_s = FIX_NOW_S + 60,
                                      .singles = singles,
                                      .count = 3};
    assert_ok(eg_vaultpool_ocsp_sign(f.pool, &q, &made));
    assert_int_equal(verdict_behind(made.der, singles[0].id), 0x80);
    assert_int_equal(verdict_behind(made.der, singles[1].id), 0x82);
    assert_int_equal(verdict_behind(made.der, singles[2].id), 0xA1);
    eg_vaultpool_signed_free(&made);
    q.company_id++; /* the key is bound to its company ... */
    assert_status(eg_vaultpool_ocsp_sign(f.pool, &q, &made), VAULT_WRAPPED);
    q.company_id--;
    q.wrapped_key = f.manifest_key.wrapped_key; /* ... and to its purpose */
    assert_status(eg_vaultpool_ocsp_sign(f.pool, &q, &made), VAULT_WRAPPED);
    q.wrapped_key = key.wrapped_key;
    q.issuer_certificate = key.certificate; /* the ids are those of another issuer */
    assert_status(eg_vaultpool_ocsp_sign(f.pool, &q, &made), CRYPTO_BAD_OCSP);
    q.count = EG_VAULT_OCSP_IDS_MAX + 1;
    assert_status(eg_vaultpool_ocsp_sign(f.pool, &q, &made), VAULT_LIMIT);
    eg_vaultpool_key_free(&key);
}

static struct eg_vault_csr_request csr_request(void)
{
    return (struct eg_vault_csr_request){.company_id = FIX_COMPANY,
                                         .algorithm = EG_KEY_P256,
                                         .subject.common_name = eg_span_str("by request"),
                                         .path_len = 0};
}

/* A certificate over the key of the request, made by a root outside of the vault. */
static struct eg_span certify_outside(struct eg_span csr, bool is_ca, int path_len)
{
    static uint8_t room[EG_X509_LEN_MAX];
    static const uint8_t outside[] = {0x30, 0x0C, 0x31, 0x0A, 0x30, 0x08, 0x06,
                                      0x03, 0x55, 0x04, 0x03, 0x0C, 0x01, 'O'};
    struct eg_span subject;
    struct eg_span spki;
    struct eg_writer w;
    assert_ok(eg_csr_parse(csr, &subject, &spki));
    const struct eg_x509_template t = {
        .serial = {1, 1},
        .issuer_name = EG_SPAN_OF(outside),
        .subject_name = subject,
        .not_before_s = FIX_NOW_S - 10,
        .not_after_s = FIX_NOW_S + FIX_YEAR_S,
        .spki = spki,
        .is_ca = is_ca,
        .path_len = path_len,
        .key_usage = is_ca ? EG_KU_KEY_CERT_SIGN : EG_KU_DIGITAL_SIGNATURE,
    };
    eg_writer_init(&w, room, sizeof(room));
    assert_ok(eg_x509_issue(f.crypto, &t, f.signer.key, &w));
    return eg_writer_span(&w);
}

static eg_status create_below(struct eg_vault_ca issuer)
{
    struct eg_vaultpool_key key;
    struct eg_vault_ca_request q = fix_root_request("below", EG_KEY_P256);
    q.has_issuer = true;
    q.issuer = issuer;
    eg_status st = eg_vaultpool_ca_create(f.pool, &q, &key);
    eg_vaultpool_key_free(&key);
    return st;
}

/* The certificate decides what the key may do, within what was asked for. */
static void a_requested_ca_signs_once_it_is_certified(void **state)
{
    (void)state;
    struct eg_vaultpool_key key;
    struct eg_vault_csr_request q = csr_request();
    size_t len;
    q.path_len = 3;
    assert_ok(eg_vaultpool_csr_create(f.pool, &q, &key));
    struct eg_vault_crl_request crl = crl_request(NULL, 0);
    crl.issuer = (struct eg_vault_ca){key.wrapped_key, certify_outside(key.certificate, false, -1)};
    assert_status(sign_crl(&crl, &len), VAULT_ISSUER);
    crl.issuer.certificate = certify_outside(key.certificate, true, 0);
    assert_status(sign_crl(&crl, &len), VAULT_ISSUER);     /* no cRLSign */
    assert_status(create_below(crl.issuer), VAULT_ISSUER); /* pathLenConstraint 0 */
    crl.issuer.certificate = certify_outside(key.certificate, true, 1);
    assert_ok(create_below(crl.issuer));
    crl.issuer.certificate = f.root.certificate;
    assert_status(create_below(crl.issuer), VAULT_ISSUER); /* of another key */
    eg_vaultpool_key_free(&key);
}

static void requests_that_are_refused(void **state)
{
    (void)state;
    struct eg_vaultpool_key key;
    struct eg_vault_csr_request q = csr_request();
    q.subject.common_name = eg_span(NULL, 0);
    assert_status(eg_vaultpool_csr_create(f.pool, &q, &key), CRYPTO_BAD_CERT);
    q = csr_request();
    q.path_len = 128;
    assert_status(eg_vaultpool_csr_create(f.pool, &q, &key), CRYPTO_BAD_CERT);
    q = csr_request();
    q.subject.vendor_id = eg_span_str("fff1");
    assert_status(eg_vaultpool_csr_create(f.pool, &q, &key), CRYPTO_BAD_CERT);
    assert_null(key.memory);
}

static struct eg_vault_cd_request cd_request(const struct eg_vaultpool_key *key)
{
    return (struct eg_vault_cd_request){.key = fix_service_key(key),
                                        .vendor_id = 0xFFF1,
                                        .product_id = 0x8000,
                                        .device_type_id = 22,
                                        .certificate_id = eg_span_str("CSA00000SWC00000-00"),
                                        .version_number = 1};
}

static void declarations_are_for_test_and_by_their_own_key(void **state)
{
    (void)state;
    struct eg_vaultpool_key key;
    struct eg_vaultpool_signed made;
    struct eg_cd_signed cd;
    const struct eg_vault_service_request sq = {.company_id = FIX_COMPANY,
                                                .purpose = EG_VAULT_SERVICE_MATTER_CD,
                                                .common_name = eg_span_str("declarations"),
                                                .not_before_s = FIX_NOW_S,
                                                .not_after_s = FIX_NOW_S + FIX_YEAR_S,
                                                .now_ms = FIX_NOW_MS};
    assert_ok(eg_vaultpool_service_key_create(f.pool, &sq, &key));
    struct eg_vault_cd_request q = cd_request(&key);
    q.key.company_id = FIX_COMPANY;
    assert_ok(eg_vaultpool_cd_sign(f.pool, &q, &made));
    assert_ok(eg_cd_parse(made.der, &cd));
    assert_int_equal(cd.cd.certification_type, EG_CD_TEST);
    assert_int_equal(cd.cd.vendor_id, 0xFFF1);
    assert_int_equal(cd.cd.product_ids[0], 0x8000);
    eg_vaultpool_signed_free(&made);
    q.certificate_id = eg_span_str("short");
    assert_status(eg_vaultpool_cd_sign(f.pool, &q, &made), CRYPTO_BAD_CMS);
    q = cd_request(&f.manifest_key); /* a key for something else */
    assert_status(eg_vaultpool_cd_sign(f.pool, &q, &made), VAULT_WRAPPED);
    assert_null(made.memory);
    eg_vaultpool_key_free(&key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_crl_of_many_entries_is_signed),
        cmocka_unit_test(a_crl_needs_its_ca),
        cmocka_unit_test(only_own_serials_are_good),
        cmocka_unit_test(a_requested_ca_signs_once_it_is_certified),
        cmocka_unit_test(requests_that_are_refused),
        cmocka_unit_test(declarations_are_for_test_and_by_their_own_key),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
