/* SPDX-License-Identifier: Apache-2.0 */
/* Reading OCSP requests: RFC 6960 4.1.1, with the library's strict DER reader. */
#include <string.h>

#include "lib/crypto/ocsp.h"
#include "lib/crypto/ocsp_oids.h"
#include "lib/crypto/x509_crl.h"
#include "lib/crypto/x509_der.h"

enum { OID_LEN_MAX = 9 };

static const struct {
    enum eg_hash alg;
    size_t oid_len;
    uint8_t oid[OID_LEN_MAX];
} HASHES[] = {
    {EG_HASH_SHA1, 5, {0x2B, 0x0E, 0x03, 0x02, 0x1A}},
    {EG_HASH_SHA256, 9, {0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01}},
    {EG_HASH_SHA384, 9, {0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02}},
};
enum { HASH_COUNT = sizeof(HASHES) / sizeof(HASHES[0]) };

static void read_hash_alg(struct eg_reader *r, struct eg_ocsp_id *id)
{
    struct eg_reader alg = eg_der_enter(r, EG_DER_SEQUENCE);
    struct eg_span oid = eg_der_take(&alg, EG_DER_OID);
    if (eg_der_at(&alg, EG_DER_NULL) && eg_der_take(&alg, EG_DER_NULL).len != 0) {
        eg_reader_fail(&alg, EG_ERR(CRYPTO_BAD_OCSP));
    }
    eg_der_leave(r, &alg);
    for (size_t i = 0; i < HASH_COUNT; i++) {
        if (eg_span_equal(oid, eg_span(HASHES[i].oid, HASHES[i].oid_len))) {
            id->hash = HASHES[i].alg;
            return;
        }
    }
    eg_reader_fail(r, EG_ERR(CRYPTO_UNSUPPORTED));
}

/* Positive, shortest form, no longer than a serial may be. */
static void read_serial(struct eg_reader *r, struct eg_ocsp_id *id)
{
    struct eg_span s = eg_der_take(r, EG_DER_INTEGER);
    bool sign_byte = s.len > 1 && s.ptr[0] == 0;
    bool valid = s.len >= 1 && s.len <= EG_CRL_SERIAL_MAX && (s.ptr[0] & 0x80) == 0 &&
                 !(sign_byte && (s.ptr[1] & 0x80) == 0);
    if (!valid) {
        eg_reader_fail(r, EG_ERR(CRYPTO_BAD_OCSP));
        return;
    }
    id->serial = s;
}

static void read_id(struct eg_reader *r, struct eg_ocsp_id *id)
{
    struct eg_span before = r->rest;
    struct eg_reader inner = eg_der_enter(r, EG_DER_SEQUENCE);
    read_hash_alg(&inner, id);
    id->name_hash = eg_der_take(&inner, EG_DER_OCTET_STRING);
    id->key_hash = eg_der_take(&inner, EG_DER_OCTET_STRING);
    read_serial(&inner, id);
    eg_der_leave(r, &inner);
    if (eg_ok(r->status)) {
        id->der = eg_span(before.ptr, before.len - r->rest.len);
        if (id->der.len > EG_OCSP_ID_LEN_MAX) {
            eg_reader_fail(r, EG_ERR(CRYPTO_BAD_OCSP));
        }
    }
}

/* A nonce is kept; what is not known may not be critical. `nonce` NULL: none has a meaning. */
static void read_extensions(struct eg_reader *r, unsigned tag, struct eg_span *nonce)
{
    if (!eg_der_at(r, tag)) {
        return;
    }
    struct eg_reader tagged = eg_der_enter(r, tag);
    struct eg_reader list = eg_der_enter(&tagged, EG_DER_SEQUENCE);
    while (eg_ok(list.status) && list.rest.len > 0) {
        struct eg_reader e = eg_der_enter(&list, EG_DER_SEQUENCE);
        struct eg_span oid = eg_der_take(&e, EG_DER_OID);
        bool critical = eg_der_at(&e, EG_DER_BOOLEAN) && eg_der_take_bool(&e);
        struct eg_span value = eg_der_take(&e, EG_DER_OCTET_STRING);
        eg_der_leave(&list, &e);
        if (nonce != NULL && eg_span_equal(oid, EG_SPAN_OF(EG_OID_OCSP_NONCE))) {
            struct eg_reader content;
            eg_reader_init(&content, value);
            *nonce = eg_der_take(&content, EG_DER_OCTET_STRING);
            eg_der_leave(&list, &content);
            if (nonce->len == 0 || nonce->len > EG_OCSP_NONCE_MAX) {
                eg_reader_fail(&list, EG_ERR(CRYPTO_BAD_OCSP));
            }
        } else if (critical) {
            eg_reader_fail(&list, EG_ERR(CRYPTO_BAD_OCSP));
        }
    }
    eg_der_leave(&tagged, &list);
    eg_der_leave(r, &tagged);
}

static void read_list(struct eg_reader *r, struct eg_ocsp_request *out)
{
    struct eg_reader list = eg_der_enter(r, EG_DER_SEQUENCE);
    while (eg_ok(list.status) && list.rest.len > 0) {
        if (out->count == EG_OCSP_IDS_MAX) {
            eg_reader_fail(&list, EG_ERR(CRYPTO_BAD_OCSP));
            break;
        }
        struct eg_reader one = eg_der_enter(&list, EG_DER_SEQUENCE);
        read_id(&one, &out->ids[out->count]);
        read_extensions(&one, EG_DER_CONTEXT_CONSTRUCTED(0), NULL);
        eg_der_leave(&list, &one);
        out->count++;
    }
    eg_der_leave(r, &list);
    if (out->count == 0) {
        eg_reader_fail(r, EG_ERR(CRYPTO_BAD_OCSP));
    }
}

/* version [0] may only be v1; what the requestor calls itself is passed over. */
static void read_tbs(struct eg_reader *r, struct eg_ocsp_request *out)
{
    struct eg_reader tbs = eg_der_enter(r, EG_DER_SEQUENCE);
    if (eg_der_at(&tbs, EG_DER_CONTEXT_CONSTRUCTED(0))) {
        struct eg_reader version = eg_der_enter(&tbs, EG_DER_CONTEXT_CONSTRUCTED(0));
        struct eg_span number = eg_der_take(&version, EG_DER_INTEGER);
        if (number.len != 1 || number.ptr[0] != 0) {
            eg_reader_fail(&version, EG_ERR(CRYPTO_BAD_OCSP));
        }
        eg_der_leave(&tbs, &version);
    }
    if (eg_der_at(&tbs, EG_DER_CONTEXT_CONSTRUCTED(1))) {
        (void)eg_der_take(&tbs, EG_DER_CONTEXT_CONSTRUCTED(1));
    }
    read_list(&tbs, out);
    read_extensions(&tbs, EG_DER_CONTEXT_CONSTRUCTED(2), &out->nonce);
    eg_der_leave(r, &tbs);
}

/* Whatever the readers below say, to people it is a request that cannot be read. */
static eg_status verdict(eg_status st)
{
    return eg_ok(st) || eg_is(st, EG_E_CRYPTO_UNSUPPORTED) ? st : EG_ERR(CRYPTO_BAD_OCSP);
}

eg_status eg_ocsp_request_parse(struct eg_span der, struct eg_ocsp_request *out)
{
    struct eg_reader r;
    memset(out, 0, sizeof(*out));
    if (der.len > EG_OCSP_REQUEST_LEN_MAX) {
        return EG_ERR(CRYPTO_BAD_OCSP);
    }
    eg_reader_init(&r, der);
    struct eg_reader request = eg_der_enter(&r, EG_DER_SEQUENCE);
    read_tbs(&request, out);
    if (eg_der_at(&request, EG_DER_CONTEXT_CONSTRUCTED(0))) {
        (void)eg_der_take(&request, EG_DER_CONTEXT_CONSTRUCTED(0));
    }
    eg_der_leave(&r, &request);
    eg_status st = verdict(eg_reader_finish(&r));
    if (!eg_ok(st)) {
        memset(out, 0, sizeof(*out));
    }
    return st;
}

eg_status eg_ocsp_id_parse(struct eg_span der, struct eg_ocsp_id *out)
{
    struct eg_reader r;
    memset(out, 0, sizeof(*out));
    eg_reader_init(&r, der);
    read_id(&r, out);
    eg_status st = verdict(eg_reader_finish(&r));
    if (!eg_ok(st)) {
        memset(out, 0, sizeof(*out));
    }
    return st;
}

static eg_status key_bits(struct eg_span spki, struct eg_span *out)
{
    struct eg_reader r;
    eg_reader_init(&r, spki);
    struct eg_reader info = eg_der_enter(&r, EG_DER_SEQUENCE);
    (void)eg_der_take(&info, EG_DER_SEQUENCE);
    struct eg_span bits = eg_der_take(&info, EG_DER_BIT_STRING);
    eg_der_leave(&r, &info);
    if (!eg_ok(eg_reader_finish(&r)) || bits.len < 2) {
        return EG_ERR(CRYPTO_BAD_KEY);
    }
    *out = eg_span(bits.ptr + 1, bits.len - 1);
    return EG_OK;
}

eg_status eg_ocsp_id_matches(struct eg_crypto *c, const struct eg_ocsp_id *id,
                             struct eg_span issuer_name, struct eg_span issuer_spki, bool *out)
{
    uint8_t name[EG_HASH_LEN_MAX];
    uint8_t key[EG_HASH_LEN_MAX];
    struct eg_span bits;
    size_t len = eg_hash_len(id->hash);
    *out = false;
    EG_TRY(key_bits(issuer_spki, &bits));
    EG_TRY(eg_hash(c, id->hash, issuer_name, name));
    EG_TRY(eg_hash(c, id->hash, bits, key));
    *out = eg_span_equal(id->name_hash, eg_span(name, len)) &&
           eg_span_equal(id->key_hash, eg_span(key, len));
    return EG_OK;
}
