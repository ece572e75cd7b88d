/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_AGENT_CORE_CORE_H
#define EG_AGENT_CORE_CORE_H
/** Inside agent/core: what its files share. */
#include "engrave/agent.h"
#include "lib/base/span.h"

typedef enum eg_agent_result eg_agent_result;

/** Leave the function with the result of `expr` unless it is EG_AGENT_OK. */
#define AGENT_TRY(expr)                                                                            \
    do {                                                                                           \
        eg_agent_result try_result_ = (expr);                                                      \
        if (try_result_ != EG_AGENT_OK) {                                                          \
            return try_result_;                                                                    \
        }                                                                                          \
    } while (0)

static inline struct eg_agent_bytes agent_bytes(const uint8_t *ptr, size_t len)
{
    return (struct eg_agent_bytes){ptr, len};
}

static inline void agent_log(struct eg_agent *agent, enum eg_agent_event event, uint32_t a,
                             uint32_t b)
{
    if (agent->config.log != NULL) {
        agent->config.log(agent->config.ctx, event, a, b);
    }
}

/** The keystore whose connection key is the device's identity; NULL when none is registered. */
static inline struct eg_agent_enclave_slot *agent_identity(struct eg_agent *agent)
{
    return agent->enclave_count > 0 ? &agent->enclaves[0] : NULL;
}

/** Keystore or datastore of that id, or NULL. */
struct eg_agent_enclave_slot *agent_enclave(struct eg_agent *agent, uint32_t id);
struct eg_agent_store_slot *agent_store(struct eg_agent *agent, uint32_t id);

/** SHA-256 of one piece, by the identity's enclave. */
eg_agent_result agent_hash(struct eg_agent *agent, struct eg_agent_bytes data,
                           uint8_t out[EG_AGENT_HASH_LEN]);

/** One session over an open transport, until goodbye; fills agent->report. */
eg_agent_result agent_session(struct eg_agent *agent);

/**
 * Carry out one message and put the answers into w. All of it is looked at first; if any request of
 * it cannot be right, nothing is done and the result says why. EG_AGENT_OK: send w; agent->done
 * says whether goodbye was there. REVOKED or BAD_CRL: send w, then end.
 */
eg_agent_result agent_dispatch(struct eg_agent *agent, struct eg_span message, struct eg_writer *w);

/** Keep what goodbye said; `sent` false: it came without a report. */
eg_agent_result agent_take_report(struct eg_agent *agent, struct eg_span data, bool sent);

#endif
