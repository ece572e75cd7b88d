/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/crypto/x509_crl.h"

#include <string.h>

#include "lib/crypto/x509_der.h"
#include "lib/crypto/x509_extensions.h"
#include "lib/crypto/x509_sign.h"

enum {
    VERSION_2 = 1,      /* counted from 0 */
    ENTRY_LEN_MAX = 64, /* serial 22, time 17, reason 14, frame 2 */
    FRAME_LEN_MAX = EG_X509_NAME_LEN_MAX + EG_SIGNATURE_LEN_MAX + EG_X509_URL_MAX + 256,
};
static const uint8_t OID_CRL_NUMBER[EG_OID_CE_LEN] = {0x55, 0x1D, 0x14};
static const uint8_t OID_ISSUING_POINT[EG_OID_CE_LEN] = {0x55, 0x1D, 0x1C};
static const uint8_t OID_REASON[EG_OID_CE_LEN] = {0x55, 0x1D, 0x15};

static const struct {
    uint8_t reason;
    const char *name;
} REASONS[] = {
    {EG_CRL_UNSPECIFIED, "unspecified"},
    {EG_CRL_KEY_COMPROMISE, "keyCompromise"},
    {EG_CRL_CA_COMPROMISE, "cACompromise"},
    {EG_CRL_AFFILIATION_CHANGED, "affiliationChanged"},
    {EG_CRL_SUPERSEDED, "superseded"},
    {EG_CRL_CESSATION_OF_OPERATION, "cessationOfOperation"},
    {EG_CRL_PRIVILEGE_WITHDRAWN, "privilegeWithdrawn"},
};
enum { REASON_COUNT = sizeof(REASONS) / sizeof(REASONS[0]) };

const char *eg_crl_reason_name(uint8_t reason)
{
    for (size_t i = 0; i < REASON_COUNT; i++) {
        if (REASONS[i].reason == reason) {
            return REASONS[i].name;
        }
    }
    return "";
}

bool eg_crl_reason_from_name(struct eg_span name, uint8_t *out)
{
    for (size_t i = 0; i < REASON_COUNT; i++) {
        if (eg_span_equal(name, eg_span_str(REASONS[i].name))) {
            *out = REASONS[i].reason;
            return true;
        }
    }
    return false;
}

/* Without the leading zeros of its INTEGER. */
static struct eg_span magnitude(struct eg_span serial)
{
    while (serial.len > 1 && serial.ptr[0] == 0) {
        serial = eg_span(serial.ptr + 1, serial.len - 1);
    }
    return serial;
}

int eg_crl_serial_compare(struct eg_span a, struct eg_span b)
{
    struct eg_span x = magnitude(a);
    struct eg_span y = magnitude(b);
    if (x.len != y.len) {
        return x.len < y.len ? -1 : 1;
    }
    return x.len == 0 ? 0 : memcmp(x.ptr, y.ptr, x.len);
}

size_t eg_crl_len_max(size_t count)
{
    return FRAME_LEN_MAX + count * ENTRY_LEN_MAX;
}

static bool is_entry(const struct eg_crl_entry *e)
{
    return e->serial.len >= 1 && e->serial.len <= EG_CRL_SERIAL_MAX &&
           (e->serial.ptr[0] & 0x80) == 0 && eg_crl_reason_name(e->reason)[0] != '\0';
}

static bool is_sound(const struct eg_crl_template *t)
{
    if (t->issuer_name.len <= 2 || t->aki.len == 0 || t->this_update_s >= t->next_update_s) {
        return false;
    }
    for (size_t i = 0; i < t->count; i++) {
        if (!is_entry(&t->entries[i]) ||
            (i > 0 && eg_crl_serial_compare(t->entries[i - 1].serial, t->entries[i].serial) >= 0)) {
            return false;
        }
    }
    return true;
}

static void write_entry(const struct eg_crl_entry *e, struct eg_writer *w)
{
    size_t entry = eg_der_begin(w, EG_DER_SEQUENCE);
    eg_der_unsigned(w, e->serial);
    eg_der_time(w, e->revoked_s);
    if (e->reason != EG_CRL_UNSPECIFIED) {
        size_t list = eg_der_begin(w, EG_DER_SEQUENCE);
        struct eg_x509_extension x = eg_x509_extension_begin(w, OID_REASON, false);
        eg_der_bytes(w, EG_DER_ENUMERATED, eg_span(&e->reason, 1));
        eg_x509_extension_end(w, x);
        eg_der_end(w, list);
    }
    eg_der_end(w, entry);
}

static void write_entries(const struct eg_crl_template *t, struct eg_writer *w)
{
    if (t->count == 0) {
        return; /* an empty list is not allowed, RFC 5280 5.1.2.6 */
    }
    size_t list = eg_der_begin(w, EG_DER_SEQUENCE);
    for (size_t i = 0; i < t->count; i++) {
        write_entry(&t->entries[i], w);
    }
    eg_der_end(w, list);
}

/* RFC 5280 5.2.5: distributionPoint [0] { fullName [0] { URI } }, nothing else. */
static void write_shard(const char *url, struct eg_writer *w)
{
    if (url == NULL) {
        return;
    }
    struct eg_x509_extension x = eg_x509_extension_begin(w, OID_ISSUING_POINT, true);
    size_t point = eg_der_begin(w, EG_DER_SEQUENCE);
    eg_x509_write_point_name(url, w);
    eg_der_end(w, point);
    eg_x509_extension_end(w, x);
}

static void write_extensions(const struct eg_crl_template *t, struct eg_writer *w)
{
    uint8_t number[8];
    for (size_t i = 0; i < sizeof(number); i++) {
        number[i] = (uint8_t)(t->number >> (8 * (sizeof(number) - 1 - i)));
    }
    size_t tagged = eg_der_begin(w, EG_DER_CONTEXT_CONSTRUCTED(0));
    size_t list = eg_der_begin(w, EG_DER_SEQUENCE);
    eg_x509_write_authority_key_id(t->aki, w);
    struct eg_x509_extension x = eg_x509_extension_begin(w, OID_CRL_NUMBER, false);
    eg_der_unsigned(w, EG_SPAN_OF(number));
    eg_x509_extension_end(w, x);
    write_shard(t->shard_url, w);
    eg_der_end(w, list);
    eg_der_end(w, tagged);
}

static eg_status write_crl(struct eg_crypto *c, const struct eg_crl_template *t,
                           const struct eg_key *key, struct eg_writer *w)
{
    size_t crl = eg_der_begin(w, EG_DER_SEQUENCE);
    size_t tbs_begin = w->len;
    size_t tbs = eg_der_begin(w, EG_DER_SEQUENCE);
    eg_der_small(w, VERSION_2);
    eg_writer_bytes(w, eg_x509_sig_alg(key));
    eg_writer_bytes(w, t->issuer_name);
    eg_der_time(w, t->this_update_s);
    eg_der_time(w, t->next_update_s);
    write_entries(t, w);
    write_extensions(t, w);
    eg_der_end(w, tbs);
    EG_TRY(eg_x509_sign(c, key, tbs_begin, w));
    eg_der_end(w, crl);
    return w->status;
}

eg_status eg_crl_sign(struct eg_crypto *c, const struct eg_crl_template *t,
                      const struct eg_key *key, struct eg_writer *out)
{
    if (!is_sound(t)) {
        return EG_ERR(CRYPTO_BAD_CERT);
    }
    size_t mark = out->len;
    eg_status st = write_crl(c, t, key, out);
    if (!eg_ok(st)) {
        out->len = mark;
    }
    return st;
}
