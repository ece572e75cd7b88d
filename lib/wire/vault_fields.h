/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_LIB_WIRE_VAULT_FIELDS_H
#define EG_LIB_WIRE_VAULT_FIELDS_H
/** Fields that several vault messages share; private to lib/wire. Readers keep their first error.
 */
#include "lib/wire/vault_types.h"

void eg_vault_put_bool(struct eg_writer *w, bool value);
bool eg_vault_get_bool(struct eg_reader *r); /* 0 or 1, anything else is an error */

uint8_t eg_vault_get_u8_max(struct eg_reader *r, uint8_t max);

/** A 32-bit count within min .. max; 0 on error, so that loops over it end. */
uint32_t eg_vault_get_count(struct eg_reader *r, uint32_t min, uint32_t max);

/** A block of at most EG_VAULT_TEXT_MAX bytes without NUL. */
struct eg_span eg_vault_get_text(struct eg_reader *r);

void eg_vault_put_issuer(struct eg_writer *w, const struct eg_vault_ca *ca);
void eg_vault_get_issuer(struct eg_reader *r, struct eg_vault_ca *out);

void eg_vault_put_service_key(struct eg_writer *w, const struct eg_vault_service_key *key);
void eg_vault_get_service_key(struct eg_reader *r, struct eg_vault_service_key *out);

void eg_vault_put_subject(struct eg_writer *w, const struct eg_vault_subject *s);
void eg_vault_get_subject(struct eg_reader *r, struct eg_vault_subject *out);

/** End of a message: EG_OK if everything was read without error, else WIRE_BAD_MESSAGE. */
EG_MUST_USE eg_status eg_vault_finish(const struct eg_reader *r);

#endif
