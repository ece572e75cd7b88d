/* SPDX-License-Identifier: Apache-2.0 */
#include "server/core/core.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/secret.h"
#include "lib/base/text.h"
#include "lib/crypto/crypto.h"
#include "server/core/cloud_internal.h"
#include "server/core/endpoint.h"
#include "server/core/job_engine.h"
#include "server/core/shards.h"

enum { PEPPER_LEN = 32 };

struct eg_core {
    struct eg_store *store;
    struct eg_vaultpool *vault;
    const struct eg_families *families;
    const struct eg_cert_profiles *profiles;
    struct eg_job_engine *jobs;
    struct eg_shards *shards;
    unsigned job_threads;
    int64_t company_id;
    char node[EG_NODE_LEN_MAX + 1];
    char public_url[EG_PUBLIC_URL_MAX + 1];
    struct eg_endpoint_facts endpoint;
    uint8_t pepper[PEPPER_LEN];
    pthread_mutex_t crypto_lock;
    struct eg_crypto *crypto; /* under crypto_lock */
    struct eg_cloud cloud;
};

/** The database belongs to the vault whose fingerprint it holds; the first node writes it. */
static eg_status check_vault(struct eg_core *core, struct eg_arena *arena)
{
    uint8_t mine[EG_VAULT_FINGERPRINT_LEN];
    struct eg_span stored;
    eg_vaultpool_fingerprint(core->vault, mine);
    EG_TRY(eg_store_meta_init(core->store, "kek_fingerprint", EG_SPAN_OF(mine), arena, &stored));
    return eg_span_equal(stored, EG_SPAN_OF(mine)) ? EG_OK : EG_ERR(VAULT_OTHER);
}

static eg_status find_company(struct eg_core *core, const char *name, int64_t now_s,
                              struct eg_arena *arena)
{
    struct eg_company company;
    eg_status st = eg_store_company_find(core->store, name, arena, &company);
    if (eg_ok(st)) {
        core->company_id = company.id;
        return EG_OK;
    }
    if (!eg_is(st, EG_E_STORE_NOT_FOUND)) {
        return st;
    }
    st = eg_store_company_add(core->store, name, now_s, &core->company_id);
    if (!eg_is(st, EG_E_NAME_TAKEN)) {
        return st;
    }
    EG_TRY(eg_store_company_find(core->store, name, arena, &company)); /* another node was faster */
    core->company_id = company.id;
    return EG_OK;
}

eg_status eg_core_open(const struct eg_core_options *options, int64_t now_s, struct eg_core **out)
{
    eg_status st;
    struct eg_arena arena;
    uint64_t seed = 0;
    *out = NULL;
    struct eg_core *core = calloc(1, sizeof(*core));
    if (core == NULL || options->pepper.len != PEPPER_LEN) {
        free(core);
        return core == NULL ? EG_ERR(NO_MEMORY) : EG_ERR(INTERNAL);
    }
    eg_arena_init(&arena, EG_ARENA_REQUEST_MAX);
    core->store = options->store;
    core->vault = options->vault;
    core->families = options->families;
    core->profiles = options->profiles;
    core->job_threads = options->job_threads;
    memcpy(core->pepper, options->pepper.ptr, PEPPER_LEN);
    snprintf(core->node, sizeof(core->node), "%s", options->node);
    snprintf(core->public_url, sizeof(core->public_url), "%s",
             options->public_url == NULL ? "" : options->public_url);
    pthread_mutex_init(&core->crypto_lock, NULL);
    core->shards = eg_shards_new();
    EG_TRY_GOTO(st, done, core->shards == NULL ? EG_ERR(NO_MEMORY) : EG_OK);
    EG_TRY_GOTO(st, done, eg_crypto_new(&core->crypto));
    EG_TRY_GOTO(st, done, eg_core_random(core, (uint8_t *)&seed, sizeof(seed)));
    eg_cloud_init(&core->cloud, seed);
    EG_TRY_GOTO(st, done, check_vault(core, &arena));
    EG_TRY_GOTO(st, done, find_company(core, options->company, now_s, &arena));
done:
    eg_arena_cleanup(&arena);
    if (!eg_ok(st)) {
        eg_core_close(core);
        return st;
    }
    *out = core;
    return EG_OK;
}

eg_status eg_core_start_jobs(struct eg_core *core, eg_core_notify notify, void *ctx)
{
    return eg_job_engine_new(core, core->job_threads, notify, ctx, &core->jobs);
}

void eg_core_stop_jobs(struct eg_core *core)
{
    eg_job_engine_stop(core->jobs);
}

void eg_core_close(struct eg_core *core)
{
    if (core == NULL) {
        return;
    }
    eg_job_engine_free(core->jobs);
    eg_shards_free(core->shards);
    eg_crypto_free(core->crypto);
    eg_cloud_cleanup(&core->cloud);
    pthread_mutex_destroy(&core->crypto_lock);
    eg_wipe(core->pepper, sizeof(core->pepper));
    free(core);
}

struct eg_shards *eg_core_shards(struct eg_core *core)
{
    return core->shards;
}

struct eg_cloud *eg_core_cloud(struct eg_core *core)
{
    return &core->cloud;
}

struct eg_store *eg_core_store(struct eg_core *core)
{
    return core->store;
}

struct eg_vaultpool *eg_core_vault(struct eg_core *core)
{
    return core->vault;
}

const struct eg_families *eg_core_families(const struct eg_core *core)
{
    return core->families;
}

const struct eg_cert_profiles *eg_core_profiles(const struct eg_core *core)
{
    return core->profiles;
}

const char *eg_core_node(const struct eg_core *core)
{
    return core->node;
}

const char *eg_core_public_url(const struct eg_core *core)
{
    return core->public_url;
}

void eg_core_set_endpoint(struct eg_core *core, const struct eg_endpoint_facts *facts)
{
    core->endpoint = *facts;
}

const struct eg_endpoint_facts *eg_core_endpoint(const struct eg_core *core)
{
    return &core->endpoint;
}

int64_t eg_core_company(const struct eg_core *core)
{
    return core->company_id;
}

struct eg_job_engine *eg_core_jobs(struct eg_core *core)
{
    return core->jobs;
}

eg_status eg_call_refuse(struct eg_call *call, eg_status st, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(call->detail, sizeof(call->detail), format, args);
    va_end(args);
    return st;
}

void eg_call_makes(struct eg_call *call)
{
    eg_store_memo_ride(call->memo);
}

eg_status eg_core_keyed_hash(struct eg_core *core, struct eg_span data, uint8_t out[static 32])
{
    pthread_mutex_lock(&core->crypto_lock);
    eg_status st = eg_hmac_sha256(core->crypto, EG_SPAN_OF(core->pepper), data, out);
    pthread_mutex_unlock(&core->crypto_lock);
    return st;
}

eg_status eg_core_random(struct eg_core *core, uint8_t *out, size_t len)
{
    pthread_mutex_lock(&core->crypto_lock);
    eg_status st = eg_random(core->crypto, out, len);
    pthread_mutex_unlock(&core->crypto_lock);
    return st;
}

eg_status eg_core_sha256(struct eg_core *core, struct eg_span data, uint8_t out[static 32])
{
    pthread_mutex_lock(&core->crypto_lock);
    eg_status st = eg_hash(core->crypto, EG_HASH_SHA256, data, out);
    pthread_mutex_unlock(&core->crypto_lock);
    return st;
}

eg_status eg_core_sha3_512(struct eg_core *core, struct eg_span data, uint8_t out[static 64])
{
    pthread_mutex_lock(&core->crypto_lock);
    eg_status st = eg_hash(core->crypto, EG_HASH_SHA3_512, data, out);
    pthread_mutex_unlock(&core->crypto_lock);
    return st;
}

/** The key that answers are sealed with; secret. Under crypto_lock. */
static eg_status seal_key(struct eg_core *core, uint8_t out[static 32])
{
    return eg_hmac_sha256(core->crypto, EG_SPAN_OF(core->pepper),
                          eg_span_str("engrave sealed answer 1"), out);
}

eg_status eg_core_seal(struct eg_core *core, struct eg_span context, struct eg_span data,
                       struct eg_writer *out)
{
    uint8_t key[32], iv[EG_GCM_IV_LEN];
    pthread_mutex_lock(&core->crypto_lock);
    eg_status st = seal_key(core, key);
    if (eg_ok(st)) {
        st = eg_random(core->crypto, iv, sizeof(iv));
    }
    if (eg_ok(st)) {
        eg_writer_bytes(out, EG_SPAN_OF(iv));
        st = eg_gcm_seal(core->crypto, EG_SPAN_OF(key), iv, context, data, out);
    }
    pthread_mutex_unlock(&core->crypto_lock);
    eg_wipe(key, sizeof(key));
    return st;
}

eg_status eg_core_unseal(struct eg_core *core, struct eg_span context, struct eg_span sealed,
                         struct eg_writer *out)
{
    uint8_t key[32];
    if (sealed.len < EG_CORE_SEAL_OVERHEAD) {
        return EG_ERR(CRYPTO_BAD_MAC);
    }
    struct eg_span data = eg_span(sealed.ptr + EG_GCM_IV_LEN, sealed.len - EG_GCM_IV_LEN);
    pthread_mutex_lock(&core->crypto_lock);
    eg_status st = seal_key(core, key);
    if (eg_ok(st)) {
        st = eg_gcm_open(core->crypto, EG_SPAN_OF(key), sealed.ptr, context, data, out);
    }
    pthread_mutex_unlock(&core->crypto_lock);
    eg_wipe(key, sizeof(key));
    return st;
}

eg_status eg_core_uuid4(struct eg_core *core, char out[static EG_JOB_UUID_LEN + 1])
{
    uint8_t b[16];
    char hex[2 * sizeof(b) + 1];
    out[0] = '\0';
    EG_TRY(eg_core_random(core, b, sizeof(b)));
    b[6] = (uint8_t)((b[6] & 0x0F) | 0x40); /* RFC 4122 4.4: version 4 */
    b[8] = (uint8_t)((b[8] & 0x3F) | 0x80); /* variant */
    eg_hex_encode(EG_SPAN_OF(b), hex);
    snprintf(out, EG_JOB_UUID_LEN + 1, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12,
             hex + 16, hex + 20);
    return EG_OK;
}

eg_status eg_call_vault(struct eg_call *call, eg_status st)
{
    const char *why = eg_vaultpool_why();
    if (eg_ok(st) || why[0] == '\0' || strcmp(why, eg_status_info(st)->cause) == 0) {
        return st;
    }
    return eg_call_refuse(call, st, "%s", why);
}

eg_status eg_call_settle(struct eg_call *call, eg_status (*fn)(struct eg_call *call, void *arg),
                         void *arg)
{
    for (int i = 0; i < EG_CALL_TRIES; i++) {
        call->detail[0] = '\0';
        eg_status st = fn(call, arg);
        if (!eg_is(st, EG_E_STORE_MOVED)) {
            return st;
        }
    }
    return EG_ERR(STORE_BUSY);
}

/** FNV-1a, 64 bits; a collision only wakes somebody once too often. */
static uint64_t topic(uint64_t seed, const void *data, size_t len)
{
    const uint8_t *p = data;
    uint64_t h = 0xCBF29CE484222325u ^ seed;
    for (size_t i = 0; i < len; i++) {
        h = (h ^ p[i]) * 0x100000001B3u;
    }
    return h;
}

uint64_t eg_topic_device(const struct eg_uuid *uuid)
{
    return topic(1, uuid->bytes, sizeof(uuid->bytes));
}

uint64_t eg_topic_job(const char *job_uuid)
{
    return topic(2, job_uuid, strlen(job_uuid));
}

uint64_t eg_topic_events(int64_t company_id)
{
    return topic(3, &company_id, sizeof(company_id));
}

void eg_core_tell(struct eg_core *core, uint64_t topic_id)
{
    eg_job_engine_tell(core->jobs, topic_id);
}
