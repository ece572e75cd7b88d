/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_API_SCOPE_H
#define EG_SERVER_API_SCOPE_H
/**
 * API keys that are only for one product or one device group. What a call is about is read from
 * its path: {} behind "products", "device-groups", "devices" or "jobs". A call that is about
 * nothing of the kind is the company's and refused, but for a few that give away nothing of it.
 * Inside server/api.
 */
#include "server/api/call.h"

/** AUTH_SCOPE. Also for what does not exist: such a key learns nothing about other groups. */
EG_MUST_USE eg_status eg_scope_check(struct eg_api_call *a, const struct eg_route *route);

#endif
