/* SPDX-License-Identifier: Apache-2.0 */
/* Alarms, and events for those who watch the service. */
#include <stdio.h>
#include <string.h>

#include "server/store/store_cloud.h"
#include "server/store/store_internal.h"

/* ---- alarms -----------------------------------------------------------------------------------
 */

struct raise {
    int64_t company_id;
    const struct eg_alarm *alarm;
};

struct raised {
    int64_t id, count;
};

static void take_raised(struct eg_row *row, void *item)
{
    struct raised *r = item;

    *r = (struct raised){eg_db_int(row->db, 0), eg_db_int(row->db, 1)};
}

static eg_status tell(struct eg_db *db, int64_t company_id, int64_t device_id,
                      enum eg_service_event_kind kind, int64_t now_s, const char *detail)
{
    struct eg_arg args[] = {eg_arg_int(company_id), eg_arg_int(0),     eg_arg_int(device_id),
                            eg_arg_int(kind),       eg_arg_int(now_s), eg_arg_text(detail)};

    return eg_db_run(db, EG_SQL_SERVICE_EVENT_ADD, args, 6, NULL);
}

/* Watchers are told of the first of its kind only. */
static eg_status op_raise(struct eg_db *db, void *arg)
{
    const struct raise *r = arg;
    const struct eg_alarm *a = r->alarm;
    struct eg_span uuid = a->has_uuid ? EG_SPAN_OF(a->uuid.bytes) : eg_span("", 0);
    struct eg_arg args[] = {
        eg_arg_int(r->company_id), eg_arg_int(a->kind),     eg_arg_int(a->device_id),
        eg_arg_int(a->last_s),     eg_arg_text(a->address), eg_arg_text(a->detail),
        eg_arg_bytes(uuid),        eg_arg_bytes(a->spki),   eg_arg_bytes(a->subject)};
    struct raised now;

    EG_TRY(
        eg_row_get(db, EG_SQL_ALARM_RAISE, args, 9, NULL, take_raised, &now, EG_ERR(STORE_FAILED)));
    return now.count > 1
               ? EG_OK
               : tell(db, r->company_id, a->device_id, EG_SERVICE_ALARM, a->last_s, a->detail);
}

eg_status eg_store_alarm_raise(struct eg_store *store, int64_t company_id,
                               const struct eg_alarm *alarm)
{
    struct raise r = {company_id, alarm};

    return eg_store_write(store, op_raise, &r);
}

static void take_alarm(struct eg_row *row, void *item)
{
    struct eg_alarm *a = item;
    struct eg_db *db = row->db;
    struct eg_span uuid = eg_db_bytes(db, 9);

    memset(a, 0, sizeof *a);
    a->id = eg_db_int(db, 0);
    a->kind = (enum eg_alarm_kind)eg_db_int(db, 1);
    a->acknowledged = eg_db_int(db, 2) != 0;
    a->device_id = eg_db_int(db, 3);
    a->count = eg_db_int(db, 4);
    a->first_s = eg_db_int(db, 5);
    a->last_s = eg_db_int(db, 6);
    a->has_uuid = uuid.len == EG_UUID_LEN;
    if (a->has_uuid) {
        memcpy(a->uuid.bytes, uuid.ptr, EG_UUID_LEN);
    }
    a->address = eg_row_text(row, 7);
    a->detail = eg_row_text(row, 8);
    a->spki = eg_row_bytes(row, 10);
    a->subject = eg_row_bytes(row, 11);
}

eg_status eg_store_alarm_list(struct eg_store *store, int64_t company_id, int kind, bool open_only,
                              struct eg_page page, struct eg_arena *arena,
                              struct eg_alarm_list *out)
{
    struct eg_arg args[] = {eg_arg_int(company_id), eg_page_limit(page), eg_page_offset(page),
                            eg_arg_int(kind), eg_arg_int(open_only ? 1 : 0)};
    struct eg_rows rows = {sizeof *out->items, take_alarm, eg_page_size(page), NULL, 0, false};

    EG_TRY(eg_store_list(store, EG_SQL_ALARM_LIST, args, 5, arena, &rows));
    *out = (struct eg_alarm_list){rows.items, rows.count, rows.more};
    return EG_OK;
}

struct done {
    int64_t company_id, id, actor, now_s;
};

static eg_status op_done(struct eg_db *db, void *arg)
{
    const struct done *d = arg;
    struct eg_arg args[] = {eg_arg_int(d->company_id), eg_arg_int(d->id)};
    char detail[64];
    uint64_t changes;

    EG_TRY(eg_db_run(db, EG_SQL_ALARM_DONE, args, 2, &changes));
    if (changes == 0) {
        return EG_ERR(ALARM_UNKNOWN);
    }
    (void)snprintf(detail, sizeof detail, "alarm %lld; API key %lld", (long long)d->id,
                   (long long)d->actor);
    return tell(db, d->company_id, 0, EG_SERVICE_ALARM_ACKNOWLEDGED, d->now_s, detail);
}

eg_status eg_store_alarm_acknowledge(struct eg_store *store, int64_t company_id, int64_t id,
                                     int64_t actor, int64_t now_s)
{
    struct done d = {company_id, id, actor, now_s};

    return eg_store_write(store, op_done, &d);
}

/* ---- events -----------------------------------------------------------------------------------
 */

static void take_event(struct eg_row *row, void *item)
{
    struct eg_service_event *e = item;
    struct eg_db *db = row->db;

    *e = (struct eg_service_event){.id = eg_db_int(db, 0),
                                   .kind = (enum eg_service_event_kind)eg_db_int(db, 1),
                                   .group_id = eg_db_int(db, 2),
                                   .device_id = eg_db_int(db, 3),
                                   .at_s = eg_db_int(db, 4)};
    e->detail = eg_row_text(row, 5);
}

eg_status eg_store_service_events(struct eg_store *store, int64_t company_id, int64_t after_id,
                                  uint32_t max, struct eg_arena *arena,
                                  struct eg_service_event_list *out)
{
    size_t size = max == 0 || max > EG_PAGE_SIZE_MAX ? EG_PAGE_SIZE_MAX : max;
    struct eg_arg args[] = {eg_arg_int(company_id), eg_arg_int(after_id),
                            eg_arg_int((int64_t)size + 1)};
    struct eg_rows rows = {sizeof *out->items, take_event, size, NULL, 0, false};

    EG_TRY(eg_store_list(store, EG_SQL_SERVICE_EVENT_LIST, args, 3, arena, &rows));
    *out = (struct eg_service_event_list){rows.items, rows.count, rows.more};
    return EG_OK;
}
