/* SPDX-License-Identifier: Apache-2.0 */
/* The messages of the device session, against bytes that NXP's agent and a server exchanged. */
#include <string.h>

#include "lib/base/text.h"
#include "lib/wire/session/session_msg.h"
#include "tests/unit/unit.h"

struct bytes {
    uint8_t at[1024];
    size_t len;
};

/* Hex with blanks. */
static struct eg_span hex(struct bytes *room, const char *text)
{
    char packed[2048];
    size_t n = 0;
    for (; *text != '\0'; text++) {
        if (*text != ' ') {
            packed[n++] = *text;
        }
    }
    assert_true(eg_ok(eg_hex_decode(eg_span(packed, n), room->at, n / 2)));
    room->len = n / 2;
    return eg_span(room->at, room->len);
}

/* Message behind its prefix. */
static struct eg_span unframe(struct eg_span frame)
{
    size_t used;
    size_t len;
    assert_true(eg_ok(eg_session_get_prefix(frame, 65536, &used, &len)));
    assert_int_equal(frame.len, used + len);
    return eg_span(frame.ptr + used, len);
}

static void assert_bytes(struct eg_span got, struct eg_span want)
{
    assert_int_equal(got.len, want.len);
    assert_memory_equal(got.ptr, want.ptr, want.len);
}

static void expect_request(const struct eg_session_request *req, const char *frame)
{
    struct bytes room;
    uint8_t out[1024];
    struct eg_writer w;
    struct eg_span want = unframe(hex(&room, frame));
    eg_writer_init(&w, out, sizeof(out));
    eg_session_put_request(&w, req);
    assert_true(eg_ok(w.status));
    assert_bytes(eg_writer_span(&w), want);
    assert_int_equal(eg_session_request_size(req), want.len);
}

static struct eg_session_request only_request(struct bytes *room, const char *message)
{
    struct eg_session_iter it;
    struct eg_session_request req;
    struct eg_session_request next;
    eg_session_iter_start(&it, hex(room, message));
    assert_true(eg_session_next_request(&it, &req));
    assert_false(eg_session_next_request(&it, &next));
    assert_true(eg_ok(it.status));
    return req;
}

static void refuse_request(const char *message)
{
    struct bytes room;
    struct eg_session_iter it;
    struct eg_session_request req;
    eg_session_iter_start(&it, hex(&room, message));
    while (eg_session_next_request(&it, &req)) {
    }
    assert_true(eg_is(it.status, EG_E_WIRE_BAD_SESSION));
    assert_false(eg_session_next_request(&it, &req));
}

static struct eg_session_response only_response(struct bytes *room, const char *frame)
{
    struct eg_session_iter it;
    struct eg_session_response res;
    struct eg_session_response next;
    eg_session_iter_start(&it, unframe(hex(room, frame)));
    assert_true(eg_session_next_response(&it, &res));
    assert_false(eg_session_next_response(&it, &next));
    assert_true(eg_ok(it.status));
    return res;
}

/* ---- requests ------------------------------------------------------------------------------- */

static void hello_request_is_the_recorded_one(void **state)
{
    (void)state;
    expect_request(&(struct eg_session_request){.kind = EG_SESSION_HELLO,
                                                .endpoint_type = EG_ENDPOINT_AGENT,
                                                .version = EG_SESSION_VERSION_1_0_0,
                                                .buffer_size = 65536},
                   "17 0A15 0801 1000 A2060E 0A0C 0D00000100 1000 A001808004");
}

static void version_request_is_the_recorded_one(void **state)
{
    (void)state;
    expect_request(&(struct eg_session_request){.kind = EG_SESSION_PSA_VERSION,
                                                .endpoint_type = EG_ENDPOINT_KEYS_PSA,
                                                .endpoint_id = 0x70000010},
                   "12 0A10 0815 109080808007 A20605 E20302 0A00");
}

static void claim_read_is_the_recorded_one(void **state)
{
    (void)state;
    struct eg_session_request req = {.kind = EG_SESSION_PSA_READ,
                                     .endpoint_type = EG_ENDPOINT_KEYS_PSA,
                                     .endpoint_id = 0x70000010,
                                     .id = EG_SESSION_CLAIM_OBJECT,
                                     .length = 1024};
    expect_request(&req, "1d 0A1b 0815 109080808007 A20610 E2030d 320B 08E08180800F 1000 188008");
}

static void every_request_comes_back(void **state)
{
    (void)state;
    static const uint8_t blob[300] = {1, 2, 3};
    const struct eg_session_request all[] = {
        {.kind = EG_SESSION_CRL, .endpoint_type = 1, .data = EG_SPAN_OF(blob)},
        {.kind = EG_SESSION_PSA_DESTROY, .endpoint_type = 21, .endpoint_id = 7, .id = 0x2000},
        {.kind = EG_SESSION_PSA_IMPORT,
         .endpoint_type = 21,
         .endpoint_id = 7,
         .id = 0x2000,
         .type = 0x7112,
         .usage = 0x1400,
         .algorithm = 0x060006FF,
         .lifetime = 0xE0000101,
         .bits = 256,
         .format = 1,
         .data = EG_SPAN_OF(blob)},
        {.kind = EG_SESSION_PSA_REMOVE, .endpoint_type = 21, .id = EG_SESSION_CLAIM_OBJECT},
        {.kind = EG_SESSION_DATASTORE,
         .endpoint_type = 50,
         .operation = EG_DATASTORE_ALLOCATE,
         .length = 188},
        {.kind = EG_SESSION_DATASTORE,
         .endpoint_type = 50,
         .operation = EG_DATASTORE_WRITE,
         .offset = 100,
         .data = eg_span(blob, 88)},
        {.kind = EG_SESSION_DATASTORE, .endpoint_type = 50, .operation = EG_DATASTORE_COMMIT},
    };
    uint8_t room[2048];
    struct eg_writer w;
    eg_writer_init(&w, room, sizeof(room));
    size_t count = sizeof(all) / sizeof(all[0]);
    for (size_t i = 0; i < count; i++) {
        size_t before = w.len;
        eg_session_put_request(&w, &all[i]);
        assert_int_equal(w.len - before, eg_session_request_size(&all[i]));
    }
    assert_true(eg_ok(w.status));
    struct eg_session_iter it;
    struct eg_session_request got;
    eg_session_iter_start(&it, eg_writer_span(&w));
    for (size_t i = 0; i < count; i++) {
        assert_true(eg_session_next_request(&it, &got));
        assert_int_equal(got.kind, all[i].kind);
        assert_int_equal(got.endpoint_type, all[i].endpoint_type);
        assert_int_equal(got.endpoint_id, all[i].endpoint_id);
        assert_int_equal(got.operation, all[i].operation);
        assert_int_equal(got.id, all[i].id);
        assert_int_equal(got.type, all[i].type);
        assert_int_equal(got.usage, all[i].usage);
        assert_int_equal(got.algorithm, all[i].algorithm);
        assert_int_equal(got.lifetime, all[i].lifetime);
        assert_int_equal(got.bits, all[i].bits);
        assert_int_equal(got.format, all[i].format);
        assert_int_equal(got.offset, all[i].offset);
        assert_int_equal(got.length, all[i].length);
        assert_true(eg_span_equal(got.data, all[i].data));
    }
    assert_false(eg_session_next_request(&it, &got));
    assert_true(eg_ok(it.status));
}

static void missing_fields_are_named(void **state)
{
    (void)state;
    uint8_t room[256];
    for (uint32_t bit = EG_SESSION_NO_ENDPOINT_TYPE; bit <= EG_SESSION_NO_FORMAT; bit <<= 1) {
        const struct eg_session_request req = {.kind = EG_SESSION_PSA_IMPORT,
                                               .missing = bit,
                                               .endpoint_type = EG_ENDPOINT_KEYS_PSA,
                                               .data = EG_SPAN_OF("x")};
        struct eg_session_request got;
        struct eg_session_iter it;
        struct eg_writer w;
        eg_writer_init(&w, room, sizeof(room));
        eg_session_put_request(&w, &req);
        eg_session_iter_start(&it, eg_writer_span(&w));
        assert_true(eg_session_next_request(&it, &got));
        assert_int_equal(got.kind, EG_SESSION_PSA_IMPORT);
        assert_int_equal(got.missing, bit);
    }
}

/* An import with all fields but data: what crashes NXP's agent. */
static void import_without_data_says_so(void **state)
{
    (void)state;
    struct bytes room;
    struct eg_session_request req = only_request(
        &room, "0A 18 08 15 10 00 A2 06 11 E2 03 0E 1A 0C 08 01 10 02 18 03 20 04 28 05 58 01");
    assert_int_equal(req.kind, EG_SESSION_PSA_IMPORT);
    assert_int_equal(req.missing, EG_SESSION_NO_DATA | EG_SESSION_NO_BITS);
    assert_null(req.data.ptr);
}

static void payload_before_endpoint_is_a_mistake(void **state)
{
    (void)state;
    refuse_request("0A 09 A2 06 02 0A 00 08 01 10 00");
}

static void two_payloads_are_a_mistake(void **state)
{
    (void)state;
    refuse_request("0A 0D 08 01 10 00 A2 06 06 0A 00 1A 02 0A 00"); /* two members */
    refuse_request("0A 0E 08 01 10 00 A2 06 02 0A 00 A2 06 02 0A 00");
}

static void strangers_are_named(void **state)
{
    (void)state;
    struct bytes room;
    struct eg_session_request req = only_request(&room, "0A 0A 08 01 10 00 A2 06 03 A2 01 00");
    assert_int_equal(req.kind, EG_SESSION_OTHER);
    assert_int_equal(req.number, 20);
    req = only_request(&room, "0A 0C 08 15 10 00 A2 06 05 E2 03 02 42 00");
    assert_int_equal(req.kind, EG_SESSION_PSA_OTHER);
    assert_int_equal(req.number, 8);
    req = only_request(&room, "0A 04 08 01 10 00");
    assert_int_equal(req.kind, EG_SESSION_NONE);
}

/* Unknown fields before, between and behind, at three levels, and over-long varints. */
static void unknown_fields_are_skipped(void **state)
{
    (void)state;
    struct bytes room;
    struct eg_session_request req = only_request(
        &room, "78 05 0A 90 80 80 80 00 78 01 08 01 10 00 7A 01 FF A2 06 04 78 01 0A 00");
    assert_int_equal(req.kind, EG_SESSION_HELLO);
    assert_int_equal(req.missing, 0);
}

/* ---- responses ------------------------------------------------------------------------------ */

static void hello_of_the_reference_agent_is_read(void **state)
{
    (void)state;
    struct bytes room;
    struct eg_session_response res =
        only_response(&room, "65 0A63 0A61 0D01040600 108020 18FFFFFFFF07 2801"
                             "5210 0801 1000 1D00000100 2A05 04 080A 1001"
                             "5218 0832 108080808007 1D00000100 2A09 08 08D59383AF05 1801"
                             "5214 0832 1000 1D00000100 2A09 08 08D5938FFF05 1801"
                             "520D 0815 109080808007 1D00000100");
    assert_int_equal(res.kind, EG_SESSION_HELLO);
    assert_int_equal(res.hello.version, 0x00060401);
    assert_int_equal(res.hello.response_buffer, 4096);
    assert_int_equal(res.hello.request_buffer, 2147483647);
    assert_true(res.hello.many_requests);
    assert_int_equal(res.hello.engrave_features, 0);
    assert_int_equal(res.hello.endpoint_count, 4);
    const struct eg_session_endpoint *e = res.hello.endpoints;
    assert_true(e[0].type == EG_ENDPOINT_AGENT && e[0].request_crl && !e[0].transactions);
    assert_true(e[1].type == EG_ENDPOINT_STORE_FILE && e[1].id == EG_SESSION_CONNECTION_STORE);
    assert_true(e[1].transactions && !e[1].request_crl);
    assert_true(e[2].type == EG_ENDPOINT_STORE_FILE && e[2].id == 0 && e[2].transactions);
    assert_true(e[3].type == EG_ENDPOINT_KEYS_PSA && e[3].id == 0x70000010);
    assert_int_equal(e[3].version, EG_SESSION_VERSION_1_0_0);
}

static void hello_without_sizes_means_1024(void **state)
{
    (void)state;
    struct bytes room;
    struct eg_session_response res = only_response(&room, "04 0A02 0A00");
    assert_int_equal(res.hello.request_buffer, 1024);
    assert_int_equal(res.hello.response_buffer, 1024);
    assert_false(res.hello.many_requests);
}

/* Nine endpoints: one more than there is room for. */
static void too_many_endpoints_are_a_mistake(void **state)
{
    (void)state;
    struct bytes room;
    struct eg_session_iter it;
    struct eg_session_response res;
    eg_session_iter_start(&it,
                          hex(&room, "0A14 0A12 5200 5200 5200 5200 5200 5200 5200 5200 5200"));
    assert_false(eg_session_next_response(&it, &res));
    assert_true(eg_is(it.status, EG_E_WIRE_BAD_SESSION));
}

static void recorded_answers_are_read(void **state)
{
    (void)state;
    struct bytes room;
    struct eg_session_response res = only_response(&room, "04 0A02 1A00");
    assert_int_equal(res.kind, EG_SESSION_CRL);
    assert_int_equal(res.status, 0);
    res = only_response(&room, "12 0A10 E2030D 0A0B 0D00000100 220101 288050");
    assert_int_equal(res.kind, EG_SESSION_PSA_VERSION);
    assert_int_equal(res.version, 0x00010000);
    assert_true(res.format_s50);
    assert_int_equal(res.max_key, 10240);
    res = only_response(&room, "14 0A12 E2030F 320D 08F4FEFFFFFFFFFFFFFF01 5200");
    assert_int_equal(res.kind, EG_SESSION_PSA_READ);
    assert_int_equal(res.status, EG_PSA_DOES_NOT_EXIST);
    assert_int_equal(res.data.len, 0);
    res = only_response(&room, "09 0A07 E20304 1A02 0800");
    assert_int_equal(res.kind, EG_SESSION_PSA_IMPORT);
    assert_int_equal(res.status, 0);
    assert_int_equal(res.missing & EG_SESSION_NO_STATUS, 0);
    res = only_response(&room, "07 0A05 F20102 0801");
    assert_int_equal(res.kind, EG_SESSION_DATASTORE);
    assert_int_equal(res.status, EG_DATASTORE_STATUS_OK);
    res = only_response(&room, "02 0A00"); /* not supported, says NXP's agent */
    assert_int_equal(res.kind, EG_SESSION_NONE);
}

static void a_read_with_overlong_lengths_is_read(void **state)
{
    (void)state;
    struct bytes room;
    static const char head[] = "D1010ACB81808000F201C481808000080152BC81808000";
    char frame[sizeof(head) + 2 * 188] = {0};
    memcpy(frame, head, sizeof(head));
    for (size_t i = 0; i < 188; i++) {
        memcpy(frame + sizeof(head) - 1 + 2 * i, "5A", 2);
    }
    struct eg_session_response res = only_response(&room, frame);
    assert_int_equal(res.status, EG_DATASTORE_STATUS_OK);
    assert_int_equal(res.data.len, 188);
    assert_int_equal(res.data.ptr[187], 0x5A);
}

static void every_answer_comes_back(void **state)
{
    (void)state;
    const struct eg_session_response all[] = {
        {.kind = EG_SESSION_NONE},
        {.kind = EG_SESSION_CRL, .status = 4},
        {.kind = EG_SESSION_DATASTORE, .status = 1, .data = EG_SPAN_OF("contents")},
        {.kind = EG_SESSION_PSA_VERSION, .version = 0x10000, .format_s50 = true, .max_key = 4096},
        {.kind = EG_SESSION_PSA_DESTROY, .status = EG_PSA_DOES_NOT_EXIST},
        {.kind = EG_SESSION_PSA_CREATE, .status = EG_PSA_NOT_SUPPORTED},
        {.kind = EG_SESSION_PSA_READ, .status = 0, .data = EG_SPAN_OF("claim")},
        {.kind = EG_SESSION_PSA_OTHER, .number = 8, .status = EG_PSA_NOT_SUPPORTED},
    };
    uint8_t room[512];
    struct eg_writer w;
    eg_writer_init(&w, room, sizeof(room));
    size_t count = sizeof(all) / sizeof(all[0]);
    for (size_t i = 0; i < count; i++) {
        size_t before = w.len;
        eg_session_put_response(&w, &all[i]);
        assert_int_equal(w.len - before, eg_session_response_size(&all[i]));
    }
    assert_true(eg_ok(w.status));
    struct eg_session_iter it;
    struct eg_session_response got;
    eg_session_iter_start(&it, eg_writer_span(&w));
    for (size_t i = 0; i < count; i++) {
        assert_true(eg_session_next_response(&it, &got));
        assert_int_equal(got.kind, all[i].kind);
        assert_int_equal(got.status, all[i].status);
        assert_int_equal(got.version, all[i].version);
        assert_int_equal(got.max_key, all[i].max_key);
        assert_true(eg_span_equal(got.data, all[i].data));
    }
    assert_false(eg_session_next_response(&it, &got));
    assert_true(eg_ok(it.status));
}

static void hello_is_written_with_features(void **state)
{
    (void)state;
    struct eg_session_response res = {.kind = EG_SESSION_HELLO};
    struct eg_session_response got;
    struct eg_session_iter it;
    struct eg_writer w;
    uint8_t room[EG_SESSION_ANSWER_HELLO];
    res.hello = (struct eg_session_hello){.version = 0x00010203,
                                          .response_buffer = 4096,
                                          .request_buffer = 8192,
                                          .many_requests = true,
                                          .engrave_features = EG_SESSION_FEATURE_LONG_CLAIM,
                                          .endpoint_count = EG_SESSION_ENDPOINTS_MAX};
    for (size_t i = 0; i < EG_SESSION_ENDPOINTS_MAX; i++) {
        res.hello.endpoints[i] =
            (struct eg_session_endpoint){i == 0 ? EG_ENDPOINT_AGENT : EG_ENDPOINT_STORE_FILE,
                                         UINT32_MAX,
                                         0x10000,
                                         0,
                                         i == 0,
                                         i > 0};
    }
    eg_writer_init(&w, room, sizeof(room));
    eg_session_put_response(&w, &res);
    assert_true(eg_ok(w.status));
    eg_session_iter_start(&it, eg_writer_span(&w));
    assert_true(eg_session_next_response(&it, &got));
    assert_int_equal(got.hello.version, res.hello.version);
    assert_int_equal(got.hello.response_buffer, res.hello.response_buffer);
    assert_int_equal(got.hello.request_buffer, res.hello.request_buffer);
    assert_int_equal(got.hello.engrave_features, res.hello.engrave_features);
    assert_true(got.hello.many_requests);
    assert_int_equal(got.hello.endpoint_count, EG_SESSION_ENDPOINTS_MAX);
    for (size_t i = 0; i < EG_SESSION_ENDPOINTS_MAX; i++) {
        const struct eg_session_endpoint *e = &got.hello.endpoints[i];
        assert_int_equal(e->type, res.hello.endpoints[i].type);
        assert_int_equal(e->id, UINT32_MAX);
        assert_int_equal(e->version, 0x10000);
        assert_true(e->request_crl == (i == 0) && e->transactions == (i > 0));
    }
}

/* ---- report --------------------------------------------------------------------------------- */

static void report_comes_back(void **state)
{
    (void)state;
    const struct eg_session_detail details[] = {
        {EG_VOCABULARY_RTP, EG_RTP_SUCCESS, 0x70000010, 0x2000},
        {EG_VOCABULARY_CLAIM, EG_CLAIM_SUCCESS, 0x70000010, 0},
        {EG_VOCABULARY_CSP, EG_CSP_SUCCESS_NO_CHANGE, 0, 0x100000000u},
        {EG_VOCABULARY_RTP, EG_RTP_ERR_OBJECT_WRITE_FAILED, 0x70000010, 0x2001},
    };
    static const int order[] = {1, 0, 3, 2}; /* by part */
    const struct eg_session_report report = {.status = EG_UPDATE_ERR_UPDATE_FAILED,
                                             .claim = EG_CLAIM_SUCCESS,
                                             .rtp = EG_RTP_ERR_RTP_FAILED,
                                             .csp = EG_CSP_SUCCESS_NO_CHANGE,
                                             .parts = 0x0F,
                                             .correlation = eg_span_str("0123456789-0123456789-"),
                                             .retry_after_s = 90,
                                             .details = details,
                                             .detail_count = 4};
    uint8_t room[512];
    struct eg_writer w;
    struct eg_session_iter it;
    struct eg_session_request got;
    struct eg_session_report back;
    eg_writer_init(&w, room, sizeof(room));
    eg_session_put_request(&w, &(struct eg_session_request){.kind = EG_SESSION_GOODBYE,
                                                            .endpoint_type = 1,
                                                            .report = &report});
    assert_true(eg_ok(w.status));
    eg_session_iter_start(&it, eg_writer_span(&w));
    assert_true(eg_session_next_request(&it, &got));
    assert_int_equal(got.kind, EG_SESSION_GOODBYE);
    assert_true(eg_ok(eg_session_report_read(got.data, &back)));
    assert_true(back.status == report.status && back.claim == report.claim);
    assert_true(back.rtp == report.rtp && back.csp == report.csp && back.parts == report.parts);
    assert_true(eg_span_equal(back.correlation, report.correlation));
    assert_int_equal(back.retry_after_s, 90);
    assert_int_equal(back.detail_count, 4);
    struct eg_session_detail_iter walk;
    struct eg_session_detail detail;
    eg_session_detail_start(&walk, got.data);
    for (size_t i = 0; i < 4; i++) {
        assert_true(eg_session_detail_next(&walk, &detail));
        assert_int_equal(detail.part, details[order[i]].part);
        assert_int_equal(detail.status, details[order[i]].status);
        assert_int_equal(detail.endpoint_id, details[order[i]].endpoint_id);
        assert_true(detail.id == details[order[i]].id);
    }
    assert_false(eg_session_detail_next(&walk, &detail));
}

static void correlation_id_ends_at_36(void **state)
{
    (void)state;
    struct eg_session_report report = {.correlation =
                                           eg_span_str("0123456789012345678901234567890123456")};
    struct eg_session_request req = {
        .kind = EG_SESSION_GOODBYE, .endpoint_type = 1, .report = &report};
    assert_int_equal(report.correlation.len, 37);
    assert_int_equal(eg_session_request_size(&req), 0);
    report.correlation.len = 36;
    assert_int_not_equal(eg_session_request_size(&req), 0);
}

/* ---- framing and names ---------------------------------------------------------------------- */

static void prefixes(void **state)
{
    (void)state;
    uint8_t out[EG_SESSION_PREFIX_MAX];
    size_t used;
    size_t len;
    static const size_t lengths[] = {0, 1, 127, 128, 16383, 16384, 2097152, 0x7FFFFFFF};
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        size_t n = eg_session_put_prefix(out, lengths[i]);
        assert_true(eg_ok(eg_session_get_prefix(eg_span(out, n), SIZE_MAX, &used, &len)));
        assert_true(used == n && len == lengths[i]);
        assert_true(eg_is(eg_session_get_prefix(eg_span(out, n - 1), SIZE_MAX, &used, &len),
                          EG_E_TRUNCATED));
        assert_true(lengths[i] == 0 ||
                    eg_is(eg_session_get_prefix(eg_span(out, n), lengths[i] - 1, &used, &len),
                          EG_E_WIRE_SESSION_TOO_LONG));
    }
    static const uint8_t overlong[] = {0x81, 0x80, 0x80, 0x80, 0x00};
    assert_true(eg_ok(eg_session_get_prefix(EG_SPAN_OF(overlong), 10, &used, &len)));
    assert_true(used == 5 && len == 1);
    static const uint8_t beyond[] = {0x80, 0x80, 0x80, 0x80, 0x10};
    assert_true(eg_is(eg_session_get_prefix(EG_SPAN_OF(beyond), SIZE_MAX, &used, &len),
                      EG_E_WIRE_BAD_SESSION));
    static const uint8_t endless[] = {0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80};
    assert_true(eg_is(eg_session_get_prefix(EG_SPAN_OF(endless), SIZE_MAX, &used, &len),
                      EG_E_WIRE_BAD_SESSION));
}

static void names_and_values(void **state)
{
    (void)state;
    int32_t value;
    assert_string_equal(eg_session_status_name(EG_VOCABULARY_UPDATE, 0x35),
                        "ERR_DEVICE_NOT_WHITELISTED");
    assert_string_equal(eg_session_status_name(EG_VOCABULARY_PSA, -140), "DOES_NOT_EXIST");
    assert_null(eg_session_status_name(EG_VOCABULARY_CSP, 0x99));
    assert_true(eg_session_status_value(EG_VOCABULARY_CLAIM, "ERR_CLAIM_CODE_REVOKED", &value));
    assert_int_equal(value, 0x13);
    assert_false(eg_session_status_value(EG_VOCABULARY_RTP, "ERR_CLAIM_CODE_REVOKED", &value));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hello_request_is_the_recorded_one),
        cmocka_unit_test(version_request_is_the_recorded_one),
        cmocka_unit_test(claim_read_is_the_recorded_one),
        cmocka_unit_test(every_request_comes_back),
        cmocka_unit_test(missing_fields_are_named),
        cmocka_unit_test(import_without_data_says_so),
        cmocka_unit_test(payload_before_endpoint_is_a_mistake),
        cmocka_unit_test(two_payloads_are_a_mistake),
        cmocka_unit_test(strangers_are_named),
        cmocka_unit_test(unknown_fields_are_skipped),
        cmocka_unit_test(hello_of_the_reference_agent_is_read),
        cmocka_unit_test(hello_without_sizes_means_1024),
        cmocka_unit_test(too_many_endpoints_are_a_mistake),
        cmocka_unit_test(recorded_answers_are_read),
        cmocka_unit_test(a_read_with_overlong_lengths_is_read),
        cmocka_unit_test(every_answer_comes_back),
        cmocka_unit_test(hello_is_written_with_features),
        cmocka_unit_test(report_comes_back),
        cmocka_unit_test(correlation_id_ends_at_36),
        cmocka_unit_test(prefixes),
        cmocka_unit_test(names_and_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
