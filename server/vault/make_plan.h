/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_VAULT_MAKE_PLAN_H
#define EG_SERVER_VAULT_MAKE_PLAN_H
/**
 * A plan checked and made ready once, so that each device costs only what is its own: family found,
 * CAs and secrets opened, texts copied, references verified.
 */
#include "lib/object/object.h"
#include "lib/object/recipe.h"
#include "server/vault/certify.h"

/** What a certificate of this plan has in common on all devices. */
struct eg_make_certificate {
    const struct eg_issuer *issuer;
    int64_t not_before_s, not_after_s; /* already cut */
    char country[EG_X509_TEXT_MAX + 1];
    char organization[EG_X509_TEXT_MAX + 1];
    char organizational_unit[EG_X509_TEXT_MAX + 1];
    char common_name_prefix[EG_X509_TEXT_MAX + 1];
    char vendor_id[EG_X509_TEXT_MAX + 1];
    char product_id[EG_X509_TEXT_MAX + 1];
    char crl_url_room[EG_VAULT_TEXT_MAX + 1];
    const char *crl_url; /* NULL, or crl_url_room */
    char ocsp_url_room[EG_VAULT_TEXT_MAX + 1];
    const char *ocsp_url; /* NULL, or ocsp_url_room */
};

struct eg_make_object {
    const struct eg_vault_object *asked;
    struct eg_object object;
    struct eg_span value; /* CLEAR, SECRET: what to seal; DIVERSIFIED: the master secret */
    struct eg_make_certificate certificate;
};

/** Secret: values of SECRET and DIVERSIFIED objects; they lie in eg_vault.secrets. */
struct eg_make_plan {
    const struct eg_vault_plan *asked;
    const struct eg_family *family;
    struct eg_binding binding;
    struct eg_make_object objects[EG_VAULT_OBJECTS_MAX];
    size_t object_count;
    size_t secrets_len; /* bytes used in eg_vault.secrets */
};

/**
 * Errors as eg_vaultpool_make() says for the whole call. The caller calls eg_make_plan_wipe() in
 * any case. asked must outlive *out.
 */
EG_MUST_USE eg_status eg_make_plan_init(struct eg_vault *v, const struct eg_vault_plan *asked,
                                        struct eg_make_plan *out);
void eg_make_plan_wipe(struct eg_vault *v, struct eg_make_plan *plan);

#endif
