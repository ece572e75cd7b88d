/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "lib/crypto/x509.h"
#include "lib/crypto/x509_der.h"
#include "lib/crypto/x509_oids.h"

enum {
    VERSION_2 = 1, /* counted from 0 */
    VERSION_3 = 2,
    KEY_USAGE_MASK = 0x7F,
    PATH_LEN_MAX = 127,
};

/* 0 for a certificate that does not say. */
static uint8_t take_version(struct eg_reader *tbs)
{
    if (!eg_der_at(tbs, EG_DER_CONTEXT_CONSTRUCTED(0))) {
        return 0;
    }
    struct eg_reader r = eg_der_enter(tbs, EG_DER_CONTEXT_CONSTRUCTED(0));
    struct eg_span version = eg_der_take(&r, EG_DER_INTEGER);
    eg_der_leave(tbs, &r);
    if (version.len != 1 || (version.ptr[0] != VERSION_2 && version.ptr[0] != VERSION_3)) {
        eg_reader_fail(tbs, EG_ERR(CRYPTO_BAD_CERT));
        return 0;
    }
    return version.ptr[0];
}

/* Content of an INTEGER in its shortest form. */
static struct eg_span take_integer(struct eg_reader *r)
{
    struct eg_span n = eg_der_take(r, EG_DER_INTEGER);
    bool padded = n.len > 1 && ((n.ptr[0] == 0x00 && (n.ptr[1] & 0x80) == 0) ||
                                (n.ptr[0] == 0xFF && (n.ptr[1] & 0x80) != 0));
    if (n.len == 0 || padded) {
        eg_reader_fail(r, EG_ERR(CRYPTO_BAD_CERT));
    }
    return n;
}

static void read_validity(struct eg_reader *tbs, struct eg_x509_info *out)
{
    struct eg_reader validity = eg_der_enter(tbs, EG_DER_SEQUENCE);
    out->not_before_s = eg_der_take_time(&validity);
    out->not_after_s = eg_der_take_time(&validity);
    eg_der_leave(tbs, &validity);
}

static void read_key_id(struct eg_reader *value, struct eg_x509_info *out)
{
    out->ski = eg_der_take(value, EG_DER_OCTET_STRING);
}

static void read_key_usage(struct eg_reader *value, struct eg_x509_info *out)
{
    struct eg_span bits = eg_der_take(value, EG_DER_BIT_STRING);
    if (bits.len < 2 || bits.ptr[0] > 7) {
        eg_reader_fail(value, EG_ERR(CRYPTO_BAD_CERT));
        return;
    }
    for (unsigned n = 0; n < 8; n++) {
        if ((bits.ptr[1] & (0x80u >> n)) != 0) {
            out->key_usage |= 1u << n;
        }
    }
    out->key_usage &= KEY_USAGE_MASK;
}

static void read_basic_constraints(struct eg_reader *value, struct eg_x509_info *out)
{
    struct eg_reader r = eg_der_enter(value, EG_DER_SEQUENCE);
    if (eg_der_at(&r, EG_DER_BOOLEAN)) {
        out->is_ca = eg_der_take_bool(&r);
    }
    if (eg_der_at(&r, EG_DER_INTEGER)) {
        struct eg_span n = take_integer(&r);
        out->path_len = n.len == 1 && n.ptr[0] <= PATH_LEN_MAX ? n.ptr[0] : PATH_LEN_MAX;
        if (n.len > 0 && (n.ptr[0] & 0x80) != 0) { /* negative */
            eg_reader_fail(&r, EG_ERR(CRYPTO_BAD_CERT));
        }
    }
    eg_der_leave(value, &r);
}

static const struct {
    const uint8_t *oid;
    void (*read)(struct eg_reader *value, struct eg_x509_info *out);
} KNOWN[] = {
    {EG_OID_SUBJECT_KEY_ID, read_key_id},
    {EG_OID_KEY_USAGE, read_key_usage},
    {EG_OID_BASIC_CONSTRAINTS, read_basic_constraints},
};
enum { KNOWN_COUNT = sizeof(KNOWN) / sizeof(KNOWN[0]) };

/* seen: one bit for each known extension, since each may be there once only. */
static void read_extension(struct eg_reader *list, struct eg_x509_info *out, unsigned *seen)
{
    struct eg_reader extension = eg_der_enter(list, EG_DER_SEQUENCE);
    struct eg_span oid = eg_der_take(&extension, EG_DER_OID);
    if (eg_der_at(&extension, EG_DER_BOOLEAN)) {
        (void)eg_der_take_bool(&extension);
    }
    struct eg_reader value = eg_der_enter(&extension, EG_DER_OCTET_STRING);
    eg_der_leave(list, &extension);
    for (size_t i = 0; i < KNOWN_COUNT && eg_ok(list->status); i++) {
        if (!eg_span_equal(oid, eg_span(KNOWN[i].oid, EG_OID_CE_LEN))) {
            continue;
        }
        if ((*seen & (1u << i)) != 0) {
            eg_reader_fail(list, EG_ERR(CRYPTO_BAD_CERT));
            return;
        }
        *seen |= 1u << i;
        KNOWN[i].read(&value, out);
        eg_der_leave(list, &value);
    }
}

static void read_extensions(struct eg_reader *r, struct eg_x509_info *out)
{
    struct eg_reader list = eg_der_enter(r, EG_DER_SEQUENCE);
    unsigned seen = 0;
    while (eg_ok(list.status) && list.rest.len > 0) {
        read_extension(&list, out, &seen);
    }
    eg_der_leave(r, &list);
}

/* issuerUniqueID and subjectUniqueID, which nobody uses. */
static void skip_unique_ids(struct eg_reader *tbs)
{
    for (unsigned n = 1; n <= 2; n++) {
        if (eg_der_at(tbs, EG_DER_CONTEXT(n))) {
            (void)eg_der_take(tbs, EG_DER_CONTEXT(n));
        }
    }
}

static void read_tbs(struct eg_reader *tbs, struct eg_span *sig_alg, struct eg_x509_info *out)
{
    uint8_t version = take_version(tbs);
    out->serial = take_integer(tbs);
    *sig_alg = eg_der_take_whole(tbs, EG_DER_SEQUENCE);
    out->issuer_name = eg_der_take_whole(tbs, EG_DER_SEQUENCE);
    read_validity(tbs, out);
    out->subject_name = eg_der_take_whole(tbs, EG_DER_SEQUENCE);
    out->spki = eg_der_take_whole(tbs, EG_DER_SEQUENCE);
    if (version >= VERSION_2) {
        skip_unique_ids(tbs);
    }
    if (version == VERSION_3 && eg_der_at(tbs, EG_DER_CONTEXT_CONSTRUCTED(3))) {
        struct eg_reader extensions = eg_der_enter(tbs, EG_DER_CONTEXT_CONSTRUCTED(3));
        read_extensions(&extensions, out);
        eg_der_leave(tbs, &extensions);
    }
}

eg_status eg_x509_parse(struct eg_span der, struct eg_x509_info *out)
{
    struct eg_x509_info info = {.path_len = -1};
    struct eg_span inner_alg;
    struct eg_reader r;
    memset(out, 0, sizeof(*out));
    eg_reader_init(&r, der);
    struct eg_reader certificate = eg_der_enter(&r, EG_DER_SEQUENCE);
    struct eg_reader tbs = eg_der_enter(&certificate, EG_DER_SEQUENCE);
    read_tbs(&tbs, &inner_alg, &info);
    eg_der_leave(&certificate, &tbs);
    struct eg_span outer_alg = eg_der_take_whole(&certificate, EG_DER_SEQUENCE);
    struct eg_span signature = eg_der_take(&certificate, EG_DER_BIT_STRING);
    eg_der_leave(&r, &certificate);
    if (!eg_ok(eg_reader_finish(&r)) || !eg_span_equal(inner_alg, outer_alg) || signature.len < 2 ||
        signature.ptr[0] != 0) {
        return EG_ERR(CRYPTO_BAD_CERT);
    }
    *out = info;
    return EG_OK;
}
