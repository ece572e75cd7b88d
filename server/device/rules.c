/* SPDX-License-Identifier: Apache-2.0 */
#include "server/device/rules.h"

#include <stdlib.h>
#include <string.h>

#include "lib/os/clock.h"
#include "server/main/limits.h"

enum { LOAD_MAX = 16 * 1024 * 1024 };

/* ---- doubts ---------------------------------------------------------------------------------- */

static atomic_uchar *doubt_about(const struct eg_device_rules *r, const struct eg_uuid *uuid)
{
    uint32_t h = 0x811C9DC5u; /* FNV-1a */
    for (size_t i = 0; i < sizeof(uuid->bytes); i++) {
        h = (h ^ uuid->bytes[i]) * 0x01000193u;
    }
    return &r->doubts->flags[h % EG_DEVICE_DOUBTS];
}

/** A session that relied on memory and broke, and one that asked and went well. */
static void learn(const struct eg_device_rules *r, const struct eg_device_session *s)
{
    if (s->broken && s->early && !s->cloud.saw_hello) {
        atomic_store(doubt_about(r, &s->cloud.uuid), 1);
    } else if (!s->broken && !s->early && s->ours) {
        atomic_store(doubt_about(r, &s->cloud.uuid), 0);
    }
}

/* ---- the rules ------------------------------------------------------------------------------- */

static enum eg_device_need admit(const struct eg_device_rules *r, struct eg_device_session *s,
                                 const struct eg_cloud_peer *peer)
{
    const struct eg_cloud_facts first = s->cloud.facts; /* a device that has not said hello */
    eg_status st = eg_cloud_admit(r->core, peer, eg_clock_now_ms(), &s->cloud);
    s->cloud.facts = first;
    s->trusted = atomic_load(doubt_about(r, &peer->uuid)) == 0;
    return eg_device_session_ruled(s, st);
}

static enum eg_device_need claim(const struct eg_device_rules *r, struct eg_device_session *s)
{
    return eg_device_session_ruled(
        s, eg_cloud_claim(r->core, &s->cloud, s->claim_status, s->claim_blob, eg_clock_now_ms()));
}

static enum eg_device_need work(const struct eg_device_rules *r, struct eg_device_session *s,
                                const struct eg_cloud_peer *peer)
{
    s->load = calloc(1, sizeof(*s->load));
    if (s->load == NULL) {
        return eg_device_session_ruled(s, EG_ERR(NO_MEMORY));
    }
    eg_arena_init(&s->load->arena, LOAD_MAX);
    return eg_device_session_ruled(s, eg_cloud_work(r->core, &s->cloud, peer->certificate,
                                                    eg_clock_now_ms(), EG_LIMIT_DEVICE_MAKE_MS,
                                                    &s->load->arena, &s->load->work));
}

static enum eg_device_need rebind(const struct eg_device_rules *r, struct eg_device_session *s)
{
    return eg_device_session_ruled(s, eg_cloud_rebind(r->core, &s->cloud, eg_clock_now_ms(),
                                                      EG_LIMIT_DEVICE_MAKE_MS, &s->load->arena,
                                                      &s->load->work));
}

/** A failed report tells INTERNAL in what it fills in, so its status needs no second look. */
static enum eg_device_need report(const struct eg_device_rules *r, struct eg_device_session *s)
{
    struct eg_cloud_report told = {.update = EG_CLOUD_UPDATE_INTERNAL};
    struct eg_cloud_outcome outcome;
    eg_device_session_outcome(s, &outcome);
    eg_status st = eg_cloud_report(r->core, &s->cloud, s->load == NULL ? NULL : &s->load->work,
                                   &outcome, eg_clock_now_ms(), &told);
    if (!eg_ok(st)) {
        told.update = eg_cloud_goodbye_of(st);
    }
    learn(r, s);
    return eg_device_session_reported(s, &told);
}

static enum eg_device_need run_one(const struct eg_device_rules *r, struct eg_device_session *s,
                                   const struct eg_cloud_peer *peer)
{
    switch (s->rule) {
    case EG_DEVICE_RULE_ADMIT:
        return admit(r, s, peer);
    case EG_DEVICE_RULE_CLAIM:
        return claim(r, s);
    case EG_DEVICE_RULE_WORK:
        return work(r, s, peer);
    case EG_DEVICE_RULE_REBIND:
        return rebind(r, s);
    case EG_DEVICE_RULE_REPORT:
        return report(r, s);
    case EG_DEVICE_RULE_NONE:
        break;
    }
    return EG_DEVICE_END;
}

enum eg_device_need eg_device_rules_run(const struct eg_device_rules *rules,
                                        struct eg_device_session *s,
                                        const struct eg_cloud_peer *peer)
{
    enum eg_device_need need = EG_DEVICE_RULE;
    while (need == EG_DEVICE_RULE) {
        need = run_one(rules, s, peer);
    }
    return need;
}
