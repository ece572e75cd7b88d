/* SPDX-License-Identifier: Apache-2.0 */
/* ENDPOINT_CERTIFY: the server certificate of the device endpoint. Only for the host name this
 * vault was started for, only for a P-256 key, only from a CA of the service itself. */
#include "server/vault/certify.h"
#include "server/vault/ops.h"

enum {
    SERVICE = 0, /* company of the service's own CAs */
    DAY_S = 86400,
};

static eg_status check(const struct eg_vault *v, const struct eg_vault_endpoint_request *q)
{
    if (v->endpoint_name[0] == '\0' || !eg_hostname_equal(q->name, eg_span_str(v->endpoint_name))) {
        return EG_ERR(VAULT_ENDPOINT_NAME);
    }
    bool holds = q->not_before_s < q->not_after_s && q->not_before_s >= 0 &&
                 q->not_after_s - q->not_before_s <= (int64_t)EG_VAULT_ENDPOINT_DAYS_MAX * DAY_S;
    return holds ? EG_OK : EG_ERR(CRYPTO_BAD_CERT);
}

static eg_status issue(struct eg_vault *v, const struct eg_vault_endpoint_request *q,
                       const struct eg_key *key, struct eg_writer *out)
{
    uint8_t name_room[EG_X509_NAME_LEN_MAX], der_room[EG_VAULT_CERTIFICATE_MAX];
    const char *const dns[] = {v->endpoint_name, NULL};
    const struct eg_issuer *issuer;
    struct eg_writer name, der;
    eg_writer_init(&name, name_room, sizeof(name_room));
    eg_writer_init(&der, der_room, sizeof(der_room));
    /* the host name is in subjectAltName only: it may be longer than a common name */
    const struct eg_x509_name subject = {.organization = "Engrave",
                                         .common_name = "Engrave device endpoint"};
    EG_TRY(eg_x509_name_encode(&subject, &name));
    struct eg_x509_template t = {
        .subject_name = eg_writer_span(&name),
        .not_before_s = q->not_before_s,
        .not_after_s = q->not_after_s,
        .path_len = -1,
        .key_usage = EG_KU_DIGITAL_SIGNATURE,
        .ext_key_usage = EG_EKU_SERVER_AUTH,
        .dns_names = dns,
    };
    EG_TRY(eg_issuer_open(v, SERVICE, &q->issuer, &issuer));
    EG_TRY(eg_issuer_cut_validity(issuer, q->now_ms / 1000, &t.not_before_s, &t.not_after_s));
    EG_TRY(eg_certify_issued(v, &t, key, issuer, q->now_ms, &der));
    eg_vault_put_signed(out, eg_writer_span(&der));
    return EG_OK;
}

eg_status eg_vault_run_endpoint_certify(struct eg_vault *v, struct eg_span body,
                                        struct eg_writer *out)
{
    struct eg_vault_endpoint_request q;
    struct eg_key *key = NULL;
    EG_TRY(eg_vault_get_endpoint(body, &q));
    EG_TRY(check(v, &q));
    EG_TRY(eg_key_from_spki(v->crypto, q.spki, &key));
    eg_status st =
        eg_key_alg_of(key) == EG_KEY_P256 ? issue(v, &q, key, out) : EG_ERR(CRYPTO_BAD_KEY);
    eg_key_free(key);
    return st;
}
