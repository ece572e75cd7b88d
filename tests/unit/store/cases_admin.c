/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "tests/unit/store/store_test.h"

static void meta_keeps_the_first_value(void **state)
{
    struct t_env *e = *state;
    struct eg_span v;

    assert_status(eg_store_meta_get(e->store, "kek", &e->arena, &v), STORE_NOT_FOUND);
    assert_ok(eg_store_meta_init(e->store, "kek", eg_span_str("one"), &e->arena, &v));
    assert_true(eg_span_equal(v, eg_span_str("one")));
    assert_ok(eg_store_meta_init(e->store, "kek", eg_span_str("two"), &e->arena, &v));
    assert_true(eg_span_equal(v, eg_span_str("one")));
}

static void companies(void **state)
{
    struct t_env *e = *state;
    struct eg_company c, again;
    int64_t id;
    char long_name[EG_NAME_LEN_MAX + 2];

    assert_ok(eg_store_company_add(e->store, "Acme", 77, &id));
    assert_status(eg_store_company_add(e->store, "Acme", 78, &id), NAME_TAKEN);
    assert_ok(eg_store_company_find(e->store, "Acme", &e->arena, &c));
    assert_int_equal(c.created_s, 77);
    assert_ok(eg_store_company_get(e->store, c.id, &e->arena, &again));
    assert_string_equal(again.name, "Acme");
    assert_status(eg_store_company_get(e->store, 999999, &e->arena, &c), STORE_NOT_FOUND);
    assert_status(eg_store_company_find(e->store, "acme", &e->arena, &c), STORE_NOT_FOUND);
    assert_status(eg_store_company_add(e->store, "", 1, &id), NAME_INVALID);
    memset(long_name, 'x', sizeof long_name);
    long_name[sizeof long_name - 1] = '\0';
    assert_status(eg_store_company_add(e->store, long_name, 1, &id), NAME_INVALID);
}

static void api_keys(void **state)
{
    struct t_env *e = *state;
    uint8_t hash[EG_API_KEY_HASH_LEN] = {1}, other[EG_API_KEY_HASH_LEN] = {2};
    struct eg_api_key_list list;
    struct eg_api_key key;
    int64_t id, id2;

    const struct eg_api_key_new admin = {.name = "admin", .role = 3};
    const struct eg_api_key_new another = {.name = "x", .role = 1};
    const struct eg_api_key_new line = {
        .name = "line", .role = 1, .expires_s = 99, .scope_nc12 = 7, .scope_group = 8};

    eg_store_be32(hash + 4, (uint32_t)e->company);
    eg_store_be32(other + 4, (uint32_t)e->company);
    assert_ok(eg_store_api_key_add(e->store, e->company, &admin, hash, 10, &id));
    assert_status(eg_store_api_key_add(e->store, e->company, &another, hash, 10, &id2), NAME_TAKEN);
    assert_status(eg_store_api_key_add(e->store, e->company, &admin, other, 10, &id2), NAME_TAKEN);
    assert_status(eg_store_api_key_find(e->store, other, &e->arena, &key), STORE_NOT_FOUND);
    assert_ok(eg_store_api_key_add(e->store, e->company, &line, other, 10, &id2));
    assert_ok(eg_store_api_key_find(e->store, other, &e->arena, &key));
    assert_int_equal(key.id, id2);
    assert_int_equal(key.company_id, e->company);
    assert_int_equal(key.role, 1);
    assert_int_equal(key.expires_s, 99);
    assert_int_equal(key.scope_nc12, 7);
    assert_int_equal(key.scope_group, 8);
    assert_int_equal(key.last_used_s, 0);
    assert_ok(eg_store_api_key_used(e->store, id2, 50));
    assert_ok(eg_store_api_key_used(e->store, id2, 40));
    assert_ok(eg_store_api_key_find(e->store, other, &e->arena, &key));
    assert_int_equal(key.last_used_s, 50);
    assert_false(key.revoked);
    assert_ok(eg_store_api_key_revoke(e->store, e->company, id2));
    assert_status(eg_store_api_key_revoke(e->store, e->company + 1, id), STORE_NOT_FOUND);
    assert_ok(eg_store_api_key_find(e->store, other, &e->arena, &key));
    assert_true(key.revoked);
    assert_ok(
        eg_store_api_key_list(e->store, e->company, (struct eg_page){1, 0}, &e->arena, &list));
    assert_int_equal(list.count, 1);
    assert_true(list.more);
    assert_string_equal(list.items[0].name, "admin");
    assert_ok(
        eg_store_api_key_list(e->store, e->company, (struct eg_page){1, 1}, &e->arena, &list));
    assert_int_equal(list.count, 1);
    assert_false(list.more);
    assert_string_equal(list.items[0].name, "line");
}

static void service_keys_are_made_once(void **state)
{
    struct t_env *e = *state;
    struct eg_service_key k;

    assert_status(
        eg_store_service_key_get(e->store, e->company, EG_SERVICE_KEY_SECRET, &e->arena, &k),
        STORE_NOT_FOUND);
    assert_ok(eg_store_service_key_init(e->store, e->company, EG_SERVICE_KEY_SECRET,
                                        eg_span_str("w1"), eg_span_str("c1"), 5, &e->arena, &k));
    assert_ok(eg_store_service_key_init(e->store, e->company, EG_SERVICE_KEY_SECRET,
                                        eg_span_str("w2"), eg_span_str("c2"), 6, &e->arena, &k));
    assert_true(eg_span_equal(k.wrapped, eg_span_str("w1")));
    assert_true(eg_span_equal(k.certificate, eg_span_str("c1")));
    assert_int_equal(k.created_s, 5);
    assert_status(
        eg_store_service_key_get(e->store, e->company, EG_SERVICE_KEY_MANIFEST, &e->arena, &k),
        STORE_NOT_FOUND);
}

static void signers(void **state)
{
    struct t_env *e = *state;
    uint8_t a[EG_FINGERPRINT_LEN] = {1}, b[EG_FINGERPRINT_LEN] = {2};
    struct eg_signer_list list;
    int64_t id;

    assert_ok(eg_store_signer_add(e->store, e->company, "fab", a, eg_span_str("DER"), 1, &id));
    assert_status(eg_store_signer_add(e->store, e->company, "fab", b, eg_span_str("DER2"), 1, &id),
                  NAME_TAKEN);
    assert_status(eg_store_signer_add(e->store, e->company, "fab 2", a, eg_span_str("DER"), 1, &id),
                  NAME_TAKEN);
    assert_ok(eg_store_signer_list(e->store, e->company, (struct eg_page){0, 0}, &e->arena, &list));
    assert_int_equal(list.count, 1);
    assert_true(eg_span_equal(list.items[0].certificate, eg_span_str("DER")));
    assert_ok(
        eg_store_signer_list(e->store, e->company + 1, (struct eg_page){0, 0}, &e->arena, &list));
    assert_int_equal(list.count, 0);
}

static void a_small_arena_is_an_error_not_a_crash(void **state)
{
    struct t_env *e = *state;
    struct eg_arena small;
    struct eg_company c;

    eg_arena_init(&small, 0);
    assert_status(eg_store_company_get(e->store, e->company, &small, &c), NO_MEMORY);
    eg_arena_cleanup(&small);
    eg_arena_init(&small, SIZE_MAX);
    assert_null(eg_arena_alloc(&small, SIZE_MAX));
    eg_arena_cleanup(&small);
    assert_ok(eg_store_check(e->store));
}

static const struct CMUnitTest tests[] = {
    T_CASE(meta_keeps_the_first_value),
    T_CASE(companies),
    T_CASE(api_keys),
    T_CASE(service_keys_are_made_once),
    T_CASE(signers),
    T_CASE(a_small_arena_is_an_error_not_a_crash),
};
const struct t_cases t_admin_cases = {"admin", tests, sizeof tests / sizeof tests[0], T_BOTH};
