/* SPDX-License-Identifier: Apache-2.0 */
#include "server/api/call.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/os/clock.h"
#include "server/main/limits.h"

eg_status eg_api_id(const struct eg_api_call *a, size_t index, enum eg_status_value unknown,
                    int64_t *out)
{
    uint64_t n = 0;
    eg_status st = eg_number_parse(a->params[index], INT64_MAX, &n);
    *out = (int64_t)n;
    return eg_ok(st) && n > 0 ? EG_OK : (eg_status){(uint32_t)unknown};
}

eg_status eg_api_device(const struct eg_api_call *a, size_t index, struct eg_uuid *out)
{
    return eg_uuid_from_dec(a->params[index], out);
}

eg_status eg_api_group(const struct eg_api_call *a, int64_t *out_nc12, int64_t *out_group)
{
    EG_TRY(eg_api_id(a, 0, EG_E_PRODUCT_UNKNOWN, out_nc12));
    return eg_api_id(a, 1, EG_E_GROUP_UNKNOWN, out_group);
}

eg_status eg_api_query_number(struct eg_api_call *a, const char *name, int64_t absent, int64_t max,
                              int64_t *out)
{
    uint64_t n = 0;
    const char *text = eg_http_query(a->rq, name);
    *out = absent;
    if (text == NULL) {
        return EG_OK;
    }
    if (!eg_ok(eg_number_parse(eg_span_str(text), (uint64_t)max, &n))) {
        return eg_call_refuse(&a->c, EG_ERR(API_QUERY), "%s: a number up to %lld is needed.", name,
                              (long long)max);
    }
    *out = (int64_t)n;
    return EG_OK;
}

eg_status eg_api_page(struct eg_api_call *a, struct eg_page *out)
{
    int64_t size, number;
    EG_TRY(eg_api_query_number(a, "size", EG_LIMIT_PAGE_DEFAULT, EG_LIMIT_PAGE_MAX, &size));
    EG_TRY(eg_api_query_number(a, "page", 0, EG_LIMIT_PAGE_NUMBER_MAX, &number));
    if (size == 0) {
        return eg_call_refuse(&a->c, EG_ERR(API_QUERY), "size: at least 1 is needed.");
    }
    *out = (struct eg_page){(uint32_t)size, (uint32_t)number};
    return EG_OK;
}

eg_status eg_api_wait(struct eg_api_call *a, bool waiting, uint64_t topic, bool *out_parked)
{
    int64_t seconds;
    *out_parked = false;
    EG_TRY(eg_api_query_number(a, "wait", 0, INT32_MAX, &seconds));
    if (!waiting || seconds == 0 || a->rq->waited) {
        return EG_OK;
    }
    seconds = seconds > EG_LIMIT_WAIT_S ? EG_LIMIT_WAIT_S : seconds;
    a->topic = topic;
    a->deadline_ms = a->rq->arrived_ms + seconds * 1000;
    a->park = *out_parked = true;
    return EG_OK;
}

eg_status eg_api_body_status(struct eg_api_call *a)
{
    return eg_ok(a->in.status) ? EG_OK : eg_call_refuse(&a->c, a->in.status, "%s", a->in.where);
}

eg_status eg_api_device_ids(struct eg_api_call *a, struct eg_uuid **out, size_t *out_count)
{
    const json_t *list = eg_json_array(&a->in, "deviceIds", EG_JSON_REQUIRED, 0, SIZE_MAX);
    EG_TRY(eg_api_body_status(a));
    size_t n = json_array_size(list);
    if (n > EG_LIMIT_JOB_DEVICES) {
        return EG_ERR(TOO_MANY_DEVICES);
    }
    if (n == 0) {
        return eg_call_refuse(&a->c, EG_ERR(FIELD_INVALID), "/deviceIds: at least one is needed.");
    }
    *out = eg_arena_alloc(a->c.arena, n * sizeof(**out));
    if (*out == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    for (size_t i = 0; i < n; i++) {
        const json_t *v = json_array_get(list, i);
        if (!json_is_string(v) ||
            !eg_ok(eg_uuid_from_dec(eg_span(json_string_value(v), json_string_length(v)),
                                    &(*out)[i]))) {
            return eg_call_refuse(&a->c, EG_ERR(BAD_UUID), "/deviceIds/%zu", i);
        }
    }
    *out_count = n;
    return EG_OK;
}

void eg_api_makes(struct eg_api_call *a, int status,
                  eg_status (*put)(struct eg_api_call *a, const void *made), const void *made)
{
    a->status = status;
    a->put = put;
    a->made = made;
}

eg_status eg_api_render(struct eg_api_call *a)
{
    if (a->put == NULL || a->rendered) {
        return EG_OK;
    }
    a->rendered = true;
    return a->put(a, a->made);
}

void eg_api_begin_list(struct eg_api_call *a)
{
    eg_json_begin_object(&a->json);
    eg_json_key(&a->json, "content");
    eg_json_begin_array(&a->json);
}

void eg_api_next_member(struct eg_api_call *a, struct eg_page page, bool more)
{
    eg_json_key(&a->json, "next");
    if (more) {
        eg_json_put_number(&a->json, (int64_t)page.number + 1);
    } else {
        eg_json_put_null(&a->json);
    }
}

void eg_api_end_list(struct eg_api_call *a, struct eg_page page, bool more)
{
    eg_json_end_array(&a->json);
    eg_api_next_member(a, page, more);
    eg_json_end_object(&a->json);
}

void eg_api_time_member(struct eg_json_out *o, const char *key, int64_t time_s)
{
    char text[EG_CLOCK_TEXT_LEN + 1];
    eg_clock_text(time_s * 1000, text);
    eg_json_text_member(o, key, time_s == 0 ? NULL : text);
}

void eg_api_id_member(struct eg_json_out *o, const char *key, int64_t id)
{
    eg_json_key(o, key);
    if (id == 0) {
        eg_json_put_null(o);
    } else {
        eg_json_put_number(o, id);
    }
}

void eg_api_device_member(struct eg_json_out *o, const char *key, const struct eg_uuid *uuid)
{
    char dec[EG_UUID_DEC_MAX + 1];
    eg_uuid_to_dec(uuid, dec);
    eg_json_text_member(o, key, dec);
}
