/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_API_API_H
#define EG_SERVER_API_API_H
/**
 * The REST API: from a complete HTTP request to a complete answer.
 *
 *   route -> authenticate -> role -> body limit -> JSON -> handler (decode, call core, encode)
 *
 * docs/protocol/rest.md describes every call. Refusals are always
 *   {"code":"ERR_..","message":"cause","details":..,"next":"what to do","correlationId":".."}
 */
#include "server/core/core.h"
#include "server/net/http.h"

/** What net calls; ctx is the core. Logs one line per request. */
struct eg_http_app eg_api_app(struct eg_core *core);

#endif
