/* SPDX-License-Identifier: Apache-2.0 */
/* The messages CSR_CREATE, CRL_SIGN, CD_SIGN and ENDPOINT_CERTIFY. */
#include "lib/wire/vault_fields.h"
#include "lib/wire/vault_msg.h"

/* ---- CSR_CREATE ------------------------------------------------------------------------------ */

void eg_vault_put_csr(struct eg_writer *w, const struct eg_vault_csr_request *q)
{
    eg_writer_be64(w, q->company_id);
    eg_writer_u8(w, q->algorithm);
    eg_vault_put_subject(w, &q->subject);
    eg_writer_be32(w, (uint32_t)q->path_len);
}

eg_status eg_vault_get_csr(struct eg_span body, struct eg_vault_csr_request *out)
{
    struct eg_reader r;
    eg_reader_init(&r, body);
    *out = (struct eg_vault_csr_request){.company_id = eg_reader_be64(&r)};
    out->algorithm = eg_reader_u8(&r);
    eg_vault_get_subject(&r, &out->subject);
    out->path_len = (int32_t)eg_reader_be32(&r);
    return eg_vault_finish(&r);
}

/* ---- CRL_SIGN -------------------------------------------------------------------------------- */

void eg_vault_put_crl(struct eg_writer *w, const struct eg_vault_crl_request *q)
{
    eg_writer_be64(w, q->company_id);
    eg_vault_put_issuer(w, &q->issuer);
    eg_writer_be64(w, q->number);
    eg_writer_be64(w, (uint64_t)q->this_update_s);
    eg_writer_be64(w, (uint64_t)q->next_update_s);
    eg_writer_block(w, q->shard_url);
    eg_writer_be32(w, (uint32_t)q->revoked_count);
    for (size_t i = 0; i < q->revoked_count; i++) {
        eg_writer_block(w, q->revoked[i].serial);
        eg_writer_be64(w, (uint64_t)q->revoked[i].revoked_s);
        eg_writer_u8(w, q->revoked[i].reason);
    }
}

eg_status eg_vault_get_crl_head(struct eg_span body, struct eg_vault_crl_request *out,
                                struct eg_span *out_list)
{
    enum { ENTRY_LEN_MIN = 4 + 1 + 8 + 1 };
    struct eg_reader r;
    eg_reader_init(&r, body);
    *out = (struct eg_vault_crl_request){.company_id = eg_reader_be64(&r)};
    eg_vault_get_issuer(&r, &out->issuer);
    out->number = eg_reader_be64(&r);
    out->this_update_s = (int64_t)eg_reader_be64(&r);
    out->next_update_s = (int64_t)eg_reader_be64(&r);
    out->shard_url = eg_vault_get_text(&r);
    out->revoked_count = eg_vault_get_count(&r, 0, EG_VAULT_REVOKED_MAX);
    *out_list = r.rest;
    bool holds = eg_ok(r.status) && out->revoked_count <= r.rest.len / ENTRY_LEN_MIN;
    return holds ? EG_OK : EG_ERR(WIRE_BAD_MESSAGE);
}

eg_status eg_vault_get_crl_list(struct eg_span list, struct eg_vault_revoked *room,
                                struct eg_vault_crl_request *out)
{
    struct eg_reader r;
    eg_reader_init(&r, list);
    for (size_t i = 0; i < out->revoked_count; i++) {
        room[i].serial = eg_reader_block(&r, EG_VAULT_SERIAL_MAX);
        room[i].revoked_s = (int64_t)eg_reader_be64(&r);
        room[i].reason = eg_reader_u8(&r);
    }
    out->revoked = room;
    return eg_vault_finish(&r);
}

/* ---- CD_SIGN --------------------------------------------------------------------------------- */

void eg_vault_put_cd(struct eg_writer *w, const struct eg_vault_cd_request *q)
{
    eg_vault_put_service_key(w, &q->key);
    eg_writer_be16(w, q->vendor_id);
    eg_writer_be16(w, q->product_id);
    eg_writer_be32(w, q->device_type_id);
    eg_writer_block(w, q->certificate_id);
    eg_writer_be16(w, q->version_number);
}

eg_status eg_vault_get_cd(struct eg_span body, struct eg_vault_cd_request *out)
{
    struct eg_reader r;
    eg_reader_init(&r, body);
    *out = (struct eg_vault_cd_request){0};
    eg_vault_get_service_key(&r, &out->key);
    out->vendor_id = eg_reader_be16(&r);
    out->product_id = eg_reader_be16(&r);
    out->device_type_id = eg_reader_be32(&r);
    out->certificate_id = eg_vault_get_text(&r);
    out->version_number = eg_reader_be16(&r);
    return eg_vault_finish(&r);
}

/* ---- ENDPOINT_CERTIFY ------------------------------------------------------------------------ */

void eg_vault_put_endpoint(struct eg_writer *w, const struct eg_vault_endpoint_request *q)
{
    eg_vault_put_issuer(w, &q->issuer);
    eg_writer_block(w, q->name);
    eg_writer_block(w, q->spki);
    eg_writer_be64(w, (uint64_t)q->not_before_s);
    eg_writer_be64(w, (uint64_t)q->not_after_s);
    eg_writer_be64(w, (uint64_t)q->now_ms);
}

eg_status eg_vault_get_endpoint(struct eg_span body, struct eg_vault_endpoint_request *out)
{
    struct eg_reader r;
    eg_reader_init(&r, body);
    *out = (struct eg_vault_endpoint_request){0};
    eg_vault_get_issuer(&r, &out->issuer);
    out->name = eg_vault_get_text(&r);
    out->spki = eg_reader_block(&r, EG_VAULT_CERTIFICATE_MAX);
    out->not_before_s = (int64_t)eg_reader_be64(&r);
    out->not_after_s = (int64_t)eg_reader_be64(&r);
    out->now_ms = (int64_t)eg_reader_be64(&r);
    return eg_vault_finish(&r);
}

/* ---- results --------------------------------------------------------------------------------- */

void eg_vault_put_signed(struct eg_writer *w, struct eg_span der)
{
    eg_writer_block(w, der);
}

eg_status eg_vault_get_signed(struct eg_span body, size_t max, struct eg_span *out)
{
    struct eg_reader r;
    eg_reader_init(&r, body);
    *out = eg_reader_block(&r, max);
    return eg_vault_finish(&r);
}
