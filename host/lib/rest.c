/* SPDX-License-Identifier: Apache-2.0 */
#include "host/lib/rest.h"

#include <curl/curl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "lib/base/secret.h"
#include "lib/base/text.h"

enum {
    CONNECT_S = 10,
    TIMEOUT_S = 60,
    ID_LEN = 36, /* correlation id: a version 4 UUID */
    HEADER_MAX = 640,
    CODE_UNKNOWN_HTTP_MIN = 500,
};

struct eg_rest {
    CURL *curl;
    char base[EG_REST_URL_MAX];
    char key_header[HEADER_MAX]; /* secret */
    uint32_t timeout_s;
    char curl_error[CURL_ERROR_SIZE];
    uint8_t *answer; /* of the last call */
    size_t len, capacity;
    bool too_large;
    bool head_ended; /* the empty line behind the answer's header fields has come */
};

eg_status eg_rest_global_init(void)
{
    return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? EG_OK : EG_ERR(NO_MEMORY);
}

void eg_rest_global_cleanup(void)
{
    curl_global_cleanup();
}

/* ---- the answer ------------------------------------------------------------------------------ */

static bool make_room(struct eg_rest *r, size_t more)
{
    size_t capacity = r->capacity != 0 ? r->capacity : 4096;

    if (more > EG_REST_ANSWER_MAX - r->len) {
        r->too_large = true;
        return false;
    }
    while (capacity < r->len + more + 1) {
        capacity *= 2;
    }
    if (capacity != r->capacity) {
        uint8_t *p = realloc(r->answer, capacity);
        if (p == NULL) {
            return false;
        }
        r->answer = p;
        r->capacity = capacity;
    }
    return true;
}

static size_t on_body(char *data, size_t size, size_t count, void *arg)
{
    struct eg_rest *r = arg;
    size_t len = size * count;

    if (!make_room(r, len)) {
        return 0;
    }
    memcpy(r->answer + r->len, data, len);
    r->len += len;
    return len;
}

/* libcurl takes a connection that closes within the header fields for the end of the answer. */
static size_t on_head(char *line, size_t size, size_t count, void *arg)
{
    struct eg_rest *r = arg;
    size_t len = size * count;

    r->head_ended = eg_span_equal(eg_span((const uint8_t *)line, len), eg_span_str("\r\n"));
    return len;
}

/* ---- opening --------------------------------------------------------------------------------- */

static eg_status set_options(struct eg_rest *r, const struct eg_rest_options *o)
{
    CURL *c = r->curl;
    bool ok = curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
              curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "https") == CURLE_OK &&
              curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK &&
              curl_easy_setopt(c, CURLOPT_TCP_NODELAY, 1L) == CURLE_OK &&
              curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_S) == CURLE_OK &&
              curl_easy_setopt(c, CURLOPT_ERRORBUFFER, r->curl_error) == CURLE_OK &&
              curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body) == CURLE_OK &&
              curl_easy_setopt(c, CURLOPT_WRITEDATA, r) == CURLE_OK &&
              curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_head) == CURLE_OK &&
              curl_easy_setopt(c, CURLOPT_HEADERDATA, r) == CURLE_OK &&
              curl_easy_setopt(c, CURLOPT_USERAGENT, "engrave") == CURLE_OK;

    if (ok && o->ca_file != NULL && o->ca_file[0] != '\0') {
        ok = curl_easy_setopt(c, CURLOPT_CAINFO, o->ca_file) == CURLE_OK;
    }
    return ok ? EG_OK : EG_ERR(NO_MEMORY);
}

eg_status eg_rest_new(const struct eg_rest_options *o, struct eg_rest **out)
{
    struct eg_rest *r = calloc(1, sizeof *r);

    *out = NULL;
    if (r == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    int base = snprintf(r->base, sizeof r->base, "%s", o->url);
    int key = snprintf(r->key_header, sizeof r->key_header, "EL2G-API-Key: %s", o->api_key);
    r->timeout_s = o->timeout_s != 0 ? o->timeout_s : TIMEOUT_S;
    r->curl = curl_easy_init();
    if (r->curl == NULL || base < 0 || (size_t)base >= sizeof r->base || key < 0 ||
        (size_t)key >= sizeof r->key_header || !eg_ok(set_options(r, o))) {
        eg_rest_free(r);
        return EG_ERR(NO_MEMORY);
    }
    *out = r;
    return EG_OK;
}

void eg_rest_free(struct eg_rest *r)
{
    if (r == NULL) {
        return;
    }
    curl_easy_cleanup(r->curl);
    free(r->answer);
    eg_wipe(r, sizeof *r);
    free(r);
}

/* ---- what went wrong ------------------------------------------------------------------------- */

eg_status eg_rest_http_status(long http)
{
    static const struct {
        long http;
        eg_status status;
    } rows[] = {
        {400, {EG_E_HOST_HTTP_MALFORMED}}, {401, {EG_E_HOST_HTTP_UNAUTHENTICATED}},
        {403, {EG_E_HOST_HTTP_DENIED}},    {404, {EG_E_HOST_HTTP_NOT_FOUND}},
        {409, {EG_E_HOST_HTTP_CONFLICT}},  {413, {EG_E_HOST_HTTP_TOO_LARGE}},
        {422, {EG_E_HOST_HTTP_REFUSED}},   {429, {EG_E_HOST_HTTP_BUSY}},
    };

    if (http >= 200 && http < 300) {
        return EG_OK;
    }
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].http == http) {
            return rows[i].status;
        }
    }
    return http >= CODE_UNKNOWN_HTTP_MIN ? EG_ERR(HOST_HTTP_UNAVAILABLE)
                                         : EG_ERR(HOST_HTTP_REFUSED);
}

/* The service's code may be one of the status table: then we know its category. */
static eg_status status_of_code(const char *code, long http)
{
    uint32_t count = 0;
    const struct eg_status_info *list = eg_status_list(&count);

    for (uint32_t i = 0; i < count; i++) {
        if (strcmp(list[i].code, code) == 0) {
            return list[i].status;
        }
    }
    return eg_rest_http_status(http);
}

static const char *member(const json_t *o, const char *name)
{
    const char *text = json_string_value(json_object_get(o, name));
    return text != NULL ? text : "";
}

/* message, and details when they are text. */
static void take_cause(const json_t *o, struct eg_problem *why)
{
    const char *message = member(o, "message");
    const char *details = member(o, "details");

    if (message[0] != '\0' && details[0] != '\0' && details[0] != '{') {
        snprintf(why->cause, sizeof why->cause, "%.250s %.250s", message, details);
    } else if (message[0] != '\0') {
        snprintf(why->cause, sizeof why->cause, "%.500s", message);
    }
}

/* The error object of the service into why. */
static eg_status refused(const struct eg_rest *r, long http, struct eg_problem *why)
{
    char id[EG_PROBLEM_ID_MAX];
    json_error_t error;
    json_t *o = json_loadb((const char *)r->answer, r->len, 0, &error);
    const char *code = member(o, "code");
    eg_status st = code[0] != '\0' ? status_of_code(code, http) : eg_rest_http_status(http);

    if (why != NULL) {
        snprintf(id, sizeof id, "%s", why->correlation);
        eg_problem_set(why, st);
        snprintf(why->correlation, sizeof why->correlation, "%s", id);
        if (code[0] != '\0') {
            snprintf(why->code, sizeof why->code, "%.40s", code);
        }
        take_cause(o, why);
        if (member(o, "next")[0] != '\0') {
            snprintf(why->next, sizeof why->next, "%.500s", member(o, "next"));
        }
        if (member(o, "correlationId")[0] != '\0') {
            snprintf(why->correlation, sizeof why->correlation, "%.60s",
                     member(o, "correlationId"));
        }
    }
    json_decref(o);
    return st;
}

static eg_status not_reached(const struct eg_rest *r, CURLcode code, struct eg_problem *why)
{
    const char *text = r->curl_error[0] != '\0' ? r->curl_error : curl_easy_strerror(code);

    switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
        return eg_problem_say(why, EG_ERR(HOST_TLS),
                              "The certificate of the service is not trusted: %.300s.", text);
    case CURLE_WRITE_ERROR:
        return eg_problem_say(why, EG_ERR(HOST_ANSWER), "The answer of the service is too large.");
    default:
        return eg_problem_say(why, EG_ERR(HOST_UNREACHABLE),
                              "The service at %.200s cannot be reached: %.200s.", r->base, text);
    }
}

/* ---- one request ----------------------------------------------------------------------------- */

/* A fresh version 4 UUID. */
static void make_id(char out[static ID_LEN + 1])
{
    uint8_t b[16];
    char hex[2 * sizeof b + 1];

    if (getrandom(b, sizeof b, 0) != (ssize_t)sizeof b) {
        memset(b, 0, sizeof b); /* an id that repeats is better than no request */
    }
    b[6] = (uint8_t)((b[6] & 0x0F) | 0x40);
    b[8] = (uint8_t)((b[8] & 0x3F) | 0x80);
    eg_hex_encode(EG_SPAN_OF(b), hex);
    snprintf(out, ID_LEN + 1, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16,
             hex + 20);
}

static struct curl_slist *make_headers(const struct eg_rest *r, const struct eg_rest_call *call,
                                       const char *id)
{
    char text[HEADER_MAX];
    const char *type = call->content_type != NULL ? call->content_type : "application/json";
    const char *fixed[] = {"Accept: application/json, */*", "Expect:", r->key_header};
    struct curl_slist *list = NULL;

    for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++) {
        struct curl_slist *longer = curl_slist_append(list, fixed[i]);
        if (longer == NULL) {
            curl_slist_free_all(list);
            return NULL;
        }
        list = longer;
    }
    snprintf(text, sizeof text, "Content-Type: %s", type);
    struct curl_slist *l = curl_slist_append(list, text);
    snprintf(text, sizeof text, "EL2G-Correlation-ID: %s", id);
    l = l != NULL ? curl_slist_append(l, text) : NULL;
    if (l == NULL) {
        curl_slist_free_all(list);
    }
    return l;
}

static eg_status set_request(struct eg_rest *r, const struct eg_rest_call *call,
                             const struct curl_slist *headers)
{
    char url[2 * EG_REST_URL_MAX];
    CURL *c = r->curl;
    bool has_body = call->body.len > 0 || strcmp(call->method, "POST") == 0;
    int n = snprintf(url, sizeof url, "%s%s", r->base, call->path);

    if (n < 0 || (size_t)n >= sizeof url) {
        return EG_ERR(NO_ROOM);
    }
    bool ok =
        curl_easy_setopt(c, CURLOPT_URL, url) == CURLE_OK &&
        curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers) == CURLE_OK &&
        curl_easy_setopt(c, CURLOPT_TIMEOUT, (long)(r->timeout_s + call->wait_s)) == CURLE_OK &&
        curl_easy_setopt(c, CURLOPT_HTTPGET, 1L) == CURLE_OK;
    if (ok && has_body) {
        ok = curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body.len) ==
                 CURLE_OK &&
             curl_easy_setopt(c, CURLOPT_POSTFIELDS,
                              call->body.len > 0 ? (const char *)call->body.ptr : "") == CURLE_OK;
    }
    ok = ok && curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, call->method) == CURLE_OK;
    return ok ? EG_OK : EG_ERR(NO_MEMORY);
}

eg_status eg_rest_send(struct eg_rest *r, const struct eg_rest_call *call,
                       struct eg_rest_answer *out, struct eg_problem *why)
{
    char id[ID_LEN + 1];

    memset(out, 0, sizeof *out);
    make_id(id);
    struct curl_slist *headers = make_headers(r, call, id);
    if (headers == NULL) {
        return eg_problem_set(why, EG_ERR(NO_MEMORY));
    }
    r->len = 0;
    r->head_ended = false;
    r->curl_error[0] = '\0';
    eg_status st = set_request(r, call, headers);
    if (eg_ok(st)) {
        CURLcode code = curl_easy_perform(r->curl);
        curl_easy_getinfo(r->curl, CURLINFO_RESPONSE_CODE, &out->http);
        if (code != CURLE_OK || !r->head_ended) {
            st = not_reached(r, code != CURLE_OK ? code : CURLE_PARTIAL_FILE, why);
        }
    } else {
        eg_problem_set(why, st);
    }
    curl_slist_free_all(headers);
    EG_TRY(st);
    out->body = eg_span(r->answer, r->len);
    if (eg_ok(eg_rest_http_status(out->http))) {
        return EG_OK;
    }
    if (why != NULL) {
        snprintf(why->correlation, sizeof why->correlation, "%s", id);
    }
    return refused(r, out->http, why);
}

/* ---- JSON ------------------------------------------------------------------------------------ */

/* Body of an answer as JSON; an empty one is null. */
static eg_status parse(struct eg_span body, json_t **out, struct eg_problem *why)
{
    json_error_t error;

    *out = body.len == 0 ? json_null()
                         : json_loadb((const char *)body.ptr, body.len, JSON_DECODE_ANY, &error);
    return *out != NULL
               ? EG_OK
               : eg_problem_say(why, EG_ERR(HOST_ANSWER),
                                "The answer of the service is not JSON: %.150s.", error.text);
}

/* Seconds of a `wait=` in the path: the service may hold the answer back that long. */
static uint32_t wait_of(const char *path)
{
    const char *p = strstr(path, "wait=");
    return p != NULL ? (uint32_t)strtoul(p + 5, NULL, 10) : 0;
}

eg_status eg_rest_json(struct eg_rest *r, const char *method, json_t *body, json_t **out,
                       struct eg_problem *why, const char *path_format, ...)
{
    char path[EG_REST_URL_MAX];
    struct eg_rest_answer answer;
    va_list args;

    if (out != NULL) {
        *out = NULL;
    }
    va_start(args, path_format);
    int n = vsnprintf(path, sizeof path, path_format, args);
    va_end(args);
    char *text = body != NULL ? json_dumps(body, JSON_COMPACT) : strdup("{}");
    if (text == NULL || n < 0 || (size_t)n >= sizeof path) {
        free(text);
        return eg_problem_set(why, EG_ERR(NO_MEMORY));
    }
    struct eg_rest_call call = {
        .method = method, .path = path, .body = eg_span_str(text), .wait_s = wait_of(path)};
    eg_status st = eg_rest_send(r, &call, &answer, why);
    free(text);
    if (eg_ok(st) && out != NULL) {
        st = parse(answer.body, out, why);
    }
    return st;
}
