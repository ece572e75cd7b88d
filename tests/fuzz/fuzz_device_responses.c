/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a device says to the service, as it comes off the line: one byte that says what the service
 * knows of it and wants from it, then frames with their length prefixes. Whatever they are, the
 * session asks nothing that the device's buffers cannot hold, ends, and says goodbye or stores that
 * it was broken, never both.
 */
#include <stdlib.h>
#include <string.h>

#include "server/device/session.h"
#include "tests/fuzz/fuzz.h"

enum {
    KNOWN = 1,      /* our agent, remembered */
    UNCLAIMED = 2,  /* first comes the claim step */
    CONTAINERS = 4, /* both datastores are to be written */
    LARGE = 8,      /* objects larger than most messages */
    UNCHANGED = 16, /* nothing is to be done */
    OBJECTS = 12,
    FRAME_MAX = 65536,
    MESSAGES_MAX = 400,
};

struct line {
    struct eg_span rest; /* of what the device says */
    uint8_t how;
    size_t messages, reports;
};

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static const struct eg_cloud_facts remembered = {
    .agent_version = 1,
    .crypto_api = 0x00010000,
    .response_max = 4096,
    .request_max = 8192,
    .multiple = true,
    .wants_crl = true,
    .ours = true,
    .endpoint_count = 3,
    .endpoints = {{EG_ENDPOINT_STORE_FILE, EG_SESSION_CONNECTION_STORE, 0},
                  {EG_ENDPOINT_STORE_FILE, 0, 0},
                  {EG_ENDPOINT_KEYS_PSA, 0x70000010, 0}},
};

/* ---- rules ------------------------------------------------------------------------------------
 */

static void add_steps(struct eg_device_session *s, uint8_t how)
{
    struct eg_cloud_work *work = &s->load->work;
    size_t len = (how & LARGE) != 0 ? 3000 : 200, first = work->step_count;
    uint8_t *blob = eg_arena_alloc(&s->load->arena, len);
    struct eg_cloud_step *steps =
        eg_arena_alloc(&s->load->arena, (first + 2 * OBJECTS) * sizeof(*steps));
    require(blob != NULL && steps != NULL);
    if (first > 0) {
        memcpy(steps, work->steps, first * sizeof(*steps));
    }
    for (uint32_t i = 0; i < OBJECTS; i++) {
        steps[first + 2 * i] = (struct eg_cloud_step){.kind = EG_CLOUD_DESTROY, .chip_id = i + 1};
        steps[first + 2 * i + 1] = (struct eg_cloud_step){
            .kind = EG_CLOUD_IMPORT, .chip_id = i + 1, .blob = eg_span(blob, len)};
    }
    work->steps = steps;
    work->step_count = first + 2 * OBJECTS;
}

static void set_work(struct eg_device_session *s, uint8_t how)
{
    static const uint8_t contents[3000];
    const struct eg_cloud_container c = {.write = true, .bytes = EG_SPAN_OF(contents)};
    s->load = calloc(1, sizeof(*s->load));
    require(s->load != NULL);
    eg_arena_init(&s->load->arena, 1 << 24);
    if (s->cloud.no_change) {
        return;
    }
    add_steps(s, how);
    if ((how & CONTAINERS) != 0) {
        s->load->work.services = s->load->work.connection = c;
    }
}

static enum eg_device_need report(struct line *l, struct eg_device_session *s)
{
    static struct eg_cloud_report told;
    struct eg_cloud_outcome outcome;
    memset(&told, 0, sizeof(told));
    told.update = EG_CLOUD_UPDATE_SUCCESS;
    told.rtp = EG_RTP_OK;
    told.object_count = OBJECTS;
    eg_device_session_outcome(s, &outcome);
    require(outcome.complete == !s->broken);
    l->reports++;
    return eg_device_session_reported(s, &told);
}

static enum eg_device_need rule(struct line *l, struct eg_device_session *s)
{
    switch (s->rule) {
    case EG_DEVICE_RULE_ADMIT:
        s->cloud.verdict = (l->how & UNCLAIMED) != 0 ? EG_CLOUD_UNCLAIMED : EG_CLOUD_MEMBER;
        s->trusted = (l->how & KNOWN) != 0;
        s->cloud.known = s->trusted ? remembered : s->cloud.known;
        s->cloud.no_change = (l->how & UNCHANGED) != 0 && s->cloud.verdict == EG_CLOUD_MEMBER;
        return eg_device_session_ruled(s, EG_OK);
    case EG_DEVICE_RULE_CLAIM:
        if (s->claim_blob.len > 0) {
            require(s->claim_blob.ptr >= l->rest.ptr - FRAME_MAX); /* still in the frame */
            s->cloud.verdict = EG_CLOUD_MEMBER;
            s->cloud.remove_claim = true;
        }
        return eg_device_session_ruled(s, EG_OK);
    case EG_DEVICE_RULE_WORK:
        set_work(s, l->how);
        return eg_device_session_ruled(s, EG_OK);
    case EG_DEVICE_RULE_REBIND:
        s->cloud.rebound = true;
        add_steps(s, l->how);
        return eg_device_session_ruled(s, EG_OK);
    default:
        return report(l, s);
    }
}

/* ---- line -------------------------------------------------------------------------------------
 */

static enum eg_device_need exchange(struct line *l, struct eg_device_session *s)
{
    size_t prefix, len;
    size_t out = eg_device_session_out(s).len;
    require(out > 0 && ++l->messages < MESSAGES_MAX);
    require(out <= (size_t)s->cloud.facts.request_max);
    eg_device_session_sent(s);
    if (!eg_ok(eg_session_get_prefix(l->rest, FRAME_MAX, &prefix, &len)) ||
        l->rest.len - prefix < len) {
        return eg_device_session_broken(s, "gone");
    }
    struct eg_span frame = eg_span(l->rest.ptr + prefix, len);
    l->rest = eg_span(frame.ptr + len, l->rest.len - prefix - len);
    return eg_device_session_answer(s, frame);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t crl[290];
    struct eg_device_session s;
    if (size == 0) {
        return 0;
    }
    struct line l = {.rest = eg_span(data + 1, size - 1), .how = data[0]};
    eg_device_session_init(&s, (l.how & KNOWN) != 0, EG_SPAN_OF(crl));
    enum eg_device_need need = eg_device_session_start(&s);
    while (need != EG_DEVICE_END) {
        need = need == EG_DEVICE_RULE ? rule(&l, &s) : exchange(&l, &s);
    }
    require(l.reports == 1 && s.finished != s.broken);
    require((eg_device_session_out(&s).len > 0) == (s.finished && !s.parted));
    eg_device_session_end(&s);
    return 0;
}
