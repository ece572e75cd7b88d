/* SPDX-License-Identifier: Apache-2.0 */
/* OCSP_CERTIFY and OCSP_SIGN: the key that answers for a CA, and one answer by it. */
#include "lib/crypto/ocsp.h"
#include "server/vault/certify.h"
#include "server/vault/ops.h"
#include "server/vault/serial.h"
#include "server/vault/wrap.h"

_Static_assert((int)EG_VAULT_OCSP_IDS_MAX == (int)EG_OCSP_IDS_MAX, "one limit");
_Static_assert((int)EG_VAULT_OCSP_ID_MAX == (int)EG_OCSP_ID_LEN_MAX, "one limit");
_Static_assert((int)EG_VAULT_OCSP_NONCE_MAX == (int)EG_OCSP_NONCE_MAX, "one limit");

/* ---- OCSP_CERTIFY ---------------------------------------------------------------------------- */

static eg_status certify(struct eg_vault *v, const struct eg_vault_responder_request *q,
                         const struct eg_key *key, struct eg_writer *out)
{
    uint8_t name_room[EG_X509_NAME_LEN_MAX];
    struct eg_writer name;
    const struct eg_issuer *issuer;
    const struct eg_vault_subject subject = {.common_name = q->common_name};
    eg_writer_init(&name, name_room, sizeof(name_room));
    EG_TRY(eg_certify_subject(&subject, &name));
    EG_TRY(eg_issuer_open(v, q->company_id, &q->issuer, &issuer));
    struct eg_x509_template t = {
        .subject_name = eg_writer_span(&name),
        .not_before_s = q->not_before_s,
        .not_after_s = q->not_after_s,
        .path_len = -1,
        .key_usage = EG_KU_DIGITAL_SIGNATURE,
        .ext_key_usage = EG_EKU_OCSP_SIGNING,
        .ocsp_nocheck = true,
    };
    EG_TRY(eg_issuer_cut_validity(issuer, q->now_ms / 1000, &t.not_before_s, &t.not_after_s));
    return eg_certify_issued(v, &t, key, issuer, q->now_ms, out);
}

static eg_status make(struct eg_vault *v, const struct eg_vault_responder_request *q,
                      const struct eg_key *key, struct eg_writer *out)
{
    uint8_t certificate_room[EG_VAULT_CERTIFICATE_MAX];
    uint8_t wrapped_room[EG_VAULT_WRAP_OVERHEAD + EG_P256_SCALAR_LEN];
    struct eg_writer certificate;
    struct eg_writer wrapped;
    eg_writer_init(&certificate, certificate_room, sizeof(certificate_room));
    eg_writer_init(&wrapped, wrapped_room, sizeof(wrapped_room));
    EG_TRY(certify(v, q, key, &certificate));
    EG_TRY(eg_wrap_service(v, q->company_id, EG_VAULT_SERVICE_OCSP, key, &wrapped));
    const struct eg_vault_key_result result = {eg_writer_span(&wrapped),
                                               eg_writer_span(&certificate)};
    eg_vault_put_key_result(out, &result);
    return EG_OK;
}

eg_status eg_vault_run_ocsp_certify(struct eg_vault *v, struct eg_span body, struct eg_writer *out)
{
    struct eg_vault_responder_request q;
    struct eg_key *key = NULL;
    EG_TRY(eg_vault_get_responder(body, &q));
    if (q.common_name.len == 0) {
        return EG_ERR(CRYPTO_BAD_CERT);
    }
    EG_TRY(eg_key_generate(v->crypto, EG_KEY_P256, &key));
    eg_status st = make(v, &q, key, out);
    eg_key_free(key);
    return st;
}

/* ---- OCSP_SIGN ------------------------------------------------------------------------------- */

struct issuer {
    struct eg_x509_info info;
    uint8_t key_id[20];
};

static eg_status open_issuer(struct eg_vault *v, struct eg_span certificate, struct issuer *out)
{
    if (!eg_ok(eg_x509_parse(certificate, &out->info))) {
        return EG_ERR(VAULT_ISSUER);
    }
    return eg_x509_key_id(v->crypto, out->info.spki, out->key_id);
}

static eg_status judge(struct eg_vault *v, const struct issuer *issuer,
                       const struct eg_vault_ocsp_single *asked, struct eg_ocsp_single *out)
{
    struct eg_ocsp_id id;
    bool is_issuer;
    bool is_ours;
    EG_TRY(eg_ocsp_id_parse(asked->id, &id));
    EG_TRY(eg_ocsp_id_matches(v->crypto, &id, issuer->info.subject_name, issuer->info.spki,
                              &is_issuer));
    if (!is_issuer) {
        return EG_ERR(CRYPTO_BAD_OCSP);
    }
    EG_TRY(eg_vault_serial_check(v, EG_SPAN_OF(issuer->key_id), id.serial, &is_ours));
    *out = (struct eg_ocsp_single){
        .id = id.der,
        .state = asked->revoked ? EG_OCSP_REVOKED
                 : is_ours      ? EG_OCSP_GOOD
                                : EG_OCSP_UNKNOWN,
        .revoked_s = asked->revoked_s,
        .reason = asked->reason,
    };
    return EG_OK;
}

static eg_status sign(struct eg_vault *v, const struct eg_vault_ocsp_request *q,
                      const struct eg_key *key, struct eg_writer *out)
{
    struct eg_ocsp_single singles[EG_OCSP_IDS_MAX];
    uint8_t room[EG_OCSP_RESPONSE_LEN_MAX];
    struct eg_writer response;
    struct issuer issuer;
    EG_TRY(open_issuer(v, q->issuer_certificate, &issuer));
    for (size_t i = 0; i < q->count; i++) {
        EG_TRY(judge(v, &issuer, &q->singles[i], &singles[i]));
    }
    const struct eg_ocsp_template t = {
        .singles = singles,
        .count = q->count,
        .nonce = q->nonce,
        .this_update_s = q->this_update_s,
        .next_update_s = q->next_update_s,
        .responder = q->certificate,
    };
    eg_writer_init(&response, room, sizeof(room));
    EG_TRY(eg_ocsp_sign(v->crypto, &t, key, &response));
    eg_vault_put_signed(out, eg_writer_span(&response));
    return EG_OK;
}

eg_status eg_vault_run_ocsp_sign(struct eg_vault *v, struct eg_span body, struct eg_writer *out)
{
    struct eg_vault_ocsp_single room[EG_VAULT_OCSP_IDS_MAX];
    struct eg_vault_ocsp_request q;
    struct eg_key *key = NULL;
    EG_TRY(eg_vault_get_ocsp(body, room, &q));
    EG_TRY(eg_unwrap_service(v, q.company_id, EG_VAULT_SERVICE_OCSP, q.wrapped_key, &key));
    eg_status st = sign(v, &q, key, out);
    eg_key_free(key);
    return st;
}
