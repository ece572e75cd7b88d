/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/device/session_test.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"

static const uint8_t crl[300] = {0x30};

void play_init(struct play *p)
{
    *p = (struct play){.many = true,
                       .wants_crl = true,
                       .request_buffer = INT32_MAX,
                       .response_buffer = 4096,
                       .verdict = EG_CLOUD_MEMBER,
                       .trusted = true,
                       .work_status = EG_OK};
}

/* ---- the device -------------------------------------------------------------------------------
 */

static void answer_hello(const struct play *p, struct eg_session_response *r)
{
    r->hello = (struct eg_session_hello){
        .version = 0x00060401,
        .request_buffer = p->request_buffer,
        .response_buffer = p->response_buffer,
        .many_requests = p->many,
        .endpoint_count = p->no_keys ? 3 : 4,
        .endpoints = {{.type = EG_ENDPOINT_AGENT, .request_crl = p->wants_crl},
                      {.type = EG_ENDPOINT_STORE_FILE, .id = EG_SESSION_CONNECTION_STORE},
                      {.type = EG_ENDPOINT_STORE_MEMORY, .id = 7},
                      {.type = EG_ENDPOINT_KEYS_PSA, .id = PLAY_KEYS_ID}},
    };
}

/** Datastores as strict as they come: ALLOCATE first, pieces in order, COMMIT when complete. */
static void answer_store(struct play *p, const struct eg_session_request *rq,
                         struct eg_session_response *r)
{
    size_t which = rq->endpoint_id == EG_SESSION_CONNECTION_STORE ? 1 : 0;
    assert_int_equal(rq->endpoint_id, which == 1 ? EG_SESSION_CONNECTION_STORE : 7);
    assert_int_equal(rq->endpoint_type,
                     which == 1 ? EG_ENDPOINT_STORE_FILE : EG_ENDPOINT_STORE_MEMORY);
    r->status = EG_DATASTORE_STATUS_OK;
    if (rq->operation == EG_DATASTORE_ALLOCATE) {
        assert_int_equal(rq->length, which == 1 ? p->connection_len : p->services_len);
        p->store_len[which] = 0;
    } else if (rq->operation == EG_DATASTORE_WRITE) {
        assert_int_equal(rq->offset, p->store_len[which]);
        assert_true(rq->offset + rq->data.len <= PLAY_STORE_MAX);
        memcpy(p->store[which] + rq->offset, rq->data.ptr, rq->data.len);
        p->store_len[which] += rq->data.len;
    } else {
        assert_int_equal(rq->operation, EG_DATASTORE_COMMIT);
        p->committed[which] = true;
        r->status = p->store_fails ? EG_DATASTORE_STATUS_ERROR : EG_DATASTORE_STATUS_OK;
    }
}

static void answer_keys(struct play *p, const struct eg_session_request *rq,
                        struct eg_session_response *r)
{
    assert_int_equal(rq->endpoint_type, EG_ENDPOINT_KEYS_PSA);
    assert_int_equal(rq->endpoint_id, PLAY_KEYS_ID);
    if (p->keys_unsupported) {
        r->kind = EG_SESSION_NONE;
    } else if (rq->kind == EG_SESSION_PSA_READ) {
        bool held = p->claim != NULL && p->claim_len <= rq->length;
        r->status = held ? 0 : EG_PSA_DOES_NOT_EXIST;
        r->data = held ? eg_span(p->claim, p->claim_len) : eg_span(NULL, 0);
    } else if (rq->kind == EG_SESSION_PSA_IMPORT) {
        r->status = p->import_status;
        assert_int_equal(rq->format, EG_SESSION_KEY_FORMAT_S50);
        assert_int_equal(rq->type, 0x1001);
    } else if (rq->kind == EG_SESSION_PSA_DESTROY) {
        r->status = EG_PSA_DOES_NOT_EXIST;
    } else if (rq->kind == EG_SESSION_PSA_VERSION) {
        r->version = 0x00010000;
        r->format_s50 = true;
        r->max_key = 10240;
    }
}

static void take_goodbye(struct play *p, const struct eg_session_request *rq)
{
    struct eg_session_detail_iter it;
    struct eg_session_detail detail;
    assert_ok(eg_session_report_read(rq->data, &p->goodbye));
    eg_session_detail_start(&it, rq->data);
    while (eg_session_detail_next(&it, &detail)) {
        p->goodbye_details++;
    }
    p->said_goodbye = true;
}

static void answer_one(struct play *p, const struct eg_session_request *rq, struct eg_writer *w)
{
    struct eg_session_response r = {.kind = rq->kind};
    assert_true(p->kind_count < PLAY_KINDS_MAX);
    p->kinds[p->kind_count++] = (uint8_t)rq->kind;
    if (rq->kind == EG_SESSION_GOODBYE) {
        take_goodbye(p, rq);
        return;
    }
    if (rq->kind == EG_SESSION_HELLO) {
        answer_hello(p, &r);
    } else if (rq->kind == EG_SESSION_CRL) {
        assert_int_equal(rq->data.len, sizeof(crl));
        r.status = p->crl_error;
    } else if (rq->kind == EG_SESSION_DATASTORE) {
        answer_store(p, rq, &r);
    } else {
        answer_keys(p, rq, &r);
    }
    eg_session_put_response(w, &r);
}

/** A device stops at a CRL that is not good: what stands behind it is neither done nor answered. */
static bool goes_on(const struct play *p, const struct eg_session_request *rq)
{
    return rq->kind != EG_SESSION_CRL || p->crl_error == 0;
}

/** One message: its frame, its size, its requests. */
static void answer(struct play *p, struct eg_span out, struct eg_writer *w)
{
    struct eg_session_iter it;
    struct eg_session_request rq;
    size_t prefix, len, count = 0;
    assert_ok(eg_session_get_prefix(out, SIZE_MAX, &prefix, &len));
    assert_int_equal(prefix + len, out.len);
    if (p->kind_count > 0) {
        p->kinds[p->kind_count++] = 0;
        assert_true(out.len <= p->request_buffer);
    }
    eg_session_iter_start(&it, eg_span(out.ptr + prefix, len));
    bool more = true;
    while (more && eg_session_next_request(&it, &rq)) {
        assert_false(p->said_goodbye);
        answer_one(p, &rq, w);
        more = goes_on(p, &rq);
        count++;
    }
    assert_ok(it.status);
    assert_ok(w->status);
    assert_true(p->many || count == 1);
    assert_true(w->len + EG_SESSION_PREFIX_MAX <= p->response_buffer);
    assert_true(p->record_max == 0 || w->len + EG_SESSION_PREFIX_MAX <= p->record_max);
}

static void spoil(const struct play *p, struct eg_writer *w)
{
    struct eg_session_response extra = {.kind = EG_SESSION_PSA_IMPORT};
    if (strcmp(p->spoil, "short") == 0) {
        w->len = 0;
    } else if (strcmp(p->spoil, "long") == 0) {
        eg_session_put_response(w, &extra);
    } else if (strcmp(p->spoil, "kind") == 0) {
        extra.kind = EG_SESSION_HELLO;
        w->len = 0;
        eg_session_put_response(w, &extra);
    } else {
        eg_writer_u8(w, 0x0A);
    }
}

/* ---- the rules --------------------------------------------------------------------------------
 */

static void add_steps(struct play *p, struct eg_device_session *s)
{
    struct eg_cloud_work *work = &s->load->work;
    size_t first = work->step_count;
    struct eg_cloud_step *steps =
        eg_arena_alloc(&s->load->arena, (first + 2 * p->objects) * sizeof(*steps));
    uint8_t *blob = eg_arena_alloc(&s->load->arena, p->object_len + 1);
    assert_non_null(steps);
    if (first > 0) {
        memcpy(steps, work->steps, first * sizeof(*steps));
    }
    for (size_t i = 0; i < p->objects; i++) {
        struct eg_cloud_step *pair = &steps[first + 2 * i];
        pair[0] = (struct eg_cloud_step){.kind = EG_CLOUD_DESTROY, .chip_id = 0x1000 + (uint32_t)i};
        pair[1] = (struct eg_cloud_step){.kind = EG_CLOUD_IMPORT,
                                         .chip_id = 0x1000 + (uint32_t)i,
                                         .attributes = {.type = 0x1001},
                                         .blob = eg_span(blob, p->object_len)};
    }
    work->steps = steps;
    work->step_count = first + 2 * p->objects;
}

static struct eg_cloud_container container(struct eg_device_session *s, size_t len)
{
    uint8_t *bytes = eg_arena_alloc(&s->load->arena, len + 1);
    for (size_t i = 0; i < len; i++) {
        bytes[i] = (uint8_t)(i * 7 + len);
    }
    return (struct eg_cloud_container){.write = len > 0, .bytes = eg_span(bytes, len)};
}

static eg_status work(struct play *p, struct eg_device_session *s)
{
    s->load = calloc(1, sizeof(*s->load));
    assert_non_null(s->load);
    eg_arena_init(&s->load->arena, 1 << 24);
    add_steps(p, s);
    s->load->work.services = container(s, p->services_len);
    s->load->work.connection = container(s, p->connection_len);
    return p->work_status;
}

static enum eg_device_need report(struct play *p, struct eg_device_session *s)
{
    static struct eg_cloud_report told;
    memset(&told, 0, sizeof(told));
    told.update = EG_CLOUD_UPDATE_SUCCESS;
    told.rtp = EG_RTP_OK;
    for (size_t i = 0; i < p->objects; i++) {
        told.objects[told.object_count++] =
            (struct eg_cloud_object_status){0x1000 + (uint32_t)i, EG_RTP_OK};
    }
    eg_device_session_outcome(s, &p->outcome);
    return eg_device_session_reported(s, &told);
}

static enum eg_device_need rule(struct play *p, struct eg_device_session *s)
{
    p->rules[s->rule]++;
    switch (s->rule) {
    case EG_DEVICE_RULE_ADMIT:
        s->cloud.verdict = p->verdict;
        s->cloud.goodbye = p->verdict <= EG_CLOUD_UNCLAIMED ? 0 : EG_CLOUD_UPDATE_NOT_WHITELISTED;
        s->cloud.known = p->known;
        s->trusted = p->trusted;
        s->cloud.no_change = p->no_change;
        return eg_device_session_ruled(s, EG_OK);
    case EG_DEVICE_RULE_CLAIM:
        assert_int_equal(s->claim_blob.len, p->claim_len);
        s->cloud.verdict = p->claim_refused ? EG_CLOUD_UNCLAIMED : EG_CLOUD_MEMBER;
        s->cloud.remove_claim = !p->claim_refused;
        return eg_device_session_ruled(s, EG_OK);
    case EG_DEVICE_RULE_WORK:
        return eg_device_session_ruled(s, work(p, s));
    case EG_DEVICE_RULE_REBIND:
        s->cloud.rebound = true;
        p->import_status = 0;
        add_steps(p, s);
        return eg_device_session_ruled(s, EG_OK);
    default:
        return report(p, s);
    }
}

/* ---- play -------------------------------------------------------------------------------------
 */

static enum eg_device_need exchange(struct play *p, struct eg_device_session *s)
{
    static uint8_t room[1 << 17];
    struct eg_writer w;
    p->messages++;
    if (p->messages == p->cut_before) {
        return eg_device_session_broken(s, "cut");
    }
    eg_writer_init(&w, room, sizeof(room));
    answer(p, eg_device_session_out(s), &w);
    if (p->spoil != NULL && p->spoil_at == p->messages) {
        spoil(p, &w);
    }
    eg_device_session_sent(s);
    return eg_device_session_answer(s, eg_writer_span(&w));
}

void play_run(struct play *p, struct eg_device_session *s)
{
    eg_device_session_init(s, p->ours, EG_SPAN_OF(crl));
    s->record_max = p->record_max;
    enum eg_device_need need = eg_device_session_start(s);
    while (need != EG_DEVICE_END) {
        need = need == EG_DEVICE_RULE ? rule(p, s) : exchange(p, s);
        assert_true(p->messages < PLAY_KINDS_MAX);
    }
    if (eg_device_session_out(s).len > 0) {
        uint8_t none;
        struct eg_writer w;
        eg_writer_init(&w, &none, 0);
        answer(p, eg_device_session_out(s), &w);
    }
}

void play_expect(const struct play *p, const uint8_t *kinds, size_t count)
{
    assert_int_equal(p->kind_count, count);
    assert_memory_equal(p->kinds, kinds, count);
}
