/* SPDX-License-Identifier: Apache-2.0 */
#include "server/vault/vault.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/os/secret_mem.h"
#include "server/vault/issuer.h"

static eg_status fill(struct eg_vault *v, const uint8_t *kek)
{
    EG_TRY(eg_crypto_new(&v->crypto));
    EG_TRY(eg_secret_alloc(sizeof(*v->keys), (void **)&v->keys));
    EG_TRY(eg_secret_alloc(EG_VAULT_SECRETS_MAX, (void **)&v->secrets));
    EG_TRY(eg_issuers_new(&v->issuers));
    v->room = calloc(1, sizeof(*v->room));
    if (v->room == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    return eg_vault_keys_derive(v->crypto, kek, v->keys);
}

eg_status eg_vault_new(const uint8_t kek[static EG_KEK_LEN], const struct eg_families *families,
                       struct eg_vault **out)
{
    *out = NULL;
    struct eg_vault *v = calloc(1, sizeof(*v));
    if (v == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    v->families = families;
    eg_status st = fill(v, kek);
    if (!eg_ok(st)) {
        eg_vault_free(v);
        return st;
    }
    *out = v;
    return EG_OK;
}

eg_status eg_vault_allow_endpoint(struct eg_vault *v, const char *name)
{
    struct eg_span text = eg_span_str(name);
    if (!eg_hostname_valid(text)) {
        return EG_ERR(VAULT_ENDPOINT_NAME);
    }
    memcpy(v->endpoint_name, text.ptr, text.len);
    v->endpoint_name[text.len] = '\0';
    return EG_OK;
}

void eg_vault_free(struct eg_vault *v)
{
    if (v == NULL) {
        return;
    }
    eg_issuers_free(v->issuers);
    eg_secret_free(v->keys, sizeof(*v->keys));
    eg_secret_free(v->secrets, EG_VAULT_SECRETS_MAX);
    eg_crypto_free(v->crypto);
    free(v->room);
    free(v);
}

eg_status eg_vault_refuse(struct eg_vault *v, eg_status st, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(v->why, sizeof(v->why), format, args);
    va_end(args);
    return st;
}
