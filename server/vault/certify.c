/* SPDX-License-Identifier: Apache-2.0 */
#include "server/vault/certify.h"

#include <string.h>

#include "server/vault/serial.h"

eg_status eg_certify_text(struct eg_span text, char out[static EG_X509_TEXT_MAX + 1])
{
    out[0] = '\0';
    if (text.len > EG_X509_TEXT_MAX) {
        return EG_ERR(CRYPTO_BAD_CERT);
    }
    if (text.len > 0) {
        memcpy(out, text.ptr, text.len);
    }
    out[text.len] = '\0';
    return EG_OK;
}

eg_status eg_certify_url(struct eg_span text, char room[static EG_VAULT_TEXT_MAX + 1],
                         const char **out)
{
    *out = NULL;
    if (text.len > EG_VAULT_TEXT_MAX) {
        return EG_ERR(CRYPTO_BAD_CERT);
    }
    if (text.len > 0) {
        memcpy(room, text.ptr, text.len);
        *out = room;
    }
    room[text.len] = '\0';
    return EG_OK;
}

eg_status eg_certify_subject(const struct eg_vault_subject *subject, struct eg_writer *out)
{
    char country[EG_X509_TEXT_MAX + 1];
    char organization[EG_X509_TEXT_MAX + 1];
    char unit[EG_X509_TEXT_MAX + 1];
    char common_name[EG_X509_TEXT_MAX + 1];
    char vendor[EG_X509_TEXT_MAX + 1];
    char product[EG_X509_TEXT_MAX + 1];
    EG_TRY(eg_certify_text(subject->country, country));
    EG_TRY(eg_certify_text(subject->organization, organization));
    EG_TRY(eg_certify_text(subject->organizational_unit, unit));
    EG_TRY(eg_certify_text(subject->common_name, common_name));
    EG_TRY(eg_certify_text(subject->vendor_id, vendor));
    EG_TRY(eg_certify_text(subject->product_id, product));
    struct eg_x509_name name = {.country = country,
                                .organization = organization,
                                .organizational_unit = unit,
                                .common_name = common_name,
                                .matter_vendor = vendor,
                                .matter_product = product};
    return eg_x509_name_encode(&name, out);
}

static eg_status issue(struct eg_vault *v, struct eg_x509_template *t, const struct eg_key *key,
                       const struct eg_key *signer, struct eg_writer *out)
{
    uint8_t room[EG_SPKI_LEN_MAX];
    struct eg_writer spki;
    eg_writer_init(&spki, room, sizeof(room));
    EG_TRY(eg_key_spki(key, &spki));
    t->spki = eg_writer_span(&spki);
    t->with_ski = true;
    return eg_x509_issue(v->crypto, t, signer, out);
}

eg_status eg_certify_self(struct eg_vault *v, struct eg_x509_template *t, const struct eg_key *key,
                          int64_t now_ms, struct eg_writer *out)
{
    if (t->not_before_s >= t->not_after_s) {
        return EG_ERR(CRYPTO_BAD_CERT);
    }
    t->issuer_name = t->subject_name;
    t->aki = eg_span(NULL, 0);
    EG_TRY(eg_x509_serial(v->crypto, now_ms, t->serial));
    return issue(v, t, key, key, out);
}

eg_status eg_certify_issued(struct eg_vault *v, struct eg_x509_template *t,
                            const struct eg_key *key, const struct eg_issuer *issuer,
                            int64_t now_ms, struct eg_writer *out)
{
    t->issuer_name = issuer->info.subject_name;
    t->aki = EG_SPAN_OF(issuer->key_id);
    EG_TRY(eg_vault_serial(v, t->aki, 0, now_ms, t->serial));
    return issue(v, t, key, issuer->key, out);
}
