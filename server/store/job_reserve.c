/* SPDX-License-Identifier: Apache-2.0 */
/* Reserve: devices enter a group, quota moves, a job says what to make. One transaction. */
#include <stdlib.h>
#include <string.h>

#include "server/store/catalog_internal.h"
#include "server/store/job_internal.h"
#include "server/store/set_variant.h"

/* One device of the request as the steps learn about it. */
struct candidate {
    struct eg_uuid uuid;
    int64_t id;    /* 0: no such device */
    int64_t group; /* it is in; 0: none */
    int64_t state;
    bool family_fits;
    bool claimed;      /* entered the group just now */
    bool new_member;   /* had never been in the group: costs quota */
    int64_t row_state; /* of what was made for the current set already; 0: nothing */
};

struct reserve {
    const struct eg_reserve *in;
    struct eg_arena *arena;
    struct eg_job *out;
    struct eg_refusal *refusal;
    const char *family; /* of the group's product */
    struct candidate *all;
    size_t count;
    struct candidate **some; /* those that the current step is about */
    size_t some_count;
    int64_t set_id;
    uint8_t packed[EG_JOB_DEVICES_MAX * EG_JOB_ID_LEN];
};

static int by_uuid(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;

    return memcmp(x->uuid.bytes, y->uuid.bytes, EG_UUID_LEN);
}

/* All nodes lock rows in this order, so that none waits for the other in a circle. */
static int by_id(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;

    return x->id < y->id ? -1 : x->id > y->id;
}

static void sort_and_dedup(struct reserve *r)
{
    size_t kept = 0;

    qsort(r->all, r->count, sizeof *r->all, by_uuid);
    for (size_t i = 0; i < r->count; i++) {
        if (kept == 0 || by_uuid(&r->all[i], &r->all[kept - 1]) != 0) {
            r->all[kept++] = r->all[i];
        }
    }
    r->count = kept;
}

/* Choose for the next step. */
static void select_some(struct reserve *r, bool (*wanted)(const struct candidate *c))
{
    r->some_count = 0;
    for (size_t i = 0; i < r->count; i++) {
        if (wanted(&r->all[i])) {
            r->some[r->some_count++] = &r->all[i];
        }
    }
}

/* ---- look up ----------------------------------------------------------------------------------
 */

static void bind_find(void *ctx, size_t i, struct eg_arg *args)
{
    const struct reserve *r = ctx;

    args[0] = eg_arg_bytes(EG_SPAN_OF(r->all[i].uuid.bytes));
    args[1] = eg_arg_int(r->in->company_id);
}

/* Columns id, group_id, family, state. */
static eg_status row_find(void *ctx, size_t i, struct eg_db *db)
{
    struct reserve *r = ctx;
    struct candidate *c = &r->all[i];

    c->id = eg_db_int(db, 0);
    c->group = eg_db_null(db, 1) ? 0 : eg_db_int(db, 1);
    c->family_fits = eg_span_equal(eg_db_bytes(db, 2), eg_span_str(r->family));
    c->state = eg_db_int(db, 3);
    return EG_OK;
}

static eg_status refusal_room(struct reserve *r)
{
    struct eg_refusal *f = r->refusal;

    f->not_found = eg_arena_alloc(r->arena, r->count * sizeof *f->not_found);
    f->other_group = eg_arena_alloc(r->arena, r->count * sizeof *f->other_group);
    f->other_family = eg_arena_alloc(r->arena, r->count * sizeof *f->other_family);
    return f->not_found != NULL && f->other_group != NULL && f->other_family != NULL
               ? EG_OK
               : EG_ERR(NO_MEMORY);
}

/* Sort out what may not be reserved; EG_OK when nothing stands against it. */
static eg_status judge(struct reserve *r)
{
    struct eg_refusal *f = r->refusal;

    EG_TRY(refusal_room(r));
    for (size_t i = 0; i < r->count; i++) {
        const struct candidate *c = &r->all[i];

        if (c->id == 0) {
            f->not_found[f->not_found_count++] = c->uuid;
        } else if (c->group != 0 && c->group != r->in->group_id) {
            f->other_group[f->other_group_count++] = (struct eg_foreign_device){c->uuid, c->group};
        } else if (!c->family_fits) {
            f->other_family[f->other_family_count++] = c->uuid;
        }
    }
    if (f->not_found_count + f->other_group_count > 0) {
        return EG_ERR(DEVICES_NOT_ASSIGNABLE);
    }
    return f->other_family_count > 0 ? EG_ERR(FAMILY_MISMATCH) : EG_OK;
}

static eg_status find_devices(struct eg_db *db, struct reserve *r)
{
    struct eg_db_many find = {.sql = EG_SQL_DEVICE_BY_UUID,
                              .count = r->count,
                              .arg_count = 2,
                              .bind = bind_find,
                              .row = row_find,
                              .ctx = r};

    EG_TRY(eg_db_many(db, &find));
    EG_TRY(judge(r));
    qsort(r->all, r->count, sizeof *r->all, by_id);
    return EG_OK;
}

/* ---- enter the group --------------------------------------------------------------------------
 */

static bool is_free(const struct candidate *c)
{
    return c->group == 0;
}

static void bind_claim(void *ctx, size_t i, struct eg_arg *args)
{
    const struct reserve *r = ctx;

    args[0] = eg_arg_int(r->some[i]->id);
    args[1] = eg_arg_int(r->in->group_id);
    args[2] = eg_arg_int(EG_DEVICE_ASSIGNED);
}

static eg_status done_claim(void *ctx, size_t i, uint64_t changes)
{
    struct reserve *r = ctx;

    if (changes != 1) { /* another node took it since we looked: look again */
        return EG_ERR(STORE_MOVED);
    }
    r->some[i]->claimed = true;
    r->some[i]->state = EG_DEVICE_ASSIGNED;
    return EG_OK;
}

static void bind_member(void *ctx, size_t i, struct eg_arg *args)
{
    const struct reserve *r = ctx;

    args[0] = eg_arg_int(r->in->group_id);
    args[1] = eg_arg_int(r->some[i]->id);
    args[2] = eg_arg_int(r->in->now_s);
    args[3] = eg_arg_int(r->in->actor);
}

static eg_status done_member(void *ctx, size_t i, uint64_t changes)
{
    struct reserve *r = ctx;

    r->some[i]->new_member = changes == 1;
    return EG_OK;
}

/* The first time is told by the member's row. */
static bool came_back(const struct candidate *c)
{
    return c->claimed && !c->new_member;
}

static void bind_event(void *ctx, size_t i, struct eg_arg *args)
{
    const struct reserve *r = ctx;

    args[0] = eg_arg_int(r->some[i]->id);
    args[1] = eg_arg_int(r->in->now_s);
    args[2] = eg_arg_int(EG_EVENT_ASSIGNED);
    args[3] = eg_arg_int(r->in->group_id);
    args[4] = eg_arg_int(r->in->actor);
    args[5] = eg_arg_text("");
}

static eg_status enter_group(struct eg_db *db, struct reserve *r)
{
    struct eg_db_many claim = {.sql = EG_SQL_DEVICE_CLAIM,
                               .arg_count = 3,
                               .bind = bind_claim,
                               .done = done_claim,
                               .ctx = r};
    struct eg_db_many member = {.sql = EG_SQL_MEMBER_ADD,
                                .arg_count = 4,
                                .bind = bind_member,
                                .done = done_member,
                                .ctx = r};
    struct eg_db_many event = {
        .sql = EG_SQL_EVENT_ADD, .arg_count = 6, .bind = bind_event, .ctx = r};

    select_some(r, is_free);
    claim.count = member.count = r->some_count;
    EG_TRY(eg_db_many(db, &claim));
    EG_TRY(eg_db_many(db, &member));
    select_some(r, came_back);
    event.count = r->some_count;
    return eg_db_many(db, &event);
}

/* Moves the counter by conditional update. */
static eg_status take_quota(struct eg_db *db, struct reserve *r)
{
    int64_t need = 0;
    uint64_t changes;

    for (size_t i = 0; i < r->count; i++) {
        need += r->all[i].new_member ? 1 : 0;
    }
    struct eg_arg args[] = {eg_arg_int(r->in->group_id), eg_arg_int(need)};
    EG_TRY(need == 0 ? EG_OK : eg_db_run(db, EG_SQL_QUOTA_TAKE, args, 2, &changes));
    return need == 0 || changes == 1 ? EG_OK : EG_ERR(QUOTA_SPENT);
}

/* ---- what is there already --------------------------------------------------------------------
 */

static bool may_have_row(const struct candidate *c)
{
    return !c->new_member;
}

static void bind_row(void *ctx, size_t i, struct eg_arg *args)
{
    const struct reserve *r = ctx;

    args[0] = eg_arg_int(r->some[i]->id);
    args[1] = eg_arg_int(r->in->group_id);
    args[2] = eg_arg_int(r->set_id);
}

static eg_status row_row(void *ctx, size_t i, struct eg_db *db)
{
    struct reserve *r = ctx;

    r->some[i]->row_state = eg_db_int(db, 0);
    return EG_OK;
}

/* What failed on the line is ready to be tried again. */
static bool failed_on_line(const struct candidate *c)
{
    return c->row_state == EG_DEVICE_PROVISIONING_FAILED;
}

static int64_t wanted_state(const struct candidate *c)
{
    if (failed_on_line(c)) {
        return EG_DEVICE_GENERATED;
    }
    return c->row_state != 0 ? c->row_state : EG_DEVICE_ASSIGNED;
}

static bool state_differs(const struct candidate *c)
{
    return c->state != wanted_state(c);
}

static void bind_state(void *ctx, size_t i, struct eg_arg *args)
{
    const struct reserve *r = ctx;

    args[0] = eg_arg_int(r->some[i]->id);
    args[1] = eg_arg_int(wanted_state(r->some[i]));
}

static void bind_again(void *ctx, size_t i, struct eg_arg *args)
{
    bind_row(ctx, i, args);
    args[3] = eg_arg_int(EG_DEVICE_GENERATED);
}

static eg_status find_rows(struct eg_db *db, struct reserve *r)
{
    struct eg_db_many rows = {.sql = EG_SQL_PROVISIONING_STATE,
                              .arg_count = 3,
                              .bind = bind_row,
                              .row = row_row,
                              .ctx = r};
    struct eg_db_many states = {
        .sql = EG_SQL_DEVICE_STATE, .arg_count = 2, .bind = bind_state, .ctx = r};
    struct eg_db_many again = {
        .sql = EG_SQL_PROVISIONING_OUTCOME, .arg_count = 4, .bind = bind_again, .ctx = r};

    select_some(r, may_have_row);
    rows.count = r->some_count;
    EG_TRY(eg_db_many(db, &rows));
    select_some(r, failed_on_line);
    again.count = r->some_count;
    EG_TRY(eg_db_many(db, &again));
    select_some(r, state_differs);
    states.count = r->some_count;
    return eg_db_many(db, &states);
}

/* ---- the job ----------------------------------------------------------------------------------
 */

/* Those to be made first, then the others. Returns how many are to be made. */
static size_t pack_devices(struct reserve *r)
{
    struct eg_writer w;
    size_t todo = 0;

    eg_writer_init(&w, r->packed, sizeof r->packed);
    for (size_t i = 0; i < r->count; i++) {
        if (r->all[i].row_state == 0 && r->set_id != 0) {
            eg_writer_be64(&w, (uint64_t)r->all[i].id);
            todo++;
        }
    }
    for (size_t i = 0; i < r->count; i++) {
        if (r->all[i].row_state != 0 || r->set_id == 0) {
            eg_writer_be64(&w, (uint64_t)r->all[i].id);
        }
    }
    return todo;
}

static enum eg_job_state first_state(const struct reserve *r, size_t todo)
{
    if (r->set_id == 0) {
        return EG_JOB_EMPTY;
    }
    return todo == 0 ? EG_JOB_SUCCEEDED : EG_JOB_PROCESSING;
}

static eg_status add_job(struct eg_db *db, struct reserve *r)
{
    const struct eg_reserve *in = r->in;
    struct eg_job *job = r->out;
    size_t todo = pack_devices(r);

    *job = (struct eg_job){.company_id = in->company_id,
                           .group_id = in->group_id,
                           .set_id = r->set_id,
                           .state = first_state(r, todo),
                           .total = (uint32_t)r->count,
                           .todo = (uint32_t)todo,
                           .lease_until_s = in->now_s + in->lease_s,
                           .node = in->node,
                           .created_s = in->now_s};
    memcpy(job->uuid, in->job_uuid, EG_JOB_UUID_LEN);

    struct eg_arg args[] = {
        eg_arg_text(in->job_uuid), eg_arg_int(in->company_id),
        eg_arg_int(in->group_id),  eg_arg_int(r->set_id),
        eg_arg_int(job->state),    eg_arg_int(job->total),
        eg_arg_int(job->todo),     eg_arg_bytes(eg_span(r->packed, r->count * EG_JOB_ID_LEN)),
        eg_arg_text(in->node),     eg_arg_int(job->lease_until_s),
        eg_arg_int(in->now_s)};
    return eg_row_get_int(db, EG_SQL_JOB_ADD, args, 11, EG_ERR(NAME_TAKEN), &job->id);
}

static void take_family(struct eg_row *row, void *item)
{
    const char **out = item;

    *out = eg_row_text(row, 3);
}

static eg_status op_reserve(struct eg_db *db, void *arg)
{
    struct reserve *r = arg;
    struct eg_arg group[] = {eg_arg_int(r->in->company_id), eg_arg_int(r->in->group_id)};
    const struct eg_group_guard guard = {.group_id = r->in->group_id, .seen = r->in->seen};
    struct eg_group now;

    EG_TRY(eg_row_get(db, EG_SQL_GROUP_GET, group, 2, r->arena, take_family, &r->family,
                      EG_ERR(GROUP_UNKNOWN)));
    /* nothing about the group, its set above all, can change under the job from here on */
    EG_TRY(eg_group_hold(db, r->in->company_id, &guard, &now));
    EG_TRY(eg_set_variant_of(db, r->in->base_set != 0 ? r->in->base_set : now.set_id,
                             r->in->variant, &r->set_id));
    EG_TRY(find_devices(db, r));
    EG_TRY(enter_group(db, r));
    EG_TRY(take_quota(db, r));
    EG_TRY(find_rows(db, r));
    return add_job(db, r);
}

eg_status eg_store_job_reserve(struct eg_store *store, const struct eg_reserve *in,
                               struct eg_arena *arena, struct eg_job *out,
                               struct eg_refusal *refusal)
{
    struct reserve *r = eg_arena_alloc(arena, sizeof *r);

    memset(out, 0, sizeof *out);
    memset(refusal, 0, sizeof *refusal);
    if (in->count == 0 || in->count > EG_JOB_DEVICES_MAX) {
        return EG_ERR(TOO_MANY_DEVICES);
    }
    if (strlen(in->job_uuid) != EG_JOB_UUID_LEN || strlen(in->node) > EG_NODE_LEN_MAX ||
        r == NULL) {
        return r == NULL ? EG_ERR(NO_MEMORY) : EG_ERR(INTERNAL);
    }
    *r = (struct reserve){.in = in, .arena = arena, .out = out, .refusal = refusal};
    r->count = in->count;
    r->all = eg_arena_alloc(arena, in->count * sizeof *r->all);
    r->some = eg_arena_alloc(arena, in->count * sizeof *r->some);
    if (r->all == NULL || r->some == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    for (size_t i = 0; i < in->count; i++) {
        r->all[i].uuid = in->uuids[i];
    }
    sort_and_dedup(r);
    eg_status st = eg_store_write(store, op_reserve, r);
    if (!eg_ok(st)) {
        memset(out, 0, sizeof *out);
    }
    return st;
}
