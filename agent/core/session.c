/* SPDX-License-Identifier: Apache-2.0 */
/* One session over an open transport: take a message, carry it out, answer, until goodbye. */
#include <string.h>

#include "agent/core/core.h"
#include "lib/wire/session/session_msg.h"

/* Milliseconds that a wait may take now; 0: the session is over. */
static uint32_t patience(struct eg_agent *agent)
{
    uint64_t now = agent->config.now_ms(agent->config.ctx);
    if (now >= agent->deadline_ms) {
        return 0;
    }
    uint64_t left = agent->deadline_ms - now;
    return left < agent->config.idle_limit_ms ? (uint32_t)left : agent->config.idle_limit_ms;
}

/* At least one more byte behind the *have that are in the request buffer. */
static eg_agent_result read_more(struct eg_agent *agent, size_t *have)
{
    const struct eg_agent_config *c = &agent->config;
    uint32_t limit = patience(agent);
    size_t got = 0;
    if (limit == 0) {
        return EG_AGENT_TIMEOUT;
    }
    if (*have == c->request_size) {
        return EG_AGENT_TOO_LARGE;
    }
    AGENT_TRY(c->transport->read(c->transport_ctx, c->request_buffer + *have,
                                 c->request_size - *have, limit, &got));
    if (got == 0 || got > c->request_size - *have) {
        return EG_AGENT_CLOSED;
    }
    *have += got;
    agent->report->bytes_in += (uint32_t)got;
    return EG_AGENT_OK;
}

/* A whole message at the start of the buffer: *used bytes of prefix, then the message. */
static eg_agent_result read_message(struct eg_agent *agent, size_t *have, size_t *used,
                                    struct eg_span *message)
{
    const struct eg_agent_config *c = &agent->config;
    size_t len = 0;
    for (;;) {
        eg_status st =
            eg_session_get_prefix(eg_span(c->request_buffer, *have), c->request_size, used, &len);
        if (eg_ok(st) && len > c->request_size - *used) {
            st = EG_ERR(WIRE_SESSION_TOO_LONG);
        }
        if (eg_is(st, EG_E_WIRE_SESSION_TOO_LONG)) {
            return EG_AGENT_TOO_LARGE;
        }
        if (eg_ok(st) && len <= *have - *used) {
            *message = eg_span(c->request_buffer + *used, len);
            return EG_AGENT_OK;
        }
        if (!eg_ok(st) && !eg_is(st, EG_E_TRUNCATED)) {
            return EG_AGENT_PROTOCOL;
        }
        AGENT_TRY(read_more(agent, have));
    }
}

/* Prefix and answers in one write, hence one TLS record where it fits. */
static eg_agent_result send_answers(struct eg_agent *agent, const struct eg_writer *w)
{
    const struct eg_agent_config *c = &agent->config;
    uint8_t prefix[EG_SESSION_PREFIX_MAX];
    uint32_t limit = patience(agent);
    if (w->len == 0) {
        return EG_AGENT_OK;
    }
    if (limit == 0) {
        return EG_AGENT_TIMEOUT;
    }
    size_t n = eg_session_put_prefix(prefix, w->len);
    memcpy(w->ptr - n, prefix, n);
    AGENT_TRY(c->transport->write(c->transport_ctx, w->ptr - n, n + w->len, limit));
    agent->report->bytes_out += (uint32_t)(n + w->len);
    agent->report->round_trips++;
    return EG_AGENT_OK;
}

/* Take one message out of the buffer; what came behind it moves to the front. */
static eg_agent_result one_message(struct eg_agent *agent, size_t *have)
{
    const struct eg_agent_config *c = &agent->config;
    struct eg_span message;
    struct eg_writer w;
    size_t used = 0;
    AGENT_TRY(read_message(agent, have, &used, &message));
    eg_writer_init(&w, c->response_buffer + EG_SESSION_PREFIX_MAX,
                   c->response_size - EG_SESSION_PREFIX_MAX);
    eg_agent_result result = agent_dispatch(agent, message, &w);
    if (result == EG_AGENT_PROTOCOL || result == EG_AGENT_TOO_LARGE) {
        agent_log(agent, EG_AGENT_EVENT_BAD_MESSAGE, (uint32_t)message.len, 0);
        return result;
    }
    /* Also what a refused CRL is answered: then the service knows why the line ends. */
    eg_agent_result sent = send_answers(agent, &w);
    *have -= used + message.len;
    memmove(c->request_buffer, c->request_buffer + used + message.len, *have);
    return result != EG_AGENT_OK ? result : sent;
}

eg_agent_result agent_session(struct eg_agent *agent)
{
    size_t have = 0;
    agent->crl_checked = false;
    agent->done = false;
    agent->deadline_ms = agent->config.now_ms(agent->config.ctx) + agent->config.session_limit_ms;
    while (!agent->done) {
        AGENT_TRY(one_message(agent, &have));
    }
    return agent->report->result;
}
