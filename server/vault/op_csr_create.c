/* SPDX-License-Identifier: Apache-2.0 */
/* CSR_CREATE: a CA key and a request for its certificate, for a root that is not hosted here. */
#include "lib/crypto/x509_csr.h"
#include "server/vault/certify.h"
#include "server/vault/ops.h"
#include "server/vault/wrap.h"

static eg_status make(struct eg_vault *v, const struct eg_vault_csr_request *q,
                      const struct eg_key *key, struct eg_writer *out)
{
    uint8_t name_room[EG_X509_NAME_LEN_MAX];
    uint8_t request_room[EG_VAULT_CERTIFICATE_MAX];
    uint8_t wrapped_room[EG_VAULT_WRAPPED_KEY_MAX];
    struct eg_writer name;
    struct eg_writer request;
    struct eg_writer wrapped;
    eg_writer_init(&name, name_room, sizeof(name_room));
    eg_writer_init(&request, request_room, sizeof(request_room));
    eg_writer_init(&wrapped, wrapped_room, sizeof(wrapped_room));
    EG_TRY(eg_certify_subject(&q->subject, &name));
    EG_TRY(eg_csr_sign_ca(v->crypto, eg_writer_span(&name), q->path_len, key, &request));
    EG_TRY(eg_wrap_ca(v, q->company_id, key, q->path_len, &wrapped));
    struct eg_vault_key_result result = {eg_writer_span(&wrapped), eg_writer_span(&request)};
    eg_vault_put_key_result(out, &result);
    return EG_OK;
}

eg_status eg_vault_run_csr_create(struct eg_vault *v, struct eg_span body, struct eg_writer *out)
{
    struct eg_vault_csr_request q;
    struct eg_key *key = NULL;
    EG_TRY(eg_vault_get_csr(body, &q));
    if (q.path_len < -1 || q.path_len > INT8_MAX || q.subject.common_name.len == 0) {
        return EG_ERR(CRYPTO_BAD_CERT);
    }
    EG_TRY(eg_key_generate(v->crypto, (enum eg_key_alg)q.algorithm, &key));
    eg_status st = make(v, &q, key, out);
    eg_key_free(key);
    return st;
}
