/* SPDX-License-Identifier: Apache-2.0 */
/* Certificate authorities after their creation; what was made for a device. */
#include "server/store/store_internal.h"
#include "server/store/store_pki.h"

struct ca_change {
    int64_t company_id, id, issuer_id;
    struct eg_span certificate;
};

static eg_status lock_ca(struct eg_db *db, int64_t company_id, int64_t id)
{
    struct eg_arg args[] = {eg_arg_int(company_id), eg_arg_int(id)};
    int64_t found;

    return eg_row_get_int(db, EG_SQL_CA_LOCK, args, 2, EG_ERR(CA_UNKNOWN), &found);
}

static eg_status op_activate(struct eg_db *db, void *arg)
{
    struct ca_change *c = arg;
    struct eg_arg args[] = {eg_arg_int(c->company_id), eg_arg_int(c->id),
                            eg_arg_int_or_null(c->issuer_id, 0), eg_arg_bytes(c->certificate)};
    uint64_t changes;

    EG_TRY(lock_ca(db, c->company_id, c->id));
    if (c->issuer_id != 0) {
        EG_TRY(lock_ca(db, c->company_id, c->issuer_id));
    }
    EG_TRY(eg_db_run(db, EG_SQL_CA_ACTIVATE, args, 4, &changes));
    return changes == 1 ? EG_OK : EG_ERR(CA_NOT_PENDING);
}

eg_status eg_store_ca_activate(struct eg_store *store, int64_t company_id, int64_t id,
                               int64_t issuer_id, struct eg_span certificate)
{
    struct ca_change c = {company_id, id, issuer_id, certificate};

    return eg_store_write(store, op_activate, &c);
}

static eg_status op_delete(struct eg_db *db, void *arg)
{
    struct ca_change *c = arg;
    struct eg_arg id = eg_arg_int(c->id);
    int64_t used;

    EG_TRY(lock_ca(db, c->company_id, c->id));
    EG_TRY(eg_row_get_int(db, EG_SQL_CA_USED, &id, 1, EG_ERR(STORE_FAILED), &used));
    if (used != 0) {
        return EG_ERR(IN_USE);
    }
    EG_TRY(eg_db_run(db, EG_SQL_CRL_DELETE, &id, 1, NULL));
    EG_TRY(eg_db_run(db, EG_SQL_SHARD_DELETE, &id, 1, NULL));
    EG_TRY(eg_db_run(db, EG_SQL_OCSP_DELETE, &id, 1, NULL));
    return eg_db_run(db, EG_SQL_CA_DELETE, &id, 1, NULL);
}

eg_status eg_store_ca_delete(struct eg_store *store, int64_t company_id, int64_t id)
{
    struct ca_change c = {.company_id = company_id, .id = id};

    return eg_store_write(store, op_delete, &c);
}

static void take_body(struct eg_row *row, void *item)
{
    struct eg_device_body *b = item;

    b->device_id = eg_db_int(row->db, 0);
    b->group_id = eg_db_int(row->db, 1);
    b->body = eg_row_bytes(row, 2);
}

eg_status eg_store_device_bodies(struct eg_store *store, int64_t company_id,
                                 const struct eg_uuid *uuid, struct eg_arena *arena,
                                 struct eg_device_body_list *out)
{
    struct eg_arg args[] = {eg_arg_bytes(EG_SPAN_OF(uuid->bytes)), eg_arg_int(company_id),
                            eg_arg_int(EG_PAGE_SIZE_MAX)};
    struct eg_rows rows = {sizeof *out->items, take_body, EG_PAGE_SIZE_MAX, NULL, 0, false};

    EG_TRY(eg_store_list(store, EG_SQL_DEVICE_BODIES, args, 3, arena, &rows));
    *out = (struct eg_device_body_list){rows.items, rows.count, rows.more};
    return EG_OK;
}
