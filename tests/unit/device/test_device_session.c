/* SPDX-License-Identifier: Apache-2.0 */
/* The session's state machine against devices of every manner, without sockets and rules. */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/device/session_test.h"
#include "tests/unit/unit.h"

enum {
    HELLO = EG_SESSION_HELLO,
    CRL = EG_SESSION_CRL,
    VERSION = EG_SESSION_PSA_VERSION,
    READ = EG_SESSION_PSA_READ,
    REMOVE = EG_SESSION_PSA_REMOVE,
    DESTROY = EG_SESSION_PSA_DESTROY,
    IMPORT = EG_SESSION_PSA_IMPORT,
    STORE = EG_SESSION_DATASTORE,
    BYE = EG_SESSION_GOODBYE,
    NEXT = 0, /* the next message */
};

#define EXPECT(play, ...)                                                                          \
    do {                                                                                           \
        const uint8_t expected_[] = {__VA_ARGS__};                                                 \
        play_expect((play), expected_, sizeof(expected_));                                         \
    } while (0)

static const uint8_t claim[200] = {0x41};

static const struct eg_cloud_facts remembered = {
    .agent_version = 0x00060401,
    .crypto_api = 0x00010000,
    .response_max = 4096,
    .request_max = 16384,
    .multiple = true,
    .wants_crl = true,
    .ours = true,
    .endpoint_count = 4,
    .endpoints = {{EG_ENDPOINT_AGENT, 0, 0},
                  {EG_ENDPOINT_STORE_FILE, EG_SESSION_CONNECTION_STORE, 0},
                  {EG_ENDPOINT_STORE_MEMORY, 7, 0},
                  {EG_ENDPOINT_KEYS_PSA, PLAY_KEYS_ID, 0}},
};

static void first_session(struct play *p)
{
    play_init(p);
    p->verdict = EG_CLOUD_UNCLAIMED;
    p->claim = claim;
    p->claim_len = sizeof(claim);
    p->objects = 2;
    p->object_len = 120;
    p->services_len = 100;
    p->connection_len = 50;
}

/* ---- order ------------------------------------------------------------------------------------
 */

static void asks_in_the_order_of_the_protocol(void **state)
{
    (void)state;
    struct eg_device_session s;
    struct play p;
    first_session(&p);
    play_run(&p, &s);
    EXPECT(&p, HELLO, NEXT, CRL, NEXT, VERSION, READ, NEXT, REMOVE, DESTROY, IMPORT, DESTROY,
           IMPORT, STORE, STORE, STORE, STORE, STORE, STORE, NEXT, BYE);
    assert_int_equal(p.goodbye.status, EG_UPDATE_SUCCESS);
    assert_int_equal(p.goodbye_details, 2);
    assert_true(p.outcome.complete && p.committed[0] && p.committed[1]);
    assert_int_equal(p.outcome.services_status, EG_CSP_OK);
    assert_true(s.finished);
    eg_device_session_end(&s);
}

static void sends_one_request_at_a_time_when_told(void **state)
{
    (void)state;
    struct eg_device_session s;
    struct play p;
    first_session(&p);
    p.many = false;
    play_run(&p, &s);
    EXPECT(&p, HELLO, NEXT, CRL, NEXT, VERSION, NEXT, READ, NEXT, REMOVE, NEXT, DESTROY, NEXT,
           IMPORT, NEXT, DESTROY, NEXT, IMPORT, NEXT, STORE, NEXT, STORE, NEXT, STORE, NEXT, STORE,
           NEXT, STORE, NEXT, STORE, NEXT, BYE);
    eg_device_session_end(&s);
}

static void needs_one_round_trip_for_our_agent(void **state)
{
    (void)state;
    struct eg_device_session s;
    struct play p;
    play_init(&p);
    p.ours = true;
    p.known = remembered;
    p.objects = 1;
    p.object_len = 300;
    play_run(&p, &s);
    EXPECT(&p, HELLO, CRL, DESTROY, IMPORT, NEXT, BYE);
    assert_true(s.early && s.cloud.saw_hello);
    assert_int_equal(p.outcome.round_trips, 1);
    eg_device_session_end(&s);
}

static void asks_first_when_memory_is_in_doubt(void **state)
{
    (void)state;
    const bool cases[][2] = {{false, true}, {true, false}}; /* trusted, ours */
    for (size_t i = 0; i < 2; i++) {
        struct eg_device_session s;
        struct play p;
        play_init(&p);
        p.known = remembered;
        p.trusted = cases[i][0];
        p.ours = cases[i][1];
        play_run(&p, &s);
        assert_false(s.early);
        assert_int_equal(p.kinds[0], HELLO);
        assert_int_equal(p.kinds[1], NEXT);
        eg_device_session_end(&s);
    }
}

/** Our agent, remembered, and nothing is to be done. */
static void unchanged(struct play *p)
{
    play_init(p);
    p->ours = p->no_change = true;
    p->known = remembered;
}

static void a_check_in_without_change_is_one_message(void **state)
{
    (void)state;
    struct eg_device_session s;
    struct play p;
    unchanged(&p);
    play_run(&p, &s);
    EXPECT(&p, HELLO, CRL, BYE);
    assert_int_equal(p.goodbye.status, EG_UPDATE_SUCCESS);
    assert_int_equal(p.goodbye.rtp, EG_RTP_NO_CHANGE);
    assert_int_equal(p.rules[EG_DEVICE_RULE_REPORT], 1);
    assert_true(p.outcome.complete && s.finished);
    assert_int_equal(s.update, EG_UPDATE_SUCCESS);
    assert_int_equal(eg_device_session_broken(&s, "gone"), EG_DEVICE_END);
    eg_device_session_end(&s);
}

/* What it tells of itself is kept, and it is looked at anew the next time. */
static void a_check_in_notes_what_has_become_new(void **state)
{
    (void)state;
    struct eg_device_session s;
    struct play p;
    unchanged(&p);
    p.no_keys = true;
    play_run(&p, &s);
    EXPECT(&p, HELLO, CRL, BYE);
    assert_true(s.finished && s.cloud.saw_hello && !s.cloud.no_change);
    assert_int_equal(s.cloud.facts.endpoint_count, 3);
    assert_false(eg_cloud_facts_equal(&s.cloud.facts, &s.cloud.known));
    eg_device_session_end(&s);
}

static void other_agents_get_goodbye_alone(void **state)
{
    (void)state;
    for (int which = 0; which < 3; which++) {
        struct eg_device_session s;
        struct play p;
        unchanged(&p);
        p.ours = which != 0;
        p.trusted = which != 1;
        p.known.multiple = which != 2;
        play_run(&p, &s);
        assert_false(s.early);
        assert_int_equal(p.kinds[p.kind_count - 2], NEXT);
        assert_int_equal(p.kinds[p.kind_count - 1], BYE);
        assert_int_equal(s.finished, true);
        eg_device_session_end(&s);
    }
}

/* Enumerated over the size of the device's buffer. */
static void goodbye_waits_where_there_is_no_room(void **state)
{
    (void)state;
    size_t together = 0, apart = 0;
    for (int32_t room = 345; room < 400; room++) {
        struct eg_device_session s;
        struct play p;
        unchanged(&p);
        p.known.request_max = room;
        play_run(&p, &s);
        if (p.kind_count == 3) {
            EXPECT(&p, HELLO, CRL, BYE);
            together++;
        } else {
            EXPECT(&p, HELLO, CRL, NEXT, BYE);
            assert_int_equal(together, 0);
            apart++;
        }
        assert_int_equal(p.goodbye.status, EG_UPDATE_SUCCESS);
        assert_true(s.finished);
        eg_device_session_end(&s);
    }
    assert_true(together > 0 && apart > 0);
}

static void sends_no_crl_unasked(void **state)
{
    (void)state;
    struct eg_device_session s;
    struct play p;
    play_init(&p);
    p.wants_crl = false;
    play_run(&p, &s);
    EXPECT(&p, HELLO, NEXT, VERSION, NEXT, BYE);
    eg_device_session_end(&s);
}

static void leaves_keystores_that_are_not_there(void **state)
{
    (void)state;
    struct eg_device_session s;
    struct play p;
    first_session(&p);
    p.no_keys = true;
    p.claim_len = 0;
    p.claim_refused = true;
    play_run(&p, &s);
    EXPECT(&p, HELLO, NEXT, CRL, NEXT, BYE);
    assert_int_equal(s.claim_status, EG_PSA_NOT_SUPPORTED);
    eg_device_session_end(&s);
}

/* ---- buffers ----------------------------------------------------------------------------------
 */

/* play checks every message and answer against the buffers. */
static void honours_both_buffers(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {512, 600, 1024, 1500, 4096, 65536, INT32_MAX};
    for (size_t r = 0; r < sizeof(sizes) / sizeof(sizes[0]); r++) {
        for (size_t a = 0; a < sizeof(sizes) / sizeof(sizes[0]); a++) {
            struct eg_device_session s;
            struct play p;
            first_session(&p);
            p.request_buffer = sizes[r];
            p.response_buffer = sizes[a];
            p.objects = 30;
            p.object_len = 400;
            p.services_len = 5000;
            p.connection_len = 700;
            play_run(&p, &s);
            assert_true(p.said_goodbye);
            assert_int_equal(p.store_len[0], 5000);
            assert_memory_equal(p.store[0], s.load->work.services.bytes.ptr, 5000);
            assert_memory_equal(p.store[1], s.load->work.connection.bytes.ptr, 700);
            for (size_t i = 0; i < s.load->work.step_count; i++) {
                assert_true(s.load->work.steps[i].answered);
            }
            eg_device_session_end(&s);
        }
    }
}

/** What fits into the buffer must fit into one TLS record as well. */
static void honours_short_records(void **state)
{
    (void)state;
    static const uint16_t sizes[] = {512, 1024, 2048, 4096};
    static const uint8_t blob[400] = {0x41};
    for (size_t r = 0; r < sizeof(sizes) / sizeof(sizes[0]); r++) {
        struct eg_device_session s;
        struct play p;
        first_session(&p);
        p.claim = blob;
        p.claim_len = sizeof(blob);
        p.record_max = sizes[r];
        p.objects = 60;
        play_run(&p, &s);
        assert_true(p.said_goodbye);
        assert_int_equal(s.load->work.step_count, 120);
        for (size_t i = 0; i < s.load->work.step_count; i++) {
            assert_true(s.load->work.steps[i].answered);
        }
        eg_device_session_end(&s);
    }
}

static void keeps_what_it_cannot_replace(void **state)
{
    (void)state;
    struct eg_device_session s;
    struct play p;
    play_init(&p);
    p.request_buffer = 1024;
    p.objects = 1;
    p.object_len = 2000;
    play_run(&p, &s);
    EXPECT(&p, HELLO, NEXT, CRL, NEXT, VERSION, NEXT, BYE);
    assert_false(s.load->work.steps[0].answered);
    assert_true(s.load->work.steps[1].answered);
    assert_int_equal(s.load->work.steps[1].psa_status, EG_PSA_INSUFFICIENT_MEMORY);
    eg_device_session_end(&s);
}

static void says_goodbye_without_details_to_a_small_device(void **state)
{
    (void)state;
    struct eg_device_session s;
    struct play p;
    play_init(&p);
    p.request_buffer = 512;
    p.objects = 60;
    p.object_len = 100;
    play_run(&p, &s);
    assert_true(p.said_goodbye);
    assert_int_equal(p.goodbye.status, EG_UPDATE_SUCCESS);
    assert_int_equal(p.goodbye_details, 0);
    eg_device_session_end(&s);
}

/* ---- answers ----------------------------------------------------------------------------------
 */

static void makes_objects_again_for_the_other_binding(void **state)
{
    (void)state;
    struct eg_device_session s;
    struct play p;
    play_init(&p);
    p.objects = 1;
    p.object_len = 100;
    p.import_status = EG_PSA_INVALID_SIGNATURE;
    play_run(&p, &s);
    EXPECT(&p, HELLO, NEXT, CRL, NEXT, VERSION, NEXT, DESTROY, IMPORT, NEXT, DESTROY, IMPORT, NEXT,
           BYE);
    assert_int_equal(p.rules[EG_DEVICE_RULE_REBIND], 1);
    assert_int_equal(s.load->work.steps[1].psa_status, EG_PSA_INVALID_SIGNATURE);
    assert_int_equal(s.load->work.steps[3].psa_status, 0);
    eg_device_session_end(&s);
}

static void takes_an_empty_answer_for_not_supported(void **state)
{
    (void)state;
    struct eg_device_session s;
    struct play p;
    play_init(&p);
    p.objects = 1;
    p.keys_unsupported = true;
    play_run(&p, &s);
    assert_true(p.said_goodbye);
    assert_int_equal(s.load->work.steps[1].psa_status, EG_PSA_NOT_SUPPORTED);
    eg_device_session_end(&s);
}

static void tells_what_a_datastore_refused(void **state)
{
    (void)state;
    struct eg_device_session s;
    struct play p;
    play_init(&p);
    p.services_len = 60;
    p.store_fails = true;
    play_run(&p, &s);
    assert_int_equal(p.outcome.services_status, EG_CSP_COMMIT_FAILED);
    assert_int_equal(p.outcome.connection_status, EG_CSP_NONE);
    eg_device_session_end(&s);
}

static void breaks_on_answers_that_do_not_fit(void **state)
{
    (void)state;
    static const char *const ways[] = {"short", "long", "kind", "garbage"};
    for (size_t w = 0; w < sizeof(ways) / sizeof(ways[0]); w++) {
        for (size_t at = 1; at <= 4; at++) {
            struct eg_device_session s;
            struct play p;
            first_session(&p);
            p.spoil = ways[w];
            p.spoil_at = at;
            /* a hello in place of the answer to hello is none */
            if (strcmp(ways[w], "kind") == 0 && at == 1) {
                continue;
            }
            play_run(&p, &s);
            assert_true(s.broken);
            assert_false(p.said_goodbye);
            assert_false(p.outcome.complete);
            assert_int_equal(p.messages, at);
            assert_int_equal(p.rules[EG_DEVICE_RULE_REPORT], 1);
            eg_device_session_end(&s);
        }
    }
}

static void stops_when_the_crl_is_refused(void **state)
{
    (void)state;
    struct eg_device_session s;
    struct play p;
    play_init(&p);
    p.crl_error = 3;
    play_run(&p, &s);
    assert_true(s.broken);
    assert_string_equal(p.outcome.detail, "the device refused the CRL");
    eg_device_session_end(&s);
}

/* The goodbye in the same message has not been heard: no success is stored. */
static void a_check_in_counts_only_with_its_answers(void **state)
{
    (void)state;
    static const char *const ways[] = {"crl", "cut", "short", "long", "kind", "garbage"};
    for (size_t w = 0; w < sizeof(ways) / sizeof(ways[0]); w++) {
        struct eg_device_session s;
        struct play p;
        unchanged(&p);
        p.crl_error = w == 0 ? 5 : 0;
        p.cut_before = w == 1 ? 1 : 0;
        p.spoil = w > 1 ? ways[w] : NULL;
        p.spoil_at = 1;
        play_run(&p, &s);
        assert_int_equal(p.messages, 1);
        assert_true(s.broken && !s.finished && !p.outcome.complete);
        assert_int_equal(p.rules[EG_DEVICE_RULE_REPORT], 1);
        assert_int_equal(p.said_goodbye, w > 1);
        assert_int_equal(eg_device_session_out(&s).len, 0);
        eg_device_session_end(&s);
    }
}

/* ---- ends -------------------------------------------------------------------------------------
 */

/* Enumerated, not sampled: a whole first session has 5 messages. */
static void stores_what_is_known_wherever_it_is_cut(void **state)
{
    (void)state;
    for (size_t cut = 1; cut <= 4; cut++) {
        struct eg_device_session s;
        struct play p;
        first_session(&p);
        p.cut_before = cut;
        play_run(&p, &s);
        assert_true(s.broken);
        assert_int_equal(p.rules[EG_DEVICE_RULE_REPORT], 1);
        assert_false(p.outcome.complete);
        assert_string_equal(p.outcome.detail, "cut");
        for (size_t i = 0; s.load != NULL && i < s.load->work.step_count; i++) {
            assert_false(s.load->work.steps[i].answered); /* all in the last message */
        }
        assert_int_equal(eg_device_session_broken(&s, "again"), EG_DEVICE_END);
        eg_device_session_end(&s);
    }
}

static void refuses_without_asking_further(void **state)
{
    (void)state;
    struct eg_device_session s;
    struct play p;
    for (int v = EG_CLOUD_WRONG_KEY; v <= EG_CLOUD_WRONG_NAME; v++) {
        play_init(&p);
        p.verdict = (enum eg_cloud_verdict)v;
        play_run(&p, &s);
        EXPECT(&p, BYE);
        assert_int_equal(p.goodbye.status, EG_UPDATE_ERR_DEVICE_NOT_WHITELISTED);
        assert_int_equal(p.rules[EG_DEVICE_RULE_REPORT], 0);
        assert_int_equal(eg_device_session_broken(&s, "gone"), EG_DEVICE_END);
        eg_device_session_end(&s);
    }
}

static void goes_to_the_report_when_the_claim_is_refused(void **state)
{
    (void)state;
    struct eg_device_session s;
    struct play p;
    first_session(&p);
    p.claim_refused = true;
    play_run(&p, &s);
    EXPECT(&p, HELLO, NEXT, CRL, NEXT, VERSION, READ, NEXT, BYE);
    assert_int_equal(p.rules[EG_DEVICE_RULE_WORK], 0);
    eg_device_session_end(&s);
}

static void tells_to_come_again_when_the_service_is_busy(void **state)
{
    (void)state;
    struct eg_device_session s;
    struct play p;
    play_init(&p);
    p.ours = true;
    p.work_status = EG_ERR(VAULT_BUSY);
    play_run(&p, &s);
    assert_int_equal(p.goodbye.status, EG_UPDATE_ERR_TIMEOUT);
    assert_true(p.goodbye.retry_after_s > 0);
    eg_device_session_end(&s);
}

static void can_refuse_before_anything_else(void **state)
{
    (void)state;
    struct eg_device_session s;
    static const uint8_t expected[] = {0x0F, 0x0A, 0x0D, 0x08, 0x01, 0x10, 0x00, 0xA2,
                                       0x06, 0x06, 0x12, 0x04, 0x0A, 0x02, 0x08, 0x32};
    eg_device_session_init(&s, false, eg_span(NULL, 0));
    assert_int_equal(eg_device_session_refuse(&s, EG_UPDATE_ERR_CONFIGURATION_SNI_MISSING),
                     EG_DEVICE_END);
    assert_int_equal(eg_device_session_out(&s).len, sizeof(expected));
    assert_memory_equal(eg_device_session_out(&s).ptr, expected, sizeof(expected));
    eg_device_session_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(asks_in_the_order_of_the_protocol),
        cmocka_unit_test(sends_one_request_at_a_time_when_told),
        cmocka_unit_test(needs_one_round_trip_for_our_agent),
        cmocka_unit_test(asks_first_when_memory_is_in_doubt),
        cmocka_unit_test(a_check_in_without_change_is_one_message),
        cmocka_unit_test(a_check_in_notes_what_has_become_new),
        cmocka_unit_test(other_agents_get_goodbye_alone),
        cmocka_unit_test(goodbye_waits_where_there_is_no_room),
        cmocka_unit_test(sends_no_crl_unasked),
        cmocka_unit_test(leaves_keystores_that_are_not_there),
        cmocka_unit_test(honours_both_buffers),
        cmocka_unit_test(honours_short_records),
        cmocka_unit_test(keeps_what_it_cannot_replace),
        cmocka_unit_test(says_goodbye_without_details_to_a_small_device),
        cmocka_unit_test(makes_objects_again_for_the_other_binding),
        cmocka_unit_test(takes_an_empty_answer_for_not_supported),
        cmocka_unit_test(tells_what_a_datastore_refused),
        cmocka_unit_test(breaks_on_answers_that_do_not_fit),
        cmocka_unit_test(stops_when_the_crl_is_refused),
        cmocka_unit_test(a_check_in_counts_only_with_its_answers),
        cmocka_unit_test(stores_what_is_known_wherever_it_is_cut),
        cmocka_unit_test(refuses_without_asking_further),
        cmocka_unit_test(goes_to_the_report_when_the_claim_is_refused),
        cmocka_unit_test(tells_to_come_again_when_the_service_is_busy),
        cmocka_unit_test(can_refuse_before_anything_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
