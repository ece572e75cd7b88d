/* SPDX-License-Identifier: Apache-2.0 */
#include "server/core/claim_code.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/secret.h"
#include "lib/object/object.h"
#include "server/core/product.h"

/* ---- names ----------------------------------------------------------------------------------- */

static const char *const behaviors[] = {[EG_CLAIM_ALLOW] = "ALLOW", [EG_CLAIM_DENY] = "DENY"};
static const char *const policies[] = {
    [EG_CLAIM_UNRESTRICTED] = "UNRESTRICTED", [EG_CLAIM_NEW_DEVICES] = "NEW_DEVICES"};
static const char *const agents[] = {[EG_CLAIM_AGENTS_ANY] = "ANY",
                                     [EG_CLAIM_AGENTS_NXP] = "NXP",
                                     [EG_CLAIM_AGENTS_OURS] = "ENGRAVE"};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const char *name_of(const char *const *table, size_t count, unsigned value)
{
    return value < count && table[value] != NULL ? table[value] : "";
}

static unsigned value_of(const char *const *table, size_t count, const char *name)
{
    for (unsigned i = 1; i < count; i++) {
        if (strcmp(table[i], name) == 0) {
            return i;
        }
    }
    return 0;
}

const char *eg_claim_behavior_name(enum eg_claim_behavior b)
{
    return name_of(behaviors, COUNT(behaviors), b);
}

enum eg_claim_behavior eg_claim_behavior_from_name(const char *name)
{
    return (enum eg_claim_behavior)value_of(behaviors, COUNT(behaviors), name);
}

const char *eg_claim_policy_name(enum eg_claim_policy p)
{
    return name_of(policies, COUNT(policies), p);
}

enum eg_claim_policy eg_claim_policy_from_name(const char *name)
{
    return (enum eg_claim_policy)value_of(policies, COUNT(policies), name);
}

const char *eg_claim_agents_name(enum eg_claim_agents a)
{
    return name_of(agents, COUNT(agents), a);
}

enum eg_claim_agents eg_claim_agents_from_name(const char *name)
{
    return (enum eg_claim_agents)value_of(agents, COUNT(agents), name);
}

/* ---- drawing --------------------------------------------------------------------------------- */

/** 64 letters, so that 6 bits of a random byte choose one evenly. */
static eg_status draw(struct eg_core *core, size_t length, char out[static EG_CLAIM_TEXT_MAX + 1])
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint8_t random[EG_CLAIM_TEXT_MAX];
    eg_status st = eg_core_random(core, random, length);
    for (size_t i = 0; i < length; i++) {
        out[i] = (char)(eg_ok(st) ? letters[random[i] & 63] : '\0');
    }
    out[length] = '\0';
    eg_wipe(random, sizeof(random));
    return st;
}

static eg_status secret_of(struct eg_call *call, const struct eg_claim_wish *wish,
                           struct eg_claim_made *made)
{
    if (wish->secret == NULL) {
        return draw(call->core, (size_t)wish->code.length, made->secret);
    }
    if (!eg_claim_text_ok(eg_span_str(wish->secret))) {
        return EG_ERR(CLAIM_SECRET);
    }
    snprintf(made->secret, sizeof(made->secret), "%s", wish->secret);
    made->code.length = (int64_t)strlen(wish->secret);
    return EG_OK;
}

static eg_status fill_one(struct eg_call *call, const struct eg_claim_wish *wish, size_t i,
                          const char *batch, struct eg_claim_made *made)
{
    char name[EG_NAME_LEN_MAX + 16];
    made->code = wish->code;
    made->code.batch = batch;
    made->code.created_s = call->now_ms / 1000;
    made->code.actor = call->actor;
    if (wish->batch) {
        snprintf(name, sizeof(name), "%s-%zu", wish->code.name, i + 1);
        made->code.name = eg_arena_text(call->arena, eg_span_str(name));
    }
    return made->code.name == NULL ? EG_ERR(NO_MEMORY) : secret_of(call, wish, made);
}

static eg_status fill(struct eg_call *call, const struct eg_claim_wish *wish,
                      struct eg_claim_made_list *out)
{
    memset(out, 0, sizeof(*out));
    out->items = eg_arena_alloc(call->arena, wish->count * sizeof(*out->items));
    if (out->items == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    if (wish->batch) {
        EG_TRY(eg_core_uuid4(call->core, out->batch));
    }
    for (size_t i = 0; i < wish->count; i++) {
        EG_TRY(fill_one(call, wish, i, out->batch, &out->items[i]));
        out->count = i + 1;
    }
    out->too_long_for_nxp = wish->code.agents != EG_CLAIM_AGENTS_OURS &&
                            out->items[0].code.length > EG_CLAIM_TEXT_NXP_MAX;
    return EG_OK;
}

void eg_claim_made_wipe(struct eg_claim_made_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        eg_wipe(list->items[i].secret, sizeof(list->items[i].secret));
    }
}

/* ---- may the group have codes? --------------------------------------------------------------- */

static eg_status check_objects(struct eg_call *call, int64_t group_id)
{
    struct eg_stored_object_list list;
    EG_TRY(eg_store_group_objects(eg_core_store(call->core), call->company_id, group_id,
                                  call->arena, &list));
    for (size_t i = 0; i < list.count; i++) {
        if (eg_object_is_internal(list.items[i].object_id)) {
            return eg_call_refuse(call, EG_ERR(FLOW_INTERNAL), "Object \"%s\" has the id 0x%08X.",
                                  list.items[i].name, (unsigned)list.items[i].object_id);
        }
    }
    return EG_OK;
}

static eg_status check_group(struct eg_call *call, const struct eg_group *group)
{
    const struct eg_family *family = eg_families_find(eg_core_families(call->core), group->family);
    if ((group->flows & EG_FLOW_CLOUD) == 0) {
        return eg_call_refuse(call, EG_ERR(FLOW_UNSUPPORTED),
                              "The device group takes no part in the cloud flow.");
    }
    if (family == NULL || (family->flows & EG_FLOW_CLOUD) == 0) {
        return eg_call_refuse(call, EG_ERR(FLOW_UNSUPPORTED), "Family %s has no cloud flow.",
                              group->family);
    }
    return check_objects(call, group->id);
}

/* ---- make ------------------------------------------------------------------------------------ */

static eg_status tags_of(struct eg_call *call, const struct eg_claim_made_list *list, uint8_t **out)
{
    struct eg_span *texts = eg_arena_alloc(call->arena, list->count * sizeof(*texts));
    *out = eg_arena_alloc(call->arena, list->count * EG_CLAIM_TAG_LEN);
    if (texts == NULL || *out == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    for (size_t i = 0; i < list->count; i++) {
        texts[i] = eg_span_str(list->items[i].secret);
    }
    const struct eg_vault_claim_tag_request rq = {(uint64_t)call->company_id, texts, list->count};
    return eg_vaultpool_claim_tag(eg_core_vault(call->core), &rq, *out);
}

struct making {
    int64_t nc12, group_id;
    const struct eg_claim_made_list *list;
    const uint8_t *tags;
    const struct eg_claim_code *codes;
};

/** Judge and store as one: what the group holds cannot change in between. */
static eg_status store(struct eg_call *call, void *arg)
{
    const struct making *m = arg;
    struct eg_group group;
    EG_TRY(eg_group_of(call, m->nc12, m->group_id, &group));
    EG_TRY(check_group(call, &group));
    const struct eg_group_guard guard = {.group_id = group.id, .seen = &group};
    eg_call_makes(call);
    return eg_store_claim_add(eg_core_store(call->core), call->company_id, &guard, m->codes,
                              m->tags, m->list->count, call->now_ms / 1000, m->list->ids);
}

eg_status eg_claim_codes_make(struct eg_call *call, int64_t nc12, int64_t group_id,
                              const struct eg_claim_wish *wish, struct eg_claim_made_list *out)
{
    uint8_t *tags = NULL;
    EG_TRY(fill(call, wish, out));
    EG_TRY(tags_of(call, out, &tags));
    struct eg_claim_code *codes = eg_arena_alloc(call->arena, out->count * sizeof(*codes));
    out->ids = eg_arena_alloc(call->arena, out->count * sizeof(*out->ids));
    if (codes == NULL || out->ids == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    for (size_t i = 0; i < out->count; i++) {
        out->items[i].code.group_id = group_id;
        codes[i] = out->items[i].code;
    }
    struct making m = {nc12, group_id, out, tags, codes};
    return eg_call_settle(call, store, &m);
}
