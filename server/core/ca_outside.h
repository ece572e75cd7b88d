/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_CORE_CA_OUTSIDE_H
#define EG_SERVER_CORE_CA_OUTSIDE_H
/**
 * CAs that touch the outside: intermediates whose certificate an outside root signs, and the
 * certificates of such roots, which are kept so that chains are whole.
 */
#include "server/core/ca.h"

/** Make a key and a request; the CA is PENDING. NAME_TAKEN, CRYPTO_BAD_CERT, PROFILE. */
EG_MUST_USE eg_status eg_ca_create_pending(struct eg_call *call, const struct eg_ca_order *order,
                                           struct eg_ca *out);

/** PEM of the request. CA_UNKNOWN; CA_NOT_PENDING: it was never made for one. */
EG_MUST_USE eg_status eg_ca_csr_pem(struct eg_call *call, int64_t id, struct eg_span *out);

/**
 * Take the signed certificate (PEM or DER): over the key of the request, a CA that may sign
 * certificates, valid now, issued by a CA that is known here. CA_UNKNOWN, CA_NOT_PENDING,
 * CRYPTO_BAD_CERT, CA_CERTIFICATE (call->detail says what does not fit), PROFILE.
 */
EG_MUST_USE eg_status eg_ca_activate(struct eg_call *call, int64_t id, struct eg_span certificate,
                                     struct eg_ca *out);

/** Keep the certificate of an outside CA: self-signed, or issued by one kept before. NAME_TAKEN,
 * CRYPTO_BAD_CERT, CA_CERTIFICATE. */
EG_MUST_USE eg_status eg_ca_add_external(struct eg_call *call, const char *name, bool test,
                                         struct eg_span certificate, struct eg_ca *out);

/** CA_UNKNOWN, IN_USE. */
EG_MUST_USE eg_status eg_ca_delete(struct eg_call *call, int64_t id);

/** The CA of this company whose key signed `der`, by name and signature; CA_UNKNOWN if none. */
EG_MUST_USE eg_status eg_ca_issuer_of(struct eg_call *call, struct eg_span der, struct eg_ca *out);

#endif
