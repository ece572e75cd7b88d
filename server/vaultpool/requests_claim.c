/* SPDX-License-Identifier: Apache-2.0 */
/* The calls of vaultpool.h about claim codes. */
#include <stdlib.h>
#include <string.h>

#include "lib/wire/vault_msg.h"
#include "server/vaultpool/limits.h"
#include "server/vaultpool/pool.h"

static void put_open(struct eg_writer *w, const void *ctx)
{
    eg_vault_put_claim(w, ctx);
}

static void put_tag(struct eg_writer *w, const void *ctx)
{
    eg_vault_put_claim_tag(w, ctx);
}

static eg_status call_for_tags(struct eg_vaultpool *pool, uint16_t op, eg_pool_put put,
                               const void *request, size_t count, uint8_t *out)
{
    struct eg_worker_answer answer;
    struct eg_span result;
    struct eg_span tags;
    size_t len = count * EG_VAULT_CLAIM_TAG_LEN;
    EG_TRY(eg_pool_call(pool, op, put, request, count * EG_VAULT_TEXT_MAX, &answer, &result));
    eg_status st = eg_vault_get_signed(result, len, &tags);
    if (eg_ok(st) && tags.len != len) {
        st = EG_ERR(WIRE_BAD_MESSAGE);
    }
    if (eg_ok(st)) {
        memcpy(out, tags.ptr, len);
    }
    free(answer.memory);
    return st;
}

eg_status eg_vaultpool_claim_open(struct eg_vaultpool *pool,
                                  const struct eg_vault_claim_request *request,
                                  uint8_t out[static EG_VAULT_CLAIM_TAG_LEN])
{
    memset(out, 0, EG_VAULT_CLAIM_TAG_LEN);
    EG_TRY(eg_limits_claim(request));
    return call_for_tags(pool, EG_VAULT_OP_CLAIM_OPEN, put_open, request, 1, out);
}

eg_status eg_vaultpool_claim_tag(struct eg_vaultpool *pool,
                                 const struct eg_vault_claim_tag_request *request, uint8_t *out)
{
    EG_TRY(eg_limits_claim_tag(request));
    return call_for_tags(pool, EG_VAULT_OP_CLAIM_TAG, put_tag, request, request->count, out);
}
