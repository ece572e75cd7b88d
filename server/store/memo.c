/* SPDX-License-Identifier: Apache-2.0 */
#include "server/store/memo.h"

#include <string.h>

#include "server/store/store_internal.h"

enum { PURGE_MAX = 20 }; /* expired memos that leave with one new one */

static _Thread_local const struct eg_memo *riding;

void eg_store_memo_ride(const struct eg_memo *memo)
{
    riding = memo;
}

const struct eg_memo *eg_memo_take(void)
{
    const struct eg_memo *memo = riding;

    riding = NULL;
    return memo;
}

/* From here on any other request with this key waits for our commit, or finds our memo. */
static eg_status claim(struct eg_db *db, const struct eg_memo *m)
{
    struct eg_arg args[] = {eg_arg_int(m->actor),
                            eg_arg_bytes(EG_SPAN_OF(m->key_hash)),
                            eg_arg_bytes(EG_SPAN_OF(m->request_hash)),
                            eg_arg_int(m->now_s),
                            eg_arg_int(m->expired_s),
                            eg_arg_bytes(eg_span(NULL, 0))};
    uint64_t changes;

    EG_TRY(eg_db_run(db, EG_SQL_MEMO_CLAIM, args, 6, &changes));
    return changes == 1 ? EG_OK : EG_ERR(IDEMPOTENCY_RACE);
}

static eg_status keep(struct eg_db *db, const struct eg_memo *m)
{
    struct eg_arg purge[] = {eg_arg_int(m->expired_s), eg_arg_int(PURGE_MAX)};
    struct eg_span answer = {NULL, 0};

    EG_TRY(m->answer(m->ctx, &answer));
    struct eg_arg args[] = {eg_arg_int(m->actor), eg_arg_bytes(EG_SPAN_OF(m->key_hash)),
                            eg_arg_bytes(answer)};
    EG_TRY(eg_db_run(db, EG_SQL_MEMO_ANSWER, args, 3, NULL));
    return eg_db_run(db, EG_SQL_MEMO_PURGE, purge, 2, NULL);
}

eg_status eg_memo_op(struct eg_db *db, void *arg)
{
    const struct eg_memo_write *w = arg;

    EG_TRY(claim(db, w->memo));
    EG_TRY(w->fn(db, w->arg));
    return keep(db, w->memo);
}

static void take_memo(struct eg_row *row, void *item)
{
    struct eg_memo_found *out = item;
    struct eg_span hash = eg_db_bytes(row->db, 0);

    memcpy(out->request_hash, hash.ptr, hash.len < EG_MEMO_HASH_LEN ? hash.len : EG_MEMO_HASH_LEN);
    out->answer = eg_row_bytes(row, 1);
}

eg_status eg_store_memo_find(struct eg_store *store, const struct eg_memo *memo,
                             struct eg_arena *arena, struct eg_memo_found *out)
{
    struct eg_get get = {.sql = EG_SQL_MEMO_FIND,
                         .args = {eg_arg_int(memo->actor), eg_arg_bytes(EG_SPAN_OF(memo->key_hash)),
                                  eg_arg_int(memo->expired_s)},
                         .count = 3,
                         .arena = arena,
                         .fn = take_memo,
                         .item = out,
                         .missing = EG_ERR(STORE_NOT_FOUND)};

    memset(out, 0, sizeof *out);
    return eg_store_get(store, &get);
}
