/* SPDX-License-Identifier: Apache-2.0 */
#include "server/api/idempotency.h"

#include <string.h>

#include "server/main/limits.h"

enum {
    KEY_CHARS_MAX = 255,
    HEAD_LEN = 3, /* be16 HTTP status, u8 kind of body */
    KIND_JSON = 1,
    KIND_TEXT = 2,
};

static bool printable(const char *text)
{
    size_t len = 0;
    while (text[len] > ' ' && text[len] <= '~') {
        len++;
    }
    return len > 0 && len <= KEY_CHARS_MAX && text[len] == '\0';
}

/** What makes two requests the same: method, path and body. */
static eg_status hash_request(struct eg_api_call *a, uint8_t out[static EG_MEMO_HASH_LEN])
{
    struct eg_writer w;
    size_t room = strlen(a->rq->method) + strlen(a->rq->path) + 2 + EG_MEMO_HASH_LEN;
    uint8_t body[EG_MEMO_HASH_LEN];
    EG_TRY(eg_core_sha256(a->c.core, a->rq->body, body));
    eg_writer_init(&w, eg_arena_alloc(a->c.arena, room), room);
    if (w.ptr == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    eg_writer_str(&w, a->rq->method);
    eg_writer_u8(&w, ' ');
    eg_writer_str(&w, a->rq->path);
    eg_writer_u8(&w, '\n');
    eg_writer_bytes(&w, EG_SPAN_OF(body));
    EG_TRY(w.status);
    return eg_core_sha256(a->c.core, eg_writer_span(&w), out);
}

/** Status, kind and body of the answer in one piece, in the arena. */
static eg_status pack(struct eg_api_call *a, struct eg_span *out)
{
    struct eg_writer w;
    bool text = a->text_type != NULL;
    struct eg_span body = text ? a->text : eg_span(a->json.text, a->json.len);
    if (a->json.failed) {
        return EG_ERR(API_ANSWER_TOO_LARGE);
    }
    eg_writer_init(&w, eg_arena_alloc(a->c.arena, HEAD_LEN + body.len), HEAD_LEN + body.len);
    if (w.ptr == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    eg_writer_be16(&w, (uint16_t)(a->status == 0 ? 200 : a->status));
    eg_writer_u8(&w, text ? KIND_TEXT : KIND_JSON);
    eg_writer_bytes(&w, body);
    *out = eg_writer_span(&w);
    return w.status;
}

/** eg_memo.answer: on the writer thread, while the thread of the request waits. */
static eg_status answer(void *ctx, struct eg_span *out)
{
    struct eg_api_call *a = ctx;
    struct eg_span plain;
    struct eg_writer w;
    EG_TRY(eg_api_render(a));
    EG_TRY(pack(a, &plain));
    size_t room = plain.len + EG_CORE_SEAL_OVERHEAD;
    eg_writer_init(&w, eg_arena_alloc(a->c.arena, room), room);
    if (w.ptr == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    EG_TRY(eg_core_seal(a->c.core, EG_SPAN_OF(a->memo.key_hash), plain, &w));
    *out = eg_writer_span(&w);
    return w.status;
}

/** The stored answer becomes that of this call. */
static eg_status replay(struct eg_api_call *a, struct eg_span sealed)
{
    struct eg_writer w;
    struct eg_reader r;
    eg_writer_init(&w, eg_arena_alloc(a->c.arena, sealed.len + 1), sealed.len + 1);
    if (w.ptr == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    EG_TRY(eg_core_unseal(a->c.core, EG_SPAN_OF(a->memo.key_hash), sealed, &w));
    eg_reader_init(&r, eg_writer_span(&w));
    a->status = eg_reader_be16(&r);
    if (eg_reader_u8(&r) == KIND_TEXT) {
        a->text_type = "text/plain";
        a->text = r.rest;
    } else if (r.rest.len > 0) {
        eg_json_put_raw(&a->json, (const char *)r.rest.ptr, r.rest.len);
    }
    return r.status;
}

eg_status eg_idempotency_begin(struct eg_api_call *a, bool *out_again)
{
    struct eg_memo_found found;
    const char *key = eg_http_header(a->rq, "Idempotency-Key");
    struct eg_memo *m = &a->memo;
    *out_again = false;
    if (key == NULL) {
        return EG_OK;
    }
    if (!printable(key)) {
        return eg_call_refuse(&a->c, EG_ERR(API_HEADER),
                              "Idempotency-Key: 1 to %d printable characters are needed.",
                              KEY_CHARS_MAX);
    }
    *m = (struct eg_memo){.actor = a->c.actor,
                          .now_s = a->c.now_ms / 1000,
                          .expired_s = a->c.now_ms / 1000 - EG_LIMIT_IDEMPOTENCY_S,
                          .answer = answer,
                          .ctx = a};
    EG_TRY(eg_core_sha256(a->c.core, eg_span_str(key), m->key_hash));
    EG_TRY(hash_request(a, m->request_hash));
    a->c.memo = m;
    eg_status st = eg_store_memo_find(eg_core_store(a->c.core), m, a->c.arena, &found);
    if (eg_is(st, EG_E_STORE_NOT_FOUND)) {
        return EG_OK;
    }
    EG_TRY(st);
    if (memcmp(found.request_hash, m->request_hash, EG_MEMO_HASH_LEN) != 0) {
        return EG_ERR(API_IDEMPOTENCY);
    }
    *out_again = true;
    return replay(a, found.answer);
}
