/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_AGENT_CORE_DISPATCH_H
#define EG_AGENT_CORE_DISPATCH_H
/** Inside agent/core: what carries out one request. Each puts exactly one answer into w. */
#include "agent/core/core.h"
#include "lib/wire/session/session_msg.h"

/** One request of a message. */
struct agent_job {
    struct eg_agent *agent;
    const struct eg_session_request *req;
    struct eg_writer *w;
    size_t reserve; /* bytes of w that the answers to the requests behind this one need at least */
};

/** Room for data in the answer to this request, when `overhead` stands before it. */
size_t agent_room(const struct agent_job *job, size_t overhead);

/** A command at a keystore: a PSA status in every answer but that to PSA_VERSION. */
void agent_do_keys(const struct agent_job *job, struct eg_agent_enclave_slot *enclave);

/** An operation on a datastore: OK or ERROR in every answer. */
void agent_do_store(const struct agent_job *job, struct eg_agent_store_slot *store);

#endif
