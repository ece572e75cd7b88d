/* SPDX-License-Identifier: Apache-2.0 */
/* Rollouts: who of a group gets a changed set of objects, and when that stops by itself. */
#include "server/store/rollout.h"

#include <stdio.h>
#include <string.h>

#include "server/store/store_internal.h"
#include "server/store/store_life.h"

/* The group's side of a rollout; the lock keeps others out until the commit. */
struct group_now {
    int64_t set_id, rollout_id, state, from_set;
};

static void take_group(struct eg_row *row, void *item)
{
    struct group_now *g = item;

    g->set_id = eg_db_int(row->db, 0);
    g->rollout_id = eg_db_int(row->db, 1);
    g->state = eg_db_int(row->db, 2);
    g->from_set = eg_db_int(row->db, 3);
}

static eg_status lock_group(struct eg_db *db, int64_t company_id, int64_t group_id,
                            struct group_now *out)
{
    struct eg_arg key[] = {eg_arg_int(company_id), eg_arg_int(group_id)};

    return eg_row_get(db, EG_SQL_ROLLOUT_LOCK, key, 2, NULL, take_group, out,
                      EG_ERR(GROUP_UNKNOWN));
}

static eg_status set_group(struct eg_db *db, int64_t group_id, int64_t rollout_id, int64_t state,
                           int64_t from_set, uint32_t percent)
{
    struct eg_arg args[] = {eg_arg_int(group_id), eg_arg_int(rollout_id), eg_arg_int(state),
                            eg_arg_int(from_set), eg_arg_int(percent)};

    return eg_db_run(db, EG_SQL_ROLLOUT_GROUP, args, 5, NULL);
}

static eg_status tell(struct eg_db *db, int64_t company_id, int64_t group_id, int64_t now_s,
                      int64_t id, const char *what, int64_t actor)
{
    char detail[200];
    int len = snprintf(detail, sizeof detail, "rollout %lld: %s", (long long)id, what);

    if (actor != 0) {
        snprintf(detail + len, sizeof detail - (size_t)len, " by API key %lld", (long long)actor);
    }
    struct eg_arg event[] = {eg_arg_int(company_id), eg_arg_int(group_id),
                             eg_arg_int(0),          eg_arg_int(EG_SERVICE_ROLLOUT),
                             eg_arg_int(now_s),      eg_arg_text(detail)};

    return eg_db_run(db, EG_SQL_SERVICE_EVENT_ADD, event, 6, NULL);
}

/* ---- begin ------------------------------------------------------------------------------------
 */

struct add {
    int64_t company_id, group_id;
    const struct eg_rollout_new *in;
    int64_t actor, now_s, id;
};

static eg_status add_canaries(struct eg_db *db, const struct add *a)
{
    for (size_t i = 0; i < a->in->canary_count; i++) {
        struct eg_arg args[] = {eg_arg_int(a->id),
                                eg_arg_bytes(EG_SPAN_OF(a->in->canaries[i].bytes)),
                                eg_arg_int(a->group_id)};
        int64_t device;

        EG_TRY(eg_row_get_int(db, EG_SQL_ROLLOUT_CANARY, args, 3, EG_ERR(DEVICE_NOT_IN_GROUP),
                              &device));
    }
    return EG_OK;
}

/* What was rolled back stays pinned where it is, under the new rollout. */
static eg_status op_add(struct eg_db *db, void *arg)
{
    struct add *a = arg;
    struct group_now g;

    EG_TRY(lock_group(db, a->company_id, a->group_id, &g));
    if (g.state == EG_ROLLOUT_RUNNING || g.state == EG_ROLLOUT_HALTED) {
        return EG_ERR(ROLLOUT_OPEN);
    }
    if (g.state == EG_ROLLOUT_ROLLED_BACK) {
        struct eg_arg end[] = {eg_arg_int(g.rollout_id), eg_arg_int(EG_ROLLOUT_FINISHED),
                               eg_arg_int(0), eg_arg_int(a->now_s), eg_arg_text("rolled back")};
        EG_TRY(eg_db_run(db, EG_SQL_ROLLOUT_CHANGE, end, 5, NULL));
    }
    int64_t from = g.state == EG_ROLLOUT_ROLLED_BACK ? g.from_set : g.set_id;
    struct eg_arg args[] = {eg_arg_int(a->company_id),
                            eg_arg_int(a->group_id),
                            eg_arg_int(a->in->percent),
                            eg_arg_int(a->in->failures_max),
                            eg_arg_int(a->in->failures_percent),
                            eg_arg_int(a->now_s),
                            eg_arg_int(a->actor),
                            eg_arg_text(a->in->name)};

    EG_TRY(eg_row_get_int(db, EG_SQL_ROLLOUT_ADD, args, 8, EG_ERR(STORE_FAILED), &a->id));
    EG_TRY(add_canaries(db, a));
    EG_TRY(set_group(db, a->group_id, a->id, EG_ROLLOUT_RUNNING, from, a->in->percent));
    return tell(db, a->company_id, a->group_id, a->now_s, a->id, "running", a->actor);
}

eg_status eg_store_rollout_add(struct eg_store *store, int64_t company_id, int64_t group_id,
                               const struct eg_rollout_new *in, int64_t actor, int64_t now_s,
                               int64_t *out_id)
{
    struct add a = {company_id, group_id, in, actor, now_s, 0};

    *out_id = 0;
    EG_TRY(eg_store_write(store, op_add, &a));
    *out_id = a.id;
    return EG_OK;
}

/* ---- change -----------------------------------------------------------------------------------
 */

struct change {
    int64_t company_id, group_id, id;
    const struct eg_rollout_change *to;
    int64_t actor, now_s;
    int64_t state, percent;
};

static const char *const state_names[] = {
    [EG_ROLLOUT_RUNNING] = "running",
    [EG_ROLLOUT_HALTED] = "halted",
    [EG_ROLLOUT_ROLLED_BACK] = "rolled back",
    [EG_ROLLOUT_FINISHED] = "finished",
};

/* From the row, to the column. */
static const bool allowed[EG_ROLLOUT_FINISHED + 1][EG_ROLLOUT_FINISHED + 1] = {
    [EG_ROLLOUT_RUNNING] = {[EG_ROLLOUT_RUNNING] = true,
                            [EG_ROLLOUT_HALTED] = true,
                            [EG_ROLLOUT_ROLLED_BACK] = true,
                            [EG_ROLLOUT_FINISHED] = true},
    [EG_ROLLOUT_HALTED] = {[EG_ROLLOUT_HALTED] = true,
                           [EG_ROLLOUT_RUNNING] = true,
                           [EG_ROLLOUT_ROLLED_BACK] = true,
                           [EG_ROLLOUT_FINISHED] = true},
    [EG_ROLLOUT_ROLLED_BACK] = {[EG_ROLLOUT_FINISHED] = true},
};

static void take_state(struct eg_row *row, void *item)
{
    struct change *c = item;

    c->state = eg_db_int(row->db, 0);
    c->percent = eg_db_int(row->db, 1);
}

static eg_status op_change(struct eg_db *db, void *arg)
{
    struct change *c = arg;
    struct eg_arg key[] = {eg_arg_int(c->company_id), eg_arg_int(c->group_id), eg_arg_int(c->id)};
    struct group_now g;

    EG_TRY(lock_group(db, c->company_id, c->group_id, &g));
    EG_TRY(
        eg_row_get(db, EG_SQL_ROLLOUT_STATE, key, 3, NULL, take_state, c, EG_ERR(ROLLOUT_UNKNOWN)));
    int64_t state = c->to->state != 0 ? (int64_t)c->to->state : c->state;
    int64_t percent = c->to->percent < 0 ? c->percent : c->to->percent;

    if (g.rollout_id != c->id || !allowed[c->state][state]) {
        return EG_ERR(ROLLOUT_STATE);
    }
    bool open = state != EG_ROLLOUT_FINISHED;
    struct eg_arg args[] = {eg_arg_int(c->id), eg_arg_int(state), eg_arg_int(percent),
                            eg_arg_int(c->now_s), eg_arg_text(c->to->why)};

    EG_TRY(eg_db_run(db, EG_SQL_ROLLOUT_CHANGE, args, 5, NULL));
    EG_TRY(set_group(db, c->group_id, open ? c->id : 0, open ? state : 0, open ? g.from_set : 0,
                     (uint32_t)percent));
    return tell(db, c->company_id, c->group_id, c->now_s, c->id, state_names[state], c->actor);
}

eg_status eg_store_rollout_change(struct eg_store *store, int64_t company_id, int64_t group_id,
                                  int64_t id, const struct eg_rollout_change *change, int64_t actor,
                                  int64_t now_s)
{
    struct change c = {company_id, group_id, id, change, actor, now_s, 0, 0};

    return eg_store_write(store, op_change, &c);
}

/* ---- look -------------------------------------------------------------------------------------
 */

static void take_rollout(struct eg_row *row, void *item)
{
    struct eg_rollout *r = item;
    struct eg_db *db = row->db;

    *r = (struct eg_rollout){.id = eg_db_int(db, 0),
                             .group_id = eg_db_int(db, 1),
                             .name = eg_row_text(row, 2),
                             .state = (enum eg_rollout_state)eg_db_int(db, 3),
                             .percent = (uint32_t)eg_db_int(db, 4),
                             .failures_max = (uint32_t)eg_db_int(db, 5),
                             .failures_percent = (uint32_t)eg_db_int(db, 6),
                             .from_set = eg_db_int(db, 7),
                             .to_set = eg_db_int(db, 8),
                             .updated = eg_db_int(db, 9),
                             .failed = eg_db_int(db, 10),
                             .members = eg_db_int(db, 11),
                             .canaries = eg_db_int(db, 12),
                             .created_s = eg_db_int(db, 13),
                             .changed_s = eg_db_int(db, 14),
                             .why = eg_row_text(row, 15)};
}

eg_status eg_store_rollout_get(struct eg_store *store, int64_t company_id, int64_t group_id,
                               int64_t id, struct eg_arena *arena, struct eg_rollout *out)
{
    struct eg_get get = {.sql = EG_SQL_ROLLOUT_GET,
                         .args = {eg_arg_int(company_id), eg_arg_int(group_id), eg_arg_int(id)},
                         .count = 3,
                         .arena = arena,
                         .fn = take_rollout,
                         .item = out,
                         .missing = EG_ERR(ROLLOUT_UNKNOWN)};

    return eg_store_get(store, &get);
}

eg_status eg_store_rollout_list(struct eg_store *store, int64_t company_id, int64_t group_id,
                                struct eg_page page, struct eg_arena *arena,
                                struct eg_rollout_list *out)
{
    struct eg_arg args[] = {eg_arg_int(company_id), eg_arg_int(group_id), eg_page_limit(page),
                            eg_page_offset(page)};
    struct eg_rows rows = {sizeof *out->items, take_rollout, eg_page_size(page), NULL, 0, false};

    EG_TRY(eg_store_list(store, EG_SQL_ROLLOUT_LIST, args, 4, arena, &rows));
    *out = (struct eg_rollout_list){rows.items, rows.count, rows.more};
    return EG_OK;
}

/* ---- who is in it -----------------------------------------------------------------------------
 */

/* FNV-1a over rollout and device, finished by a multiplication so that the high bits depend on all:
 * the same devices are in at 10 and at 20 percent, and other ones in the next rollout. */
bool eg_rollout_selects(int64_t rollout_id, uint32_t percent, const struct eg_uuid *uuid)
{
    uint64_t h = UINT64_C(14695981039346656037);

    for (size_t i = 0; i < 8; i++) {
        h = (h ^ (uint8_t)((uint64_t)rollout_id >> (8 * i))) * UINT64_C(1099511628211);
    }
    for (size_t i = 0; i < EG_UUID_LEN; i++) {
        h = (h ^ uuid->bytes[i]) * UINT64_C(1099511628211);
    }
    h = (h ^ (h >> 32)) * UINT64_C(0x9E3779B97F4A7C15);
    return (h >> 32) % 100 < percent;
}

int64_t eg_rollout_target(const struct eg_cloud_row *row, const struct eg_uuid *uuid)
{
    bool in;

    switch (row->rollout_state) {
    case EG_ROLLOUT_RUNNING:
        in = row->rollout_canary || eg_rollout_selects(row->rollout_id, row->rollout_percent, uuid);
        return in ? row->set_id : row->rollout_from;
    case EG_ROLLOUT_HALTED: /* nobody moves */
        return row->held_set == row->set_id ? row->set_id : row->rollout_from;
    case EG_ROLLOUT_ROLLED_BACK:
        return row->rollout_from;
    default:
        return row->set_id;
    }
}

/* ---- reports ----------------------------------------------------------------------------------
 */

struct counted {
    int64_t updated, failed, failures_max, failures_percent, percent;
};

static void take_counted(struct eg_row *row, void *item)
{
    struct counted *c = item;

    c->updated = eg_db_int(row->db, 0);
    c->failed = eg_db_int(row->db, 1);
    c->failures_max = eg_db_int(row->db, 2);
    c->failures_percent = eg_db_int(row->db, 3);
    c->percent = eg_db_int(row->db, 4);
}

static bool passes_limit(const struct counted *c)
{
    int64_t all = c->updated + c->failed;
    bool many = c->failures_max > 0 && c->failed >= c->failures_max;
    bool share = c->failures_percent > 0 && all >= EG_ROLLOUT_SAMPLE_MIN &&
                 c->failed * 100 > all * c->failures_percent;

    return many || share;
}

static eg_status halt(struct eg_db *db, const struct eg_cloud_save *in, const struct group_now *g,
                      const struct counted *c)
{
    char why[120];

    snprintf(why, sizeof why, "halted: %lld of %lld devices failed", (long long)c->failed,
             (long long)(c->updated + c->failed));
    struct eg_arg args[] = {eg_arg_int(g->rollout_id), eg_arg_int(EG_ROLLOUT_HALTED),
                            eg_arg_int(c->percent), eg_arg_int(in->now_s), eg_arg_text(why)};

    EG_TRY(eg_db_run(db, EG_SQL_ROLLOUT_CHANGE, args, 5, NULL));
    EG_TRY(set_group(db, in->group_id, g->rollout_id, EG_ROLLOUT_HALTED, g->from_set,
                     (uint32_t)c->percent));
    return tell(db, in->company_id, in->group_id, in->now_s, g->rollout_id, why, 0);
}

static eg_status count(struct eg_db *db, const struct eg_cloud_save *in, const struct group_now *g,
                       bool failed)
{
    struct eg_arg key[] = {eg_arg_int(g->rollout_id), eg_arg_int(in->device_id),
                           eg_arg_int(failed ? 1 : 0), eg_arg_int(in->now_s)};
    int64_t was = -1;
    struct counted c;
    eg_status st = eg_row_get_int(db, EG_SQL_ROLLOUT_WAS, key, 2, EG_ERR(STORE_NOT_FOUND), &was);

    if (!eg_ok(st) && !eg_is(st, EG_E_STORE_NOT_FOUND)) {
        return st;
    }
    if (eg_ok(st) && (was != 0) == failed) {
        return EG_OK;
    }
    int64_t more_failed = failed ? 1 : eg_ok(st) ? -1 : 0;
    int64_t more_updated = !failed ? 1 : eg_ok(st) ? -1 : 0;
    struct eg_arg args[] = {eg_arg_int(g->rollout_id), eg_arg_int(more_updated),
                            eg_arg_int(more_failed)};

    EG_TRY(eg_db_run(db, EG_SQL_ROLLOUT_RESULT, key, 4, NULL));
    EG_TRY(eg_row_get(db, EG_SQL_ROLLOUT_COUNT, args, 3, NULL, take_counted, &c,
                      EG_ERR(STORE_FAILED)));
    EG_TRY(tell(db, in->company_id, in->group_id, in->now_s, g->rollout_id,
                failed ? "a device failed" : "a device is up to date", 0));
    return g->state == EG_ROLLOUT_RUNNING && passes_limit(&c) ? halt(db, in, g, &c) : EG_OK;
}

/* Did the session work towards what the rollout brings? */
static bool concerns(const struct eg_cloud_save *in, const struct group_now *g)
{
    bool open = g->state == EG_ROLLOUT_RUNNING || g->state == EG_ROLLOUT_HALTED;

    return open && in->target_set == g->set_id && g->set_id != g->from_set;
}

eg_status eg_rollout_note(struct eg_db *db, const struct eg_cloud_save *in)
{
    struct eg_arg group = eg_arg_int(in->group_id);
    struct group_now g;

    if (in->group_id == 0 || in->target_set == 0 || !in->complete) {
        return EG_OK;
    }
    EG_TRY(eg_row_get(db, EG_SQL_ROLLOUT_OF_GROUP, &group, 1, NULL, take_group, &g,
                      EG_ERR(GROUP_UNKNOWN)));
    if (!concerns(in, &g)) {
        return EG_OK;
    }
    EG_TRY(lock_group(db, in->company_id, in->group_id, &g)); /* counting moves the limit */
    return concerns(in, &g) ? count(db, in, &g, !in->success) : EG_OK;
}
