/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/crypto/x509_csr.h"

#include "lib/crypto/x509_der.h"
#include "lib/crypto/x509_extensions.h"
#include "lib/crypto/x509_sign.h"

enum {
    VERSION_1 = 0,
    EMPTY_NAME_LEN = 2,
    PATH_LEN_MAX = 127,
};
/* pkcs-9-at-extensionRequest, RFC 2985 5.4.2 */
static const uint8_t OID_EXTENSION_REQUEST[] = {0x2A, 0x86, 0x48, 0x86, 0xF7,
                                                0x0D, 0x01, 0x09, 0x0E};

static eg_status write_attributes(struct eg_crypto *c, const struct eg_x509_template *t,
                                  struct eg_writer *w)
{
    size_t attributes = eg_der_begin(w, EG_DER_CONTEXT_CONSTRUCTED(0));
    size_t attribute = eg_der_begin(w, EG_DER_SEQUENCE);
    eg_der_bytes(w, EG_DER_OID, EG_SPAN_OF(OID_EXTENSION_REQUEST));
    size_t values = eg_der_begin(w, EG_DER_SET);
    size_t list = eg_der_begin(w, EG_DER_SEQUENCE);
    EG_TRY(eg_x509_write_extension_items(c, t, w));
    eg_der_end(w, list);
    eg_der_end(w, values);
    eg_der_end(w, attribute);
    eg_der_end(w, attributes);
    return w->status;
}

static eg_status write_request(struct eg_crypto *c, const struct eg_x509_template *t,
                               const struct eg_key *key, struct eg_writer *w)
{
    size_t request = eg_der_begin(w, EG_DER_SEQUENCE);
    size_t info_begin = w->len;
    size_t info = eg_der_begin(w, EG_DER_SEQUENCE);
    eg_der_small(w, VERSION_1);
    eg_writer_bytes(w, t->subject_name);
    eg_writer_bytes(w, t->spki);
    EG_TRY(write_attributes(c, t, w));
    eg_der_end(w, info);
    EG_TRY(eg_x509_sign(c, key, info_begin, w));
    eg_der_end(w, request);
    return w->status;
}

eg_status eg_csr_sign_ca(struct eg_crypto *c, struct eg_span subject_name, int path_len,
                         const struct eg_key *key, struct eg_writer *out)
{
    uint8_t room[EG_SPKI_LEN_MAX];
    struct eg_writer spki;
    if (subject_name.len <= EMPTY_NAME_LEN || path_len < -1 || path_len > PATH_LEN_MAX) {
        return EG_ERR(CRYPTO_BAD_CERT);
    }
    eg_writer_init(&spki, room, sizeof(room));
    EG_TRY(eg_key_spki(key, &spki));
    const struct eg_x509_template t = {
        .subject_name = subject_name,
        .spki = eg_writer_span(&spki),
        .is_ca = true,
        .path_len = path_len,
        .key_usage = EG_KU_KEY_CERT_SIGN | EG_KU_CRL_SIGN,
        .with_ski = true,
    };
    size_t mark = out->len;
    eg_status st = write_request(c, &t, key, out);
    if (!eg_ok(st)) {
        out->len = mark;
    }
    return st;
}

eg_status eg_csr_parse(struct eg_span der, struct eg_span *out_subject, struct eg_span *out_spki)
{
    struct eg_reader r;
    eg_reader_init(&r, der);
    struct eg_reader request = eg_der_enter(&r, EG_DER_SEQUENCE);
    struct eg_reader info = eg_der_enter(&request, EG_DER_SEQUENCE);
    struct eg_span version = eg_der_take(&info, EG_DER_INTEGER);
    struct eg_span subject = eg_der_take_whole(&info, EG_DER_SEQUENCE);
    struct eg_span spki = eg_der_take_whole(&info, EG_DER_SEQUENCE);
    (void)eg_der_take(&info, EG_DER_CONTEXT_CONSTRUCTED(0));
    eg_der_leave(&request, &info);
    (void)eg_der_take(&request, EG_DER_SEQUENCE);
    struct eg_span signature = eg_der_take(&request, EG_DER_BIT_STRING);
    eg_der_leave(&r, &request);
    if (!eg_ok(eg_reader_finish(&r)) || version.len != 1 || version.ptr[0] != VERSION_1 ||
        signature.len < 2) {
        *out_subject = *out_spki = eg_span(NULL, 0);
        return EG_ERR(CRYPTO_BAD_CERT);
    }
    *out_subject = subject;
    *out_spki = spki;
    return EG_OK;
}
