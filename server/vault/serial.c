/* SPDX-License-Identifier: Apache-2.0 */
#include "server/vault/serial.h"

#include <string.h>

#include "lib/base/secret.h"

enum {
    KEY_ID_LEN = 20,
    TAGGED_LEN = EG_X509_SERIAL_LEN - EG_VAULT_SERIAL_TAG_LEN,
};

static eg_status tag(struct eg_vault *v, struct eg_span issuer_key_id, const uint8_t *serial,
                     uint8_t out[static EG_SHA256_LEN])
{
    uint8_t text[KEY_ID_LEN + TAGGED_LEN];
    struct eg_writer w;
    if (issuer_key_id.len != KEY_ID_LEN) {
        return EG_ERR(VAULT_ISSUER);
    }
    eg_writer_init(&w, text, sizeof(text));
    eg_writer_bytes(&w, issuer_key_id);
    eg_writer_bytes(&w, eg_span(serial, TAGGED_LEN));
    return eg_hmac_sha256(v->crypto, EG_SPAN_OF(v->keys->serial), eg_writer_span(&w), out);
}

eg_status eg_vault_serial(struct eg_vault *v, struct eg_span issuer_key_id, uint32_t shard,
                          int64_t now_ms, uint8_t out[static EG_X509_SERIAL_LEN])
{
    uint8_t full[EG_SHA256_LEN];
    if (shard > EG_X509_SHARD_MAX) {
        return EG_ERR(VAULT_LIMIT);
    }
    EG_TRY(eg_x509_serial(v->crypto, now_ms, out));
    eg_x509_serial_set_shard(out, shard);
    EG_TRY(tag(v, issuer_key_id, out, full));
    memcpy(out + TAGGED_LEN, full, EG_VAULT_SERIAL_TAG_LEN);
    return EG_OK;
}

eg_status eg_vault_serial_check(struct eg_vault *v, struct eg_span issuer_key_id,
                                struct eg_span serial, bool *out)
{
    uint8_t full[EG_SHA256_LEN];
    *out = false;
    if (serial.len != EG_X509_SERIAL_LEN) {
        return EG_OK;
    }
    EG_TRY(tag(v, issuer_key_id, serial.ptr, full));
    *out = eg_ct_equal(full, serial.ptr + TAGGED_LEN, EG_VAULT_SERIAL_TAG_LEN);
    return EG_OK;
}
