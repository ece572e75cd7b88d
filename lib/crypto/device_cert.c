/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/crypto/device_cert.h"

#include <string.h>

#include "lib/crypto/x509.h"
#include "lib/crypto/x509_der.h"

enum { OID_LEN = 3, P256_SPKI_LEN = 91 };

/** The attributes of the subject in their order; text NULL: the UUID. */
static const struct {
    uint8_t oid[OID_LEN];
    const char *text;
} attributes[] = {
    {{0x55, 0x04, 0x0A}, "NXP"},
    {{0x55, 0x04, 0x0B}, "Plug and Trust"},
    {{0x55, 0x04, 0x03}, "NXP_DIE_ID_AUTH"},
    {{0x55, 0x04, 0x05}, NULL},
};

/** The text of the next relative name, which must have this one attribute. */
static struct eg_span take_attribute(struct eg_reader *name, const uint8_t oid[static OID_LEN])
{
    struct eg_reader set = eg_der_enter(name, EG_DER_SET);
    struct eg_reader pair = eg_der_enter(&set, EG_DER_SEQUENCE);
    struct eg_span found = eg_der_take(&pair, EG_DER_OID);
    bool printable = eg_der_at(&pair, EG_DER_PRINTABLE_STRING);
    struct eg_span text =
        eg_der_take(&pair, printable ? EG_DER_PRINTABLE_STRING : EG_DER_UTF8_STRING);
    eg_der_leave(&set, &pair);
    eg_der_leave(name, &set);
    if (!eg_span_equal(found, eg_span(oid, OID_LEN))) {
        eg_reader_fail(name, EG_ERR(CRYPTO_BAD_CERT));
    }
    return eg_ok(name->status) ? text : eg_span(NULL, 0);
}

static bool is_upper_hex(struct eg_span text)
{
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.ptr[i];
        if (!(c >= '0' && c <= '9') && !(c >= 'A' && c <= 'F')) {
            return false;
        }
    }
    return text.len == EG_UUID_HEX_LEN;
}

static eg_status read_subject(struct eg_span der, struct eg_uuid *out)
{
    struct eg_reader whole;
    bool fits = true;
    eg_reader_init(&whole, der);
    struct eg_reader name = eg_der_enter(&whole, EG_DER_SEQUENCE);
    for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++) {
        struct eg_span text = take_attribute(&name, attributes[i].oid);
        if (attributes[i].text != NULL) {
            fits = fits && eg_span_equal(text, eg_span_str(attributes[i].text));
        } else {
            fits = fits && is_upper_hex(text) && eg_ok(eg_uuid_from_hex(text, out));
        }
    }
    eg_der_leave(&whole, &name);
    return fits && eg_ok(eg_reader_finish(&whole)) ? EG_OK : EG_ERR(CRYPTO_BAD_CERT);
}

/** The one encoding of a P-256 key with an uncompressed point. */
static eg_status read_key(struct eg_span spki, uint8_t out[static EG_P256_POINT_LEN])
{
    uint8_t room[P256_SPKI_LEN];
    struct eg_writer same;
    if (spki.len != P256_SPKI_LEN) {
        return EG_ERR(CRYPTO_BAD_CERT);
    }
    memcpy(out, spki.ptr + P256_SPKI_LEN - EG_P256_POINT_LEN, EG_P256_POINT_LEN);
    eg_writer_init(&same, room, sizeof(room));
    eg_p256_spki(out, &same);
    bool p256 = out[0] == 0x04 && eg_span_equal(eg_writer_span(&same), spki);
    return p256 ? EG_OK : EG_ERR(CRYPTO_BAD_CERT);
}

static eg_status read_facts(const struct eg_x509_info *info, int64_t now_s,
                            struct eg_device_cert_facts *out)
{
    bool fits = !info->is_ca && (info->key_usage & EG_KU_DIGITAL_SIGNATURE) != 0 &&
                info->not_before_s <= now_s && now_s <= info->not_after_s &&
                eg_span_equal(info->issuer_name, info->subject_name);
    if (!fits) {
        return EG_ERR(CRYPTO_BAD_CERT);
    }
    EG_TRY(read_subject(info->subject_name, &out->uuid));
    return read_key(info->spki, out->public_key);
}

eg_status eg_device_cert_read(struct eg_span der, int64_t now_s, struct eg_device_cert_facts *out,
                              struct eg_span *out_subject)
{
    struct eg_x509_info info;
    *out_subject = eg_span(NULL, 0);
    memset(out, 0, sizeof(*out));
    EG_TRY(eg_x509_parse(der, &info));
    *out_subject = info.subject_name;
    if (der.len > EG_DEVICE_CERT_MAX) {
        return EG_ERR(CRYPTO_BAD_CERT);
    }
    eg_status st = read_facts(&info, now_s, out);
    if (!eg_ok(st)) {
        memset(out, 0, sizeof(*out));
    }
    return st;
}
