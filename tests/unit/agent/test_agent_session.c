/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions: what is taken, what is refused, what the application hears of it. */
#include <string.h>

#include "tests/unit/agent/agent_test.h"

static void a_full_session_succeeds(void **state)
{
    struct device *d = *state;
    const struct eg_session_detail details[] = {
        {EG_VOCABULARY_RTP, EG_RTP_SUCCESS, KEYSTORE, 0x2000},
        {EG_VOCABULARY_CLAIM, EG_CLAIM_SUCCESS, KEYSTORE, 0}};
    const struct eg_session_report report = {.status = EG_UPDATE_SUCCESS,
                                             .claim = EG_CLAIM_SUCCESS,
                                             .rtp = EG_RTP_SUCCESS,
                                             .parts = 0x07,
                                             .correlation = eg_span_str("a-correlation-id"),
                                             .details = details,
                                             .detail_count = 2};
    struct host *h = &d->line.hosts[0];
    struct eg_session_response res;
    memcpy(d->chip.claim, "claim blob", 10);
    d->chip.claim_len = 10;
    device_hush(d);
    MESSAGE(h, ask_hello());
    MESSAGE(h, ask_crl());
    MESSAGE(h, ask_keys(EG_SESSION_PSA_VERSION, 0));
    MESSAGE(h, ask_keys(EG_SESSION_PSA_READ, EG_AGENT_CLAIM_OBJECT));
    MESSAGE(h, ask_keys(EG_SESSION_PSA_REMOVE, EG_AGENT_CLAIM_OBJECT));
    MESSAGE(h, ask_keys(EG_SESSION_PSA_DESTROY, 0x2000), ask_import(0x2000));
    MESSAGE(h, ask_goodbye(&report));
    assert_int_equal(update(d), EG_AGENT_OK);
    assert_true(d->line.orderly);
    assert_true(device_heard(d, 0, &res));
    assert_int_equal(res.hello.endpoint_count, 4);
    assert_int_equal(res.hello.request_buffer, sizeof(d->request) - EG_SESSION_PREFIX_MAX);
    assert_int_equal(res.hello.response_buffer, sizeof(d->response) - EG_SESSION_PREFIX_MAX);
    assert_true(res.hello.many_requests && res.hello.endpoints[0].request_crl);
    assert_int_not_equal(res.hello.engrave_features & EG_SESSION_FEATURE_LONG_CLAIM, 0);
    assert_true(device_heard(d, 2, &res));
    assert_true(res.format_s50 && res.version == 0x10000 && res.max_key == 2048);
    assert_true(device_heard(d, 3, &res));
    assert_true(eg_span_equal(res.data, eg_span_str("claim blob")));
    assert_true(device_heard(d, 5, &res));
    assert_int_equal(res.status, EG_PSA_DOES_NOT_EXIST);
    assert_true(device_heard(d, 6, &res));
    assert_int_equal(res.status, EG_PSA_SUCCESS);
    assert_int_equal(d->chip.claim_len, 0);
    assert_int_equal(d->chip.last_key.type, 0x7112);
    assert_int_equal(d->report.objects_imported, 1);
    assert_int_equal(d->report.round_trips, 6);
    assert_int_equal(d->report.bytes_in, h->said_len);
    assert_int_equal(d->report.bytes_out, d->line.heard_len);
    assert_string_equal(d->report.correlation, "a-correlation-id");
    assert_int_equal(d->report.detail_count, 2);
    assert_int_equal(d->report.details[1].id, 0x2000);
    assert_int_equal(d->report.status[EG_AGENT_PART_CLAIM], EG_CLAIM_SUCCESS);
}

/* A renewal: everything but goodbye in one message, hence two round trips with the goodbye. */
static void a_renewal_takes_one_answer(void **state)
{
    struct device *d = *state;
    device_hush(d);
    MESSAGE(&d->line.hosts[0], ask_hello(), ask_crl(), ask_keys(EG_SESSION_PSA_DESTROY, 0x2000),
            ask_import(0x2000));
    MESSAGE(&d->line.hosts[0], ask_goodbye(&report_success));
    assert_int_equal(update(d), EG_AGENT_OK);
    assert_int_equal(d->report.round_trips, 1);
    assert_int_equal(d->line.writes, 1);
}

/* A check-in: goodbye in the same message, believed only when the CRL in front of it is good. */
static void a_check_in_is_one_message(void **state)
{
    struct device *d = *state;
    struct eg_session_response res;
    device_hush(d);
    MESSAGE(&d->line.hosts[0], ask_hello(), ask_crl(), ask_goodbye(&report_success));
    assert_int_equal(update(d), EG_AGENT_OK);
    assert_true(d->report.received && d->line.orderly);
    assert_int_equal(d->report.round_trips, 1);
    device_hush(d);
    d->line.hosts[0].crl = EG_AGENT_REVOKED;
    MESSAGE(&d->line.hosts[0], ask_hello(), ask_crl(), ask_goodbye(&report_success));
    assert_int_equal(update(d), EG_AGENT_REVOKED);
    assert_false(d->report.received);
    assert_true(device_heard(d, 1, &res));
    assert_int_equal(res.status, EG_AGENT_REVOKED);
}

/* Several messages without waiting for the answers are taken one after the other. */
static void goodbye_alone_is_enough(void **state)
{
    struct device *d = *state;
    device_hush(d);
    MESSAGE(&d->line.hosts[0], ask_goodbye(&report_success));
    assert_int_equal(update(d), EG_AGENT_OK);
    assert_int_equal(d->line.writes, 0);
}

static void a_refusal_reaches_the_application(void **state)
{
    struct device *d = *state;
    const struct eg_session_report report = {
        .status = EG_UPDATE_ERR_CONNECTION_QUOTA_EXCEEDED, .parts = 1, .retry_after_s = 300};
    device_hush(d);
    MESSAGE(&d->line.hosts[0], ask_goodbye(&report));
    assert_int_equal(update(d), EG_AGENT_REFUSED);
    assert_true(d->report.received);
    assert_int_equal(d->report.status[0], 0x34);
    assert_int_equal(d->report.retry_after_s, 300);
    assert_string_equal(eg_agent_status_text(EG_AGENT_PART_UPDATE, d->report.status[0]),
                        "ERR_CONNECTION_QUOTA_EXCEEDED");
    device_hush(d);
    MESSAGE(&d->line.hosts[0], ask_goodbye(NULL));
    assert_int_equal(update(d), EG_AGENT_NO_REPORT);
    assert_false(d->report.received);
}

static void lines_beyond_the_room_are_counted(void **state)
{
    struct device *d = *state;
    struct eg_session_detail details[EG_AGENT_DETAILS_MAX + 3];
    for (uint32_t i = 0; i < EG_AGENT_DETAILS_MAX + 3; i++) {
        details[i] = (struct eg_session_detail){EG_VOCABULARY_RTP, 1, KEYSTORE, i};
    }
    struct eg_session_report report = report_success;
    report.parts |= EG_REPORT_PART(EG_VOCABULARY_RTP);
    report.details = details;
    report.detail_count = EG_AGENT_DETAILS_MAX + 3;
    device_hush(d);
    MESSAGE(&d->line.hosts[0], ask_goodbye(&report));
    assert_int_equal(update(d), EG_AGENT_OK);
    assert_int_equal(d->report.detail_count, EG_AGENT_DETAILS_MAX);
    assert_int_equal(d->report.details_lost, 3);
}

/* ---- the gate ----------------------------------------------------------------------------------
 */

static void nothing_is_taken_before_the_crl(void **state)
{
    struct device *d = *state;
    const struct eg_session_request early[] = {
        ask_keys(EG_SESSION_PSA_VERSION, 0),
        ask_keys(EG_SESSION_PSA_DESTROY, 0x2000),
        ask_import(0x2000),
        ask_keys(EG_SESSION_PSA_READ, EG_AGENT_CLAIM_OBJECT),
        ask_store(SERVICES, EG_DATASTORE_READ, 0, 4, eg_span(NULL, 0)),
    };
    for (size_t i = 0; i < sizeof(early) / sizeof(early[0]); i++) {
        device_hush(d);
        MESSAGE(&d->line.hosts[0], early[i]);
        MESSAGE(&d->line.hosts[0], ask_goodbye(&report_success));
        assert_int_equal(update(d), EG_AGENT_PROTOCOL);
        device_hush(d);
        MESSAGE(&d->line.hosts[0], early[i], ask_crl()); /* order counts within a message, too */
        assert_int_equal(update(d), EG_AGENT_PROTOCOL);
        assert_int_equal(d->chip.touched, 0);
        assert_int_equal(d->line.writes, 0);
    }
}

static void an_empty_crl_is_a_bad_one(void **state)
{
    struct device *d = *state;
    struct eg_session_request crl = ask_crl();
    crl.data = eg_span(NULL, 0);
    device_hush(d);
    MESSAGE(&d->line.hosts[0], crl);
    assert_int_equal(update(d), EG_AGENT_BAD_CRL);
    assert_int_equal(d->line.crls, 0);
}

/* A second CRL is checked like the first; when it is bad, the gate does not stay open. */
static void every_crl_counts(void **state)
{
    struct device *d = *state;
    device_hush(d);
    MESSAGE(&d->line.hosts[0], ask_crl());
    MESSAGE(&d->line.hosts[0], ask_crl());
    MESSAGE(&d->line.hosts[0], ask_goodbye(&report_success));
    assert_int_equal(update(d), EG_AGENT_OK);
    assert_int_equal(d->line.crls, 2);
}

/* ---- what ends a session, whole message unheard -------------------------------------------------
 */

/* The message, after a CRL, and with an import before it: the import must not happen. */
static void refuse(struct device *d, struct eg_session_request bad)
{
    device_hush(d);
    MESSAGE(&d->line.hosts[0], ask_crl());
    MESSAGE(&d->line.hosts[0], ask_import(0x3000), bad);
    MESSAGE(&d->line.hosts[0], ask_goodbye(&report_success));
    assert_int_equal(update(d), EG_AGENT_PROTOCOL);
    assert_int_equal(d->chip.touched, 0);
    assert_int_equal(d->line.writes, 1);
    assert_false(d->line.orderly);
}

static void a_message_is_taken_whole_or_not_at_all(void **state)
{
    struct device *d = *state;
    struct eg_session_request req = ask_import(1);
    req.endpoint_id++; /* unknown keystore */
    refuse(d, req);
    req = ask_import(1);
    req.endpoint_type = EG_ENDPOINT_STORE_FILE; /* a key for a datastore */
    refuse(d, req);
    req = ask_import(1);
    req.missing = EG_SESSION_NO_ENDPOINT_TYPE;
    refuse(d, req);
    req = ask_import(1);
    req.missing = EG_SESSION_NO_ENDPOINT_ID;
    refuse(d, req);
    req = ask_hello();
    req.endpoint_type = EG_ENDPOINT_KEYS_PSA; /* hello to a keystore */
    refuse(d, req);
    req = ask_store(9, EG_DATASTORE_READ, 0, 4, eg_span(NULL, 0)); /* unknown datastore */
    refuse(d, req);
    req = ask_store(SERVICES, EG_DATASTORE_READ, 0, 4, eg_span(NULL, 0));
    req.endpoint_type = EG_ENDPOINT_STORE_MEMORY;
    refuse(d, req);
}

static void malformed_bytes_end_the_session(void **state)
{
    struct device *d = *state;
    static const struct {
        const char *bytes;
        size_t len;
    } frames[] = {
        {"\x03\x0A\x09\x08", 4},                                      /* longer than the message */
        {"\x0B\x0A\x09\xA2\x06\x02\x0A\x00\x08\x01\x10\x00", 12},     /* payload before endpoint */
        {"\x0C\x0A\x0A\x08\x01\x10\x00\xA2\x06\x03\xA2\x01\x00", 13}, /* an APDU */
        {"\x0A\x0A\x08\x08\x01\x10\x00\xA2\x06\x01\xFF", 11},         /* corrupt hello */
        {"\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 11},         /* no length */
    };
    for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
        device_hush(d);
        host_says_bytes(&d->line.hosts[0], eg_span(frames[i].bytes, frames[i].len));
        assert_int_equal(update(d), EG_AGENT_PROTOCOL);
        assert_int_equal(d->line.writes, 0);
    }
}

static void a_message_that_does_not_fit_is_too_large(void **state)
{
    struct device *d = *state;
    static const uint8_t prefix[] = {0x80, 0x80, 0x02}; /* 32 KiB */
    device_hush(d);
    host_says_bytes(&d->line.hosts[0], EG_SPAN_OF(prefix));
    assert_int_equal(update(d), EG_AGENT_TOO_LARGE);
    /* more requests than the answers have room for: none is carried out */
    struct eg_session_request many[40];
    many[0] = ask_crl();
    for (size_t i = 1; i < 40; i++) {
        many[i] = ask_keys(EG_SESSION_PSA_DESTROY, 0x2000);
    }
    d->config.response_size = EG_AGENT_BUFFER_MIN;
    device_restart(d);
    device_hush(d);
    host_says(&d->line.hosts[0], many, 40);
    assert_int_equal(update(d), EG_AGENT_TOO_LARGE);
    assert_int_equal(d->chip.touched, 0);
}

static void empty_messages_and_second_hellos_are_fine(void **state)
{
    struct device *d = *state;
    static const uint8_t empty[] = {0};
    device_hush(d);
    host_says_bytes(&d->line.hosts[0], EG_SPAN_OF(empty));
    MESSAGE(&d->line.hosts[0], ask_hello(), ask_hello());
    MESSAGE(&d->line.hosts[0], ask_goodbye(&report_success));
    assert_int_equal(update(d), EG_AGENT_OK);
    assert_int_equal(d->line.writes, 1);
}

static void a_line_that_breaks_is_an_error(void **state)
{
    struct device *d = *state;
    device_hush(d);
    assert_int_equal(update(d), EG_AGENT_CLOSED);
    MESSAGE(&d->line.hosts[0], ask_hello());
    d->line.hosts[0].said_len--;
    assert_int_equal(update(d), EG_AGENT_CLOSED);
}

/* Two objects and the services, as a service says them that knows nothing of what was before. */
static void say_everything(struct device *d, struct eg_span container)
{
    struct host *h = &d->line.hosts[0];
    struct eg_span none = eg_span(NULL, 0);
    device_hush(d);
    MESSAGE(h, ask_hello(), ask_crl());
    MESSAGE(h, ask_keys(EG_SESSION_PSA_DESTROY, 0x2000), ask_import(0x2000),
            ask_keys(EG_SESSION_PSA_DESTROY, 0x2001), ask_import(0x2001));
    MESSAGE(h, ask_store(SERVICES, EG_DATASTORE_ALLOCATE, 0, (uint32_t)container.len, none));
    MESSAGE(h, ask_store(SERVICES, EG_DATASTORE_WRITE, 0, 0, container));
    MESSAGE(h, ask_store(SERVICES, EG_DATASTORE_COMMIT, 0, 0, none));
    MESSAGE(h, ask_goodbye(&report_success));
}

/* The line breaks after every byte that the service says; the next session sets all right. */
static void a_line_cut_at_every_byte_costs_one_session(void **state)
{
    struct device *d = *state;
    uint8_t room[256];
    uint8_t back[SLOT_SIZE];
    struct eg_agent_service got;
    const struct eg_service service = {.id = 5, .hostname = eg_span_str("broker")};
    struct eg_span container = make_container(agent_crypto, room, sizeof(room), &service, 1);
    say_everything(d, container);
    size_t whole = d->line.hosts[0].said_len;
    for (size_t n = 0; n < whole; n++) {
        say_everything(d, container);
        d->line.hosts[0].said_len = n;
        assert_int_equal(update(d), EG_AGENT_CLOSED);
        assert_false(d->line.orderly);
        say_everything(d, container);
        assert_int_equal(update(d), EG_AGENT_OK);
        assert_int_equal(d->chip.key_count, 2);
        assert_int_equal(d->report.objects_imported, 2);
        assert_int_equal(eg_agent_service(&d->agent, 0, back, sizeof(back), &got), EG_AGENT_OK);
        assert_int_equal(got.id, 5);
    }
}

/* ---- keys --------------------------------------------------------------------------------------
 */

static void reserved_ids_are_refused_everywhere(void **state)
{
    struct device *d = *state;
    static const uint32_t ids[] = {0,          0x7FFF816C, 0x7FFF8170,
                                   0x7FFFFFFF, 0x3FFF0201, EG_AGENT_CLAIM_OBJECT};
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        const struct eg_session_request requests[] = {ask_keys(EG_SESSION_PSA_DESTROY, ids[i]),
                                                      ask_import(ids[i])};
        assert_int_equal(session_of(d, requests, 2), EG_AGENT_OK);
        assert_int_equal(answer(d, 0).status, EG_PSA_NOT_PERMITTED);
        assert_int_equal(answer(d, 1).status, EG_PSA_NOT_PERMITTED);
        assert_int_equal(d->chip.touched, 0);
    }
}

static void imports_answer_what_the_enclave_said(void **state)
{
    struct device *d = *state;
    struct eg_session_request requests[] = {ask_import(0x2000), ask_import(0x2000),
                                            ask_import(0x2001), ask_import(0x2002)};
    uint8_t large[2049] = {0};
    requests[2].format = 2;
    requests[3].data = EG_SPAN_OF(large);
    assert_int_equal(session_of(d, requests, 4), EG_AGENT_OK);
    assert_int_equal(answer(d, 0).status, EG_PSA_SUCCESS);
    assert_int_equal(answer(d, 1).status, EG_PSA_ALREADY_EXISTS);
    assert_int_equal(answer(d, 2).status, EG_PSA_NOT_SUPPORTED);
    assert_int_equal(answer(d, 3).status, EG_PSA_INSUFFICIENT_STORAGE);
    d->chip.refuse = EG_PSA_INVALID_SIGNATURE;
    assert_int_equal(session_of(d, requests, 1), EG_AGENT_OK);
    assert_int_equal(answer(d, 0).status, EG_PSA_INVALID_SIGNATURE);
}

static void the_claim_object_is_read_in_parts(void **state)
{
    struct device *d = *state;
    struct eg_session_request reads[3];
    memset(d->chip.claim, 'c', sizeof(d->chip.claim));
    d->chip.claim_len = 400;
    reads[0] = ask_keys(EG_SESSION_PSA_READ, EG_AGENT_CLAIM_OBJECT);
    reads[0].length = 1024;
    reads[1] = reads[0];
    reads[1].offset = 390;
    reads[2] = reads[0];
    reads[2].missing = EG_SESSION_NO_LENGTH;
    assert_int_equal(session_of(d, reads, 3), EG_AGENT_OK);
    assert_int_equal(answer(d, 0).data.len, 400);
    assert_int_equal(answer(d, 1).data.len, 10);
    assert_int_equal(answer(d, 2).status, EG_PSA_INVALID_ARGUMENT);
    d->config.response_size = EG_AGENT_BUFFER_MIN;
    d->chip.claim_len = 512;
    device_restart(d);
    assert_int_equal(session_of(d, reads, 1), EG_AGENT_OK);
    assert_int_equal(answer(d, 0).status, EG_PSA_BUFFER_TOO_SMALL);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, agent_setup, agent_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_full_session_succeeds),
        TEST(a_renewal_takes_one_answer),
        TEST(a_check_in_is_one_message),
        TEST(goodbye_alone_is_enough),
        TEST(a_refusal_reaches_the_application),
        TEST(lines_beyond_the_room_are_counted),
        TEST(nothing_is_taken_before_the_crl),
        TEST(an_empty_crl_is_a_bad_one),
        TEST(every_crl_counts),
        TEST(a_message_is_taken_whole_or_not_at_all),
        TEST(malformed_bytes_end_the_session),
        TEST(a_message_that_does_not_fit_is_too_large),
        TEST(empty_messages_and_second_hellos_are_fine),
        TEST(a_line_that_breaks_is_an_error),
        TEST(a_line_cut_at_every_byte_costs_one_session),
        TEST(reserved_ids_are_refused_everywhere),
        TEST(imports_answer_what_the_enclave_said),
        TEST(the_claim_object_is_read_in_parts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
