/* SPDX-License-Identifier: Apache-2.0 */
/* CLAIM_OPEN and CLAIM_TAG: from a device's claim blob, or from a code being issued, to the tag
 * that the service knows the code by. The text of a device's code stays here. */
#include <string.h>

#include "lib/base/secret.h"
#include "lib/object/claim.h"
#include "server/vault/ops.h"
#include "server/vault/wrap.h"

_Static_assert((int)EG_VAULT_CLAIM_BLOB_MAX >= (int)EG_CLAIM_BLOB_MAX, "every blob travels");
_Static_assert((int)EG_VAULT_TEXT_MAX >= (int)EG_CLAIM_TEXT_MAX, "every code travels");

/** HMAC-SHA256 over company and text: another company's code never matches. */
static eg_status tag(struct eg_vault *v, uint64_t company_id, struct eg_span text,
                     uint8_t out[static EG_VAULT_CLAIM_TAG_LEN])
{
    uint8_t data[8 + EG_CLAIM_TEXT_MAX];
    struct eg_writer w;
    if (!eg_claim_text_ok(text)) {
        return EG_ERR(CLAIM_SECRET);
    }
    eg_writer_init(&w, data, sizeof(data));
    eg_writer_be64(&w, company_id);
    eg_writer_bytes(&w, text);
    eg_status st = w.status;
    if (eg_ok(st)) {
        st = eg_hmac_sha256(v->crypto, EG_SPAN_OF(v->keys->claim_tag), eg_writer_span(&w), out);
    }
    eg_wipe(data, sizeof(data));
    return st;
}

eg_status eg_vault_run_claim_open(struct eg_vault *v, struct eg_span body, struct eg_writer *out)
{
    struct eg_vault_claim_request q;
    struct eg_claim_blob blob;
    struct eg_writer text;
    struct eg_key *key = NULL;
    uint8_t room[EG_CLAIM_TEXT_MAX + 1];
    uint8_t value[EG_VAULT_CLAIM_TAG_LEN];
    EG_TRY(eg_vault_get_claim(body, &q));
    EG_TRY(eg_claim_blob_decode(q.blob, &blob));
    EG_TRY(eg_unwrap_service(v, q.key.company_id, EG_VAULT_SERVICE_CLAIM, q.key.wrapped_key, &key));
    eg_writer_init(&text, room, sizeof(room));
    eg_status st = eg_claim_open(v->crypto, key, &blob, &q.uuid, &text);
    if (eg_ok(st)) {
        st = tag(v, q.key.company_id, eg_writer_span(&text), value);
    }
    eg_wipe(room, sizeof(room));
    eg_key_free(key);
    EG_TRY(st);
    eg_vault_put_signed(out, EG_SPAN_OF(value));
    return EG_OK;
}

eg_status eg_vault_run_claim_tag(struct eg_vault *v, struct eg_span body, struct eg_writer *out)
{
    struct eg_span texts[EG_VAULT_CLAIM_TAGS_MAX];
    struct eg_vault_claim_tag_request q;
    EG_TRY(eg_vault_get_claim_tag(body, texts, &q));
    eg_writer_be32(out, (uint32_t)(q.count * EG_VAULT_CLAIM_TAG_LEN));
    for (size_t i = 0; i < q.count; i++) {
        uint8_t *place = eg_writer_reserve(out, EG_VAULT_CLAIM_TAG_LEN);
        if (place == NULL) {
            return out->status;
        }
        EG_TRY(tag(v, q.company_id, q.texts[i], place));
    }
    return EG_OK;
}
