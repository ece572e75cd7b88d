/* SPDX-License-Identifier: Apache-2.0 */
/* Products and certificate authorities. */
#include "server/store/store_catalog.h"
#include "server/store/store_internal.h"

enum { CHAIN_MAX = 8 };

static void take_product(struct eg_row *row, void *item)
{
    struct eg_product *p = item;

    p->id = eg_db_int(row->db, 0);
    p->nc12 = eg_db_int(row->db, 1);
    p->name = eg_row_text(row, 2);
    p->family = eg_row_text(row, 3);
    p->created_s = eg_db_int(row->db, 4);
}

eg_status eg_store_product_add(struct eg_store *store, int64_t company_id, int64_t nc12,
                               const char *name, const char *family, int64_t now_s, int64_t *out_id)
{
    struct eg_arg args[] = {eg_arg_int(company_id), eg_arg_int(nc12), eg_arg_text(name),
                            eg_arg_text(family), eg_arg_int(now_s)};

    EG_TRY(eg_store_name_check(name));
    return eg_store_insert(store, EG_SQL_PRODUCT_ADD, args, 5, out_id);
}

eg_status eg_store_product_get(struct eg_store *store, int64_t company_id, int64_t nc12,
                               struct eg_arena *arena, struct eg_product *out)
{
    struct eg_get get = {.sql = EG_SQL_PRODUCT_GET,
                         .args = {eg_arg_int(company_id), eg_arg_int(nc12)},
                         .count = 2,
                         .arena = arena,
                         .fn = take_product,
                         .item = out,
                         .missing = EG_ERR(PRODUCT_UNKNOWN)};

    return eg_store_get(store, &get);
}

eg_status eg_store_product_list(struct eg_store *store, int64_t company_id, struct eg_page page,
                                struct eg_arena *arena, struct eg_product_list *out)
{
    struct eg_arg args[] = {eg_arg_int(company_id), eg_page_limit(page), eg_page_offset(page)};
    struct eg_rows rows = {sizeof *out->items, take_product, eg_page_size(page), NULL, 0, false};

    EG_TRY(eg_store_list(store, EG_SQL_PRODUCT_LIST, args, 3, arena, &rows));
    *out = (struct eg_product_list){rows.items, rows.count, rows.more};
    return EG_OK;
}

/* ---- certificate authorities ------------------------------------------------------------------
 */

static void take_ca(struct eg_row *row, void *item)
{
    struct eg_ca *c = item;

    c->id = eg_db_int(row->db, 0);
    c->kind = (enum eg_ca_kind)eg_db_int(row->db, 1);
    c->name = eg_row_text(row, 2);
    c->algorithm = eg_row_text(row, 3);
    c->issuer_id = eg_db_null(row->db, 4) ? 0 : eg_db_int(row->db, 4);
    c->wrapped = eg_row_bytes(row, 5);
    c->certificate = eg_row_bytes(row, 6);
    c->options = eg_row_text(row, 7);
    c->is_default = eg_db_int(row->db, 8) != 0;
    c->created_s = eg_db_int(row->db, 9);
    c->state = (enum eg_ca_state)eg_db_int(row->db, 10);
    c->csr = eg_db_null(row->db, 11) ? eg_span(NULL, 0) : eg_row_bytes(row, 11);
}

static eg_status get_ca(struct eg_db *db, int64_t company_id, int64_t id, struct eg_arena *arena,
                        struct eg_ca *out)
{
    struct eg_arg args[] = {eg_arg_int(company_id), eg_arg_int(id)};

    return eg_row_get(db, EG_SQL_CA_GET, args, 2, arena, take_ca, out, EG_ERR(CA_UNKNOWN));
}

struct ca_add {
    int64_t company_id;
    const struct eg_ca *ca;
    int64_t now_s;
    int64_t *id;
    bool made;
};

static eg_status issuer_check(struct eg_db *db, int64_t company_id, int64_t issuer_id)
{
    struct eg_arg args[] = {eg_arg_int(company_id), eg_arg_int(issuer_id)};
    int64_t id;

    if (issuer_id == 0) {
        return EG_OK;
    }
    return eg_row_get_int(db, EG_SQL_CA_LOCK, args, 2, EG_ERR(CA_UNKNOWN), &id);
}

static eg_status op_ca_add(struct eg_db *db, void *arg)
{
    struct ca_add *a = arg;
    const struct eg_ca *ca = a->ca;
    struct eg_arg args[] = {eg_arg_int(a->company_id),
                            eg_arg_int(ca->kind),
                            eg_arg_text(ca->name),
                            eg_arg_text(ca->algorithm),
                            eg_arg_int_or_null(ca->issuer_id, 0),
                            eg_arg_bytes(ca->wrapped),
                            eg_arg_bytes(ca->certificate),
                            eg_arg_text(ca->options),
                            eg_arg_int(ca->is_default ? 1 : 0),
                            eg_arg_int(a->now_s),
                            eg_arg_int(ca->state),
                            eg_arg_bytes(ca->csr)};

    EG_TRY(issuer_check(db, a->company_id, ca->issuer_id));
    EG_TRY(eg_row_get_int(db, EG_SQL_CA_ADD, args, 12, EG_ERR(NAME_TAKEN), a->id));
    a->made = true;
    return EG_OK;
}

eg_status eg_store_ca_add(struct eg_store *store, int64_t company_id, const struct eg_ca *ca,
                          int64_t now_s, int64_t *out_id)
{
    struct ca_add a = {company_id, ca, now_s, out_id, false};
    eg_status st;

    EG_TRY(eg_store_name_check(ca->name));
    st = eg_store_write(store, op_ca_add, &a);
    if (!eg_ok(st) && a.made) { /* it was there until the commit failed */
        *out_id = 0;
    }
    return st;
}

eg_status eg_store_ca_get(struct eg_store *store, int64_t company_id, int64_t id,
                          struct eg_arena *arena, struct eg_ca *out)
{
    struct eg_get get = {.sql = EG_SQL_CA_GET,
                         .args = {eg_arg_int(company_id), eg_arg_int(id)},
                         .count = 2,
                         .arena = arena,
                         .fn = take_ca,
                         .item = out,
                         .missing = EG_ERR(CA_UNKNOWN)};

    return eg_store_get(store, &get);
}

eg_status eg_store_ca_default(struct eg_store *store, int64_t company_id, struct eg_arena *arena,
                              struct eg_ca *out)
{
    struct eg_get get = {.sql = EG_SQL_CA_DEFAULT,
                         .args = {eg_arg_int(company_id)},
                         .count = 1,
                         .arena = arena,
                         .fn = take_ca,
                         .item = out,
                         .missing = EG_ERR(CA_UNKNOWN)};

    return eg_store_get(store, &get);
}

eg_status eg_store_ca_list(struct eg_store *store, int64_t company_id, struct eg_page page,
                           struct eg_arena *arena, struct eg_ca_list *out)
{
    struct eg_arg args[] = {eg_arg_int(company_id), eg_page_limit(page), eg_page_offset(page)};
    struct eg_rows rows = {sizeof *out->items, take_ca, eg_page_size(page), NULL, 0, false};

    EG_TRY(eg_store_list(store, EG_SQL_CA_LIST, args, 3, arena, &rows));
    *out = (struct eg_ca_list){rows.items, rows.count, rows.more};
    return EG_OK;
}

struct chain {
    int64_t company_id;
    int64_t id;
    struct eg_arena *arena;
    struct eg_ca_list *out;
};

static eg_status op_chain(struct eg_db *db, void *arg)
{
    struct chain *c = arg;
    int64_t id = c->id;

    c->out->count = 0;
    while (id != 0 && c->out->count < CHAIN_MAX) {
        struct eg_ca *ca = &c->out->items[c->out->count];

        EG_TRY(get_ca(db, c->company_id, id, c->arena, ca));
        c->out->count++;
        id = ca->issuer_id;
    }
    return EG_OK;
}

eg_status eg_store_ca_chain(struct eg_store *store, int64_t company_id, int64_t id,
                            struct eg_arena *arena, struct eg_ca_list *out)
{
    struct chain c = {company_id, id, arena, out};

    *out = (struct eg_ca_list){eg_arena_alloc(arena, CHAIN_MAX * sizeof *out->items), 0, false};
    if (out->items == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    return id == 0 ? EG_ERR(CA_UNKNOWN) : eg_store_read(store, op_chain, &c);
}
