/* SPDX-License-Identifier: Apache-2.0 */
#include "server/device/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/device/session_internal.h"
#include "server/main/limits.h"

/** What may be assumed of a device before its hello. */
static const struct eg_cloud_facts unknown = {
    .response_max = EG_SESSION_BUFFER_DEFAULT,
    .request_max = EG_SESSION_BUFFER_DEFAULT,
};

void eg_device_session_init(struct eg_device_session *s, bool ours, struct eg_span crl)
{
    *s = (struct eg_device_session){.ours = ours, .crl = crl, .claim_status = EG_PSA_NOT_SUPPORTED};
    s->cloud.facts = unknown;
}

void eg_device_session_end(struct eg_device_session *s)
{
    if (s->load != NULL) {
        eg_arena_cleanup(&s->load->arena);
        free(s->load);
        s->load = NULL;
    }
    eg_device_batch_reset(s);
}

/* ---- moving on ------------------------------------------------------------------------------- */

/** Send what was put together. */
static enum eg_device_need send(struct eg_device_session *s)
{
    eg_device_batch_close(s);
    return EG_DEVICE_SEND;
}

/** A stage that asks the device: false when the message has to go out first. */
static bool put(struct eg_device_session *s, const struct eg_device_stage_row *row)
{
    if (row->put(s) == EG_DEVICE_PUT_FULL) {
        return false;
    }
    s->stage++;
    return row->wait == NULL || !row->wait(s) || s->asked_count == 0;
}

/** Walk the table from where the session is until something is needed from outside. */
static enum eg_device_need walk(struct eg_device_session *s)
{
    while (s->stage < EG_DEVICE_STAGE_OVER) {
        const struct eg_device_stage_row *row = &eg_device_stages[s->stage];
        if (row->judges && s->asked_count > 0) {
            return send(s);
        }
        if (!row->due(s)) {
            s->stage++;
            continue;
        }
        if (row->rule != EG_DEVICE_RULE_NONE) {
            s->rule = row->rule;
            return s->asked_count > 0 ? send(s) : EG_DEVICE_RULE;
        }
        if (!put(s, row)) {
            return s->asked_count > 0 ? send(s)
                                      : eg_device_session_broken(s, "a message could not be made");
        }
    }
    return EG_DEVICE_END;
}

enum eg_device_need eg_device_session_start(struct eg_device_session *s)
{
    s->stage = EG_DEVICE_STAGE_ADMIT;
    return walk(s);
}

/** End without a report: nothing was found out that could be stored. */
static enum eg_device_need say_goodbye(struct eg_device_session *s, uint32_t update)
{
    eg_device_batch_reset(s);
    eg_device_goodbye(s, update, NULL);
    s->stage = EG_DEVICE_STAGE_OVER;
    return EG_DEVICE_END;
}

enum eg_device_need eg_device_session_refuse(struct eg_device_session *s, uint32_t update)
{
    return say_goodbye(s, update);
}

/* ---- rules ----------------------------------------------------------------------------------- */

static bool admitted(const struct eg_device_session *s)
{
    return s->cloud.verdict == EG_CLOUD_MEMBER || s->cloud.verdict == EG_CLOUD_UNCLAIMED;
}

/** What our own agent told last time stands until it says otherwise: no need to ask first. */
static void rely_on_memory(struct eg_device_session *s)
{
    const struct eg_cloud_facts *known = &s->cloud.known;
    s->early = s->trusted && s->ours && known->ours && known->agent_version != 0 &&
               known->multiple && s->cloud.verdict == EG_CLOUD_MEMBER;
    if (s->early) {
        struct eg_cloud_facts facts = *known;
        eg_device_stage_facts(s, &facts);
    }
}

static enum eg_device_need after_admit(struct eg_device_session *s)
{
    if (!admitted(s)) {
        return say_goodbye(s, s->cloud.goodbye);
    }
    rely_on_memory(s);
    s->cloud.saw_hello = false;
    s->stage++;
    return walk(s);
}

/** Refused by the claim rule: only the report is left. */
static enum eg_device_need after_claim(struct eg_device_session *s)
{
    s->claim_blob = eg_span(NULL, 0);
    s->stage = s->cloud.verdict == EG_CLOUD_MEMBER ? EG_DEVICE_STAGE_WORK : EG_DEVICE_STAGE_REPORT;
    return walk(s);
}

/** Made for the other binding: the added steps follow. Not made: the report tells what failed. */
static enum eg_device_need after_rebind(struct eg_device_session *s, eg_status st)
{
    s->stage = eg_ok(st) ? EG_DEVICE_STAGE_OBJECTS : EG_DEVICE_STAGE_REPORT;
    return walk(s);
}

enum eg_device_need eg_device_session_ruled(struct eg_device_session *s, eg_status st)
{
    if (s->rule == EG_DEVICE_RULE_REBIND) {
        return after_rebind(s, st);
    }
    if (!eg_ok(st)) {
        return say_goodbye(s, eg_cloud_goodbye_of(st));
    }
    switch (s->rule) {
    case EG_DEVICE_RULE_ADMIT:
        return after_admit(s);
    case EG_DEVICE_RULE_CLAIM:
        return after_claim(s);
    default:
        s->stage++;
        return walk(s);
    }
}

enum eg_device_need eg_device_session_reported(struct eg_device_session *s,
                                               const struct eg_cloud_report *report)
{
    s->stage = EG_DEVICE_STAGE_OVER;
    if (s->broken) {
        return EG_DEVICE_END;
    }
    s->finished = true;
    if (s->parted) {
        s->update = report->update;
    } else {
        eg_device_goodbye(s, report->update, report);
    }
    return EG_DEVICE_END;
}

void eg_device_session_outcome(const struct eg_device_session *s, struct eg_cloud_outcome *out)
{
    *out = (struct eg_cloud_outcome){
        .complete = !s->broken,
        .services_status = s->services.status,
        .connection_status = s->connection.status,
        .detail = s->detail[0] != '\0' ? s->detail : NULL,
        .round_trips = s->round_trips,
    };
}

/* ---- answers --------------------------------------------------------------------------------- */

/** One answer for each request, in the same order, and of the same kind. */
static eg_status take_all(struct eg_device_session *s, struct eg_span frame)
{
    struct eg_session_iter it;
    struct eg_session_response answer;
    eg_session_iter_start(&it, frame);
    for (size_t i = 0; i < s->asked_count; i++) {
        const struct eg_device_asked *asked = &s->asked[i];
        if (!eg_session_next_response(&it, &answer)) {
            return EG_ERR(WIRE_BAD_SESSION);
        }
        EG_TRY(eg_device_stages[asked->stage].take(s, asked, &answer));
    }
    bool more = eg_session_next_response(&it, &answer);
    return more ? EG_ERR(WIRE_BAD_SESSION) : it.status;
}

enum eg_device_need eg_device_session_answer(struct eg_device_session *s, struct eg_span frame)
{
    eg_status st = take_all(s, frame);
    eg_device_batch_reset(s);
    if (!eg_ok(st)) {
        return eg_device_session_broken(
            s, s->detail[0] != '\0' ? s->detail : "the device's answer cannot be understood");
    }
    return walk(s);
}

enum eg_device_need eg_device_session_broken(struct eg_device_session *s, const char *why)
{
    bool over = s->stage == EG_DEVICE_STAGE_OVER;
    if (s->broken || over || !admitted(s)) {
        s->broken = s->broken || !over;
        s->stage = EG_DEVICE_STAGE_OVER;
        return EG_DEVICE_END;
    }
    s->broken = true;
    if (why != s->detail) {
        snprintf(s->detail, sizeof(s->detail), "%s", why);
    }
    eg_device_batch_reset(s);
    s->stage = EG_DEVICE_STAGE_REPORT;
    s->rule = EG_DEVICE_RULE_REPORT;
    return EG_DEVICE_RULE;
}
