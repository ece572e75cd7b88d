/* SPDX-License-Identifier: Apache-2.0 */
/* The messages OCSP_CERTIFY and OCSP_SIGN. */
#include "lib/wire/vault_fields.h"
#include "lib/wire/vault_msg.h"

void eg_vault_put_responder(struct eg_writer *w, const struct eg_vault_responder_request *q)
{
    eg_writer_be64(w, q->company_id);
    eg_vault_put_issuer(w, &q->issuer);
    eg_writer_block(w, q->common_name);
    eg_writer_be64(w, (uint64_t)q->not_before_s);
    eg_writer_be64(w, (uint64_t)q->not_after_s);
    eg_writer_be64(w, (uint64_t)q->now_ms);
}

eg_status eg_vault_get_responder(struct eg_span body, struct eg_vault_responder_request *out)
{
    struct eg_reader r;
    eg_reader_init(&r, body);
    *out = (struct eg_vault_responder_request){.company_id = eg_reader_be64(&r)};
    eg_vault_get_issuer(&r, &out->issuer);
    out->common_name = eg_vault_get_text(&r);
    out->not_before_s = (int64_t)eg_reader_be64(&r);
    out->not_after_s = (int64_t)eg_reader_be64(&r);
    out->now_ms = (int64_t)eg_reader_be64(&r);
    return eg_vault_finish(&r);
}

void eg_vault_put_ocsp(struct eg_writer *w, const struct eg_vault_ocsp_request *q)
{
    eg_writer_be64(w, q->company_id);
    eg_writer_block(w, q->issuer_certificate);
    eg_writer_block(w, q->wrapped_key);
    eg_writer_block(w, q->certificate);
    eg_writer_be64(w, (uint64_t)q->this_update_s);
    eg_writer_be64(w, (uint64_t)q->next_update_s);
    eg_writer_block(w, q->nonce);
    eg_writer_be32(w, (uint32_t)q->count);
    for (size_t i = 0; i < q->count; i++) {
        eg_writer_block(w, q->singles[i].id);
        eg_vault_put_bool(w, q->singles[i].revoked);
        eg_writer_be64(w, (uint64_t)q->singles[i].revoked_s);
        eg_writer_u8(w, q->singles[i].reason);
    }
}

eg_status eg_vault_get_ocsp(struct eg_span body, struct eg_vault_ocsp_single *room,
                            struct eg_vault_ocsp_request *out)
{
    struct eg_reader r;
    eg_reader_init(&r, body);
    *out = (struct eg_vault_ocsp_request){.company_id = eg_reader_be64(&r)};
    out->issuer_certificate = eg_reader_block(&r, EG_VAULT_CERTIFICATE_MAX);
    out->wrapped_key = eg_reader_block(&r, EG_VAULT_WRAPPED_KEY_MAX);
    out->certificate = eg_reader_block(&r, EG_VAULT_CERTIFICATE_MAX);
    out->this_update_s = (int64_t)eg_reader_be64(&r);
    out->next_update_s = (int64_t)eg_reader_be64(&r);
    out->nonce = eg_reader_block(&r, EG_VAULT_OCSP_NONCE_MAX);
    out->count = eg_vault_get_count(&r, 1, EG_VAULT_OCSP_IDS_MAX);
    for (size_t i = 0; i < out->count; i++) {
        room[i].id = eg_reader_block(&r, EG_VAULT_OCSP_ID_MAX);
        room[i].revoked = eg_vault_get_bool(&r);
        room[i].revoked_s = (int64_t)eg_reader_be64(&r);
        room[i].reason = eg_reader_u8(&r);
    }
    out->singles = room;
    return eg_vault_finish(&r);
}
