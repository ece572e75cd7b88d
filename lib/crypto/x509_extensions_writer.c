/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <string.h>

#include "lib/crypto/ocsp_oids.h"
#include "lib/crypto/x509_der.h"
#include "lib/crypto/x509_extensions.h"
#include "lib/crypto/x509_oids.h"

enum {
    KEY_ID_LEN = 20,
    EKU_OID_LEN = 8,
    DNS_NAME_LEN_MAX = 253,
    SAN_DNS = 2, /* GeneralName choices, RFC 5280 4.2.1.6 */
    SAN_URI = 6,
    SAN_IP = 7,
};
static const uint8_t OID_SUBJECT_ALT_NAME[EG_OID_CE_LEN] = {0x55, 0x1D, 0x11};
static const uint8_t OID_CRL_POINTS[EG_OID_CE_LEN] = {0x55, 0x1D, 0x1F};
static const uint8_t OID_AUTHORITY_KEY_ID[EG_OID_CE_LEN] = {0x55, 0x1D, 0x23};
static const uint8_t OID_EXT_KEY_USAGE[EG_OID_CE_LEN] = {0x55, 0x1D, 0x25};
static const uint8_t OID_AUTHORITY_INFO[] = {0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x01, 0x01};
static const uint8_t OID_ACCESS_OCSP[] = {0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01};

static const struct {
    enum eg_ext_key_usage use;
    uint8_t oid[EKU_OID_LEN];
} EKU[] = {
    {EG_EKU_SERVER_AUTH, {0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01}},
    {EG_EKU_CLIENT_AUTH, {0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x02}},
    {EG_EKU_CODE_SIGNING, {0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x03}},
    {EG_EKU_EMAIL, {0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x04}},
    {EG_EKU_OCSP_SIGNING, {0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x09}},
};

struct eg_x509_extension
eg_x509_extension_begin(struct eg_writer *w, const uint8_t oid[static EG_OID_CE_LEN], bool critical)
{
    struct eg_x509_extension e;
    e.sequence = eg_der_begin(w, EG_DER_SEQUENCE);
    eg_der_bytes(w, EG_DER_OID, eg_span(oid, EG_OID_CE_LEN));
    if (critical) {
        eg_der_true(w);
    }
    e.value = eg_der_begin(w, EG_DER_OCTET_STRING);
    return e;
}

void eg_x509_extension_end(struct eg_writer *w, struct eg_x509_extension e)
{
    eg_der_end(w, e.value);
    eg_der_end(w, e.sequence);
}

static void basic_constraints(const struct eg_x509_template *t, struct eg_writer *w)
{
    if (!t->is_ca && !t->leaf_constraints) {
        return;
    }
    struct eg_x509_extension e = eg_x509_extension_begin(w, EG_OID_BASIC_CONSTRAINTS, true);
    size_t mark = eg_der_begin(w, EG_DER_SEQUENCE);
    if (t->is_ca) { /* CA:FALSE is the default and therefore left out */
        eg_der_true(w);
    }
    if (t->is_ca && t->path_len >= 0) {
        eg_der_small(w, (uint8_t)t->path_len);
    }
    eg_der_end(w, mark);
    eg_x509_extension_end(w, e);
}

static void key_usage(const struct eg_x509_template *t, struct eg_writer *w)
{
    if (t->key_usage == 0) {
        return;
    }
    struct eg_x509_extension e = eg_x509_extension_begin(w, EG_OID_KEY_USAGE, true);
    eg_der_named_bits(w, (uint8_t)t->key_usage);
    eg_x509_extension_end(w, e);
}

static void ext_key_usage(const struct eg_x509_template *t, struct eg_writer *w)
{
    if (t->ext_key_usage == 0) {
        return;
    }
    struct eg_x509_extension e = eg_x509_extension_begin(w, OID_EXT_KEY_USAGE, false);
    size_t mark = eg_der_begin(w, EG_DER_SEQUENCE);
    for (size_t i = 0; i < sizeof(EKU) / sizeof(EKU[0]); i++) {
        if ((t->ext_key_usage & EKU[i].use) != 0) {
            eg_der_bytes(w, EG_DER_OID, EG_SPAN_OF(EKU[i].oid));
        }
    }
    eg_der_end(w, mark);
    eg_x509_extension_end(w, e);
}

static eg_status subject_key_id(struct eg_crypto *c, const struct eg_x509_template *t,
                                struct eg_writer *w)
{
    if (!t->with_ski) {
        return EG_OK;
    }
    uint8_t id[KEY_ID_LEN];
    EG_TRY(eg_x509_key_id(c, t->spki, id));
    struct eg_x509_extension e = eg_x509_extension_begin(w, EG_OID_SUBJECT_KEY_ID, false);
    eg_der_bytes(w, EG_DER_OCTET_STRING, EG_SPAN_OF(id));
    eg_x509_extension_end(w, e);
    return EG_OK;
}

void eg_x509_write_authority_key_id(struct eg_span key_id, struct eg_writer *w)
{
    if (key_id.len == 0) {
        return;
    }
    struct eg_x509_extension e = eg_x509_extension_begin(w, OID_AUTHORITY_KEY_ID, false);
    size_t mark = eg_der_begin(w, EG_DER_SEQUENCE);
    eg_der_bytes(w, EG_DER_CONTEXT(0), key_id);
    eg_der_end(w, mark);
    eg_x509_extension_end(w, e);
}

/* An IA5String of 1..max visible characters, DNS names only of those a host name may have. */
static void write_ia5(struct eg_writer *w, unsigned choice, const char *text, size_t max)
{
    size_t len = strlen(text);
    bool valid = len > 0 && len <= max;
    for (size_t i = 0; i < len && valid; i++) {
        int ch = (unsigned char)text[i];
        bool alnum =
            (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9');
        valid = choice == SAN_URI ? ch > 0x20 && ch < 0x7F : alnum || strchr("-._*", ch) != NULL;
    }
    if (!valid) {
        eg_writer_fail(w, EG_ERR(CRYPTO_BAD_CERT));
        return;
    }
    eg_der_bytes(w, EG_DER_CONTEXT(choice), eg_span(text, len));
}

static void write_ip(struct eg_writer *w, const char *text)
{
    uint8_t address[sizeof(struct in6_addr)];
    size_t len = inet_pton(AF_INET, text, address) == 1    ? sizeof(struct in_addr)
                 : inet_pton(AF_INET6, text, address) == 1 ? sizeof(struct in6_addr)
                                                           : 0;
    if (len == 0) {
        eg_writer_fail(w, EG_ERR(CRYPTO_BAD_CERT));
        return;
    }
    eg_der_bytes(w, EG_DER_CONTEXT(SAN_IP), eg_span(address, len));
}

static bool is_empty(const char *const *list)
{
    return list == NULL || list[0] == NULL;
}

static void subject_alt_name(const struct eg_x509_template *t, struct eg_writer *w)
{
    if (is_empty(t->dns_names) && is_empty(t->ip_addresses)) {
        return;
    }
    bool no_subject = t->subject_name.len == 2; /* the empty SEQUENCE: then it is critical */
    struct eg_x509_extension e = eg_x509_extension_begin(w, OID_SUBJECT_ALT_NAME, no_subject);
    size_t mark = eg_der_begin(w, EG_DER_SEQUENCE);
    for (const char *const *dns = t->dns_names; dns != NULL && *dns != NULL; dns++) {
        write_ia5(w, SAN_DNS, *dns, DNS_NAME_LEN_MAX);
    }
    for (const char *const *ip = t->ip_addresses; ip != NULL && *ip != NULL; ip++) {
        write_ip(w, *ip);
    }
    eg_der_end(w, mark);
    eg_x509_extension_end(w, e);
}

void eg_x509_write_point_name(const char *url, struct eg_writer *w)
{
    size_t name = eg_der_begin(w, EG_DER_CONTEXT_CONSTRUCTED(0));
    size_t full = eg_der_begin(w, EG_DER_CONTEXT_CONSTRUCTED(0));
    write_ia5(w, SAN_URI, url, EG_X509_URL_MAX);
    eg_der_end(w, full);
    eg_der_end(w, name);
}

/* One DistributionPoint { distributionPoint [0] { fullName [0] { URI } } }, RFC 5280 4.2.1.13. */
static void crl_point(const struct eg_x509_template *t, struct eg_writer *w)
{
    if (t->crl_url == NULL) {
        return;
    }
    struct eg_x509_extension e = eg_x509_extension_begin(w, OID_CRL_POINTS, false);
    size_t points = eg_der_begin(w, EG_DER_SEQUENCE);
    size_t point = eg_der_begin(w, EG_DER_SEQUENCE);
    eg_x509_write_point_name(t->crl_url, w);
    eg_der_end(w, point);
    eg_der_end(w, points);
    eg_x509_extension_end(w, e);
}

/* One AccessDescription { id-ad-ocsp, URI }, RFC 5280 4.2.2.1. */
static void ocsp_access(const struct eg_x509_template *t, struct eg_writer *w)
{
    if (t->ocsp_url == NULL) {
        return;
    }
    size_t extension = eg_der_begin(w, EG_DER_SEQUENCE);
    eg_der_bytes(w, EG_DER_OID, EG_SPAN_OF(OID_AUTHORITY_INFO));
    size_t value = eg_der_begin(w, EG_DER_OCTET_STRING);
    size_t list = eg_der_begin(w, EG_DER_SEQUENCE);
    size_t access = eg_der_begin(w, EG_DER_SEQUENCE);
    eg_der_bytes(w, EG_DER_OID, EG_SPAN_OF(OID_ACCESS_OCSP));
    write_ia5(w, SAN_URI, t->ocsp_url, EG_X509_URL_MAX);
    eg_der_end(w, access);
    eg_der_end(w, list);
    eg_der_end(w, value);
    eg_der_end(w, extension);
}

/* RFC 6960 4.2.2.2.1: the value is NULL. */
static void ocsp_nocheck(const struct eg_x509_template *t, struct eg_writer *w)
{
    if (!t->ocsp_nocheck) {
        return;
    }
    size_t extension = eg_der_begin(w, EG_DER_SEQUENCE);
    eg_der_bytes(w, EG_DER_OID, EG_SPAN_OF(EG_OID_OCSP_NOCHECK));
    size_t value = eg_der_begin(w, EG_DER_OCTET_STRING);
    eg_der_bytes(w, EG_DER_NULL, eg_span(NULL, 0));
    eg_der_end(w, value);
    eg_der_end(w, extension);
}

eg_status eg_x509_write_extension_items(struct eg_crypto *c, const struct eg_x509_template *t,
                                        struct eg_writer *w)
{
    basic_constraints(t, w);
    key_usage(t, w);
    ext_key_usage(t, w);
    EG_TRY(subject_key_id(c, t, w));
    eg_x509_write_authority_key_id(t->aki, w);
    subject_alt_name(t, w);
    crl_point(t, w);
    ocsp_access(t, w);
    ocsp_nocheck(t, w);
    return w->status;
}

eg_status eg_x509_write_extensions(struct eg_crypto *c, const struct eg_x509_template *t,
                                   struct eg_writer *w)
{
    size_t before = w->len;
    size_t tagged = eg_der_begin(w, EG_DER_CONTEXT_CONSTRUCTED(3));
    size_t list = eg_der_begin(w, EG_DER_SEQUENCE);
    EG_TRY(eg_x509_write_extension_items(c, t, w));
    if (eg_ok(w->status) && w->len == list) {
        w->len = before; /* an empty list is not allowed */
        return EG_OK;
    }
    eg_der_end(w, list);
    eg_der_end(w, tagged);
    return w->status;
}
