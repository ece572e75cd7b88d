/* SPDX-License-Identifier: Apache-2.0 */
/* What the device lacks, as steps: what it should hold against what it has confirmed. */
#include <string.h>

#include "lib/crypto/x509.h"
#include "lib/wire/so_tlv.h"
#include "server/core/cloud_internal.h"

enum { PSA_GENERIC_ERROR = -132, PSA_INVALID_SIGNATURE = -149 };

/* ---- compare --------------------------------------------------------------------------------- */

static const struct eg_held_object *held_of(const struct eg_held_list *held, uint32_t chip_id)
{
    for (size_t i = 0; i < held->count; i++) {
        if (held->items[i].chip_id == chip_id) {
            return &held->items[i];
        }
    }
    return NULL;
}

static bool has_it(const struct eg_cloud_session *s, const struct eg_cloud_want *want,
                   const struct eg_held_object *held)
{
    return held != NULL && held->state == EG_HELD_CONFIRMED && s->held_group == s->group_id &&
           held->object_id == want->object_id && held->version == want->version &&
           held->generation == want->generation;
}

static int64_t sooner(int64_t a, int64_t b)
{
    if (a == 0 || b == 0) {
        return a == 0 ? b : a;
    }
    return a < b ? a : b;
}

/** notAfter of the leaf; 0 for none and for "no end". */
static int64_t ends(struct eg_span certificate)
{
    struct eg_x509_info info;
    bool good = certificate.len > 0 && eg_ok(eg_x509_parse(certificate, &info));
    return good && info.not_after_s != INT64_MAX ? info.not_after_s : 0;
}

/* ---- steps ----------------------------------------------------------------------------------- */

static struct eg_cloud_step *next(struct eg_cloud_work *work)
{
    struct eg_cloud_step *step = &work->steps[work->step_count++];
    memset(step, 0, sizeof(*step));
    return step;
}

static void destroy(struct eg_cloud_work *work, uint32_t chip_id)
{
    struct eg_cloud_step *step = next(work);
    step->kind = EG_CLOUD_DESTROY;
    step->chip_id = chip_id;
}

/** The request repeats what the blob says, and chips compare the two. */
static eg_status import(struct eg_cloud_work *work, const struct eg_cloud_want *want)
{
    struct eg_so so;
    EG_TRY(eg_so_decode(want->blob, &so));
    destroy(work, want->chip_id);
    work->steps[work->step_count - 1].object_id = want->object_id;
    struct eg_cloud_step *step = next(work);
    step->kind = EG_CLOUD_IMPORT;
    step->chip_id = want->chip_id;
    step->attributes = (struct eg_cloud_attributes){
        .type = so.key_type,
        .usage = so.usage,
        .algorithm = so.algorithm,
        .bits = so.key_bits,
        .lifetime = so.lifetime,
    };
    step->blob = want->blob;
    step->object_id = want->object_id;
    step->version = want->version;
    step->generation = want->generation;
    step->expires_s = ends(want->certificate);
    return EG_OK;
}

static void skip(struct eg_cloud_work *work, uint32_t chip_id, enum eg_cloud_rtp rtp)
{
    if (work->skipped_count < EG_BODY_OBJECTS_MAX) {
        work->skipped[work->skipped_count++] = (struct eg_cloud_object_status){chip_id, rtp};
    }
}

/** Ids that nobody wants any more, and that were not removed yet. */
static void remove_others(struct eg_cloud_work *work, struct eg_cloud_wants *wants,
                          const struct eg_held_list *held)
{
    for (size_t i = 0; i < held->count && work->step_count < EG_CLOUD_STEPS_MAX; i++) {
        const struct eg_held_object *o = &held->items[i];
        bool here = o->state != EG_HELD_REMOVED && o->state != EG_HELD_REFUSED;
        if (here && eg_cloud_want_find(wants, o->chip_id) == NULL) {
            destroy(work, o->chip_id);
        }
    }
}

static eg_status bring(struct eg_cloud_work *work, const struct eg_cloud_session *s,
                       const struct eg_cloud_wants *wants, const struct eg_held_list *held)
{
    for (size_t i = 0; i < wants->count; i++) {
        const struct eg_cloud_want *want = &wants->items[i];
        const struct eg_held_object *now = held_of(held, want->chip_id);
        if (want->refused != EG_RTP_NONE) {
            skip(work, want->chip_id, want->refused);
        } else if (has_it(s, want, now)) {
            work->kept_expires_s = sooner(work->kept_expires_s, now->expires_s);
        } else if (work->step_count + 2 <= EG_CLOUD_STEPS_MAX) {
            EG_TRY(import(work, want));
        }
    }
    return EG_OK;
}

/* ---- the whole list -------------------------------------------------------------------------- */

/** A guess until a session has shown it: what left the line is bound as its group is. */
static eg_status guess_binding(struct eg_core *core, struct eg_cloud_session *s)
{
    EG_TRY(eg_store_cloud_proxy_done(eg_core_store(core), s->device_id, &s->proxy_done));
    if (!s->binding_known) {
        s->flow_bound = s->proxy_done;
    }
    return EG_OK;
}

static eg_status collect(struct eg_cloud_wanting *w, struct eg_cloud_work *work)
{
    struct eg_cloud_session *s = w->session;
    struct eg_cloud_wants *wants = eg_arena_alloc(w->call->arena, sizeof(*wants));
    if (wants == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    memset(wants, 0, sizeof(*wants));
    EG_TRY(eg_cloud_wants_collect(w, wants));
    remove_others(work, wants, w->held);
    EG_TRY(bring(work, s, wants, w->held));
    work->recheck_s = wants->recheck_s;
    work->set_id = s->target_set;
    work->epoch = s->epoch;
    work->bound = s->flow_bound;
    EG_TRY(eg_cloud_services(w, s->services_hash, &work->services));
    return eg_cloud_connection(w, s->connection_hash, &work->connection);
}

static eg_status room(struct eg_arena *arena, struct eg_cloud_work *work)
{
    work->steps = eg_arena_alloc(arena, EG_CLOUD_STEPS_MAX * sizeof(*work->steps));
    return work->steps != NULL ? EG_OK : EG_ERR(NO_MEMORY);
}

eg_status eg_cloud_work(struct eg_core *core, struct eg_cloud_session *session,
                        struct eg_span certificate, int64_t now_ms, uint32_t wait_ms,
                        struct eg_arena *arena, struct eg_cloud_work *out)
{
    struct eg_held_list held;
    struct eg_call call = eg_cloud_call(core, session, arena, now_ms);
    struct eg_cloud_wanting w = {&call, session, &held, wait_ms, certificate};
    memset(out, 0, sizeof(*out));
    if (session->no_change || session->verdict != EG_CLOUD_MEMBER) {
        return EG_OK;
    }
    EG_TRY(guess_binding(core, session));
    EG_TRY(room(arena, out));
    EG_TRY(eg_store_cloud_objects(eg_core_store(core), session->device_id, arena, &held));
    eg_status st = collect(&w, out);
    if (!eg_ok(st)) {
        memset(out, 0, sizeof(*out));
    }
    return st;
}

/* ---- the other binding ----------------------------------------------------------------------- */

static bool answered(const struct eg_cloud_step *step, int32_t psa_status)
{
    return step->kind == EG_CLOUD_IMPORT && step->answered && !step->over &&
           step->psa_status == psa_status;
}

/** NXP's simulated importer has one word for a MAC that does not fit and for other trouble. */
static bool wrong_binding(const struct eg_cloud_step *step)
{
    return answered(step, PSA_INVALID_SIGNATURE) || answered(step, PSA_GENERIC_ERROR);
}

bool eg_cloud_must_rebind(const struct eg_cloud_session *session, const struct eg_cloud_work *work)
{
    bool said = false, vague = false, proved = false;
    if (session->rebound || session->binding_known) {
        return false;
    }
    for (size_t i = 0; i < work->step_count; i++) {
        said = said || answered(&work->steps[i], PSA_INVALID_SIGNATURE);
        vague = vague || answered(&work->steps[i], PSA_GENERIC_ERROR);
        proved = proved || answered(&work->steps[i], 0);
    }
    return said || (vague && !proved);
}

static eg_status again(struct eg_cloud_work *work, size_t old_count, struct eg_cloud_wants *wants)
{
    for (size_t i = 0; i < old_count; i++) {
        struct eg_cloud_want *want = eg_cloud_want_find(wants, work->steps[i].chip_id);
        if (!wrong_binding(&work->steps[i]) || want == NULL || want->blob.len == 0 ||
            work->step_count + 2 > 2 * EG_CLOUD_STEPS_MAX) {
            continue;
        }
        work->steps[i].over = true;
        EG_TRY(import(work, want));
    }
    return EG_OK;
}

eg_status eg_cloud_rebind(struct eg_core *core, struct eg_cloud_session *session, int64_t now_ms,
                          uint32_t wait_ms, struct eg_arena *arena, struct eg_cloud_work *work)
{
    struct eg_held_list held = {NULL, 0};
    struct eg_call call = eg_cloud_call(core, session, arena, now_ms);
    struct eg_cloud_wanting w = {&call, session, &held, wait_ms, {NULL, 0}};
    struct eg_cloud_wants *wants = eg_arena_alloc(arena, sizeof(*wants));
    struct eg_cloud_step *steps = eg_arena_alloc(arena, 2 * EG_CLOUD_STEPS_MAX * sizeof(*steps));
    if (wants == NULL || steps == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    memset(wants, 0, sizeof(*wants));
    memcpy(steps, work->steps, work->step_count * sizeof(*steps));
    work->steps = steps;
    session->rebound = true;
    session->flow_bound = !session->flow_bound;
    EG_TRY(eg_cloud_wants_collect(&w, wants));
    work->bound = session->flow_bound;
    return again(work, work->step_count, wants);
}
