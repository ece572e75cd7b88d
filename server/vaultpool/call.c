/* SPDX-License-Identifier: Apache-2.0 */
/* One operation: encode, send, read, and again if the worker died under it. */
#include <stdlib.h>

#include "lib/wire/vault_msg.h"
#include "server/vaultpool/pool.h"

enum {
    MESSAGE_MIN = 4096, /* first guess of a message's size, bytes, and room beyond a hint */
    MESSAGE_MAX = EG_VAULT_FRAME_LEN + EG_VAULT_MESSAGE_MAX,
};

/* Frame and body, on the heap; grows until it fits. */
static eg_status encode(uint16_t op, eg_pool_put put, const void *ctx, size_t size_hint,
                        struct eg_writer *out)
{
    size_t room = MESSAGE_MIN + size_hint;
    for (;; room *= 2) {
        room = room < MESSAGE_MAX ? room : MESSAGE_MAX;
        uint8_t *memory = malloc(room);
        if (memory == NULL) {
            return EG_ERR(NO_MEMORY);
        }
        eg_writer_init(out, memory, room);
        uint8_t *head = eg_writer_reserve(out, EG_VAULT_FRAME_LEN);
        put(out, ctx);
        if (eg_ok(out->status)) {
            struct eg_vault_frame frame = {op, (uint32_t)(out->len - EG_VAULT_FRAME_LEN)};
            eg_vault_frame_put(&frame, head);
            return EG_OK;
        }
        free(memory);
        if (!eg_is(out->status, EG_E_NO_ROOM) || room == MESSAGE_MAX) {
            return eg_is(out->status, EG_E_NO_ROOM) ? EG_ERR(VAULT_LIMIT) : out->status;
        }
    }
}

static void count_repeat(struct eg_vaultpool *pool)
{
    (void)pthread_mutex_lock(&pool->lock);
    pool->repeats++;
    (void)pthread_mutex_unlock(&pool->lock);
}

/* A worker found dead before it was asked costs no try: nothing was begun. */
static eg_status exchange(struct eg_vaultpool *pool, struct eg_span message,
                          struct eg_worker_answer *out)
{
    unsigned begun = 0;
    unsigned found_dead = 0;
    while (begun < EG_VAULTPOOL_TRIES && found_dead <= 2 * EG_VAULTPOOL_WORKERS_MAX) {
        struct eg_slot *slot;
        EG_TRY(eg_pool_take(pool, &slot));
        eg_status st = eg_worker_exchange(&slot->worker, message, out);
        if (eg_ok(st)) {
            eg_pool_give(pool, slot);
            return EG_OK;
        }
        eg_pool_bury(pool, slot);
        if (eg_is(st, EG_E_NO_MEMORY)) {
            return st;
        }
        if (eg_is(st, EG_E_OS_PEER_GONE)) {
            found_dead++;
            continue;
        }
        begun++;
        count_repeat(pool);
    }
    return EG_ERR(VAULT_UNAVAILABLE);
}

/* ---- what the vault said --------------------------------------------------------------------- */

static _Thread_local char why[EG_VAULT_WHY_MAX + 1];

const char *eg_vaultpool_why(void)
{
    return why;
}

static void keep_why(struct eg_span sentence)
{
    size_t len = sentence.len < EG_VAULT_WHY_MAX ? sentence.len : EG_VAULT_WHY_MAX;
    for (size_t i = 0; i < len; i++) {
        uint8_t ch = sentence.ptr[i];
        why[i] = (char)(ch >= ' ' && ch <= '~' ? ch : '?');
    }
    why[len] = '\0';
}

eg_status eg_pool_call(struct eg_vaultpool *pool, uint16_t op, eg_pool_put put, const void *ctx,
                       size_t size_hint, struct eg_worker_answer *out, struct eg_span *result)
{
    struct eg_writer message;
    why[0] = '\0';
    *out = (struct eg_worker_answer){0};
    EG_TRY(encode(op, put, ctx, size_hint, &message));
    eg_status st = exchange(pool, eg_writer_span(&message), out);
    free(message.ptr);
    EG_TRY(st);
    st = eg_vault_get_answer(out->body, result);
    if (!eg_ok(st)) {
        keep_why(*result);
        free(out->memory);
        *out = (struct eg_worker_answer){0};
        *result = (struct eg_span){0};
    }
    return st;
}
