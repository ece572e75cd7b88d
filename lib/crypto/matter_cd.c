/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/crypto/matter_cd.h"

#include <string.h>

#include "lib/crypto/matter_cd_internal.h"
#include "lib/crypto/x509.h"
#include "lib/crypto/x509_der.h"

/* ---- TLV (Matter core specification, appendix A) ----------------------------------------------
 */

static size_t uint_width(uint32_t value)
{
    return value <= UINT8_MAX ? 1 : value <= UINT16_MAX ? 2 : 4;
}

static void put_number(struct eg_writer *w, uint32_t value, size_t width)
{
    for (size_t i = 0; i < width; i++) {
        eg_writer_u8(w, (uint8_t)(value >> (8 * i)));
    }
}

/* Unsigned integer in its shortest width; control, tag, value. */
static void put_uint(struct eg_writer *w, uint8_t tag, uint32_t value)
{
    size_t width = uint_width(value);
    eg_writer_u8(w, (uint8_t)(EG_TLV_CONTEXT | EG_TLV_UINT | (width == 4 ? 2 : width - 1)));
    eg_writer_u8(w, tag);
    put_number(w, value, width);
}

static void put_products(struct eg_writer *w, const struct eg_cd *cd)
{
    eg_writer_u8(w, EG_TLV_CONTEXT | EG_TLV_ARRAY);
    eg_writer_u8(w, EG_CD_TAG_PRODUCTS);
    for (size_t i = 0; i < cd->product_count; i++) {
        size_t width = uint_width(cd->product_ids[i]);
        eg_writer_u8(w, (uint8_t)(EG_TLV_UINT | (width - 1)));
        put_number(w, cd->product_ids[i], width);
    }
    eg_writer_u8(w, EG_TLV_END);
}

static void put_text(struct eg_writer *w, uint8_t tag, const char *text)
{
    eg_writer_u8(w, EG_TLV_CONTEXT | EG_TLV_TEXT);
    eg_writer_u8(w, tag);
    eg_writer_u8(w, (uint8_t)strlen(text));
    eg_writer_str(w, text);
}

static bool is_sound(const struct eg_cd *cd)
{
    return cd->vendor_id != 0 && cd->product_count >= 1 &&
           cd->product_count <= EG_CD_PRODUCTS_MAX &&
           strnlen(cd->certificate_id, sizeof(cd->certificate_id)) == EG_CD_CERTIFICATE_ID_LEN &&
           cd->certification_type <= EG_CD_OFFICIAL;
}

eg_status eg_cd_encode(const struct eg_cd *cd, struct eg_writer *out)
{
    if (!is_sound(cd)) {
        return EG_ERR(CRYPTO_BAD_CMS);
    }
    size_t mark = out->len;
    eg_writer_u8(out, EG_TLV_STRUCTURE);
    put_uint(out, EG_CD_TAG_FORMAT, EG_CD_FORMAT_VERSION);
    put_uint(out, EG_CD_TAG_VENDOR, cd->vendor_id);
    put_products(out, cd);
    put_uint(out, EG_CD_TAG_DEVICE_TYPE, cd->device_type_id);
    put_text(out, EG_CD_TAG_CERTIFICATE_ID, cd->certificate_id);
    put_uint(out, EG_CD_TAG_SECURITY_LEVEL, cd->security_level);
    put_uint(out, EG_CD_TAG_SECURITY_INFORMATION, cd->security_information);
    put_uint(out, EG_CD_TAG_VERSION_NUMBER, cd->version_number);
    put_uint(out, EG_CD_TAG_TYPE, cd->certification_type);
    if (cd->has_dac_origin) {
        put_uint(out, EG_CD_TAG_ORIGIN_VENDOR, cd->dac_origin_vendor_id);
        put_uint(out, EG_CD_TAG_ORIGIN_PRODUCT, cd->dac_origin_product_id);
    }
    eg_writer_u8(out, EG_TLV_END);
    if (!eg_ok(out->status)) {
        out->len = mark;
    }
    return out->status;
}

/* ---- CMS ------------------------------------------------------------------------------------- */

static eg_status put_signer(struct eg_crypto *c, const uint8_t *key_id, struct eg_span content,
                            const struct eg_key *key, struct eg_writer *w)
{
    size_t signers = eg_der_begin(w, EG_DER_SET);
    size_t signer = eg_der_begin(w, EG_DER_SEQUENCE);
    eg_der_small(w, EG_CMS_VERSION_3);
    eg_der_bytes(w, EG_DER_CONTEXT(0), eg_span(key_id, EG_CD_KEY_ID_LEN));
    eg_writer_bytes(w, EG_SPAN_OF(EG_CMS_ALG_SHA256));
    eg_writer_bytes(w, EG_SPAN_OF(EG_CMS_ALG_ECDSA_SHA256));
    size_t signature = eg_der_begin(w, EG_DER_OCTET_STRING);
    EG_TRY(eg_sign(c, key, content, w));
    eg_der_end(w, signature);
    eg_der_end(w, signer);
    eg_der_end(w, signers);
    return w->status;
}

static eg_status put_signed(struct eg_crypto *c, const uint8_t *key_id, struct eg_span content,
                            const struct eg_key *key, struct eg_writer *w)
{
    size_t info = eg_der_begin(w, EG_DER_SEQUENCE);
    eg_der_bytes(w, EG_DER_OID, EG_SPAN_OF(EG_CMS_OID_SIGNED));
    size_t tagged = eg_der_begin(w, EG_DER_CONTEXT_CONSTRUCTED(0));
    size_t data = eg_der_begin(w, EG_DER_SEQUENCE);
    eg_der_small(w, EG_CMS_VERSION_3);
    eg_der_bytes(w, EG_DER_SET, EG_SPAN_OF(EG_CMS_ALG_SHA256));
    size_t encap = eg_der_begin(w, EG_DER_SEQUENCE);
    eg_der_bytes(w, EG_DER_OID, EG_SPAN_OF(EG_CMS_OID_DATA));
    size_t inner = eg_der_begin(w, EG_DER_CONTEXT_CONSTRUCTED(0));
    eg_der_bytes(w, EG_DER_OCTET_STRING, content);
    eg_der_end(w, inner);
    eg_der_end(w, encap);
    EG_TRY(put_signer(c, key_id, content, key, w));
    eg_der_end(w, data);
    eg_der_end(w, tagged);
    eg_der_end(w, info);
    return w->status;
}

eg_status eg_cd_sign(struct eg_crypto *c, const struct eg_cd *cd, const struct eg_key *key,
                     struct eg_writer *out)
{
    uint8_t room[EG_CD_LEN_MAX];
    uint8_t spki_room[EG_SPKI_LEN_MAX];
    uint8_t key_id[EG_CD_KEY_ID_LEN];
    struct eg_writer content;
    struct eg_writer spki;
    if (eg_key_alg_of(key) != EG_KEY_P256) {
        return EG_ERR(CRYPTO_BAD_KEY);
    }
    eg_writer_init(&content, room, sizeof(room));
    eg_writer_init(&spki, spki_room, sizeof(spki_room));
    EG_TRY(eg_cd_encode(cd, &content));
    EG_TRY(eg_key_spki(key, &spki));
    EG_TRY(eg_x509_key_id(c, eg_writer_span(&spki), key_id));
    size_t mark = out->len;
    eg_status st = put_signed(c, key_id, eg_writer_span(&content), key, out);
    if (!eg_ok(st)) {
        out->len = mark;
    }
    return st;
}
