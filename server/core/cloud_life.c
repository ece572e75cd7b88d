/* SPDX-License-Identifier: Apache-2.0 */
#include "server/core/cloud_life.h"

#include <string.h>

#include "lib/crypto/x509.h"
#include "lib/os/log.h"
#include "server/core/plan.h"
#include "server/store/store_life.h"

/* ---- one certificate --------------------------------------------------------------------------
 */

/* A certificate of the group and its later generations. */
struct line {
    struct eg_cloud_wanting *w;
    struct eg_cloud_wants *wants;
    size_t at; /* of the certificate in wants */
    struct eg_object_def def;
    const struct eg_renewal *items; /* of this object, newest first */
    size_t count;
    int64_t now_s;
};

static void recheck(struct line *l, int64_t when_s)
{
    if (l->wants->recheck_s == 0 || when_s < l->wants->recheck_s) {
        l->wants->recheck_s = when_s;
    }
}

/** Newest generation that counts: of this version of the object, and not refused. */
static const struct eg_renewal *newest(const struct line *l, uint32_t below)
{
    const struct eg_cloud_want *want = &l->wants->items[l->at];
    for (size_t i = 0; i < l->count; i++) {
        const struct eg_renewal *r = &l->items[i];
        if (r->version == want->version && r->state != EG_RENEWAL_FAILED && r->generation < below) {
            return r;
        }
    }
    return NULL;
}

static uint32_t last_generation(const struct line *l)
{
    return l->count > 0 ? l->items[0].generation : 0;
}

static const struct eg_held_object *held_at(const struct line *l, uint32_t chip_id)
{
    for (size_t i = 0; i < l->w->held->count; i++) {
        if (l->w->held->items[i].chip_id == chip_id) {
            return &l->w->held->items[i];
        }
    }
    return NULL;
}

static eg_status move(struct line *l, const struct eg_renewal *r, enum eg_renewal_state state)
{
    struct eg_renewal *own = (struct eg_renewal *)(uintptr_t)r; /* ours, in the arena */
    EG_TRY(eg_store_renewal_state(eg_core_store(l->w->call->core), l->w->session->device_id,
                                  r->object_id, r->generation, state, l->now_s));
    own->state = state;
    own->changed_s = l->now_s;
    return EG_OK;
}

/* What the last sessions showed of a generation that is on its way. */
static eg_status follow(struct line *l, const struct eg_renewal *r)
{
    const struct eg_renewal_policy *policy = &l->def.renewal;
    const struct eg_cloud_want *want = &l->wants->items[l->at];
    uint32_t id = eg_renewal_chip_id(want->chip_id, policy->alternate_certificate, r->generation);
    const struct eg_held_object *held = held_at(l, id);
    bool is_it = held != NULL && held->generation == r->generation;
    if (r->state == EG_RENEWAL_MADE && is_it && held->state == EG_HELD_FAILED) {
        return move(l, r, EG_RENEWAL_FAILED);
    }
    if (r->state == EG_RENEWAL_MADE && is_it && held->state == EG_HELD_CONFIRMED) {
        return move(l, r, EG_RENEWAL_ACTIVE);
    }
    if (r->state == EG_RENEWAL_ACTIVE && r->changed_s < l->now_s) {
        return move(l, r, EG_RENEWAL_SOLE);
    }
    return EG_OK;
}

/* ---- entries ----------------------------------------------------------------------------------
 */

/** The entry for a chip id, made when there is none. */
static struct eg_cloud_want *entry(struct line *l, uint32_t chip_id)
{
    struct eg_cloud_want *found = eg_cloud_want_find(l->wants, chip_id);
    size_t room = sizeof(l->wants->items) / sizeof(l->wants->items[0]);
    if (found == NULL && l->wants->count < room) {
        found = &l->wants->items[l->wants->count++];
    }
    return found;
}

static eg_status put(struct line *l, const struct eg_body_object *made, uint32_t chip_id,
                     uint32_t generation)
{
    struct eg_cloud_want *want = entry(l, chip_id);
    if (want == NULL) {
        return EG_ERR(SET_TOO_LARGE);
    }
    *want = (struct eg_cloud_want){.chip_id = chip_id,
                                   .object_id = made->object_id,
                                   .version = made->version,
                                   .generation = generation,
                                   .blob = made->blob,
                                   .certificate = made->certificate};
    return EG_OK;
}

/** Have the objects of a generation among the wants. */
static eg_status want_generation(struct line *l, const struct eg_renewal *r, uint32_t primary,
                                 uint32_t primary_key)
{
    const struct eg_renewal_policy *p = &l->def.renewal;
    struct eg_body_object *body =
        eg_arena_alloc(l->w->call->arena, EG_BODY_OBJECTS_MAX * sizeof(*body));
    size_t count;
    if (body == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    EG_TRY(eg_body_decode(r->body, body, &count));
    for (size_t i = count; i-- > 0;) { /* the key before its certificate */
        uint32_t id = i == 0 ? eg_renewal_chip_id(primary, p->alternate_certificate, r->generation)
                             : eg_renewal_chip_id(primary_key, p->alternate_key, r->generation);
        EG_TRY(put(l, &body[i], id, r->generation));
    }
    return EG_OK;
}

static void drop(struct line *l, uint32_t chip_id)
{
    for (size_t i = 0; i < l->wants->count; i++) {
        if (l->wants->items[i].chip_id == chip_id) {
            l->wants->items[i] = l->wants->items[--l->wants->count];
            return;
        }
    }
}

static uint32_t key_place(const struct line *l)
{
    for (size_t i = 0; i < l->wants->count; i++) {
        if (l->wants->items[i].object_id == l->def.key_pair_id) {
            return l->wants->items[i].chip_id;
        }
    }
    return 0;
}

/* The generation that counts, and the one before it as long as the newest has not proved itself.
 * With one pair of ids the newest stands where the others stood. */
static eg_status apply(struct line *l, const struct eg_renewal *r)
{
    const struct eg_renewal_policy *p = &l->def.renewal;
    const struct eg_renewal *before = newest(l, r->generation);
    uint32_t primary = l->wants->items[l->at].chip_id;
    uint32_t primary_key = key_place(l);
    bool beside = p->alternate_certificate != 0 && r->state != EG_RENEWAL_SOLE;
    if (before != NULL && beside) {
        EG_TRY(want_generation(l, before, primary, primary_key));
    }
    if (!beside && p->alternate_certificate != 0) {
        drop(l, primary);
        if (p->new_key) {
            drop(l, primary_key);
        }
    }
    EG_TRY(want_generation(l, r, primary, primary_key));
    if (r->state != EG_RENEWAL_SOLE) {
        recheck(l, l->now_s); /* the next session has something to find out */
    }
    return EG_OK;
}

/* ---- when it is due ---------------------------------------------------------------------------
 */

/** The certificate that a device goes by now. */
static eg_status current(struct line *l, const struct eg_renewal *r, struct eg_cloud_want *out)
{
    *out = l->wants->items[l->at];
    if (r == NULL) {
        return EG_OK;
    }
    struct eg_body_object *body =
        eg_arena_alloc(l->w->call->arena, EG_BODY_OBJECTS_MAX * sizeof(*body));
    size_t count;
    if (body == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    EG_TRY(eg_body_decode(r->body, body, &count));
    out->certificate = body[0].certificate;
    return EG_OK;
}

static bool refused_lately(const struct line *l)
{
    return l->count > 0 && l->items[0].state == EG_RENEWAL_FAILED &&
           l->now_s - l->items[0].changed_s < EG_RENEWAL_RETRY_S;
}

static bool passing(eg_status st)
{
    return eg_category(st) == EG_CAT_BUSY || eg_category(st) == EG_CAT_UNAVAILABLE ||
           eg_is(st, EG_E_NO_MEMORY);
}

/* A new generation in the arena; NULL when it would gain nothing. */
static eg_status make(struct line *l, const struct eg_cloud_want *now, int64_t ends_s,
                      const struct eg_renewal **out)
{
    struct eg_renewal *made = eg_arena_alloc(l->w->call->arena, sizeof(*made));
    int64_t not_after_s = 0;
    *out = NULL;
    if (made == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    *made = (struct eg_renewal){.object_id = now->object_id,
                                .version = now->version,
                                .generation = last_generation(l) + 1,
                                .state = EG_RENEWAL_MADE,
                                .created_s = l->now_s,
                                .changed_s = l->now_s};
    eg_status st = eg_renewal_make(l->w->call, l->w->session, now, made->generation, &made->body,
                                   &not_after_s);
    if (!eg_ok(st) && passing(st)) {
        return st;
    }
    if (!eg_ok(st)) { /* the old certificate serves on; a person must look at CA or definition */
        eg_log_failure(st, "certificate not renewed",
                       EG_LOG_FIELDS(eg_log_num("object", now->object_id)));
        recheck(l, l->now_s + EG_RENEWAL_RETRY_S);
        return EG_OK;
    }
    if (not_after_s - ends_s < EG_RENEWAL_GAIN_S) {
        recheck(l, l->now_s + EG_RENEWAL_RETRY_S); /* the CA itself ends */
        return EG_OK;
    }
    st = eg_store_renewal_add(eg_core_store(l->w->call->core), l->w->session->device_id, made);
    if (eg_is(st, EG_E_NAME_TAKEN)) {
        return EG_ERR(CLOUD_BUSY); /* another session of this device was faster */
    }
    EG_TRY(st);
    *out = made;
    return EG_OK;
}

static eg_status renew(struct line *l)
{
    struct eg_cloud_want now;
    struct eg_x509_info info;
    const struct eg_renewal *r = newest(l, UINT32_MAX);
    if (r != NULL) {
        EG_TRY(follow(l, r));
        r = newest(l, UINT32_MAX);
    }
    EG_TRY(current(l, r, &now));
    EG_TRY(eg_x509_parse(now.certificate, &info));
    int64_t due_s = eg_renewal_due(&l->def.renewal, info.not_before_s, info.not_after_s);
    bool settled = r == NULL || r->state == EG_RENEWAL_SOLE || r->state == EG_RENEWAL_ACTIVE;
    if (refused_lately(l)) {
        recheck(l, l->items[0].changed_s + EG_RENEWAL_RETRY_S);
    } else if (settled && l->now_s >= due_s) {
        const struct eg_renewal *made;
        EG_TRY(make(l, &now, info.not_after_s, &made));
        if (made != NULL) {
            /* apply() sees the one before through newest() */
            r = made;
        }
    } else if (due_s != INT64_MAX) {
        recheck(l, due_s);
    }
    return r != NULL ? apply(l, r) : EG_OK;
}

/* ---- all of a device --------------------------------------------------------------------------
 */

static void own_items(struct line *l, const struct eg_renewal_list *all, int64_t object_id)
{
    l->items = NULL;
    l->count = 0;
    for (size_t i = 0; i < all->count; i++) {
        if (all->items[i].object_id == object_id) {
            l->items = l->count == 0 ? &all->items[i] : l->items;
            l->count++;
        }
    }
}

static eg_status one(struct line *l, const struct eg_renewal_list *all)
{
    struct eg_stored_object row;
    const struct eg_cloud_want *want = &l->wants->items[l->at];
    struct eg_call *call = l->w->call;
    eg_status st = eg_store_object_get(eg_core_store(call->core), call->company_id, want->object_id,
                                       call->arena, &row);
    if (eg_is(st, EG_E_OBJECT_UNKNOWN)) {
        return EG_OK; /* deleted meanwhile: nobody knows how to make it anew */
    }
    EG_TRY(st);
    EG_TRY(eg_object_def_of(&row, call->arena, &l->def));
    bool key_is_here = !l->def.renewal.new_key || key_place(l) != 0;
    if (!l->def.renewal.on || !key_is_here) {
        return EG_OK;
    }
    own_items(l, all, want->object_id);
    return renew(l);
}

eg_status eg_cloud_want_renewals(struct eg_cloud_wanting *w, struct eg_cloud_wants *wants)
{
    struct eg_renewal_list all;
    int64_t ids[EG_BODY_OBJECTS_MAX];
    size_t count = 0;
    struct line l = {.w = w, .wants = wants, .now_s = w->call->now_ms / 1000};
    for (size_t i = 0; i < wants->count && count < EG_BODY_OBJECTS_MAX; i++) {
        if (wants->items[i].certificate.len > 0 && wants->items[i].refused == EG_RTP_NONE) {
            ids[count++] = wants->items[i].object_id;
        }
    }
    if (count == 0) {
        return EG_OK;
    }
    EG_TRY(eg_store_renewals(eg_core_store(w->call->core), w->session->device_id, w->call->arena,
                             &all));
    for (size_t k = 0; k < count; k++) {
        for (l.at = 0; l.at < wants->count && wants->items[l.at].object_id != ids[k]; l.at++) {
        }
        EG_TRY(one(&l, &all));
    }
    return EG_OK;
}

eg_status eg_cloud_want_retiring(struct eg_cloud_wanting *w, struct eg_cloud_wants *wants)
{
    if (w->session->retiring) {
        memset(wants, 0, sizeof(*wants));
    }
    return EG_OK;
}

/* ---- where a service finds it -----------------------------------------------------------------
 */

eg_status eg_cloud_place_of(struct eg_call *call, int64_t device_id, int64_t object_id,
                            int64_t certificate_id, uint32_t *out)
{
    struct eg_store *store = eg_core_store(call->core);
    struct eg_stored_object row, certificate;
    struct eg_object_def def;
    struct eg_renewal_list all;
    EG_TRY(eg_store_object_get(store, call->company_id, object_id, call->arena, &row));
    EG_TRY(eg_store_object_get(store, call->company_id, certificate_id, call->arena, &certificate));
    EG_TRY(eg_object_def_of(&certificate, call->arena, &def));
    *out = row.object_id;
    uint32_t alternate =
        object_id == certificate_id ? def.renewal.alternate_certificate : def.renewal.alternate_key;
    if (!def.renewal.on || alternate == 0) {
        return EG_OK;
    }
    EG_TRY(eg_store_renewals(store, device_id, call->arena, &all));
    for (size_t i = 0; i < all.count; i++) {
        const struct eg_renewal *r = &all.items[i];
        bool works = r->state == EG_RENEWAL_ACTIVE || r->state == EG_RENEWAL_SOLE;
        if (r->object_id == certificate_id && works && r->version == certificate.version) {
            *out = eg_renewal_chip_id(row.object_id, alternate, r->generation);
            return EG_OK;
        }
    }
    return EG_OK;
}
