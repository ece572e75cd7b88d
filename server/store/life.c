/* SPDX-License-Identifier: Apache-2.0 */
/* Service descriptors, connection data, renewals, decommission. */
#include <stdio.h>
#include <string.h>

#include "server/store/rollout.h"
#include "server/store/store_internal.h"
#include "server/store/store_life.h"

/* ---- service descriptors ----------------------------------------------------------------------
 */

struct service {
    int64_t company_id, group_id, id;
    const char *name, *definition;
    int64_t actor, now_s;
};

/* For the audit: what was done to `id`, and by which API key. */
struct deed {
    int64_t company_id, group_id, id, actor, now_s;
    const char *what;
};

static eg_status note(struct eg_db *db, const struct deed *d)
{
    char detail[120];

    snprintf(detail, sizeof detail, "%s %lld by API key %lld", d->what, (long long)d->id,
             (long long)d->actor);
    struct eg_arg event[] = {
        eg_arg_int(d->company_id),    eg_arg_int(d->group_id), eg_arg_int(0),
        eg_arg_int(EG_SERVICE_FIELD), eg_arg_int(d->now_s),    eg_arg_text(detail)};

    return eg_db_run(db, EG_SQL_SERVICE_EVENT_ADD, event, 6, NULL);
}

static eg_status note_service(struct eg_db *db, const struct service *s, const char *what)
{
    const struct deed d = {s->company_id, s->group_id, s->id, s->actor, s->now_s, what};

    return note(db, &d);
}

/* Devices are to be looked at; group_id 0: all of the company. */
static eg_status again(struct eg_db *db, int64_t company_id, int64_t group_id)
{
    struct eg_arg args[] = {eg_arg_int(company_id), eg_arg_int(group_id)};
    uint64_t changes;

    EG_TRY(eg_db_run(db, EG_SQL_LIFE_AGAIN, args, 2, &changes));
    return changes == 0 && group_id != 0 ? EG_ERR(GROUP_UNKNOWN) : EG_OK;
}

static eg_status op_service_add(struct eg_db *db, void *arg)
{
    struct service *s = arg;
    struct eg_arg group = eg_arg_int(s->group_id);
    struct eg_arg args[] = {eg_arg_int(s->company_id), eg_arg_int(s->group_id),
                            eg_arg_text(s->name), eg_arg_text(s->definition), eg_arg_int(s->now_s)};
    int64_t count;

    EG_TRY(again(db, s->company_id, s->group_id)); /* also the lock under which they are counted */
    EG_TRY(eg_row_get_int(db, EG_SQL_SERVICE_COUNT, &group, 1, EG_ERR(STORE_FAILED), &count));
    if (count >= EG_SERVICES_PER_GROUP_MAX) {
        return EG_ERR(SET_TOO_LARGE);
    }
    EG_TRY(eg_row_get_int(db, EG_SQL_SERVICE_ADD, args, 5, EG_ERR(NAME_TAKEN), &s->id));
    return note_service(db, s, "added service");
}

eg_status eg_store_service_add(struct eg_store *store, int64_t company_id, int64_t group_id,
                               const char *name, const char *definition, int64_t actor,
                               int64_t now_s, int64_t *out_id)
{
    struct service s = {company_id, group_id, 0, name, definition, actor, now_s};

    *out_id = 0;
    EG_TRY(eg_store_name_check(name));
    EG_TRY(eg_store_write(store, op_service_add, &s));
    *out_id = s.id;
    return EG_OK;
}

static eg_status op_service_update(struct eg_db *db, void *arg)
{
    struct service *s = arg;
    struct eg_arg args[] = {eg_arg_int(s->company_id),  eg_arg_int(s->group_id),
                            eg_arg_int(s->id),          eg_arg_text(s->name),
                            eg_arg_text(s->definition), eg_arg_int(s->now_s)};
    uint64_t changes;

    EG_TRY(again(db, s->company_id, s->group_id));
    EG_TRY(eg_db_run(db, EG_SQL_SERVICE_UPDATE, args, 6, &changes));
    return changes == 1 ? note_service(db, s, "changed service") : EG_ERR(SERVICE_UNKNOWN);
}

eg_status eg_store_service_update(struct eg_store *store, int64_t company_id, int64_t group_id,
                                  int64_t id, const char *name, const char *definition,
                                  int64_t actor, int64_t now_s)
{
    struct service s = {company_id, group_id, id, name, definition, actor, now_s};

    EG_TRY(eg_store_name_check(name));
    return eg_store_write(store, op_service_update, &s);
}

static eg_status op_service_delete(struct eg_db *db, void *arg)
{
    struct service *s = arg;
    struct eg_arg args[] = {eg_arg_int(s->company_id), eg_arg_int(s->group_id), eg_arg_int(s->id)};
    uint64_t changes;

    EG_TRY(again(db, s->company_id, s->group_id));
    EG_TRY(eg_db_run(db, EG_SQL_SERVICE_DELETE, args, 3, &changes));
    return changes == 1 ? note_service(db, s, "deleted service") : EG_ERR(SERVICE_UNKNOWN);
}

eg_status eg_store_service_delete(struct eg_store *store, int64_t company_id, int64_t group_id,
                                  int64_t id, int64_t actor, int64_t now_s)
{
    struct service s = {company_id, group_id, id, NULL, NULL, actor, now_s};

    return eg_store_write(store, op_service_delete, &s);
}

static void take_service(struct eg_row *row, void *item)
{
    struct eg_service_row *s = item;

    *s = (struct eg_service_row){.id = eg_db_int(row->db, 0),
                                 .group_id = eg_db_int(row->db, 1),
                                 .name = eg_row_text(row, 2),
                                 .definition = eg_row_text(row, 3),
                                 .created_s = eg_db_int(row->db, 4),
                                 .changed_s = eg_db_int(row->db, 5)};
}

eg_status eg_store_service_rows(struct eg_store *store, int64_t company_id, int64_t group_id,
                                struct eg_arena *arena, struct eg_service_rows *out)
{
    struct eg_arg args[] = {eg_arg_int(company_id), eg_arg_int(group_id)};
    struct eg_rows rows = {
        sizeof *out->items, take_service, EG_SERVICES_PER_GROUP_MAX, NULL, 0, false};

    EG_TRY(eg_store_list(store, EG_SQL_SERVICE_LIST, args, 2, arena, &rows));
    *out = (struct eg_service_rows){rows.items, rows.count};
    return EG_OK;
}

/* ---- connection data --------------------------------------------------------------------------
 */

struct dial {
    int64_t company_id, group_id;
    const struct eg_connection *in;
    int64_t actor, now_s;
};

static eg_status op_connection(struct eg_db *db, void *arg)
{
    const struct dial *d = arg;
    struct eg_arg args[] = {eg_arg_int(d->company_id),  eg_arg_int(d->group_id),
                            eg_arg_text(d->in->host),   eg_arg_int(d->in->port),
                            eg_arg_bytes(d->in->roots), eg_arg_int(d->now_s)};

    EG_TRY(again(db, d->company_id, d->group_id));
    const struct deed deed = {d->company_id,
                              d->group_id,
                              d->group_id,
                              d->actor,
                              d->now_s,
                              d->in->host == NULL ? "took back connection data of group"
                                                  : "set connection data of group"};

    EG_TRY(d->in->host == NULL ? eg_db_run(db, EG_SQL_CONNECTION_DELETE, args, 2, NULL)
                               : eg_db_run(db, EG_SQL_CONNECTION_PUT, args, 6, NULL));
    return note(db, &deed);
}

eg_status eg_store_connection_set(struct eg_store *store, int64_t company_id, int64_t group_id,
                                  const struct eg_connection *in, int64_t actor, int64_t now_s)
{
    struct dial d = {company_id, group_id, in, actor, now_s};

    return eg_store_write(store, op_connection, &d);
}

static void take_connection(struct eg_row *row, void *item)
{
    struct eg_connection *c = item;

    c->host = eg_row_text(row, 0);
    c->port = (uint32_t)eg_db_int(row->db, 1);
    c->roots = eg_row_bytes(row, 2);
    c->changed_s = eg_db_int(row->db, 3);
}

eg_status eg_store_connection_get(struct eg_store *store, int64_t company_id, int64_t group_id,
                                  bool own, struct eg_arena *arena, struct eg_connection *out)
{
    struct eg_get get = {.sql = EG_SQL_CONNECTION_GET,
                         .args = {eg_arg_int(company_id), eg_arg_int(group_id),
                                  eg_arg_int(own && group_id != 0 ? 1 : 0)},
                         .count = 3,
                         .arena = arena,
                         .fn = take_connection,
                         .item = out,
                         .missing = EG_ERR(STORE_NOT_FOUND)};

    return eg_store_get(store, &get);
}

/* ---- renewals ---------------------------------------------------------------------------------
 */

enum { RENEWALS_MAX = 200 };

static void take_renewal(struct eg_row *row, void *item)
{
    struct eg_renewal *r = item;

    *r = (struct eg_renewal){.object_id = eg_db_int(row->db, 0),
                             .version = (uint32_t)eg_db_int(row->db, 1),
                             .generation = (uint32_t)eg_db_int(row->db, 2),
                             .state = (enum eg_renewal_state)eg_db_int(row->db, 3),
                             .created_s = eg_db_int(row->db, 4),
                             .changed_s = eg_db_int(row->db, 5),
                             .body = eg_row_bytes(row, 6)};
}

eg_status eg_store_renewals(struct eg_store *store, int64_t device_id, struct eg_arena *arena,
                            struct eg_renewal_list *out)
{
    struct eg_arg device = eg_arg_int(device_id);
    struct eg_rows rows = {sizeof *out->items, take_renewal, RENEWALS_MAX, NULL, 0, false};

    EG_TRY(eg_store_list(store, EG_SQL_RENEWAL_LIST, &device, 1, arena, &rows));
    *out = (struct eg_renewal_list){rows.items, rows.count};
    return EG_OK;
}

struct renewing {
    int64_t device_id, object_id, generation, state, now_s;
    const struct eg_renewal *in;
};

static eg_status op_renewal_add(struct eg_db *db, void *arg)
{
    const struct renewing *r = arg;
    struct eg_arg args[] = {eg_arg_int(r->device_id),   eg_arg_int(r->in->object_id),
                            eg_arg_int(r->in->version), eg_arg_int(r->in->generation),
                            eg_arg_int(r->in->state),   eg_arg_int(r->in->created_s),
                            eg_arg_bytes(r->in->body)};
    uint64_t changes;

    EG_TRY(eg_db_run(db, EG_SQL_RENEWAL_ADD, args, 7, &changes));
    return changes == 1 ? EG_OK : EG_ERR(NAME_TAKEN);
}

eg_status eg_store_renewal_add(struct eg_store *store, int64_t device_id,
                               const struct eg_renewal *in)
{
    struct renewing r = {.device_id = device_id, .in = in};

    return eg_store_write(store, op_renewal_add, &r);
}

static eg_status op_renewal_state(struct eg_db *db, void *arg)
{
    const struct renewing *r = arg;
    struct eg_arg args[] = {eg_arg_int(r->device_id), eg_arg_int(r->object_id),
                            eg_arg_int(r->generation), eg_arg_int(r->state), eg_arg_int(r->now_s)};

    return eg_db_run(db, EG_SQL_RENEWAL_STATE, args, 5, NULL);
}

eg_status eg_store_renewal_state(struct eg_store *store, int64_t device_id, int64_t object_id,
                                 uint32_t generation, enum eg_renewal_state state, int64_t now_s)
{
    struct renewing r = {device_id, object_id, generation, state, now_s, NULL};

    return eg_store_write(store, op_renewal_state, &r);
}

static void take_bytes(struct eg_row *row, void *item)
{
    struct eg_span *out = item;

    *out = eg_row_bytes(row, 0);
}

eg_status eg_store_device_root(struct eg_store *store, int64_t device_id, struct eg_arena *arena,
                               struct eg_span *out)
{
    struct eg_get get = {.sql = EG_SQL_RENEWAL_ROOT,
                         .args = {eg_arg_int(device_id)},
                         .count = 1,
                         .arena = arena,
                         .fn = take_bytes,
                         .item = out,
                         .missing = EG_ERR(DEVICE_UNKNOWN)};

    return eg_store_get(store, &get);
}

static void take_number(struct eg_row *row, void *item)
{
    int64_t *out = item;

    *out = eg_db_int(row->db, 0);
}

eg_status eg_store_set_variant(struct eg_store *store, int64_t base_set,
                               enum eg_set_variant variant, int64_t *out)
{
    struct eg_get get = {.sql = EG_SQL_VARIANT_FIND,
                         .args = {eg_arg_int(base_set), eg_arg_int(variant)},
                         .count = 2,
                         .fn = take_number,
                         .item = out,
                         .missing = EG_ERR(STORE_NOT_FOUND)};

    *out = base_set;
    return variant == EG_SET_PROXY ? EG_OK : eg_store_get(store, &get);
}

/* ---- decommission -----------------------------------------------------------------------------
 */

struct retiring {
    int64_t company_id;
    const struct eg_uuid *uuid;
    bool at_once;
    int64_t actor, now_s;
};

static eg_status add_event(struct eg_db *db, int64_t device_id, int64_t group_id, int64_t actor,
                           enum eg_event_kind kind, int64_t now_s)
{
    struct eg_arg args[] = {eg_arg_int(device_id), eg_arg_int(now_s), eg_arg_int(kind),
                            eg_arg_int(group_id),  eg_arg_int(actor), eg_arg_text("")};

    return eg_db_run(db, EG_SQL_EVENT_ADD, args, 6, NULL);
}

static eg_status retire(struct eg_db *db, int64_t device_id, int64_t group_id, int64_t actor,
                        int64_t now_s)
{
    struct eg_arg args[] = {eg_arg_int(device_id), eg_arg_int(now_s)};

    EG_TRY(eg_db_run(db, EG_SQL_RETIRE_NOW, args, 2, NULL));
    EG_TRY(eg_db_run(db, EG_SQL_RETIRE_LEAVE, args, 1, NULL));
    return add_event(db, device_id, group_id, actor, EG_EVENT_RETIRED, now_s);
}

static eg_status op_decommission(struct eg_db *db, void *arg)
{
    const struct retiring *r = arg;
    struct eg_arg key[] = {eg_arg_bytes(EG_SPAN_OF(r->uuid->bytes)), eg_arg_int(r->company_id)};
    int64_t id, group_id;

    EG_TRY(eg_row_get_int(db, EG_SQL_RETIRE_FIND, key, 2, EG_ERR(DEVICE_UNKNOWN), &id));
    struct eg_arg row[] = {eg_arg_int(id), eg_arg_int(r->company_id)};
    struct eg_arg want[] = {eg_arg_int(id), eg_arg_int(r->now_s)};

    EG_TRY(eg_row_get_int(db, EG_SQL_RETIRE_GROUP, row, 1, EG_ERR(DEVICE_UNKNOWN), &group_id));
    EG_TRY(eg_db_run(db, EG_SQL_RETIRE_ROW, row, 2, NULL));
    EG_TRY(eg_db_run(db, EG_SQL_RETIRE_WANT, want, 2, NULL));
    const struct deed deed = {r->company_id, group_id, id,
                              r->actor,      r->now_s, "decommissioned device, row"};

    EG_TRY(add_event(db, id, group_id, r->actor, EG_EVENT_RETIRING, r->now_s));
    EG_TRY(note(db, &deed));
    return r->at_once ? retire(db, id, group_id, r->actor, r->now_s) : EG_OK;
}

eg_status eg_store_decommission(struct eg_store *store, int64_t company_id,
                                const struct eg_uuid *uuid, bool at_once, int64_t actor,
                                int64_t now_s)
{
    struct retiring r = {company_id, uuid, at_once, actor, now_s};

    return eg_store_write(store, op_decommission, &r);
}

eg_status eg_retire_note(struct eg_db *db, const struct eg_cloud_save *in)
{
    struct eg_arg id = eg_arg_int(in->device_id);
    int64_t asked = 0, left = 0;

    if (!in->complete || !in->success) {
        return EG_OK;
    }
    eg_status st = eg_row_get_int(db, EG_SQL_RETIRE_ASKED, &id, 1, EG_ERR(STORE_NOT_FOUND), &asked);
    if (eg_is(st, EG_E_STORE_NOT_FOUND) || (eg_ok(st) && asked == 0)) {
        return EG_OK;
    }
    EG_TRY(st);
    EG_TRY(eg_row_get_int(db, EG_SQL_RETIRE_LEFT, &id, 1, EG_ERR(STORE_FAILED), &left));
    return left == 0 ? retire(db, in->device_id, in->group_id, 0, in->now_s) : EG_OK;
}

eg_status eg_life_forget_group(struct eg_db *db, int64_t group_id)
{
    static const enum eg_sql all[] = {EG_SQL_ROLLOUT_CANARY_DELETE, EG_SQL_ROLLOUT_RESULT_DELETE,
                                      EG_SQL_ROLLOUT_DELETE, EG_SQL_SERVICE_DELETE_ALL};
    struct eg_arg id = eg_arg_int(group_id);

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        EG_TRY(eg_db_run(db, all[i], &id, 1, NULL));
    }
    return EG_OK;
}

/* ---- watchers ---------------------------------------------------------------------------------
 */

eg_status eg_store_events_last(struct eg_store *store, int64_t company_id, int64_t *out)
{
    struct eg_get get = {.sql = EG_SQL_EVENTS_LAST,
                         .args = {eg_arg_int(company_id)},
                         .count = 1,
                         .fn = take_number,
                         .item = out,
                         .missing = EG_ERR(STORE_FAILED)};

    *out = 0;
    return eg_store_get(store, &get);
}

/* ---- CAs that hand over -----------------------------------------------------------------------
 */

static void take_id(struct eg_row *row, void *item)
{
    int64_t *id = item;

    *id = eg_db_int(row->db, 0);
}

eg_status eg_store_ca_objects(struct eg_store *store, int64_t company_id, int64_t ca_id,
                              struct eg_arena *arena, const int64_t **out, size_t *out_count)
{
    enum { OBJECTS_MAX = 1000 };
    struct eg_arg args[] = {eg_arg_int(company_id), eg_arg_int(ca_id)};
    struct eg_rows rows = {sizeof(int64_t), take_id, OBJECTS_MAX, NULL, 0, false};

    EG_TRY(eg_store_list(store, EG_SQL_CA_OBJECTS, args, 2, arena, &rows));
    *out = rows.items;
    *out_count = rows.count;
    return EG_OK;
}

struct moving {
    int64_t ca_id, object_id, version, successor_id;
    struct deed deed;
};

static eg_status op_moved(struct eg_db *db, void *arg)
{
    const struct moving *m = arg;
    struct eg_arg args[] = {eg_arg_int(m->ca_id), eg_arg_int(m->object_id), eg_arg_int(m->version),
                            eg_arg_int(m->successor_id), eg_arg_int(m->deed.now_s)};

    EG_TRY(eg_db_run(db, EG_SQL_CA_MOVED_ADD, args, 5, NULL));
    return note(db, &m->deed);
}

eg_status eg_store_ca_moved_add(struct eg_store *store, int64_t company_id, int64_t ca_id,
                                int64_t object_id, int64_t version, int64_t successor_id,
                                int64_t actor, int64_t now_s)
{
    struct moving m = {
        ca_id,
        object_id,
        version,
        successor_id,
        {company_id, 0, object_id, actor, now_s, "moved to the successor of its CA: object"}};

    return eg_store_write(store, op_moved, &m);
}

static void take_moved(struct eg_row *row, void *item)
{
    struct eg_ca_moved *m = item;

    m->successor_id = eg_db_int(row->db, 0);
    m->objects = eg_db_int(row->db, 1);
    m->devices = eg_db_int(row->db, 2);
    m->remaining = eg_db_int(row->db, 3);
}

eg_status eg_store_ca_moved(struct eg_store *store, int64_t company_id, int64_t ca_id,
                            struct eg_ca_moved *out)
{
    struct eg_get get = {.sql = EG_SQL_CA_MOVED,
                         .args = {eg_arg_int(company_id), eg_arg_int(ca_id)},
                         .count = 2,
                         .fn = take_moved,
                         .item = out,
                         .missing = EG_ERR(CA_UNKNOWN)};

    return eg_store_get(store, &get);
}
