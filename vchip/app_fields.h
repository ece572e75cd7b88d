/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_VCHIP_APP_FIELDS_H
#define EG_VCHIP_APP_FIELDS_H
/** Fields of requests and answers on the application's socket (docs/protocol/vchip.md). */
#include <jansson.h>

#include "vchip/enclave.h"

/** Bytes of a hexadecimal field, on the heap, may be secret: eg_app_bytes_free(). */
struct eg_app_bytes {
    uint8_t *ptr;
    size_t len;
};

static inline struct eg_span eg_app_span(const struct eg_app_bytes *b)
{
    return eg_span(b->ptr, b->len);
}

/** A number of 32 bits; false: not there, or none. */
bool eg_app_number(const json_t *request, const char *name, uint32_t *out);
/** Hexadecimal; free out in any case. */
bool eg_app_hex(const json_t *request, const char *name, struct eg_app_bytes *out);
void eg_app_bytes_free(struct eg_app_bytes *b); /* wipes; safe on the zero state */

/* Answers: owned by the caller; NULL when out of memory. */
json_t *eg_app_error(enum eg_psa_status status);
json_t *eg_app_malformed(void);
json_t *eg_app_hex_answer(const char *field, struct eg_span data);
json_t *eg_app_done(enum eg_psa_status status); /* no field but the status */

#endif
