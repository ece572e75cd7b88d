/* SPDX-License-Identifier: Apache-2.0 */
#include "host/lib/device_cert.h"

#include "lib/crypto/x509.h"
#include "lib/crypto/x509_der.h"

enum { BEGIN_S = 1640995200 }; /* 2022-01-01 */

static const uint8_t ecdsa_sha256[] = {0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02};
static const uint8_t key_usage[] = {0x55, 0x1D, 0x0F};

static void put_algorithm(struct eg_writer *w)
{
    size_t mark = eg_der_begin(w, EG_DER_SEQUENCE);
    eg_der_bytes(w, EG_DER_OID, EG_SPAN_OF(ecdsa_sha256));
    eg_der_end(w, mark);
}

static void put_name(struct eg_writer *w, const struct eg_uuid *uuid)
{
    static const char digits[] = "0123456789ABCDEF";
    char hex[EG_UUID_HEX_LEN + 1] = "";

    for (size_t i = 0; i < sizeof uuid->bytes; i++) {
        hex[2 * i] = digits[uuid->bytes[i] >> 4];
        hex[2 * i + 1] = digits[uuid->bytes[i] & 0x0F];
    }
    struct eg_x509_name name = {.organization = "NXP",
                                .organizational_unit = "Plug and Trust",
                                .common_name = "NXP_DIE_ID_AUTH",
                                .serial_number = hex};
    eg_status st = eg_x509_name_encode(&name, w);
    if (!eg_ok(st)) {
        eg_writer_fail(w, st);
    }
}

static void put_extensions(struct eg_writer *w)
{
    size_t outer = eg_der_begin(w, EG_DER_CONTEXT_CONSTRUCTED(3));
    size_t list = eg_der_begin(w, EG_DER_SEQUENCE);
    size_t one = eg_der_begin(w, EG_DER_SEQUENCE);
    eg_der_bytes(w, EG_DER_OID, EG_SPAN_OF(key_usage));
    eg_der_true(w);
    size_t value = eg_der_begin(w, EG_DER_OCTET_STRING);
    eg_der_named_bits(w, EG_KU_DIGITAL_SIGNATURE);
    eg_der_end(w, value);
    eg_der_end(w, one);
    eg_der_end(w, list);
    eg_der_end(w, outer);
}

static void put_tbs(struct eg_writer *w, const struct eg_key *key, const struct eg_uuid *uuid)
{
    size_t tbs = eg_der_begin(w, EG_DER_SEQUENCE);
    size_t version = eg_der_begin(w, EG_DER_CONTEXT_CONSTRUCTED(0));
    eg_der_small(w, 2);
    eg_der_end(w, version);
    eg_der_small(w, 1);
    put_algorithm(w);
    put_name(w, uuid);
    size_t validity = eg_der_begin(w, EG_DER_SEQUENCE);
    eg_der_time(w, BEGIN_S);
    eg_der_time(w, INT64_MAX);
    eg_der_end(w, validity);
    put_name(w, uuid);
    eg_status st = eg_key_spki(key, w);
    if (!eg_ok(st)) {
        eg_writer_fail(w, st);
    }
    put_extensions(w);
    eg_der_end(w, tbs);
}

eg_status eg_device_cert(struct eg_crypto *c, const struct eg_key *key, const struct eg_uuid *uuid,
                         struct eg_writer *out)
{
    uint8_t tbs_room[EG_DEVICE_CERT_MAX];
    uint8_t sig_room[EG_SIGNATURE_LEN_MAX + 1];
    struct eg_writer tbs, sig;

    eg_writer_init(&tbs, tbs_room, sizeof tbs_room);
    put_tbs(&tbs, key, uuid);
    EG_TRY(tbs.status);
    eg_writer_init(&sig, sig_room, sizeof sig_room);
    eg_writer_u8(&sig, 0); /* of the BIT STRING: no unused bits */
    EG_TRY(eg_sign(c, key, eg_writer_span(&tbs), &sig));
    size_t mark = eg_der_begin(out, EG_DER_SEQUENCE);
    eg_writer_bytes(out, eg_writer_span(&tbs));
    put_algorithm(out);
    eg_der_bytes(out, EG_DER_BIT_STRING, eg_writer_span(&sig));
    eg_der_end(out, mark);
    return out->status;
}
