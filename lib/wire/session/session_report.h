/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_LIB_WIRE_SESSION_SESSION_REPORT_H
#define EG_LIB_WIRE_SESSION_SESSION_REPORT_H
/**
 * The report that goodbye carries: how the session went, part by part.
 *
 * The service fills a struct eg_session_report with its details in one array and hands it to
 * eg_session_put_request(). A device gets it back by eg_session_report_read() and walks the details
 * with eg_session_detail_next(), straight out of the frame.
 */
#include "lib/base/span.h"
#include "lib/wire/session/session_status.h"

/** One line of the report. Order of the array is kept within each part. */
struct eg_session_detail {
    enum eg_session_vocabulary part; /* CLAIM, RTP or CSP */
    uint32_t status;                 /* of that vocabulary */
    uint32_t endpoint_id;            /* keystore or datastore, as hello named it */
    uint64_t id;                     /* RTP: object id; CSP: service id; CLAIM: unused, 0 */
};

struct eg_session_report {
    uint32_t status;            /* EG_UPDATE_... */
    uint32_t claim;             /* EG_CLAIM_...; each part is sent when its bit of `parts` is set */
    uint32_t rtp;               /* EG_RTP_... */
    uint32_t csp;               /* EG_CSP_... */
    uint8_t parts;              /* 1 << EG_VOCABULARY_UPDATE | 1 << EG_VOCABULARY_CLAIM | ... */
    struct eg_span correlation; /* text, at most EG_SESSION_CORRELATION_MAX; empty: not sent */
    uint32_t retry_after_s;     /* seconds; 0: not sent. NXP's agent skips it */
    const struct eg_session_detail *details; /* to write: borrowed; after reading: NULL */
    size_t detail_count;                     /* to write and after reading */
};

/** Bit of `parts`. */
#define EG_REPORT_PART(vocabulary) ((uint8_t)(1u << (vocabulary)))

/** Walks the details of a received report. Treat as opaque. */
struct eg_session_detail_iter {
    struct eg_span report;           /* rest of UpdateStatusReport */
    struct eg_span part_rest;        /* rest of the part being walked */
    enum eg_session_vocabulary part; /* which part that is */
};

/**
 * Take a received report (data of a request of kind GOODBYE) apart, details only counted.
 * WIRE_BAD_SESSION: not a report, or a correlation id that is too long; *out is zero.
 */
EG_MUST_USE eg_status eg_session_report_read(struct eg_span data, struct eg_session_report *out);

/** Walk from the first detail of the same data. */
void eg_session_detail_start(struct eg_session_detail_iter *it, struct eg_span data);

/** Next detail; false at the end. Only for data that eg_session_report_read() accepted. */
bool eg_session_detail_next(struct eg_session_detail_iter *it, struct eg_session_detail *out);

#endif
