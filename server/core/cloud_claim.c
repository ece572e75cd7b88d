/* SPDX-License-Identifier: Apache-2.0 */
/* The claim step: what the device answered, the tag of the code in it, the activation. */
#include <string.h>

#include "lib/base/secret.h"
#include "lib/crypto/x509.h"
#include "lib/object/claim.h"
#include "lib/object/object.h"
#include "server/core/cloud_internal.h"
#include "server/core/service_key.h"
#include "server/store/store_claim.h"

enum {
    PSA_NOT_PERMITTED = -133,
    PSA_NOT_SUPPORTED = -134,
    PSA_DOES_NOT_EXIST = -140,
};

/* From a refusal to ClaimStatus. guess: somebody may be trying codes. */
static const struct claim_rule {
    uint32_t error;
    uint32_t status;
    bool guess;
} rules[] = {
    {EG_E_CLAIM_BLOB_TYPE, EG_CLAIM_TYPE, true},
    {EG_E_CLAIM_BLOB, EG_CLAIM_FORMAT, true},
    {EG_E_CLAIM_SECRET, EG_CLAIM_FORMAT, true},
    {EG_E_CLAIM_BLOB_SEALED, EG_CLAIM_UNREADABLE, true},
    {EG_E_CLAIM_CODE_UNKNOWN, EG_CLAIM_NOT_FOUND, true},
    {EG_E_FAMILY_MISMATCH, EG_CLAIM_WRONG_PRODUCT, false},
    {EG_E_CLAIM_REVOKED, EG_CLAIM_REVOKED, false},
    {EG_E_CLAIM_LIMIT, EG_CLAIM_LIMIT_REACHED, false},
    {EG_E_QUOTA_SPENT, EG_CLAIM_LIMIT_REACHED, false},
    {EG_E_CLAIM_REUSED, EG_CLAIM_REUSE_PROHIBITED, false},
    {EG_E_CLAIM_POLICY, EG_CLAIM_POLICIES, false},
    {EG_E_FLOW_UNSUPPORTED, EG_CLAIM_POLICIES, false},
};

/** PSA's own words about the object. */
static enum eg_cloud_claim_status of_psa(int32_t status)
{
    switch (status) {
    case PSA_DOES_NOT_EXIST:
        return EG_CLAIM_NOT_FOUND;
    case PSA_NOT_PERMITTED:
        return EG_CLAIM_POLICIES;
    case PSA_NOT_SUPPORTED:
        return EG_CLAIM_TYPE;
    default:
        return EG_CLAIM_UNREADABLE;
    }
}

/* ---- the claim key --------------------------------------------------------------------------- */

/** The key of the device's company; certificate and wrapped key live in the call's arena. */
static eg_status claim_key(struct eg_call *call, struct eg_service_key *out)
{
    return eg_service_key(call, EG_SERVICE_KEY_CLAIM, out);
}

eg_status eg_cloud_claim_key(struct eg_core *core, int64_t now_ms,
                             uint8_t out[static EG_CLOUD_KEY_LEN])
{
    struct eg_arena arena;
    struct eg_service_key key;
    struct eg_x509_info info;
    struct eg_span point = {NULL, 0};
    eg_arena_init(&arena, EG_ARENA_REQUEST_MAX);
    const struct eg_cloud_session own = {.company_id = eg_core_company(core)};
    struct eg_call call = eg_cloud_call(core, &own, &arena, now_ms);
    eg_status st = claim_key(&call, &key);
    if (eg_ok(st)) {
        st = eg_x509_parse(key.certificate, &info);
    }
    if (eg_ok(st)) {
        st = eg_object_public_value(info.spki, &point);
    }
    if (eg_ok(st) && point.len != EG_CLOUD_KEY_LEN) {
        st = EG_ERR(CRYPTO_BAD_KEY);
    }
    if (eg_ok(st)) {
        memcpy(out, point.ptr, EG_CLOUD_KEY_LEN);
    }
    eg_arena_cleanup(&arena);
    return st;
}

/* ---- from blob to membership ----------------------------------------------------------------- */

/** A blob that carries another chip's UUID was copied: evidence, not just a wrong code. */
static void look_for_copy(struct eg_core *core, const struct eg_cloud_session *s,
                          struct eg_span blob, int64_t now_s)
{
    struct eg_claim_blob parts;
    if (!eg_ok(eg_claim_blob_decode(blob, &parts)) ||
        memcmp(parts.uuid.bytes, s->uuid.bytes, EG_UUID_LEN) == 0) {
        return;
    }
    struct eg_cloud_peer peer = {.well_formed = true, .uuid = s->uuid, .address = s->address};
    memcpy(peer.public_key, s->public_key, sizeof(peer.public_key));
    eg_cloud_alarm(core, &peer, s->company_id, s->device_id, EG_ALARM_CLAIM_FOREIGN,
                   "a claim blob that was made for another chip", now_s);
}

static eg_status tag_of(struct eg_call *call, const struct eg_cloud_session *s, struct eg_span blob,
                        uint8_t out[static EG_CLAIM_TAG_LEN])
{
    struct eg_service_key key;
    if (blob.len > EG_CLOUD_CLAIM_BLOB_MAX) {
        return EG_ERR(CLAIM_BLOB);
    }
    EG_TRY(claim_key(call, &key));
    const struct eg_vault_claim_request rq = {eg_service_key_for_vault(call, &key), s->uuid, blob};
    return eg_vaultpool_claim_open(eg_core_vault(call->core), &rq, out);
}

static eg_status activate(struct eg_call *call, struct eg_cloud_session *s, struct eg_span blob,
                          struct eg_activated *out)
{
    struct eg_activation in = {.company_id = s->company_id,
                               .device_id = s->device_id,
                               .now_s = call->now_ms / 1000,
                               .correlation = s->correlation};
    eg_status st = tag_of(call, s, blob, in.tag);
    if (eg_ok(st)) {
        st = eg_store_claim_activate(eg_core_store(call->core), &in, out);
    }
    eg_wipe(in.tag, sizeof(in.tag));
    return st;
}

/** The device is in the group now: what it should have is looked up as for any member. */
static eg_status enter(struct eg_core *core, struct eg_cloud_session *s,
                       const struct eg_activated *done)
{
    struct eg_cloud_row row;
    EG_TRY(eg_store_cloud_admit(eg_core_store(core), &s->uuid, &row));
    s->verdict = EG_CLOUD_MEMBER;
    s->claim = EG_CLAIM_OK;
    s->claim_code = done->code_id;
    s->group_id = row.group_id;
    s->target_set = eg_cloud_target_set(&row);
    s->epoch = row.epoch;
    s->held_group = 0;
    s->remove_claim = true;
    s->no_change = false;
    s->flow_bound = s->binding_known = false;
    eg_cloud_count(core, EG_COUNT_CLAIMS);
    return EG_OK;
}

/* ---- refused --------------------------------------------------------------------------------- */

static eg_status note_refusal(struct eg_core *core, struct eg_cloud_session *s, bool guess,
                              int64_t code_id, int64_t now_s)
{
    struct eg_cloud *cloud = eg_core_cloud(core);
    const struct eg_claim_refused in = {
        .company_id = s->company_id,
        .device_id = s->device_id,
        .code_id = code_id,
        .guess = guess,
        .status = s->claim,
        .lock_after = EG_CLOUD_LOCK_AFTER,
        .lock_s = EG_CLOUD_LOCK_S,
        .lock_s_max = EG_CLOUD_LOCK_MAX_S,
        .now_s = now_s,
        .address = s->address,
        .correlation = s->correlation,
    };
    bool locked = false;
    eg_cloud_count(core, EG_COUNT_CLAIMS_REFUSED);
    if (guess && !eg_cloud_guard_hit(&cloud->guesses, eg_span_str(s->address), now_s)) {
        s->goodbye = EG_CLOUD_UPDATE_LIMITED;
    }
    EG_TRY(eg_store_claim_refused(eg_core_store(core), &in, &locked));
    if (!locked) {
        return EG_OK;
    }
    struct eg_cloud_peer peer = {.well_formed = true, .uuid = s->uuid, .address = s->address};
    memcpy(peer.public_key, s->public_key, sizeof(peer.public_key));
    s->claim = EG_CLAIM_FAILED;
    s->goodbye = EG_CLOUD_UPDATE_LIMITED;
    eg_cloud_count(core, EG_COUNT_LOCKOUTS);
    eg_cloud_alarm(core, &peer, s->company_id, s->device_id, EG_ALARM_CLAIM_LOCKED,
                   "too many wrong claim codes: the device is locked out", now_s);
    return EG_OK;
}

/** Refusals become statuses; what is none is passed on. */
static eg_status settle(struct eg_core *core, struct eg_cloud_session *s, eg_status st,
                        struct eg_span blob, int64_t code_id, int64_t now_s)
{
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        if (st.word != rules[i].error) {
            continue;
        }
        s->claim = (enum eg_cloud_claim_status)rules[i].status;
        if (rules[i].status == EG_CLAIM_UNREADABLE) {
            look_for_copy(core, s, blob, now_s);
        }
        return note_refusal(core, s, rules[i].guess, code_id, now_s);
    }
    s->claim = EG_CLAIM_INTERNAL;
    s->goodbye = eg_cloud_goodbye_of(st);
    return st;
}

eg_status eg_cloud_claim(struct eg_core *core, struct eg_cloud_session *session, int32_t psa_status,
                         struct eg_span blob, int64_t now_ms)
{
    struct eg_arena arena;
    struct eg_activated done = {.code_id = 0};
    session->goodbye = EG_CLOUD_UPDATE_NOT_WHITELISTED;
    if (psa_status != 0) {
        session->claim = of_psa(psa_status);
        return EG_OK;
    }
    eg_arena_init(&arena, EG_ARENA_REQUEST_MAX);
    struct eg_call call = eg_cloud_call(core, session, &arena, now_ms);
    eg_status st = activate(&call, session, blob, &done);
    st = eg_ok(st) ? enter(core, session, &done)
                   : settle(core, session, st, blob, done.code_id, now_ms / 1000);
    if (eg_ok(st) && session->claim == EG_CLAIM_OK) {
        session->goodbye = 0;
    }
    eg_arena_cleanup(&arena);
    return st;
}

void eg_cloud_claim_removed(struct eg_cloud_session *session, int32_t psa_status)
{
    bool gone = psa_status == 0 || psa_status == PSA_DOES_NOT_EXIST;
    session->remove_claim = !gone;
    if (!gone) {
        session->claim = EG_CLAIM_DELETE;
    }
}
