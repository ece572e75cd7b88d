/* SPDX-License-Identifier: Apache-2.0 */
/* A device uses a claim code: limit, quota, membership and history in one transaction; and what is
 * remembered of a claim that was refused. */
#include <stdio.h>
#include <string.h>

#include "server/store/claim_internal.h"

enum { FLOW_CLOUD = 2 }; /* enum eg_flow */

/* Percent of limit or expected number at which somebody is told. */
static const uint32_t notices[] = {50, 80, 100};

struct activate {
    const struct eg_activation *in;
    struct eg_activated *out;
    struct eg_claim_code code;
    struct eg_arena arena;
    /* the device and the code's group */
    bool family_fits, in_group, used_before, was_member, left_before;
    uint32_t flows;
};

/* ---- judge ------------------------------------------------------------------------------------
 */

static void take_device(struct eg_row *row, void *item)
{
    struct activate *a = item;
    struct eg_span family = eg_row_bytes(row, 0);

    a->in_group = !eg_db_null(row->db, 1);
    a->used_before = eg_db_int(row->db, 2) != 0;
    a->was_member = eg_db_int(row->db, 3) != 0;
    a->left_before = eg_db_int(row->db, 4) != 0;
    a->family_fits = eg_span_equal(family, eg_db_bytes(row->db, 5));
    a->flows = (uint32_t)eg_db_int(row->db, 6);
}

/* Locks the group first and then the code, as everything else does. */
static eg_status lock_both(struct eg_db *db, struct activate *a)
{
    struct eg_arg tag[] = {eg_arg_int(a->in->company_id), eg_arg_bytes(EG_SPAN_OF(a->in->tag))};
    int64_t ignored;

    EG_TRY(eg_row_get(db, EG_SQL_CLAIM_FIND, tag, 2, &a->arena, eg_claim_take, &a->code,
                      EG_ERR(CLAIM_CODE_UNKNOWN)));
    struct eg_arg group[] = {eg_arg_int(a->in->company_id), eg_arg_int(a->code.group_id)};
    struct eg_arg code[] = {eg_arg_int(a->in->company_id), eg_arg_int(a->code.id)};

    EG_TRY(eg_row_get_int(db, EG_SQL_GROUP_LOCK, group, 2, EG_ERR(CLAIM_CODE_UNKNOWN), &ignored));
    EG_TRY(eg_row_get_int(db, EG_SQL_CLAIM_LOCK, code, 2, EG_ERR(CLAIM_CODE_UNKNOWN), &ignored));
    EG_TRY(eg_row_get(db, EG_SQL_CLAIM_FIND, tag, 2, &a->arena, eg_claim_take, &a->code,
                      EG_ERR(CLAIM_CODE_UNKNOWN)));
    a->out->code_id = a->code.id;
    a->out->group_id = a->code.group_id;
    return EG_OK;
}

static eg_status judge(struct eg_db *db, struct activate *a)
{
    struct eg_arg args[] = {eg_arg_int(a->in->device_id), eg_arg_int(a->code.id),
                            eg_arg_int(a->code.group_id), eg_arg_int(a->in->company_id)};
    bool expired = a->code.expires_s != 0 && a->code.expires_s <= a->in->now_s;

    EG_TRY(eg_row_get(db, EG_SQL_CLAIM_DEVICE, args, 4, &a->arena, take_device, a,
                      EG_ERR(DEVICE_UNKNOWN)));
    if (a->in_group) {
        return EG_ERR(STORE_BUSY); /* another session of it was faster: look again */
    }
    if (a->code.revoked_s != 0 || expired) {
        return EG_ERR(CLAIM_REVOKED);
    }
    if (!a->family_fits) {
        return EG_ERR(FAMILY_MISMATCH);
    }
    if ((a->flows & FLOW_CLOUD) == 0) {
        return EG_ERR(FLOW_UNSUPPORTED);
    }
    bool new_device = !a->was_member && !a->left_before;
    if (a->code.behavior != EG_CLAIM_ALLOW ||
        (a->code.policy == EG_CLAIM_NEW_DEVICES && !new_device && !a->used_before)) {
        return EG_ERR(CLAIM_POLICY);
    }
    return a->used_before && !a->code.reusable ? EG_ERR(CLAIM_REUSED) : EG_OK;
}

/* ---- take -------------------------------------------------------------------------------------
 */

struct counted {
    int64_t used, limit, expected, noticed;
};

static void take_counted(struct eg_row *row, void *item)
{
    struct counted *c = item;

    *c = (struct counted){eg_db_int(row->db, 0), eg_db_int(row->db, 1), eg_db_int(row->db, 2),
                          eg_db_int(row->db, 3)};
}

/* Tell once per threshold. */
static eg_status notice(struct eg_db *db, struct activate *a, const struct counted *c)
{
    int64_t whole = c->limit != 0 ? c->limit : c->expected;
    uint32_t passed = 0;
    char detail[EG_NAME_LEN_MAX + 96];

    for (size_t i = 0; whole > 0 && i < sizeof notices / sizeof notices[0]; i++) {
        passed = c->used >= (whole * notices[i] + 99) / 100 ? notices[i] : passed;
    }
    if (passed == 0 || passed <= c->noticed) {
        return EG_OK;
    }
    struct eg_arg args[] = {eg_arg_int(a->code.id), eg_arg_int(passed)};

    a->out->notice = passed;
    EG_TRY(eg_db_run(db, EG_SQL_CLAIM_NOTICED, args, 2, NULL));
    (void)snprintf(detail, sizeof detail, "claim code %lld (%s): %lld of %lld activations",
                   (long long)a->code.id, a->code.name, (long long)c->used, (long long)whole);
    return eg_claim_tell(db, &(struct eg_claim_told){.company_id = a->in->company_id,
                                                     .group_id = a->code.group_id,
                                                     .device_id = a->in->device_id,
                                                     .kind = EG_SERVICE_CLAIM_NOTICE,
                                                     .now_s = a->in->now_s,
                                                     .detail = detail});
}

static eg_status take_activation(struct eg_db *db, struct activate *a)
{
    struct eg_arg args[] = {eg_arg_int(a->code.id), eg_arg_int(a->in->now_s)};
    struct eg_arg use[] = {eg_arg_int(a->code.id), eg_arg_int(a->in->device_id),
                           eg_arg_int(a->in->now_s)};
    struct counted now;

    a->out->first = !a->used_before;
    if (a->used_before) {
        EG_TRY(eg_db_run(db, EG_SQL_CLAIM_AGAIN, args, 2, NULL));
        return eg_db_run(db, EG_SQL_CLAIM_USE_AGAIN, use, 3, NULL);
    }
    EG_TRY(
        eg_row_get(db, EG_SQL_CLAIM_TAKE, args, 2, NULL, take_counted, &now, EG_ERR(CLAIM_LIMIT)));
    EG_TRY(eg_db_run(db, EG_SQL_CLAIM_USE_ADD, use, 3, NULL));
    return notice(db, a, &now);
}

static eg_status enter_group(struct eg_db *db, struct activate *a)
{
    struct eg_arg claim[] = {eg_arg_int(a->in->device_id), eg_arg_int(a->code.group_id),
                             eg_arg_int(EG_DEVICE_ASSIGNED)};
    struct eg_arg member[] = {eg_arg_int(a->code.group_id), eg_arg_int(a->in->device_id),
                              eg_arg_int(a->in->now_s), eg_arg_int(0)};
    struct eg_arg quota[] = {eg_arg_int(a->code.group_id), eg_arg_int(1)};
    uint64_t changes;

    EG_TRY(eg_db_run(db, EG_SQL_DEVICE_CLAIM, claim, 3, &changes));
    if (changes != 1) {
        return EG_ERR(STORE_BUSY);
    }
    EG_TRY(eg_db_run(db, EG_SQL_MEMBER_ADD, member, 4, &changes));
    if (changes == 0) {
        return EG_OK; /* it was a member before: that costs no quota */
    }
    EG_TRY(eg_db_run(db, EG_SQL_QUOTA_TAKE, quota, 2, &changes));
    return changes == 1 ? EG_OK : EG_ERR(QUOTA_SPENT);
}

static eg_status note_claim(struct eg_db *db, struct activate *a)
{
    char detail[EG_NAME_LEN_MAX + 128];
    struct eg_arg init[] = {eg_arg_int(a->in->device_id), eg_arg_int(a->in->company_id),
                            eg_arg_int(a->in->now_s)};
    struct eg_arg device = eg_arg_int(a->in->device_id);

    (void)snprintf(detail, sizeof detail, "claim code %lld (%s), session %s", (long long)a->code.id,
                   a->code.name, a->in->correlation);
    struct eg_arg event[] = {eg_arg_int(a->in->device_id),
                             eg_arg_int(a->in->now_s),
                             eg_arg_int(EG_EVENT_CLAIMED),
                             eg_arg_int(a->code.group_id),
                             eg_arg_int(0),
                             eg_arg_text(detail)};

    EG_TRY(eg_db_run(db, EG_SQL_CLOUD_INIT, init, 3, NULL));
    EG_TRY(eg_db_run(db, EG_SQL_CLOUD_CLAIMED, &device, 1, NULL));
    return eg_db_run(db, EG_SQL_EVENT_ADD, event, 6, NULL);
}

static eg_status op_activate(struct eg_db *db, void *arg)
{
    struct activate *a = arg;

    *a->out = (struct eg_activated){0};
    EG_TRY(lock_both(db, a));
    EG_TRY(judge(db, a));
    EG_TRY(take_activation(db, a));
    EG_TRY(enter_group(db, a));
    return note_claim(db, a);
}

eg_status eg_store_claim_activate(struct eg_store *store, const struct eg_activation *in,
                                  struct eg_activated *out)
{
    struct activate a = {.in = in, .out = out};
    eg_status st;

    eg_arena_init(&a.arena, EG_ARENA_REQUEST_MAX);
    st = eg_store_write(store, op_activate, &a);
    eg_arena_cleanup(&a.arena);
    return st;
}

/* ---- refused ----------------------------------------------------------------------------------
 */

struct refused {
    const struct eg_claim_refused *in;
    bool locked;
};

/* Each guess beyond the allowed ones doubles the lock. */
static int64_t lock_until(const struct eg_claim_refused *in, int64_t failures)
{
    int64_t wait = in->lock_s;

    for (int64_t i = in->lock_after; i < failures && wait < in->lock_s_max; i++) {
        wait *= 2;
    }
    return in->now_s + (wait < in->lock_s_max ? wait : in->lock_s_max);
}

static eg_status count_guess(struct eg_db *db, struct refused *r)
{
    const struct eg_claim_refused *in = r->in;
    struct eg_arg device = eg_arg_int(in->device_id);
    int64_t failures;

    EG_TRY(eg_row_get_int(db, EG_SQL_CLOUD_GUESSED, &device, 1, EG_ERR(STORE_FAILED), &failures));
    r->locked = failures >= in->lock_after;
    if (!r->locked) {
        return EG_OK;
    }
    struct eg_arg until[] = {eg_arg_int(in->device_id), eg_arg_int(lock_until(in, failures))};

    return eg_db_run(db, EG_SQL_CLOUD_LOCK_UNTIL, until, 2, NULL);
}

static eg_status op_refused(struct eg_db *db, void *arg)
{
    struct refused *r = arg;
    const struct eg_claim_refused *in = r->in;
    char detail[192];
    struct eg_arg init[] = {eg_arg_int(in->device_id), eg_arg_int(in->company_id),
                            eg_arg_int(in->now_s)};
    struct eg_arg code = eg_arg_int(in->code_id);
    struct eg_arg status[] = {eg_arg_int(in->device_id), eg_arg_int(in->status)};
    int64_t before;

    (void)snprintf(detail, sizeof detail, "claim status 0x%02X, from %s, session %s",
                   (unsigned)in->status, in->address, in->correlation);
    struct eg_arg event[] = {eg_arg_int(in->device_id),
                             eg_arg_int(in->now_s),
                             eg_arg_int(EG_EVENT_CLAIM_REFUSED),
                             eg_arg_int(0),
                             eg_arg_int(0),
                             eg_arg_text(detail)};

    EG_TRY(eg_db_run(db, EG_SQL_CLOUD_INIT, init, 3, NULL));
    EG_TRY(in->code_id == 0 ? EG_OK : eg_db_run(db, EG_SQL_CLAIM_REFUSED, &code, 1, NULL));
    EG_TRY(in->guess ? count_guess(db, r) : EG_OK);
    EG_TRY(eg_row_get_int(db, EG_SQL_CLOUD_CLAIM_STATUS, status, 1, EG_ERR(STORE_FAILED), &before));
    if (before == in->status) {
        return EG_OK; /* one line for a device that comes back with the same every minute */
    }
    EG_TRY(eg_db_run(db, EG_SQL_CLOUD_REFUSED, status, 2, NULL));
    return eg_db_run(db, EG_SQL_EVENT_ADD, event, 6, NULL);
}

eg_status eg_store_claim_refused(struct eg_store *store, const struct eg_claim_refused *in,
                                 bool *out_locked)
{
    struct refused r = {in, false};

    *out_locked = false;
    EG_TRY(eg_store_write(store, op_refused, &r));
    *out_locked = r.locked;
    return EG_OK;
}
