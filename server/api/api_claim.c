/* SPDX-License-Identifier: Apache-2.0 */
/* Claim codes of a device group. A secret is in the answer to its creation and nowhere else. */
#include <string.h>

#include "server/api/handlers.h"
#include "server/core/claim_code.h"
#include "server/core/product.h"
#include "server/main/limits.h"

enum { DAY_S = 86400, DAYS_MAX = 3660 };

/* ---- reading ----------------------------------------------------------------------------------
 */

/** A name that must be known; `absent` when it is not there. */
static unsigned read_name(struct eg_api_call *a, const char *member, unsigned absent,
                          unsigned (*from)(const char *name), const char *wanted)
{
    const char *text = eg_json_text(&a->in, member, EG_JSON_OPTIONAL, 1, EG_LIMIT_NAME_CHARS);
    unsigned value = text == NULL ? absent : from(text);
    if (text != NULL && value == 0) {
        eg_json_refuse(&a->in, member, wanted);
    }
    return value;
}

static unsigned behavior_from(const char *name)
{
    return eg_claim_behavior_from_name(name);
}

static unsigned policy_from(const char *name)
{
    return eg_claim_policy_from_name(name);
}

static unsigned agents_from(const char *name)
{
    return eg_claim_agents_from_name(name);
}

static enum eg_claim_behavior read_behavior(struct eg_api_call *a, unsigned absent)
{
    return (enum eg_claim_behavior)read_name(a, "behavior", absent, behavior_from,
                                             "ALLOW or DENY is needed");
}

static enum eg_claim_policy read_policy(struct eg_api_call *a, unsigned absent)
{
    return (enum eg_claim_policy)read_name(a, "policy", absent, policy_from,
                                           "UNRESTRICTED or NEW_DEVICES is needed");
}

/** validityDays or validitySeconds from now; 0 when neither is there. */
static int64_t read_expiry(struct eg_api_call *a)
{
    int64_t days = eg_json_number(&a->in, "validityDays", EG_JSON_OPTIONAL, 0, 1, DAYS_MAX);
    int64_t seconds = eg_json_number(&a->in, "validitySeconds", EG_JSON_OPTIONAL, days * DAY_S, 1,
                                     (int64_t)DAYS_MAX * DAY_S);
    return seconds == 0 ? 0 : a->c.now_ms / 1000 + seconds;
}

/** Clients send a status to list by; making a code it can only be ALL. */
static void read_status(struct eg_api_call *a)
{
    const char *status = eg_json_text(&a->in, "status", EG_JSON_OPTIONAL, 1, EG_LIMIT_NAME_CHARS);
    if (status != NULL && strcmp(status, "ALL") != 0) {
        eg_json_refuse(&a->in, "status", "ALL is the only value");
    }
}

static void read_wish(struct eg_api_call *a, bool batch, struct eg_claim_wish *out)
{
    struct eg_json_in *in = &a->in;
    memset(out, 0, sizeof(*out));
    out->batch = batch;
    out->count =
        batch ? (size_t)eg_json_number(in, "count", EG_JSON_REQUIRED, 1, 1, EG_CLAIM_BATCH_MAX) : 1;
    out->code.name = eg_json_text(in, "name", EG_JSON_REQUIRED, 1, EG_LIMIT_NAME_CHARS);
    out->secret = batch ? NULL : eg_json_text(in, "secret", EG_JSON_OPTIONAL, 1, EG_CLAIM_TEXT_MAX);
    out->code.length = eg_json_number(in, "length", EG_JSON_OPTIONAL, EG_CLAIM_LENGTH_DEFAULT,
                                      EG_CLAIM_TEXT_MIN, EG_CLAIM_TEXT_MAX);
    out->code.behavior = read_behavior(a, EG_CLAIM_ALLOW);
    out->code.policy = read_policy(a, EG_CLAIM_UNRESTRICTED);
    out->code.agents = (enum eg_claim_agents)read_name(
        a, "agents", EG_CLAIM_AGENTS_ANY, agents_from, "ANY, NXP or ENGRAVE is needed");
    out->code.reusable = eg_json_bool(in, "reusable", false);
    out->code.device_limit = eg_json_number(in, "deviceLimit", EG_JSON_OPTIONAL, 0, 0, INT64_MAX);
    out->code.device_count = eg_json_number(in, "deviceCount", EG_JSON_OPTIONAL, 0, 0, INT64_MAX);
    out->code.expires_s = read_expiry(a);
    read_status(a);
}

/** The code named by the path, of the group named by the path. */
static eg_status code_of(struct eg_api_call *a, struct eg_claim_code *out)
{
    int64_t nc12, group_id, id;
    struct eg_group g;
    EG_TRY(eg_api_group(a, &nc12, &group_id));
    EG_TRY(eg_group_of(&a->c, nc12, group_id, &g));
    EG_TRY(eg_api_id(a, 2, EG_E_CLAIM_CODE_UNKNOWN, &id));
    EG_TRY(eg_store_claim_get(eg_core_store(a->c.core), a->c.company_id, id, a->c.arena, out));
    return out->group_id == group_id ? EG_OK : EG_ERR(CLAIM_CODE_UNKNOWN);
}

/* ---- writing ----------------------------------------------------------------------------------
 */

static const char *status_of(const struct eg_claim_code *c, int64_t now_s)
{
    if (c->revoked_s != 0) {
        return "REVOKED";
    }
    if (c->expires_s != 0 && c->expires_s <= now_s) {
        return "EXPIRED";
    }
    return c->device_limit != 0 && c->used >= c->device_limit ? "EXHAUSTED" : "ACTIVE";
}

static void put_members(struct eg_api_call *a, const struct eg_claim_code *c)
{
    struct eg_json_out *j = &a->json;
    eg_json_number_member(j, "deviceGroupId", c->group_id);
    eg_json_text_member(j, "name", c->name);
    eg_json_text_member(j, "batchId", c->batch[0] == '\0' ? NULL : c->batch);
    eg_json_text_member(j, "status", status_of(c, a->c.now_ms / 1000));
    eg_json_text_member(j, "behavior", eg_claim_behavior_name(c->behavior));
    eg_json_text_member(j, "policy", eg_claim_policy_name(c->policy));
    eg_json_text_member(j, "agents", eg_claim_agents_name(c->agents));
    eg_json_bool_member(j, "reusable", c->reusable);
    eg_json_number_member(j, "deviceLimit", c->device_limit);
    eg_json_number_member(j, "deviceCount", c->device_count);
    eg_json_number_member(j, "used", c->used);
    eg_json_number_member(j, "refused", c->refused);
    eg_json_number_member(j, "length", c->length);
    eg_api_time_member(j, "expiresAt", c->expires_s);
    eg_api_time_member(j, "revokedAt", c->revoked_s);
    eg_api_time_member(j, "createdAt", c->created_s);
    eg_api_time_member(j, "lastUsedAt", c->last_used_s);
}

static void put_code(struct eg_api_call *a, const struct eg_claim_code *c)
{
    eg_json_begin_object(&a->json);
    eg_json_number_member(&a->json, "id", c->id);
    put_members(a, c);
    eg_json_end_object(&a->json);
}

static void put_warnings(struct eg_json_out *j, const struct eg_claim_made_list *made)
{
    eg_json_key(j, "warnings");
    eg_json_begin_array(j);
    if (made->too_long_for_nxp) {
        eg_json_put_text(j, "NXP's agents carry at most 111 characters.");
    }
    eg_json_end_array(j);
}

static void put_item(struct eg_api_call *a, const struct eg_claim_made_list *made, size_t i)
{
    eg_json_number_member(&a->json, "id", made->ids[i]);
    eg_json_text_member(&a->json, "secret", made->items[i].secret);
    put_members(a, &made->items[i].code);
}

static eg_status put_made(struct eg_api_call *a, const void *made)
{
    eg_json_begin_object(&a->json);
    put_item(a, made, 0);
    put_warnings(&a->json, made);
    eg_json_end_object(&a->json);
    return EG_OK;
}

static eg_status put_batch(struct eg_api_call *a, const void *made)
{
    const struct eg_claim_made_list *list = made;
    eg_json_begin_object(&a->json);
    eg_json_text_member(&a->json, "batchId", list->batch);
    eg_json_key(&a->json, "content");
    eg_json_begin_array(&a->json);
    for (size_t i = 0; i < list->count; i++) {
        eg_json_begin_object(&a->json);
        put_item(a, list, i);
        eg_json_end_object(&a->json);
    }
    eg_json_end_array(&a->json);
    put_warnings(&a->json, list);
    eg_json_end_object(&a->json);
    return EG_OK;
}

/* ---- handlers ---------------------------------------------------------------------------------
 */

static eg_status create(struct eg_api_call *a, bool batch)
{
    int64_t nc12, group_id;
    struct eg_claim_wish wish;
    struct eg_claim_made_list made = {.count = 0};
    EG_TRY(eg_api_group(a, &nc12, &group_id));
    read_wish(a, batch, &wish);
    EG_TRY(eg_api_body_status(a));
    eg_api_makes(a, 201, batch ? put_batch : put_made, &made);
    eg_status st = eg_claim_codes_make(&a->c, nc12, group_id, &wish, &made);
    if (eg_ok(st)) {
        st = eg_api_render(a);
    }
    eg_claim_made_wipe(&made);
    return st;
}

eg_status eg_api_claim_create(struct eg_api_call *a)
{
    return create(a, false);
}

eg_status eg_api_claim_batch(struct eg_api_call *a)
{
    return create(a, true);
}

eg_status eg_api_claim_list(struct eg_api_call *a)
{
    int64_t nc12, group_id;
    struct eg_page page;
    struct eg_group g;
    struct eg_claim_code_list list;
    EG_TRY(eg_api_group(a, &nc12, &group_id));
    EG_TRY(eg_group_of(&a->c, nc12, group_id, &g));
    EG_TRY(eg_api_page(a, &page));
    EG_TRY(eg_store_claim_list(eg_core_store(a->c.core), a->c.company_id, group_id,
                               eg_http_query(a->rq, "batch"), page, a->c.arena, &list));
    eg_api_begin_list(a);
    for (size_t i = 0; i < list.count; i++) {
        put_code(a, &list.items[i]);
    }
    eg_api_end_list(a, page, list.more);
    return EG_OK;
}

eg_status eg_api_claim_get(struct eg_api_call *a)
{
    struct eg_claim_code c;
    EG_TRY(code_of(a, &c));
    put_code(a, &c);
    return EG_OK;
}

eg_status eg_api_claim_update(struct eg_api_call *a)
{
    struct eg_claim_code c;
    EG_TRY(code_of(a, &c));
    enum eg_claim_behavior behavior = read_behavior(a, 0);
    enum eg_claim_policy policy = read_policy(a, 0);
    bool reusable = eg_json_bool(&a->in, "reusable", c.reusable);
    int64_t limit = eg_json_number(&a->in, "deviceLimit", EG_JSON_OPTIONAL, -1, 0, INT64_MAX);
    int64_t count = eg_json_number(&a->in, "deviceCount", EG_JSON_OPTIONAL, -1, 0, INT64_MAX);
    int64_t expires_s = read_expiry(a);
    const struct eg_claim_change change = {
        .name = eg_json_text(&a->in, "name", EG_JSON_OPTIONAL, 1, EG_LIMIT_NAME_CHARS),
        .behavior = behavior == 0 ? NULL : &behavior,
        .policy = policy == 0 ? NULL : &policy,
        .reusable = &reusable,
        .device_limit = limit < 0 ? NULL : &limit,
        .device_count = count < 0 ? NULL : &count,
        .expires_s = expires_s == 0 ? NULL : &expires_s,
    };
    EG_TRY(eg_api_body_status(a));
    EG_TRY(eg_store_claim_update(eg_core_store(a->c.core), a->c.company_id, c.id, &change,
                                 a->c.actor, a->c.now_ms / 1000));
    EG_TRY(code_of(a, &c));
    put_code(a, &c);
    return EG_OK;
}

eg_status eg_api_claim_revoke(struct eg_api_call *a)
{
    struct eg_claim_code c;
    EG_TRY(code_of(a, &c));
    EG_TRY(eg_store_claim_revoke(eg_core_store(a->c.core), a->c.company_id, c.id, a->c.actor,
                                 a->c.now_ms / 1000));
    EG_TRY(code_of(a, &c));
    put_code(a, &c);
    return EG_OK;
}

eg_status eg_api_claim_delete(struct eg_api_call *a)
{
    struct eg_claim_code c;
    EG_TRY(code_of(a, &c));
    a->status = 204;
    return eg_store_claim_delete(eg_core_store(a->c.core), a->c.company_id, c.id, a->c.actor,
                                 a->c.now_ms / 1000);
}

eg_status eg_api_claim_devices(struct eg_api_call *a)
{
    struct eg_claim_code c;
    struct eg_page page;
    struct eg_claim_use_list list;
    EG_TRY(code_of(a, &c));
    EG_TRY(eg_api_page(a, &page));
    EG_TRY(eg_store_claim_uses(eg_core_store(a->c.core), a->c.company_id, c.id, page, a->c.arena,
                               &list));
    eg_api_begin_list(a);
    for (size_t i = 0; i < list.count; i++) {
        eg_json_begin_object(&a->json);
        eg_api_device_member(&a->json, "deviceId", &list.items[i].uuid);
        eg_json_number_member(&a->json, "uses", list.items[i].uses);
        eg_api_time_member(&a->json, "firstUsedAt", list.items[i].first_s);
        eg_api_time_member(&a->json, "lastUsedAt", list.items[i].last_s);
        eg_json_end_object(&a->json);
    }
    eg_api_end_list(a, page, list.more);
    return EG_OK;
}

eg_status eg_api_claim_statistics(struct eg_api_call *a)
{
    int64_t nc12, group_id;
    struct eg_group g;
    struct eg_claim_statistics s;
    struct eg_json_out *j = &a->json;
    EG_TRY(eg_api_group(a, &nc12, &group_id));
    EG_TRY(eg_group_of(&a->c, nc12, group_id, &g));
    EG_TRY(eg_store_claim_statistics(eg_core_store(a->c.core), a->c.company_id, group_id,
                                     a->c.now_ms / 1000, &s));
    eg_json_begin_object(j);
    eg_json_number_member(j, "codes", s.codes);
    eg_json_number_member(j, "active", s.active);
    eg_json_number_member(j, "revoked", s.revoked);
    eg_json_number_member(j, "expired", s.expired);
    eg_json_number_member(j, "exhausted", s.exhausted);
    eg_json_number_member(j, "used", s.used);
    eg_json_number_member(j, "refused", s.refused);
    eg_json_number_member(j, "left", s.left);
    eg_json_end_object(j);
    return EG_OK;
}
