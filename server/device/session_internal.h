/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_DEVICE_SESSION_INTERNAL_H
#define EG_SERVER_DEVICE_SESSION_INTERNAL_H
/** What the files of the state machine share. */
#include "server/device/session.h"

/* ---- session_batch.c: one message ------------------------------------------------------------ */

/**
 * Append a request if message, answers and count leave room. False: it has to wait for the next
 * message. answer: bytes its answer may take. asked NULL: it has no answer (goodbye), so it is the
 * last of its message.
 */
bool eg_device_batch_add(struct eg_device_session *s, const struct eg_session_request *req,
                         size_t answer, const struct eg_device_asked *asked);
/** Would it fit into an empty message? */
bool eg_device_batch_could(const struct eg_device_session *s, size_t request, size_t answer);
/** Bytes that the answers to one message may take together. */
size_t eg_device_batch_answers_max(const struct eg_device_session *s);
/** Bytes left for one more request. */
size_t eg_device_batch_left(const struct eg_device_session *s);
/** Drop what was put together or sent. */
void eg_device_batch_reset(struct eg_device_session *s);
/** Write the prefix: the message is complete. */
void eg_device_batch_close(struct eg_device_session *s);

/* ---- session_stages.c: what each stage asks for and does with the answers ---------------------
 */

/** How far a stage got with its requests. */
enum eg_device_put {
    EG_DEVICE_PUT_ALL = 1,  /* nothing more to ask for */
    EG_DEVICE_PUT_FULL = 2, /* the message is full */
};

/** One row of the table. A stage asks a rule or the device, never both. */
struct eg_device_stage_row {
    bool (*due)(const struct eg_device_session *s);
    bool judges; /* due looks at answers: all must be in first */
    enum eg_device_rule rule;
    enum eg_device_put (*put)(struct eg_device_session *s);
    /** EG_OK, or WIRE_BAD_SESSION: not an answer to this. */
    eg_status (*take)(struct eg_device_session *s, const struct eg_device_asked *asked,
                      const struct eg_session_response *answer);
    /** Must the answers be in before the next stage begins? NULL: no. */
    bool (*wait)(const struct eg_device_session *s);
};

extern const struct eg_device_stage_row eg_device_stages[EG_DEVICE_STAGE_COUNT];

/** Take over what is known of the device's endpoints. */
void eg_device_stage_facts(struct eg_device_session *s, const struct eg_cloud_facts *facts);

/* ---- session_goodbye.c ------------------------------------------------------------------------
 */

/** Make goodbye the message: with a report, or (NULL) with `update` alone. */
void eg_device_goodbye(struct eg_device_session *s, uint32_t update,
                       const struct eg_cloud_report *report);

/**
 * The stage PART: goodbye stands behind what the message asks already, before the answers are in.
 * Our agent takes a message request by request and stops at a CRL that is not good, so goodbye
 * counts for it only where the CRL did. The report is stored when the answers have come.
 */
bool eg_device_part_due(const struct eg_device_session *s);
enum eg_device_put eg_device_part_put(struct eg_device_session *s);

#endif
