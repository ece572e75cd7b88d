/* SPDX-License-Identifier: Apache-2.0 */
/* CRLs in shards, and the keys that answer OCSP requests. */
#include <string.h>

#include "server/store/pki_internal.h"

/* ---- places for new certificates --------------------------------------------------------------
 */

struct take {
    int64_t company_id, ca_id;
    uint32_t count;
    int64_t shard, used;
};

static void take_shard(struct eg_row *row, void *item)
{
    struct take *t = item;

    t->shard = eg_db_int(row->db, 0);
    t->used = eg_db_int(row->db, 1);
}

/* The lock keeps others out until the new numbers are committed. */
static eg_status op_take(struct eg_db *db, void *arg)
{
    struct take *t = arg;
    struct eg_arg key[] = {eg_arg_int(t->company_id), eg_arg_int(t->ca_id)};

    EG_TRY(eg_row_get(db, EG_SQL_SHARD_LOCK, key, 2, NULL, take_shard, t, EG_ERR(CA_UNKNOWN)));
    if (t->shard == 0 || t->used + t->count > EG_CRL_SHARD_SIZE) {
        t->shard++;
        t->used = 0;
    }
    if (t->shard > EG_CRL_SHARDS_MAX) {
        return EG_ERR(SET_TOO_LARGE);
    }
    t->used += t->count;
    struct eg_arg args[] = {eg_arg_int(t->ca_id), eg_arg_int(t->shard), eg_arg_int(t->used)};

    return eg_db_run(db, EG_SQL_SHARD_SET, args, 3, NULL);
}

eg_status eg_store_shard_take(struct eg_store *store, int64_t company_id, int64_t ca_id,
                              uint32_t count, uint32_t *out_shard)
{
    struct take t = {.company_id = company_id, .ca_id = ca_id, .count = count};

    *out_shard = 0;
    if (count == 0 || count > EG_CRL_SHARD_SIZE) {
        return EG_ERR(INTERNAL);
    }
    EG_TRY(eg_store_write(store, op_take, &t));
    *out_shard = (uint32_t)t.shard;
    return EG_OK;
}

/* ---- CRL of a shard ---------------------------------------------------------------------------
 */

eg_status eg_store_shard_get(struct eg_store *store, int64_t ca_id, uint32_t shard,
                             struct eg_arena *arena, struct eg_crl_state *out)
{
    struct eg_get get = {.sql = EG_SQL_SHARD_GET,
                         .args = {eg_arg_int(ca_id), eg_arg_int(shard)},
                         .count = 2,
                         .arena = arena,
                         .fn = eg_take_crl_state,
                         .item = out,
                         .missing = EG_ERR(CA_UNKNOWN)};

    return eg_store_get(store, &get);
}

struct begin {
    int64_t ca_id, shard;
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

static eg_status op_begin(struct eg_db *db, void *arg)
{
    struct begin *b = arg;
    struct eg_arg args[] = {eg_arg_int(b->ca_id), eg_arg_int(b->shard),
                            eg_arg_int(EG_REVOKED_PER_CA_MAX)};

    EG_TRY(
        eg_row_get(db, EG_SQL_SHARD_BEGIN, args, 2, b->arena, take_number, b, EG_ERR(CA_UNKNOWN)));
    b->rows.max = (size_t)b->revision;
    return eg_rows_get(db, EG_SQL_SHARD_ENTRIES, args, 3, b->arena, &b->rows);
}

eg_status eg_store_shard_begin(struct eg_store *store, int64_t ca_id, uint32_t shard,
                               struct eg_arena *arena, int64_t *out_number, int64_t *out_revision,
                               struct eg_revocation_list *out)
{
    struct begin b = {.ca_id = ca_id,
                      .shard = shard,
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
    return eg_db_run(db, EG_SQL_SHARD_PUT, arg, 6, NULL);
}

eg_status eg_store_shard_put(struct eg_store *store, int64_t ca_id, uint32_t shard, int64_t number,
                             int64_t revision, int64_t next_update_s, struct eg_span der)
{
    struct eg_arg args[] = {eg_arg_int(ca_id),    eg_arg_int(shard),         eg_arg_int(number),
                            eg_arg_int(revision), eg_arg_int(next_update_s), eg_arg_bytes(der)};

    return eg_store_write(store, op_put, args);
}

/* ---- keys for OCSP ----------------------------------------------------------------------------
 */

static void take_responder(struct eg_row *row, void *item)
{
    struct eg_ocsp_state *s = item;

    memset(s, 0, sizeof *s);
    s->company_id = eg_db_int(row->db, 0);
    s->kind = (enum eg_ca_kind)eg_db_int(row->db, 1);
    s->state = (enum eg_ca_state)eg_db_int(row->db, 2);
    s->ca_wrapped = eg_row_bytes(row, 3);
    s->ca_certificate = eg_row_bytes(row, 4);
    if (eg_db_null(row->db, 5)) {
        return;
    }
    s->not_before_s = eg_db_int(row->db, 5);
    s->not_after_s = eg_db_int(row->db, 6);
    s->wrapped = eg_row_bytes(row, 7);
    s->certificate = eg_row_bytes(row, 8);
}

eg_status eg_store_ocsp_get(struct eg_store *store, int64_t ca_id, struct eg_arena *arena,
                            struct eg_ocsp_state *out)
{
    struct eg_get get = {.sql = EG_SQL_OCSP_GET,
                         .args = {eg_arg_int(ca_id)},
                         .count = 1,
                         .arena = arena,
                         .fn = take_responder,
                         .item = out,
                         .missing = EG_ERR(CA_UNKNOWN)};

    return eg_store_get(store, &get);
}

static eg_status op_ocsp_put(struct eg_db *db, void *arg)
{
    return eg_db_run(db, EG_SQL_OCSP_PUT, arg, 5, NULL);
}

eg_status eg_store_ocsp_put(struct eg_store *store, int64_t ca_id, const struct eg_ocsp_state *key)
{
    struct eg_arg args[] = {eg_arg_int(ca_id), eg_arg_int(key->not_before_s),
                            eg_arg_int(key->not_after_s), eg_arg_bytes(key->wrapped),
                            eg_arg_bytes(key->certificate)};

    return eg_store_write(store, op_ocsp_put, args);
}
