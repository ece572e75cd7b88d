/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_API_API_H
#define EG_SERVER_API_API_H
/**
 * The REST API: from a complete HTTP request to a complete answer.
 *
 *   rate -> route -> authenticate -> role, scope -> body limit -> JSON -> Idempotency-Key ->
 * handler (decode, call core, encode)
 *
 * docs/protocol/rest.md describes every call. Refusals are always
 *   {"code":"ERR_..","message":"cause","details":..,"next":"what to do","correlationId":".."}
 */
#include "server/core/core.h"
#include "server/net/http.h"

struct eg_api;

/** Which calls are answered. */
enum eg_api_audience {
    EG_API_CLIENTS = 0,   /* all of routes.c, API key needed but for the public ones */
    EG_API_STRANGERS = 1, /* plain HTTP: what is signed by a CA or is a CA's certificate; all else
                             is 404 */
};

struct eg_api_options {
    struct eg_core *core; /* borrowed for the life of the API */
    enum eg_api_audience audience;
    uint32_t rate_per_second; /* requests per second of one address and of one API key; 0: any */
};

/** Returns owned: eg_api_free(). NO_MEMORY. */
EG_MUST_USE eg_status eg_api_new(const struct eg_api_options *options, struct eg_api **out);
void eg_api_free(struct eg_api *api); /* NULL is fine; no request may be at work */

/** What net calls. Logs one line per request. */
struct eg_http_app eg_api_app(struct eg_api *api);

#endif
