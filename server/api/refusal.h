/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_API_REFUSAL_H
#define EG_SERVER_API_REFUSAL_H
/** A status as HTTP status and JSON body; inside server/api. */
#include "server/core/core.h"
#include "server/net/http.h"

/**
 * Fill rs for a status. detail: what a person should know, or "". refusal: lists of a refused
 * assignment, or NULL; they become "details" as a JSON document encoded as a text (the form that
 * clients of the original API decode).
 */
void eg_refusal_write(eg_status st, const char *detail, const struct eg_refusal *refusal,
                      struct eg_http_response *rs);

/** The lists as JSON text . Returns owned: free(). NULL: no memory. */
char *eg_refusal_lists(const struct eg_refusal *refusal);

/** HTTP status of a status. */
int eg_refusal_http(eg_status st);

#endif
