/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_STORE_STORE_MEMO_H
#define EG_SERVER_STORE_STORE_MEMO_H
/**
 * Answers kept under a client's Idempotency-Key, so that a repeated request makes nothing twice.
 *
 * The answer is stored in the very transaction that makes the thing: a memo rides on a write.
 *
 *   claim the key | the write itself | ask for the answer, keep it | commit
 *
 * Whoever comes second, on any node, finds the key claimed and changes nothing.
 */
#include "server/store/store.h"

enum { EG_MEMO_HASH_LEN = 32 };

/** Borrowed from eg_store_memo_ride() until that write has returned. */
struct eg_memo {
    int64_t actor;                          /* API key id; each has its own keys */
    uint8_t key_hash[EG_MEMO_HASH_LEN];     /* of the Idempotency-Key */
    uint8_t request_hash[EG_MEMO_HASH_LEN]; /* of everything that makes it the same request */
    int64_t now_s;
    int64_t expired_s; /* memos made at or before this time count as absent and may go */
    /**
     * Called once on the writer thread, when the write has succeeded and its results are in place:
     * the bytes to keep (they live until the write returns). Must not call the store.
     */
    eg_status (*answer)(void *ctx, struct eg_span *out);
    void *ctx;
};

/**
 * Let memo ride on the next write that this thread makes (one write, whatever becomes of it). That
 * write then has one more error: IDEMPOTENCY_RACE, the key has a memo already; nothing changed.
 */
void eg_store_memo_ride(const struct eg_memo *memo);

struct eg_memo_found {
    uint8_t request_hash[EG_MEMO_HASH_LEN];
    struct eg_span answer; /* as kept */
};

/** What the memo's actor has under its key. STORE_NOT_FOUND: nothing, or it is expired. */
EG_MUST_USE eg_status eg_store_memo_find(struct eg_store *store, const struct eg_memo *memo,
                                         struct eg_arena *arena, struct eg_memo_found *out);

#endif
