/* SPDX-License-Identifier: Apache-2.0 */
/* CRL_SIGN: a certificate revocation list, built here from its entries. */
#include <stdlib.h>

#include "lib/crypto/x509_crl.h"
#include "server/vault/certify.h"
#include "server/vault/issuer.h"
#include "server/vault/ops.h"

/* The entries of the message, in both forms: as sent and as lib/crypto takes them. */
struct lists {
    struct eg_vault_revoked *revoked;
    struct eg_crl_entry *entries;
    uint8_t *crl;
};

static void lists_cleanup(struct lists *l)
{
    free(l->revoked);
    free(l->entries);
    free(l->crl);
}

static eg_status lists_init(struct lists *l, size_t count)
{
    *l = (struct lists){
        .revoked = calloc(count + 1, sizeof(*l->revoked)),
        .entries = calloc(count + 1, sizeof(*l->entries)),
        .crl = malloc(eg_crl_len_max(count)),
    };
    if (l->revoked != NULL && l->entries != NULL && l->crl != NULL) {
        return EG_OK;
    }
    lists_cleanup(l);
    return EG_ERR(NO_MEMORY);
}

static eg_status sign(struct eg_vault *v, const struct eg_vault_crl_request *q, struct lists *l,
                      struct eg_writer *out)
{
    struct eg_writer crl;
    char url_room[EG_VAULT_TEXT_MAX + 1];
    const char *shard_url;
    const struct eg_issuer *issuer;
    EG_TRY(eg_certify_url(q->shard_url, url_room, &shard_url));
    for (size_t i = 0; i < q->revoked_count; i++) {
        l->entries[i] = (struct eg_crl_entry){q->revoked[i].serial, q->revoked[i].revoked_s,
                                              q->revoked[i].reason};
    }
    EG_TRY(eg_issuer_open(v, q->company_id, &q->issuer, &issuer));
    if ((issuer->info.key_usage & EG_KU_CRL_SIGN) == 0) {
        return EG_ERR(VAULT_ISSUER);
    }
    const struct eg_crl_template t = {
        .issuer_name = issuer->info.subject_name,
        .aki = EG_SPAN_OF(issuer->key_id),
        .number = q->number,
        .this_update_s = q->this_update_s,
        .next_update_s = q->next_update_s,
        .entries = l->entries,
        .count = q->revoked_count,
        .shard_url = shard_url,
    };
    eg_writer_init(&crl, l->crl, eg_crl_len_max(q->revoked_count));
    EG_TRY(eg_crl_sign(v->crypto, &t, issuer->key, &crl));
    eg_vault_put_signed(out, eg_writer_span(&crl));
    return EG_OK;
}

eg_status eg_vault_run_crl_sign(struct eg_vault *v, struct eg_span body, struct eg_writer *out)
{
    struct eg_vault_crl_request q;
    struct eg_span list;
    struct lists l;
    EG_TRY(eg_vault_get_crl_head(body, &q, &list));
    EG_TRY(lists_init(&l, q.revoked_count));
    eg_status st = eg_vault_get_crl_list(list, l.revoked, &q);
    if (eg_ok(st)) {
        st = sign(v, &q, &l, out);
    }
    lists_cleanup(&l);
    return st;
}
