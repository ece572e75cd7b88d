/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_AGENT_PORT_LINUX_REPORT_H
#define EG_AGENT_PORT_LINUX_REPORT_H
/** What a session came to: for people, for programs, and kept in the state folder. */
#include <jansson.h>

#include "agent/port/linux/device.h"

/** Times in milliseconds since 1970; what `once --if-due` and `daemon` go by after a restart. */
struct eg_last {
    uint32_t failures; /* in a row */
    int64_t next_ms;   /* when the next session is due; 0: now */
};

/** The last session's record out of STATE/last.json; zeros when there is none. *out_json may be
 * NULL; the caller's. */
void eg_last_read(const char *state, struct eg_last *out, json_t **out_json);
/** Replace it, whole. */
EG_MUST_USE eg_status eg_last_write(const char *state, const json_t *record);

/** Everything about a session: report, line, times. The caller's; NULL without memory. */
json_t *eg_report_json(struct eg_device *d, const struct eg_agent_report *r,
                       const struct eg_last *last, int64_t now_ms);
/** The same in sentences on standard output. */
void eg_report_print(const struct eg_device *d, const struct eg_agent_report *r);

/** Exit code of a result: 0, or 10 and up (docs/guide/agent.md). */
int eg_report_exit(enum eg_agent_result result);

#endif
