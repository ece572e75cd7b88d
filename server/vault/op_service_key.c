/* SPDX-License-Identifier: Apache-2.0 */
/* SERVICE_KEY_CREATE: a P-256 key that others seal to, or that signs test declarations, with a
 * self-signed certificate. */
#include "server/vault/certify.h"
#include "server/vault/ops.h"
#include "server/vault/wrap.h"

/* What the certificate of a key says it may do. */
static const uint32_t usages[] = {
    [EG_VAULT_SERVICE_MANIFEST] = EG_KU_KEY_AGREEMENT,
    [EG_VAULT_SERVICE_SECRET] = EG_KU_KEY_AGREEMENT,
    [EG_VAULT_SERVICE_MATTER_CD] = EG_KU_DIGITAL_SIGNATURE,
    [EG_VAULT_SERVICE_CLAIM] = EG_KU_KEY_AGREEMENT,
};

static eg_status certify(struct eg_vault *v, const struct eg_vault_service_request *q,
                         const struct eg_key *key, struct eg_writer *out)
{
    uint8_t name_room[EG_X509_NAME_LEN_MAX];
    struct eg_writer name;
    struct eg_vault_subject subject = {.common_name = q->common_name};
    eg_writer_init(&name, name_room, sizeof(name_room));
    EG_TRY(eg_certify_subject(&subject, &name));
    struct eg_x509_template t = {
        .subject_name = eg_writer_span(&name),
        .not_before_s = q->not_before_s,
        .not_after_s = q->not_after_s,
        .path_len = -1,
        .key_usage = usages[q->purpose],
    };
    return eg_certify_self(v, &t, key, q->now_ms, out);
}

static eg_status make(struct eg_vault *v, const struct eg_vault_service_request *q,
                      const struct eg_key *key, struct eg_writer *out)
{
    uint8_t certificate_room[EG_VAULT_CERTIFICATE_MAX];
    uint8_t wrapped_room[EG_VAULT_WRAP_OVERHEAD + EG_P256_SCALAR_LEN];
    struct eg_writer certificate;
    struct eg_writer wrapped;
    eg_writer_init(&certificate, certificate_room, sizeof(certificate_room));
    eg_writer_init(&wrapped, wrapped_room, sizeof(wrapped_room));
    EG_TRY(certify(v, q, key, &certificate));
    EG_TRY(eg_wrap_service(v, q->company_id, q->purpose, key, &wrapped));
    struct eg_vault_key_result result = {eg_writer_span(&wrapped), eg_writer_span(&certificate)};
    eg_vault_put_key_result(out, &result);
    return EG_OK;
}

eg_status eg_vault_run_service_key(struct eg_vault *v, struct eg_span body, struct eg_writer *out)
{
    struct eg_vault_service_request q;
    struct eg_key *key = NULL;
    EG_TRY(eg_vault_get_service(body, &q));
    if (q.purpose == 0 || q.common_name.len == 0) {
        return EG_ERR(CRYPTO_BAD_CERT);
    }
    EG_TRY(eg_key_generate(v->crypto, EG_KEY_P256, &key));
    eg_status st = make(v, &q, key, out);
    eg_key_free(key);
    return st;
}
