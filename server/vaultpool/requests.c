/* SPDX-License-Identifier: Apache-2.0 */
/* The calls of vaultpool.h but for open and close: check limits, call, take the result apart. */
#include <stdlib.h>
#include <string.h>

#include "lib/wire/vault_msg.h"
#include "server/vaultpool/limits.h"
#include "server/vaultpool/pool.h"

/* ---- how each request is written; ctx is the request ------------------------------------------
 */

static void put_ca(struct eg_writer *w, const void *ctx)
{
    eg_vault_put_ca(w, ctx);
}

static void put_service(struct eg_writer *w, const void *ctx)
{
    eg_vault_put_service(w, ctx);
}

static void put_manifest(struct eg_writer *w, const void *ctx)
{
    eg_vault_put_manifest(w, ctx);
}

static void put_secret(struct eg_writer *w, const void *ctx)
{
    eg_vault_put_secret(w, ctx);
}

static void put_generate(struct eg_writer *w, const void *ctx)
{
    eg_vault_put_generate(w, ctx);
}

static void put_make(struct eg_writer *w, const void *ctx)
{
    eg_vault_put_make(w, ctx);
}

/* ---- keys -------------------------------------------------------------------------------------
 */

eg_status eg_pool_call_for_key(struct eg_vaultpool *pool, uint16_t op, eg_pool_put put,
                               const void *request, struct eg_vaultpool_key *out)
{
    struct eg_worker_answer answer;
    struct eg_span result;
    struct eg_vault_key_result key;
    EG_TRY(eg_pool_call(pool, op, put, request, 0, &answer, &result));
    eg_status st = eg_vault_get_key_result(result, &key);
    if (!eg_ok(st)) {
        free(answer.memory);
        return st;
    }
    *out = (struct eg_vaultpool_key){key.wrapped_key, key.certificate, answer.memory};
    return EG_OK;
}

eg_status eg_vaultpool_ca_create(struct eg_vaultpool *pool,
                                 const struct eg_vault_ca_request *request,
                                 struct eg_vaultpool_key *out)
{
    *out = (struct eg_vaultpool_key){0};
    EG_TRY(eg_limits_ca(request));
    return eg_pool_call_for_key(pool, EG_VAULT_OP_CA_CREATE, put_ca, request, out);
}

eg_status eg_vaultpool_service_key_create(struct eg_vaultpool *pool,
                                          const struct eg_vault_service_request *request,
                                          struct eg_vaultpool_key *out)
{
    *out = (struct eg_vaultpool_key){0};
    EG_TRY(eg_limits_service(request));
    return eg_pool_call_for_key(pool, EG_VAULT_OP_SERVICE_KEY_CREATE, put_service, request, out);
}

void eg_vaultpool_key_free(struct eg_vaultpool_key *key)
{
    free(key->memory);
    *key = (struct eg_vaultpool_key){0};
}

/* ---- roots of trust ---------------------------------------------------------------------------
 */

static eg_status take_manifest(const struct eg_vault_manifest_result *result,
                               struct eg_vaultpool_manifest *out)
{
    if (result->family.len >= sizeof(out->family)) {
        return EG_ERR(WIRE_BAD_MESSAGE);
    }
    struct eg_vault_chip *chips =
        calloc(result->chip_count > 0 ? result->chip_count : 1, sizeof(*chips));
    if (chips == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    for (size_t i = 0; i < result->chip_count; i++) {
        eg_vault_get_chip(result, i, &chips[i]);
    }
    *out = (struct eg_vaultpool_manifest){
        .signer = result->signer, .chips = chips, .chip_count = result->chip_count};
    if (result->family.len > 0) {
        memcpy(out->family, result->family.ptr, result->family.len);
    }
    return EG_OK;
}

eg_status eg_vaultpool_manifest_open(struct eg_vaultpool *pool,
                                     const struct eg_vault_manifest_request *request,
                                     struct eg_vaultpool_manifest *out)
{
    struct eg_worker_answer answer;
    struct eg_span body;
    struct eg_vault_manifest_result result;
    *out = (struct eg_vaultpool_manifest){0};
    EG_TRY(eg_limits_manifest(request));
    EG_TRY(eg_pool_call(pool, EG_VAULT_OP_MANIFEST_OPEN, put_manifest, request,
                        request->message.len, &answer, &body));
    eg_status st = eg_vault_get_manifest_result(body, &result);
    if (eg_ok(st)) {
        st = take_manifest(&result, out);
    }
    free(answer.memory);
    return st;
}

void eg_vaultpool_manifest_free(struct eg_vaultpool_manifest *m)
{
    free(m->chips);
    *m = (struct eg_vaultpool_manifest){0};
}

/* ---- secrets ----------------------------------------------------------------------------------
 */

static eg_status call_for_secret(struct eg_vaultpool *pool, uint16_t op, eg_pool_put put,
                                 const void *request, size_t size_hint,
                                 struct eg_vaultpool_secret *out)
{
    struct eg_worker_answer answer;
    struct eg_span result;
    struct eg_vault_secret_result secret;
    EG_TRY(eg_pool_call(pool, op, put, request, size_hint, &answer, &result));
    eg_status st = eg_vault_get_secret_result(result, &secret);
    if (!eg_ok(st)) {
        free(answer.memory);
        return st;
    }
    *out = (struct eg_vaultpool_secret){secret.wrapped, secret.length, answer.memory};
    return EG_OK;
}

eg_status eg_vaultpool_secret_import(struct eg_vaultpool *pool,
                                     const struct eg_vault_secret_request *request,
                                     struct eg_vaultpool_secret *out)
{
    *out = (struct eg_vaultpool_secret){0};
    EG_TRY(eg_limits_secret(request));
    return call_for_secret(pool, EG_VAULT_OP_SECRET_IMPORT, put_secret, request,
                           request->message.len, out);
}

eg_status eg_vaultpool_secret_generate(struct eg_vaultpool *pool, uint64_t company_id,
                                       enum eg_vault_secret_purpose purpose, size_t length,
                                       struct eg_vaultpool_secret *out)
{
    *out = (struct eg_vaultpool_secret){0};
    if (length > UINT32_MAX) {
        return EG_ERR(VAULT_SECRET_LENGTH);
    }
    struct eg_vault_generate_request q = {company_id, (uint8_t)purpose, (uint32_t)length};
    return call_for_secret(pool, EG_VAULT_OP_SECRET_GENERATE, put_generate, &q, 0, out);
}

void eg_vaultpool_secret_free(struct eg_vaultpool_secret *secret)
{
    free(secret->memory);
    *secret = (struct eg_vaultpool_secret){0};
}

/* ---- making -----------------------------------------------------------------------------------
 */

/* The lists that point into the answer, and the answer itself, behind each other. */
struct made_memory {
    void *answer;
    struct eg_vault_made_device devices[EG_VAULT_DEVICES_MAX];
    struct eg_vault_made_object objects[]; /* device by device */
};

static eg_status take_made(const struct eg_vault_make_request *q,
                           const struct eg_worker_answer *answer, struct eg_span result,
                           struct eg_vaultpool_made *out)
{
    size_t count = q->device_count * q->plan.object_count;
    struct made_memory *memory = calloc(1, sizeof(*memory) + count * sizeof(memory->objects[0]));
    if (memory == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    eg_status st = eg_vault_get_made(result, q->device_count, q->plan.object_count, memory->devices,
                                     memory->objects);
    if (!eg_ok(st)) {
        free(memory);
        return st;
    }
    memory->answer = answer->memory;
    *out = (struct eg_vaultpool_made){memory->devices, q->device_count, memory};
    return EG_OK;
}

eg_status eg_vaultpool_make(struct eg_vaultpool *pool, const struct eg_vault_plan *plan,
                            const struct eg_vault_device *devices, size_t device_count,
                            struct eg_vaultpool_made *out)
{
    const struct eg_vault_make_request q = {*plan, devices, device_count};
    struct eg_worker_answer answer;
    struct eg_span result;
    *out = (struct eg_vaultpool_made){0};
    EG_TRY(eg_limits_make(&q));
    EG_TRY(eg_pool_call(pool, EG_VAULT_OP_MAKE, put_make, &q, 32 * 1024, &answer, &result));
    eg_status st = take_made(&q, &answer, result, out);
    if (!eg_ok(st)) {
        free(answer.memory);
    }
    return st;
}

void eg_vaultpool_made_free(struct eg_vaultpool_made *made)
{
    struct made_memory *memory = made->memory;
    if (memory != NULL) {
        free(memory->answer);
        free(memory);
    }
    *made = (struct eg_vaultpool_made){0};
}
