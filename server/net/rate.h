/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_NET_RATE_H
#define EG_SERVER_NET_RATE_H
/**
 * How many requests a second one caller may make: a bucket of tokens per address and per API key,
 * filled at the rate and as deep as one second of it. Buckets live in a table of fixed size; a
 * caller whose bucket was given away meanwhile starts with a full one.
 *
 * Threads: any.
 */
#include <stdbool.h>
#include <stdint.h>

struct eg_rate;

/** Who is counted. */
enum eg_rate_kind { EG_RATE_ADDRESS = 1, EG_RATE_KEY = 2 };

/** per_second 0: no limit. Returns owned: eg_rate_free(). NULL: no memory. */
struct eg_rate *eg_rate_new(uint32_t per_second);
void eg_rate_free(struct eg_rate *rate); /* NULL is fine */

/** Take one token of the caller; false when there is none. now_ms: monotonic. */
bool eg_rate_take(struct eg_rate *rate, enum eg_rate_kind kind, uint64_t who, int64_t now_ms);

#endif
