/* SPDX-License-Identifier: Apache-2.0 */
/* SECRET_IMPORT and SECRET_GENERATE: a secret of a customer, brought sealed or drawn here. */
#include "lib/base/secret.h"
#include "lib/crypto/cms.h"
#include "lib/object/object.h"
#include "lib/object/recipe.h"
#include "lib/object/secret_text.h"
#include "server/vault/ops.h"
#include "server/vault/wrap.h"

_Static_assert((int)EG_VAULT_PURPOSE_HMAC_KEY == (int)EG_OBJECT_HMAC_KEY, "purpose = type");
_Static_assert((int)EG_VAULT_PURPOSE_MASTER_KEY == (int)EG_OBJECT_MASTER_KEY, "purpose = type");
_Static_assert((int)EG_VAULT_PURPOSE_BINARY_FILE == (int)EG_OBJECT_BINARY_FILE, "purpose = type");
_Static_assert((int)EG_VAULT_PURPOSE_OEM_FW_DECRYPT_KEY == (int)EG_OBJECT_OEM_FW_DECRYPT_KEY,
               "purpose = type");

/* Lengths in bytes that a purpose takes, and whether the vault may draw one. */
static const struct purpose_rule {
    uint8_t purpose;
    size_t min, max;
    bool may_draw;
} rules[] = {
    {EG_VAULT_PURPOSE_HMAC_KEY, 16, 256, true},
    {EG_VAULT_PURPOSE_MASTER_KEY, EG_MASTER_SECRET_LEN_MIN, EG_MASTER_SECRET_LEN_MAX, true},
    {EG_VAULT_PURPOSE_OEM_FW_DECRYPT_KEY, 32, 32, false},
    {EG_VAULT_PURPOSE_BINARY_FILE, 1, EG_SECRET_VALUE_MAX, false},
};

static const struct purpose_rule *find_rule(uint8_t purpose)
{
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        if (rules[i].purpose == purpose) {
            return &rules[i];
        }
    }
    return NULL;
}

static eg_status keep(struct eg_vault *v, uint64_t company_id, const struct purpose_rule *rule,
                      struct eg_span secret, struct eg_writer *out)
{
    uint8_t room[EG_SECRET_VALUE_MAX + EG_VAULT_WRAP_OVERHEAD];
    struct eg_writer wrapped;
    if (secret.len < rule->min || secret.len > rule->max) {
        return EG_ERR(VAULT_SECRET_LENGTH);
    }
    eg_writer_init(&wrapped, room, sizeof(room));
    EG_TRY(eg_wrap_secret(v, company_id, rule->purpose, secret, &wrapped));
    struct eg_vault_secret_result result = {eg_writer_span(&wrapped), (uint32_t)secret.len};
    eg_vault_put_secret_result(out, &result);
    return EG_OK;
}

static eg_status open_message(struct eg_vault *v, const struct eg_vault_secret_request *q,
                              struct eg_cms_bytes *out)
{
    struct eg_key *key = NULL;
    EG_TRY(
        eg_unwrap_service(v, q->key.company_id, EG_VAULT_SERVICE_SECRET, q->key.wrapped_key, &key));
    eg_status st = eg_cms_open(q->message, q->key.certificate, key, out);
    eg_key_free(key);
    return st;
}

eg_status eg_vault_run_secret_import(struct eg_vault *v, struct eg_span body, struct eg_writer *out)
{
    struct eg_vault_secret_request q;
    struct eg_cms_bytes text = {0};
    struct eg_writer secret;
    EG_TRY(eg_vault_get_secret(body, &q));
    const struct purpose_rule *rule = find_rule(q.purpose);
    if (rule == NULL) {
        return EG_ERR(VAULT_PLAN);
    }
    EG_TRY(open_message(v, &q, &text));
    eg_writer_init(&secret, v->secrets, EG_VAULT_SECRETS_MAX);
    eg_status st = eg_secret_text_open(eg_span(text.ptr, text.len), q.company_name,
                                       (enum eg_object_type)q.purpose, &secret);
    eg_cms_bytes_free(&text);
    if (eg_ok(st)) {
        st = keep(v, q.company_id, rule, eg_writer_span(&secret), out);
    }
    eg_wipe(v->secrets, secret.len);
    return st;
}

eg_status eg_vault_run_secret_generate(struct eg_vault *v, struct eg_span body,
                                       struct eg_writer *out)
{
    struct eg_vault_generate_request q;
    EG_TRY(eg_vault_get_generate(body, &q));
    const struct purpose_rule *rule = find_rule(q.purpose);
    if (rule == NULL || !rule->may_draw) {
        return EG_ERR(VAULT_PLAN);
    }
    if (q.length < rule->min || q.length > rule->max) {
        return EG_ERR(VAULT_SECRET_LENGTH);
    }
    EG_TRY(eg_random(v->crypto, v->secrets, q.length));
    eg_status st = keep(v, q.company_id, rule, eg_span(v->secrets, q.length), out);
    eg_wipe(v->secrets, q.length);
    return st;
}
