/* SPDX-License-Identifier: Apache-2.0 */
/* Devices that connect themselves: state, objects held, numbers of a group, alarms. */
#include <stdio.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/crypto/x509.h"
#include "lib/wire/session/session_status.h"
#include "server/api/handlers.h"
#include "server/core/cloud.h"
#include "server/core/cloud_facts.h"
#include "server/core/device.h"
#include "server/core/product.h"
#include "server/main/limits.h"

enum { DAY_S = 86400, EXPIRING_DAYS = 30, DAYS_MAX = 36500, NAME_TEXT_MAX = 512 };

/* ---- one device ------------------------------------------------------------------------------ */

/** One byte per part: 6.4.1. */
static void put_version(struct eg_json_out *j, const char *key, uint32_t version)
{
    char text[24];
    snprintf(text, sizeof(text), "%u.%u.%u", (version >> 16) & 0xFF, (version >> 8) & 0xFF,
             version & 0xFF);
    eg_json_text_member(j, key, version == 0 ? NULL : text);
}

/** Name in the agent's vocabulary; null for 0, which means that there was none. */
static void put_status(struct eg_json_out *j, const char *key, enum eg_session_vocabulary words,
                       uint32_t value)
{
    const char *name = eg_session_status_name(words, (int32_t)value);
    eg_json_text_member(j, key, value == 0 ? NULL : name);
}

static void put_endpoints(struct eg_json_out *j, struct eg_span packed)
{
    struct eg_cloud_facts facts;
    eg_cloud_facts_get(packed, &facts);
    eg_json_key(j, "endpoints");
    eg_json_begin_array(j);
    for (size_t i = 0; i < facts.endpoint_count; i++) {
        eg_json_begin_object(j);
        eg_json_number_member(j, "type", facts.endpoints[i].type);
        eg_json_number_member(j, "id", facts.endpoints[i].id);
        eg_json_end_object(j);
    }
    eg_json_end_array(j);
}

static const char *const bindings[] = {
    [EG_BINDING_UNKNOWN] = NULL, [EG_BINDING_NONE] = "NONE", [EG_BINDING_GROUP] = "GROUP"};

void eg_api_put_cloud(struct eg_api_call *a, const struct eg_cloud_state *s)
{
    struct eg_json_out *j = &a->json;
    eg_json_begin_object(j);
    eg_api_time_member(j, "firstContactAt", s->first_contact_s);
    eg_api_time_member(j, "lastContactAt", s->last_contact_s);
    eg_api_time_member(j, "lastSuccessAt", s->last_success_s);
    eg_json_number_member(j, "sessions", s->sessions);
    eg_json_number_member(j, "failures", s->failures);
    eg_json_bool_member(j, "upToDate", s->up_to_date);
    put_status(j, "updateStatus", EG_VOCABULARY_UPDATE, s->update_status);
    put_status(j, "claimStatus", EG_VOCABULARY_CLAIM, s->claim_status);
    put_status(j, "rtpStatus", EG_VOCABULARY_RTP, s->rtp_status);
    put_status(j, "cspStatus", EG_VOCABULARY_CSP, s->csp_status);
    put_version(j, "agentVersion", s->agent_version);
    eg_json_text_member(j, "address", s->address[0] == '\0' ? NULL : s->address);
    eg_json_text_member(j, "correlationId", s->correlation[0] == '\0' ? NULL : s->correlation);
    eg_json_text_member(j, "binding", bindings[s->binding % 3]);
    eg_api_time_member(j, "lockedUntil", s->locked_until_s);
    eg_api_time_member(j, "retiredAt", s->retired_s);
    eg_api_time_member(j, "certificateExpiresAt", s->expires_s);
    put_endpoints(j, s->facts);
    eg_json_end_object(j);
}

static const char *const held_states[] = {
    [0] = "",
    [EG_HELD_SENT] = "SENT",
    [EG_HELD_CONFIRMED] = "CONFIRMED",
    [EG_HELD_FAILED] = "FAILED",
    [EG_HELD_REFUSED] = "REFUSED",
    [EG_HELD_REMOVED] = "REMOVED",
};

static void put_held(struct eg_json_out *j, const struct eg_held_object *o)
{
    char id[16];
    snprintf(id, sizeof(id), "%u", (unsigned)o->chip_id);
    eg_json_begin_object(j);
    eg_json_text_member(j, "objectId", id);
    eg_api_id_member(j, "secureObjectId", o->object_id);
    eg_json_number_member(j, "version", o->version);
    eg_json_number_member(j, "generation", o->generation);
    eg_json_text_member(j, "state", held_states[o->state % 6]);
    eg_json_number_member(j, "psaStatus", o->psa_status);
    put_status(j, "rtpStatus", EG_VOCABULARY_RTP, o->rtp_status);
    eg_api_time_member(j, "expiresAt", o->expires_s);
    eg_api_time_member(j, "updatedAt", o->updated_s);
    eg_api_time_member(j, "confirmedAt", o->confirmed_s);
    eg_json_end_object(j);
}

eg_status eg_api_put_device_cloud(struct eg_api_call *a, const struct eg_uuid *uuid)
{
    struct eg_store *store = eg_core_store(a->c.core);
    struct eg_cloud_state s;
    struct eg_held_list held;
    EG_TRY(eg_store_cloud_state(store, a->c.company_id, uuid, a->c.arena, &s));
    EG_TRY(eg_store_cloud_objects(store, s.device_id, a->c.arena, &held));
    eg_json_key(&a->json, "cloud");
    eg_api_put_cloud(a, &s);
    eg_json_key(&a->json, "objects");
    eg_json_begin_array(&a->json);
    for (size_t i = 0; i < held.count; i++) {
        put_held(&a->json, &held.items[i]);
    }
    eg_json_end_array(&a->json);
    return EG_OK;
}

/* ---- lists ----------------------------------------------------------------------------------- */

static bool flag(struct eg_api_call *a, const char *name)
{
    const char *text = eg_http_query(a->rq, name);
    return text != NULL && strcmp(text, "false") != 0 && strcmp(text, "0") != 0;
}

eg_status eg_api_cloud_filter(struct eg_api_call *a, struct eg_cloud_filter *out, bool *out_any)
{
    int64_t days;
    *out = (struct eg_cloud_filter){.never_connected = flag(a, "neverConnected"),
                                    .failed = flag(a, "failed")};
    EG_TRY(eg_api_query_number(a, "group", 0, INT64_MAX, &out->group_id));
    EG_TRY(eg_api_query_number(a, "expiresWithinDays", -1, DAYS_MAX, &days));
    out->expires_before_s = days < 0 ? 0 : a->c.now_ms / 1000 + days * DAY_S;
    *out_any = out->never_connected || out->failed || days >= 0;
    int wanted = (out->never_connected ? 1 : 0) + (out->failed ? 1 : 0) + (days >= 0 ? 1 : 0);
    return wanted <= 1 ? EG_OK
                       : eg_call_refuse(&a->c, EG_ERR(API_QUERY),
                                        "neverConnected, failed and expiresWithinDays: one of "
                                        "them at a time.");
}

static void put_state(struct eg_api_call *a, const struct eg_cloud_state *s)
{
    struct eg_json_out *j = &a->json;
    char hex[EG_UUID_HEX_LEN + 1];
    eg_uuid_to_hex(&s->uuid, hex);
    eg_json_begin_object(j);
    eg_api_device_member(j, "id", &s->uuid);
    eg_json_text_member(j, "hexId", hex);
    eg_json_text_member(j, "family", s->family);
    eg_json_text_member(j, "state", eg_device_state_name(s->state));
    eg_api_id_member(j, "deviceGroupId", s->group_id);
    eg_api_id_member(j, "nc12", s->nc12);
    eg_json_key(j, "cloud");
    eg_api_put_cloud(a, s);
    eg_json_end_object(j);
}

eg_status eg_api_cloud_list(struct eg_api_call *a, const struct eg_cloud_filter *filter)
{
    struct eg_page page;
    struct eg_page_key room;
    const struct eg_page_key *from;
    struct eg_cloud_filter f = *filter;
    struct eg_cloud_state_list list;
    EG_TRY(eg_api_page(a, &page));
    EG_TRY(eg_api_read_after(a, page, &room, &from));
    if (from != NULL) {
        f.after = *from;
    }
    EG_TRY(eg_store_cloud_list(eg_core_store(a->c.core), a->c.company_id, &f, page, a->c.arena,
                               &list));
    eg_api_begin_list(a);
    for (size_t i = 0; i < list.count; i++) {
        put_state(a, &list.items[i]);
    }
    eg_json_end_array(&a->json);
    eg_api_put_token(&a->json, &list.next, list.more);
    eg_api_next_member(a, page, list.more && from == NULL);
    eg_json_end_object(&a->json);
    return EG_OK;
}

eg_status eg_api_group_cloud_devices(struct eg_api_call *a)
{
    int64_t nc12, group_id;
    struct eg_group g;
    struct eg_cloud_filter filter;
    bool any;
    EG_TRY(eg_api_group(a, &nc12, &group_id));
    EG_TRY(eg_group_of(&a->c, nc12, group_id, &g));
    EG_TRY(eg_api_cloud_filter(a, &filter, &any));
    filter.group_id = group_id;
    return eg_api_cloud_list(a, &filter);
}

eg_status eg_api_group_cloud(struct eg_api_call *a)
{
    int64_t nc12, group_id;
    struct eg_group g;
    struct eg_cloud_summary s;
    struct eg_json_out *j = &a->json;
    int64_t before = a->c.now_ms / 1000 + (int64_t)EXPIRING_DAYS * DAY_S;
    EG_TRY(eg_api_group(a, &nc12, &group_id));
    EG_TRY(eg_group_of(&a->c, nc12, group_id, &g));
    EG_TRY(eg_store_cloud_summary(eg_core_store(a->c.core), a->c.company_id, group_id, before, &s));
    eg_json_begin_object(j);
    eg_json_number_member(j, "members", s.members);
    eg_json_number_member(j, "connected", s.connected);
    eg_json_number_member(j, "neverConnected", s.never_connected);
    eg_json_number_member(j, "upToDate", s.up_to_date);
    eg_json_number_member(j, "failed", s.failed);
    eg_json_number_member(j, "retired", s.retired);
    eg_json_number_member(j, "expiresWithin30Days", s.expiring);
    eg_api_time_member(j, "lastContactAt", s.last_contact_s);
    eg_json_end_object(j);
    return EG_OK;
}

/* ---- alarms ---------------------------------------------------------------------------------- */

static const char *const alarm_names[] = {
    [0] = "",
    [EG_ALARM_WRONG_KEY] = "WRONG_KEY",
    [EG_ALARM_UNKNOWN_ROOT] = "UNKNOWN_ROOT",
    [EG_ALARM_MALFORMED] = "MALFORMED_CERTIFICATE",
    [EG_ALARM_RETIRED] = "RETIRED_DEVICE",
    [EG_ALARM_CLAIM_LOCKED] = "CLAIM_LOCKED",
    [EG_ALARM_CLAIM_FOREIGN] = "CLAIM_BLOB_COPIED",
    [EG_ALARM_WRONG_NAME] = "WRONG_HOST_NAME",
};
enum { ALARM_KINDS = sizeof(alarm_names) / sizeof(alarm_names[0]) };

static void put_hex(struct eg_json_out *j, const char *key, struct eg_span bytes)
{
    char hex[2 * EG_CLOUD_KEY_LEN + 1];
    if (bytes.len == 0 || bytes.len > EG_CLOUD_KEY_LEN) {
        eg_json_text_member(j, key, NULL);
        return;
    }
    eg_hex_encode(bytes, hex);
    eg_json_text_member(j, key, hex);
}

static void put_alarm(struct eg_json_out *j, const struct eg_alarm *alarm)
{
    char subject[NAME_TEXT_MAX];
    char hex[EG_UUID_HEX_LEN + 1] = "";
    eg_x509_name_text(alarm->subject, subject, sizeof(subject));
    eg_json_begin_object(j);
    eg_json_number_member(j, "id", alarm->id);
    eg_json_text_member(j, "kind", alarm_names[(unsigned)alarm->kind % ALARM_KINDS]);
    eg_json_bool_member(j, "acknowledged", alarm->acknowledged);
    eg_json_number_member(j, "count", alarm->count);
    eg_api_time_member(j, "firstAt", alarm->first_s);
    eg_api_time_member(j, "lastAt", alarm->last_s);
    if (alarm->has_uuid) {
        eg_uuid_to_hex(&alarm->uuid, hex);
        eg_api_device_member(j, "deviceId", &alarm->uuid);
    } else {
        eg_json_text_member(j, "deviceId", NULL);
    }
    eg_json_text_member(j, "hexId", alarm->has_uuid ? hex : NULL);
    eg_json_bool_member(j, "known", alarm->device_id != 0);
    eg_json_text_member(j, "address", alarm->address);
    eg_json_text_member(j, "detail", alarm->detail);
    put_hex(j, "publicKey", alarm->spki);
    eg_json_text_member(j, "subject", subject[0] == '\0' ? NULL : subject);
    eg_json_end_object(j);
}

static eg_status read_kind(struct eg_api_call *a, int *out)
{
    const char *name = eg_http_query(a->rq, "kind");
    *out = 0;
    for (int i = 1; name != NULL && i < ALARM_KINDS; i++) {
        *out = strcmp(alarm_names[i], name) == 0 ? i : *out;
    }
    return name == NULL || *out != 0
               ? EG_OK
               : eg_call_refuse(&a->c, EG_ERR(API_QUERY), "kind: this kind is not known.");
}

eg_status eg_api_alarm_list(struct eg_api_call *a)
{
    struct eg_page page;
    struct eg_alarm_list list;
    int kind;
    EG_TRY(eg_api_page(a, &page));
    EG_TRY(read_kind(a, &kind));
    EG_TRY(eg_store_alarm_list(eg_core_store(a->c.core), a->c.company_id, kind, flag(a, "open"),
                               page, a->c.arena, &list));
    eg_api_begin_list(a);
    for (size_t i = 0; i < list.count; i++) {
        put_alarm(&a->json, &list.items[i]);
    }
    eg_api_end_list(a, page, list.more);
    return EG_OK;
}

eg_status eg_api_alarm_acknowledge(struct eg_api_call *a)
{
    int64_t id;
    EG_TRY(eg_api_id(a, 0, EG_E_ALARM_UNKNOWN, &id));
    a->status = 204;
    return eg_store_alarm_acknowledge(eg_core_store(a->c.core), a->c.company_id, id, a->c.actor,
                                      a->c.now_ms / 1000);
}
