/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "tests/unit/store/store_test.h"

static const struct eg_page first_page = {0, 0};

static void products(void **state)
{
    struct t_env *e = *state;
    struct eg_product_list list;
    struct eg_product p;
    int64_t id;

    assert_status(eg_store_product_get(e->store, e->company, 935000000012, &e->arena, &p),
                  PRODUCT_UNKNOWN);
    assert_ok(eg_store_product_add(e->store, e->company, 935000000012, "Lock", "mcxn947", 9, &id));
    assert_status(
        eg_store_product_add(e->store, e->company, 935000000012, "Lock 2", "rw612", 9, &id),
        NAME_TAKEN);
    assert_ok(eg_store_product_get(e->store, e->company, 935000000012, &e->arena, &p));
    assert_string_equal(p.name, "Lock");
    assert_string_equal(p.family, "mcxn947");
    assert_int_equal(p.nc12, 935000000012);
    assert_ok(eg_store_product_list(e->store, e->company, first_page, &e->arena, &list));
    assert_int_equal(list.count, 1);
    assert_false(list.more);
    assert_ok(eg_store_product_list(e->store, e->company + 1, first_page, &e->arena, &list));
    assert_int_equal(list.count, 0);
}

static void groups(void **state)
{
    struct t_env *e = *state;
    struct eg_group_new new_group = {"A", 10, EG_LC_CLOSED, false, 0};
    struct eg_group_list list;
    struct eg_group g;
    int64_t id, id2;

    assert_status(eg_store_group_add(e->store, e->company, 5, &new_group, 1, &id), PRODUCT_UNKNOWN);
    id = t_group(e, EG_QUOTA_NONE);
    assert_ok(eg_store_group_add(e->store, e->company, T_NC12_FIRST, &new_group, 3, &id2));
    assert_status(eg_store_group_add(e->store, e->company, T_NC12_FIRST, &new_group, 3, &id),
                  NAME_TAKEN);
    assert_ok(eg_store_group_get(e->store, e->company, id2, &e->arena, &g));
    assert_string_equal(g.name, "A");
    assert_string_equal(g.family, "mcxn947");
    assert_int_equal(g.quota, 10);
    assert_int_equal(g.quota_used, 0);
    assert_int_equal(g.life_cycle, EG_LC_CLOSED);
    assert_int_equal(g.set_id, 0);
    assert_int_equal(g.nc12, T_NC12_FIRST);
    assert_status(eg_store_group_get(e->store, e->company + 1, id2, &e->arena, &g), GROUP_UNKNOWN);
    assert_ok(eg_store_group_list(e->store, e->company, 0, first_page, &e->arena, &list));
    assert_int_equal(list.count, 2);
    assert_int_equal(list.items[0].quota, EG_QUOTA_NONE);
    assert_ok(
        eg_store_group_list(e->store, e->company, T_NC12_FIRST, first_page, &e->arena, &list));
    assert_int_equal(list.count, 2);
    assert_status(eg_store_group_list(e->store, e->company, 4, first_page, &e->arena, &list),
                  PRODUCT_UNKNOWN);
}

static void groups_change(void **state)
{
    struct t_env *e = *state;
    int64_t id = t_group_with_object(e, 10);
    int64_t other = t_group(e, EG_QUOTA_NONE);
    int64_t below = 1, none = EG_QUOTA_NONE, enough = 2;
    enum eg_life_cycle locked = EG_LC_LOCKED;
    struct eg_refusal refusal;
    struct eg_group g;
    struct eg_job job;

    assert_ok(eg_store_group_update(e->store, e->company, T_ANY(id),
                                    &(struct eg_group_change){.life_cycle = &locked}));
    t_upload(e, 0, 2);
    assert_ok(t_reserve(e, id, 0, 2, &job, &refusal));
    assert_status(eg_store_group_update(e->store, e->company, T_ANY(id),
                                        &(struct eg_group_change){.name = "new", .quota = &below}),
                  QUOTA_BELOW_USED);
    assert_ok(eg_store_group_get(e->store, e->company, id, &e->arena, &g));
    assert_string_equal(g.name, "group"); /* all or nothing */
    assert_int_equal(g.quota, 10);
    assert_ok(eg_store_group_update(e->store, e->company, T_ANY(id),
                                    &(struct eg_group_change){.name = "new", .quota = &enough}));
    assert_ok(eg_store_group_update(e->store, e->company, T_ANY(id),
                                    &(struct eg_group_change){.quota = &none}));
    assert_ok(eg_store_group_get(e->store, e->company, id, &e->arena, &g));
    assert_string_equal(g.name, "new");
    assert_int_equal(g.quota, EG_QUOTA_NONE);
    assert_int_equal(g.quota_used, 2);
    assert_int_equal(g.life_cycle, EG_LC_LOCKED);
    locked = EG_LC_OPEN;
    assert_status(eg_store_group_update(e->store, e->company, T_ANY(id),
                                        &(struct eg_group_change){.life_cycle = &locked}),
                  LIFE_CYCLE_BACK); /* their objects are being made */
    assert_status(eg_store_group_update(e->store, e->company, T_ANY(other),
                                        &(struct eg_group_change){.name = "new"}),
                  NAME_TAKEN);
    assert_status(eg_store_group_update(e->store, e->company + 1, T_ANY(id),
                                        &(struct eg_group_change){.name = "x"}),
                  GROUP_UNKNOWN);
}

static void groups_with_devices_stay(void **state)
{
    struct t_env *e = *state;
    int64_t id = t_group_with_object(e, EG_QUOTA_NONE);
    struct eg_refusal refusal;
    struct eg_group g;
    struct eg_job job;
    uint32_t gone;

    t_upload(e, 0, 3);
    assert_ok(t_reserve(e, id, 0, 3, &job, &refusal));
    assert_status(eg_store_group_delete(e->store, e->company, id), IN_USE);
    assert_ok(eg_store_unclaim_all(e->store, e->company, id, 7, 1002, &gone));
    assert_int_equal(gone, 3);
    assert_status(eg_store_group_delete(e->store, e->company, id), IN_USE); /* its job runs */
    t_finish(e, &job, 1);
    assert_status(eg_store_group_delete(e->store, e->company + 1, id), GROUP_UNKNOWN);
    assert_ok(eg_store_group_delete(e->store, e->company, id));
    assert_status(eg_store_group_get(e->store, e->company, id, &e->arena, &g), GROUP_UNKNOWN);
    assert_status(eg_store_group_delete(e->store, e->company, id), GROUP_UNKNOWN);
    assert_true(t_group(e, 1) > id); /* an id never comes back */
}

static void certificate_authorities(void **state)
{
    struct t_env *e = *state;
    struct eg_ca root = {.kind = EG_CA_ROOT,
                         .name = "root",
                         .algorithm = "NIST_P256",
                         .wrapped = eg_span_str("key"),
                         .certificate = eg_span_str("der"),
                         .options = "",
                         .is_default = true};
    struct eg_ca sub = root, got;
    struct eg_ca_list list;
    int64_t root_id, sub_id, leaf_id;

    assert_status(eg_store_ca_default(e->store, e->company, &e->arena, &got), CA_UNKNOWN);
    assert_ok(eg_store_ca_add(e->store, e->company, &root, 1, &root_id));
    root.name = "second default";
    assert_status(eg_store_ca_add(e->store, e->company, &root, 1, &sub_id), NAME_TAKEN);
    sub.kind = EG_CA_INTERMEDIATE;
    sub.is_default = false;
    sub.name = "sub";
    sub.issuer_id = 999999;
    assert_status(eg_store_ca_add(e->store, e->company, &sub, 1, &sub_id), CA_UNKNOWN);
    sub.issuer_id = root_id;
    assert_ok(eg_store_ca_add(e->store, e->company, &sub, 2, &sub_id));
    sub.name = "subsub";
    sub.issuer_id = sub_id;
    assert_ok(eg_store_ca_add(e->store, e->company, &sub, 3, &leaf_id));
    assert_status(eg_store_ca_add(e->store, e->company, &sub, 3, &leaf_id), NAME_TAKEN);
    assert_ok(eg_store_ca_default(e->store, e->company, &e->arena, &got));
    assert_int_equal(got.id, root_id);
    assert_int_equal(got.issuer_id, 0);
    assert_ok(eg_store_ca_list(e->store, e->company, first_page, &e->arena, &list));
    assert_int_equal(list.count, 3);
    assert_ok(eg_store_ca_chain(e->store, e->company, leaf_id, &e->arena, &list));
    assert_int_equal(list.count, 3);
    assert_string_equal(list.items[0].name, "subsub");
    assert_string_equal(list.items[2].name, "root");
    assert_true(list.items[2].is_default);
    assert_status(eg_store_ca_chain(e->store, e->company + 1, leaf_id, &e->arena, &list),
                  CA_UNKNOWN);
    assert_status(eg_store_ca_get(e->store, e->company, 0, &e->arena, &got), CA_UNKNOWN);
}

static void objects(void **state)
{
    struct t_env *e = *state;
    struct eg_stored_object o = {.name = "cert",
                                 .type = "CERTIFICATE",
                                 .object_id = 0x7fff817c,
                                 .definition = "{}",
                                 .wrapped = eg_span_str("secret"),
                                 .key_pair_id = 999999};
    struct eg_stored_object_list list;
    struct eg_stored_object got;
    int64_t key = t_object(e, "key", 1), cert;

    assert_status(eg_store_object_add(e->store, e->company, &o, 1, &cert), OBJECT_UNKNOWN);
    o.key_pair_id = key;
    o.ca_id = 999999;
    assert_status(eg_store_object_add(e->store, e->company, &o, 1, &cert), CA_UNKNOWN);
    o.ca_id = 0;
    assert_ok(eg_store_object_add(e->store, e->company, &o, 4, &cert));
    assert_status(eg_store_object_add(e->store, e->company, &o, 1, &cert), NAME_TAKEN);
    assert_ok(eg_store_object_list(e->store, e->company, &(struct eg_object_filter){0}, first_page,
                                   &e->arena, &list));
    assert_int_equal(list.count, 2);
    got = list.items[1];
    assert_int_equal(got.object_id, 0x7fff817c);
    assert_int_equal(got.version, 1);
    assert_int_equal(got.key_pair_id, key);
    assert_int_equal(got.ca_id, 0);
    assert_true(eg_span_equal(got.wrapped, o.wrapped));
    cert = got.id;
    assert_status(eg_store_object_delete(e->store, e->company, key), IN_USE); /* cert names it */
    assert_status(eg_store_object_delete(e->store, e->company + 1, cert), OBJECT_UNKNOWN);
    assert_ok(eg_store_object_delete(e->store, e->company, cert));
    assert_ok(eg_store_object_delete(e->store, e->company, key));
    assert_status(eg_store_object_get(e->store, e->company, key, &e->arena, &got), OBJECT_UNKNOWN);
}

static int64_t set_of(struct t_env *e, int64_t group)
{
    struct eg_group g;

    assert_ok(eg_store_group_get(e->store, e->company, group, &e->arena, &g));
    return g.set_id;
}

static void assignment_moves_the_set(void **state)
{
    struct t_env *e = *state;
    int64_t group = t_group(e, EG_QUOTA_NONE);
    int64_t a = t_object(e, "a", 1), b = t_object(e, "b", 2), clash = t_object(e, "c", 2);
    int64_t set_a, set_ab, set_ba, set_none;
    struct eg_stored_object_list list;

    assert_ok(eg_store_assign(e->store, e->company, T_ANY(group), a, &set_a));
    assert_true(set_a > 0);
    assert_ok(eg_store_assign(e->store, e->company, T_ANY(group), b, &set_ab));
    assert_int_not_equal(set_a, set_ab);
    assert_ok(eg_store_assign(e->store, e->company, T_ANY(group), b, &set_ba)); /* again */
    assert_int_equal(set_ab, set_ba);
    assert_status(eg_store_assign(e->store, e->company, T_ANY(group), clash, NULL),
                  OBJECT_ASSIGNED_TWICE);
    assert_ok(eg_store_group_objects(e->store, e->company, group, &e->arena, &list));
    assert_int_equal(list.count, 2);
    assert_status(eg_store_object_delete(e->store, e->company, a), IN_USE);
    assert_ok(eg_store_unassign(e->store, e->company, T_LEAVE(group, a)));
    assert_ok(eg_store_unassign(e->store, e->company, T_LEAVE(group, b)));
    set_none = set_of(e, group);
    assert_int_equal(set_none, 0);
    assert_ok(
        eg_store_assign(e->store, e->company, T_ANY(group), b, NULL)); /* the other way round */
    assert_ok(eg_store_assign(e->store, e->company, T_ANY(group), a, &set_ba));
    assert_int_equal(set_ab, set_ba);
    assert_ok(eg_store_set_objects(e->store, set_ab, &e->arena, &list));
    assert_int_equal(list.count, 2);
    assert_string_equal(list.items[0].name, "a");
    assert_int_equal(list.items[0].version, 1);
    assert_ok(eg_store_set_objects(e->store, 0, &e->arena, &list));
    assert_int_equal(list.count, 0);
}

static void assignment_refusals(void **state)
{
    struct t_env *e = *state;
    int64_t group = t_group(e, EG_QUOTA_NONE), a = t_object(e, "a", 1);
    struct eg_stored_object_list list;
    char name[] = "objectNN";

    assert_status(eg_store_assign(e->store, e->company, T_ANY(999999), a, NULL), GROUP_UNKNOWN);
    assert_status(eg_store_assign(e->store, e->company, T_ANY(group), 999999, NULL),
                  OBJECT_UNKNOWN);
    assert_status(eg_store_assign(e->store, e->company + 1, T_ANY(group), a, NULL), GROUP_UNKNOWN);
    assert_status(eg_store_group_objects(e->store, e->company + 1, group, &e->arena, &list),
                  GROUP_UNKNOWN);
    for (uint32_t i = 0; i < EG_SET_OBJECTS_MAX; i++) {
        name[6] = (char)('A' + i / 10);
        name[7] = (char)('0' + i % 10);
        assert_ok(
            eg_store_assign(e->store, e->company, T_ANY(group), t_object(e, name, 100 + i), NULL));
    }
    assert_status(eg_store_assign(e->store, e->company, T_ANY(group), a, NULL), SET_TOO_LARGE);
    assert_ok(eg_store_group_objects(e->store, e->company, group, &e->arena, &list));
    assert_int_equal(list.count, EG_SET_OBJECTS_MAX);
}

static const struct CMUnitTest tests[] = {
    T_CASE(products),
    T_CASE(groups),
    T_CASE(groups_change),
    T_CASE(groups_with_devices_stay),
    T_CASE(objects),
    T_CASE(certificate_authorities),
    T_CASE(assignment_moves_the_set),
    T_CASE(assignment_refusals),
};
const struct t_cases t_catalog_cases = {"catalog", tests, sizeof tests / sizeof tests[0], T_BOTH};
