/* SPDX-License-Identifier: Apache-2.0 */
/* Datastores: their rules, and a power cut at every step of a write. */
#include <string.h>

#include "tests/unit/agent/agent_test.h"

static struct eg_span container_of(uint8_t room[512], const char *name)
{
    const struct eg_service service = {.id = 7,
                                       .type = EG_SERVICE_CUSTOM,
                                       .hostname = eg_span_str(name),
                                       .port = 8883,
                                       .protocol = EG_PROTOCOL_MQTTS};
    return make_container(agent_crypto, room, 512, &service, 1);
}

static enum eg_agent_result first_service(struct device *d, char name[64])
{
    uint8_t room[SLOT_SIZE];
    struct eg_agent_service service;
    enum eg_agent_result result = eg_agent_service(&d->agent, 0, room, sizeof(room), &service);
    memset(name, 0, 64);
    if (result == EG_AGENT_OK) {
        memcpy(name, service.hostname.ptr, service.hostname.len);
    }
    return result;
}

static void a_container_is_written_in_a_session_and_read_back(void **state)
{
    struct device *d = *state;
    uint8_t room[512];
    char name[64];
    struct eg_span container = container_of(room, "broker");
    assert_int_equal(first_service(d, name), EG_AGENT_NOT_FOUND);
    write_store(d, SERVICES, container);
    assert_int_equal(first_service(d, name), EG_AGENT_OK);
    assert_string_equal(name, "broker");
    device_restart(d);
    assert_int_equal(first_service(d, name), EG_AGENT_OK);
    assert_string_equal(name, "broker");
    const struct eg_session_request read =
        ask_store(SERVICES, EG_DATASTORE_READ, 0, 1000, eg_span(NULL, 0));
    assert_int_equal(session_of(d, &read, 1), EG_AGENT_OK);
    assert_true(eg_span_equal(answer(d, 0).data, container));
}

/* The container without services that NXP's agent wrote, byte by byte. */
static void the_empty_container_is_the_known_one(void **state)
{
    (void)state;
    static const uint8_t known[] = {
        0x17, 0x74, 0x0E, 0x43, 0x39, 0xED, 0x38, 0xFB, 0x1E, 0xF8, 0x85, 0x9D, 0xB0, 0xD8, 0x6D,
        0x4B, 0x3B, 0xE3, 0xCE, 0x65, 0xB1, 0xAF, 0xBE, 0xD0, 0x38, 0xF6, 0xC3, 0x7D, 0xF0, 0xC3,
        0x83, 0x4E, 0x2C, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00};
    uint8_t room[64];
    struct eg_span empty = make_container(agent_crypto, room, sizeof(room), NULL, 0);
    assert_true(eg_span_equal(empty, EG_SPAN_OF(known)));
}

static void reads_past_the_end_are_short(void **state)
{
    struct device *d = *state;
    uint8_t room[512];
    struct eg_span container = container_of(room, "broker");
    uint32_t len = (uint32_t)container.len;
    const struct eg_session_request empty =
        ask_store(SERVICES, EG_DATASTORE_READ, 0, 44, eg_span(NULL, 0));
    assert_int_equal(session_of(d, &empty, 1), EG_AGENT_OK);
    assert_int_equal(answer(d, 0).status, EG_DATASTORE_STATUS_OK);
    assert_int_equal(answer(d, 0).data.len, 0);
    write_store(d, SERVICES, container);
    const struct eg_session_request reads[] = {
        ask_store(SERVICES, EG_DATASTORE_READ, len - 3, 10, eg_span(NULL, 0)),
        ask_store(SERVICES, EG_DATASTORE_READ, len, 10, eg_span(NULL, 0)),
        ask_store(SERVICES, EG_DATASTORE_READ, 0x7FFFFFFF, 0x7FFFFFFF, eg_span(NULL, 0)),
    };
    static const size_t expected[] = {3, 0, 0};
    assert_int_equal(session_of(d, reads, 3), EG_AGENT_OK);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(answer(d, i).status, EG_DATASTORE_STATUS_OK);
        assert_int_equal(answer(d, i).data.len, expected[i]);
    }
}

/* More than an answer may hold: an error instead of a lost session. */
static void a_read_that_does_not_fit_is_an_error(void **state)
{
    struct device *d = *state;
    uint8_t room[SLOT_SIZE];
    uint8_t filler[600];
    memset(filler, 'x', sizeof(filler));
    const struct eg_service service = {.hostname = EG_SPAN_OF(filler)};
    write_store(d, SERVICES, make_container(agent_crypto, room, sizeof(room), &service, 1));
    d->config.response_size = EG_AGENT_BUFFER_MIN;
    device_restart(d);
    const struct eg_session_request reads[] = {
        ask_store(SERVICES, EG_DATASTORE_READ, 0, 600, eg_span(NULL, 0)),
        ask_store(SERVICES, EG_DATASTORE_READ, 0, 400, eg_span(NULL, 0)),
    };
    assert_int_equal(session_of(d, reads, 2), EG_AGENT_OK);
    assert_int_equal(answer(d, 0).status, EG_DATASTORE_STATUS_ERROR);
    assert_int_equal(answer(d, 1).status, EG_DATASTORE_STATUS_OK);
    assert_int_equal(answer(d, 1).data.len, 400);
}

static void what_breaks_the_rules_is_an_error(void **state)
{
    struct device *d = *state;
    uint8_t room[512];
    char name[64];
    struct eg_span none = eg_span(NULL, 0);
    write_store(d, SERVICES, container_of(room, "broker"));
    struct eg_session_request requests[] = {
        ask_store(SERVICES, EG_DATASTORE_ALLOCATE, 0, 43, none),
        ask_store(SERVICES, EG_DATASTORE_ALLOCATE, 0, SLOT_SIZE - 15, none),
        ask_store(SERVICES, EG_DATASTORE_ALLOCATE, 0, 0x7FFFFFFF, none),
        ask_store(SERVICES, EG_DATASTORE_WRITE, 0, 0, eg_span("x", 1)), /* nothing allocated */
        ask_store(SERVICES, EG_DATASTORE_COMMIT, 0, 0, none),
        ask_store(SERVICES, 9, 0, 0, none), /* no such operation */
        ask_store(SERVICES, EG_DATASTORE_READ, 0, 4, none),
    };
    requests[6].missing = EG_SESSION_NO_LENGTH;
    assert_int_equal(session_of(d, requests, 7), EG_AGENT_OK);
    for (size_t i = 0; i < 7; i++) {
        assert_int_equal(answer(d, i).status, EG_DATASTORE_STATUS_ERROR);
    }
    const struct eg_session_request beyond[] = {
        ask_store(SERVICES, EG_DATASTORE_ALLOCATE, 0, 44, none),
        ask_store(SERVICES, EG_DATASTORE_WRITE, 44, 0, eg_span("x", 1)),
        ask_store(SERVICES, EG_DATASTORE_COMMIT, 0, 0, none), /* ended by the error before it */
        ask_store(SERVICES, EG_DATASTORE_ALLOCATE, 0, 44, none),
        ask_store(SERVICES, EG_DATASTORE_COMMIT, 0, 0, none), /* nothing written: no container */
    };
    static const int expected[] = {EG_DATASTORE_STATUS_OK, EG_DATASTORE_STATUS_ERROR,
                                   EG_DATASTORE_STATUS_ERROR, EG_DATASTORE_STATUS_OK,
                                   EG_DATASTORE_STATUS_ERROR};
    assert_int_equal(session_of(d, beyond, 5), EG_AGENT_OK);
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(answer(d, i).status, expected[i]);
    }
    assert_int_equal(first_service(d, name), EG_AGENT_OK);
    assert_string_equal(name, "broker");
}

/* A transaction ends with its session: the next cannot commit what it did not begin. */
static void a_transaction_does_not_outlive_its_session(void **state)
{
    struct device *d = *state;
    uint8_t room[512];
    struct eg_span container = container_of(room, "broker");
    struct host *h = &d->line.hosts[0];
    device_hush(d);
    MESSAGE(
        h, ask_crl(),
        ask_store(SERVICES, EG_DATASTORE_ALLOCATE, 0, (uint32_t)container.len, eg_span(NULL, 0)),
        ask_store(SERVICES, EG_DATASTORE_WRITE, 0, 0, container));
    assert_int_equal(update(d), EG_AGENT_CLOSED);
    const struct eg_session_request commit =
        ask_store(SERVICES, EG_DATASTORE_COMMIT, 0, 0, eg_span(NULL, 0));
    assert_int_equal(session_of(d, &commit, 1), EG_AGENT_OK);
    assert_int_equal(answer(d, 0).status, EG_DATASTORE_STATUS_ERROR);
}

static void a_damaged_slot_leaves_the_other(void **state)
{
    struct device *d = *state;
    uint8_t room[512];
    char name[64];
    write_store(d, SERVICES, container_of(room, "older"));
    write_store(d, SERVICES, container_of(room, "newer"));
    assert_int_equal(first_service(d, name), EG_AGENT_OK);
    assert_string_equal(name, "newer");
    size_t len = 16 + container_of(room, "newer").len;
    for (size_t i = 0; i < len; i++) {
        uint8_t *byte = &d->services.now[1][i]; /* the second write went there */
        *byte = (uint8_t)(*byte ^ 0x40);
        device_restart(d);
        assert_int_equal(first_service(d, name), EG_AGENT_OK);
        assert_string_equal(name, "older");
        *byte = (uint8_t)(*byte ^ 0x40);
    }
    device_restart(d);
    assert_int_equal(first_service(d, name), EG_AGENT_OK);
    assert_string_equal(name, "newer");
}

/* ---- power cuts --------------------------------------------------------------------------------
 */

/* Write "newer" over "older" with power for `steps` steps. True if it was still there at the end.
 */
static bool write_until(struct device *d, size_t steps, bool lose_unsynced)
{
    uint8_t room[512];
    struct eg_span container = container_of(room, "newer");
    struct host *h = &d->line.hosts[0];
    d->services.steps = 0;
    d->services.left = steps;
    d->services.lose_unsynced = lose_unsynced;
    device_hush(d);
    MESSAGE(
        h, ask_crl(),
        ask_store(SERVICES, EG_DATASTORE_ALLOCATE, 0, (uint32_t)container.len, eg_span(NULL, 0)),
        ask_store(SERVICES, EG_DATASTORE_WRITE, 0, 0, eg_span(container.ptr, 20)),
        ask_store(SERVICES, EG_DATASTORE_WRITE, 20, 0,
                  eg_span(container.ptr + 20, container.len - 20)),
        ask_store(SERVICES, EG_DATASTORE_COMMIT, 0, 0, eg_span(NULL, 0)));
    MESSAGE(h, ask_goodbye(&report_success));
    assert_int_equal(update(d), EG_AGENT_OK);
    struct eg_session_response commit;
    assert_true(device_heard(d, 4, &commit));
    bool powered = !d->services.off;
    assert_int_equal(commit.status, powered ? EG_DATASTORE_STATUS_OK : EG_DATASTORE_STATUS_ERROR);
    return powered;
}

/* At every step: after the restart it is the one or the other, whole; and the next write works. */
static void cut_at_every_step(struct device *d, bool lose_unsynced)
{
    uint8_t room[512];
    char name[64];
    bool powered = false;
    size_t older = 0;
    size_t newer = 0;
    for (size_t steps = 0; !powered; steps++) {
        write_store(d, SERVICES, container_of(room, "older"));
        powered = write_until(d, steps, lose_unsynced);
        device_restart(d);
        assert_int_equal(first_service(d, name), EG_AGENT_OK);
        bool is_newer = strcmp(name, "newer") == 0;
        assert_true(is_newer || strcmp(name, "older") == 0);
        assert_true(is_newer || !powered);
        older += is_newer ? 0 : 1;
        newer += is_newer ? 1 : 0;
        d->services.lose_unsynced = false;
    }
    assert_true(older > 80 && newer >= 1);
}

static void a_cut_at_every_byte_keeps_a_whole_container(void **state)
{
    cut_at_every_step(*state, false);
}

static void a_cut_that_loses_what_was_not_synced_does_too(void **state)
{
    cut_at_every_step(*state, true);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, agent_setup, agent_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_container_is_written_in_a_session_and_read_back),
        TEST(the_empty_container_is_the_known_one),
        TEST(reads_past_the_end_are_short),
        TEST(a_read_that_does_not_fit_is_an_error),
        TEST(what_breaks_the_rules_is_an_error),
        TEST(a_transaction_does_not_outlive_its_session),
        TEST(a_damaged_slot_leaves_the_other),
        TEST(a_cut_at_every_byte_keeps_a_whole_container),
        TEST(a_cut_that_loses_what_was_not_synced_does_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
