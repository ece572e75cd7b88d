/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_API_IDEMPOTENCY_H
#define EG_SERVER_API_IDEMPOTENCY_H
/**
 * Header Idempotency-Key: a request that makes something may be repeated with the same key and gets
 * the answer of the first time, for EG_LIMIT_IDEMPOTENCY_S. The answer is kept sealed, since the
 * one to a new API key holds that key. Inside server/api.
 */
#include "server/api/call.h"

/**
 * Read the header. EG_OK without one, and for a key that is new: a->c.memo is set then.
 * *out_again: the request was answered before; the answer is in a (status, json or text).
 * API_HEADER: the key has an unusable form. API_IDEMPOTENCY: it belongs to another request.
 */
EG_MUST_USE eg_status eg_idempotency_begin(struct eg_api_call *a, bool *out_again);

#endif
