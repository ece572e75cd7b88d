/* SPDX-License-Identifier: Apache-2.0 */
#include "server/core/renewal_policy.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/text.h"

enum { DAY_S = 86400, OBJECT_ID_CHARS = 20 };

static uint32_t read_id(struct eg_json_in *in, const char *name)
{
    uint64_t id = 0;
    const char *text = eg_json_text(in, name, EG_JSON_OPTIONAL, 1, OBJECT_ID_CHARS);
    if (text != NULL && (!eg_ok(eg_number_parse(eg_span_str(text), UINT32_MAX, &id)) || id == 0)) {
        eg_json_refuse(in, name, "an id on the chip is needed, decimal or hexadecimal after 0x");
    }
    return (uint32_t)id;
}

void eg_renewal_policy_read(struct eg_json_in *in, struct eg_renewal_policy *out)
{
    struct eg_json_in r;
    memset(out, 0, sizeof(*out));
    if (!eg_json_object(in, "renewal", EG_JSON_OPTIONAL, &r)) {
        return;
    }
    const char *key = eg_json_text(&r, "key", EG_JSON_OPTIONAL, 1, OBJECT_ID_CHARS);
    out->on = true;
    out->before_days =
        (uint32_t)eg_json_number(&r, "beforeDays", EG_JSON_OPTIONAL, 0, 1, EG_RENEWAL_DAYS_MAX);
    out->share_percent = (uint32_t)eg_json_number(&r, "sharePercent", EG_JSON_OPTIONAL,
                                                  EG_RENEWAL_SHARE_DEFAULT, 1, 99);
    out->new_key = key == NULL || strcmp(key, "NEW") == 0;
    out->alternate_certificate = read_id(&r, "alternateObjectId");
    out->alternate_key = read_id(&r, "alternateKeyObjectId");
    if (key != NULL && !out->new_key && strcmp(key, "SAME") != 0) {
        eg_json_refuse(&r, "key", "NEW or SAME is needed");
    }
    bool pair = out->new_key && out->alternate_certificate != 0;
    if (pair != (out->alternate_key != 0)) {
        eg_json_refuse(&r, "alternateKeyObjectId",
                       "a new key needs it beside alternateObjectId, the same key does not");
    }
    if (out->alternate_key != 0 && out->alternate_key == out->alternate_certificate) {
        eg_json_refuse(&r, "alternateKeyObjectId", "another id than alternateObjectId is needed");
    }
    eg_json_join(in, &r);
}

static void put_id(json_t *o, const char *name, uint32_t id)
{
    char text[OBJECT_ID_CHARS];
    if (id != 0) {
        snprintf(text, sizeof(text), "%u", id);
        json_object_set_new(o, name, json_string(text));
    }
}

json_t *eg_renewal_policy_json(const struct eg_renewal_policy *policy)
{
    if (!policy->on) {
        return NULL;
    }
    json_t *o = json_object();
    if (policy->before_days != 0) {
        json_object_set_new(o, "beforeDays", json_integer(policy->before_days));
    } else {
        json_object_set_new(o, "sharePercent", json_integer(policy->share_percent));
    }
    json_object_set_new(o, "key", json_string(policy->new_key ? "NEW" : "SAME"));
    put_id(o, "alternateObjectId", policy->alternate_certificate);
    put_id(o, "alternateKeyObjectId", policy->alternate_key);
    return o;
}

int64_t eg_renewal_due(const struct eg_renewal_policy *policy, int64_t not_before_s,
                       int64_t not_after_s)
{
    if (!policy->on || not_after_s == INT64_MAX || not_after_s <= not_before_s) {
        return INT64_MAX;
    }
    if (policy->before_days != 0) {
        int64_t due = not_after_s - (int64_t)policy->before_days * DAY_S;
        return due > not_before_s ? due : not_before_s + (not_after_s - not_before_s) / 2;
    }
    return not_before_s + (not_after_s - not_before_s) / 100 * policy->share_percent;
}

uint32_t eg_renewal_chip_id(uint32_t primary, uint32_t alternate, uint32_t generation)
{
    return alternate != 0 && generation % 2 == 1 ? alternate : primary;
}
