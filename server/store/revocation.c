/* SPDX-License-Identifier: Apache-2.0 */
/* Revoked certificates and the CRLs that say so. */
#include <string.h>

#include "server/store/pki_internal.h"

/* ---- revoke -----------------------------------------------------------------------------------
 */

struct revoke {
    int64_t company_id;
    const struct eg_revocation *items;
    size_t count;
    int64_t actor;
    size_t added;
};

/* Rides on the revocation: a device's history knows of it or it did not happen. */
static eg_status add_event(struct eg_db *db, const struct revoke *r,
                           const struct eg_revocation *item)
{
    struct eg_arg args[] = {
        eg_arg_int(item->device_id),  eg_arg_int(item->revoked_s),
        eg_arg_int(EG_EVENT_REVOKED), eg_arg_int(item->group_id),
        eg_arg_int(r->actor),         eg_arg_text(item->detail != NULL ? item->detail : "")};

    return item->device_id == 0 ? EG_OK : eg_db_run(db, EG_SQL_EVENT_ADD, args, 6, NULL);
}

static eg_status revoke_one(struct eg_db *db, struct revoke *r, const struct eg_revocation *item)
{
    struct eg_arg lock[] = {eg_arg_int(r->company_id), eg_arg_int(item->ca_id)};
    struct eg_arg args[] = {
        eg_arg_int(item->ca_id),     eg_arg_bytes(item->serial),  eg_arg_int(item->reason),
        eg_arg_int(item->revoked_s), eg_arg_int(item->device_id), eg_arg_int(r->actor),
        eg_arg_int(item->shard),
    };
    struct eg_arg shard[] = {eg_arg_int(item->ca_id), eg_arg_int(item->shard)};
    int64_t revision;
    uint64_t changes;

    EG_TRY(eg_row_get_int(db, EG_SQL_REVOKE_LOCK, lock, 2, EG_ERR(CA_UNKNOWN), &revision));
    EG_TRY(eg_db_run(db, EG_SQL_REVOKE_ADD, args, 7, &changes));
    if (changes == 0) {
        return EG_OK;
    }
    if (revision >= EG_REVOKED_PER_CA_MAX) {
        return EG_ERR(SET_TOO_LARGE);
    }
    r->added++;
    EG_TRY(add_event(db, r, item));
    if (item->shard > 0) {
        EG_TRY(eg_db_run(db, EG_SQL_REVOKE_SHARD, shard, 2, NULL));
    }
    return eg_db_run(db, EG_SQL_REVOKE_COUNT, args, 1, NULL);
}

static eg_status op_revoke(struct eg_db *db, void *arg)
{
    struct revoke *r = arg;

    r->added = 0;
    for (size_t i = 0; i < r->count; i++) {
        EG_TRY(revoke_one(db, r, &r->items[i]));
    }
    return EG_OK;
}

eg_status eg_store_revoke(struct eg_store *store, int64_t company_id,
                          const struct eg_revocation *items, size_t count, int64_t actor,
                          size_t *out_new)
{
    struct revoke r = {company_id, items, count, actor, 0};

    *out_new = 0;
    EG_TRY(eg_store_write(store, op_revoke, &r));
    *out_new = r.added;
    return EG_OK;
}

/* ---- read -------------------------------------------------------------------------------------
 */

void eg_take_crl_entry(struct eg_row *row, void *item)
{
    struct eg_revocation *r = item;

    memset(r, 0, sizeof *r);
    r->serial = eg_row_bytes(row, 0);
    r->reason = (uint8_t)eg_db_int(row->db, 1);
    r->revoked_s = eg_db_int(row->db, 2);
}

static void take_revocation(struct eg_row *row, void *item)
{
    struct eg_revocation *r = item;
    struct eg_span uuid;

    eg_take_crl_entry(row, item);
    if (eg_db_null(row->db, 3)) {
        return;
    }
    uuid = eg_db_bytes(row->db, 3);
    memcpy(r->uuid.bytes, uuid.ptr, uuid.len < EG_UUID_LEN ? uuid.len : EG_UUID_LEN);
    r->has_uuid = true;
}

struct revocations {
    int64_t company_id, ca_id;
    struct eg_page page;
    struct eg_arena *arena;
    struct eg_rows rows;
};

static eg_status op_revocations(struct eg_db *db, void *arg)
{
    struct revocations *r = arg;
    struct eg_arg ca[] = {eg_arg_int(r->company_id), eg_arg_int(r->ca_id)};
    struct eg_arg args[] = {eg_arg_int(r->ca_id), eg_page_limit(r->page), eg_page_offset(r->page)};
    int64_t found;

    EG_TRY(eg_row_get_int(db, EG_SQL_CA_GET, ca, 2, EG_ERR(CA_UNKNOWN), &found));
    return eg_rows_get(db, EG_SQL_REVOKE_LIST, args, 3, r->arena, &r->rows);
}

eg_status eg_store_revocation_list(struct eg_store *store, int64_t company_id, int64_t ca_id,
                                   struct eg_page page, struct eg_arena *arena,
                                   struct eg_revocation_list *out)
{
    struct revocations r = {
        company_id,
        ca_id,
        page,
        arena,
        {sizeof *out->items, take_revocation, eg_page_size(page), NULL, 0, false}};

    EG_TRY(eg_store_read(store, op_revocations, &r));
    for (size_t i = 0; i < r.rows.count; i++) {
        ((struct eg_revocation *)r.rows.items)[i].ca_id = ca_id;
    }
    *out = (struct eg_revocation_list){r.rows.items, r.rows.count, r.rows.more};
    return EG_OK;
}

eg_status eg_store_revocation_get(struct eg_store *store, int64_t ca_id, struct eg_span serial,
                                  struct eg_arena *arena, struct eg_revocation *out)
{
    struct eg_get get = {.sql = EG_SQL_REVOKE_GET,
                         .args = {eg_arg_int(ca_id), eg_arg_bytes(serial)},
                         .count = 2,
                         .arena = arena,
                         .fn = take_revocation,
                         .item = out,
                         .missing = EG_ERR(STORE_NOT_FOUND)};

    EG_TRY(eg_store_get(store, &get));
    out->ca_id = ca_id;
    return EG_OK;
}

/* ---- CRLs -------------------------------------------------------------------------------------
 */

void eg_take_crl_state(struct eg_row *row, void *item)
{
    struct eg_crl_state *s = item;

    memset(s, 0, sizeof *s);
    s->company_id = eg_db_int(row->db, 0);
    s->kind = (enum eg_ca_kind)eg_db_int(row->db, 1);
    s->state = (enum eg_ca_state)eg_db_int(row->db, 2);
    s->wrapped = eg_row_bytes(row, 3);
    s->certificate = eg_row_bytes(row, 4);
    s->revision = eg_db_int(row->db, 5);
    s->crl_revision = eg_db_int(row->db, 6);
    s->crl_next_update_s = eg_db_int(row->db, 7);
    s->crl = eg_row_bytes(row, 8);
}

eg_status eg_store_crl_get(struct eg_store *store, int64_t ca_id, struct eg_arena *arena,
                           struct eg_crl_state *out)
{
    struct eg_get get = {.sql = EG_SQL_CRL_GET,
                         .args = {eg_arg_int(ca_id)},
                         .count = 1,
                         .arena = arena,
                         .fn = eg_take_crl_state,
                         .item = out,
                         .missing = EG_ERR(CA_UNKNOWN)};

    return eg_store_get(store, &get);
}

struct begin {
    int64_t ca_id;
    struct eg_arena *arena;
    int64_t number, revision;
    struct eg_rows rows;
};

static void take_number(struct eg_row *row, void *item)
{
    struct begin *b = item;

    b->number = eg_db_int(row->db, 0);
    b->revision = eg_db_int(row->db, 1);
}

/* The update holds the CA's row, so that nothing is revoked between number and list. */
static eg_status op_begin(struct eg_db *db, void *arg)
{
    struct begin *b = arg;
    struct eg_arg args[] = {eg_arg_int(b->ca_id), eg_arg_int(EG_REVOKED_PER_CA_MAX)};

    EG_TRY(eg_row_get(db, EG_SQL_CRL_BEGIN, args, 1, b->arena, take_number, b, EG_ERR(CA_UNKNOWN)));
    b->rows.max = (size_t)b->revision;
    return eg_rows_get(db, EG_SQL_CRL_ENTRIES, args, 2, b->arena, &b->rows);
}

eg_status eg_store_crl_begin(struct eg_store *store, int64_t ca_id, struct eg_arena *arena,
                             int64_t *out_number, int64_t *out_revision,
                             struct eg_revocation_list *out)
{
    struct begin b = {.ca_id = ca_id,
                      .arena = arena,
                      .rows = {.item_size = sizeof *out->items, .fn = eg_take_crl_entry}};

    EG_TRY(eg_store_write(store, op_begin, &b));
    *out_number = b.number;
    *out_revision = b.revision;
    *out = (struct eg_revocation_list){b.rows.items, b.rows.count, false};
    return EG_OK;
}

static eg_status op_put(struct eg_db *db, void *arg)
{
    return eg_db_run(db, EG_SQL_CRL_PUT, arg, 5, NULL);
}

eg_status eg_store_crl_put(struct eg_store *store, int64_t ca_id, int64_t number, int64_t revision,
                           int64_t next_update_s, struct eg_span der)
{
    struct eg_arg args[] = {eg_arg_int(ca_id), eg_arg_int(number), eg_arg_int(revision),
                            eg_arg_int(next_update_s), eg_arg_bytes(der)};

    return eg_store_write(store, op_put, args);
}
