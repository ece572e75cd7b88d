/* SPDX-License-Identifier: Apache-2.0 */
/* Who is it, and may it come in? One read for a member without change. */
#include <stdio.h>
#include <string.h>

#include "lib/base/secret.h"
#include "lib/os/log.h"
#include "server/core/cloud_internal.h"

/* What a verdict says to the peer, stores and counts. */
static const struct verdict_rule {
    enum eg_cloud_verdict verdict;
    uint32_t goodbye;
    enum eg_cloud_count count;
    enum eg_alarm_kind alarm; /* 0: none */
    const char *detail;
} rules[] = {
    {EG_CLOUD_MEMBER, 0, EG_COUNT_ADMITTED, 0, ""},
    {EG_CLOUD_UNCLAIMED, 0, EG_COUNT_UNCLAIMED, 0, ""},
    {EG_CLOUD_WRONG_KEY, EG_CLOUD_UPDATE_NOT_WHITELISTED, EG_COUNT_WRONG_KEY, EG_ALARM_WRONG_KEY,
     "suspected counterfeit: the UUID is known, but not with this key"},
    {EG_CLOUD_UNKNOWN_ROOT, EG_CLOUD_UPDATE_NOT_WHITELISTED, EG_COUNT_UNKNOWN_ROOT,
     EG_ALARM_UNKNOWN_ROOT, "suspected counterfeit: no root of trust has this UUID"},
    {EG_CLOUD_MALFORMED, EG_CLOUD_UPDATE_NOT_WHITELISTED, EG_COUNT_MALFORMED, EG_ALARM_MALFORMED,
     "suspected counterfeit: not the certificate of a device"},
    {EG_CLOUD_RETIRED, EG_CLOUD_UPDATE_NOT_WHITELISTED, EG_COUNT_RETIRED, EG_ALARM_RETIRED,
     "a device that was decommissioned connected"},
    {EG_CLOUD_LIMITED, EG_CLOUD_UPDATE_LIMITED, EG_COUNT_LIMITED, 0, ""},
    {EG_CLOUD_NO_FLOW, EG_CLOUD_UPDATE_NOT_WHITELISTED, EG_COUNT_NO_FLOW, 0, ""},
};

static const struct verdict_rule *rule_of(enum eg_cloud_verdict verdict)
{
    return &rules[verdict - EG_CLOUD_MEMBER];
}

void eg_cloud_alarm(struct eg_core *core, const struct eg_cloud_peer *peer, int64_t company_id,
                    int64_t device_id, enum eg_alarm_kind kind, const char *detail, int64_t now_s)
{
    struct eg_cloud *cloud = eg_core_cloud(core);
    struct eg_span subject = peer->subject;
    if (!eg_cloud_guard_hit(&cloud->alarms, eg_span_str("all"), now_s)) {
        eg_cloud_count(core, EG_COUNT_MERGED);
        return;
    }
    subject.len = subject.len < EG_CLOUD_SUBJECT_MAX ? subject.len : EG_CLOUD_SUBJECT_MAX;
    const struct eg_alarm alarm = {
        .kind = kind,
        .device_id = device_id,
        .last_s = now_s,
        .has_uuid = peer->well_formed,
        .uuid = peer->uuid,
        .address = peer->address,
        .detail = detail,
        .spki = peer->well_formed ? EG_SPAN_OF(peer->public_key) : eg_span("", 0),
        .subject = subject.len == 0 ? eg_span("", 0) : subject,
    };
    eg_status st = eg_store_alarm_raise(eg_core_store(core), company_id, &alarm);
    if (!eg_ok(st)) {
        eg_log_failure(st, "alarm not stored", EG_LOG_FIELDS(eg_log_str("alarm", detail)));
    }
}

/* ---- judge ----------------------------------------------------------------------------------- */

static bool takes_part(struct eg_core *core, const struct eg_cloud_row *row)
{
    const struct eg_family *family = eg_families_find(eg_core_families(core), row->family);
    bool group = row->group_id == 0 || (row->flows & EG_FLOW_CLOUD) != 0;
    return group && family != NULL && (family->flows & EG_FLOW_CLOUD) != 0;
}

static enum eg_cloud_verdict judge(struct eg_core *core, const struct eg_cloud_peer *peer,
                                   const struct eg_cloud_row *row, int64_t now_s)
{
    struct eg_cloud *cloud = eg_core_cloud(core);
    if (!eg_ct_equal(peer->public_key, row->connection_key, EG_CLOUD_KEY_LEN)) {
        return EG_CLOUD_WRONG_KEY;
    }
    if (row->retired_s != 0) {
        return EG_CLOUD_RETIRED;
    }
    if (!takes_part(core, row)) {
        return EG_CLOUD_NO_FLOW;
    }
    if (row->group_id != 0) {
        return EG_CLOUD_MEMBER;
    }
    bool locked = row->locked_until_s > now_s ||
                  eg_cloud_guard_full(&cloud->guesses, eg_span_str(peer->address), now_s);
    return locked ? EG_CLOUD_LIMITED : EG_CLOUD_UNCLAIMED;
}

int64_t eg_cloud_target_set(const struct eg_cloud_row *row)
{
    return row->target_set;
}

/** Nothing to do, by the two numbers that store_cloud.h explains? */
static bool settled(const struct eg_cloud_row *row, int64_t target, int64_t now_s)
{
    return row->seen && row->held_group == row->group_id && row->held_set == target &&
           row->held_epoch == row->epoch && !row->remove_claim &&
           (row->recheck_s == 0 || now_s < row->recheck_s) &&
           row->update_status == EG_CLOUD_UPDATE_SUCCESS;
}

static void fill(const struct eg_cloud_row *row, int64_t now_s, struct eg_cloud_session *out)
{
    out->device_id = row->device_id;
    out->company_id = row->company_id;
    out->group_id = row->group_id;
    memcpy(out->family, row->family, sizeof(out->family));
    eg_cloud_facts_get(eg_span(row->facts, row->facts_len), &out->known);
    out->target_set = row->group_id == 0 ? 0 : eg_cloud_target_set(row);
    out->epoch = row->epoch;
    out->retiring = row->retiring_s != 0;
    out->last_update = row->update_status;
    out->held_group = row->held_group;
    out->remove_claim = row->remove_claim;
    out->flow_bound = row->binding == EG_BINDING_GROUP;
    out->binding_known = row->binding != EG_BINDING_UNKNOWN;
    out->no_change = settled(row, out->target_set, now_s);
    memcpy(out->services_hash, row->services_hash, sizeof(out->services_hash));
    memcpy(out->connection_hash, row->connection_hash, sizeof(out->connection_hash));
}

/** May evidence be kept, within the limits of the peer's address and UUID? */
static bool may_tell(struct eg_core *core, const struct eg_cloud_peer *peer, int64_t now_s)
{
    struct eg_cloud *cloud = eg_core_cloud(core);
    bool by_address = eg_cloud_guard_hit(&cloud->refused, eg_span_str(peer->address), now_s);
    bool by_uuid = !peer->well_formed ||
                   eg_cloud_guard_hit(&cloud->refused, EG_SPAN_OF(peer->uuid.bytes), now_s);
    if (!by_address || !by_uuid) {
        eg_cloud_count(core, EG_COUNT_MERGED);
    }
    return by_address && by_uuid;
}

/** Count the verdict; of a refused peer keep evidence within the limits of its address, beyond them
 * it is only told so. */
static void conclude(struct eg_core *core, const struct eg_cloud_peer *peer, int64_t now_s,
                     struct eg_cloud_session *s)
{
    const struct verdict_rule *rule = rule_of(s->verdict);
    eg_cloud_count(core, rule->count);
    if (rule->alarm == 0) {
        s->goodbye = rule->goodbye;
        return;
    }
    if (may_tell(core, peer, now_s)) {
        s->goodbye = rule->goodbye;
        eg_cloud_alarm(core, peer, s->company_id != 0 ? s->company_id : eg_core_company(core),
                       s->device_id, rule->alarm, rule->detail, now_s);
        return;
    }
    s->goodbye = EG_CLOUD_UPDATE_LIMITED;
}

/** The endpoint has counted it. Only a member has an owner who can set it right; what else comes
 * with a wrong name is no sign of a counterfeit. */
static void conclude_wrong_name(struct eg_core *core, const struct eg_cloud_peer *peer,
                                int64_t now_s, struct eg_cloud_session *s)
{
    bool member = s->verdict == EG_CLOUD_MEMBER;
    s->verdict = EG_CLOUD_WRONG_NAME;
    s->goodbye = peer->wrong_name;
    if (member && may_tell(core, peer, now_s)) {
        eg_cloud_alarm(core, peer, s->company_id, s->device_id, EG_ALARM_WRONG_NAME,
                       peer->wrong_name == EG_CLOUD_UPDATE_SNI_MISSING
                           ? "the device named no host (SNI)"
                           : "the device asked for another host name (SNI)",
                       now_s);
    }
}

static eg_status look_up(struct eg_core *core, const struct eg_cloud_peer *peer, int64_t now_s,
                         struct eg_cloud_session *out)
{
    struct eg_cloud_row row;
    eg_status st = eg_store_cloud_admit(eg_core_store(core), &peer->uuid, &row);
    if (eg_is(st, EG_E_DEVICE_UNKNOWN)) {
        out->verdict = EG_CLOUD_UNKNOWN_ROOT;
        return EG_OK;
    }
    EG_TRY(st);
    out->verdict = judge(core, peer, &row, now_s);
    fill(&row, now_s, out);
    return EG_OK;
}

eg_status eg_cloud_admit(struct eg_core *core, const struct eg_cloud_peer *peer, int64_t now_ms,
                         struct eg_cloud_session *out)
{
    memset(out, 0, sizeof(*out));
    out->verdict = EG_CLOUD_MALFORMED;
    out->goodbye = EG_CLOUD_UPDATE_INTERNAL;
    out->started_ms = now_ms;
    snprintf(out->address, sizeof(out->address), "%s", peer->address);
    EG_TRY(eg_core_uuid4(core, out->correlation));
    if (peer->well_formed) {
        out->uuid = peer->uuid;
        memcpy(out->public_key, peer->public_key, sizeof(out->public_key));
        EG_TRY(look_up(core, peer, now_ms / 1000, out));
    }
    if (peer->wrong_name != 0) {
        conclude_wrong_name(core, peer, now_ms / 1000, out);
    } else {
        conclude(core, peer, now_ms / 1000, out);
    }
    return EG_OK;
}
