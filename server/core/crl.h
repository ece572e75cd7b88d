/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_CORE_CRL_H
#define EG_SERVER_CORE_CRL_H
/** The certificate revocation lists of a hosted CA: public, kept, made anew after a revocation. The
 * complete one, and one for each shard of its certificates. */
#include "server/core/core.h"

enum {
    EG_CRL_LIFE_S = 7 * 86400, /* nextUpdate - thisUpdate */
    EG_CRL_AGE_S = 86400,      /* one older than this is made anew when it is asked for */
};

/**
 * DER of the CRL that holds every revocation answered so far. Needs no company in call.
 * CA_UNKNOWN: also a CA that signs nothing here. Errors of eg_vaultpool_crl_sign().
 */
EG_MUST_USE eg_status eg_crl_current(struct eg_call *call, int64_t ca_id, struct eg_span *out);

/** The same for one shard: the certificates that were given to it, server/store/store_pki.h.
 * CA_UNKNOWN: also a shard that is not there. */
EG_MUST_USE eg_status eg_crl_shard(struct eg_call *call, int64_t ca_id, uint32_t shard,
                                   struct eg_span *out);

/**
 * Where the CRL is found that certificates of this shard name, in the arena; "" when no public URL
 * is configured. shard 0: the complete CRL of the CA.
 */
const char *eg_crl_url(struct eg_call *call, int64_t ca_id, uint32_t shard);
/** As long as the longest of them. */
const char *eg_crl_longest_url(struct eg_call *call, int64_t ca_id);

#endif
