/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/core/dispatch.h"

#include "agent/core/version.h"

/* ---- before anything is done: can every request of the message be right? ----------------------
 */

static void fill_hello(struct eg_agent *agent, struct eg_session_hello *hello)
{
    const struct eg_agent_config *c = &agent->config;
    size_t n = 0;
    hello->version = AGENT_VERSION;
    hello->response_buffer = (uint32_t)(c->response_size - EG_SESSION_PREFIX_MAX);
    hello->request_buffer = (uint32_t)(c->request_size - EG_SESSION_PREFIX_MAX);
    hello->many_requests = true;
    hello->engrave_features = EG_SESSION_FEATURE_LONG_CLAIM | EG_SESSION_FEATURE_RETRY_AFTER |
                              EG_SESSION_FEATURE_CRL_ERROR | EG_SESSION_FEATURE_FALLBACK;
    hello->endpoints[n++] = (struct eg_session_endpoint){
        .type = EG_ENDPOINT_AGENT, .version = EG_SESSION_VERSION_1_0_0, .request_crl = true};
    for (size_t i = 0; i < agent->store_count; i++) {
        hello->endpoints[n++] = (struct eg_session_endpoint){.type = EG_ENDPOINT_STORE_FILE,
                                                             .id = agent->stores[i].id,
                                                             .version = EG_SESSION_VERSION_1_0_0,
                                                             .transactions = true};
    }
    for (size_t i = 0; i < agent->enclave_count; i++) {
        hello->endpoints[n++] = (struct eg_session_endpoint){.type = EG_ENDPOINT_KEYS_PSA,
                                                             .id = agent->enclaves[i].id,
                                                             .version = EG_SESSION_VERSION_1_0_0};
    }
    hello->endpoint_count = n;
}

_Static_assert(1 + (int)EG_AGENT_STORES_MAX + (int)EG_AGENT_ENCLAVES_MAX <=
                   (int)EG_SESSION_ENDPOINTS_MAX,
               "hello has room for every endpoint");

/* Bytes that the answer takes at least; reads may take more. */
static size_t least_answer(const struct eg_session_request *req)
{
    switch (req->kind) {
    case EG_SESSION_GOODBYE:
        return 0;
    case EG_SESSION_HELLO:
        return EG_SESSION_ANSWER_HELLO;
    case EG_SESSION_PSA_VERSION:
        return EG_SESSION_ANSWER_VERSION;
    default:
        return EG_SESSION_ANSWER_STATUS;
    }
}

/* Is the request for an endpoint that we have, and of a kind that this endpoint takes? */
static bool fits_endpoint(struct eg_agent *agent, const struct eg_session_request *req)
{
    if ((req->missing & (EG_SESSION_NO_ENDPOINT_TYPE | EG_SESSION_NO_ENDPOINT_ID)) != 0) {
        return false;
    }
    switch (req->kind) {
    case EG_SESSION_HELLO:
    case EG_SESSION_CRL:
    case EG_SESSION_GOODBYE:
        return req->endpoint_type == EG_ENDPOINT_AGENT;
    case EG_SESSION_DATASTORE:
        return req->endpoint_type == EG_ENDPOINT_STORE_FILE &&
               agent_store(agent, req->endpoint_id) != NULL;
    case EG_SESSION_NONE:
    case EG_SESSION_OTHER:
        return false;
    default:
        return req->endpoint_type == EG_ENDPOINT_KEYS_PSA &&
               agent_enclave(agent, req->endpoint_id) != NULL;
    }
}

static bool needs_crl(const struct eg_session_request *req)
{
    return req->kind != EG_SESSION_HELLO && req->kind != EG_SESSION_CRL &&
           req->kind != EG_SESSION_GOODBYE;
}

/*
 * All requests of a message, before the first is carried out: a message is taken whole or not at
 * all. *need = bytes that its answers take at least.
 */
static eg_agent_result inspect(struct eg_agent *agent, struct eg_span message, size_t room,
                               size_t *need)
{
    struct eg_session_iter it;
    struct eg_session_request req;
    bool crl = agent->crl_checked;
    bool goodbye = false;
    *need = 0;
    eg_session_iter_start(&it, message);
    while (eg_session_next_request(&it, &req)) {
        if (goodbye || !fits_endpoint(agent, &req) || (needs_crl(&req) && !crl)) {
            return EG_AGENT_PROTOCOL;
        }
        crl = crl || req.kind == EG_SESSION_CRL;
        goodbye = req.kind == EG_SESSION_GOODBYE;
        *need += least_answer(&req);
        if (*need > room) {
            return EG_AGENT_TOO_LARGE;
        }
    }
    return eg_ok(it.status) ? EG_AGENT_OK : EG_AGENT_PROTOCOL;
}

/* ---- carrying out -----------------------------------------------------------------------------
 */

size_t agent_room(const struct agent_job *job, size_t overhead)
{
    size_t taken = job->w->len + job->reserve + overhead;
    return taken < job->w->capacity ? job->w->capacity - taken : 0;
}

static void do_hello(const struct agent_job *job)
{
    struct eg_session_response res = {.kind = EG_SESSION_HELLO};
    fill_hello(job->agent, &res.hello);
    eg_session_put_response(job->w, &res);
}

/* Nothing but hello, CRL and goodbye is taken before one CRL was good; a bad one ends it all. */
static eg_agent_result do_crl(const struct agent_job *job)
{
    const struct eg_agent_config *c = &job->agent->config;
    eg_agent_result result = EG_AGENT_BAD_CRL;
    if (job->req->data.len > 0) {
        result = c->transport->check_crl(c->transport_ctx,
                                         agent_bytes(job->req->data.ptr, job->req->data.len));
    }
    struct eg_session_response res = {.kind = EG_SESSION_CRL, .status = (int32_t)result};
    eg_session_put_response(job->w, &res);
    job->agent->crl_checked = result == EG_AGENT_OK;
    agent_log(job->agent, EG_AGENT_EVENT_CRL, (uint32_t)result, 0);
    return result;
}

static eg_agent_result carry_out(const struct agent_job *job)
{
    const struct eg_session_request *req = job->req;
    agent_log(job->agent, EG_AGENT_EVENT_REQUEST, (uint32_t)req->kind, req->id);
    switch (req->kind) {
    case EG_SESSION_HELLO:
        do_hello(job);
        return EG_AGENT_OK;
    case EG_SESSION_CRL:
        return do_crl(job);
    case EG_SESSION_GOODBYE:
        return agent_take_report(job->agent, req->data, (req->missing & EG_SESSION_NO_STATUS) == 0);
    case EG_SESSION_DATASTORE:
        agent_do_store(job, agent_store(job->agent, req->endpoint_id));
        return EG_AGENT_OK;
    default:
        agent_do_keys(job, agent_enclave(job->agent, req->endpoint_id));
        return EG_AGENT_OK;
    }
}

eg_agent_result agent_dispatch(struct eg_agent *agent, struct eg_span message, struct eg_writer *w)
{
    struct eg_session_iter it;
    struct eg_session_request req;
    struct agent_job job = {.agent = agent, .req = &req, .w = w};
    AGENT_TRY(inspect(agent, message, w->capacity, &job.reserve));
    eg_session_iter_start(&it, message);
    while (eg_session_next_request(&it, &req)) {
        job.reserve -= least_answer(&req);
        AGENT_TRY(carry_out(&job));
    }
    return eg_ok(w->status) ? EG_AGENT_OK : EG_AGENT_TOO_LARGE;
}
