/* SPDX-License-Identifier: Apache-2.0 */
/* Small parts of the cloud rules: how often something happened, and what an agent told. */
#include <stdio.h>
#include <string.h>

#include "server/core/cloud_internal.h"
#include "tests/unit/unit.h"

enum { NOW = 1000 };

static struct eg_cloud_guard guard;

static bool hit(const char *key, int64_t now_s)
{
    return eg_cloud_guard_hit(&guard, eg_span_str(key), now_s);
}

static void a_guard_lets_so_many_through(void **state)
{
    (void)state;
    eg_cloud_guard_init(&guard, 7, 60, 3);
    for (int i = 0; i < 3; i++) {
        assert_false(eg_cloud_guard_full(&guard, eg_span_str("a"), NOW));
        assert_true(hit("a", NOW + i));
    }
    assert_false(hit("a", NOW + 59));
    assert_true(eg_cloud_guard_full(&guard, eg_span_str("a"), NOW + 59));
    assert_true(hit("b", NOW + 59)); /* others are not touched */
    assert_true(hit("a", NOW + 60)); /* the window is over */
    assert_true(hit("a", NOW));      /* a clock that goes back locks nobody out */
    eg_cloud_guard_cleanup(&guard);
}

/* Whoever floods with many keys pushes out quiet ones first and never makes the guard grow. */
static void a_flood_of_keys_is_bounded(void **state)
{
    (void)state;
    char key[32];
    int kept = 0;
    eg_cloud_guard_init(&guard, 1, 60, 1);
    for (int i = 0; i < 100000; i++) {
        snprintf(key, sizeof(key), "stranger %d", i);
        assert_true(hit(key, NOW));
    }
    for (int i = 0; i < 100000; i++) {
        snprintf(key, sizeof(key), "stranger %d", i);
        kept += eg_cloud_guard_full(&guard, eg_span_str(key), NOW) ? 1 : 0;
    }
    assert_in_range(kept, 0, EG_GUARD_SLOTS * EG_GUARD_WAYS);
    eg_cloud_guard_cleanup(&guard);
}

static struct eg_cloud_facts some_facts(void)
{
    return (struct eg_cloud_facts){.agent_version = 0x00060401,
                                   .crypto_api = 0x10000,
                                   .max_raw_key = 10240,
                                   .response_max = 4096,
                                   .request_max = INT32_MAX,
                                   .multiple = true,
                                   .wants_crl = true,
                                   .endpoint_count = 2,
                                   .endpoints = {{1, 0, 0x10000}, {21, 0x70000010, 0x10000}}};
}

static size_t packed(const struct eg_cloud_facts *f, uint8_t room[static EG_CLOUD_FACTS_MAX])
{
    struct eg_writer w;
    eg_writer_init(&w, room, EG_CLOUD_FACTS_MAX);
    eg_cloud_facts_put(f, &w);
    assert_ok(w.status);
    return w.len;
}

static void facts_go_there_and_back(void **state)
{
    (void)state;
    uint8_t room[EG_CLOUD_FACTS_MAX];
    struct eg_cloud_facts f = some_facts(), got;
    size_t len = packed(&f, room);
    eg_cloud_facts_get(eg_span(room, len), &got);
    assert_memory_equal(&got, &f, sizeof(f));
    f.endpoint_count = EG_CLOUD_ENDPOINTS_MAX; /* the most there can be fits */
    (void)packed(&f, room);
}

static void facts_that_cannot_be_read_are_unknown(void **state)
{
    (void)state;
    uint8_t room[EG_CLOUD_FACTS_MAX + 1] = {0};
    const struct eg_cloud_facts none = {.agent_version = 0};
    struct eg_cloud_facts f = some_facts(), got;
    size_t len = packed(&f, room);
    for (size_t n = 0; n < len; n++) {
        eg_cloud_facts_get(eg_span(room, n), &got);
        assert_memory_equal(&got, &none, sizeof(got));
    }
    eg_cloud_facts_get(eg_span(room, len + 1), &got);
    assert_memory_equal(&got, &none, sizeof(got));
    room[0]++; /* another format */
    eg_cloud_facts_get(eg_span(room, len), &got);
    assert_memory_equal(&got, &none, sizeof(got));
}

static void another_store_asks_to_look_again(void **state)
{
    (void)state;
    struct eg_cloud_session s = {.no_change = true, .known = some_facts()};
    struct eg_cloud_facts now = some_facts();
    now.agent_version++; /* an update of the agent alone changes nothing on the chip */
    eg_cloud_hello(&s, &now);
    assert_true(s.saw_hello && s.no_change);
    assert_false(eg_cloud_facts_equal(&now, &s.known));
    now.endpoints[1].id++;
    eg_cloud_hello(&s, &now);
    assert_false(s.no_change);
}

static void only_the_first_wrong_binding_is_tried_again(void **state)
{
    (void)state;
    struct eg_cloud_step steps[] = {
        {.kind = EG_CLOUD_DESTROY, .answered = true, .psa_status = -149},
        {.kind = EG_CLOUD_IMPORT, .answered = true, .psa_status = -149}};
    struct eg_cloud_work work = {.steps = steps, .step_count = 1};
    struct eg_cloud_session s = {.rebound = false};
    assert_false(eg_cloud_must_rebind(&s, &work)); /* no import */
    work.step_count = 2;
    assert_true(eg_cloud_must_rebind(&s, &work));
    steps[1].answered = false;
    assert_false(eg_cloud_must_rebind(&s, &work));
    steps[1].answered = true;
    s.binding_known = true;
    assert_false(eg_cloud_must_rebind(&s, &work));
    s.binding_known = false;
    s.rebound = true;
    assert_false(eg_cloud_must_rebind(&s, &work));
}

static void a_vague_error_counts_when_nothing_went_well(void **state)
{
    (void)state;
    struct eg_cloud_step steps[] = {
        {.kind = EG_CLOUD_DESTROY, .answered = true, .psa_status = 0},
        {.kind = EG_CLOUD_IMPORT, .answered = true, .psa_status = -132},
        {.kind = EG_CLOUD_IMPORT, .answered = true, .psa_status = 0},
        {.kind = EG_CLOUD_IMPORT, .answered = true, .psa_status = -149}};
    struct eg_cloud_work work = {.steps = steps, .step_count = 2};
    struct eg_cloud_session s = {.rebound = false};
    assert_true(eg_cloud_must_rebind(&s, &work));
    work.step_count = 3; /* the binding is right: this error has another reason */
    assert_false(eg_cloud_must_rebind(&s, &work));
    work.step_count = 4;
    assert_true(eg_cloud_must_rebind(&s, &work));
    work.step_count = 2;
    steps[1].over = true;
    assert_false(eg_cloud_must_rebind(&s, &work));
    steps[1].over = false;
    s.binding_known = true;
    assert_false(eg_cloud_must_rebind(&s, &work));
}

static void errors_say_whether_to_come_again(void **state)
{
    (void)state;
    assert_int_equal(eg_cloud_goodbye_of(EG_ERR(CLOUD_BUSY)), EG_CLOUD_UPDATE_TIMEOUT);
    assert_int_equal(eg_cloud_goodbye_of(EG_ERR(STORE_UNAVAILABLE)), EG_CLOUD_UPDATE_TIMEOUT);
    assert_int_equal(eg_cloud_goodbye_of(EG_ERR(STORE_FAILED)), EG_CLOUD_UPDATE_INTERNAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_guard_lets_so_many_through),
        cmocka_unit_test(a_flood_of_keys_is_bounded),
        cmocka_unit_test(facts_go_there_and_back),
        cmocka_unit_test(facts_that_cannot_be_read_are_unknown),
        cmocka_unit_test(another_store_asks_to_look_again),
        cmocka_unit_test(only_the_first_wrong_binding_is_tried_again),
        cmocka_unit_test(a_vague_error_counts_when_nothing_went_well),
        cmocka_unit_test(errors_say_whether_to_come_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
