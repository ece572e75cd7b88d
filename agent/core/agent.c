/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "agent/core/core.h"

enum {
    CONNECT_LIMIT_MS = 30 * 1000,
    IDLE_LIMIT_MS = 60 * 1000,
    SESSION_LIMIT_MS = 10 * 60 * 1000,
};

static bool transport_is_whole(const struct eg_agent_transport *t)
{
    return t != NULL && t->open != NULL && t->read != NULL && t->write != NULL &&
           t->check_crl != NULL && t->close != NULL;
}

static void default_limit(uint32_t *limit, uint32_t value)
{
    if (*limit == 0) {
        *limit = value;
    }
}

eg_agent_result eg_agent_init(struct eg_agent *agent, const struct eg_agent_config *config)
{
    memset(agent, 0, sizeof(*agent));
    if (!transport_is_whole(config->transport) || config->now_ms == NULL ||
        config->random == NULL || config->request_buffer == NULL ||
        config->response_buffer == NULL || config->request_size < EG_AGENT_BUFFER_MIN ||
        config->response_size < EG_AGENT_BUFFER_MIN || config->request_size > INT32_MAX ||
        config->response_size > INT32_MAX) {
        return EG_AGENT_ARGUMENT;
    }
    agent->config = *config;
    default_limit(&agent->config.connect_limit_ms, CONNECT_LIMIT_MS);
    default_limit(&agent->config.idle_limit_ms, IDLE_LIMIT_MS);
    default_limit(&agent->config.session_limit_ms, SESSION_LIMIT_MS);
    return EG_AGENT_OK;
}

struct eg_agent_enclave_slot *agent_enclave(struct eg_agent *agent, uint32_t id)
{
    for (size_t i = 0; i < agent->enclave_count; i++) {
        if (agent->enclaves[i].id == id) {
            return &agent->enclaves[i];
        }
    }
    return NULL;
}

struct eg_agent_store_slot *agent_store(struct eg_agent *agent, uint32_t id)
{
    for (size_t i = 0; i < agent->store_count; i++) {
        if (agent->stores[i].id == id) {
            return &agent->stores[i];
        }
    }
    return NULL;
}

static bool enclave_is_whole(const struct eg_agent_enclave *e)
{
    return e != NULL && e->uuid != NULL && e->public_key != NULL && e->sign != NULL &&
           e->hash_start != NULL && e->hash_update != NULL && e->hash_finish != NULL &&
           e->import_key != NULL && e->destroy_key != NULL && e->read_object != NULL &&
           e->remove_object != NULL;
}

eg_agent_result eg_agent_add_enclave(struct eg_agent *agent, uint32_t id,
                                     const struct eg_agent_enclave *ops, void *ctx)
{
    if (!enclave_is_whole(ops) || agent->enclave_count == EG_AGENT_ENCLAVES_MAX ||
        agent_enclave(agent, id) != NULL) {
        return EG_AGENT_ARGUMENT;
    }
    agent->enclaves[agent->enclave_count++] =
        (struct eg_agent_enclave_slot){.ops = ops, .ctx = ctx, .id = id};
    return EG_AGENT_OK;
}

eg_agent_result eg_agent_add_store(struct eg_agent *agent, uint32_t id,
                                   const struct eg_agent_store *ops, void *ctx)
{
    if (ops == NULL || ops->erase == NULL || ops->write == NULL || ops->sync == NULL ||
        ops->read == NULL || agent->store_count == EG_AGENT_STORES_MAX ||
        agent_store(agent, id) != NULL) {
        return EG_AGENT_ARGUMENT;
    }
    agent->stores[agent->store_count++] =
        (struct eg_agent_store_slot){.ops = ops, .ctx = ctx, .id = id};
    return EG_AGENT_OK;
}

eg_agent_result agent_hash(struct eg_agent *agent, struct eg_agent_bytes data,
                           uint8_t out[EG_AGENT_HASH_LEN])
{
    const struct eg_agent_enclave_slot *e = agent_identity(agent);
    if (e == NULL) {
        return EG_AGENT_ARGUMENT;
    }
    AGENT_TRY(e->ops->hash_start(e->ctx));
    AGENT_TRY(e->ops->hash_update(e->ctx, data));
    return e->ops->hash_finish(e->ctx, out);
}
