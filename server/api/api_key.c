/* SPDX-License-Identifier: Apache-2.0 */
/* API keys: who may call. The key itself is in the answer to its creation and nowhere else. */
#include "lib/base/secret.h"
#include "server/api/handlers.h"
#include "server/core/product.h"
#include "server/main/limits.h"

enum { DAY_S = 86400, DAYS_MAX = 3660 };

static void put_scope(struct eg_json_out *j, int64_t nc12, int64_t group_id)
{
    eg_api_id_member(j, "nc12", nc12);
    eg_api_id_member(j, "deviceGroupId", group_id);
}

static void put_key(struct eg_json_out *j, const struct eg_api_key *k)
{
    eg_json_begin_object(j);
    eg_json_number_member(j, "id", k->id);
    eg_json_text_member(j, "name", k->name);
    eg_json_text_member(j, "role", eg_role_name(k->role));
    eg_json_bool_member(j, "revoked", k->revoked);
    eg_api_time_member(j, "createdAt", k->created_s);
    eg_api_time_member(j, "expiresAt", k->expires_s);
    eg_api_time_member(j, "lastUsedAt", k->last_used_s);
    put_scope(j, k->scope_nc12, k->scope_group);
    eg_json_end_object(j);
}

/** A group of the scope must be one; with a product, of that product. */
static eg_status check_scope(struct eg_api_call *a, const struct eg_api_key_new *k)
{
    struct eg_product p;
    struct eg_group g;
    if (k->scope_nc12 != 0) {
        EG_TRY(eg_product_get(&a->c, k->scope_nc12, &p));
    }
    if (k->scope_group == 0) {
        return EG_OK;
    }
    EG_TRY(eg_store_group_get(eg_core_store(a->c.core), a->c.company_id, k->scope_group, a->c.arena,
                              &g));
    return k->scope_nc12 == 0 || g.nc12 == k->scope_nc12 ? EG_OK : EG_ERR(GROUP_UNKNOWN);
}

static eg_status read_key(struct eg_api_call *a, struct eg_api_key_new *out)
{
    struct eg_json_in *in = &a->in;
    out->name = eg_json_text(in, "name", EG_JSON_REQUIRED, 1, EG_LIMIT_NAME_CHARS);
    const char *role = eg_json_text(in, "role", EG_JSON_REQUIRED, 1, EG_LIMIT_NAME_CHARS);
    out->role = role == NULL ? 0 : eg_role_from_name(role);
    if (role != NULL && out->role == 0) {
        eg_json_refuse(in, "role", "ADMIN, OPERATOR or AUDITOR is needed");
    }
    int64_t days = eg_json_number(in, "validityDays", EG_JSON_OPTIONAL, 0, 1, DAYS_MAX);
    int64_t seconds = eg_json_number(in, "validitySeconds", EG_JSON_OPTIONAL, days * DAY_S, 1,
                                     (int64_t)DAYS_MAX * DAY_S);
    out->expires_s = seconds == 0 ? 0 : a->c.now_ms / 1000 + seconds;
    out->scope_nc12 = eg_json_number(in, "nc12", EG_JSON_OPTIONAL, 0, EG_NC12_MIN, EG_NC12_MAX);
    out->scope_group = eg_json_number(in, "deviceGroupId", EG_JSON_OPTIONAL, 0, 1, INT64_MAX);
    EG_TRY(eg_api_body_status(a));
    return check_scope(a, out);
}

/** What the answer to a new key tells. */
struct made_key {
    struct eg_api_key_new who;
    char key[EG_API_KEY_TEXT_LEN + 1];
    int64_t id;
};

static eg_status put_made(struct eg_api_call *a, const void *made)
{
    const struct made_key *m = made;
    eg_json_begin_object(&a->json);
    eg_json_number_member(&a->json, "id", m->id);
    eg_json_text_member(&a->json, "name", m->who.name);
    eg_json_text_member(&a->json, "role", eg_role_name(m->who.role));
    eg_api_time_member(&a->json, "expiresAt", m->who.expires_s);
    put_scope(&a->json, m->who.scope_nc12, m->who.scope_group);
    eg_json_text_member(&a->json, "key", m->key);
    eg_json_end_object(&a->json);
    return EG_OK;
}

eg_status eg_api_key_create(struct eg_api_call *a)
{
    struct made_key m = {.id = 0};
    EG_TRY(read_key(a, &m.who));
    EG_TRY(eg_auth_draw_key(a->c.core, m.key));
    eg_api_makes(a, 201, put_made, &m);
    eg_call_makes(&a->c);
    eg_status st =
        eg_auth_keep_key(a->c.core, a->c.company_id, &m.who, a->c.now_ms / 1000, m.key, &m.id);
    if (eg_ok(st)) {
        st = eg_api_render(a);
    }
    eg_wipe(m.key, sizeof(m.key));
    return st;
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
    if (id == a->c.actor) {
        return eg_call_refuse(&a->c, EG_ERR(IN_USE), "A key does not revoke itself; use another.");
    }
    a->status = 204;
    return eg_store_api_key_revoke(eg_core_store(a->c.core), a->c.company_id, id);
}
