/* SPDX-License-Identifier: Apache-2.0 */
/* Roots of trust: a manifest enters whole or not at all. */
#include <stdlib.h>
#include <string.h>

#include "lib/base/secret.h"
#include "server/store/store_device.h"
#include "server/store/store_internal.h"

struct roots_add {
    int64_t company_id, signer_id;
    const char *family;
    const struct eg_root **sorted; /* by UUID: neighbours fall into the same index pages */
    size_t count;
    int64_t now_s;
    const struct eg_root **known; /* those that exist already */
    size_t known_count;
    struct eg_roots_result *result;
};

static int by_uuid(const void *a, const void *b)
{
    const struct eg_root *const *x = a;
    const struct eg_root *const *y = b;

    return memcmp((*x)->uuid.bytes, (*y)->uuid.bytes, EG_UUID_LEN);
}

static void bind_add(void *ctx, size_t i, struct eg_arg *args)
{
    const struct roots_add *a = ctx;
    const struct eg_root *r = a->sorted[i];

    args[0] = eg_arg_bytes(EG_SPAN_OF(r->uuid.bytes));
    args[1] = eg_arg_int(a->company_id);
    args[2] = eg_arg_int(a->result->manifest_id);
    args[3] = eg_arg_text(a->family);
    args[4] = eg_arg_int(a->now_s);
    args[5] = eg_arg_bytes(r->wrapped);
    args[6] = eg_arg_bytes(EG_SPAN_OF(r->tag));
    args[7] = eg_arg_bytes(EG_SPAN_OF(r->connection));
    args[8] = eg_arg_bytes(EG_SPAN_OF(r->attestation));
}

static eg_status done_add(void *ctx, size_t i, uint64_t changes)
{
    struct roots_add *a = ctx;

    if (changes == 0) {
        a->known[a->known_count++] = a->sorted[i];
    }
    return EG_OK;
}

static void bind_known(void *ctx, size_t i, struct eg_arg *args)
{
    const struct roots_add *a = ctx;

    args[0] = eg_arg_bytes(EG_SPAN_OF(a->known[i]->uuid.bytes));
}

/* Columns root_tag, family, company_id. */
static eg_status row_known(void *ctx, size_t i, struct eg_db *db)
{
    struct roots_add *a = ctx;
    const struct eg_root *r = a->known[i];
    struct eg_span tag = eg_db_bytes(db, 0);

    if (tag.len == EG_ROOT_TAG_LEN && eg_ct_equal(tag.ptr, r->tag, EG_ROOT_TAG_LEN) &&
        eg_span_equal(eg_db_bytes(db, 1), eg_span_str(a->family)) &&
        eg_db_int(db, 2) == a->company_id) {
        return EG_OK;
    }
    a->result->conflict = r->uuid;
    return EG_ERR(ROOT_CONFLICT);
}

static eg_status add_devices(struct eg_db *db, struct roots_add *a)
{
    struct eg_db_many add = {.sql = EG_SQL_ROOT_ADD,
                             .count = a->count,
                             .arg_count = 9,
                             .bind = bind_add,
                             .done = done_add,
                             .ctx = a};
    struct eg_db_many check = {
        .sql = EG_SQL_ROOT_GET, .arg_count = 1, .bind = bind_known, .row = row_known, .ctx = a};

    a->known_count = 0;
    EG_TRY(eg_db_many(db, &add));
    check.count = a->known_count;
    return eg_db_many(db, &check);
}

static eg_status op_roots_add(struct eg_db *db, void *arg)
{
    struct roots_add *a = arg;
    struct eg_arg manifest[] = {eg_arg_int(a->company_id), eg_arg_int(a->signer_id),
                                eg_arg_text(a->family), eg_arg_int((int64_t)a->count),
                                eg_arg_int(a->now_s)};

    EG_TRY(eg_row_get_int(db, EG_SQL_MANIFEST_ADD, manifest, 5, EG_ERR(STORE_FAILED),
                          &a->result->manifest_id));
    EG_TRY(add_devices(db, a));
    a->result->known = (uint32_t)a->known_count;
    a->result->added = (uint32_t)(a->count - a->known_count);

    struct eg_arg added[] = {eg_arg_int(a->result->manifest_id), eg_arg_int(a->result->added)};
    return eg_db_run(db, EG_SQL_MANIFEST_ADDED, added, 2, NULL);
}

eg_status eg_store_roots_add(struct eg_store *store, int64_t company_id, int64_t signer_id,
                             const char *family, const struct eg_root *roots, size_t count,
                             int64_t now_s, struct eg_roots_result *out)
{
    struct roots_add a = {.company_id = company_id,
                          .signer_id = signer_id,
                          .family = family,
                          .count = count,
                          .now_s = now_s,
                          .result = out};
    const struct eg_root **room;
    eg_status st;

    memset(out, 0, sizeof *out);
    if (count > EG_MANIFEST_MAX) {
        return EG_ERR(SET_TOO_LARGE);
    }
    room = malloc((2 * count + 1) * sizeof *room);
    if (room == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    for (size_t i = 0; i < count; i++) {
        room[i] = &roots[i];
    }
    qsort(room, count, sizeof *room, by_uuid);
    a.sorted = room;
    a.known = room + count;
    st = eg_store_write(store, op_roots_add, &a);
    if (!eg_ok(st)) {
        *out = (struct eg_roots_result){.conflict = out->conflict};
    }
    free(room);
    return st;
}
