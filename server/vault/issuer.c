/* SPDX-License-Identifier: Apache-2.0 */
#include "server/vault/issuer.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/secret.h"
#include "server/vault/wrap.h"

struct eg_issuers {
    struct eg_issuer list[EG_ISSUERS_KEPT];
    uint64_t uses;
};

eg_status eg_issuers_new(struct eg_issuers **out)
{
    *out = calloc(1, sizeof(**out));
    return *out != NULL ? EG_OK : EG_ERR(NO_MEMORY);
}

static void forget(struct eg_issuer *issuer)
{
    eg_key_free(issuer->key);
    *issuer = (struct eg_issuer){0};
}

void eg_issuers_free(struct eg_issuers *all)
{
    if (all == NULL) {
        return;
    }
    for (size_t i = 0; i < EG_ISSUERS_KEPT; i++) {
        forget(&all->list[i]);
    }
    free(all);
}

/* Hash over company, wrapped key and certificate, each with its length. */
static eg_status issuer_id(struct eg_vault *v, uint64_t company_id, const struct eg_vault_ca *ca,
                           uint8_t out[static EG_SHA256_LEN])
{
    uint8_t text[8 + 4 + EG_VAULT_WRAPPED_KEY_MAX + 4 + EG_VAULT_CERTIFICATE_MAX];
    struct eg_writer w;
    eg_writer_init(&w, text, sizeof(text));
    eg_writer_be64(&w, company_id);
    eg_writer_block(&w, ca->wrapped_key);
    eg_writer_block(&w, ca->certificate);
    EG_TRY(w.status);
    return eg_hash(v->crypto, EG_HASH_SHA256, eg_writer_span(&w), out);
}

static struct eg_issuer *find(struct eg_issuers *all, const uint8_t *id)
{
    for (size_t i = 0; i < EG_ISSUERS_KEPT; i++) {
        struct eg_issuer *one = &all->list[i];
        if (one->key != NULL && memcmp(one->id, id, EG_SHA256_LEN) == 0) {
            return one;
        }
    }
    return NULL;
}

static struct eg_issuer *oldest(struct eg_issuers *all)
{
    struct eg_issuer *found = &all->list[0];
    for (size_t i = 1; i < EG_ISSUERS_KEPT; i++) {
        if (all->list[i].last_use < found->last_use) {
            found = &all->list[i];
        }
    }
    return found;
}

/* Certificate of this very key, and of a CA? */
static eg_status check_certificate(struct eg_vault *v, struct eg_issuer *issuer)
{
    uint8_t room[EG_SPKI_LEN_MAX];
    struct eg_writer spki;
    struct eg_span der = eg_span(issuer->certificate, issuer->certificate_len);
    if (!eg_ok(eg_x509_parse(der, &issuer->info))) {
        return EG_ERR(VAULT_ISSUER);
    }
    eg_writer_init(&spki, room, sizeof(room));
    EG_TRY(eg_key_spki(issuer->key, &spki));
    const struct eg_x509_info *info = &issuer->info;
    bool may_sign = info->is_ca && (info->key_usage & EG_KU_KEY_CERT_SIGN) != 0;
    if (!may_sign || !eg_span_equal(eg_writer_span(&spki), info->spki)) {
        return EG_ERR(VAULT_ISSUER);
    }
    if (info->path_len >= 0 && (issuer->path_len < 0 || info->path_len < issuer->path_len)) {
        issuer->path_len = info->path_len;
    }
    if (info->ski.len == sizeof(issuer->key_id)) {
        memcpy(issuer->key_id, info->ski.ptr, sizeof(issuer->key_id));
        return EG_OK;
    }
    return eg_x509_key_id(v->crypto, info->spki, issuer->key_id);
}

static eg_status open_into(struct eg_vault *v, uint64_t company_id, const struct eg_vault_ca *ca,
                           struct eg_issuer *issuer)
{
    if (ca->certificate.len == 0 || ca->certificate.len > sizeof(issuer->certificate)) {
        return EG_ERR(VAULT_ISSUER);
    }
    EG_TRY(eg_unwrap_ca(v, company_id, ca->wrapped_key, &issuer->key, &issuer->path_len));
    memcpy(issuer->certificate, ca->certificate.ptr, ca->certificate.len);
    issuer->certificate_len = ca->certificate.len;
    return check_certificate(v, issuer);
}

eg_status eg_issuer_open(struct eg_vault *v, uint64_t company_id, const struct eg_vault_ca *ca,
                         const struct eg_issuer **out)
{
    uint8_t id[EG_SHA256_LEN];
    *out = NULL;
    EG_TRY(issuer_id(v, company_id, ca, id));
    struct eg_issuer *issuer = find(v->issuers, id);
    if (issuer == NULL) {
        issuer = oldest(v->issuers);
        forget(issuer);
        eg_status st = open_into(v, company_id, ca, issuer);
        if (!eg_ok(st)) {
            forget(issuer);
            return st;
        }
        memcpy(issuer->id, id, sizeof(id));
    }
    issuer->last_use = ++v->issuers->uses;
    *out = issuer;
    return EG_OK;
}

eg_status eg_issuer_cut_validity(const struct eg_issuer *issuer, int64_t now_s,
                                 int64_t *not_before_s, int64_t *not_after_s)
{
    const struct eg_x509_info *info = &issuer->info;
    if (now_s < info->not_before_s || now_s > info->not_after_s) {
        return EG_ERR(VAULT_ISSUER);
    }
    int64_t from = *not_before_s > info->not_before_s ? *not_before_s : info->not_before_s;
    int64_t to = *not_after_s < info->not_after_s ? *not_after_s : info->not_after_s;
    if (from >= to) {
        return EG_ERR(VAULT_ISSUER);
    }
    *not_before_s = from;
    *not_after_s = to;
    return EG_OK;
}
