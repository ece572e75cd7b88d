/* SPDX-License-Identifier: Apache-2.0 */
/* CA_CREATE: a CA key and its certificate, self-signed or under another CA of the company. */
#include "server/vault/certify.h"
#include "server/vault/ops.h"
#include "server/vault/wrap.h"

enum {
    UNLIMITED = -1,
};

/* How many CAs may stand below one that is asked for `wanted` under an issuer that allows `above`.
 */
static eg_status path_len_under(int32_t above, int32_t wanted, int32_t *out)
{
    *out = wanted;
    if (above == UNLIMITED) {
        return EG_OK;
    }
    if (above == 0) {
        return EG_ERR(VAULT_ISSUER);
    }
    if (wanted == UNLIMITED || wanted > above - 1) {
        *out = above - 1;
    }
    return EG_OK;
}

static eg_status certify(struct eg_vault *v, const struct eg_vault_ca_request *q,
                         const struct eg_key *key, int32_t *path_len, struct eg_writer *out)
{
    uint8_t name_room[EG_X509_NAME_LEN_MAX];
    char url_room[EG_VAULT_TEXT_MAX + 1];
    char ocsp_room[EG_VAULT_TEXT_MAX + 1];
    const char *crl_url, *ocsp_url;
    struct eg_writer name;
    eg_writer_init(&name, name_room, sizeof(name_room));
    EG_TRY(eg_certify_subject(&q->subject, &name));
    EG_TRY(eg_certify_url(q->crl_url, url_room, &crl_url));
    EG_TRY(eg_certify_url(q->ocsp_url, ocsp_room, &ocsp_url));
    struct eg_x509_template t = {
        .subject_name = eg_writer_span(&name),
        .not_before_s = q->not_before_s,
        .not_after_s = q->not_after_s,
        .is_ca = true,
        .path_len = q->path_len,
        .key_usage = EG_KU_KEY_CERT_SIGN | EG_KU_CRL_SIGN | EG_KU_DIGITAL_SIGNATURE,
    };
    *path_len = q->path_len;
    if (!q->has_issuer) {
        return eg_certify_self(v, &t, key, q->now_ms, out);
    }
    const struct eg_issuer *issuer;
    EG_TRY(eg_issuer_open(v, q->company_id, &q->issuer, &issuer));
    EG_TRY(path_len_under(issuer->path_len, q->path_len, path_len));
    EG_TRY(eg_issuer_cut_validity(issuer, q->now_ms / 1000, &t.not_before_s, &t.not_after_s));
    t.path_len = *path_len;
    t.crl_url = crl_url;
    t.ocsp_url = ocsp_url;
    return eg_certify_issued(v, &t, key, issuer, q->now_ms, out);
}

static eg_status make(struct eg_vault *v, const struct eg_vault_ca_request *q,
                      const struct eg_key *key, struct eg_writer *out)
{
    uint8_t certificate_room[EG_VAULT_CERTIFICATE_MAX];
    uint8_t wrapped_room[EG_VAULT_WRAPPED_KEY_MAX];
    struct eg_writer certificate;
    struct eg_writer wrapped;
    int32_t path_len;
    eg_writer_init(&certificate, certificate_room, sizeof(certificate_room));
    eg_writer_init(&wrapped, wrapped_room, sizeof(wrapped_room));
    EG_TRY(certify(v, q, key, &path_len, &certificate));
    EG_TRY(eg_wrap_ca(v, q->company_id, key, path_len, &wrapped));
    struct eg_vault_key_result result = {eg_writer_span(&wrapped), eg_writer_span(&certificate)};
    eg_vault_put_key_result(out, &result);
    return EG_OK;
}

eg_status eg_vault_run_ca_create(struct eg_vault *v, struct eg_span body, struct eg_writer *out)
{
    struct eg_vault_ca_request q;
    struct eg_key *key = NULL;
    EG_TRY(eg_vault_get_ca(body, &q));
    if (q.path_len < UNLIMITED || q.path_len > UINT8_MAX || q.subject.common_name.len == 0) {
        return EG_ERR(CRYPTO_BAD_CERT);
    }
    EG_TRY(eg_key_generate(v->crypto, (enum eg_key_alg)q.algorithm, &key));
    eg_status st = make(v, &q, key, out);
    eg_key_free(key);
    return st;
}
