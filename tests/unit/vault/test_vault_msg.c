/* SPDX-License-Identifier: Apache-2.0 */
/* Messages: what is written is read back; what is cut, stretched or out of range is refused. */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"
#include "tests/unit/vault/vault_fixture.h"

static uint8_t room[64 * 1024];

static void frames_carry_operation_and_length(void **state)
{
    (void)state;
    uint8_t b[EG_VAULT_FRAME_LEN];
    struct eg_vault_frame frame = {EG_VAULT_OP_MAKE, 0x01020304}, back;
    eg_vault_frame_put(&frame, b);
    assert_memory_equal(b, ((uint8_t[]){1, 2, 3, 4, 0, 7, 0, EG_VAULT_PROTOCOL}), 8);
    assert_ok(eg_vault_frame_get(b, &back));
    assert_int_equal(back.op, EG_VAULT_OP_MAKE);
    assert_int_equal(back.length, 0x01020304);
    b[7] = 1; /* another protocol */
    assert_status(eg_vault_frame_get(b, &back), WIRE_BAD_MESSAGE);
    b[7] = 2;
    b[0] = 5; /* beyond 64 MiB */
    assert_status(eg_vault_frame_get(b, &back), WIRE_BAD_MESSAGE);
}

static void answers_tell_success_from_failure(void **state)
{
    (void)state;
    struct eg_writer w;
    struct eg_span result;
    eg_writer_init(&w, room, sizeof(room));
    eg_vault_put_failure(&w, EG_ERR(VAULT_WRAPPED), "because");
    assert_status(eg_vault_get_answer(eg_writer_span(&w), &result), VAULT_WRAPPED);
    assert_true(eg_span_equal(result, eg_span_str("because")));
    assert_status(eg_vault_get_answer(eg_span(room, w.len - 1), &result), WIRE_BAD_MESSAGE);
    assert_status(eg_vault_get_answer(eg_span(room, 3), &result), WIRE_BAD_MESSAGE);
    assert_ok(eg_vault_get_answer(eg_span("\0\0\0\0rest", 8), &result));
    assert_true(eg_span_equal(result, eg_span_str("rest")));
}

/* Reading any proper prefix, or one byte too many, fails. */
#define assert_exact(body, get)                                                                    \
    do {                                                                                           \
        for (size_t n_ = 0; n_ < (body).len; n_++) {                                               \
            struct eg_span cut = eg_span((body).ptr, n_);                                          \
            assert_status(get(cut), WIRE_BAD_MESSAGE);                                             \
        }                                                                                          \
        struct eg_span cut = eg_span((body).ptr, (body).len + 1);                                  \
        assert_status(get(cut), WIRE_BAD_MESSAGE);                                                 \
    } while (0)

static struct eg_vault_ca_request ca_back;

static eg_status get_ca(struct eg_span body)
{
    return eg_vault_get_ca(body, &ca_back);
}

static void ca_request_survives(void **state)
{
    (void)state;
    struct eg_writer w;
    struct eg_vault_ca_request q = fix_root_request("Root", EG_KEY_P384);
    q.has_issuer = true;
    q.issuer = (struct eg_vault_ca){eg_span_str("wrapped"), eg_span_str("certificate")};
    eg_writer_init(&w, room, sizeof(room));
    eg_vault_put_ca(&w, &q);
    assert_ok(w.status);
    assert_ok(get_ca(eg_writer_span(&w)));
    assert_int_equal(ca_back.company_id, FIX_COMPANY);
    assert_int_equal(ca_back.path_len, -1);
    assert_int_equal(ca_back.not_after_s, q.not_after_s);
    assert_true(eg_span_equal(ca_back.subject.common_name, eg_span_str("Root")));
    assert_true(eg_span_equal(ca_back.issuer.certificate, q.issuer.certificate));
    assert_exact(eg_writer_span(&w), get_ca);
}

static void texts_hold_no_nul(void **state)
{
    (void)state;
    struct eg_writer w;
    struct eg_vault_ca_request q = fix_root_request("Root", EG_KEY_P256);
    q.subject.organization = eg_span("a\0b", 3);
    eg_writer_init(&w, room, sizeof(room));
    eg_vault_put_ca(&w, &q);
    assert_status(get_ca(eg_writer_span(&w)), WIRE_BAD_MESSAGE);
}

static struct eg_vault_make_room *make_room;
static struct eg_vault_make_request make_back;

static eg_status get_make(struct eg_span body)
{
    return eg_vault_get_make(body, make_room, &make_back);
}

static void make_request_survives(void **state)
{
    (void)state;
    struct fix_plan p;
    struct eg_writer w;
    struct eg_vault_given_key given = {2, eg_span_str("spki")};
    struct eg_vault_device devices[2] = {
        {.wrapped_root = eg_span_str("root 0")},
        {.wrapped_root = eg_span_str("root 1"), .given = &given, .given_count = 1}};
    fix_uuid(5, &devices[1].uuid);
    fix_plan_init(&p, (struct eg_vault_ca){eg_span_str("key"), eg_span_str("cert")},
                  eg_span_str("master"));
    struct eg_vault_make_request q = {p.plan, devices, 2};
    make_room = malloc(sizeof(*make_room));
    assert_non_null(make_room);
    eg_writer_init(&w, room, sizeof(room));
    eg_vault_put_make(&w, &q);
    assert_ok(w.status);
    assert_ok(get_make(eg_writer_span(&w)));
    assert_int_equal(make_back.plan.object_count, FIX_PLAN_OBJECTS);
    assert_true(eg_span_equal(make_back.plan.family, eg_span_str("mcxn947")));
    assert_memory_equal(make_back.plan.rkth, p.plan.rkth, EG_VAULT_RKTH_LEN);
    const struct eg_vault_object *o = make_back.plan.objects;
    assert_int_equal(o[1].key_alg, EG_KEY_P256);
    assert_true(eg_span_equal(o[2].cert.common_name_prefix, eg_span_str("meter-")));
    assert_true(eg_span_equal(o[2].cert.chain[0], eg_span_str("cert")));
    assert_int_equal(o[3].length, 32);
    assert_int_equal(make_back.device_count, 2);
    assert_memory_equal(&make_back.devices[1].uuid, &devices[1].uuid, EG_UUID_LEN);
    assert_true(eg_span_equal(make_back.devices[1].given[0].spki, eg_span_str("spki")));
    assert_exact(eg_writer_span(&w), get_make);
    free(make_room);
}

static void unknown_source_cannot_be_written_or_read(void **state)
{
    (void)state;
    struct fix_plan p;
    struct eg_writer w;
    struct eg_vault_device device = {0};
    fix_plan_init(&p, (struct eg_vault_ca){0}, eg_span_str("master"));
    p.objects[0].source = 6;
    struct eg_vault_make_request q = {p.plan, &device, 1};
    eg_writer_init(&w, room, sizeof(room));
    eg_vault_put_make(&w, &q);
    assert_status(w.status, WIRE_BAD_MESSAGE);
}

static void made_result_keeps_devices_apart(void **state)
{
    (void)state;
    struct eg_writer w;
    struct eg_vault_made_device devices[2];
    struct eg_vault_made_object objects[2];
    eg_writer_init(&w, room, sizeof(room));
    eg_writer_be32(&w, EG_ERR(VAULT_WRAPPED).word);
    eg_writer_be32(&w, EG_OK.word);
    eg_writer_block(&w, eg_span_str("blob"));
    eg_writer_block(&w, eg_span_str(""));
    eg_writer_block(&w, eg_span_str("spki"));
    assert_ok(eg_vault_get_made(eg_writer_span(&w), 2, 1, devices, objects));
    assert_status(devices[0].status, VAULT_WRAPPED);
    assert_null(devices[0].objects);
    assert_ok(devices[1].status);
    assert_true(eg_span_equal(devices[1].objects[0].spki, eg_span_str("spki")));
    assert_status(eg_vault_get_made(eg_span(room, w.len - 1), 2, 1, devices, objects),
                  WIRE_BAD_MESSAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_carry_operation_and_length),
        cmocka_unit_test(answers_tell_success_from_failure),
        cmocka_unit_test(ca_request_survives),
        cmocka_unit_test(texts_hold_no_nul),
        cmocka_unit_test(make_request_survives),
        cmocka_unit_test(unknown_source_cannot_be_written_or_read),
        cmocka_unit_test(made_result_keeps_devices_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
