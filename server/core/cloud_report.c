/* SPDX-License-Identifier: Apache-2.0 */
/* How a session went: the report for the device, and what is stored of it. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "server/core/cloud_internal.h"

enum {
    PSA_DOES_NOT_EXIST = -140,
    OBJECTS_MAX = EG_CLOUD_STEPS_MAX,
    EVENTS_MAX = 4,
    DETAIL_MAX = 200,
};

/** Everything of one report; large, so it lives in an arena. */
struct telling {
    const struct eg_cloud_session *session;
    const struct eg_cloud_work *work; /* may be NULL */
    const struct eg_cloud_outcome *outcome;
    struct eg_cloud_report *out;
    int64_t now_s;
    unsigned done, failed, unanswered;
    int64_t expires_s;
    struct eg_cloud_save save;
    struct eg_held_object objects[OBJECTS_MAX];
    uint32_t gone[OBJECTS_MAX];
    struct eg_cloud_event events[EVENTS_MAX];
    char details[EVENTS_MAX][DETAIL_MAX];
    uint8_t facts[EG_CLOUD_FACTS_MAX];
};

/* ---- steps ----------------------------------------------------------------------------------- */

static bool step_good(const struct eg_cloud_step *step)
{
    return step->psa_status == 0 ||
           (step->kind == EG_CLOUD_DESTROY && step->psa_status == PSA_DOES_NOT_EXIST);
}

/** A DESTROY right before the IMPORT of the same id is a part of it. */
static bool part_of_import(const struct eg_cloud_work *work, size_t i)
{
    return work->steps[i].kind == EG_CLOUD_DESTROY && i + 1 < work->step_count &&
           work->steps[i + 1].kind == EG_CLOUD_IMPORT &&
           work->steps[i + 1].chip_id == work->steps[i].chip_id;
}

static void report_object(struct telling *t, uint32_t chip_id, enum eg_cloud_rtp rtp)
{
    struct eg_cloud_report *r = t->out;
    if (r->object_count < sizeof(r->objects) / sizeof(r->objects[0])) {
        r->objects[r->object_count++] = (struct eg_cloud_object_status){chip_id, rtp};
    }
}

static void note_import(struct telling *t, const struct eg_cloud_step *step)
{
    bool good = step->answered && step_good(step);
    enum eg_cloud_rtp rtp = good ? EG_RTP_OK : EG_RTP_WRITE_FAILED;
    struct eg_held_object *held = &t->objects[t->save.object_count++];
    *held = (struct eg_held_object){
        .chip_id = step->chip_id,
        .object_id = step->object_id,
        .version = step->version,
        .generation = step->generation,
        .state = !step->answered ? EG_HELD_SENT
                 : good          ? EG_HELD_CONFIRMED
                                 : EG_HELD_FAILED,
        .psa_status = step->psa_status,
        .rtp_status = step->answered ? rtp : EG_RTP_NONE,
        .expires_s = step->expires_s,
        .updated_s = t->now_s,
        .confirmed_s = good ? t->now_s : 0,
    };
    if (step->answered) {
        report_object(t, step->chip_id, rtp);
    }
    if (good && step->expires_s != 0 && (t->expires_s == 0 || step->expires_s < t->expires_s)) {
        t->expires_s = step->expires_s;
    }
}

static void note_removal(struct telling *t, const struct eg_cloud_step *step)
{
    if (step->answered && step_good(step)) {
        t->gone[t->save.gone_count++] = step->chip_id;
    } else if (step->answered) {
        report_object(t, step->chip_id, EG_RTP_DELETE_FAILED);
    }
}

static void count_step(struct telling *t, const struct eg_cloud_step *step)
{
    if (!step->answered) {
        t->unanswered++;
    } else if (step_good(step)) {
        t->done++;
    } else {
        t->failed++;
    }
}

static void note_steps(struct telling *t)
{
    const struct eg_cloud_work *work = t->work;
    for (size_t i = 0; i < work->step_count; i++) {
        const struct eg_cloud_step *step = &work->steps[i];
        if (step->over || part_of_import(work, i)) {
            continue;
        }
        count_step(t, step);
        if (step->kind == EG_CLOUD_IMPORT) {
            note_import(t, step);
        } else {
            note_removal(t, step);
        }
    }
}

/** What this flow cannot deliver. */
static void note_skipped(struct telling *t)
{
    for (size_t i = 0; i < t->work->skipped_count; i++) {
        const struct eg_cloud_object_status *skipped = &t->work->skipped[i];
        report_object(t, skipped->chip_id, (enum eg_cloud_rtp)skipped->rtp);
        if (skipped->rtp == EG_RTP_NO_CHANGE) {
            continue;
        }
        t->failed++;
        t->objects[t->save.object_count++] = (struct eg_held_object){
            .chip_id = skipped->chip_id,
            .state = EG_HELD_REFUSED,
            .rtp_status = skipped->rtp,
            .updated_s = t->now_s,
        };
    }
}

/* ---- statuses -------------------------------------------------------------------------------- */

static bool csp_bad(uint32_t status)
{
    return status >= 0x10;
}

static uint32_t csp_of(const struct eg_cloud_outcome *o)
{
    if (csp_bad(o->services_status) || csp_bad(o->connection_status)) {
        return EG_CSP_FAILED;
    }
    return o->services_status != EG_CSP_NONE ? o->services_status : o->connection_status;
}

static uint32_t rtp_of(const struct telling *t)
{
    if (t->failed > 0) {
        return EG_RTP_FAILED;
    }
    return t->done + t->unanswered > 0 ? EG_RTP_OK : EG_RTP_NO_CHANGE;
}

static void judge(struct telling *t)
{
    const struct eg_cloud_session *s = t->session;
    struct eg_cloud_report *r = t->out;
    r->claim = s->claim;
    if (s->goodbye != 0) {
        r->update = s->goodbye;
        return;
    }
    r->rtp = rtp_of(t);
    r->csp = csp_of(t->outcome);
    bool good = r->claim < EG_CLAIM_NOT_FOUND && r->rtp < 0x10 && !csp_bad(r->csp);
    r->update = good ? EG_CLOUD_UPDATE_SUCCESS : EG_CLOUD_UPDATE_FAILED;
    if (t->work != NULL && t->work->services.write) {
        r->services = t->work->services.services;
        r->service_count = t->work->services.service_count;
    }
}

/* ---- the timeline ---------------------------------------------------------------------------- */

__attribute__((format(printf, 3, 4))) static void event(struct telling *t, enum eg_event_kind kind,
                                                        const char *format, ...)
{
    size_t i = t->save.event_count;
    va_list args;
    if (i == EVENTS_MAX) {
        return;
    }
    va_start(args, format);
    (void)vsnprintf(t->details[i], DETAIL_MAX, format, args);
    va_end(args);
    t->events[i] = (struct eg_cloud_event){kind, t->details[i]};
    t->save.event_count++;
}

static void add_events(struct telling *t)
{
    const struct eg_cloud_session *s = t->session;
    unsigned steps = t->done + t->failed + t->unanswered;
    /* a device that fails the same way every minute leaves one line */
    bool news = t->done > 0 || t->out->update != s->last_update;
    if (s->rebound && news) {
        event(t, EG_EVENT_REBOUND, "objects made for %s, session %s",
              s->flow_bound ? "the boot key hash and life cycle of the group" : "no binding",
              s->correlation);
    }
    if (t->work != NULL && t->work->skipped_count > 0 && !s->proxy_done && news) {
        event(t, EG_EVENT_CLOUD_REFUSED, "%u objects only the line can deliver, session %s",
              (unsigned)t->work->skipped_count, s->correlation);
    }
    if (!t->outcome->complete && (steps > 0 || s->last_update != EG_CLOUD_UPDATE_TIMEOUT)) {
        event(t, EG_EVENT_CLOUD_BROKEN, "%u of %u steps answered, session %s%s%s",
              t->done + t->failed, steps, s->correlation, t->outcome->detail != NULL ? ": " : "",
              t->outcome->detail != NULL ? t->outcome->detail : "");
    } else if (t->outcome->complete && t->out->update != EG_CLOUD_UPDATE_SUCCESS && news) {
        event(t, EG_EVENT_CLOUD_FAILED, "update status 0x%02X, %u steps failed, session %s",
              (unsigned)t->out->update, t->failed, s->correlation);
    } else if (t->outcome->complete && t->done > 0) {
        event(t, EG_EVENT_CLOUD_UPDATED, "%u steps from %s, session %s", t->done, s->address,
              s->correlation);
    }
}

/* ---- what is stored -------------------------------------------------------------------------- */

/** All that was to be done is done: the next session needs nothing. */
static bool settled(const struct telling *t)
{
    return t->outcome->complete && t->failed == 0 && t->unanswered == 0 &&
           t->out->update == EG_CLOUD_UPDATE_SUCCESS && t->work != NULL;
}

static enum eg_cloud_binding proven(const struct telling *t)
{
    bool imported = false;
    for (size_t i = 0; t->work != NULL && i < t->work->step_count; i++) {
        const struct eg_cloud_step *step = &t->work->steps[i];
        imported = imported || (step->kind == EG_CLOUD_IMPORT && step->answered && !step->over &&
                                step->psa_status == 0);
    }
    if (!imported) {
        return EG_BINDING_UNKNOWN;
    }
    return t->work->bound ? EG_BINDING_GROUP : EG_BINDING_NONE;
}

static struct eg_span written_hash(const struct eg_cloud_container *c, uint32_t status)
{
    bool written = c->write && (status == EG_CSP_OK || status == EG_CSP_NO_CHANGE);
    return written ? EG_SPAN_OF(c->hash) : eg_span(NULL, 0);
}

static void fill_held(struct telling *t)
{
    const struct eg_cloud_work *work = t->work;
    struct eg_cloud_save *save = &t->save;
    save->held_group = t->session->group_id;
    save->held_set = settled(t) ? work->set_id : -1;
    save->held_epoch = settled(t) ? work->epoch : -1;
    save->recheck_s = settled(t) ? work->recheck_s : 0;
    save->expires_s = work->kept_expires_s;
    if (save->expires_s == 0 || (t->expires_s != 0 && t->expires_s < save->expires_s)) {
        save->expires_s = t->expires_s;
    }
    save->services_hash = written_hash(&work->services, t->outcome->services_status);
    save->connection_hash = written_hash(&work->connection, t->outcome->connection_status);
}

static void fill_save(struct telling *t)
{
    const struct eg_cloud_session *s = t->session;
    const struct eg_cloud_facts *facts = s->saw_hello ? &s->facts : &s->known;
    struct eg_cloud_save *save = &t->save;
    struct eg_writer w;
    eg_writer_init(&w, t->facts, sizeof(t->facts));
    eg_cloud_facts_put(facts, &w);
    save->device_id = s->device_id;
    save->company_id = s->company_id;
    save->group_id = s->group_id;
    save->target_set = s->target_set;
    save->now_s = t->now_s;
    save->complete = t->outcome->complete;
    save->success = t->outcome->complete && t->out->update == EG_CLOUD_UPDATE_SUCCESS;
    save->update_status = t->outcome->complete ? t->out->update : EG_CLOUD_UPDATE_TIMEOUT;
    save->claim_status = t->out->claim;
    save->rtp_status = t->out->rtp;
    save->csp_status = t->out->csp;
    save->agent_version = facts->agent_version;
    save->address = s->address;
    save->correlation = s->correlation;
    save->facts = eg_writer_span(&w);
    save->binding = proven(t);
    save->remove_claim = s->remove_claim;
    save->objects = t->objects;
    save->gone = t->gone;
    save->events = t->events;
    if (t->work != NULL) {
        fill_held(t);
    }
}

/** Only contact and counters move. */
static bool quiet(const struct telling *t)
{
    const struct eg_cloud_session *s = t->session;
    return s->no_change && t->outcome->complete && t->save.success && t->save.object_count == 0 &&
           (!s->saw_hello || eg_cloud_facts_equal(&s->facts, &s->known));
}

static bool storable(const struct eg_cloud_session *s)
{
    return s->device_id != 0 && (s->verdict == EG_CLOUD_MEMBER || s->verdict == EG_CLOUD_UNCLAIMED);
}

static void count(struct eg_core *core, const struct telling *t)
{
    bool good = t->save.success;
    eg_cloud_count(core, !good           ? EG_COUNT_FAILED
                         : t->save.quiet ? EG_COUNT_CHECKINS
                                         : EG_COUNT_CHANGED);
}

static eg_status tell(struct eg_core *core, struct telling *t)
{
    if (t->work != NULL) {
        note_steps(t);
        note_skipped(t);
    }
    judge(t);
    if (!storable(t->session)) {
        return EG_OK;
    }
    add_events(t);
    fill_save(t);
    t->save.quiet = quiet(t);
    EG_TRY(eg_store_cloud_save(eg_core_store(core), &t->save));
    count(core, t);
    return EG_OK;
}

void eg_cloud_report_unchanged(struct eg_cloud_report *out)
{
    memset(out, 0, sizeof(*out));
    out->update = EG_CLOUD_UPDATE_SUCCESS;
    out->rtp = EG_RTP_NO_CHANGE;
}

eg_status eg_cloud_report(struct eg_core *core, struct eg_cloud_session *session,
                          const struct eg_cloud_work *work, const struct eg_cloud_outcome *outcome,
                          int64_t now_ms, struct eg_cloud_report *out)
{
    struct eg_arena arena;
    memset(out, 0, sizeof(*out));
    out->update = EG_CLOUD_UPDATE_INTERNAL;
    eg_arena_init(&arena, EG_ARENA_REQUEST_MAX);
    struct telling *t = eg_arena_alloc(&arena, sizeof(*t));
    if (t == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    memset(t, 0, sizeof(*t));
    t->session = session;
    t->work = work;
    t->outcome = outcome;
    t->out = out;
    t->now_s = now_ms / 1000;
    eg_status st = tell(core, t);
    if (eg_ok(st) && !t->save.quiet && session->company_id != 0) {
        eg_core_tell(core, eg_topic_events(session->company_id));
    }
    if (!eg_ok(st)) {
        memset(out, 0, sizeof(*out));
        out->update = eg_cloud_goodbye_of(st);
    }
    eg_arena_cleanup(&arena);
    return st;
}
