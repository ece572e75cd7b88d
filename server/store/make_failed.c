/* SPDX-License-Identifier: Apache-2.0 */
/* Objects that could not be made for a device, so that each session does not try in vain. */
#include "server/store/store_cloud.h"
#include "server/store/store_internal.h"

enum { KEY = 5 };

static void key_of(const struct eg_make *m, struct eg_arg key[static KEY])
{
    key[0] = eg_arg_int(m->device_id);
    key[1] = eg_arg_int(m->variant);
    key[2] = eg_arg_int(m->group_id);
    key[3] = eg_arg_int(m->base_set);
    key[4] = eg_arg_int(m->epoch);
}

struct past {
    int64_t failures, retry_s;
};

static void take_past(struct eg_row *row, void *item)
{
    struct past *p = item;

    *p = (struct past){eg_db_int(row->db, 0), eg_db_int(row->db, 1)};
}

eg_status eg_store_make_next(struct eg_store *store, const struct eg_make *make, int64_t *out_s)
{
    struct past past = {0, 0};
    struct eg_get get = {.sql = EG_SQL_MAKE_FAILED_GET,
                         .count = KEY,
                         .fn = take_past,
                         .item = &past,
                         .missing = EG_OK};

    key_of(make, get.args);
    *out_s = 0;
    EG_TRY(eg_store_get(store, &get));
    *out_s = past.retry_s;
    return EG_OK;
}

struct failed {
    const struct eg_make *make;
    int64_t now_s, first_s, max_s;
};

static int64_t pause_after(const struct failed *f, int64_t failures)
{
    int64_t pause = f->first_s;

    for (int64_t i = 1; i < failures && pause < f->max_s; i++) {
        pause *= 2;
    }
    return pause < f->max_s ? pause : f->max_s;
}

static eg_status op_failed(struct eg_db *db, void *arg)
{
    const struct failed *f = arg;
    struct past past = {0, 0};
    struct eg_arg args[KEY + 2];

    key_of(f->make, args);
    EG_TRY(eg_row_get(db, EG_SQL_MAKE_FAILED_GET, args, KEY, NULL, take_past, &past, EG_OK));
    past.failures++;
    args[KEY] = eg_arg_int(past.failures);
    args[KEY + 1] = eg_arg_int(f->now_s + pause_after(f, past.failures));
    return eg_db_run(db, EG_SQL_MAKE_FAILED_PUT, args, KEY + 2, NULL);
}

eg_status eg_store_make_failed(struct eg_store *store, const struct eg_make *make, int64_t now_s,
                               int64_t first_s, int64_t max_s)
{
    struct failed f = {make, now_s, first_s, max_s};

    return eg_store_write(store, op_failed, &f);
}
