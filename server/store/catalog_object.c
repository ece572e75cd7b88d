/* SPDX-License-Identifier: Apache-2.0 */
/* Secure objects, their assignment to groups, and interned sets of them. */
#include "server/store/catalog_internal.h"

enum { SET_ITEM_LEN = 12 }; /* be64 row id, be32 version */

static void take_object(struct eg_row *row, void *item)
{
    struct eg_stored_object *o = item;

    o->id = eg_db_int(row->db, 0);
    o->version = eg_db_int(row->db, 1);
    o->name = eg_row_text(row, 2);
    o->type = eg_row_text(row, 3);
    o->object_id = (uint32_t)eg_db_int(row->db, 4);
    o->definition = eg_row_text(row, 5);
    o->wrapped = eg_row_bytes(row, 6);
    o->key_pair_id = eg_db_null(row->db, 7) ? 0 : eg_db_int(row->db, 7);
    o->ca_id = eg_db_null(row->db, 8) ? 0 : eg_db_int(row->db, 8);
    o->created_s = eg_db_int(row->db, 9);
}

/* EG_OK for "none" (0) and for what belongs to the company. */
static eg_status reference_check(struct eg_db *db, enum eg_sql sql, int64_t company_id, int64_t id,
                                 eg_status missing)
{
    struct eg_arg args[] = {eg_arg_int(company_id), eg_arg_int(id)};
    int64_t found;

    return id == 0 ? EG_OK : eg_row_get_int(db, sql, args, 2, missing, &found);
}

/* Locks the object's row, so that it cannot be deleted by another node meanwhile. */
static eg_status lock_object(struct eg_db *db, int64_t company_id, int64_t id)
{
    struct eg_arg args[] = {eg_arg_int(company_id), eg_arg_int(id)};
    uint64_t changes;

    EG_TRY(eg_db_run(db, EG_SQL_OBJECT_TOUCH, args, 2, &changes));
    return changes == 1 ? EG_OK : EG_ERR(OBJECT_UNKNOWN);
}

struct object_add {
    int64_t company_id;
    const struct eg_stored_object *object;
    int64_t now_s;
    int64_t *id;
};

static eg_status op_object_add(struct eg_db *db, void *arg)
{
    struct object_add *a = arg;
    const struct eg_stored_object *o = a->object;
    struct eg_arg args[] = {eg_arg_int(a->company_id),
                            eg_arg_text(o->name),
                            eg_arg_text(o->type),
                            eg_arg_int(o->object_id),
                            eg_arg_text(o->definition),
                            eg_arg_bytes(o->wrapped),
                            eg_arg_int_or_null(o->key_pair_id, 0),
                            eg_arg_int_or_null(o->ca_id, 0),
                            eg_arg_int(a->now_s)};

    if (o->key_pair_id != 0) {
        EG_TRY(lock_object(db, a->company_id, o->key_pair_id));
    }
    EG_TRY(reference_check(db, EG_SQL_CA_LOCK, a->company_id, o->ca_id, EG_ERR(CA_UNKNOWN)));
    return eg_row_get_int(db, EG_SQL_OBJECT_ADD, args, 9, EG_ERR(NAME_TAKEN), a->id);
}

eg_status eg_store_object_add(struct eg_store *store, int64_t company_id,
                              const struct eg_stored_object *object, int64_t now_s, int64_t *out_id)
{
    struct object_add a = {company_id, object, now_s, out_id};
    eg_status st;

    *out_id = 0;
    EG_TRY(eg_store_name_check(object->name));
    st = eg_store_write(store, op_object_add, &a);
    if (!eg_ok(st)) {
        *out_id = 0;
    }
    return st;
}

eg_status eg_store_object_get(struct eg_store *store, int64_t company_id, int64_t id,
                              struct eg_arena *arena, struct eg_stored_object *out)
{
    struct eg_get get = {.sql = EG_SQL_OBJECT_GET,
                         .args = {eg_arg_int(company_id), eg_arg_int(id)},
                         .count = 2,
                         .arena = arena,
                         .fn = take_object,
                         .item = out,
                         .missing = EG_ERR(OBJECT_UNKNOWN)};

    return eg_store_get(store, &get);
}

eg_status eg_store_object_list(struct eg_store *store, int64_t company_id,
                               const struct eg_object_filter *filter, struct eg_page page,
                               struct eg_arena *arena, struct eg_stored_object_list *out)
{
    struct eg_arg args[] = {eg_arg_int(company_id),      eg_page_limit(page),
                            eg_page_offset(page),        eg_arg_text(filter->type),
                            eg_arg_text(filter->name),   eg_arg_int(filter->object_id),
                            eg_arg_int(filter->group_id)};
    struct eg_rows rows = {sizeof *out->items, take_object, eg_page_size(page), NULL, 0, false};

    EG_TRY(eg_store_list(store, EG_SQL_OBJECT_LIST, args, 7, arena, &rows));
    *out = (struct eg_stored_object_list){rows.items, rows.count, rows.more};
    return EG_OK;
}

struct object_delete {
    int64_t company_id, id;
};

static eg_status op_object_delete(struct eg_db *db, void *arg)
{
    struct object_delete *d = arg;
    struct eg_arg id = eg_arg_int(d->id);
    int64_t used;

    EG_TRY(lock_object(db, d->company_id, d->id));
    EG_TRY(eg_row_get_int(db, EG_SQL_OBJECT_USED, &id, 1, EG_ERR(STORE_FAILED), &used));
    if (used != 0) {
        return EG_ERR(IN_USE);
    }
    EG_TRY(eg_db_run(db, EG_SQL_OBJECT_FORGET, &id, 1, NULL));
    return eg_db_run(db, EG_SQL_OBJECT_DELETE, &id, 1, NULL);
}

eg_status eg_store_object_delete(struct eg_store *store, int64_t company_id, int64_t id)
{
    struct object_delete d = {company_id, id};

    return eg_store_write(store, op_object_delete, &d);
}

/* ---- assignment and sets ----------------------------------------------------------------------
 */

struct set_item {
    int64_t id;
    uint32_t version;
    uint32_t object_id;
};

static void take_set_item(struct eg_row *row, void *item)
{
    struct set_item *s = item;

    s->id = eg_db_int(row->db, 0);
    s->version = (uint32_t)eg_db_int(row->db, 1);
    s->object_id = (uint32_t)eg_db_int(row->db, 2);
}

static eg_status ids_check(const struct set_item *items, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t k = i + 1; k < count; k++) {
            if (items[i].object_id == items[k].object_id) {
                return EG_ERR(OBJECT_ASSIGNED_TWICE);
            }
        }
    }
    return EG_OK;
}

/* Row of the set with exactly these items; an empty set is 0 and has no row. */
static eg_status intern_set(struct eg_db *db, const struct set_item *items, size_t count,
                            int64_t *out)
{
    uint8_t room[EG_SET_OBJECTS_MAX * SET_ITEM_LEN];
    struct eg_writer w;
    struct eg_arg packed;

    *out = 0;
    if (count == 0) {
        return EG_OK;
    }
    eg_writer_init(&w, room, sizeof room);
    for (size_t i = 0; i < count; i++) {
        eg_writer_be64(&w, (uint64_t)items[i].id);
        eg_writer_be32(&w, items[i].version);
    }
    EG_TRY(w.status);
    packed = eg_arg_bytes(eg_writer_span(&w));
    EG_TRY(eg_db_run(db, EG_SQL_SET_ADD, &packed, 1, NULL));
    return eg_row_get_int(db, EG_SQL_SET_FIND, &packed, 1, EG_ERR(STORE_FAILED), out);
}

/* Find the set that the group's assignments make up now and note it in the group. */
eg_status eg_set_refresh(struct eg_db *db, int64_t group_id, int64_t *out_set)
{
    struct eg_arg group = eg_arg_int(group_id);
    struct eg_rows rows = {
        sizeof(struct set_item), take_set_item, EG_SET_OBJECTS_MAX, NULL, 0, false};
    struct eg_arena arena;
    int64_t set_id = 0;
    eg_status st;

    eg_arena_init(&arena, (size_t)64 * 1024);
    st = eg_rows_get(db, EG_SQL_ASSIGN_LIST, &group, 1, &arena, &rows);
    if (eg_ok(st) && rows.more) {
        st = EG_ERR(SET_TOO_LARGE);
    }
    if (eg_ok(st)) {
        st = ids_check(rows.items, rows.count);
    }
    if (eg_ok(st)) {
        st = intern_set(db, rows.items, rows.count, &set_id);
    }
    eg_arena_cleanup(&arena);
    EG_TRY(st);

    struct eg_arg args[] = {group, eg_arg_int(set_id)};
    *out_set = set_id;
    return eg_db_run(db, EG_SQL_GROUP_SET, args, 2, NULL);
}

struct assign {
    int64_t company_id;
    const struct eg_group_guard *guard;
    const int64_t *ids;
    size_t count;
    int64_t set_id;
};

static eg_status op_assign(struct eg_db *db, void *arg)
{
    struct assign *a = arg;

    EG_TRY(eg_group_hold(db, a->company_id, a->guard, NULL));
    for (size_t i = 0; i < a->count; i++) {
        struct eg_arg both[] = {eg_arg_int(a->guard->group_id), eg_arg_int(a->ids[i])};

        EG_TRY(lock_object(db, a->company_id, a->ids[i]));
        EG_TRY(eg_db_run(db, EG_SQL_ASSIGN_ADD, both, 2, NULL));
    }
    return eg_set_refresh(db, a->guard->group_id, &a->set_id);
}

eg_status eg_store_assign_all(struct eg_store *store, int64_t company_id,
                              const struct eg_group_guard *guard, const int64_t *ids, size_t count,
                              int64_t *out_set)
{
    struct assign a = {company_id, guard, ids, count, 0};

    EG_TRY(eg_store_write(store, op_assign, &a));
    if (out_set != NULL) {
        *out_set = a.set_id;
    }
    return EG_OK;
}

eg_status eg_store_assign(struct eg_store *store, int64_t company_id,
                          const struct eg_group_guard *guard, int64_t object_id, int64_t *out_set)
{
    return eg_store_assign_all(store, company_id, guard, &object_id, 1, out_set);
}

struct unassign {
    int64_t company_id;
    const struct eg_leave *leave;
};

static eg_status leave_group(struct eg_db *db, const struct eg_leave *l, int64_t group_id)
{
    int64_t set_id;

    for (size_t i = 0; i < l->object_count; i++) {
        struct eg_arg both[] = {eg_arg_int(group_id), eg_arg_int(l->objects[i])};

        EG_TRY(eg_db_run(db, EG_SQL_ASSIGN_REMOVE, both, 2, NULL));
    }
    return eg_set_refresh(db, group_id, &set_id);
}

static eg_status op_unassign(struct eg_db *db, void *arg)
{
    const struct unassign *u = arg;
    const struct eg_leave *l = u->leave;

    for (size_t i = 0; i < l->guard_count; i++) {
        EG_TRY(eg_group_hold(db, u->company_id, &l->guards[i], NULL));
    }
    for (size_t i = 0; i < l->object_count; i++) {
        EG_TRY(lock_object(db, u->company_id, l->objects[i]));
    }
    for (size_t i = 0; i < l->guard_count; i++) {
        EG_TRY(leave_group(db, l, l->guards[i].group_id));
    }
    return EG_OK;
}

eg_status eg_store_unassign(struct eg_store *store, int64_t company_id,
                            const struct eg_leave *leave)
{
    struct unassign u = {company_id, leave};

    return eg_store_write(store, op_unassign, &u);
}

struct object_query {
    int64_t company_id, id; /* group or set */
    struct eg_arena *arena;
    struct eg_stored_object_list *out;
};

static eg_status op_group_objects(struct eg_db *db, void *arg)
{
    struct object_query *q = arg;
    struct eg_arg args[] = {eg_arg_int(q->id), eg_arg_int(EG_SET_OBJECTS_MAX)};
    struct eg_rows rows = {sizeof *q->out->items, take_object, EG_SET_OBJECTS_MAX, NULL, 0, false};

    EG_TRY(reference_check(db, EG_SQL_GROUP_GET, q->company_id, q->id, EG_ERR(GROUP_UNKNOWN)));
    EG_TRY(eg_rows_get(db, EG_SQL_GROUP_OBJECTS, args, 2, q->arena, &rows));
    *q->out = (struct eg_stored_object_list){rows.items, rows.count, false};
    return EG_OK;
}

eg_status eg_store_group_objects(struct eg_store *store, int64_t company_id, int64_t group_id,
                                 struct eg_arena *arena, struct eg_stored_object_list *out)
{
    struct object_query q = {company_id, group_id, arena, out};

    return group_id == 0 ? EG_ERR(GROUP_UNKNOWN) : eg_store_read(store, op_group_objects, &q);
}

static void take_items(struct eg_row *row, void *item)
{
    struct eg_span *out = item;

    *out = eg_row_bytes(row, 0);
}

static void take_version(struct eg_row *row, void *item)
{
    struct eg_stored_object *o = item;

    o->definition = eg_row_text(row, 0);
    o->wrapped = eg_row_bytes(row, 1);
}

/* What the object was in that version. */
static eg_status go_back_to(struct eg_db *db, uint32_t version, struct eg_arena *arena,
                            struct eg_stored_object *o)
{
    struct eg_arg args[] = {eg_arg_int(o->id), eg_arg_int(version)};

    if (o->version == version) {
        return EG_OK;
    }
    o->version = version;
    return eg_row_get(db, EG_SQL_OBJECT_VERSION, args, 2, arena, take_version, o,
                      EG_ERR(OBJECT_UNKNOWN));
}

static eg_status op_set_objects(struct eg_db *db, void *arg)
{
    struct object_query *q = arg;
    struct eg_arg set = eg_arg_int(q->id);
    struct eg_span items = {NULL, 0};
    struct eg_reader r;

    EG_TRY(eg_row_get(db, EG_SQL_SET_ITEMS, &set, 1, q->arena, take_items, &items,
                      EG_ERR(OBJECT_UNKNOWN)));
    eg_reader_init(&r, items);
    q->out->count = 0;
    while (r.rest.len > 1 && q->out->count < EG_SET_OBJECTS_MAX) {
        struct eg_arg id = eg_arg_int((int64_t)eg_reader_be64(&r));
        struct eg_stored_object *o = &q->out->items[q->out->count++];
        uint32_t version = eg_reader_be32(&r);

        EG_TRY(eg_row_get(db, EG_SQL_OBJECT_BY_ID, &id, 1, q->arena, take_object, o,
                          EG_ERR(OBJECT_UNKNOWN)));
        EG_TRY(go_back_to(db, version, q->arena, o));
    }
    if (r.rest.len == 1) {
        (void)eg_reader_u8(&r); /* the variant: set_variant.c */
    }
    return eg_reader_finish(&r);
}

eg_status eg_store_set_objects(struct eg_store *store, int64_t set_id, struct eg_arena *arena,
                               struct eg_stored_object_list *out)
{
    struct object_query q = {0, set_id, arena, out};

    *out = (struct eg_stored_object_list){
        eg_arena_alloc(arena, EG_SET_OBJECTS_MAX * sizeof *out->items), 0, false};
    if (out->items == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    return set_id == 0 ? EG_OK : eg_store_read(store, op_set_objects, &q);
}
