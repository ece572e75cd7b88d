/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "agent/core/core.h"
#include "lib/wire/session/session_report.h"
#include "lib/wire/session/session_types.h"

/* Names of the public header are numbers of the wire. */
_Static_assert((int)EG_AGENT_PART_UPDATE == (int)EG_VOCABULARY_UPDATE, "parts are vocabularies");
_Static_assert((int)EG_AGENT_PART_CLAIM == (int)EG_VOCABULARY_CLAIM, "parts are vocabularies");
_Static_assert((int)EG_AGENT_PART_OBJECTS == (int)EG_VOCABULARY_RTP, "parts are vocabularies");
_Static_assert((int)EG_AGENT_PART_SERVICES == (int)EG_VOCABULARY_CSP, "parts are vocabularies");
_Static_assert((int)EG_AGENT_CORRELATION_MAX == (int)EG_SESSION_CORRELATION_MAX, "same limit");

static void take_details(struct eg_agent_report *report, struct eg_span data)
{
    struct eg_session_detail_iter it;
    struct eg_session_detail detail;
    eg_session_detail_start(&it, data);
    while (eg_session_detail_next(&it, &detail)) {
        if (report->detail_count == EG_AGENT_DETAILS_MAX) {
            report->details_lost++;
            continue;
        }
        report->details[report->detail_count++] = (struct eg_agent_detail){
            .part = (enum eg_agent_part)detail.part,
            .status = detail.status,
            .endpoint_id = detail.endpoint_id,
            .id = detail.id,
        };
    }
}

eg_agent_result agent_take_report(struct eg_agent *agent, struct eg_span data, bool sent)
{
    struct eg_agent_report *report = agent->report;
    struct eg_session_report head;
    agent->done = true;
    report->result = EG_AGENT_NO_REPORT;
    if (!sent) {
        return EG_AGENT_OK;
    }
    if (!eg_ok(eg_session_report_read(data, &head))) {
        return EG_AGENT_PROTOCOL;
    }
    report->status[EG_AGENT_PART_UPDATE] = head.status;
    report->status[EG_AGENT_PART_CLAIM] = head.claim;
    report->status[EG_AGENT_PART_OBJECTS] = head.rtp;
    report->status[EG_AGENT_PART_SERVICES] = head.csp;
    report->retry_after_s = head.retry_after_s;
    if (head.correlation.len > 0) {
        memcpy(report->correlation, head.correlation.ptr, head.correlation.len);
    }
    take_details(report, data);
    agent_log(agent, EG_AGENT_EVENT_GOODBYE, head.status, 0);
    if ((head.parts & EG_REPORT_PART(EG_VOCABULARY_UPDATE)) != 0) {
        report->received = true;
        report->result = head.status == EG_UPDATE_SUCCESS ? EG_AGENT_OK : EG_AGENT_REFUSED;
    }
    return EG_AGENT_OK;
}
