/* SPDX-License-Identifier: Apache-2.0 */
/* Whom a device calls, how it shows itself, and when it calls again. */
#include <string.h>

#include "lib/crypto/x509.h"
#include "tests/unit/agent/agent_test.h"

/* ---- connection data ---------------------------------------------------------------------------
 */

/* Give the device connection data for these hosts, in a session with host "one". */
static void move_to(struct device *d, const char *const *names, size_t count)
{
    uint8_t room[512];
    write_store(d, EG_AGENT_CONNECTION,
                make_connection(agent_crypto, room, sizeof(room), names, count));
    device_hush(d);
}

static void expect_dials(const struct device *d, const char *const *names, size_t count)
{
    assert_int_equal(d->line.dials, count);
    for (size_t i = 0; i < count; i++) {
        assert_string_equal(d->line.dialed[i], names[i]);
    }
}

#define NAMES(...) ((const char *const[]){__VA_ARGS__})

static void the_target_is_what_the_data_say(void **state)
{
    struct device *d = *state;
    device_hush(d);
    MESSAGE(&d->line.hosts[0], ask_goodbye(&report_success));
    assert_int_equal(update(d), EG_AGENT_OK);
    expect_dials(d, NAMES("one"), 1);
    assert_int_equal(d->line.port, 8444);
    assert_int_equal(d->line.roots_len, 5);
    assert_memory_equal(d->line.roots, "roots", 5);
}

static void descriptors_are_tried_in_order(void **state)
{
    struct device *d = *state;
    move_to(d, NAMES("away", "two", "three"), 3);
    d->line.hosts[1].name = "two";
    d->line.hosts[2].name = "three";
    MESSAGE(&d->line.hosts[1], ask_goodbye(&report_success));
    MESSAGE(&d->line.hosts[2], ask_goodbye(&report_success));
    assert_int_equal(update(d), EG_AGENT_OK);
    expect_dials(d, NAMES("away", "two"), 2);
    assert_false(d->report.fell_back);
}

/* Until the new host worked, the old one stays; once it did, the old one is forgotten. */
static void a_new_host_is_on_trial_until_it_worked(void **state)
{
    struct device *d = *state;
    move_to(d, NAMES("two"), 1);
    MESSAGE(&d->line.hosts[0], ask_goodbye(&report_success));
    for (int i = 0; i < 3; i++) { /* "two" cannot be reached: every time the old host helps */
        d->line.dials = 0;
        device_restart(d);
        assert_int_equal(update(d), EG_AGENT_OK);
        expect_dials(d, NAMES("two", "one"), 2);
        assert_true(d->report.fell_back);
    }
    d->line.hosts[1].name = "two";
    MESSAGE(&d->line.hosts[1], ask_goodbye(&report_success));
    d->line.dials = 0;
    assert_int_equal(update(d), EG_AGENT_OK);
    expect_dials(d, NAMES("two"), 1);
    assert_false(d->report.fell_back);
    d->line.hosts[1].name = NULL;
    d->line.dials = 0;
    device_restart(d);
    assert_int_equal(update(d), EG_AGENT_NOT_CONNECTED);
    expect_dials(d, NAMES("two"), 1);
}

/* Reached, but not what it says it is: revoked, untrusted, or it hangs up before its CRL. */
static void a_new_host_that_fails_its_test_is_as_good_as_away(void **state)
{
    struct device *d = *state;
    struct host *two = &d->line.hosts[1];
    move_to(d, NAMES("two"), 1);
    two->name = "two";
    MESSAGE(&d->line.hosts[0], ask_goodbye(&report_success));
    static const struct {
        enum eg_agent_result open;
        enum eg_agent_result crl;
    } cases[] = {{EG_AGENT_UNTRUSTED, EG_AGENT_OK},
                 {EG_AGENT_TIMEOUT, EG_AGENT_OK},
                 {EG_AGENT_OK, EG_AGENT_REVOKED}};
    for (size_t i = 0; i < 3; i++) {
        two->open = cases[i].open;
        two->crl = cases[i].crl;
        two->said_len = 0;
        MESSAGE(two, ask_crl());
        assert_int_equal(update(d), EG_AGENT_OK);
        assert_true(d->report.fell_back);
    }
    two->said_len = 0;
    two->open = EG_AGENT_OK;
    assert_int_equal(update(d), EG_AGENT_OK);
    assert_true(d->report.fell_back);
}

/* When all fail, "nobody there" does not hide the better reason. */
static void the_reason_that_says_most_is_reported(void **state)
{
    struct device *d = *state;
    move_to(d, NAMES("two"), 1);
    d->line.hosts[0].name = NULL;
    d->line.hosts[1].name = "two";
    d->line.hosts[1].crl = EG_AGENT_REVOKED;
    MESSAGE(&d->line.hosts[1], ask_crl());
    assert_int_equal(update(d), EG_AGENT_REVOKED);
    d->line.hosts[1].name = NULL;
    assert_int_equal(update(d), EG_AGENT_NOT_CONNECTED);
}

/* A refusal by a service that proved itself is its answer; nobody else is asked. */
static void a_refusal_is_final(void **state)
{
    struct device *d = *state;
    const struct eg_session_report report = {.status = EG_UPDATE_ERR_DEVICE_NOT_WHITELISTED,
                                             .parts = 1};
    move_to(d, NAMES("two", "one"), 2);
    d->line.hosts[1].name = "two";
    MESSAGE(&d->line.hosts[1], ask_goodbye(&report));
    assert_int_equal(update(d), EG_AGENT_REFUSED);
    expect_dials(d, NAMES("two"), 1);
}

/* In a session over the old data, new ones replace those that did not work. */
static void data_written_during_a_fallback_spare_the_host_in_use(void **state)
{
    struct device *d = *state;
    move_to(d, NAMES("two"), 1);
    move_to(d, NAMES("three"), 1); /* over "one", because "two" cannot be reached */
    MESSAGE(&d->line.hosts[0], ask_goodbye(&report_success));
    assert_int_equal(update(d), EG_AGENT_OK);
    expect_dials(d, NAMES("three", "one"), 2);
}

static void without_data_nobody_is_called(void **state)
{
    struct device *d = *state;
    memset(d->connection.now, 0, sizeof(d->connection.now));
    device_restart(d);
    assert_int_equal(update(d), EG_AGENT_NO_CONNECTION_DATA);
    assert_int_equal(d->line.dials, 0);
}

static void names_that_mislead_are_not_dialed(void **state)
{
    struct device *d = *state;
    struct eg_agent_bytes roots = {(const uint8_t *)"roots", 5};
    static const char *const bad[] = {"", "a b", "a\n", "\x7F"};
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(eg_agent_connect_to(&d->agent, bad[i], 1, roots), EG_AGENT_ARGUMENT);
    }
    move_to(d, NAMES("tw\x80"), 1);
    MESSAGE(&d->line.hosts[0], ask_goodbye(&report_success));
    assert_int_equal(update(d), EG_AGENT_OK);
    expect_dials(d, NAMES("one"), 1);
}

/* Power cut at every step of connect_to(): the device can always call somebody. */
static void connection_data_survive_a_cut_at_every_byte(void **state)
{
    struct device *d = *state;
    struct eg_agent_bytes roots = {(const uint8_t *)"roots", 5};
    bool powered = false;
    d->line.hosts[1].name = "two";
    for (size_t steps = 0; !powered; steps++) {
        d->connection.steps = 0;
        d->connection.left = steps;
        powered = eg_agent_connect_to(&d->agent, "two", 1, roots) == EG_AGENT_OK;
        device_restart(d);
        device_hush(d);
        MESSAGE(&d->line.hosts[0], ask_goodbye(&report_success));
        MESSAGE(&d->line.hosts[1], ask_goodbye(&report_success));
        assert_int_equal(update(d), EG_AGENT_OK);
        bool moved = strcmp(d->line.dialed[0], "two") == 0;
        assert_true(moved || (!powered && strcmp(d->line.dialed[0], "one") == 0));
        assert_int_equal(eg_agent_connect_to(&d->agent, "one", 8444, roots), EG_AGENT_OK);
        device_hush(d);
        MESSAGE(&d->line.hosts[0], ask_goodbye(&report_success));
        assert_int_equal(update(d), EG_AGENT_OK);
        assert_true(steps < 1000);
    }
}

static void calls_without_what_they_need_are_refused(void **state)
{
    struct device *d = *state;
    struct eg_agent agent;
    struct eg_agent_config config = d->config;
    struct eg_agent_store store = device_store;
    config.response_size = EG_AGENT_BUFFER_MIN - 1;
    assert_int_equal(eg_agent_init(&agent, &config), EG_AGENT_ARGUMENT);
    config = d->config;
    config.now_ms = NULL;
    assert_int_equal(eg_agent_init(&agent, &config), EG_AGENT_ARGUMENT);
    assert_int_equal(eg_agent_init(&agent, &d->config), EG_AGENT_OK);
    assert_int_equal(eg_agent_update(&agent, &d->report), EG_AGENT_ARGUMENT);
    store.sync = NULL;
    assert_int_equal(eg_agent_add_store(&agent, 1, &store, NULL), EG_AGENT_ARGUMENT);
    assert_int_equal(eg_agent_add_store(&agent, 1, &device_store, NULL), EG_AGENT_OK);
    assert_int_equal(eg_agent_add_store(&agent, 1, &device_store, NULL), EG_AGENT_ARGUMENT);
    assert_int_equal(eg_agent_add_enclave(&agent, 1, NULL, NULL), EG_AGENT_ARGUMENT);
}

/* ---- certificate -------------------------------------------------------------------------------
 */

/* Read back by the service's own reader, and its signature verified. */
static void the_certificate_has_the_agreed_shape(void **state)
{
    struct device *d = *state;
    struct eg_x509_info info;
    char name[128];
    uint8_t room[EG_SPKI_LEN_MAX];
    struct eg_writer spki;
    for (int i = 0; i < 50; i++) { /* r and s of every length come by */
        uint8_t der[EG_AGENT_CERTIFICATE_MAX];
        size_t len;
        assert_int_equal(eg_agent_certificate(&d->agent, der, sizeof(der), &len), EG_AGENT_OK);
        assert_ok(eg_x509_parse(eg_span(der, len), &info));
        assert_ok(eg_x509_check_issued(agent_crypto, eg_span(der, len), eg_span(der, len)));
    }
    device_hush(d);
    MESSAGE(&d->line.hosts[0], ask_goodbye(&report_success));
    assert_int_equal(update(d), EG_AGENT_OK);
    assert_ok(eg_x509_parse(eg_span(d->line.certificate, d->line.certificate_len), &info));
    eg_x509_name_text(info.subject_name, name, sizeof(name));
    assert_non_null(strstr(name, "A0A1A2A3A4A5A6A7A8A9AAABACADAEAF"));
    assert_non_null(strstr(name, "O=NXP"));
    assert_non_null(strstr(name, "OU=Plug and Trust"));
    assert_non_null(strstr(name, "CN=NXP_DIE_ID_AUTH"));
    assert_true(eg_span_equal(info.subject_name, info.issuer_name));
    eg_writer_init(&spki, room, sizeof(room));
    eg_p256_spki(d->chip.point, &spki);
    assert_true(eg_span_equal(info.spki, eg_writer_span(&spki)));
    assert_true(info.not_before_s == 1640995200);
    assert_true(info.not_after_s == INT64_MAX || info.not_after_s == 253402300799);
    assert_false(info.is_ca);
    assert_int_equal(info.ski.len, 0);
}

/* ---- retries -----------------------------------------------------------------------------------
 */

static void waits_double_and_end_somewhere(void **state)
{
    (void)state;
    const struct eg_agent_retry limits = {.first_s = 10, .longest_s = 100};
    static const uint64_t longest[] = {10, 20, 40, 80, 100, 100};
    for (uint32_t i = 0; i < 6; i++) {
        uint64_t most = eg_agent_retry_ms(&limits, i + 1, 0, 0);
        uint64_t least = eg_agent_retry_ms(&limits, i + 1, 0, UINT32_MAX);
        assert_true(most == longest[i] * 1000);
        assert_true(least >= most / 2 && least <= most / 2 + 1);
    }
    const struct eg_agent_retry none = {0};
    assert_true(eg_agent_retry_ms(&none, 1, 0, 0) == 15 * 1000);
    assert_true(eg_agent_retry_ms(&none, UINT32_MAX, 0, 0) == 21600 * 1000);
    assert_true(eg_agent_retry_ms(&none, 0, 0, 0) == 86400ull * 1000);
    const struct eg_agent_retry huge = {UINT32_MAX, UINT32_MAX, UINT32_MAX};
    assert_true(eg_agent_retry_ms(&huge, UINT32_MAX, UINT32_MAX, UINT32_MAX) >=
                UINT32_MAX * 1000ull);
}

/* What the service asked for is never undercut, neither after a failure nor after success. */
static void retry_after_is_honoured(void **state)
{
    (void)state;
    const struct eg_agent_retry limits = {.regular_s = 60, .first_s = 10, .longest_s = 100};
    for (uint32_t failures = 0; failures < 8; failures++) {
        for (uint64_t random = 0; random <= UINT32_MAX; random += UINT32_MAX / 16) {
            uint64_t wait = eg_agent_retry_ms(&limits, failures, 3600, (uint32_t)random);
            assert_true(wait >= 3600 * 1000 && wait <= 3600 * 1125 + 1);
        }
    }
}

/* A thousand devices that lost the service at one moment do not come back in one second. */
static void devices_do_not_come_back_together(void **state)
{
    (void)state;
    const struct eg_agent_retry limits = {.first_s = 64, .longest_s = 64};
    unsigned per_second[128] = {0};
    for (int i = 0; i < 1000; i++) {
        uint8_t random[4];
        assert_ok(eg_random(agent_crypto, random, sizeof(random)));
        uint64_t wait = eg_agent_retry_ms(&limits, 3, 0, eg_load_le32(random));
        assert_true(wait >= 32 * 1000 && wait <= 64 * 1000);
        per_second[wait / 1000]++;
    }
    for (size_t i = 0; i < 128; i++) {
        assert_true(per_second[i] < 100); /* 31 is the mean */
    }
}

/* A loop: failures are counted, success and the service's wish are heeded. */
static void a_loop_waits_as_the_contract_says(void **state)
{
    struct device *d = *state;
    const struct eg_agent_retry limits = {.regular_s = 1000, .first_s = 10, .longest_s = 40};
    struct eg_agent_report report = {.result = EG_AGENT_CLOSED};
    uint32_t failures = 0;
    uint64_t last = 0;
    for (uint32_t i = 1; i <= 3; i++) {
        uint64_t wait = eg_agent_wait_ms(&d->agent, &limits, &report, &failures);
        assert_int_equal(failures, i);
        assert_true(wait == eg_agent_retry_ms(&limits, i, 0, 0x55555555) && wait > last);
        last = wait;
    }
    report.result = EG_AGENT_REFUSED;
    report.retry_after_s = 500;
    assert_true(eg_agent_wait_ms(&d->agent, &limits, &report, &failures) >= 500 * 1000);
    report = (struct eg_agent_report){.result = EG_AGENT_OK};
    uint64_t regular = eg_agent_wait_ms(&d->agent, &limits, &report, &failures);
    assert_int_equal(failures, 0);
    assert_true(regular >= 875 * 1000 && regular <= 1000 * 1000);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, agent_setup, agent_teardown)
    const struct CMUnitTest tests[] = {
        TEST(the_target_is_what_the_data_say),
        TEST(descriptors_are_tried_in_order),
        TEST(a_new_host_is_on_trial_until_it_worked),
        TEST(a_new_host_that_fails_its_test_is_as_good_as_away),
        TEST(the_reason_that_says_most_is_reported),
        TEST(a_refusal_is_final),
        TEST(data_written_during_a_fallback_spare_the_host_in_use),
        TEST(without_data_nobody_is_called),
        TEST(names_that_mislead_are_not_dialed),
        TEST(connection_data_survive_a_cut_at_every_byte),
        TEST(calls_without_what_they_need_are_refused),
        TEST(the_certificate_has_the_agreed_shape),
        TEST(waits_double_and_end_somewhere),
        TEST(retry_after_is_honoured),
        TEST(devices_do_not_come_back_together),
        TEST(a_loop_waits_as_the_contract_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
