/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_CORE_LEAF_SIZE_H
#define EG_SERVER_CORE_LEAF_SIZE_H
/** How long a certificate can become, asked before one is made: small parts take 1024 bytes. */
#include "server/core/object_def.h"
#include "server/store/store_catalog.h"

/**
 * Most bytes of a leaf over a key of algorithm `key`, issued by `issuer` as `def` says.
 * crl_url, ocsp_url: "" without CRL distribution point or OCSP access.
 */
size_t eg_leaf_size_max(const struct eg_object_def *def, enum eg_key_alg key,
                        const struct eg_ca *issuer, const char *crl_url, const char *ocsp_url);

#endif
