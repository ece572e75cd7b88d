/* SPDX-License-Identifier: Apache-2.0 */
/* The application's trusted storage, the log below it, and the claim code that waits in flash. */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/vchip/psa_support.h"
#include "vchip/app_store.h"
#include "vchip/memory.h"

enum { CLAIM = (int)EG_ITS_ID_CLAIM };

/* ---- trusted storage ------------------------------------------------------------------------ */

static void its_is(uint32_t id, const char *text)
{
    uint8_t room[64];
    struct eg_writer w;
    eg_writer_init(&w, room, sizeof(room));
    assert_int_equal(eg_its_get(&eg_tp.part, id, 0, sizeof(room), &w), EG_PSA_SUCCESS);
    assert_int_equal(w.len, strlen(text));
    assert_memory_equal(room, text, w.len);
}

static void trusted_storage(void **state)
{
    uint8_t room[16];
    struct eg_writer w;
    (void)state;
    eg_tp_begin("mcxn947");
    eg_writer_init(&w, room, sizeof(room));
    assert_int_equal(eg_its_get(&eg_tp.part, 7, 0, 16, &w), EG_PSA_DOES_NOT_EXIST);
    assert_int_equal(eg_its_set(&eg_tp.part, 0, eg_span_str("x")), EG_PSA_INVALID_ARGUMENT);
    assert_int_equal(eg_its_set(&eg_tp.part, 7, eg_span_str("seven")), EG_PSA_SUCCESS);
    assert_int_equal(eg_its_set(&eg_tp.part, EG_TP_OWN, eg_span_str("data")), EG_PSA_SUCCESS);
    eg_tp_import_ok(eg_tp_pair(EG_TP_OWN, eg_tc_scalar)); /* ids of keys and of data do not meet */
    eg_tc_reopen(&eg_tp);
    its_is(7, "seven");
    its_is(EG_TP_OWN, "data");
    eg_tp_is_key(EG_TP_OWN, eg_tc_scalar);
    assert_int_equal(eg_its_get(&eg_tp.part, 7, 2, 2, &w), EG_PSA_SUCCESS);
    assert_memory_equal(room, "ve", 2);
    assert_int_equal(eg_its_get(&eg_tp.part, 7, 5, 2, &w), EG_PSA_SUCCESS);
    assert_int_equal(w.len, 2);
    assert_int_equal(eg_its_get(&eg_tp.part, 7, 6, 2, &w), EG_PSA_INVALID_ARGUMENT);
    assert_int_equal(eg_its_set(&eg_tp.part, 7, eg_span_str("")), EG_PSA_SUCCESS);
    its_is(7, "");
    assert_int_equal(eg_its_remove(&eg_tp.part, 7), EG_PSA_SUCCESS);
    assert_int_equal(eg_its_remove(&eg_tp.part, 7), EG_PSA_DOES_NOT_EXIST);
    eg_tp_is_key(EG_TP_OWN, eg_tc_scalar);
    eg_tc_teardown(&eg_tp);
}

static uint64_t total_wear(void)
{
    uint64_t wear = 0;
    for (uint32_t s = 0; s < eg_tp.chip->sector_count; s++) {
        wear += eg_tp.chip->sectors[s].wear;
    }
    return wear;
}

/* Much more than fits is written over time; what counts stays, and wear is spread and counted. */
static void the_log_cleans_up(void **state)
{
    static uint8_t data[4096];
    (void)state;
    eg_tp_begin("mcxn947");
    eg_tp_import_ok(eg_tp_pair(EG_TP_OWN, eg_tc_scalar));
    for (unsigned i = 0; i < 200; i++) {
        memset(data, (int)i, sizeof(data));
        assert_int_equal(eg_its_set(&eg_tp.part, 3 + i % 5, EG_SPAN_OF(data)), EG_PSA_SUCCESS);
        assert_int_equal(eg_its_set(&eg_tp.part, 1000 + i, eg_span_str("soon gone")),
                         EG_PSA_SUCCESS);
        assert_int_equal(eg_its_remove(&eg_tp.part, 1000 + i), EG_PSA_SUCCESS);
    }
    eg_tc_reopen(&eg_tp);
    eg_tp_is_key(EG_TP_OWN, eg_tc_scalar);
    for (unsigned i = 195; i < 200; i++) {
        static uint8_t room[4096];
        struct eg_writer w;
        eg_writer_init(&w, room, sizeof(room));
        assert_int_equal(eg_its_get(&eg_tp.part, 3 + i % 5, 0, sizeof(room), &w), EG_PSA_SUCCESS);
        assert_int_equal(w.len, sizeof(data));
        assert_true(room[0] == (uint8_t)i && room[4095] == (uint8_t)i);
    }
    print_message("1 MB through the application's store: %llu erases\n",
                  (unsigned long long)total_wear());
    assert_true(total_wear() > 100 && total_wear() < 300);
    eg_tc_teardown(&eg_tp);
}

static void a_full_store_says_so(void **state)
{
    static uint8_t data[EG_ITS_DATA_MAX + 1];
    enum eg_psa_status st = EG_PSA_SUCCESS;
    uint32_t id = 1;
    (void)state;
    eg_tp_begin("rw612");
    assert_int_equal(eg_its_set(&eg_tp.part, 1, EG_SPAN_OF(data)), EG_PSA_INSUFFICIENT_STORAGE);
    eg_tp_import_ok(eg_tp_pair(EG_TP_OWN, eg_tc_scalar));
    while (st == EG_PSA_SUCCESS) {
        assert_true(id < 20);
        st = eg_its_set(&eg_tp.part, id++, eg_span(data, EG_ITS_DATA_MAX));
    }
    assert_int_equal(st, EG_PSA_INSUFFICIENT_STORAGE);
    eg_tp_is_key(EG_TP_OWN, eg_tc_scalar);
    struct eg_tc_object o = eg_tp_file(EG_TP_FILE, "small things still fit");
    assert_int_equal(eg_tp_import(&o), EG_PSA_SUCCESS);
    assert_int_equal(eg_its_remove(&eg_tp.part, 1), EG_PSA_SUCCESS);
    assert_int_equal(eg_its_set(&eg_tp.part, 1, eg_span(data, EG_ITS_DATA_MAX)), EG_PSA_SUCCESS);
    for (id = 500; (st = eg_its_set(&eg_tp.part, id, eg_span_str(""))) == EG_PSA_SUCCESS; id++) {
        assert_true(id < 700);
    }
    assert_int_equal(st, EG_PSA_INSUFFICIENT_STORAGE);
    eg_tc_teardown(&eg_tp);
}

/* A host that writes over the store: what can be read is read, and the store works again. */
static void survives_a_foreign_write(void **state)
{
    static const uint8_t junk[600] = {1, 2, 3};
    (void)state;
    eg_tp_begin("mcxn947");
    eg_tp_import_ok(eg_tp_pair(EG_TP_OWN, eg_tc_scalar));
    assert_int_equal(eg_its_set(&eg_tp.part, 7, eg_span_str("seven")), EG_PSA_SUCCESS);
    assert_ok(eg_memory_write(&eg_tp.part,
                              eg_tp.family->flash_address + eg_app_store_start(eg_tp.family) + 700,
                              EG_SPAN_OF(junk)));
    its_is(7, "seven");
    assert_int_equal(eg_its_set(&eg_tp.part, 7, eg_span_str("still")), EG_PSA_SUCCESS);
    its_is(7, "still");
    eg_tp_is_key(EG_TP_OWN, eg_tc_scalar);
    assert_ok(eg_memory_write(&eg_tp.part,
                              eg_tp.family->flash_address + eg_app_store_start(eg_tp.family),
                              EG_SPAN_OF(junk)));
    assert_ok(eg_memory_write(&eg_tp.part,
                              eg_tp.family->flash_address + eg_app_store_start(eg_tp.family) +
                                  EG_APP_BANK_BYTES,
                              EG_SPAN_OF(junk)));
    assert_int_equal(eg_tp_listed(), 0);
    assert_int_equal(eg_its_set(&eg_tp.part, 7, eg_span_str("anew")), EG_PSA_SUCCESS);
    its_is(7, "anew");
    eg_tc_teardown(&eg_tp);
}

/* ---- claim code ----------------------------------------------------------------------------- */

static void put_claim(const char *blob)
{
    uint8_t box[256];
    struct eg_writer w;
    eg_writer_init(&w, box, sizeof(box));
    eg_writer_str(&w, "E2GC");
    eg_writer_le32(&w, (uint32_t)strlen(blob));
    eg_writer_str(&w, blob);
    assert_ok(eg_memory_write(&eg_tp.part, eg_tp.family->claim_address, eg_writer_span(&w)));
}

static void claim_code_on(const char *family)
{
    eg_tp_begin(family);
    assert_int_equal(eg_claim_box_take(&eg_tp.part), EG_PSA_SUCCESS); /* none waits */
    assert_int_equal(eg_tp.chip->writes, eg_tp_writes);
    put_claim("first claim");
    assert_int_equal(eg_claim_box_take(&eg_tp.part), EG_PSA_SUCCESS);
    its_is((uint32_t)CLAIM, "first claim");
    assert_int_equal(eg_its_remove(&eg_tp.part, (uint32_t)CLAIM), EG_PSA_SUCCESS);
    uint64_t writes = eg_tp.chip->writes;
    assert_int_equal(eg_claim_box_take(&eg_tp.part), EG_PSA_SUCCESS); /* taken once, not again */
    assert_int_equal(eg_tp.chip->writes, writes);
    put_claim("second claim");
    assert_int_equal(eg_claim_box_take(&eg_tp.part), EG_PSA_SUCCESS);
    its_is((uint32_t)CLAIM, "second claim");
    eg_tc_teardown(&eg_tp);
}

static void claim_code_is_taken_once(void **state)
{
    (void)state;
    claim_code_on("mcxn947");
    claim_code_on("rw612");
    claim_code_on("kw45b41z8");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trusted_storage),          cmocka_unit_test(the_log_cleans_up),
        cmocka_unit_test(a_full_store_says_so),     cmocka_unit_test(survives_a_foreign_write),
        cmocka_unit_test(claim_code_is_taken_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
