/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "lib/crypto/matter_cd.h"
#include "lib/crypto/matter_cd_internal.h"
#include "lib/crypto/x509_der.h"

static void refuse(struct eg_reader *r)
{
    eg_reader_fail(r, EG_ERR(CRYPTO_BAD_CMS));
}

/* ---- TLV ------------------------------------------------------------------------------------- */

static bool next_is(const struct eg_reader *r, uint8_t control)
{
    return eg_ok(r->status) && r->rest.len > 0 && r->rest.ptr[0] == control;
}

static void expect(struct eg_reader *r, uint8_t byte)
{
    if (eg_reader_u8(r) != byte) {
        refuse(r);
    }
}

/* Value of an integer element whose control byte (without the context bit) was read. */
static uint32_t take_number(struct eg_reader *r, uint8_t type, uint32_t max)
{
    if (type < EG_TLV_UINT || type > EG_TLV_UINT + 2) {
        refuse(r);
        return 0;
    }
    uint32_t value = 0;
    for (unsigned i = 0, width = 1u << (type - EG_TLV_UINT); i < width; i++) {
        value |= (uint32_t)eg_reader_u8(r) << (8 * i);
    }
    if (value > max) {
        refuse(r);
    }
    return eg_ok(r->status) ? value : 0;
}

static uint32_t take_uint(struct eg_reader *r, uint8_t tag, uint32_t max)
{
    uint8_t control = eg_reader_u8(r);
    expect(r, tag);
    if ((control & EG_TLV_CONTEXT) == 0) {
        refuse(r);
    }
    return take_number(r, control & (uint8_t)~EG_TLV_CONTEXT, max);
}

static void take_products(struct eg_reader *r, struct eg_cd *cd)
{
    expect(r, EG_TLV_CONTEXT | EG_TLV_ARRAY);
    expect(r, EG_CD_TAG_PRODUCTS);
    while (eg_ok(r->status) && !next_is(r, EG_TLV_END)) {
        if (cd->product_count == EG_CD_PRODUCTS_MAX) {
            refuse(r);
            return;
        }
        uint8_t type = eg_reader_u8(r);
        cd->product_ids[cd->product_count++] = (uint16_t)take_number(r, type, UINT16_MAX);
    }
    expect(r, EG_TLV_END);
    if (cd->product_count == 0) {
        refuse(r);
    }
}

static void take_certificate_id(struct eg_reader *r, struct eg_cd *cd)
{
    expect(r, EG_TLV_CONTEXT | EG_TLV_TEXT);
    expect(r, EG_CD_TAG_CERTIFICATE_ID);
    expect(r, EG_CD_CERTIFICATE_ID_LEN);
    struct eg_span text = eg_reader_take(r, EG_CD_CERTIFICATE_ID_LEN);
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < 0x20 || text.ptr[i] > 0x7E) {
            refuse(r);
            return;
        }
        cd->certificate_id[i] = (char)text.ptr[i];
    }
}

static void skip_authorized_paas(struct eg_reader *r)
{
    expect(r, EG_TLV_CONTEXT | EG_TLV_ARRAY);
    expect(r, EG_CD_TAG_AUTHORIZED_PAAS);
    for (int n = 0; eg_ok(r->status) && !next_is(r, EG_TLV_END); n++) {
        expect(r, EG_TLV_BYTES);
        expect(r, EG_CD_KEY_ID_LEN);
        (void)eg_reader_take(r, EG_CD_KEY_ID_LEN);
        if (n == EG_CD_AUTHORIZED_PAAS_MAX) {
            refuse(r);
        }
    }
    expect(r, EG_TLV_END);
}

static bool next_has_tag(const struct eg_reader *r, uint8_t tag)
{
    return eg_ok(r->status) && r->rest.len > 1 && r->rest.ptr[0] != EG_TLV_END &&
           r->rest.ptr[1] == tag;
}

static void take_fields(struct eg_reader *r, struct eg_cd *cd)
{
    expect(r, EG_TLV_STRUCTURE);
    if (take_uint(r, EG_CD_TAG_FORMAT, UINT16_MAX) != EG_CD_FORMAT_VERSION) {
        refuse(r);
    }
    cd->vendor_id = (uint16_t)take_uint(r, EG_CD_TAG_VENDOR, UINT16_MAX);
    take_products(r, cd);
    cd->device_type_id = take_uint(r, EG_CD_TAG_DEVICE_TYPE, UINT32_MAX);
    take_certificate_id(r, cd);
    cd->security_level = (uint8_t)take_uint(r, EG_CD_TAG_SECURITY_LEVEL, UINT8_MAX);
    cd->security_information = (uint16_t)take_uint(r, EG_CD_TAG_SECURITY_INFORMATION, UINT16_MAX);
    cd->version_number = (uint16_t)take_uint(r, EG_CD_TAG_VERSION_NUMBER, UINT16_MAX);
    cd->certification_type = (uint8_t)take_uint(r, EG_CD_TAG_TYPE, EG_CD_OFFICIAL);
    cd->has_dac_origin = next_has_tag(r, EG_CD_TAG_ORIGIN_VENDOR);
    if (cd->has_dac_origin) {
        cd->dac_origin_vendor_id = (uint16_t)take_uint(r, EG_CD_TAG_ORIGIN_VENDOR, UINT16_MAX);
        cd->dac_origin_product_id = (uint16_t)take_uint(r, EG_CD_TAG_ORIGIN_PRODUCT, UINT16_MAX);
    }
    if (next_has_tag(r, EG_CD_TAG_AUTHORIZED_PAAS)) {
        skip_authorized_paas(r);
    }
    expect(r, EG_TLV_END);
}

/* ---- CMS ------------------------------------------------------------------------------------- */

static void expect_whole(struct eg_reader *r, struct eg_span expected)
{
    if (!eg_span_equal(eg_reader_take(r, expected.len), expected)) {
        refuse(r);
    }
}

static void expect_version(struct eg_reader *r)
{
    struct eg_span version = eg_der_take(r, EG_DER_INTEGER);
    if (version.len != 1 || version.ptr[0] != EG_CMS_VERSION_3) {
        refuse(r);
    }
}

static void expect_oid(struct eg_reader *r, struct eg_span oid)
{
    if (!eg_span_equal(eg_der_take(r, EG_DER_OID), oid)) {
        refuse(r);
    }
}

static void take_content(struct eg_reader *data, struct eg_cd_signed *out)
{
    struct eg_reader encap = eg_der_enter(data, EG_DER_SEQUENCE);
    expect_oid(&encap, EG_SPAN_OF(EG_CMS_OID_DATA));
    struct eg_reader inner = eg_der_enter(&encap, EG_DER_CONTEXT_CONSTRUCTED(0));
    out->content = eg_der_take(&inner, EG_DER_OCTET_STRING);
    eg_der_leave(&encap, &inner);
    eg_der_leave(data, &encap);
}

static void take_signer(struct eg_reader *data, struct eg_cd_signed *out)
{
    struct eg_reader signers = eg_der_enter(data, EG_DER_SET);
    struct eg_reader signer = eg_der_enter(&signers, EG_DER_SEQUENCE);
    expect_version(&signer);
    out->key_id = eg_der_take(&signer, EG_DER_CONTEXT(0));
    expect_whole(&signer, EG_SPAN_OF(EG_CMS_ALG_SHA256));
    expect_whole(&signer, EG_SPAN_OF(EG_CMS_ALG_ECDSA_SHA256));
    out->signature = eg_der_take(&signer, EG_DER_OCTET_STRING);
    eg_der_leave(&signers, &signer);
    eg_der_leave(data, &signers);
    if (out->key_id.len != EG_CD_KEY_ID_LEN) {
        refuse(data);
    }
}

static void take_signed(struct eg_reader *r, struct eg_cd_signed *out)
{
    struct eg_reader info = eg_der_enter(r, EG_DER_SEQUENCE);
    expect_oid(&info, EG_SPAN_OF(EG_CMS_OID_SIGNED));
    struct eg_reader tagged = eg_der_enter(&info, EG_DER_CONTEXT_CONSTRUCTED(0));
    struct eg_reader data = eg_der_enter(&tagged, EG_DER_SEQUENCE);
    expect_version(&data);
    struct eg_reader digests = eg_der_enter(&data, EG_DER_SET);
    expect_whole(&digests, EG_SPAN_OF(EG_CMS_ALG_SHA256));
    eg_der_leave(&data, &digests);
    take_content(&data, out);
    take_signer(&data, out);
    eg_der_leave(&tagged, &data);
    eg_der_leave(&info, &tagged);
    eg_der_leave(r, &info);
}

eg_status eg_cd_parse(struct eg_span der, struct eg_cd_signed *out)
{
    struct eg_reader r;
    struct eg_reader tlv;
    struct eg_cd_signed found = {0};
    memset(out, 0, sizeof(*out));
    eg_reader_init(&r, der);
    take_signed(&r, &found);
    if (!eg_ok(eg_reader_finish(&r))) {
        return EG_ERR(CRYPTO_BAD_CMS);
    }
    eg_reader_init(&tlv, found.content);
    take_fields(&tlv, &found.cd);
    if (!eg_ok(eg_reader_finish(&tlv)) || found.cd.vendor_id == 0) {
        return EG_ERR(CRYPTO_BAD_CMS);
    }
    *out = found;
    return EG_OK;
}
