/* SPDX-License-Identifier: Apache-2.0 */
/* Whom to call: the connection data, newest first, and the older while the newest did not work. */
#include <string.h>

#include "agent/core/store.h"
#include "lib/wire/session/session_datastore.h"

enum { PORT_DEFAULT = 443, DIALS_MAX = 8 /* descriptors tried in one update */ };

/* Built-in key by which TLS authenticates a chip; enclaves take it to mean their connection key. */
#define CONNECTION_KEY 0x7FFF816Cu

/* ---- connection data in the store -------------------------------------------------------------
 */

/* The index-th descriptor of a slot, read into the request buffer. NOT_FOUND past the last. */
static eg_agent_result load_descriptor(struct eg_agent *agent,
                                       const struct eg_agent_store_slot *store, uint8_t slot,
                                       size_t index, struct eg_service *out)
{
    struct eg_span container;
    struct eg_container_iter it;
    uint32_t count;
    AGENT_TRY(store_load(store, slot, agent->config.request_buffer, agent->config.request_size,
                         &container));
    if (!eg_ok(eg_container_read(container, &it, &count))) {
        return EG_AGENT_NOT_FOUND;
    }
    for (size_t i = 0; eg_container_next(&it, out); i++) {
        if (i == index) {
            return EG_AGENT_OK;
        }
    }
    return EG_AGENT_NOT_FOUND;
}

/* Host names are visible ASCII; anything else would mean one thing to DNS and another to TLS. */
static bool copy_host(struct eg_span name, char out[EG_AGENT_HOST_MAX + 1])
{
    if (name.len == 0 || name.len > EG_AGENT_HOST_MAX) {
        return false;
    }
    for (size_t i = 0; i < name.len; i++) {
        if (name.ptr[i] <= ' ' || name.ptr[i] > '~') {
            return false;
        }
        out[i] = (char)name.ptr[i];
    }
    out[name.len] = '\0';
    return true;
}

/* ---- one call ---------------------------------------------------------------------------------
 */

/* Where the call of an update stands. */
struct round {
    struct eg_agent_store_slot *store;
    uint8_t slot;
    size_t index;
    bool older; /* slot is not the newest */
};

static eg_agent_result dial(struct eg_agent *agent, const struct eg_service *service)
{
    const struct eg_agent_config *c = &agent->config;
    const struct eg_agent_enclave_slot *e = agent_identity(agent);
    char host[EG_AGENT_HOST_MAX + 1];
    size_t len;
    uint32_t port = service->port == 0 ? PORT_DEFAULT : service->port;
    if (!copy_host(service->hostname, host) || port > UINT16_MAX ||
        service->server_certificate.len == 0) {
        return EG_AGENT_NO_CONNECTION_DATA;
    }
    AGENT_TRY(eg_agent_certificate(agent, c->response_buffer, c->response_size, &len));
    const struct eg_agent_target target = {
        .host = host,
        .port = (uint16_t)port,
        .roots = agent_bytes(service->server_certificate.ptr, service->server_certificate.len),
        .certificate = agent_bytes(c->response_buffer, len),
        .enclave = e->ops,
        .enclave_ctx = e->ctx,
    };
    return c->transport->open(c->transport_ctx, &target, c->connect_limit_ms);
}

static eg_agent_result talk(struct eg_agent *agent, const struct round *round)
{
    const struct eg_agent_config *c = &agent->config;
    agent_log(agent, EG_AGENT_EVENT_CONNECTED, (uint32_t)round->index, round->older ? 1 : 0);
    round->store->in_use = round->slot;
    eg_agent_result result = agent_session(agent);
    c->transport->close(c->transport_ctx, agent->done);
    if (result == EG_AGENT_OK && store_newest(round->store) == round->slot) {
        /* The newest data work: what was before them is no longer needed. */
        result = store_retire(round->store);
    }
    return result;
}

/* A failure of the line or of the trust in it: another descriptor may do better. */
static bool try_another(const struct eg_agent *agent, eg_agent_result result)
{
    return result != EG_AGENT_OK && !agent->done && !agent->crl_checked;
}

/* One descriptor. NOT_FOUND: there is none of that index. */
static eg_agent_result call(struct eg_agent *agent, struct round *round)
{
    struct eg_service service;
    AGENT_TRY(load_descriptor(agent, round->store, round->slot, round->index, &service));
    agent_log(agent, EG_AGENT_EVENT_DIALING, (uint32_t)round->index, service.port);
    agent->crl_checked = false;
    agent->done = false;
    eg_agent_result result = dial(agent, &service);
    if (result != EG_AGENT_OK) {
        agent_log(agent, EG_AGENT_EVENT_DIAL_FAILED, (uint32_t)round->index, (uint32_t)result);
        return result;
    }
    agent->report->fell_back = round->older;
    return talk(agent, round);
}

/* All descriptors of a slot until one led to a session. *result is the last that says something. */
static bool call_slot(struct eg_agent *agent, struct round *round, size_t *dials,
                      eg_agent_result *result)
{
    for (round->index = 0; *dials < DIALS_MAX; round->index++, (*dials)++) {
        eg_agent_result now = call(agent, round);
        if (now == EG_AGENT_NOT_FOUND) {
            return false;
        }
        /* "nobody there" never hides a better reason, such as a revoked certificate */
        if (now != EG_AGENT_NOT_CONNECTED || *result == EG_AGENT_NO_CONNECTION_DATA) {
            *result = now;
        }
        if (!try_another(agent, now)) {
            return true;
        }
    }
    return false;
}

static eg_agent_result call_all(struct eg_agent *agent, struct eg_agent_store_slot *store)
{
    eg_agent_result result = EG_AGENT_NO_CONNECTION_DATA;
    size_t dials = 0;
    const uint8_t slots[2] = {store_newest(store), store_older(store)};
    for (size_t i = 0; i < 2 && slots[i] != STORE_NONE; i++) {
        struct round round = {.store = store, .slot = slots[i], .older = i == 1};
        if (call_slot(agent, &round, &dials, &result)) {
            break;
        }
    }
    return result;
}

/* A transaction that a session left open ends with it. */
static void close_stores(struct eg_agent *agent)
{
    for (size_t i = 0; i < agent->store_count; i++) {
        if (agent->stores[i].scanned) {
            store_abandon(&agent->stores[i]);
        }
    }
}

eg_agent_result eg_agent_update(struct eg_agent *agent, struct eg_agent_report *report)
{
    struct eg_agent_store_slot *store = agent_store(agent, EG_AGENT_CONNECTION);
    memset(report, 0, sizeof(*report));
    agent->report = report;
    report->result = EG_AGENT_ARGUMENT;
    if (store != NULL && agent_identity(agent) != NULL) {
        eg_agent_result result = store_scan(agent, store);
        report->result = result == EG_AGENT_OK ? call_all(agent, store) : result;
        close_stores(agent);
    }
    agent_log(agent, EG_AGENT_EVENT_ENDED, (uint32_t)report->result, 0);
    agent->report = NULL;
    return report->result;
}

/* ---- the first connection data ----------------------------------------------------------------
 */

static eg_agent_result build(struct eg_agent *agent, struct eg_writer *w,
                             const struct eg_service *service)
{
    eg_container_begin(w);
    eg_container_put(w, service);
    eg_container_end(w, 1);
    if (!eg_ok(w->status)) {
        return EG_AGENT_TOO_LARGE;
    }
    struct eg_span hashed = eg_container_hashed(eg_writer_span(w));
    return agent_hash(agent, agent_bytes(hashed.ptr, hashed.len), w->ptr);
}

eg_agent_result eg_agent_connect_to(struct eg_agent *agent, const char *host, uint16_t port,
                                    struct eg_agent_bytes roots)
{
    struct eg_agent_store_slot *store = agent_store(agent, EG_AGENT_CONNECTION);
    char copy[EG_AGENT_HOST_MAX + 1];
    struct eg_writer w;
    if (store == NULL || agent_identity(agent) == NULL || port == 0 || roots.len == 0 ||
        !copy_host(eg_span_str(host), copy)) {
        return EG_AGENT_ARGUMENT;
    }
    const struct eg_service service = {
        .typeless = true,
        .hostname = eg_span_str(host),
        .port = port,
        .server_certificate = eg_span(roots.ptr, roots.len),
        .client_key_ref = {EG_ENDPOINT_KEYS_PSA, agent_identity(agent)->id, CONNECTION_KEY},
    };
    eg_writer_init(&w, agent->config.request_buffer, agent->config.request_size);
    AGENT_TRY(build(agent, &w, &service));
    AGENT_TRY(store_scan(agent, store));
    AGENT_TRY(store_allocate(store, (uint32_t)w.len));
    AGENT_TRY(store_write(store, 0, eg_writer_span(&w)));
    return store_commit(agent, store);
}
