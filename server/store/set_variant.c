/* SPDX-License-Identifier: Apache-2.0 */
/* Variants of a set: the same object versions in another form, as a set of its own. */
#include "server/store/set_variant.h"

#include <string.h>

/* Items of the set, then one byte that says which variant: no other set has these bytes. */
static eg_status packed_items(struct eg_db *db, int64_t base_id, enum eg_set_variant variant,
                              uint8_t room[static EG_SET_ITEMS_MAX], size_t *out_len)
{
    struct eg_arg set = eg_arg_int(base_id);
    struct eg_span items;
    bool row;

    EG_TRY(eg_db_query(db, EG_SQL_SET_ITEMS, &set, 1));
    EG_TRY(eg_db_step(db, &row));
    if (!row) {
        return EG_ERR(STORE_NOT_FOUND);
    }
    items = eg_db_bytes(db, 0);
    if (items.len + 1 > EG_SET_ITEMS_MAX || items.len % EG_SET_ITEM_LEN != 0) {
        eg_db_reset(db);
        return EG_ERR(STORE_FAILED);
    }
    memcpy(room, items.ptr, items.len);
    room[items.len] = (uint8_t)variant;
    *out_len = items.len + 1;
    eg_db_reset(db);
    return EG_OK;
}

eg_status eg_set_variant_of(struct eg_db *db, int64_t base_id, enum eg_set_variant variant,
                            int64_t *out)
{
    struct eg_arg key[] = {eg_arg_int(base_id), eg_arg_int(variant), eg_arg_int(0)};
    uint8_t room[EG_SET_ITEMS_MAX];
    size_t len = 0;
    eg_status st;

    if (variant == EG_SET_PROXY || base_id == 0) {
        *out = base_id;
        return EG_OK;
    }
    st = eg_row_get_int(db, EG_SQL_VARIANT_FIND, key, 2, EG_ERR(STORE_NOT_FOUND), out);
    if (!eg_is(st, EG_E_STORE_NOT_FOUND)) {
        return st;
    }
    EG_TRY(packed_items(db, base_id, variant, room, &len));
    struct eg_arg packed = eg_arg_bytes(eg_span(room, len));

    EG_TRY(eg_db_run(db, EG_SQL_SET_ADD, &packed, 1, NULL));
    EG_TRY(eg_row_get_int(db, EG_SQL_SET_FIND, &packed, 1, EG_ERR(STORE_FAILED), out));
    key[2] = eg_arg_int(*out);
    return eg_db_run(db, EG_SQL_VARIANT_ADD, key, 3, NULL);
}

static void take_origin(struct eg_row *row, void *item)
{
    struct eg_set_origin *o = item;

    o->base_id = eg_db_int(row->db, 0);
    o->variant = (enum eg_set_variant)eg_db_int(row->db, 1);
}

eg_status eg_set_origin_of(struct eg_db *db, int64_t set_id, struct eg_set_origin *out)
{
    struct eg_arg set = eg_arg_int(set_id);
    eg_status st =
        eg_row_get(db, EG_SQL_VARIANT_OF, &set, 1, NULL, take_origin, out, EG_ERR(STORE_NOT_FOUND));

    if (eg_is(st, EG_E_STORE_NOT_FOUND)) {
        *out = (struct eg_set_origin){set_id, EG_SET_PROXY};
        return EG_OK;
    }
    return st;
}

struct origin {
    int64_t set_id;
    struct eg_set_origin *out;
};

static eg_status op_origin(struct eg_db *db, void *arg)
{
    struct origin *o = arg;

    return eg_set_origin_of(db, o->set_id, o->out);
}

eg_status eg_store_set_origin(struct eg_store *store, int64_t set_id, struct eg_set_origin *out)
{
    struct origin o = {set_id, out};

    return eg_store_read(store, op_origin, &o);
}
