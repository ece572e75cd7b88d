/* SPDX-License-Identifier: Apache-2.0 */
/* Writing OCSP responses: RFC 6960 4.2.1. The responder is named by the hash of its key. */
#include "lib/crypto/ocsp.h"
#include "lib/crypto/ocsp_oids.h"
#include "lib/crypto/x509_crl.h"
#include "lib/crypto/x509_der.h"
#include "lib/crypto/x509_sign.h"

enum { KEY_ID_LEN = 20, SUCCESSFUL = 0 };

static bool is_sound(const struct eg_ocsp_template *t)
{
    if (t->count == 0 || t->this_update_s >= t->next_update_s) {
        return false;
    }
    for (size_t i = 0; i < t->count; i++) {
        const struct eg_ocsp_single *s = &t->singles[i];
        if (s->state == EG_OCSP_REVOKED && eg_crl_reason_name(s->reason)[0] == '\0') {
            return false;
        }
    }
    return true;
}

static void write_revoked(const struct eg_ocsp_single *s, struct eg_writer *w)
{
    size_t info = eg_der_begin(w, EG_DER_CONTEXT_CONSTRUCTED(1));
    eg_der_generalized_time(w, s->revoked_s);
    if (s->reason != EG_CRL_UNSPECIFIED) {
        size_t reason = eg_der_begin(w, EG_DER_CONTEXT_CONSTRUCTED(0));
        eg_der_bytes(w, EG_DER_ENUMERATED, eg_span(&s->reason, 1));
        eg_der_end(w, reason);
    }
    eg_der_end(w, info);
}

static void write_single(const struct eg_ocsp_template *t, const struct eg_ocsp_single *s,
                         struct eg_writer *w)
{
    size_t single = eg_der_begin(w, EG_DER_SEQUENCE);
    eg_writer_bytes(w, s->id);
    if (s->state == EG_OCSP_REVOKED) {
        write_revoked(s, w);
    } else { /* good [0] and unknown [2] are both IMPLICIT NULL */
        eg_der_bytes(w, EG_DER_CONTEXT((unsigned)s->state), eg_span(NULL, 0));
    }
    eg_der_generalized_time(w, t->this_update_s);
    size_t next = eg_der_begin(w, EG_DER_CONTEXT_CONSTRUCTED(0));
    eg_der_generalized_time(w, t->next_update_s);
    eg_der_end(w, next);
    eg_der_end(w, single);
}

static void write_nonce(struct eg_span nonce, struct eg_writer *w)
{
    if (nonce.len == 0) {
        return;
    }
    size_t tagged = eg_der_begin(w, EG_DER_CONTEXT_CONSTRUCTED(1));
    size_t list = eg_der_begin(w, EG_DER_SEQUENCE);
    size_t extension = eg_der_begin(w, EG_DER_SEQUENCE);
    eg_der_bytes(w, EG_DER_OID, EG_SPAN_OF(EG_OID_OCSP_NONCE));
    size_t value = eg_der_begin(w, EG_DER_OCTET_STRING);
    eg_der_bytes(w, EG_DER_OCTET_STRING, nonce);
    eg_der_end(w, value);
    eg_der_end(w, extension);
    eg_der_end(w, list);
    eg_der_end(w, tagged);
}

static void write_data(const struct eg_ocsp_template *t, struct eg_span key_id, struct eg_writer *w)
{
    size_t data = eg_der_begin(w, EG_DER_SEQUENCE);
    size_t by_key = eg_der_begin(w, EG_DER_CONTEXT_CONSTRUCTED(2));
    eg_der_bytes(w, EG_DER_OCTET_STRING, key_id);
    eg_der_end(w, by_key);
    eg_der_generalized_time(w, t->this_update_s);
    size_t list = eg_der_begin(w, EG_DER_SEQUENCE);
    for (size_t i = 0; i < t->count; i++) {
        write_single(t, &t->singles[i], w);
    }
    eg_der_end(w, list);
    write_nonce(t->nonce, w);
    eg_der_end(w, data);
}

static eg_status write_basic(struct eg_crypto *c, const struct eg_ocsp_template *t,
                             const struct eg_key *key, struct eg_span key_id, struct eg_writer *w)
{
    size_t basic = eg_der_begin(w, EG_DER_SEQUENCE);
    size_t tbs_begin = w->len;
    write_data(t, key_id, w);
    EG_TRY(eg_x509_sign(c, key, tbs_begin, w));
    size_t certs = eg_der_begin(w, EG_DER_CONTEXT_CONSTRUCTED(0));
    size_t list = eg_der_begin(w, EG_DER_SEQUENCE);
    eg_writer_bytes(w, t->responder);
    eg_der_end(w, list);
    eg_der_end(w, certs);
    eg_der_end(w, basic);
    return w->status;
}

static eg_status write_response(struct eg_crypto *c, const struct eg_ocsp_template *t,
                                const struct eg_key *key, struct eg_span key_id,
                                struct eg_writer *w)
{
    const uint8_t successful = SUCCESSFUL;
    size_t response = eg_der_begin(w, EG_DER_SEQUENCE);
    eg_der_bytes(w, EG_DER_ENUMERATED, eg_span(&successful, 1));
    size_t tagged = eg_der_begin(w, EG_DER_CONTEXT_CONSTRUCTED(0));
    size_t bytes = eg_der_begin(w, EG_DER_SEQUENCE);
    eg_der_bytes(w, EG_DER_OID, EG_SPAN_OF(EG_OID_OCSP_BASIC));
    size_t octets = eg_der_begin(w, EG_DER_OCTET_STRING);
    EG_TRY(write_basic(c, t, key, key_id, w));
    eg_der_end(w, octets);
    eg_der_end(w, bytes);
    eg_der_end(w, tagged);
    eg_der_end(w, response);
    return w->status;
}

eg_status eg_ocsp_sign(struct eg_crypto *c, const struct eg_ocsp_template *t,
                       const struct eg_key *key, struct eg_writer *out)
{
    struct eg_x509_info info;
    uint8_t key_id[KEY_ID_LEN];
    if (!is_sound(t)) {
        return EG_ERR(CRYPTO_BAD_OCSP);
    }
    EG_TRY(eg_x509_parse(t->responder, &info));
    EG_TRY(eg_x509_key_id(c, info.spki, key_id));
    size_t mark = out->len;
    eg_status st = write_response(c, t, key, EG_SPAN_OF(key_id), out);
    if (!eg_ok(st)) {
        out->len = mark;
    }
    return st;
}

void eg_ocsp_refuse(enum eg_ocsp_error error, struct eg_writer *out)
{
    uint8_t status = (uint8_t)error;
    size_t response = eg_der_begin(out, EG_DER_SEQUENCE);
    eg_der_bytes(out, EG_DER_ENUMERATED, eg_span(&status, 1));
    eg_der_end(out, response);
}
