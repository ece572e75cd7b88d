/* SPDX-License-Identifier: Apache-2.0 */
#include "server/core/auth.h"

#include <string.h>

#include "lib/base/secret.h"
#include "lib/base/text.h"

enum { KEY_BYTES = 32, KEY_CHARS_MAX = 256 };

/** Good to know, not worth a refusal: when it cannot be written now, the next request writes it. */
static void note_use(struct eg_core *core, const struct eg_api_key *key, int64_t now_s)
{
    if (now_s - key->last_used_s >= EG_API_KEY_USED_STEP_S) {
        eg_status st = eg_store_api_key_used(eg_core_store(core), key->id, now_s);
        (void)st;
    }
}

eg_status eg_auth(struct eg_call *call, const char *key)
{
    uint8_t hash[EG_API_KEY_HASH_LEN];
    struct eg_api_key found;
    if (key == NULL || strlen(key) > KEY_CHARS_MAX) {
        return EG_ERR(AUTH_MISSING);
    }
    EG_TRY(eg_core_keyed_hash(call->core, eg_span_str(key), hash));
    eg_status st = eg_store_api_key_find(eg_core_store(call->core), hash, call->arena, &found);
    if (eg_is(st, EG_E_STORE_NOT_FOUND)) {
        return EG_ERR(AUTH_MISSING);
    }
    EG_TRY(st);
    int64_t now_s = call->now_ms / 1000;
    if (found.revoked) {
        return EG_ERR(AUTH_MISSING);
    }
    if (found.expires_s != 0 && found.expires_s <= now_s) {
        return EG_ERR(AUTH_EXPIRED);
    }
    note_use(call->core, &found, now_s);
    call->scope_nc12 = found.scope_nc12;
    call->scope_group = found.scope_group;
    call->company_id = found.company_id;
    call->company_name = found.company_name;
    call->actor = found.id;
    call->role = found.role;
    return EG_OK;
}

static const char *const role_names[] = {
    [EG_ROLE_PUBLIC] = "PUBLIC",
    [EG_ROLE_AUDITOR] = "AUDITOR",
    [EG_ROLE_OPERATOR] = "OPERATOR",
    [EG_ROLE_ADMIN] = "ADMIN",
};

enum eg_role eg_role_from_name(const char *name)
{
    for (int role = EG_ROLE_AUDITOR; role <= EG_ROLE_ADMIN; role++) {
        if (strcmp(role_names[role], name) == 0) {
            return (enum eg_role)role;
        }
    }
    return (enum eg_role)0;
}

const char *eg_role_name(int64_t role)
{
    return role >= EG_ROLE_PUBLIC && role <= EG_ROLE_ADMIN ? role_names[role] : "";
}

eg_status eg_auth_require(struct eg_call *call, enum eg_role role)
{
    if (call->role >= (int64_t)role) {
        return EG_OK;
    }
    return eg_call_refuse(call, EG_ERR(AUTH_DENIED), "The role %s is needed.", eg_role_name(role));
}

/** base64 to base64url without padding (RFC 4648 section 5). */
static void to_url_form(char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '+') {
            *text = '-';
        } else if (*text == '/') {
            *text = '_';
        } else if (*text == '=') {
            *text = '\0';
            return;
        }
    }
}

eg_status eg_auth_keep_key(struct eg_core *core, int64_t company_id,
                           const struct eg_api_key_new *who, int64_t now_s, const char *key,
                           int64_t *out_id)
{
    uint8_t hash[EG_API_KEY_HASH_LEN];
    EG_TRY(eg_core_keyed_hash(core, eg_span_str(key), hash));
    return eg_store_api_key_add(eg_core_store(core), company_id, who, hash, now_s, out_id);
}

eg_status eg_auth_draw_key(struct eg_core *core, char out_key[static EG_API_KEY_TEXT_LEN + 1])
{
    uint8_t raw[KEY_BYTES];
    char text[EG_BASE64_LEN(KEY_BYTES) + 1];
    out_key[0] = '\0';
    EG_TRY(eg_core_random(core, raw, sizeof(raw)));
    eg_base64_encode(EG_SPAN_OF(raw), text);
    to_url_form(text);
    memcpy(out_key, text, EG_API_KEY_TEXT_LEN + 1);
    eg_wipe(raw, sizeof(raw));
    eg_wipe(text, sizeof(text));
    return EG_OK;
}
