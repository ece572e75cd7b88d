/* SPDX-License-Identifier: Apache-2.0 */
/* Client certificates: the one shape that is a device's, and its neighbours. */
#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "lib/crypto/device_cert.h"
#include "tests/unit/unit.h"

enum { NOW_S = 1790000000, ROOM = 4096 };

/** What goes into a certificate; NULL and 0 stand for what a device writes. */
struct shape {
    const char *o, *ou, *cn, *uuid, *before, *after, *usage, *curve, *issuer_cn;
    const char *more; /* further extension: basicConstraints value */
    int o_type;       /* string type of O, OU, CN */
    bool swapped, rsa, no_serial;
    size_t padding; /* bytes of comment, to make it long */
};

static const char a_uuid[] = "00112233445566778899AABBCCDDEEFF";

static const char *or_else(const char *text, const char *usual)
{
    return text == NULL ? usual : text;
}

static void add(X509_NAME *name, const char *field, int type, const char *value)
{
    X509_NAME_add_entry_by_txt(name, field, type, (const unsigned char *)value, -1, -1, 0);
}

static X509_NAME *name_of(const struct shape *s, const char *cn)
{
    X509_NAME *name = X509_NAME_new();
    assert_non_null(name);
    int type = s->o_type != 0 ? s->o_type : V_ASN1_UTF8STRING;
    if (s->swapped) {
        add(name, "CN", type, cn);
        add(name, "O", type, or_else(s->o, "NXP"));
    } else {
        add(name, "O", type, or_else(s->o, "NXP"));
        add(name, "OU", type, or_else(s->ou, "Plug and Trust"));
        add(name, "CN", type, cn);
    }
    if (!s->no_serial) {
        add(name, "serialNumber", V_ASN1_PRINTABLESTRING, or_else(s->uuid, a_uuid));
    }
    return name;
}

static void extend(X509 *cert, int nid, const char *value)
{
    X509_EXTENSION *e = X509V3_EXT_nconf_nid(NULL, NULL, nid, value);
    assert_non_null(e);
    X509_add_ext(cert, e, -1);
    X509_EXTENSION_free(e);
}

static EVP_PKEY *key_of(const struct shape *s)
{
    return s->rsa ? EVP_RSA_gen(2048) : EVP_EC_gen(or_else(s->curve, "P-256"));
}

static size_t make(const struct shape *s, uint8_t room[static ROOM])
{
    static const char long_text[1200] = {0};
    EVP_PKEY *key = key_of(s);
    X509 *cert = X509_new();
    assert_non_null(key);
    assert_non_null(cert);
    const char *cn = or_else(s->cn, "NXP_DIE_ID_AUTH");
    X509_NAME *subject = name_of(s, cn), *issuer = name_of(s, or_else(s->issuer_cn, cn));
    unsigned char *to = room;
    X509_set_version(cert, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
    X509_set_subject_name(cert, subject);
    X509_set_issuer_name(cert, issuer);
    ASN1_TIME_set_string(X509_getm_notBefore(cert), or_else(s->before, "220101000000Z"));
    ASN1_TIME_set_string(X509_getm_notAfter(cert), or_else(s->after, "99991231235959Z"));
    X509_set_pubkey(cert, key);
    if (or_else(s->usage, "critical,digitalSignature")[0] != '\0') {
        extend(cert, NID_key_usage, or_else(s->usage, "critical,digitalSignature"));
    }
    if (s->more != NULL) {
        extend(cert, NID_basic_constraints, s->more);
    }
    if (s->padding > 0) {
        char text[sizeof(long_text)];
        memset(text, 'x', s->padding);
        text[s->padding] = '\0';
        extend(cert, NID_netscape_comment, text);
    }
    assert_true(X509_sign(cert, key, EVP_sha256()) > 0);
    int len = i2d_X509(cert, NULL);
    assert_true(len > 0 && len <= ROOM);
    len = i2d_X509(cert, &to);
    X509_NAME_free(subject);
    X509_NAME_free(issuer);
    X509_free(cert);
    EVP_PKEY_free(key);
    return (size_t)len;
}

static eg_status read_shape(const struct shape *s, struct eg_device_cert_facts *out,
                            struct eg_span *subject)
{
    static uint8_t room[ROOM];
    return eg_device_cert_read(eg_span(room, make(s, room)), NOW_S, out, subject);
}

static void reads_a_devices_certificate(void **state)
{
    (void)state;
    static const struct shape good[] = {
        {.o = NULL},
        {.o_type = V_ASN1_PRINTABLESTRING}, /* another library's choice */
        {.after = "351231235959Z"},
        {.more = "critical,CA:FALSE"},
    };
    static const uint8_t uuid[] = {0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77,
                                   0x88, 0x99, 0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        struct eg_device_cert_facts facts;
        struct eg_span subject;
        assert_ok(read_shape(&good[i], &facts, &subject));
        assert_memory_equal(facts.uuid.bytes, uuid, sizeof(uuid));
        assert_int_equal(facts.public_key[0], 0x04);
        assert_true(subject.len > 0);
    }
}

static void refuses_every_other_shape(void **state)
{
    (void)state;
    static const struct shape bad[] = {
        {.o = "NXQ"},
        {.ou = "Plug and trust"},
        {.cn = "NXP_DIE_ID_AUTH2"},
        {.uuid = "00112233445566778899aabbccddeeff"},
        {.uuid = "00112233445566778899AABBCCDDEE"},
        {.uuid = "00112233445566778899AABBCCDDEEFF00"},
        {.uuid = "0x112233445566778899AABBCCDDEEFF"},
        {.no_serial = true},
        {.swapped = true},
        {.issuer_cn = "somebody else"},
        {.usage = ""},
        {.usage = "critical,keyAgreement"},
        {.more = "critical,CA:TRUE"},
        {.before = "350101000000Z"},
        {.after = "250101000000Z"},
        {.curve = "P-384"},
        {.rsa = true},
        {.padding = 800},
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        static const struct eg_device_cert_facts zero;
        struct eg_device_cert_facts facts;
        struct eg_span subject;
        assert_status(read_shape(&bad[i], &facts, &subject), CRYPTO_BAD_CERT);
        assert_memory_equal(&facts, &zero, sizeof(facts));
        assert_true(subject.len > 0); /* evidence */
    }
}

static void refuses_what_is_no_certificate(void **state)
{
    (void)state;
    uint8_t room[ROOM];
    struct eg_device_cert_facts facts;
    struct eg_span subject;
    size_t len = make(&(struct shape){.o = NULL}, room);
    for (size_t cut = 0; cut < len; cut++) {
        assert_status(eg_device_cert_read(eg_span(room, cut), NOW_S, &facts, &subject),
                      CRYPTO_BAD_CERT);
        assert_int_equal(subject.len, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_devices_certificate),
        cmocka_unit_test(refuses_every_other_shape),
        cmocka_unit_test(refuses_what_is_no_certificate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
