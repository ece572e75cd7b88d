/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_CORE_CA_H
#define EG_SERVER_CORE_CA_H
/**
 * Certificate authorities hosted here: roots, and intermediates below them. The company's default
 * root is made when something first needs it. Keys are made and used in the vault only.
 */
#include "lib/crypto/x509.h"
#include "server/core/core.h"

struct eg_cert_profile;

enum { EG_CA_OPTIONS_LEN = 200, EG_CA_ALWAYS = 0 /* years: without an end */ };

/** What a new CA shall be. Texts are borrowed. */
struct eg_ca_order {
    const char *name;
    enum eg_key_alg algorithm;
    const char *organization; /* NULL: the company's name */
    const char *prefix;       /* before the name in the common name; NULL: none */
    int64_t years;            /* 1 .. EG_LIMIT_CA_YEARS, or EG_CA_ALWAYS */
    bool years_asked;         /* by the client: refused when they end after the issuer */
    int64_t issuer_id;        /* intermediate: 0 for the default root */
    bool leaf_ski, leaf_aki;  /* intermediate: identifiers in the certificates it issues */
    bool test;                /* nothing below it may enter a production group */
    const struct eg_cert_profile *profile; /* NULL: none */
    const char *vendor_id, *product_id;    /* Matter; NULL: none */
};

/** NAME_TAKEN; CRYPTO_BAD_CERT: a name is not fit for a certificate. */
EG_MUST_USE eg_status eg_ca_create_root(struct eg_call *call, const struct eg_ca_order *order,
                                        struct eg_ca *out);
/** Also CA_UNKNOWN, CA_PENDING, CA_EXTERNAL (issuer), PROFILE, VALIDITY_BEYOND_CA. */
EG_MUST_USE eg_status eg_ca_create_intermediate(struct eg_call *call,
                                                const struct eg_ca_order *order, struct eg_ca *out);

/** Name of the profile a CA was made with, in the arena; "" if none. */
const char *eg_ca_profile(struct eg_call *call, const struct eg_ca *ca);
/** Was it, or a CA above it, marked as being for test only? */
EG_MUST_USE eg_status eg_ca_is_test(struct eg_call *call, int64_t ca_id, bool *out);
/** Marked itself. */
bool eg_ca_marked_test(const struct eg_ca *ca);
/** May it sign? CA_PENDING, CA_EXTERNAL. */
EG_MUST_USE eg_status eg_ca_may_sign(const struct eg_ca *ca);

/**
 * May something that was asked to be valid until not_after_s (INT64_MAX: without an end) be issued
 * by this CA? VALIDITY_BEYOND_CA; `where` is the member that asked. Up to a day beyond is fine: it
 * is cut, so that a CA and what is made below it a moment later may have the same years.
 */
EG_MUST_USE eg_status eg_ca_check_end(struct eg_call *call, const struct eg_ca *ca,
                                      int64_t not_after_s, const char *where);

/**
 * Store a new CA. *out is in place before the write: texts and bytes of ca go to the arena. makes:
 * it is what the request asked for.
 */
EG_MUST_USE eg_status eg_ca_store(struct eg_call *call, const struct eg_ca *ca, bool makes,
                                  struct eg_ca *out);

/* For ca_outside.c: parts of an order. */
void eg_ca_write_options(const struct eg_ca_order *o, char out[static EG_CA_OPTIONS_LEN]);
void eg_ca_common_name(const struct eg_ca_order *o, char out[static EG_X509_TEXT_MAX + 1]);
struct eg_vault_subject eg_ca_subject(const struct eg_call *call, const struct eg_ca_order *o,
                                      const char *common_name);
static inline const char *eg_ca_text(const char *text)
{
    return text == NULL ? "" : text;
}

/** Do leaves of this CA carry subject and authority key identifiers? */
void eg_ca_leaf_options(const struct eg_ca *ca, bool *out_ski, bool *out_aki);

/** PEM of one certificate into the arena. */
EG_MUST_USE eg_status eg_ca_pem(struct eg_call *call, struct eg_span der, struct eg_span *out);

/** PEM chain of a CA: itself first, root last. CA_UNKNOWN. */
EG_MUST_USE eg_status eg_ca_chain_pem(struct eg_call *call, int64_t id, struct eg_span *out);

#endif
