/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_CORE_CA_H
#define EG_SERVER_CORE_CA_H
/**
 * Certificate authorities hosted here: roots, and intermediates below them. The company's default
 * root is made when something first needs it. Keys are made and used in the vault only.
 */
#include "lib/crypto/crypto.h"
#include "server/core/core.h"

/** What a new CA shall be. Texts are borrowed. */
struct eg_ca_order {
    const char *name;
    enum eg_key_alg algorithm;
    const char *organization; /* NULL: the company's name */
    const char *prefix;       /* before the name in the common name; NULL: none */
    int64_t years;            /* 1 .. EG_LIMIT_CA_YEARS */
    int64_t issuer_id;        /* intermediate: 0 for the default root */
    bool leaf_ski, leaf_aki;  /* intermediate: identifiers in the certificates it issues */
};

/** NAME_TAKEN; CRYPTO_BAD_CERT: a name is not fit for a certificate. */
EG_MUST_USE eg_status eg_ca_create_root(struct eg_call *call, const struct eg_ca_order *order,
                                        struct eg_ca *out);
/** Also CA_UNKNOWN (issuer). */
EG_MUST_USE eg_status eg_ca_create_intermediate(struct eg_call *call,
                                                const struct eg_ca_order *order, struct eg_ca *out);

/** Do leaves of this CA carry subject and authority key identifiers? */
void eg_ca_leaf_options(const struct eg_ca *ca, bool *out_ski, bool *out_aki);

/** PEM of one certificate into the arena. */
EG_MUST_USE eg_status eg_ca_pem(struct eg_call *call, struct eg_span der, struct eg_span *out);

/** PEM chain of a CA: itself first, root last. CA_UNKNOWN. */
EG_MUST_USE eg_status eg_ca_chain_pem(struct eg_call *call, int64_t id, struct eg_span *out);

#endif
