/* SPDX-License-Identifier: Apache-2.0 */
/* Words for people; an application that prints none does not link them. */
#include "engrave/agent.h"
#include "lib/wire/session/session_status.h"

const char *eg_agent_result_text(enum eg_agent_result result)
{
    static const char *const texts[] = {
        [EG_AGENT_OK] = "the session succeeded",
        [EG_AGENT_REFUSED] = "the service ended the session with a failure",
        [EG_AGENT_NOT_CONNECTED] = "no service of the connection data could be reached",
        [EG_AGENT_UNTRUSTED] = "the service's certificate or name does not fit our roots",
        [EG_AGENT_REVOKED] = "the CRL lists the service's certificate",
        [EG_AGENT_BAD_CRL] = "the CRL is not current, not whole, or not of the issuing CA",
        [EG_AGENT_TIMEOUT] = "the service was silent for too long",
        [EG_AGENT_CLOSED] = "the line ended before goodbye",
        [EG_AGENT_PROTOCOL] = "the service sent what no service may send",
        [EG_AGENT_TOO_LARGE] = "a message or container does not fit the memory given",
        [EG_AGENT_NO_CONNECTION_DATA] = "there are no valid connection data",
        [EG_AGENT_STORE] = "a datastore could not be read or written",
        [EG_AGENT_ENCLAVE] = "the enclave failed",
        [EG_AGENT_ARGUMENT] = "the application called with something missing",
        [EG_AGENT_NOT_FOUND] = "there is no such service",
        [EG_AGENT_NO_REPORT] = "the service said goodbye without a report",
    };
    unsigned index = (unsigned)result;
    return index < sizeof(texts) / sizeof(texts[0]) ? texts[index] : "unknown result";
}

const char *eg_agent_status_text(enum eg_agent_part part, uint32_t status)
{
    const char *name =
        status <= INT32_MAX
            ? eg_session_status_name((enum eg_session_vocabulary)part, (int32_t)status)
            : NULL;
    return name != NULL ? name : "UNKNOWN";
}
