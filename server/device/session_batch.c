/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "server/device/session_internal.h"
#include "server/main/limits.h"

enum { FIRST_ROOM = 1024 };

/** Bytes that a message to this device may take, prefix included. */
static size_t message_max(const struct eg_device_session *s)
{
    int32_t told = s->cloud.facts.request_max;
    return told < EG_LIMIT_DEVICE_MESSAGE ? (size_t)told : (size_t)EG_LIMIT_DEVICE_MESSAGE;
}

size_t eg_device_batch_answers_max(const struct eg_device_session *s)
{
    int32_t told = s->cloud.facts.response_max;
    size_t max = told < EG_LIMIT_DEVICE_FRAME ? (size_t)told : (size_t)EG_LIMIT_DEVICE_FRAME;
    if (s->record_max > 0 && s->record_max < max) {
        max = s->record_max;
    }
    return max - EG_SESSION_PREFIX_MAX;
}

static size_t batch_max(const struct eg_device_session *s)
{
    return s->cloud.facts.multiple ? EG_DEVICE_BATCH_MAX : 1;
}

bool eg_device_batch_could(const struct eg_device_session *s, size_t request, size_t answer)
{
    return request > 0 && request <= message_max(s) - EG_SESSION_PREFIX_MAX &&
           answer <= eg_device_batch_answers_max(s);
}

size_t eg_device_batch_left(const struct eg_device_session *s)
{
    size_t used = s->asked_count == 0 ? EG_SESSION_PREFIX_MAX : s->out_len;
    size_t max = message_max(s);
    return used < max && s->asked_count < batch_max(s) ? max - used : 0;
}

static bool make_room(struct eg_device_session *s, size_t need)
{
    size_t room = s->out_room == 0 ? FIRST_ROOM : s->out_room;
    while (room < need) {
        room *= 2;
    }
    if (room == s->out_room) {
        return true;
    }
    uint8_t *bigger = realloc(s->out, room);
    if (bigger == NULL) {
        return false;
    }
    s->out = bigger;
    s->out_room = room;
    return true;
}

bool eg_device_batch_add(struct eg_device_session *s, const struct eg_session_request *req,
                         size_t answer, const struct eg_device_asked *asked)
{
    struct eg_writer w;
    size_t size = eg_session_request_size(req);
    if (size == 0 || size > eg_device_batch_left(s) ||
        s->answer_room + answer > eg_device_batch_answers_max(s)) {
        return false;
    }
    if (s->asked_count == 0) {
        s->out_len = EG_SESSION_PREFIX_MAX;
    }
    if (!make_room(s, s->out_len + size)) {
        return false;
    }
    eg_writer_init(&w, s->out + s->out_len, size);
    eg_session_put_request(&w, req);
    if (!eg_ok(w.status)) {
        return false;
    }
    s->out_len += w.len;
    s->answer_room += answer;
    if (asked != NULL) {
        s->asked[s->asked_count++] = *asked;
    }
    return true;
}

void eg_device_batch_close(struct eg_device_session *s)
{
    uint8_t prefix[EG_SESSION_PREFIX_MAX];
    size_t n = eg_session_put_prefix(prefix, s->out_len - EG_SESSION_PREFIX_MAX);
    s->out_start = EG_SESSION_PREFIX_MAX - n;
    for (size_t i = 0; i < n; i++) {
        s->out[s->out_start + i] = prefix[i];
    }
    s->round_trips++;
}

void eg_device_batch_reset(struct eg_device_session *s)
{
    s->asked_count = 0;
    s->answer_room = 0;
    eg_device_session_sent(s);
}

struct eg_span eg_device_session_out(const struct eg_device_session *s)
{
    return s->out == NULL ? eg_span(NULL, 0)
                          : eg_span(s->out + s->out_start, s->out_len - s->out_start);
}

void eg_device_session_sent(struct eg_device_session *s)
{
    free(s->out);
    s->out = NULL;
    s->out_room = s->out_len = s->out_start = 0;
}
