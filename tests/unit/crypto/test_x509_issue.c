/* SPDX-License-Identifier: Apache-2.0 */
/* Issued certificates, looked at by OpenSSL with its strict RFC 5280 checks on. */
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "lib/crypto/x509.h"
#include "tests/unit/crypto/crypto_test.h"

static const int64_t BEGIN_S = 1700000000; /* 2023-11-14 */
static const int64_t NOW_S = 1800000000;   /* 2027-01-15 */

struct cert {
    uint8_t der[EG_X509_LEN_MAX];
    size_t len;
    struct eg_key *key;
    uint8_t spki[EG_SPKI_LEN_MAX];
    size_t spki_len;
    uint8_t name[EG_X509_NAME_LEN_MAX];
    size_t name_len;
    uint8_t key_id[20];
};

static struct eg_span der_of(const struct cert *c)
{
    return eg_span(c->der, c->len);
}

static void subject(struct cert *c, enum eg_key_alg alg, const char *common_name)
{
    struct eg_x509_name name = {.country = "DE",
                                .organization = "Fab & S\xC3\xB6hne",
                                .organizational_unit = "Line 1",
                                .common_name = common_name,
                                .serial_number = "00112233445566778899aabbccddeeff"};
    struct eg_writer w;
    memset(c, 0, sizeof(*c));
    assert_ok(eg_key_generate(test_crypto, alg, &c->key));
    eg_writer_init(&w, c->spki, sizeof(c->spki));
    assert_ok(eg_key_spki(c->key, &w));
    c->spki_len = w.len;
    eg_writer_init(&w, c->name, sizeof(c->name));
    assert_ok(eg_x509_name_encode(&name, &w));
    c->name_len = w.len;
    assert_ok(eg_x509_key_id(test_crypto, eg_span(c->spki, c->spki_len), c->key_id));
}

static struct eg_x509_template template_of(const struct cert *c, const struct cert *issuer)
{
    struct eg_x509_template t = {
        .issuer_name = eg_span(issuer->name, issuer->name_len),
        .subject_name = eg_span(c->name, c->name_len),
        .not_before_s = BEGIN_S,
        .not_after_s = INT64_MAX,
        .spki = eg_span(c->spki, c->spki_len),
        .path_len = -1,
        .with_ski = true,
        .aki = eg_span(issuer->key_id, sizeof(issuer->key_id)),
    };
    assert_ok(eg_x509_serial(test_crypto, 1000 * NOW_S, t.serial));
    return t;
}

static eg_status issue(struct cert *c, const struct eg_x509_template *t, const struct eg_key *by)
{
    struct eg_writer w;
    eg_writer_init(&w, c->der, sizeof(c->der));
    eg_status st = eg_x509_issue(test_crypto, t, by, &w);
    c->len = w.len;
    return st;
}

static void make_root(struct cert *root, enum eg_key_alg alg)
{
    subject(root, alg, "Root");
    struct eg_x509_template t = template_of(root, root);
    t.is_ca = true;
    t.key_usage = EG_KU_KEY_CERT_SIGN | EG_KU_CRL_SIGN;
    assert_ok(issue(root, &t, root->key));
}

static struct eg_x509_template leaf_template(const struct cert *leaf, const struct cert *root)
{
    struct eg_x509_template t = template_of(leaf, root);
    t.key_usage = EG_KU_DIGITAL_SIGNATURE;
    t.ext_key_usage = EG_EKU_CLIENT_AUTH;
    return t;
}

static X509 *load(const struct cert *c)
{
    const unsigned char *p = c->der;
    X509 *x = d2i_X509(NULL, &p, (long)c->len);
    assert_non_null(x);
    assert_ptr_equal(p, c->der + c->len);
    unsigned char *again = NULL; /* what the library writes is what we wrote */
    assert_int_equal(i2d_X509(x, &again), c->len);
    assert_memory_equal(again, c->der, c->len);
    OPENSSL_free(again);
    return x;
}

/* OpenSSL's verdict on leaf under root at time_s: X509_V_OK or the error. */
static int verdict(const struct cert *leaf, const struct cert *root, int64_t time_s, int purpose)
{
    X509 *x_leaf = load(leaf), *x_root = load(root);
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    assert_int_equal(X509_STORE_add_cert(store, x_root), 1);
    assert_int_equal(X509_STORE_CTX_init(ctx, store, x_leaf, NULL), 1);
    X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);
    X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_X509_STRICT | X509_V_FLAG_CHECK_SS_SIGNATURE);
    X509_VERIFY_PARAM_set_purpose(param, purpose);
    X509_VERIFY_PARAM_set_time(param, (time_t)time_s);
    (void)X509_verify_cert(ctx);
    int error = X509_STORE_CTX_get_error(ctx);
    X509_STORE_CTX_free(ctx);
    X509_STORE_free(store);
    X509_free(x_leaf);
    X509_free(x_root);
    return error;
}

static void every_issuer_and_subject(void **state)
{
    (void)state;
    static const enum eg_key_alg algs[] = {EG_KEY_P256,     EG_KEY_P384,     EG_KEY_ED25519,
                                           EG_KEY_RSA_2048, EG_KEY_RSA_3072, EG_KEY_RSA_4096};
    enum { COUNT = sizeof(algs) / sizeof(algs[0]) };
    static struct cert roots[COUNT], leaf, other;
    for (size_t i = 0; i < COUNT; i++) {
        make_root(&roots[i], algs[i]);
    }
    for (size_t i = 0; i < COUNT; i++) {
        /* the subject's key has the next algorithm: it says nothing about the signature */
        subject(&leaf, i < 3 ? algs[(i + 1) % 3] : EG_KEY_P256, "Leaf");
        struct eg_x509_template t = leaf_template(&leaf, &roots[i]);
        assert_ok(issue(&leaf, &t, roots[i].key));
        assert_int_equal(verdict(&leaf, &roots[i], NOW_S, X509_PURPOSE_SSL_CLIENT), X509_V_OK);
        assert_int_not_equal(verdict(&leaf, &roots[i], NOW_S, X509_PURPOSE_SSL_SERVER), X509_V_OK);
        assert_ok(eg_x509_check_issued(test_crypto, der_of(&leaf), der_of(&roots[i])));
        assert_ok(eg_x509_check_issued(test_crypto, der_of(&roots[i]), der_of(&roots[i])));
        assert_status(
            eg_x509_check_issued(test_crypto, der_of(&leaf), der_of(&roots[(i + 1) % COUNT])),
            CRYPTO_BAD_SIGNATURE);
        assert_status(eg_x509_check_issued(test_crypto, der_of(&roots[i]), der_of(&leaf)),
                      CRYPTO_BAD_SIGNATURE);
        other = leaf;
        other.der[other.len - 1] ^= 1;
        assert_status(eg_x509_check_issued(test_crypto, der_of(&other), der_of(&roots[i])),
                      CRYPTO_BAD_SIGNATURE);
        eg_key_free(leaf.key);
    }
    for (size_t i = 0; i < COUNT; i++) {
        eg_key_free(roots[i].key);
    }
}

static void path_length_and_end(void **state)
{
    (void)state;
    static struct cert root, sub, leaf;
    subject(&root, EG_KEY_P256, "Root");
    struct eg_x509_template t = template_of(&root, &root);
    t.is_ca = true;
    t.path_len = 0;
    t.key_usage = EG_KU_KEY_CERT_SIGN;
    assert_ok(issue(&root, &t, root.key));
    subject(&leaf, EG_KEY_P256, "Leaf");
    t = leaf_template(&leaf, &root);
    t.not_after_s = NOW_S;
    assert_ok(issue(&leaf, &t, root.key));
    assert_int_equal(verdict(&leaf, &root, NOW_S - 1, X509_PURPOSE_SSL_CLIENT), X509_V_OK);
    assert_int_equal(verdict(&leaf, &root, NOW_S + 1, X509_PURPOSE_SSL_CLIENT),
                     X509_V_ERR_CERT_HAS_EXPIRED);
    assert_int_equal(verdict(&leaf, &root, BEGIN_S - 1, X509_PURPOSE_SSL_CLIENT),
                     X509_V_ERR_CERT_NOT_YET_VALID);
    X509 *x = load(&root);
    assert_int_equal(X509_get_pathlen(x), 0);
    assert_int_equal(X509_get_extension_flags(x) & EXFLAG_INVALID, 0);
    X509_free(x);
    subject(&sub, EG_KEY_P256, "Sub");
    t = template_of(&sub, &root);
    t.is_ca = true;
    t.key_usage = EG_KU_KEY_CERT_SIGN;
    t.path_len = 127;
    assert_ok(issue(&sub, &t, root.key));
    x = load(&sub);
    assert_int_equal(X509_get_pathlen(x), 127);
    X509_free(x);
    struct eg_x509_info info;
    assert_ok(eg_x509_parse(eg_span(root.der, root.len), &info));
    assert_int_equal(info.path_len, 0);
    assert_ok(eg_x509_parse(eg_span(sub.der, sub.len), &info));
    assert_int_equal(info.path_len, 127);
    assert_ok(eg_x509_parse(eg_span(leaf.der, leaf.len), &info));
    assert_int_equal(info.path_len, -1);
    eg_key_free(root.key);
    eg_key_free(sub.key);
    eg_key_free(leaf.key);
}

/* CA:FALSE is said by an empty sequence, since it is the default. */
static void leaf_says_that_it_is_no_ca(void **state)
{
    (void)state;
    static const uint8_t says[] = {0x30, 0x0C, 0x06, 0x03, 0x55, 0x1D, 0x13,
                                   0x01, 0x01, 0xFF, 0x04, 0x02, 0x30, 0x00};
    static struct cert root, leaf;
    make_root(&root, EG_KEY_P256);
    subject(&leaf, EG_KEY_P256, "Leaf");
    struct eg_x509_template t = leaf_template(&leaf, &root);
    assert_ok(issue(&leaf, &t, root.key));
    assert_null(memmem(leaf.der, leaf.len, says, sizeof(says)));
    t.leaf_constraints = true;
    assert_ok(issue(&leaf, &t, root.key));
    assert_non_null(memmem(leaf.der, leaf.len, says, sizeof(says)));
    X509 *x = load(&leaf);
    assert_int_equal(X509_check_ca(x), 0);
    X509_free(x);
    eg_key_free(root.key);
    eg_key_free(leaf.key);
}

static void server_certificate(void **state)
{
    (void)state;
    static const char *const dns[] = {"localhost", "*.line-1.example", NULL};
    static const char *const ip[] = {"127.0.0.1", "::1", NULL};
    static struct cert root, leaf;
    make_root(&root, EG_KEY_P256);
    subject(&leaf, EG_KEY_P256, "Server");
    struct eg_x509_template t = leaf_template(&leaf, &root);
    t.ext_key_usage = EG_EKU_SERVER_AUTH;
    t.dns_names = dns;
    t.ip_addresses = ip;
    t.crl_url = "http://127.0.0.1/ca/1.crl";
    assert_ok(issue(&leaf, &t, root.key));
    assert_int_equal(verdict(&leaf, &root, NOW_S, X509_PURPOSE_SSL_SERVER), X509_V_OK);
    X509 *x = load(&leaf);
    assert_int_equal(X509_check_host(x, "localhost", 0, 0, NULL), 1);
    assert_int_equal(X509_check_host(x, "a.line-1.example", 0, 0, NULL), 1);
    assert_int_equal(X509_check_host(x, "example", 0, 0, NULL), 0);
    assert_int_equal(X509_check_ip_asc(x, "127.0.0.1", 0), 1);
    assert_int_equal(X509_check_ip_asc(x, "::1", 0), 1);
    assert_int_equal(X509_check_ip_asc(x, "127.0.0.2", 0), 0);
    CRL_DIST_POINTS *points = X509_get_ext_d2i(x, NID_crl_distribution_points, NULL, NULL);
    assert_non_null(points);
    GENERAL_NAME *url =
        sk_GENERAL_NAME_value(sk_DIST_POINT_value(points, 0)->distpoint->name.fullname, 0);
    assert_string_equal((const char *)ASN1_STRING_get0_data(url->d.ia5), t.crl_url);
    CRL_DIST_POINTS_free(points);
    X509_free(x);
    eg_key_free(root.key);
    eg_key_free(leaf.key);
}

/* Criticality and key usage as OpenSSL reads them back. */
static void extensions_read_back(void **state)
{
    (void)state;
    static struct cert root, leaf;
    make_root(&root, EG_KEY_P256);
    subject(&leaf, EG_KEY_P256, "Leaf");
    for (uint32_t usage = 1; usage < 0x80; usage <<= 1) {
        struct eg_x509_template t = leaf_template(&leaf, &root);
        t.key_usage = usage;
        t.is_ca = usage == EG_KU_KEY_CERT_SIGN;
        t.ext_key_usage = EG_EKU_EMAIL | EG_EKU_CODE_SIGNING;
        assert_ok(issue(&leaf, &t, root.key));
        X509 *x = load(&leaf);
        assert_int_equal(X509_get_key_usage(x), 0x80 >> __builtin_ctz(usage));
        assert_int_equal(X509_get_extended_key_usage(x), XKU_SMIME | XKU_CODE_SIGN);
        int at = X509_get_ext_by_NID(x, NID_key_usage, -1);
        assert_int_equal(X509_EXTENSION_get_critical(X509_get_ext(x, at)), 1);
        at = X509_get_ext_by_NID(x, NID_ext_key_usage, -1);
        assert_int_equal(X509_EXTENSION_get_critical(X509_get_ext(x, at)), 0);
        assert_memory_equal(ASN1_STRING_get0_data(X509_get0_subject_key_id(x)), leaf.key_id, 20);
        assert_memory_equal(ASN1_STRING_get0_data(X509_get0_authority_key_id(x)), root.key_id, 20);
        X509_free(x);
    }
    struct eg_x509_template t = template_of(&leaf, &root);
    t.with_ski = false;
    t.aki = eg_span(NULL, 0);
    assert_ok(issue(&leaf, &t, root.key));
    X509 *x = load(&leaf);
    assert_int_equal(X509_get_ext_count(x), 0); /* and no empty list of them */
    X509_free(x);
    eg_key_free(root.key);
    eg_key_free(leaf.key);
}

/* Both time types and their border, as text in the certificate. */
static void time_types(void **state)
{
    (void)state;
    static const struct {
        int64_t time_s;
        const char *text;
        int type;
    } rows[] = {
        {0, "700101000000Z", V_ASN1_UTCTIME},
        {-631152000, "500101000000Z", V_ASN1_UTCTIME},
        {951782400, "000229000000Z", V_ASN1_UTCTIME},
        {2524607999, "491231235959Z", V_ASN1_UTCTIME},
        {2524608000, "20500101000000Z", V_ASN1_GENERALIZEDTIME},
        {253402300799, "99991231235959Z", V_ASN1_GENERALIZEDTIME},
        {INT64_MAX, "99991231235959Z", V_ASN1_GENERALIZEDTIME},
    };
    static struct cert root;
    subject(&root, EG_KEY_P256, "Root");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct eg_x509_template t = template_of(&root, &root);
        t.not_before_s = -631152000;
        t.not_after_s = rows[i].time_s;
        assert_ok(issue(&root, &t, root.key));
        X509 *x = load(&root);
        const ASN1_TIME *end = X509_get0_notAfter(x);
        assert_int_equal(ASN1_STRING_type(end), rows[i].type);
        assert_string_equal((const char *)ASN1_STRING_get0_data(end), rows[i].text);
        X509_free(x);
    }
    eg_key_free(root.key);
}

enum { BROKEN_COUNT = 14 };

/* Make one thing wrong; what names which. */
static const char *break_one(struct eg_x509_template *t, int which)
{
    static const char *const bad_dns[] = {"a b", NULL};
    static const char *const empty_dns[] = {"", NULL};
    static const char *const bad_ip[] = {"300.0.0.1", NULL};
    static const uint8_t empty_name[] = {0x30, 0x00};
    switch (which) {
    case 0:
        t->serial[0] = 0x80;
        return "negative serial";
    case 1:
        t->serial[0] = 0;
        return "short serial";
    case 2:
        t->issuer_name = EG_SPAN_OF(empty_name);
        return "issuer without a name";
    case 3:
        t->not_after_s = t->not_before_s - 1;
        return "end before begin";
    case 4:
        t->not_after_s = INT64_C(253402300800);
        return "year 10000";
    case 5:
        t->not_before_s = -631152001;
        return "year 1949";
    case 6:
        t->key_usage = EG_KU_KEY_CERT_SIGN;
        return "keyCertSign without CA";
    case 7:
        t->is_ca = true;
        t->subject_name = EG_SPAN_OF(empty_name);
        return "CA without a subject";
    case 8:
        t->dns_names = bad_dns;
        return "DNS name with a space";
    case 9:
        t->dns_names = empty_dns;
        return "empty DNS name";
    case 10:
        t->ip_addresses = bad_ip;
        return "IP address out of range";
    case 11:
        t->crl_url = "http://a b";
        return "URL with a space";
    case 12:
        t->is_ca = true;
        t->path_len = 128;
        return "path length too large";
    default:
        t->key_usage = 0x80;
        return "unknown key usage";
    }
}

static void broken_templates(void **state)
{
    (void)state;
    static struct cert root;
    subject(&root, EG_KEY_P256, "Root");
    for (int i = 0; i < BROKEN_COUNT; i++) {
        struct eg_x509_template t = template_of(&root, &root);
        const char *what = break_one(&t, i);
        eg_status st = issue(&root, &t, root.key);
        if (!eg_is(st, EG_E_CRYPTO_BAD_CERT) || root.len != 0) {
            fail_msg("%s was not refused", what);
        }
    }
    struct eg_x509_template t = template_of(&root, &root);
    t.spki = eg_span_str("not a key");
    assert_status(issue(&root, &t, root.key), CRYPTO_BAD_KEY);
    assert_int_equal(root.len, 0);
    eg_key_free(root.key);
}

/* A subject known only by its alternative names: the extension becomes critical. */
static void empty_subject(void **state)
{
    (void)state;
    static const uint8_t empty_name[] = {0x30, 0x00};
    static const char *const dns[] = {"localhost", NULL};
    static struct cert root, leaf;
    make_root(&root, EG_KEY_P256);
    subject(&leaf, EG_KEY_P256, "Leaf");
    struct eg_x509_template t = leaf_template(&leaf, &root);
    t.subject_name = EG_SPAN_OF(empty_name);
    t.dns_names = dns;
    assert_ok(issue(&leaf, &t, root.key));
    assert_int_equal(verdict(&leaf, &root, NOW_S, X509_PURPOSE_SSL_CLIENT), X509_V_OK);
    X509 *x = load(&leaf);
    int at = X509_get_ext_by_NID(x, NID_subject_alt_name, -1);
    assert_int_equal(X509_EXTENSION_get_critical(X509_get_ext(x, at)), 1);
    X509_free(x);
    eg_key_free(root.key);
    eg_key_free(leaf.key);
}

static void writer_too_small(void **state)
{
    (void)state;
    static struct cert root;
    make_root(&root, EG_KEY_P256);
    struct eg_x509_template t = template_of(&root, &root);
    for (size_t capacity = 0; capacity < root.len - 80; capacity += 7) {
        uint8_t room[EG_X509_LEN_MAX];
        struct eg_writer w;
        eg_writer_init(&w, room, capacity);
        assert_status(eg_x509_issue(test_crypto, &t, root.key, &w), NO_ROOM);
        assert_int_equal(w.len, 0);
    }
    eg_key_free(root.key);
}

static void serial_layout(void **state)
{
    (void)state;
    uint8_t a[EG_X509_SERIAL_LEN], b[EG_X509_SERIAL_LEN], later[EG_X509_SERIAL_LEN];
    assert_ok(eg_x509_serial(test_crypto, INT64_C(0x123456789AB), a));
    assert_ok(eg_x509_serial(test_crypto, INT64_C(0x123456789AB), b));
    assert_ok(eg_x509_serial(test_crypto, INT64_C(0x123456789AC), later));
    assert_span(eg_span(a, 6), hex("4123456789ab"));
    assert_memory_not_equal(a + 6, b + 6, 10);
    assert_true(memcmp(later, a, sizeof(a)) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_issuer_and_subject),   cmocka_unit_test(path_length_and_end),
        cmocka_unit_test(leaf_says_that_it_is_no_ca), cmocka_unit_test(server_certificate),
        cmocka_unit_test(extensions_read_back),       cmocka_unit_test(time_types),
        cmocka_unit_test(broken_templates),           cmocka_unit_test(empty_subject),
        cmocka_unit_test(writer_too_small),           cmocka_unit_test(serial_layout),
    };
    return cmocka_run_group_tests(tests, crypto_setup, crypto_teardown);
}
