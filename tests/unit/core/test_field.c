/* SPDX-License-Identifier: Apache-2.0 */
/* What devices in the field are told: renewal policies and service descriptors, read and judged. */
#include <string.h>

#include "lib/wire/session/session_types.h"
#include "server/core/renewal_policy.h"
#include "server/core/service_def.h"
#include "tests/unit/unit.h"

enum { DAY = 86400 };

/* ---- renewal ----------------------------------------------------------------------------------
 */

static eg_status read_policy(const char *text, struct eg_renewal_policy *out)
{
    struct eg_json_in in;
    json_t *json = json_loads(text, 0, NULL);
    assert_non_null(json);
    eg_json_in_init(&in, json, "");
    eg_renewal_policy_read(&in, out);
    json_decref(json);
    return in.status;
}

static void a_policy_is_read_and_written(void **state)
{
    static const char *const texts[] = {
        "{\"renewal\":{\"beforeDays\":30,\"key\":\"NEW\"}}",
        "{\"renewal\":{\"sharePercent\":60,\"key\":\"SAME\",\"alternateObjectId\":\"9\"}}",
        ("{\"renewal\":{\"sharePercent\":75,\"key\":\"NEW\",\"alternateObjectId\":\"9\","
         "\"alternateKeyObjectId\":\"8\"}}")};
    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct eg_renewal_policy p;
        json_t *expected = json_loads(texts[i], 0, NULL);
        assert_non_null(expected);
        assert_ok(read_policy(texts[i], &p));
        assert_true(p.on);
        json_t *written = eg_renewal_policy_json(&p);
        assert_true(json_equal(written, json_object_get(expected, "renewal")));
        json_decref(written);
        json_decref(expected);
    }
    struct eg_renewal_policy none;
    assert_ok(read_policy("{}", &none));
    assert_false(none.on);
    assert_null(eg_renewal_policy_json(&none));
}

static void what_no_policy_may_say(void **state)
{
    static const char *const texts[] = {
        "{\"renewal\":{\"key\":\"OLD\"}}",
        "{\"renewal\":{\"beforeDays\":0}}",
        "{\"renewal\":{\"sharePercent\":100}}",
        "{\"renewal\":{\"alternateObjectId\":\"9\"}}",
        "{\"renewal\":{\"alternateObjectId\":\"x\",\"key\":\"SAME\"}}",
        "{\"renewal\":{\"alternateObjectId\":\"9\",\"alternateKeyObjectId\":\"9\"}}",
        "{\"renewal\":7}"};
    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct eg_renewal_policy p;
        assert_false(eg_ok(read_policy(texts[i], &p)));
    }
}

static void when_it_is_due(void **state)
{
    const struct eg_renewal_policy days = {.on = true, .before_days = 10};
    const struct eg_renewal_policy share = {.on = true, .share_percent = 50};
    const struct eg_renewal_policy off = {.before_days = 10};
    (void)state;
    assert_int_equal(eg_renewal_due(&days, 0, 30 * DAY), 20 * DAY);
    assert_int_equal(eg_renewal_due(&days, 0, 8 * DAY), 4 * DAY); /* shorter than that: half */
    assert_int_equal(eg_renewal_due(&share, 0, 1000), 500);
    assert_true(eg_renewal_due(&off, 0, 1000) == INT64_MAX);
    assert_true(eg_renewal_due(&days, 0, INT64_MAX) == INT64_MAX);
}

static void generations_take_turns(void **state)
{
    (void)state;
    assert_int_equal(eg_renewal_chip_id(5, 6, 0), 5);
    assert_int_equal(eg_renewal_chip_id(5, 6, 1), 6);
    assert_int_equal(eg_renewal_chip_id(5, 6, 2), 5);
    assert_int_equal(eg_renewal_chip_id(5, 0, 1), 5);
}

/* ---- services ---------------------------------------------------------------------------------
 */

static eg_status read_service(const char *text, struct eg_service_def *out, struct eg_arena *arena,
                              json_t **json)
{
    struct eg_json_in in;
    *json = json_loads(text, 0, NULL);
    assert_non_null(*json);
    eg_json_in_init(&in, *json, "");
    return eg_service_def_read(&in, arena, out);
}

#define KEYS "\"keyPairId\":1,\"certificateId\":2"

static void services_get_their_defaults(void **state)
{
    struct eg_service_def d;
    struct eg_arena arena;
    json_t *json;
    (void)state;
    eg_arena_init(&arena, 1 << 20);
    assert_ok(read_service("{\"name\":\"a\",\"type\":\"AWS\","
                           "\"hostname\":\"x.iot.eu-west-1.amazonaws.com\"," KEYS "}",
                           &d, &arena, &json));
    assert_int_equal(d.port, 8883);
    assert_int_equal(d.protocol, EG_PROTOCOL_MQTTS);
    json_decref(json);
    assert_ok(read_service("{\"name\":\"z\",\"type\":\"AZURE\",\"idScope\":\"0ne0000000A\"," KEYS
                           "}",
                           &d, &arena, &json));
    assert_string_equal(d.azure_endpoint, "global.azure-devices-provisioning.net");
    assert_string_equal(d.registration_id, "{uuid}");
    const char *kept = eg_service_def_text(json, &arena);
    assert_non_null(kept);
    assert_non_null(strstr(kept, "0ne0000000A"));
    json_decref(json);
    assert_ok(read_service("{\"name\":\"c\",\"type\":\"CUSTOM\",\"protocol\":\"HTTPS\","
                           "\"hostname\":\"h\",\"port\":1,\"metadata\":{\"a\":[1]},\"odd\":5}",
                           &d, &arena, &json));
    assert_string_equal(d.metadata, "{\"a\":[1]}");
    kept = eg_service_def_text(json, &arena);
    assert_non_null(kept);
    assert_null(strstr(kept, "odd"));
    json_decref(json);
    eg_arena_cleanup(&arena);
}

static void what_no_service_may_say(void **state)
{
    static const char *const texts[] = {
        "{\"type\":\"CUSTOM\",\"protocol\":\"MQTTS\",\"hostname\":\"h\",\"port\":1}",
        "{\"name\":\"c\",\"type\":\"OTHER\"}",
        "{\"name\":\"c\",\"type\":\"CUSTOM\",\"protocol\":\"MQTTS\",\"hostname\":\"h\"}",
        "{\"name\":\"c\",\"type\":\"CUSTOM\",\"protocol\":\"COAP\",\"hostname\":\"h\",\"port\":1}",
        "{\"name\":\"a\",\"type\":\"AWS\",\"hostname\":\"x.amazonaws.com\"}",
        "{\"name\":\"a\",\"type\":\"AWS\",\"hostname\":\"amazonaws.com\"," KEYS "}",
        "{\"name\":\"a\",\"type\":\"AWS\",\"hostname\":\"x-amazonaws.com\"," KEYS "}",
        "{\"name\":\"z\",\"type\":\"AZURE\",\"idScope\":\"0nexxxxxxxx\"," KEYS "}",
        "{\"name\":\"z\",\"type\":\"AZURE\",\"idScope\":\"0ne0000000A\"}",
        "{\"name\":\"z\",\"type\":\"AZURE\",\"idScope\":\"0ne0000000A\",\"hostname\":\"h\"," KEYS
        "}",
        ("{\"name\":\"c\",\"type\":\"CUSTOM\",\"protocol\":\"MQTTS\",\"hostname\":\"h\",\"port\":1,"
         "\"metadata\":[]}")};
    struct eg_arena arena;
    (void)state;
    eg_arena_init(&arena, 1 << 20);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct eg_service_def d;
        json_t *json;
        assert_false(eg_ok(read_service(texts[i], &d, &arena, &json)));
        json_decref(json);
    }
    eg_arena_cleanup(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_policy_is_read_and_written),
        cmocka_unit_test(what_no_policy_may_say),
        cmocka_unit_test(when_it_is_due),
        cmocka_unit_test(generations_take_turns),
        cmocka_unit_test(services_get_their_defaults),
        cmocka_unit_test(what_no_service_may_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
