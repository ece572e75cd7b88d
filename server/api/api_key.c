/* SPDX-License-Identifier: Apache-2.0 */
/* API keys: who may call. The key itself is in the answer to its creation and nowhere else. */
#include "lib/base/secret.h"
#include "server/api/handlers.h"
#include "server/main/limits.h"

enum { DAY_S = 86400, DAYS_MAX = 3660 };

static void put_key(struct eg_json_out *j, const struct eg_api_key *k)
{
    eg_json_begin_object(j);
    eg_json_number_member(j, "id", k->id);
    eg_json_text_member(j, "name", k->name);
    eg_json_text_member(j, "role", eg_role_name(k->role));
    eg_json_bool_member(j, "revoked", k->revoked);
    eg_api_time_member(j, "createdAt", k->created_s);
    eg_api_time_member(j, "expiresAt", k->expires_s);
    eg_json_end_object(j);
}

static eg_status read_key(struct eg_api_call *a, struct eg_new_key *out)
{
    struct eg_json_in *in = &a->in;
    out->company_id = a->c.company_id;
    out->name = eg_json_text(in, "name", EG_JSON_REQUIRED, 1, EG_LIMIT_NAME_CHARS);
    const char *role = eg_json_text(in, "role", EG_JSON_REQUIRED, 1, EG_LIMIT_NAME_CHARS);
    out->role = role == NULL ? (enum eg_role)0 : eg_role_from_name(role);
    if (role != NULL && out->role == 0) {
        eg_json_refuse(in, "role", "ADMIN, OPERATOR or AUDITOR is needed");
    }
    int64_t days = eg_json_number(in, "validityDays", EG_JSON_OPTIONAL, 0, 1, DAYS_MAX);
    out->expires_s = days == 0 ? 0 : a->c.now_ms / 1000 + days * DAY_S;
    return eg_api_body_status(a);
}

eg_status eg_api_key_create(struct eg_api_call *a)
{
    struct eg_new_key who;
    char key[EG_API_KEY_TEXT_LEN + 1];
    int64_t id;
    EG_TRY(read_key(a, &who));
    EG_TRY(eg_auth_draw_key(a->c.core, key));
    EG_TRY(eg_auth_keep_key(a->c.core, &who, a->c.now_ms / 1000, key, &id));
    eg_json_begin_object(&a->json);
    eg_json_number_member(&a->json, "id", id);
    eg_json_text_member(&a->json, "name", who.name);
    eg_json_text_member(&a->json, "role", eg_role_name(who.role));
    eg_json_text_member(&a->json, "key", key);
    eg_json_end_object(&a->json);
    eg_wipe(key, sizeof(key));
    a->status = 201;
    return EG_OK;
}

eg_status eg_api_key_list(struct eg_api_call *a)
{
    struct eg_page page;
    struct eg_api_key_list list;
    EG_TRY(eg_api_page(a, &page));
    EG_TRY(
        eg_store_api_key_list(eg_core_store(a->c.core), a->c.company_id, page, a->c.arena, &list));
    eg_api_begin_list(a);
    for (size_t i = 0; i < list.count; i++) {
        put_key(&a->json, &list.items[i]);
    }
    eg_api_end_list(a, page, list.more);
    return EG_OK;
}

eg_status eg_api_key_revoke(struct eg_api_call *a)
{
    int64_t id;
    EG_TRY(eg_api_id(a, 0, EG_E_STORE_NOT_FOUND, &id));
    a->status = 204;
    return eg_store_api_key_revoke(eg_core_store(a->c.core), a->c.company_id, id);
}
