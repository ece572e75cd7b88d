/* SPDX-License-Identifier: Apache-2.0 */
/* CAs certified outside, revocations, CRLs, production groups. */
#include <string.h>

#include "server/store/store_pki.h"
#include "tests/unit/store/store_test.h"

static const struct eg_page first_page = {0, 0};

static int64_t add_ca(struct t_env *e, const char *name, int64_t issuer, enum eg_ca_state state)
{
    struct eg_ca ca = {.kind = issuer == 0 ? EG_CA_ROOT : EG_CA_INTERMEDIATE,
                       .name = name,
                       .algorithm = "NIST_P256",
                       .issuer_id = issuer,
                       .wrapped = eg_span_str("key"),
                       .certificate = eg_span_str(state == EG_CA_PENDING ? "" : "der"),
                       .csr = eg_span_str(state == EG_CA_PENDING ? "csr" : ""),
                       .options = "",
                       .state = state};
    int64_t id;

    assert_ok(eg_store_ca_add(e->store, e->company, &ca, 1, &id));
    return id;
}

static void a_pending_ca_is_activated_once(void **state)
{
    struct t_env *e = *state;
    int64_t root = add_ca(e, "root", 0, EG_CA_ACTIVE);
    int64_t sub = add_ca(e, "sub", 0, EG_CA_PENDING);
    struct eg_ca_list chain;
    struct eg_ca got;

    assert_ok(eg_store_ca_get(e->store, e->company, sub, &e->arena, &got));
    assert_int_equal(got.state, EG_CA_PENDING);
    assert_true(eg_span_equal(got.csr, eg_span_str("csr")));
    assert_int_equal(got.certificate.len, 0);
    assert_status(
        eg_store_ca_activate(e->store, e->company, sub, root + 1000000, eg_span_str("cert")),
        CA_UNKNOWN);
    assert_status(eg_store_ca_activate(e->store, e->company + 1, sub, root, eg_span_str("cert")),
                  CA_UNKNOWN);
    assert_ok(eg_store_ca_activate(e->store, e->company, sub, root, eg_span_str("cert")));
    assert_status(eg_store_ca_activate(e->store, e->company, sub, root, eg_span_str("other")),
                  CA_NOT_PENDING);
    assert_ok(eg_store_ca_get(e->store, e->company, sub, &e->arena, &got));
    assert_int_equal(got.state, EG_CA_ACTIVE);
    assert_true(eg_span_equal(got.certificate, eg_span_str("cert")));
    assert_true(eg_span_equal(got.csr, eg_span_str("csr")));
    assert_ok(eg_store_ca_chain(e->store, e->company, sub, &e->arena, &chain));
    assert_int_equal(chain.count, 2);
    assert_int_equal(chain.items[1].id, root);
}

static struct eg_revocation revoked(int64_t ca, const char *serial, uint8_t reason, int64_t at)
{
    return (struct eg_revocation){
        .ca_id = ca, .serial = eg_span_str(serial), .reason = reason, .revoked_s = at};
}

static void a_used_ca_stays(void **state)
{
    struct t_env *e = *state;
    int64_t root = add_ca(e, "root", 0, EG_CA_ACTIVE);
    int64_t sub = add_ca(e, "sub", root, EG_CA_ACTIVE);
    int64_t other = add_ca(e, "other", root, EG_CA_ACTIVE);
    struct eg_stored_object o = {
        .name = "cert", .type = "CERTIFICATE", .object_id = 1, .definition = "{}", .ca_id = sub};
    struct eg_revocation r = revoked(other, "A", 0, 5);
    int64_t object;
    size_t added;

    assert_ok(eg_store_object_add(e->store, e->company, &o, 1, &object));
    assert_ok(eg_store_revoke(e->store, e->company, &r, 1, 7, &added));
    assert_status(eg_store_ca_delete(e->store, e->company, root), IN_USE);  /* CAs below it */
    assert_status(eg_store_ca_delete(e->store, e->company, sub), IN_USE);   /* an object */
    assert_status(eg_store_ca_delete(e->store, e->company, other), IN_USE); /* its CRL */
    assert_status(eg_store_ca_delete(e->store, e->company + 1, sub), CA_UNKNOWN);
    assert_ok(eg_store_object_delete(e->store, e->company, object));
    assert_ok(eg_store_crl_put(e->store, sub, 1, 0, 9, eg_span_str("crl")));
    assert_ok(eg_store_ca_delete(e->store, e->company, sub));
    assert_status(eg_store_ca_delete(e->store, e->company, sub), CA_UNKNOWN);
}

static void a_device_is_told_of_it(void **state)
{
    struct t_env *e = *state;
    int64_t ca = add_ca(e, "ca", 0, EG_CA_ACTIVE);
    struct eg_uuid u = t_uuid(e, 0);
    struct eg_device device;
    struct eg_event_list events;
    struct eg_revocation items[] = {revoked(ca, "A", 1, 1000), revoked(ca + 1000000, "B", 1, 1)};
    size_t added;

    t_upload(e, 0, 1);
    assert_ok(eg_store_device_get(e->store, e->company, &u, &e->arena, &device));
    items[0].device_id = items[1].device_id = device.id;
    items[0].group_id = 5;
    items[0].detail = "serial number 41: keyCompromise";
    assert_status(eg_store_revoke(e->store, e->company, items, 2, 7, &added), CA_UNKNOWN);
    for (int i = 0; i < 2; i++) { /* the second time it is nothing new */
        assert_ok(eg_store_revoke(e->store, e->company, items, 1, 7, &added));
    }
    assert_ok(eg_store_device_history(e->store, e->company, &u, (struct eg_page){10, 0}, &e->arena,
                                      &events));
    assert_int_equal(events.count, 2); /* registered, revoked */
    assert_int_equal(events.items[1].kind, EG_EVENT_REVOKED);
    assert_int_equal(events.items[1].group_id, 5);
    assert_int_equal(events.items[1].actor, 7);
    assert_string_equal(events.items[1].detail, items[0].detail);
}

static void revocations_are_listed_once(void **state)
{
    struct t_env *e = *state;
    int64_t ca = add_ca(e, "ca", 0, EG_CA_ACTIVE);
    int64_t other = add_ca(e, "other", 0, EG_CA_ACTIVE);
    struct eg_revocation items[] = {revoked(ca, "B", 1, 100), revoked(ca, "A", 4, 101),
                                    revoked(other, "A", 0, 102)};
    struct eg_revocation wrong[] = {revoked(ca, "C", 1, 1), revoked(ca + 1000000, "D", 1, 1)};
    struct eg_revocation_list list;
    struct eg_revocation got;
    size_t added;

    assert_ok(eg_store_revoke(e->store, e->company, items, 3, 7, &added));
    assert_int_equal(added, 3);
    items[0].reason = 9;
    assert_ok(eg_store_revoke(e->store, e->company, items, 3, 7, &added));
    assert_int_equal(added, 0);
    assert_status(eg_store_revoke(e->store, e->company, wrong, 2, 7, &added), CA_UNKNOWN);
    assert_status(eg_store_revoke(e->store, e->company + 1, items, 3, 7, &added), CA_UNKNOWN);
    assert_ok(eg_store_revocation_list(e->store, e->company, ca, first_page, &e->arena, &list));
    assert_int_equal(list.count, 2); /* "C" was not kept: all or none */
    assert_true(eg_span_equal(list.items[0].serial, eg_span_str("B")));
    assert_int_equal(list.items[0].reason, 1); /* the first word stays */
    assert_int_equal(list.items[0].revoked_s, 100);
    assert_int_equal(list.items[0].ca_id, ca);
    assert_false(list.items[0].has_uuid);
    assert_status(
        eg_store_revocation_list(e->store, e->company + 1, ca, first_page, &e->arena, &list),
        CA_UNKNOWN);
    assert_ok(eg_store_revocation_get(e->store, ca, eg_span_str("A"), &e->arena, &got));
    assert_int_equal(got.reason, 4);
    assert_status(eg_store_revocation_get(e->store, ca, eg_span_str("C"), &e->arena, &got),
                  STORE_NOT_FOUND);
}

static void a_crl_knows_what_was_revoked_before_its_number(void **state)
{
    struct t_env *e = *state;
    int64_t ca = add_ca(e, "ca", 0, EG_CA_ACTIVE);
    struct eg_revocation items[] = {revoked(ca, "BB", 1, 100), revoked(ca, "C", 4, 101),
                                    revoked(ca, "BA", 0, 102)};
    struct eg_revocation_list list;
    struct eg_crl_state s;
    int64_t number, revision;
    size_t added;

    assert_ok(eg_store_crl_get(e->store, ca, &e->arena, &s));
    assert_int_equal(s.company_id, e->company);
    assert_int_equal(s.revision, 0);
    assert_int_equal(s.crl.len, 0);
    assert_ok(eg_store_crl_begin(e->store, ca, &e->arena, &number, &revision, &list));
    assert_int_equal(number, 1);
    assert_int_equal(list.count, 0);
    assert_ok(eg_store_crl_put(e->store, ca, number, revision, 50, eg_span_str("crl 1")));
    assert_ok(eg_store_revoke(e->store, e->company, items, 3, 7, &added));
    assert_ok(eg_store_crl_get(e->store, ca, &e->arena, &s));
    assert_int_equal(s.revision, 3);
    assert_int_equal(s.crl_revision, 0); /* it is out of date */
    assert_int_equal(s.crl_next_update_s, 50);
    assert_true(eg_span_equal(s.crl, eg_span_str("crl 1")));
    assert_ok(eg_store_crl_begin(e->store, ca, &e->arena, &number, &revision, &list));
    assert_int_equal(number, 2);
    assert_int_equal(revision, 3);
    assert_int_equal(list.count, 3);
    assert_true(eg_span_equal(list.items[0].serial, eg_span_str("C"))); /* numerical order */
    assert_true(eg_span_equal(list.items[1].serial, eg_span_str("BA")));
    assert_true(eg_span_equal(list.items[2].serial, eg_span_str("BB")));
    assert_ok(eg_store_crl_put(e->store, ca, 2, 3, 60, eg_span_str("crl 2")));
    assert_ok(eg_store_crl_put(e->store, ca, 1, 0, 50, eg_span_str("crl 1"))); /* late */
    assert_ok(eg_store_crl_get(e->store, ca, &e->arena, &s));
    assert_true(eg_span_equal(s.crl, eg_span_str("crl 2")));
    assert_int_equal(s.crl_revision, 3);
    assert_status(eg_store_crl_get(e->store, ca + 1000000, &e->arena, &s), CA_UNKNOWN);
    assert_status(eg_store_crl_begin(e->store, ca + 1000000, &e->arena, &number, &revision, &list),
                  CA_UNKNOWN);
}

static void everything_made_for_a_device_is_found(void **state)
{
    struct t_env *e = *state;
    int64_t group = t_group_with_object(e, EG_QUOTA_NONE);
    struct eg_uuid uuid = t_uuid(e, 0);
    struct eg_device_body_list bodies;
    struct eg_refusal refusal;
    struct eg_job job;
    uint32_t gone;

    t_upload(e, 0, 1);
    assert_ok(eg_store_device_bodies(e->store, e->company, &uuid, &e->arena, &bodies));
    assert_int_equal(bodies.count, 0);
    assert_ok(t_reserve(e, group, 0, 1, &job, &refusal));
    t_finish(e, &job, 0x5A);
    assert_ok(eg_store_unclaim_all(e->store, e->company, group, 7, 1002, &gone));
    assert_ok(eg_store_device_bodies(e->store, e->company, &uuid, &e->arena, &bodies));
    assert_int_equal(bodies.count, 1);
    assert_int_equal(bodies.items[0].group_id, group);
    assert_true(bodies.items[0].body.len > 0);
    assert_ok(eg_store_device_bodies(e->store, e->company + 1, &uuid, &e->arena, &bodies));
    assert_int_equal(bodies.count, 0);
}

static void a_group_is_marked_as_production(void **state)
{
    struct t_env *e = *state;
    struct eg_group_new wanted = {"P", EG_QUOTA_NONE, EG_LC_OPEN, true, 0};
    bool no = false;
    struct eg_group g;
    int64_t id;

    (void)t_group(e, EG_QUOTA_NONE);
    assert_ok(eg_store_group_add(e->store, e->company, T_NC12_FIRST, &wanted, 1, &id));
    assert_ok(eg_store_group_get(e->store, e->company, id, &e->arena, &g));
    assert_true(g.production);
    assert_ok(eg_store_group_update(e->store, e->company, T_ANY(id),
                                    &(struct eg_group_change){.production = &no}));
    assert_ok(eg_store_group_get(e->store, e->company, id, &e->arena, &g));
    assert_false(g.production);
}

static const struct CMUnitTest tests[] = {
    T_CASE(a_pending_ca_is_activated_once),
    T_CASE(a_used_ca_stays),
    T_CASE(a_device_is_told_of_it),
    T_CASE(revocations_are_listed_once),
    T_CASE(a_crl_knows_what_was_revoked_before_its_number),
    T_CASE(everything_made_for_a_device_is_found),
    T_CASE(a_group_is_marked_as_production),
};
const struct t_cases t_pki_cases = {"pki", tests, sizeof tests / sizeof tests[0], T_BOTH};
