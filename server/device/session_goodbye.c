/* SPDX-License-Identifier: Apache-2.0 */
/* The last message: how the session went. */
#include "server/device/session_internal.h"

enum {
    DETAILS_MAX = 1 +
                  sizeof(((struct eg_cloud_report *)0)->objects) /
                      sizeof(((struct eg_cloud_report *)0)->objects[0]) +
                  64, /* services */
    HOUR_S = 3600,
};

/** When our own agent had better come again, by what it is told; it keeps its own pace otherwise.
 */
static const struct {
    uint32_t update, seconds;
} retry_after[] = {
    {EG_UPDATE_ERR_TIMEOUT, 10},
    {EG_UPDATE_ERR_INTERNAL, 60},
    {EG_UPDATE_ERR_CONNECTION_QUOTA_EXCEEDED, 300},
    {EG_UPDATE_ERR_DEVICE_NOT_WHITELISTED, HOUR_S},
};

static uint32_t retry_after_s(const struct eg_device_session *s, uint32_t update)
{
    for (size_t i = 0; s->ours && i < sizeof(retry_after) / sizeof(retry_after[0]); i++) {
        if (retry_after[i].update == update) {
            return retry_after[i].seconds;
        }
    }
    return 0;
}

static size_t list_details(const struct eg_device_session *s, const struct eg_cloud_report *report,
                           struct eg_session_detail out[static DETAILS_MAX])
{
    size_t n = 0;
    if (report->claim != 0) {
        out[n++] = (struct eg_session_detail){EG_VOCABULARY_CLAIM, report->claim, s->keys_id, 0};
    }
    for (size_t i = 0; i < report->object_count && n < DETAILS_MAX; i++) {
        out[n++] = (struct eg_session_detail){EG_VOCABULARY_RTP, report->objects[i].rtp, s->keys_id,
                                              report->objects[i].chip_id};
    }
    for (size_t i = 0; i < report->service_count && n < DETAILS_MAX; i++) {
        out[n++] = (struct eg_session_detail){EG_VOCABULARY_CSP, report->csp, s->store_id,
                                              report->services[i]};
    }
    return n;
}

static uint8_t parts_of(const struct eg_cloud_report *report)
{
    return (uint8_t)(EG_REPORT_PART(EG_VOCABULARY_UPDATE) |
                     (report->claim != 0 ? EG_REPORT_PART(EG_VOCABULARY_CLAIM) : 0) |
                     (report->rtp != 0 ? EG_REPORT_PART(EG_VOCABULARY_RTP) : 0) |
                     (report->csp != 0 ? EG_REPORT_PART(EG_VOCABULARY_CSP) : 0));
}

static bool add(struct eg_device_session *s, const struct eg_session_report *told)
{
    const struct eg_session_request rq = {
        .kind = EG_SESSION_GOODBYE, .endpoint_type = EG_ENDPOINT_AGENT, .report = told};
    return eg_device_batch_add(s, &rq, 0, NULL);
}

/** The message; without the details when they are too much for the device's buffer. */
static void write_message(struct eg_device_session *s, struct eg_session_report *told)
{
    if (!add(s, told)) {
        told->detail_count = 0;
        if (!add(s, told)) {
            return; /* out of memory: the connection closes without a word */
        }
    }
    eg_device_batch_close(s);
}

/** All but the details. */
static struct eg_session_report tell(const struct eg_device_session *s, uint32_t update,
                                     const struct eg_cloud_report *report)
{
    struct eg_session_report told = {
        .status = update,
        .parts = EG_REPORT_PART(EG_VOCABULARY_UPDATE),
        .correlation = eg_span_str(s->cloud.correlation),
        .retry_after_s = retry_after_s(s, update),
    };
    if (report != NULL) {
        told.claim = report->claim;
        told.rtp = report->rtp;
        told.csp = report->csp;
        told.parts = parts_of(report);
    }
    return told;
}

void eg_device_goodbye(struct eg_device_session *s, uint32_t update,
                       const struct eg_cloud_report *report)
{
    struct eg_session_detail details[DETAILS_MAX];
    struct eg_session_report told = tell(s, update, report);
    if (report != NULL) {
        told.details = details;
        told.detail_count = list_details(s, report, details);
    }
    s->update = update;
    write_message(s, &told);
}

bool eg_device_part_due(const struct eg_device_session *s)
{
    return s->early && s->cloud.no_change && !s->cloud.saw_hello;
}

enum eg_device_put eg_device_part_put(struct eg_device_session *s)
{
    struct eg_cloud_report report;
    eg_cloud_report_unchanged(&report);
    const struct eg_session_report told = tell(s, report.update, &report);
    s->parted = add(s, &told);
    return s->parted ? EG_DEVICE_PUT_ALL : EG_DEVICE_PUT_FULL;
}
