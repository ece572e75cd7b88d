/* SPDX-License-Identifier: Apache-2.0 */
/* The messages CLAIM_OPEN and CLAIM_TAG. */
#include "lib/wire/vault_fields.h"
#include "lib/wire/vault_msg.h"

void eg_vault_put_claim(struct eg_writer *w, const struct eg_vault_claim_request *q)
{
    eg_vault_put_service_key(w, &q->key);
    eg_writer_bytes(w, EG_SPAN_OF(q->uuid.bytes));
    eg_writer_block(w, q->blob);
}

eg_status eg_vault_get_claim(struct eg_span body, struct eg_vault_claim_request *out)
{
    struct eg_reader r;
    eg_reader_init(&r, body);
    *out = (struct eg_vault_claim_request){.blob = {NULL, 0}};
    eg_vault_get_service_key(&r, &out->key);
    eg_reader_copy(&r, out->uuid.bytes, sizeof(out->uuid.bytes));
    out->blob = eg_reader_block(&r, EG_VAULT_CLAIM_BLOB_MAX);
    return eg_vault_finish(&r);
}

void eg_vault_put_claim_tag(struct eg_writer *w, const struct eg_vault_claim_tag_request *q)
{
    eg_writer_be64(w, q->company_id);
    eg_writer_be32(w, (uint32_t)q->count);
    for (size_t i = 0; i < q->count; i++) {
        eg_writer_block(w, q->texts[i]);
    }
}

eg_status eg_vault_get_claim_tag(struct eg_span body, struct eg_span *room,
                                 struct eg_vault_claim_tag_request *out)
{
    struct eg_reader r;
    eg_reader_init(&r, body);
    *out = (struct eg_vault_claim_tag_request){.company_id = eg_reader_be64(&r), .texts = room};
    out->count = eg_vault_get_count(&r, 1, EG_VAULT_CLAIM_TAGS_MAX);
    for (size_t i = 0; i < out->count; i++) {
        room[i] = eg_reader_block(&r, EG_VAULT_TEXT_MAX);
    }
    return eg_vault_finish(&r);
}
