/* SPDX-License-Identifier: Apache-2.0 */
/* One worker by hand: how it treats messages that no pool would send, and how it ends. */
#include <stdlib.h>
#include <string.h>

#include "lib/os/clock.h"
#include "lib/os/fd.h"
#include "server/vaultpool/worker.h"
#include "tests/unit/unit.h"
#include "tests/unit/vaultpool/pool_fixture.h"

enum {
    PATIENCE_MS = 20000,
};

static struct fix_pool f;
static struct eg_worker worker;

static int set_up(void **state)
{
    (void)state;
    fix_pool_open(&f, 1); /* makes the key file */
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fix_pool_close(&f);
    return 0;
}

static int start_worker(void **state)
{
    (void)state;
    uint8_t fingerprint[EG_VAULT_FINGERPRINT_LEN], expected[EG_VAULT_FINGERPRINT_LEN];
    assert_ok(eg_worker_start(&f.options, &worker));
    assert_ok(eg_worker_hello(&worker, fingerprint, NULL, 0));
    eg_vaultpool_fingerprint(f.pool, expected);
    assert_memory_equal(fingerprint, expected, sizeof(expected));
    return 0;
}

static int end_worker(void **state)
{
    (void)state;
    eg_worker_end(&worker);
    return 0;
}

static struct eg_child_end how_it_ended(void)
{
    struct eg_child_end end = {0};
    assert_ok(eg_child_wait(&worker.child, eg_clock_mono_ms() + PATIENCE_MS, &end));
    return end;
}

/* Send one message, check the status of its answer. */
static eg_status ask(uint16_t op, struct eg_span body)
{
    uint8_t message[256];
    struct eg_vault_frame frame = {op, (uint32_t)body.len};
    struct eg_worker_answer answer;
    struct eg_span result;
    assert_in_range(body.len, 0, sizeof(message) - EG_VAULT_FRAME_LEN);
    eg_vault_frame_put(&frame, message);
    if (body.len > 0) {
        memcpy(message + EG_VAULT_FRAME_LEN, body.ptr, body.len);
    }
    assert_ok(
        eg_worker_exchange(&worker, eg_span(message, EG_VAULT_FRAME_LEN + body.len), &answer));
    eg_status st = eg_vault_get_answer(answer.body, &result);
    free(answer.memory);
    return st;
}

static void malformed_bodies_are_answered(void **state)
{
    (void)state;
    for (uint16_t op = EG_VAULT_OP_CA_CREATE; op <= EG_VAULT_OP_CD_SIGN; op++) {
        assert_status(ask(op, eg_span_str("?")), WIRE_BAD_MESSAGE);
        assert_status(ask(op, eg_span_str("")), WIRE_BAD_MESSAGE);
    }
    assert_status(ask(EG_VAULT_OP_HELLO, eg_span_str("?")), VAULT_LIMIT);
    assert_status(ask(0, eg_span_str("")), WIRE_BAD_MESSAGE);
    assert_status(ask(EG_VAULT_OP_CD_SIGN + 1, eg_span_str("")), WIRE_BAD_MESSAGE);
    assert_ok(ask(EG_VAULT_OP_HELLO, eg_span_str(""))); /* and it goes on */
}

static void lost_framing_ends_it(void **state)
{
    (void)state;
    const uint8_t other_protocol[EG_VAULT_FRAME_LEN] = {0, 0, 0, 0, 0, 1, 0, 9};
    assert_ok(eg_fd_write(worker.fd, EG_SPAN_OF(other_protocol)));
    struct eg_child_end end = how_it_ended();
    assert_true(end.exited);
    assert_int_equal(end.code, eg_category_info(EG_CAT_MALFORMED)->exit_code);
}

static void it_ends_with_the_service(void **state)
{
    (void)state;
    eg_fd_close(&worker.fd);
    struct eg_child_end end = how_it_ended();
    assert_true(end.exited);
    assert_int_equal(end.code, 0);
}

static void it_ends_with_the_service_in_the_middle_of_a_message(void **state)
{
    (void)state;
    const uint8_t half[EG_VAULT_FRAME_LEN + 1] = {
        0, 0, 1, 0, 0, EG_VAULT_OP_MAKE, 0, EG_VAULT_PROTOCOL, 'x'};
    assert_ok(eg_fd_write(worker.fd, EG_SPAN_OF(half)));
    eg_fd_close(&worker.fd);
    struct eg_child_end end = how_it_ended();
    assert_true(end.exited);
    assert_int_equal(end.code, eg_category_info(EG_CAT_IO)->exit_code);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(malformed_bodies_are_answered, start_worker, end_worker),
        cmocka_unit_test_setup_teardown(lost_framing_ends_it, start_worker, end_worker),
        cmocka_unit_test_setup_teardown(it_ends_with_the_service, start_worker, end_worker),
        cmocka_unit_test_setup_teardown(it_ends_with_the_service_in_the_middle_of_a_message,
                                        start_worker, end_worker),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
