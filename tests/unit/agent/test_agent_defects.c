/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The thirteen defects of NXP's device agent (docs/protocol/device-session.md), none of which is
 * ours: one test each, named after it.
 */
#include <string.h>

#include "agent/core/core.h"
#include "engrave/agent_claim.h"
#include "tests/unit/agent/agent_test.h"

/* A revoked service is an error that the application sees, not a success. */
static void defect_01_crl_failure_reported_as_success(void **state)
{
    struct device *d = *state;
    d->line.hosts[0].crl = EG_AGENT_REVOKED;
    assert_int_equal(session_of(d, NULL, 0), EG_AGENT_REVOKED);
    assert_false(d->report.received);
    d->line.hosts[0].crl = EG_AGENT_BAD_CRL;
    assert_int_equal(session_of(d, NULL, 0), EG_AGENT_BAD_CRL);
}

/* The service is told why before the line ends, and nothing behind the CRL is carried out. */
static void defect_02_crl_error_never_sent(void **state)
{
    struct device *d = *state;
    struct eg_session_response res;
    d->line.hosts[0].crl = EG_AGENT_REVOKED;
    device_hush(d);
    MESSAGE(&d->line.hosts[0], ask_crl(), ask_import(0x2000));
    assert_int_equal(update(d), EG_AGENT_REVOKED);
    assert_true(device_heard(d, 0, &res));
    assert_int_equal(res.kind, EG_SESSION_CRL);
    assert_int_equal(res.status, EG_AGENT_REVOKED);
    assert_false(device_heard(d, 1, &res));
    assert_int_equal(d->chip.touched, 0);
}

/* Two bytes of a bool, the same in every run. */
static void defect_03_additional_data_leak_stack(void **state)
{
    struct device *d = *state;
    static const uint8_t exact[] = {0x2A, 0x03, 0x02, 0x08, 0x01};
    size_t found = 0;
    uint8_t first[512];
    assert_int_equal(session_of(d, NULL, 0), EG_AGENT_OK);
    size_t len = d->line.heard_len;
    memcpy(first, d->line.heard, len);
    for (size_t i = 0; i + sizeof(exact) <= len; i++) {
        found += memcmp(first + i, exact, sizeof(exact)) == 0 ? 1 : 0;
    }
    assert_int_equal(found, 2); /* two datastores */
    assert_int_equal(session_of(d, NULL, 0), EG_AGENT_OK);
    assert_int_equal(d->line.heard_len, len);
    assert_memory_equal(d->line.heard, first, len);
}

/* A descriptor of that type is one to dial, as one without a type. */
static void defect_04_el2goservice_skipped(void **state)
{
    struct device *d = *state;
    uint8_t room[256];
    struct eg_service service = {.type = EG_SERVICE_EL2GO,
                                 .hostname = eg_span_str("two"),
                                 .server_certificate = eg_span("roots", 5)};
    write_store(d, EG_AGENT_CONNECTION,
                make_container(agent_crypto, room, sizeof(room), &service, 1));
    device_hush(d);
    d->line.hosts[1].name = "two";
    MESSAGE(&d->line.hosts[1], ask_goodbye(&report_success));
    assert_int_equal(update(d), EG_AGENT_OK);
    assert_string_equal(d->line.dialed[0], "two");
    assert_int_equal(d->line.port, 443);
}

/* Lengths of a READ answer are as short as they can be. */
static void defect_05_overlong_varints(void **state)
{
    struct device *d = *state;
    const struct eg_session_request read =
        ask_store(EG_AGENT_CONNECTION, EG_DATASTORE_READ, 0, 44, eg_span(NULL, 0));
    struct host *h = &d->line.hosts[0];
    static const uint8_t head[] = {0x35, 0x0A, 0x33, 0xF2, 0x01, 0x30, 0x08, 0x01, 0x52, 0x2C};
    device_hush(d);
    MESSAGE(h, ask_crl());
    host_says(h, &read, 1);
    MESSAGE(h, ask_goodbye(&report_success));
    assert_int_equal(update(d), EG_AGENT_OK);
    assert_memory_equal(d->line.heard + 5, head, sizeof(head));
    assert_int_equal(d->line.heard_len, 5 + sizeof(head) + 44);
}

/* Every wait has a limit, and so has the session as a whole. */
static void defect_06_no_timeouts(void **state)
{
    struct device *d = *state;
    assert_int_equal(session_of(d, NULL, 0), EG_AGENT_OK);
    assert_int_equal(d->line.limit_ms, 60 * 1000);
    d->line.slow_ms = 61 * 1000;
    assert_int_equal(session_of(d, NULL, 0), EG_AGENT_TIMEOUT);
    /* A service that says one byte every 50 seconds is not silent, but ends all the same. */
    d->line.slow_ms = 50 * 1000;
    d->line.piece = 1;
    uint64_t start = d->clock_ms;
    assert_int_equal(session_of(d, NULL, 0), EG_AGENT_TIMEOUT);
    assert_true(d->clock_ms - start <= 2 * 600 * 1000);
    d->line.slow_ms = 0;
    assert_int_equal(session_of(d, NULL, 0), EG_AGENT_OK);
}

/* Records without data are the transport's affair; here a message may come in any pieces. */
static void defect_07_partial_reads_end_the_stream(void **state)
{
    struct device *d = *state;
    for (d->line.piece = 1; d->line.piece < 40; d->line.piece++) {
        assert_int_equal(session_of(d, NULL, 0), EG_AGENT_OK);
    }
}

static void defect_08_write_without_allocate(void **state)
{
    struct device *d = *state;
    uint8_t before[2][SLOT_SIZE];
    memcpy(before, d->connection.now, sizeof(before));
    const struct eg_session_request requests[] = {
        ask_store(EG_AGENT_CONNECTION, EG_DATASTORE_WRITE, 0, 0, eg_span("live data?", 10)),
        ask_store(EG_AGENT_CONNECTION, EG_DATASTORE_COMMIT, 0, 0, eg_span(NULL, 0)),
    };
    assert_int_equal(session_of(d, requests, 2), EG_AGENT_OK);
    assert_int_equal(answer(d, 0).status, EG_DATASTORE_STATUS_ERROR);
    assert_int_equal(answer(d, 1).status, EG_DATASTORE_STATUS_ERROR);
    assert_memory_equal(before, d->connection.now, sizeof(before));
}

static void defect_09_unknown_commands_answered_empty(void **state)
{
    struct device *d = *state;
    struct host *h = &d->line.hosts[0];
    /* command 8 of a keystore, which nobody has defined */
    static const uint8_t other[] = {0x12, 0x0A, 0x10, 0x08, 0x15, 0x10, 0x90, 0x80, 0x80, 0x80,
                                    0x07, 0xA2, 0x06, 0x05, 0xE2, 0x03, 0x02, 0x42, 0x00};
    struct eg_session_response res;
    device_hush(d);
    MESSAGE(h, ask_crl(), ask_keys(EG_SESSION_PSA_CREATE, 1), ask_keys(EG_SESSION_PSA_WRITE, 1));
    host_says_bytes(h, EG_SPAN_OF(other));
    MESSAGE(h, ask_goodbye(&report_success));
    assert_int_equal(update(d), EG_AGENT_OK);
    static const enum eg_session_kind kinds[] = {EG_SESSION_PSA_CREATE, EG_SESSION_PSA_WRITE,
                                                 EG_SESSION_PSA_OTHER};
    for (size_t i = 0; i < 3; i++) {
        assert_true(device_heard(d, i + 1, &res));
        assert_int_equal(res.kind, kinds[i]);
        assert_int_equal(res.status, EG_PSA_NOT_SUPPORTED);
    }
    assert_int_equal(res.number, 8);
}

static void defect_10_read_object_gives_keys(void **state)
{
    struct device *d = *state;
    static const uint32_t ids[] = {0, 0x2000, 0x7FFF816C, 0x3FFF0210, 0xF00000E1};
    struct eg_session_request requests[10];
    for (size_t i = 0; i < 5; i++) {
        requests[i] = ask_keys(EG_SESSION_PSA_READ, ids[i]);
        requests[5 + i] = ask_keys(EG_SESSION_PSA_REMOVE, ids[i]);
    }
    assert_int_equal(session_of(d, requests, 10), EG_AGENT_OK);
    for (size_t i = 0; i < 10; i++) {
        assert_int_equal(answer(d, i).status, EG_PSA_NOT_PERMITTED);
        assert_int_equal(answer(d, i).data.len, 0);
    }
    assert_int_equal(d->chip.touched, 0);
}

/* An import without any one of its fields is answered, and reaches no key. */
static void defect_11_missing_data_crash(void **state)
{
    struct device *d = *state;
    static const uint32_t missing[] = {
        EG_SESSION_NO_ID,       EG_SESSION_NO_TYPE,   EG_SESSION_NO_USAGE, EG_SESSION_NO_ALGORITHM,
        EG_SESSION_NO_LIFETIME, EG_SESSION_NO_FORMAT, EG_SESSION_NO_DATA,
    };
    for (size_t i = 0; i < sizeof(missing) / sizeof(missing[0]); i++) {
        struct eg_session_request req = ask_import(0x2000);
        req.missing = missing[i];
        if (missing[i] == EG_SESSION_NO_DATA) {
            req.data = eg_span(NULL, 0);
        }
        assert_int_equal(session_of(d, &req, 1), EG_AGENT_OK);
        assert_int_equal(answer(d, 0).status, EG_PSA_INVALID_ARGUMENT);
        assert_int_equal(d->chip.touched, 0);
    }
    struct eg_session_request no_bits = ask_import(0x2000);
    no_bits.missing = EG_SESSION_NO_BITS;
    assert_int_equal(session_of(d, &no_bits, 1), EG_AGENT_OK);
    assert_int_equal(answer(d, 0).status, EG_PSA_SUCCESS);
}

/* ---- 12: claim codes longer than 111 characters; the blobs themselves are tested elsewhere -----
 */

static enum eg_agent_result claim_agree(void *ctx, const uint8_t *peer, uint8_t *public_key,
                                        uint8_t secret[32])
{
    (void)ctx;
    (void)peer;
    memset(public_key, 4, EG_AGENT_PUBLIC_KEY_LEN);
    memset(secret, 7, 32);
    return EG_AGENT_OK;
}

static enum eg_agent_result claim_random(void *ctx, uint8_t *out, size_t len)
{
    (void)ctx;
    return eg_ok(eg_random(agent_crypto, out, len)) ? EG_AGENT_OK : EG_AGENT_ENCLAVE;
}

static enum eg_agent_result claim_cmac(void *ctx, struct eg_agent_bytes key,
                                       struct eg_agent_bytes data, uint8_t out[16])
{
    (void)ctx;
    return eg_ok(eg_cmac(agent_crypto, eg_span(key.ptr, key.len), eg_span(data.ptr, data.len), out))
               ? EG_AGENT_OK
               : EG_AGENT_ENCLAVE;
}

static enum eg_agent_result claim_cbc(void *ctx, struct eg_agent_bytes key, const uint8_t iv[16],
                                      uint8_t *data, size_t len)
{
    (void)ctx;
    (void)key;
    (void)iv;
    (void)data;
    (void)len;
    return EG_AGENT_OK;
}

static void defect_12_claim_codes_end_at_111(void **state)
{
    (void)state;
    static const struct eg_agent_claim_crypto crypto = {claim_agree, claim_random, claim_cmac,
                                                        claim_cbc};
    static const uint8_t uuid[EG_AGENT_UUID_LEN] = {1};
    static const uint8_t key[EG_AGENT_CLAIM_KEY_LEN] = {2};
    static const struct {
        size_t text;
        size_t head; /* bytes of tag and length of the sealed text */
    } cases[] = {{16, 2}, {111, 2}, {112, 3}, {127, 3}, {239, 3}, {240, 4}, {255, 4}};
    char text[256];
    uint8_t blob[EG_AGENT_CLAIM_BLOB_MAX];
    size_t len;
    memset(text, 'c', sizeof(text));
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        size_t padded = (cases[i].text / 16 + 1) * 16;
        assert_int_equal(eg_agent_claim_blob(&crypto, NULL, uuid, key,
                                             (struct eg_agent_text){text, cases[i].text}, blob,
                                             sizeof(blob), &len),
                         EG_AGENT_OK);
        assert_int_equal(len, 115 + cases[i].head + padded + 18);
        assert_int_equal(blob[115], 0x46);
    }
    assert_int_equal(blob[116], 0x82); /* 256 bytes: the long form */
    assert_int_equal(blob[117], 0x01);
    assert_int_equal(blob[118], 0x00);
    for (size_t n = 0; n <= 256; n += n == 0 ? 15 : 241) {
        assert_int_equal(eg_agent_claim_blob(&crypto, NULL, uuid, key,
                                             (struct eg_agent_text){text, n}, blob, sizeof(blob),
                                             &len),
                         EG_AGENT_ARGUMENT);
        assert_int_equal(len, 0);
    }
}

/* What goes onto the stack per answer; the whole depth is measured by ./dev size. */
static void defect_13_six_kilobytes_on_the_stack(void **state)
{
    (void)state;
    assert_true(sizeof(struct eg_session_response) <= 320);
    assert_true(sizeof(struct eg_session_request) <= 128);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, agent_setup, agent_teardown)
    const struct CMUnitTest tests[] = {
        TEST(defect_01_crl_failure_reported_as_success),
        TEST(defect_02_crl_error_never_sent),
        TEST(defect_03_additional_data_leak_stack),
        TEST(defect_04_el2goservice_skipped),
        TEST(defect_05_overlong_varints),
        TEST(defect_06_no_timeouts),
        TEST(defect_07_partial_reads_end_the_stream),
        TEST(defect_08_write_without_allocate),
        TEST(defect_09_unknown_commands_answered_empty),
        TEST(defect_10_read_object_gives_keys),
        TEST(defect_11_missing_data_crash),
        TEST(defect_12_claim_codes_end_at_111),
        TEST(defect_13_six_kilobytes_on_the_stack),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
