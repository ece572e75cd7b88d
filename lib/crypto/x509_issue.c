/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "lib/crypto/x509.h"
#include "lib/crypto/x509_der.h"
#include "lib/crypto/x509_extensions.h"
#include "lib/crypto/x509_sign.h"

enum {
    VERSION_3 = 2, /* counted from 0 */
    SERIAL_TIME_BITS = 44,
    SERIAL_SHARD_AT = 6, /* bytes: behind nibble and time */
    SERIAL_RANDOM_AT = 9,
    EMPTY_NAME_LEN = 2,
    KEY_USAGE_MASK = 0x7F,
    PATH_LEN_MAX = 127,
};

/* What RFC 5280 demands and the writer below does not see by itself. */
static bool is_sound(const struct eg_x509_template *t)
{
    bool serial = (t->serial[0] & 0x80) == 0 && t->serial[0] != 0;
    bool names = t->issuer_name.len > EMPTY_NAME_LEN && t->subject_name.len >= EMPTY_NAME_LEN &&
                 (!t->is_ca || t->subject_name.len > EMPTY_NAME_LEN);
    bool usage = (t->key_usage & ~(uint32_t)KEY_USAGE_MASK) == 0 &&
                 ((t->key_usage & EG_KU_KEY_CERT_SIGN) == 0 || t->is_ca);
    bool path = !t->is_ca || (t->path_len >= -1 && t->path_len <= PATH_LEN_MAX);
    return serial && names && usage && path && t->not_before_s <= t->not_after_s && t->spki.len > 0;
}

static eg_status write_tbs(struct eg_crypto *c, const struct eg_x509_template *t,
                           struct eg_span sig_alg, struct eg_writer *w)
{
    size_t tbs = eg_der_begin(w, EG_DER_SEQUENCE);
    size_t version = eg_der_begin(w, EG_DER_CONTEXT_CONSTRUCTED(0));
    eg_der_small(w, VERSION_3);
    eg_der_end(w, version);
    eg_der_unsigned(w, EG_SPAN_OF(t->serial));
    eg_writer_bytes(w, sig_alg);
    eg_writer_bytes(w, t->issuer_name);
    size_t validity = eg_der_begin(w, EG_DER_SEQUENCE);
    eg_der_time(w, t->not_before_s);
    eg_der_time(w, t->not_after_s);
    eg_der_end(w, validity);
    eg_writer_bytes(w, t->subject_name);
    eg_writer_bytes(w, t->spki);
    EG_TRY(eg_x509_write_extensions(c, t, w));
    eg_der_end(w, tbs);
    return w->status;
}

static eg_status write_certificate(struct eg_crypto *c, const struct eg_x509_template *t,
                                   const struct eg_key *issuer_key, struct eg_writer *w)
{
    struct eg_span sig_alg = eg_x509_sig_alg(issuer_key);
    size_t certificate = eg_der_begin(w, EG_DER_SEQUENCE);
    size_t tbs_begin = w->len;
    EG_TRY(write_tbs(c, t, sig_alg, w));
    EG_TRY(eg_x509_sign(c, issuer_key, tbs_begin, w));
    eg_der_end(w, certificate);
    return w->status;
}

eg_status eg_x509_issue(struct eg_crypto *c, const struct eg_x509_template *t,
                        const struct eg_key *issuer_key, struct eg_writer *out)
{
    if (!is_sound(t)) {
        return EG_ERR(CRYPTO_BAD_CERT);
    }
    size_t mark = out->len;
    eg_status st = write_certificate(c, t, issuer_key, out);
    if (!eg_ok(st)) {
        out->len = mark;
    }
    return st;
}

eg_status eg_x509_serial(struct eg_crypto *c, int64_t now_ms,
                         uint8_t out[static EG_X509_SERIAL_LEN])
{
    uint64_t mask = (UINT64_C(1) << SERIAL_TIME_BITS) - 1;
    uint64_t head = UINT64_C(4) << SERIAL_TIME_BITS | ((uint64_t)now_ms & mask); /* 48 bits */
    for (size_t i = 0; i < SERIAL_SHARD_AT; i++) {
        out[i] = (uint8_t)(head >> (8 * (SERIAL_SHARD_AT - 1 - i)));
    }
    eg_x509_serial_set_shard(out, 0);
    eg_status st = eg_random(c, out + SERIAL_RANDOM_AT, EG_X509_SERIAL_LEN - SERIAL_RANDOM_AT);
    if (!eg_ok(st)) {
        memset(out, 0, EG_X509_SERIAL_LEN);
    }
    return st;
}

void eg_x509_serial_set_shard(uint8_t serial[static EG_X509_SERIAL_LEN], uint32_t shard)
{
    for (size_t i = SERIAL_SHARD_AT; i < SERIAL_RANDOM_AT; i++) {
        serial[i] = (uint8_t)(shard >> (8 * (SERIAL_RANDOM_AT - 1 - i)));
    }
}

uint32_t eg_x509_serial_shard(struct eg_span serial)
{
    uint32_t shard = 0;
    if (serial.len != EG_X509_SERIAL_LEN || serial.ptr[0] >> 4 != 4) {
        return 0;
    }
    for (size_t i = SERIAL_SHARD_AT; i < SERIAL_RANDOM_AT; i++) {
        shard = shard << 8 | serial.ptr[i];
    }
    return shard;
}

eg_status eg_x509_key_id(struct eg_crypto *c, struct eg_span spki, uint8_t out[static 20])
{
    struct eg_reader r;
    eg_reader_init(&r, spki);
    struct eg_reader key_info = eg_der_enter(&r, EG_DER_SEQUENCE);
    (void)eg_der_take(&key_info, EG_DER_SEQUENCE); /* algorithm */
    struct eg_span bits = eg_der_take(&key_info, EG_DER_BIT_STRING);
    eg_der_leave(&r, &key_info);
    if (!eg_ok(eg_reader_finish(&r)) || bits.len < 2 || bits.ptr[0] != 0) {
        return EG_ERR(CRYPTO_BAD_KEY);
    }
    return eg_hash(c, EG_HASH_SHA1, eg_span(bits.ptr + 1, bits.len - 1), out);
}
