/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Server-sent events (WHATWG HTML 9.2): each answer carries what happened since Last-Event-ID and
 * ends; a watcher's library comes back by itself with the id of the last one. When nothing happens
 * the answer is a comment, after EG_LIMIT_HEARTBEAT_S.
 */
#include <stdio.h>
#include <string.h>

#include "lib/base/text.h"
#include "server/api/handlers.h"
#include "server/core/product.h"
#include "server/core/rollout.h"
#include "server/main/limits.h"

enum { EVENTS_MAX = 200, RETRY_MS = 500, EVENT_ROOM = 700 };

static const char *const kind_names[] = {
    [EG_SERVICE_CLAIM_NOTICE] = "claim-notice",
    [EG_SERVICE_CLAIM_CREATED] = "claim-created",
    [EG_SERVICE_CLAIM_CHANGED] = "claim-changed",
    [EG_SERVICE_CLAIM_REVOKED] = "claim-revoked",
    [EG_SERVICE_CLAIM_DELETED] = "claim-deleted",
    [EG_SERVICE_ALARM] = "alarm",
    [EG_SERVICE_ALARM_ACKNOWLEDGED] = "alarm-acknowledged",
    [EG_SERVICE_DEVICE] = "device",
    [EG_SERVICE_ROLLOUT] = "rollout",
    [EG_SERVICE_FIELD] = "field",
};

static const char *name_of(enum eg_service_event_kind kind)
{
    size_t count = sizeof(kind_names) / sizeof(kind_names[0]);
    return (size_t)kind < count && kind_names[kind] != NULL ? kind_names[kind] : "other";
}

/* What a watcher wants to hear of. */
struct watch {
    int64_t after;    /* events with a larger id */
    int64_t group_id; /* 0: of all groups */
    int64_t rollout;  /* 0: any event; else only those of this rollout */
};

static bool concerns(const struct watch *w, const struct eg_service_event *e)
{
    char word[48];
    if (w->group_id != 0 && e->group_id != w->group_id) {
        return false;
    }
    if (w->rollout == 0) {
        return true;
    }
    int len = snprintf(word, sizeof(word), "rollout %lld:", (long long)w->rollout);
    return e->kind == EG_SERVICE_ROLLOUT && strncmp(e->detail, word, (size_t)len) == 0;
}

static void put_event(struct eg_json_out *j, const struct eg_service_event *e)
{
    eg_json_begin_object(j);
    eg_json_number_member(j, "id", e->id);
    eg_json_text_member(j, "event", name_of(e->kind));
    eg_api_time_member(j, "at", e->at_s);
    eg_api_id_member(j, "deviceGroupId", e->group_id);
    eg_json_text_member(j, "detail", e->detail);
    eg_json_end_object(j);
}

/* One block of the stream: id, event, data. */
static eg_status write_event(const struct eg_service_event *e, struct eg_writer *w)
{
    char head[96];
    struct eg_json_out j;
    eg_json_out_init(&j, EG_LIMIT_ANSWER_BYTES);
    put_event(&j, e);
    snprintf(head, sizeof(head), "id: %lld\nevent: %s\ndata: ", (long long)e->id, name_of(e->kind));
    eg_writer_str(w, head);
    eg_writer_bytes(w, eg_span(j.text, j.len));
    eg_writer_str(w, "\n\n");
    eg_status st = j.failed ? EG_ERR(NO_MEMORY) : w->status;
    eg_json_out_cleanup(&j);
    return st;
}

/* Header first, then ?after=; a new watcher starts behind what is there now. */
static eg_status read_after(struct eg_api_call *a, int64_t *out)
{
    uint64_t number = 0;
    const char *header = eg_http_header(a->rq, "Last-Event-ID");
    if (header != NULL && eg_ok(eg_number_parse(eg_span_str(header), INT64_MAX, &number))) {
        *out = (int64_t)number;
        return EG_OK;
    }
    EG_TRY(eg_api_query_number(a, "after", -1, INT64_MAX, out));
    return *out >= 0 ? EG_OK : eg_store_events_last(eg_core_store(a->c.core), a->c.company_id, out);
}

/* The stream as far as it goes now; the id moves on past what does not concern the watcher. */
static eg_status write_events(struct eg_api_call *a, struct watch *w, struct eg_writer *out,
                              size_t *out_count)
{
    struct eg_service_event_list list;
    EG_TRY(eg_store_service_events(eg_core_store(a->c.core), a->c.company_id, w->after, EVENTS_MAX,
                                   a->c.arena, &list));
    *out_count = 0;
    for (size_t i = 0; i < list.count; i++) {
        if (concerns(w, &list.items[i])) {
            EG_TRY(write_event(&list.items[i], out));
            (*out_count)++;
        }
        w->after = list.items[i].id;
    }
    return EG_OK;
}

/* A watcher that waits keeps its place by the id it came with: what it is told when it is woken is
 * everything behind that id. */
static eg_status stream(struct eg_api_call *a, struct watch *w)
{
    char text[64];
    struct eg_writer out;
    size_t count, room = EVENTS_MAX * EVENT_ROOM;
    int64_t since;
    EG_TRY(read_after(a, &since));
    w->after = since;
    eg_writer_init(&out, eg_arena_alloc(a->c.arena, room), room);
    if (out.ptr == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    snprintf(text, sizeof(text), "retry: %d\n", (int)RETRY_MS);
    eg_writer_str(&out, text);
    EG_TRY(write_events(a, w, &out, &count));
    bool told = count > 0 || eg_http_header(a->rq, "Last-Event-ID") == NULL;
    if (!told && !a->rq->waited) {
        a->topic = eg_topic_events(a->c.company_id);
        a->deadline_ms = a->rq->arrived_ms + (int64_t)EG_LIMIT_HEARTBEAT_S * 1000;
        a->watcher = a->park = true;
        return EG_OK;
    }
    if (count == 0) {
        snprintf(text, sizeof(text), ": heartbeat\nid: %lld\n\n", (long long)w->after);
        eg_writer_str(&out, text);
    }
    a->text_type = "text/event-stream";
    a->text = eg_writer_span(&out);
    return out.status;
}

eg_status eg_api_events(struct eg_api_call *a)
{
    struct watch w = {0};
    return stream(a, &w);
}

eg_status eg_api_rollout_events(struct eg_api_call *a)
{
    struct watch w = {0};
    struct eg_group g;
    struct eg_rollout r;
    int64_t nc12;
    EG_TRY(eg_api_group(a, &nc12, &w.group_id));
    EG_TRY(eg_group_of(&a->c, nc12, w.group_id, &g));
    EG_TRY(eg_api_id(a, 2, EG_E_ROLLOUT_UNKNOWN, &w.rollout));
    EG_TRY(eg_store_rollout_get(eg_core_store(a->c.core), a->c.company_id, w.group_id, w.rollout,
                                a->c.arena, &r));
    return stream(a, &w);
}
