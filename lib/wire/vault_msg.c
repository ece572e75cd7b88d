/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/wire/vault_msg.h"

#include <string.h>

#include "lib/wire/vault_fields.h"

/* ---- frames and answers --------------------------------------------------------------------- */

void eg_vault_frame_put(const struct eg_vault_frame *frame, uint8_t out[static EG_VAULT_FRAME_LEN])
{
    eg_store_be32(out, frame->length);
    out[4] = (uint8_t)(frame->op >> 8);
    out[5] = (uint8_t)frame->op;
    out[6] = (uint8_t)(EG_VAULT_PROTOCOL >> 8);
    out[7] = (uint8_t)EG_VAULT_PROTOCOL;
}

eg_status eg_vault_frame_get(const uint8_t in[static EG_VAULT_FRAME_LEN],
                             struct eg_vault_frame *out)
{
    struct eg_reader r;
    eg_reader_init(&r, eg_span(in, EG_VAULT_FRAME_LEN));
    out->length = eg_reader_be32(&r);
    out->op = eg_reader_be16(&r);
    if (eg_reader_be16(&r) != EG_VAULT_PROTOCOL || out->length > EG_VAULT_MESSAGE_MAX) {
        *out = (struct eg_vault_frame){0};
        return EG_ERR(WIRE_BAD_MESSAGE);
    }
    return EG_OK;
}

void eg_vault_put_failure(struct eg_writer *w, eg_status status, const char *why)
{
    struct eg_span text = eg_span_str(why);
    eg_writer_be32(w, status.word);
    eg_writer_block(w,
                    eg_span(text.ptr, text.len < EG_VAULT_WHY_MAX ? text.len : EG_VAULT_WHY_MAX));
}

eg_status eg_vault_get_answer(struct eg_span answer, struct eg_span *result)
{
    struct eg_reader r;
    eg_reader_init(&r, answer);
    eg_status status = {eg_reader_be32(&r)};
    *result = r.rest;
    if (!eg_ok(r.status)) {
        return EG_ERR(WIRE_BAD_MESSAGE);
    }
    if (eg_ok(status)) {
        return EG_OK;
    }
    *result = eg_reader_block(&r, EG_VAULT_WHY_MAX);
    EG_TRY(eg_vault_finish(&r));
    return status;
}

eg_status eg_vault_finish(const struct eg_reader *r)
{
    return eg_ok(eg_reader_finish(r)) ? EG_OK : EG_ERR(WIRE_BAD_MESSAGE);
}

/* ---- parts that several messages share ------------------------------------------------------ */

void eg_vault_put_bool(struct eg_writer *w, bool value)
{
    eg_writer_u8(w, value ? 1 : 0);
}

bool eg_vault_get_bool(struct eg_reader *r)
{
    return eg_vault_get_u8_max(r, 1) != 0;
}

uint8_t eg_vault_get_u8_max(struct eg_reader *r, uint8_t max)
{
    uint8_t value = eg_reader_u8(r);
    if (value > max) {
        eg_reader_fail(r, EG_ERR(WIRE_BAD_MESSAGE));
        return 0;
    }
    return value;
}

uint32_t eg_vault_get_count(struct eg_reader *r, uint32_t min, uint32_t max)
{
    uint32_t value = eg_reader_be32(r);
    if (eg_ok(r->status) && (value < min || value > max)) {
        eg_reader_fail(r, EG_ERR(WIRE_BAD_MESSAGE));
    }
    return eg_ok(r->status) ? value : 0;
}

struct eg_span eg_vault_get_text(struct eg_reader *r)
{
    struct eg_span text = eg_reader_block(r, EG_VAULT_TEXT_MAX);
    if (text.len > 0 && memchr(text.ptr, 0, text.len) != NULL) {
        eg_reader_fail(r, EG_ERR(WIRE_BAD_MESSAGE));
        return (struct eg_span){NULL, 0};
    }
    return text;
}

void eg_vault_put_issuer(struct eg_writer *w, const struct eg_vault_ca *ca)
{
    eg_writer_block(w, ca->wrapped_key);
    eg_writer_block(w, ca->certificate);
}

void eg_vault_get_issuer(struct eg_reader *r, struct eg_vault_ca *out)
{
    out->wrapped_key = eg_reader_block(r, EG_VAULT_WRAPPED_KEY_MAX);
    out->certificate = eg_reader_block(r, EG_VAULT_CERTIFICATE_MAX);
}

void eg_vault_put_service_key(struct eg_writer *w, const struct eg_vault_service_key *key)
{
    eg_writer_be64(w, key->company_id);
    eg_writer_block(w, key->wrapped_key);
    eg_writer_block(w, key->certificate);
}

void eg_vault_get_service_key(struct eg_reader *r, struct eg_vault_service_key *out)
{
    out->company_id = eg_reader_be64(r);
    out->wrapped_key = eg_reader_block(r, EG_VAULT_WRAPPED_KEY_MAX);
    out->certificate = eg_reader_block(r, EG_VAULT_CERTIFICATE_MAX);
}

void eg_vault_put_subject(struct eg_writer *w, const struct eg_vault_subject *s)
{
    eg_writer_block(w, s->country);
    eg_writer_block(w, s->organization);
    eg_writer_block(w, s->organizational_unit);
    eg_writer_block(w, s->common_name);
    eg_writer_block(w, s->vendor_id);
    eg_writer_block(w, s->product_id);
}

void eg_vault_get_subject(struct eg_reader *r, struct eg_vault_subject *out)
{
    out->country = eg_vault_get_text(r);
    out->organization = eg_vault_get_text(r);
    out->organizational_unit = eg_vault_get_text(r);
    out->common_name = eg_vault_get_text(r);
    out->vendor_id = eg_vault_get_text(r);
    out->product_id = eg_vault_get_text(r);
}

/* ---- CA_CREATE, SERVICE_KEY_CREATE ---------------------------------------------------------- */

void eg_vault_put_ca(struct eg_writer *w, const struct eg_vault_ca_request *q)
{
    eg_writer_be64(w, q->company_id);
    eg_writer_u8(w, q->algorithm);
    eg_vault_put_subject(w, &q->subject);
    eg_writer_be64(w, (uint64_t)q->not_before_s);
    eg_writer_be64(w, (uint64_t)q->not_after_s);
    eg_writer_be32(w, (uint32_t)q->path_len);
    eg_writer_be64(w, (uint64_t)q->now_ms);
    eg_vault_put_bool(w, q->has_issuer);
    if (q->has_issuer) {
        eg_vault_put_issuer(w, &q->issuer);
    }
    eg_writer_block(w, q->crl_url);
    eg_writer_block(w, q->ocsp_url);
}

eg_status eg_vault_get_ca(struct eg_span body, struct eg_vault_ca_request *out)
{
    struct eg_reader r;
    eg_reader_init(&r, body);
    *out = (struct eg_vault_ca_request){.company_id = eg_reader_be64(&r)};
    out->algorithm = eg_reader_u8(&r);
    eg_vault_get_subject(&r, &out->subject);
    out->not_before_s = (int64_t)eg_reader_be64(&r);
    out->not_after_s = (int64_t)eg_reader_be64(&r);
    out->path_len = (int32_t)eg_reader_be32(&r);
    out->now_ms = (int64_t)eg_reader_be64(&r);
    out->has_issuer = eg_vault_get_bool(&r);
    if (out->has_issuer) {
        eg_vault_get_issuer(&r, &out->issuer);
    }
    out->crl_url = eg_vault_get_text(&r);
    out->ocsp_url = eg_vault_get_text(&r);
    return eg_vault_finish(&r);
}

void eg_vault_put_service(struct eg_writer *w, const struct eg_vault_service_request *q)
{
    eg_writer_be64(w, q->company_id);
    eg_writer_u8(w, q->purpose);
    eg_writer_block(w, q->common_name);
    eg_writer_be64(w, (uint64_t)q->not_before_s);
    eg_writer_be64(w, (uint64_t)q->not_after_s);
    eg_writer_be64(w, (uint64_t)q->now_ms);
}

eg_status eg_vault_get_service(struct eg_span body, struct eg_vault_service_request *out)
{
    struct eg_reader r;
    eg_reader_init(&r, body);
    *out = (struct eg_vault_service_request){.company_id = eg_reader_be64(&r)};
    out->purpose = eg_vault_get_u8_max(&r, EG_VAULT_SERVICE_CLAIM);
    out->common_name = eg_vault_get_text(&r);
    out->not_before_s = (int64_t)eg_reader_be64(&r);
    out->not_after_s = (int64_t)eg_reader_be64(&r);
    out->now_ms = (int64_t)eg_reader_be64(&r);
    return eg_vault_finish(&r);
}

void eg_vault_put_key_result(struct eg_writer *w, const struct eg_vault_key_result *result)
{
    eg_writer_block(w, result->wrapped_key);
    eg_writer_block(w, result->certificate);
}

eg_status eg_vault_get_key_result(struct eg_span body, struct eg_vault_key_result *out)
{
    struct eg_reader r;
    eg_reader_init(&r, body);
    out->wrapped_key = eg_reader_block(&r, EG_VAULT_WRAPPED_KEY_MAX);
    out->certificate = eg_reader_block(&r, EG_VAULT_CERTIFICATE_MAX);
    return eg_vault_finish(&r);
}

/* ---- MANIFEST_OPEN -------------------------------------------------------------------------- */

void eg_vault_put_manifest(struct eg_writer *w, const struct eg_vault_manifest_request *q)
{
    eg_vault_put_service_key(w, &q->key);
    eg_writer_block(w, q->message);
    eg_writer_be32(w, (uint32_t)q->signer_count);
    for (size_t i = 0; i < q->signer_count; i++) {
        eg_writer_block(w, q->signers[i]);
    }
}

eg_status eg_vault_get_manifest(struct eg_span body, struct eg_span *signers,
                                struct eg_vault_manifest_request *out)
{
    struct eg_reader r;
    eg_reader_init(&r, body);
    *out = (struct eg_vault_manifest_request){.signers = signers};
    eg_vault_get_service_key(&r, &out->key);
    out->message = eg_reader_block(&r, EG_VAULT_MANIFEST_MAX);
    out->signer_count = eg_vault_get_count(&r, 1, EG_VAULT_SIGNERS_MAX);
    for (size_t i = 0; i < out->signer_count; i++) {
        signers[i] = eg_reader_block(&r, EG_VAULT_CERTIFICATE_MAX);
    }
    return eg_vault_finish(&r);
}

void eg_vault_put_manifest_head(struct eg_writer *w, struct eg_span family, uint32_t signer,
                                uint32_t chip_count)
{
    eg_writer_block(w, family);
    eg_writer_be32(w, signer);
    eg_writer_be32(w, chip_count);
}

void eg_vault_put_chip(struct eg_writer *w, const struct eg_vault_chip *chip)
{
    eg_writer_bytes(w, EG_SPAN_OF(chip->uuid.bytes));
    eg_writer_bytes(w, EG_SPAN_OF(chip->wrapped_root));
    eg_writer_bytes(w, EG_SPAN_OF(chip->root_tag));
    eg_writer_bytes(w, EG_SPAN_OF(chip->connection_public));
    eg_writer_bytes(w, EG_SPAN_OF(chip->attestation_public));
}

eg_status eg_vault_get_manifest_result(struct eg_span body, struct eg_vault_manifest_result *out)
{
    struct eg_reader r;
    eg_reader_init(&r, body);
    out->family = eg_vault_get_text(&r);
    out->signer = eg_vault_get_count(&r, 0, EG_VAULT_SIGNERS_MAX - 1);
    out->chip_count = eg_vault_get_count(&r, 0, EG_VAULT_MANIFEST_DEVICES_MAX);
    out->chips = eg_reader_take(&r, (size_t)out->chip_count * EG_VAULT_CHIP_LEN);
    return eg_vault_finish(&r);
}

void eg_vault_get_chip(const struct eg_vault_manifest_result *result, size_t index,
                       struct eg_vault_chip *out)
{
    struct eg_reader r;
    eg_reader_init(&r, eg_span(result->chips.ptr + index * EG_VAULT_CHIP_LEN, EG_VAULT_CHIP_LEN));
    eg_reader_copy(&r, out->uuid.bytes, EG_UUID_LEN);
    eg_reader_copy(&r, out->wrapped_root, sizeof(out->wrapped_root));
    eg_reader_copy(&r, out->root_tag, sizeof(out->root_tag));
    eg_reader_copy(&r, out->connection_public, sizeof(out->connection_public));
    eg_reader_copy(&r, out->attestation_public, sizeof(out->attestation_public));
}

/* ---- SECRET_IMPORT, SECRET_GENERATE --------------------------------------------------------- */

void eg_vault_put_secret(struct eg_writer *w, const struct eg_vault_secret_request *q)
{
    eg_vault_put_service_key(w, &q->key);
    eg_writer_be64(w, q->company_id);
    eg_writer_block(w, q->company_name);
    eg_writer_u8(w, q->purpose);
    eg_writer_block(w, q->message);
}

eg_status eg_vault_get_secret(struct eg_span body, struct eg_vault_secret_request *out)
{
    struct eg_reader r;
    eg_reader_init(&r, body);
    eg_vault_get_service_key(&r, &out->key);
    out->company_id = eg_reader_be64(&r);
    out->company_name = eg_vault_get_text(&r);
    out->purpose = eg_vault_get_u8_max(&r, EG_VAULT_PURPOSE_OEM_FW_DECRYPT_KEY);
    out->message = eg_reader_block(&r, EG_VAULT_SECRET_MESSAGE_MAX);
    return eg_vault_finish(&r);
}

void eg_vault_put_generate(struct eg_writer *w, const struct eg_vault_generate_request *q)
{
    eg_writer_be64(w, q->company_id);
    eg_writer_u8(w, q->purpose);
    eg_writer_be32(w, q->length);
}

eg_status eg_vault_get_generate(struct eg_span body, struct eg_vault_generate_request *out)
{
    struct eg_reader r;
    eg_reader_init(&r, body);
    out->company_id = eg_reader_be64(&r);
    out->purpose = eg_vault_get_u8_max(&r, EG_VAULT_PURPOSE_OEM_FW_DECRYPT_KEY);
    out->length = eg_reader_be32(&r);
    return eg_vault_finish(&r);
}

void eg_vault_put_secret_result(struct eg_writer *w, const struct eg_vault_secret_result *result)
{
    eg_writer_block(w, result->wrapped);
    eg_writer_be32(w, result->length);
}

eg_status eg_vault_get_secret_result(struct eg_span body, struct eg_vault_secret_result *out)
{
    struct eg_reader r;
    eg_reader_init(&r, body);
    out->wrapped = eg_reader_block(&r, EG_VAULT_PAYLOAD_MAX + EG_VAULT_WRAP_OVERHEAD);
    out->length = eg_reader_be32(&r);
    return eg_vault_finish(&r);
}
