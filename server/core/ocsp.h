/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_CORE_OCSP_H
#define EG_SERVER_CORE_OCSP_H
/**
 * Answers to OCSP requests about certificates of a hosted CA, made from what the database knows at
 * that moment: a revocation is seen by the next request. Signed by a key of the CA's own
 * (docs/decisions/0007-ocsp-responder.md).
 */
#include "server/core/core.h"

enum {
    EG_OCSP_LIFE_S = 3600,      /* nextUpdate - thisUpdate */
    EG_OCSP_CACHE_S = 30,       /* how long a cache on the way may keep an answer */
    EG_OCSP_KEY_DAYS = 30,      /* life of the responder's certificate */
    EG_OCSP_KEY_RENEW_DAYS = 10 /* made anew when it has less than this left */
};

struct eg_ocsp_answer {
    struct eg_span der;    /* OCSPResponse, in the arena */
    bool successful;       /* false: it says only why there is none */
    bool has_nonce;        /* only for the one who asked */
    int64_t this_update_s; /* when successful */
    int64_t next_update_s;
};

/**
 * Answer one request (DER). Needs no company in call. Whatever the request is, there is an answer:
 * malformedRequest, unauthorized (another CA than this one), tryLater (the vault or the database is
 * busy), internalError. Errors: NO_MEMORY only.
 */
EG_MUST_USE eg_status eg_ocsp_answer(struct eg_call *call, int64_t ca_id, struct eg_span request,
                                     struct eg_ocsp_answer *out);

/** Where the CA is asked, in the arena; "" when no public URL is configured. */
const char *eg_ocsp_url(struct eg_call *call, int64_t ca_id);

#endif
