/* SPDX-License-Identifier: Apache-2.0 */
#include "server/store/store_admin.h"
#include "server/store/store_internal.h"

/* ---- meta -------------------------------------------------------------------------------------
 */

static void take_bytes(struct eg_row *row, void *item)
{
    struct eg_span *out = item;

    *out = eg_row_bytes(row, 0);
}

eg_status eg_store_meta_get(struct eg_store *store, const char *name, struct eg_arena *arena,
                            struct eg_span *out)
{
    struct eg_get get = {.sql = EG_SQL_META_GET,
                         .args = {eg_arg_text(name)},
                         .count = 1,
                         .arena = arena,
                         .fn = take_bytes,
                         .item = out,
                         .missing = EG_ERR(STORE_NOT_FOUND)};

    *out = (struct eg_span){NULL, 0};
    return eg_store_get(store, &get);
}

/* Statement that inserts unless there is a row; no result. */
struct init {
    enum eg_sql sql;
    const struct eg_arg *args;
    size_t count;
};

static eg_status op_init(struct eg_db *db, void *arg)
{
    struct init *i = arg;

    return eg_db_run(db, i->sql, i->args, i->count, NULL);
}

eg_status eg_store_meta_init(struct eg_store *store, const char *name, struct eg_span value,
                             struct eg_arena *arena, struct eg_span *out)
{
    struct eg_arg args[] = {eg_arg_text(name), eg_arg_bytes(value)};
    struct init init = {EG_SQL_META_ADD, args, 2};

    *out = (struct eg_span){NULL, 0};
    EG_TRY(eg_store_write(store, op_init, &init));
    return eg_store_meta_get(store, name, arena, out);
}

/* ---- companies --------------------------------------------------------------------------------
 */

static void take_company(struct eg_row *row, void *item)
{
    struct eg_company *c = item;

    c->id = eg_db_int(row->db, 0);
    c->name = eg_row_text(row, 1);
    c->created_s = eg_db_int(row->db, 2);
}

eg_status eg_store_company_service_init(struct eg_store *store, int64_t now_s)
{
    struct eg_arg args[] = {eg_arg_int(now_s)};
    struct init init = {EG_SQL_COMPANY_SERVICE, args, 1};

    return eg_store_write(store, op_init, &init);
}

eg_status eg_store_company_add(struct eg_store *store, const char *name, int64_t now_s,
                               int64_t *out_id)
{
    struct eg_arg args[] = {eg_arg_text(name), eg_arg_int(now_s)};

    EG_TRY(eg_store_name_check(name));
    return eg_store_insert(store, EG_SQL_COMPANY_ADD, args, 2, out_id);
}

static eg_status get_company(struct eg_store *store, enum eg_sql sql, struct eg_arg key,
                             struct eg_arena *arena, struct eg_company *out)
{
    struct eg_get get = {.sql = sql,
                         .args = {key},
                         .count = 1,
                         .arena = arena,
                         .fn = take_company,
                         .item = out,
                         .missing = EG_ERR(STORE_NOT_FOUND)};

    return eg_store_get(store, &get);
}

eg_status eg_store_company_get(struct eg_store *store, int64_t id, struct eg_arena *arena,
                               struct eg_company *out)
{
    return get_company(store, EG_SQL_COMPANY_GET, eg_arg_int(id), arena, out);
}

eg_status eg_store_company_find(struct eg_store *store, const char *name, struct eg_arena *arena,
                                struct eg_company *out)
{
    return get_company(store, EG_SQL_COMPANY_FIND, eg_arg_text(name), arena, out);
}

/* ---- API keys ---------------------------------------------------------------------------------
 */

static void take_api_key(struct eg_row *row, void *item)
{
    struct eg_api_key *k = item;

    k->id = eg_db_int(row->db, 0);
    k->company_id = eg_db_int(row->db, 1);
    k->company_name = eg_row_text(row, 2);
    k->name = eg_row_text(row, 3);
    k->role = eg_db_int(row->db, 4);
    k->created_s = eg_db_int(row->db, 5);
    k->expires_s = eg_db_int(row->db, 6);
    k->revoked = eg_db_int(row->db, 7) != 0;
    k->scope_nc12 = eg_db_int(row->db, 8);
    k->scope_group = eg_db_int(row->db, 9);
    k->last_used_s = eg_db_int(row->db, 10);
}

eg_status eg_store_api_key_add(struct eg_store *store, int64_t company_id,
                               const struct eg_api_key_new *key,
                               const uint8_t hash[static EG_API_KEY_HASH_LEN], int64_t now_s,
                               int64_t *out_id)
{
    struct eg_arg args[] = {eg_arg_int(company_id),
                            eg_arg_text(key->name),
                            eg_arg_bytes(eg_span(hash, EG_API_KEY_HASH_LEN)),
                            eg_arg_int(key->role),
                            eg_arg_int(key->expires_s),
                            eg_arg_int(now_s),
                            eg_arg_int(key->scope_nc12),
                            eg_arg_int(key->scope_group)};

    EG_TRY(eg_store_name_check(key->name));
    return eg_store_insert(store, EG_SQL_API_KEY_ADD, args, 8, out_id);
}

static eg_status op_used(struct eg_db *db, void *arg)
{
    return eg_db_run(db, EG_SQL_API_KEY_USED, arg, 2, NULL);
}

eg_status eg_store_api_key_used(struct eg_store *store, int64_t id, int64_t now_s)
{
    struct eg_arg args[] = {eg_arg_int(id), eg_arg_int(now_s)};

    return eg_store_write(store, op_used, args);
}

eg_status eg_store_api_key_find(struct eg_store *store,
                                const uint8_t hash[static EG_API_KEY_HASH_LEN],
                                struct eg_arena *arena, struct eg_api_key *out)
{
    struct eg_get get = {.sql = EG_SQL_API_KEY_FIND,
                         .args = {eg_arg_bytes(eg_span(hash, EG_API_KEY_HASH_LEN))},
                         .count = 1,
                         .arena = arena,
                         .fn = take_api_key,
                         .item = out,
                         .missing = EG_ERR(STORE_NOT_FOUND)};

    return eg_store_get(store, &get);
}

eg_status eg_store_api_key_list(struct eg_store *store, int64_t company_id, struct eg_page page,
                                struct eg_arena *arena, struct eg_api_key_list *out)
{
    struct eg_arg args[] = {eg_arg_int(company_id), eg_page_limit(page), eg_page_offset(page)};
    struct eg_rows rows = {sizeof *out->items, take_api_key, eg_page_size(page), NULL, 0, false};

    EG_TRY(eg_store_list(store, EG_SQL_API_KEY_LIST, args, 3, arena, &rows));
    *out = (struct eg_api_key_list){rows.items, rows.count, rows.more};
    return EG_OK;
}

static eg_status op_revoke(struct eg_db *db, void *arg)
{
    uint64_t changes;

    EG_TRY(eg_db_run(db, EG_SQL_API_KEY_REVOKE, arg, 2, &changes));
    return changes == 1 ? EG_OK : EG_ERR(STORE_NOT_FOUND);
}

eg_status eg_store_api_key_revoke(struct eg_store *store, int64_t company_id, int64_t id)
{
    struct eg_arg args[] = {eg_arg_int(company_id), eg_arg_int(id)};

    return eg_store_write(store, op_revoke, args);
}

/* ---- service keys -----------------------------------------------------------------------------
 */

static void take_service_key(struct eg_row *row, void *item)
{
    struct eg_service_key *k = item;

    k->id = eg_db_int(row->db, 0);
    k->purpose = (enum eg_service_key_purpose)eg_db_int(row->db, 1);
    k->wrapped = eg_row_bytes(row, 2);
    k->certificate = eg_row_bytes(row, 3);
    k->created_s = eg_db_int(row->db, 4);
}

eg_status eg_store_service_key_get(struct eg_store *store, int64_t company_id,
                                   enum eg_service_key_purpose purpose, struct eg_arena *arena,
                                   struct eg_service_key *out)
{
    struct eg_get get = {.sql = EG_SQL_SERVICE_KEY_GET,
                         .args = {eg_arg_int(company_id), eg_arg_int(purpose)},
                         .count = 2,
                         .arena = arena,
                         .fn = take_service_key,
                         .item = out,
                         .missing = EG_ERR(STORE_NOT_FOUND)};

    return eg_store_get(store, &get);
}

eg_status eg_store_service_key_init(struct eg_store *store, int64_t company_id,
                                    enum eg_service_key_purpose purpose, struct eg_span wrapped,
                                    struct eg_span certificate, int64_t now_s,
                                    struct eg_arena *arena, struct eg_service_key *out)
{
    struct eg_arg args[] = {eg_arg_int(company_id), eg_arg_int(purpose), eg_arg_bytes(wrapped),
                            eg_arg_bytes(certificate), eg_arg_int(now_s)};
    struct init init = {EG_SQL_SERVICE_KEY_ADD, args, 5};

    EG_TRY(eg_store_write(store, op_init, &init));
    return eg_store_service_key_get(store, company_id, purpose, arena, out);
}

/* ---- signers ----------------------------------------------------------------------------------
 */

static void take_signer(struct eg_row *row, void *item)
{
    struct eg_signer *s = item;

    s->id = eg_db_int(row->db, 0);
    s->name = eg_row_text(row, 1);
    s->certificate = eg_row_bytes(row, 2);
    s->created_s = eg_db_int(row->db, 3);
}

eg_status eg_store_signer_add(struct eg_store *store, int64_t company_id, const char *name,
                              const uint8_t fingerprint[static EG_FINGERPRINT_LEN],
                              struct eg_span certificate, int64_t now_s, int64_t *out_id)
{
    struct eg_arg args[] = {eg_arg_int(company_id), eg_arg_text(name),
                            eg_arg_bytes(eg_span(fingerprint, EG_FINGERPRINT_LEN)),
                            eg_arg_bytes(certificate), eg_arg_int(now_s)};

    EG_TRY(eg_store_name_check(name));
    return eg_store_insert(store, EG_SQL_SIGNER_ADD, args, 5, out_id);
}

eg_status eg_store_signer_list(struct eg_store *store, int64_t company_id, struct eg_page page,
                               struct eg_arena *arena, struct eg_signer_list *out)
{
    struct eg_arg args[] = {eg_arg_int(company_id), eg_page_limit(page), eg_page_offset(page)};
    struct eg_rows rows = {sizeof *out->items, take_signer, eg_page_size(page), NULL, 0, false};

    EG_TRY(eg_store_list(store, EG_SQL_SIGNER_LIST, args, 3, arena, &rows));
    *out = (struct eg_signer_list){rows.items, rows.count, rows.more};
    return EG_OK;
}
