/* SPDX-License-Identifier: Apache-2.0 */
/* OCSP requests and responses, against OpenSSL's own reading and writing of them. */
#include <openssl/ocsp.h>
#include <string.h>

#include "lib/crypto/ocsp.h"
#include "lib/crypto/x509_crl.h"
#include "tests/unit/crypto/crypto_test.h"

enum { NOW = 1767225600, ROOM = 8192 }; /* 2026-01-01 */

#define CA_NAME     "300d310b300906035504030c024341" /* CN=CA */
#define ANSWER_NAME "300c310a300806035504030c0141"   /* CN=A */

static const char CA_SCALAR[] = "519b423d715f8b581f4fa8ee59f4771a5b44c8130b4e3eacca54a56dda72b464";
static const char SCALAR[] = "0f56db78ca460b055c500064824bed999a25aaf48ebb519ac201537b85479813";

static uint8_t ca_room[1024], responder_room[1024];
static struct eg_span ca, responder;

static struct eg_span certify(const struct eg_x509_template *given, const char *scalar,
                              uint8_t *room)
{
    uint8_t spki_room[EG_SPKI_LEN_MAX];
    struct eg_writer spki, w;
    struct eg_x509_template t = *given;
    struct eg_key *key = key_of(EG_KEY_P256, scalar);
    struct eg_key *issuer = key_of(EG_KEY_P256, CA_SCALAR);
    eg_writer_init(&spki, spki_room, sizeof(spki_room));
    eg_writer_init(&w, room, 1024);
    assert_ok(eg_key_spki(key, &spki));
    t.spki = eg_writer_span(&spki);
    t.serial[0] = 0x40;
    t.issuer_name = hex(CA_NAME);
    t.not_before_s = NOW - 86400;
    t.not_after_s = NOW + 30 * 86400;
    assert_ok(eg_x509_issue(test_crypto, &t, issuer, &w));
    eg_key_free(key);
    eg_key_free(issuer);
    return eg_writer_span(&w);
}

static int set_up(void **state)
{
    if (crypto_setup(state) != 0) {
        return -1;
    }
    const struct eg_x509_template root = {.subject_name = hex(CA_NAME),
                                          .is_ca = true,
                                          .path_len = -1,
                                          .key_usage = EG_KU_KEY_CERT_SIGN | EG_KU_CRL_SIGN};
    const struct eg_x509_template leaf = {.subject_name = hex(ANSWER_NAME),
                                          .path_len = -1,
                                          .key_usage = EG_KU_DIGITAL_SIGNATURE,
                                          .ext_key_usage = EG_EKU_OCSP_SIGNING,
                                          .ocsp_nocheck = true};
    ca = certify(&root, CA_SCALAR, ca_room);
    responder = certify(&leaf, SCALAR, responder_room);
    return 0;
}

static X509 *load(struct eg_span der)
{
    const unsigned char *p = der.ptr;
    X509 *x = d2i_X509(NULL, &p, (long)der.len);
    assert_non_null(x);
    return x;
}

static OCSP_REQUEST *new_request(void)
{
    OCSP_REQUEST *rq = OCSP_REQUEST_new();
    assert_non_null(rq);
    return rq;
}

/* A request of OpenSSL's for a serial number; NULL md: SHA-1. */
static OCSP_CERTID *add_id(OCSP_REQUEST *rq, const EVP_MD *md, long serial)
{
    X509 *issuer = load(ca);
    ASN1_INTEGER *number = ASN1_INTEGER_new();
    assert_non_null(number);
    assert_int_equal(ASN1_INTEGER_set(number, serial), 1);
    OCSP_CERTID *id = OCSP_cert_id_new(md == NULL ? EVP_sha1() : md, X509_get_subject_name(issuer),
                                       X509_get0_pubkey_bitstr(issuer), number);
    assert_non_null(OCSP_request_add0_id(rq, id));
    ASN1_INTEGER_free(number);
    X509_free(issuer);
    return id;
}

static struct eg_span request_der(OCSP_REQUEST *rq, uint8_t *room)
{
    unsigned char *p = room;
    int len = i2d_OCSP_REQUEST(rq, NULL);
    assert_in_range(len, 1, ROOM);
    (void)i2d_OCSP_REQUEST(rq, &p);
    return eg_span(room, (size_t)len);
}

static bool names_ca(const struct eg_ocsp_id *id, struct eg_span issuer)
{
    struct eg_x509_info info;
    bool same;
    assert_ok(eg_x509_parse(issuer, &info));
    assert_ok(eg_ocsp_id_matches(test_crypto, id, info.subject_name, info.spki, &same));
    return same;
}

static void a_request_is_read(void **state)
{
    static unsigned char nonce[32] = {7, 1};
    const EVP_MD *hashes[] = {EVP_sha1(), EVP_sha256(), EVP_sha384()};
    uint8_t room[ROOM];
    struct eg_ocsp_request q;
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        OCSP_REQUEST *rq = new_request();
        (void)add_id(rq, hashes[i], 0x4711);
        (void)add_id(rq, hashes[i], 0x80);
        assert_int_equal(OCSP_request_add1_nonce(rq, nonce, sizeof(nonce)), 1);
        assert_ok(eg_ocsp_request_parse(request_der(rq, room), &q));
        assert_int_equal(q.count, 2);
        assert_span(q.ids[0].serial, hex("4711"));
        assert_span(q.ids[1].serial, hex("0080"));
        assert_span(q.nonce, EG_SPAN_OF(nonce));
        assert_true(names_ca(&q.ids[0], ca));
        assert_false(names_ca(&q.ids[0], responder));
        OCSP_REQUEST_free(rq);
    }
}

static void other_requests_are_refused(void **state)
{
    uint8_t room[ROOM];
    struct eg_ocsp_request q;
    (void)state;
    OCSP_REQUEST *rq = new_request();
    (void)add_id(rq, EVP_sha512(), 5);
    assert_status(eg_ocsp_request_parse(request_der(rq, room), &q), CRYPTO_UNSUPPORTED);
    OCSP_REQUEST_free(rq);
    rq = new_request();
    assert_status(eg_ocsp_request_parse(request_der(rq, room), &q), CRYPTO_BAD_OCSP); /* none */
    for (long i = 0; i < EG_OCSP_IDS_MAX; i++) {
        (void)add_id(rq, NULL, 100 + i);
    }
    struct eg_span der = request_der(rq, room);
    assert_ok(eg_ocsp_request_parse(der, &q));
    for (size_t len = 0; len < der.len; len++) {
        assert_status(eg_ocsp_request_parse(eg_span(der.ptr, len), &q), CRYPTO_BAD_OCSP);
        assert_int_equal(q.count, 0);
    }
    (void)add_id(rq, NULL, 99);
    assert_status(eg_ocsp_request_parse(request_der(rq, room), &q), CRYPTO_BAD_OCSP);
    OCSP_REQUEST_free(rq);
    rq = new_request();
    (void)add_id(rq, NULL, -5);
    assert_status(eg_ocsp_request_parse(request_der(rq, room), &q), CRYPTO_BAD_OCSP);
    OCSP_REQUEST_free(rq);
}

/* ---- responses --------------------------------------------------------------------------------
 */

static OCSP_BASICRESP *verified(struct eg_span der)
{
    const unsigned char *p = der.ptr;
    OCSP_RESPONSE *rs = d2i_OCSP_RESPONSE(NULL, &p, (long)der.len);
    assert_non_null(rs);
    assert_int_equal(OCSP_response_status(rs), OCSP_RESPONSE_STATUS_SUCCESSFUL);
    OCSP_BASICRESP *basic = OCSP_response_get1_basic(rs);
    assert_non_null(basic);
    X509_STORE *store = X509_STORE_new();
    assert_non_null(store);
    X509 *root = load(ca);
    X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store), NOW);
    assert_int_equal(X509_STORE_add_cert(store, root), 1);
    assert_int_equal(OCSP_basic_verify(basic, NULL, store, 0), 1);
    X509_free(root);
    X509_STORE_free(store);
    OCSP_RESPONSE_free(rs);
    return basic;
}

static eg_status answer(const struct eg_ocsp_request *q, const struct eg_ocsp_single *singles,
                        size_t count, struct eg_writer *w)
{
    const struct eg_ocsp_template t = {.singles = singles,
                                       .count = count,
                                       .nonce = q->nonce,
                                       .this_update_s = NOW,
                                       .next_update_s = NOW + 3600,
                                       .responder = responder};
    struct eg_key *key = key_of(EG_KEY_P256, SCALAR);
    eg_status st = eg_ocsp_sign(test_crypto, &t, key, w);
    eg_key_free(key);
    return st;
}

static void openssl_accepts_the_answer(void **state)
{
    uint8_t room[ROOM], out[ROOM];
    struct eg_ocsp_request q;
    struct eg_writer w;
    (void)state;
    OCSP_REQUEST *rq = new_request();
    OCSP_CERTID *ids[] = {add_id(rq, NULL, 1), add_id(rq, EVP_sha256(), 2), add_id(rq, NULL, 3)};
    assert_int_equal(OCSP_request_add1_nonce(rq, NULL, 16), 1);
    assert_ok(eg_ocsp_request_parse(request_der(rq, room), &q));
    const struct eg_ocsp_single singles[] = {
        {.id = q.ids[0].der, .state = EG_OCSP_GOOD},
        {q.ids[1].der, EG_OCSP_REVOKED, NOW - 60, EG_CRL_KEY_COMPROMISE},
        {.id = q.ids[2].der, .state = EG_OCSP_UNKNOWN}};
    eg_writer_init(&w, out, sizeof(out));
    assert_ok(answer(&q, singles, 3, &w));
    OCSP_BASICRESP *basic = verified(eg_writer_span(&w));
    assert_int_equal(OCSP_check_nonce(rq, basic), 1);
    for (size_t i = 0; i < 3; i++) {
        int status = -1, reason = -1;
        ASN1_GENERALIZEDTIME *revoked, *this_update, *next_update;
        assert_int_equal(OCSP_resp_find_status(basic, ids[i], &status, &reason, &revoked,
                                               &this_update, &next_update),
                         1);
        assert_int_equal(status, singles[i].state);
        assert_int_equal(reason, i == 1 ? EG_CRL_KEY_COMPROMISE : -1);
        assert_string_equal(ASN1_STRING_get0_data(next_update), "20260101010000Z");
    }
    OCSP_BASICRESP_free(basic);
    OCSP_REQUEST_free(rq);
}

static void what_cannot_be_is_not_signed(void **state)
{
    uint8_t out[ROOM];
    struct eg_writer w;
    const struct eg_ocsp_request q = {.count = 1};
    const struct eg_ocsp_single odd = {hex("3000"), EG_OCSP_REVOKED, NOW, 8};
    (void)state;
    eg_writer_init(&w, out, sizeof(out));
    assert_status(answer(&q, &odd, 1, &w), CRYPTO_BAD_OCSP);
    assert_status(answer(&q, &odd, 0, &w), CRYPTO_BAD_OCSP);
    assert_int_equal(w.len, 0);
    eg_ocsp_refuse(EG_OCSP_TRY_LATER, &w);
    assert_span(eg_writer_span(&w), hex("30030a0103"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_is_read),
        cmocka_unit_test(other_requests_are_refused),
        cmocka_unit_test(openssl_accepts_the_answer),
        cmocka_unit_test(what_cannot_be_is_not_signed),
    };
    return cmocka_run_group_tests(tests, set_up, crypto_teardown);
}
