/* SPDX-License-Identifier: Apache-2.0 */
/* OCSP over HTTP: RFC 6960 appendix A.1, with the caching headers of RFC 5019 section 6. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "lib/base/text.h"
#include "lib/crypto/ocsp.h"
#include "server/api/handlers.h"
#include "server/core/ocsp.h"

enum { HTTP_TIME_LEN = 32, ETAG_LEN = 2 + 2 * EG_SHA256_LEN };

static void add_time(struct eg_api_call *a, const char *name, int64_t time_s)
{
    char text[HTTP_TIME_LEN];
    struct tm tm;
    time_t t = (time_t)time_s;
    if (gmtime_r(&t, &tm) != NULL &&
        strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &tm) > 0) {
        eg_http_add_text(a->rs, name, text);
    }
}

/* A tag that changes with the answer: half of its SHA-256. */
static eg_status add_etag(struct eg_api_call *a, struct eg_span der)
{
    uint8_t hash[EG_SHA256_LEN];
    char hex[2 * EG_SHA256_LEN + 1];
    char text[ETAG_LEN + 1];
    EG_TRY(eg_core_sha256(a->c.core, der, hash));
    eg_hex_encode(eg_span(hash, sizeof(hash) / 2), hex);
    snprintf(text, sizeof(text), "\"%s\"", hex);
    eg_http_add_text(a->rs, "ETag", text);
    return EG_OK;
}

/* Only what everybody may be given again is kept by caches, and not for long: a revocation is to be
 * seen within a minute. */
static eg_status add_headers(struct eg_api_call *a, const struct eg_ocsp_answer *answer,
                             bool cacheable)
{
    char text[EG_HTTP_TEXT_LEN];
    if (!cacheable || !answer->successful || answer->has_nonce) {
        return EG_OK; /* "no-store" unless said otherwise */
    }
    snprintf(text, sizeof(text), "max-age=%d, public, no-transform, must-revalidate",
             (int)EG_OCSP_CACHE_S);
    eg_http_add_text(a->rs, "Cache-Control", text);
    add_time(a, "Last-Modified", answer->this_update_s);
    add_time(a, "Expires", answer->this_update_s + EG_OCSP_CACHE_S);
    return add_etag(a, answer->der);
}

static eg_status answer(struct eg_api_call *a, struct eg_span request, bool cacheable)
{
    int64_t id;
    struct eg_ocsp_answer made;
    EG_TRY(eg_api_id(a, 0, EG_E_CA_UNKNOWN, &id));
    EG_TRY(eg_ocsp_answer(&a->c, id, request, &made));
    a->text_type = "application/ocsp-response";
    a->text = made.der;
    return add_headers(a, &made, cacheable);
}

eg_status eg_api_ocsp_post(struct eg_api_call *a)
{
    return answer(a, a->rq->body, false);
}

/* The path is base64 of the request; a final slash of it is gone by now, and signs of the alphabet
 * may have been escaped or not. */
eg_status eg_api_ocsp_get(struct eg_api_call *a)
{
    struct eg_span path = a->params[1];
    size_t room = path.len + 2;
    struct eg_writer w;
    char *text = eg_arena_alloc(a->c.arena, room);
    uint8_t *der = eg_arena_alloc(a->c.arena, room);
    if (text == NULL || der == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    memcpy(text, path.ptr, path.len);
    text[path.len] = '/';
    size_t text_len = path.len + (path.len % 4 == 3 ? 1 : 0);
    eg_writer_init(&w, der, room);
    if (!eg_ok(eg_base64_decode(eg_span(text, text_len), &w))) {
        w.len = 0; /* answered as malformed */
    }
    return answer(a, eg_writer_span(&w), true);
}
