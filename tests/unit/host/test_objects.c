/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/lib/dispatch.h"
#include "host/lib/objects.h"
#include "lib/base/text.h"
#include "lib/wire/so_tlv.h"
#include "tests/unit/unit.h"

static const struct eg_uuid device = {{[EG_UUID_LEN - 1] = 7}};

/* base64 of a secure object with this id and a payload of len bytes. Static buffer. */
static const char *object(uint32_t id, size_t len)
{
    static char text[8][EG_BASE64_LEN(1200) + 1];
    static unsigned n;
    static const uint8_t payload[1024], mac[EG_SO_MAC_LEN];
    uint8_t room[1200];
    struct eg_writer w;
    const struct eg_so so = {.key_id = id,
                             .key_type = 0x1001,
                             .key_bits = 8,
                             .lifetime = 0xE0810101,
                             .has_life_cycle = true,
                             .life_cycle = 1,
                             .wrap_key_id = 0x7FFF816F,
                             .wrap = EG_SO_WRAP_NONE,
                             .sign_key_id = 0x7FFF8170,
                             .sign = EG_SO_SIGN_CMAC,
                             .payload = {payload, len},
                             .mac = {mac, sizeof mac}};

    n = (n + 1) % 8;
    eg_writer_init(&w, room, sizeof room);
    eg_so_put(&w, &so);
    assert_true(eg_ok(w.status));
    eg_base64_encode(eg_writer_span(&w), text[n]);
    return text[n];
}

static const char *entry(const char *state, const char *blob, const char *more)
{
    static char text[8][4096];
    static unsigned n;

    n = (n + 1) % 8;
    snprintf(text[n], sizeof text[n],
             "{\"provisioningId\":1,\"state\":\"%s\",\"secureObject\":{\"id\":17,\"type\":"
             "\"KEYPAIR\",\"name\":\"key\"%s},\"apdus\":{\"createApdu\":{\"apdu\":\"%s\"}}}",
             state, more, blob);
    return text[n];
}

static eg_status parse(const char *id, const char *first, const char *second,
                       struct eg_objects *out)
{
    static char text[16384];

    snprintf(text, sizeof text,
             "[{\"deviceId\":\"99\",\"rtpProvisionings\":[]},"
             "{\"deviceId\":\"%s\",\"rtpProvisionings\":[%s%s%s]}]",
             id, first, second != NULL ? "," : "", second != NULL ? second : "");
    return eg_objects_parse(eg_span_str(text), &device, out);
}

static void test_blobs_are_joined_in_order(void **state)
{
    struct eg_objects o;
    struct eg_so so;

    (void)state;
    assert_true(eg_ok(
        parse("7", entry("GENERATION_COMPLETED", object(0x1001, 10), ",\"publicKey\":\"AQID\""),
              entry("PROVISIONING_COMPLETED", object(0x1002, 20),
                    ",\"keyPairId\":17,\"intermediateCaId\":3"),
              &o)));
    assert_int_equal(o.count, 2);
    assert_int_equal(o.list[0].object_id, 0x1001);
    assert_false(o.list[0].installed);
    assert_int_equal(o.list[0].service_id, 17);
    assert_int_equal(o.list[0].public_key.len, 3);
    assert_int_equal(o.list[1].object_id, 0x1002);
    assert_true(o.list[1].installed);
    assert_int_equal(o.list[1].key_pair_id, 17);
    assert_int_equal(o.list[1].ca_id, 3);
    assert_int_equal(o.bytes.len, o.list[0].blob.len + o.list[1].blob.len);
    assert_true(eg_ok(eg_so_decode(o.list[1].blob, &so)));
    assert_ptr_equal(o.list[1].blob.ptr, o.bytes.ptr + o.list[0].blob.len);
    eg_objects_cleanup(&o);
}

static void test_other_states_are_left_out(void **state)
{
    struct eg_objects o;

    (void)state;
    assert_true(eg_ok(parse("7", entry("GENERATION_ON_CONNECTION", "", ""),
                            entry("GENERATION_COMPLETED", object(5, 1), ""), &o)));
    assert_int_equal(o.count, 1);
    assert_int_equal(o.skipped, 1);
    eg_objects_cleanup(&o);
}

static void test_what_is_refused(void **state)
{
    const struct {
        const char *why, *id, *first;
        enum eg_status_value want;
    } rows[] = {
        {"another device", "8", entry("GENERATION_COMPLETED", object(5, 1), ""),
         EG_E_HOST_NO_OBJECTS},
        {"nothing", "7", "", EG_E_HOST_NO_OBJECTS},
        {"nothing ready", "7", entry("GENERATION_TRIGGERED", "", ""), EG_E_HOST_NO_OBJECTS},
        {"no base64", "7", entry("GENERATION_COMPLETED", "@@@@", ""), EG_E_HOST_ANSWER},
        {"no secure object", "7", entry("GENERATION_COMPLETED", "AAAA", ""), EG_E_HOST_ANSWER},
        {"empty", "7", entry("GENERATION_COMPLETED", "", ""), EG_E_HOST_ANSWER},
        {"bad public key", "7", entry("GENERATION_COMPLETED", object(5, 1), ",\"publicKey\":\"A\""),
         EG_E_HOST_ANSWER},
        {"bad certificate", "7",
         entry("GENERATION_COMPLETED", object(5, 1),
               ",\"certificate\":\"-----BEGIN CERTIFICATE-----\""),
         EG_E_HOST_ANSWER},
    };
    struct eg_objects o;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        print_message("%s\n", rows[i].why);
        assert_true(eg_is(parse(rows[i].id, rows[i].first, NULL, &o), rows[i].want));
        assert_null(o.room);
    }
    assert_true(eg_is(eg_objects_parse(eg_span_str("{}"), &device, &o), EG_E_HOST_ANSWER));
    assert_true(eg_is(eg_objects_parse(eg_span_str("[{"), &device, &o), EG_E_HOST_ANSWER));
}

static void test_family_limits_stop_before_the_line(void **state)
{
    uint8_t room[8192];
    struct eg_writer w;
    struct eg_isp isp = {0}; /* a NULL line: any byte sent would crash */
    struct eg_family family = {
        .load = EG_LOAD_SB, .objects_max = 3, .objects_bytes_max = 2000, .object_bytes_max = 1000};
    struct eg_dispatch_items items = {.family = &family};
    uint32_t count = 0;

    (void)state;
    eg_writer_init(&w, room, sizeof room);
    for (uint32_t i = 0; i < 4; i++) {
        assert_true(eg_ok(eg_base64_decode(eg_span_str(object(i + 1, 10)), &w)));
    }
    items.objects = eg_writer_span(&w);
    assert_true(eg_is(eg_dispatch_load(&isp, &items), EG_E_HOST_OBJECTS_LIMIT)); /* 4 > 3 */
    assert_true(eg_ok(eg_dispatch_count(items.objects, &count)));
    assert_int_equal(count, 4);

    eg_writer_init(&w, room, sizeof room);
    assert_true(eg_ok(eg_base64_decode(eg_span_str(object(1, 1000)), &w)));
    items.objects = eg_writer_span(&w);
    assert_true(eg_is(eg_dispatch_load(&isp, &items), EG_E_HOST_OBJECTS_LIMIT)); /* one too big */
    items.objects = eg_span(room, w.len - 1);
    assert_true(eg_is(eg_dispatch_load(&isp, &items), EG_E_HOST_OBJECTS_FILE));
    items.objects = eg_span(NULL, 0);
    assert_true(eg_is(eg_dispatch_load(&isp, &items), EG_E_HOST_OBJECTS_FILE));
    assert_true(eg_is(eg_dispatch_count(items.objects, &count), EG_E_HOST_OBJECTS_FILE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blobs_are_joined_in_order),
        cmocka_unit_test(test_other_states_are_left_out),
        cmocka_unit_test(test_what_is_refused),
        cmocka_unit_test(test_family_limits_stop_before_the_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
