/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_STORE_PKI_INTERNAL_H
#define EG_SERVER_STORE_PKI_INTERNAL_H
/** What the complete CRL of a CA and the CRL of one shard share: how their rows are read. */
#include "server/store/store_internal.h"
#include "server/store/store_pki.h"

/** Into a struct eg_crl_state: the CA's five columns, then revision, crl_revision, next update and
 * DER, which are NULL while there is none. */
void eg_take_crl_state(struct eg_row *row, void *item);

/** Into a struct eg_revocation: serial, reason, time; the rest of it is zero. */
void eg_take_crl_entry(struct eg_row *row, void *item);

#endif
