/* SPDX-License-Identifier: Apache-2.0 */
/* What a device should hold: the table of reasons, and the first of them, its group. */
#include "server/core/cloud_wants.h"

#include <string.h>

#include "lib/object/object.h"
#include "server/core/cloud_internal.h"
#include "server/core/cloud_life.h"

/* In this order; later ones see and may change what earlier ones wanted. */
static const eg_cloud_want_fn table[] = {
    eg_cloud_want_group, eg_cloud_want_renewals,
    eg_cloud_want_retiring, /* last: it takes back what the others wanted */
};

eg_status eg_cloud_wants_collect(struct eg_cloud_wanting *w, struct eg_cloud_wants *wants)
{
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        EG_TRY(table[i](w, wants));
    }
    return EG_OK;
}

struct eg_cloud_want *eg_cloud_want_find(struct eg_cloud_wants *wants, uint32_t chip_id)
{
    for (size_t i = 0; i < wants->count; i++) {
        if (wants->items[i].chip_id == chip_id) {
            return &wants->items[i];
        }
    }
    return NULL;
}

/* ---- the objects of the group ---------------------------------------------------------------- */

static const struct eg_body_object *made_of(const struct eg_body_object *made, size_t count,
                                            int64_t id)
{
    for (size_t i = 0; i < count; i++) {
        if (made[i].object_id == id) {
            return &made[i];
        }
    }
    return NULL;
}

/** Internal objects the line delivers; whatever else is not here could not be made. */
static enum eg_cloud_rtp refusal(const struct eg_cloud_session *s, uint32_t chip_id)
{
    if (!eg_object_is_internal(chip_id)) {
        return EG_RTP_FAILED;
    }
    return s->proxy_done ? EG_RTP_NO_CHANGE : EG_RTP_DEFECTIVE;
}

static void add(struct eg_cloud_wants *wants, const struct eg_cloud_session *s,
                const struct eg_stored_object *row, const struct eg_body_object *made)
{
    struct eg_cloud_want *want = &wants->items[wants->count++];
    bool here = made != NULL && made->state == EG_BODY_COMPLETED;
    *want = (struct eg_cloud_want){
        .chip_id = row->object_id,
        .object_id = row->id,
        .version = (uint32_t)row->version,
    };
    if (here) {
        want->blob = made->blob;
        want->certificate = made->certificate;
    } else {
        want->refused = refusal(s, row->object_id);
    }
}

/** Key pairs before what is made over them: the body's order, which is the plan's. */
static void add_all(struct eg_cloud_wants *wants, const struct eg_cloud_session *s,
                    const struct eg_stored_object_list *rows, const struct eg_body_object *made,
                    size_t count)
{
    for (int with_key = 0; with_key <= 1; with_key++) {
        for (size_t i = 0; i < rows->count; i++) {
            if ((rows->items[i].key_pair_id != 0) == (with_key == 1)) {
                add(wants, s, &rows->items[i], made_of(made, count, rows->items[i].id));
            }
        }
    }
}

eg_status eg_cloud_want_group(struct eg_cloud_wanting *w, struct eg_cloud_wants *wants)
{
    struct eg_call *call = w->call;
    struct eg_cloud_session *s = w->session;
    struct eg_stored_object_list rows;
    struct eg_body_object made[EG_BODY_OBJECTS_MAX];
    struct eg_span body = {NULL, 0};
    size_t count = 0;
    bool failed = false;
    if (s->target_set == 0) {
        return EG_OK;
    }
    EG_TRY(eg_cloud_body(call, s, s->flow_bound, w->wait_ms, &body, &failed));
    EG_TRY(eg_store_set_objects(eg_core_store(call->core), s->target_set, call->arena, &rows));
    if (!failed) {
        EG_TRY(eg_body_decode(body, made, &count));
    }
    add_all(wants, s, &rows, made, count);
    return EG_OK;
}
