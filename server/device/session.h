/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_DEVICE_SESSION_H
#define EG_SERVER_DEVICE_SESSION_H
/**
 * One session with a device as a state machine: answers in, messages out, and in between the name
 * of the rule that must be asked. Does no I/O, reads no clock, asks no rule itself.
 *
 *   eg_device_session_start() -> need
 *   RULE  -> run session->rule (rules.h)       -> eg_device_session_ruled()    -> need
 *   SEND  -> send out, read one frame          -> eg_device_session_answer()   -> need
 *   END   -> send out if there is any, close
 *   the peer is gone, silent or talks nonsense -> eg_device_session_broken()   -> RULE or END
 *
 * The stages and what each asks for are a table in session.c. Requests of several stages go into
 * one message as far as the device's buffers and the order of things allow; an answer that cannot
 * be read makes the whole message unknown, and the next session does it again.
 *
 * Inside server/device. Threads: one at a time.
 */
#include "lib/wire/session/session_msg.h"
#include "server/core/cloud.h"

enum {
    EG_DEVICE_BATCH_MAX = 64,   /* requests in one message */
    EG_DEVICE_BUFFER_MIN = 512, /* bytes taken for granted of any device's buffers */
    EG_DEVICE_DETAIL_LEN = 100,
};

enum eg_device_need {
    EG_DEVICE_SEND = 1,
    EG_DEVICE_RULE = 2,
    EG_DEVICE_END = 3,
};

/** What rules.h can be asked for. */
enum eg_device_rule {
    EG_DEVICE_RULE_NONE = 0,
    EG_DEVICE_RULE_ADMIT,
    EG_DEVICE_RULE_CLAIM,
    EG_DEVICE_RULE_WORK,
    EG_DEVICE_RULE_REBIND,
    EG_DEVICE_RULE_REPORT,
};

/** The steps of a session in their order. */
enum eg_device_stage {
    EG_DEVICE_STAGE_ADMIT = 0,
    EG_DEVICE_STAGE_EARLY_WORK, /* what is to be done is asked before hello: our agent, unchanged */
    EG_DEVICE_STAGE_HELLO,
    EG_DEVICE_STAGE_CRL,
    EG_DEVICE_STAGE_VERSION,
    EG_DEVICE_STAGE_CLAIM_READ,
    EG_DEVICE_STAGE_CLAIM,
    EG_DEVICE_STAGE_WORK,
    EG_DEVICE_STAGE_CLAIM_REMOVE,
    EG_DEVICE_STAGE_OBJECTS,
    EG_DEVICE_STAGE_SERVICES,
    EG_DEVICE_STAGE_CONNECTION,
    EG_DEVICE_STAGE_PART, /* goodbye in the message that asks the rest: our agent, unchanged */
    EG_DEVICE_STAGE_REBIND,
    EG_DEVICE_STAGE_REPORT,
    EG_DEVICE_STAGE_OVER,
    EG_DEVICE_STAGE_COUNT,
};

/** A request that was sent: which stage asked, and for what. */
struct eg_device_asked {
    uint8_t stage;  /* enum eg_device_stage */
    uint8_t kind;   /* enum eg_session_kind of request and answer */
    uint16_t index; /* stage OBJECTS: step; datastores: enum of session_stages.c */
};

/** Progress of writing a container into a datastore. */
struct eg_device_writing {
    size_t offset;   /* bytes sent so far */
    bool allocated;  /* ALLOCATE was sent */
    bool committed;  /* COMMIT was sent */
    uint32_t status; /* enum eg_cloud_csp; NONE while it goes on */
};

/** The work of a session and what it points to. */
struct eg_device_load {
    struct eg_arena arena;
    struct eg_cloud_work work;
};

struct eg_device_session {
    struct eg_cloud_session cloud;
    enum eg_device_stage stage;
    enum eg_device_rule rule;    /* to be run when RULE is needed */
    struct eg_device_load *load; /* NULL before WORK; owned, freed by eg_device_session_end() */
    struct eg_span crl;          /* borrowed; set before the start */
    bool trusted; /* set with ADMIT: what is remembered of the agent may be relied upon */
    bool early;   /* it was */
    bool parted;  /* goodbye stands in the message with the last requests: nothing follows it */
    bool ours;    /* peer agreed on our ALPN; set before the start */
    /** Bytes of a TLS record of the device, 0 for any; set before the start. Its answers to a
     * message must fit into one: NXP's agent takes a partial write for an error. */
    uint16_t record_max;
    bool finished; /* a goodbye with a report is in out, or was answered for */
    bool broken;
    /** enum eg_session_status_value: what goodbye said, 0 before; where it was said before REPORT,
     * what REPORT came to. */
    uint32_t update;
    char detail[EG_DEVICE_DETAIL_LEN]; /* why it broke; "" */

    /* endpoints of the device, from hello */
    bool has_keys, has_store, has_connection;
    uint32_t keys_id, store_type, store_id, connection_type;

    /* claim: the answer, in the frame it came in */
    int32_t claim_status;
    struct eg_span claim_blob;

    /* progress */
    size_t next_step;
    struct eg_device_writing services, connection;
    uint32_t round_trips;

    /* the message being put together or waiting for its answer */
    struct eg_device_asked asked[EG_DEVICE_BATCH_MAX];
    size_t asked_count;
    size_t answer_room; /* bytes its answers may take together */
    uint8_t *out;       /* heap; message behind EG_SESSION_PREFIX_MAX bytes for the prefix */
    size_t out_room, out_len;
    size_t out_start; /* where the prefix begins, once SEND or END was answered */
};

/** Zero but for crl, ours and the limits of a device that has not said hello. crl is borrowed. */
void eg_device_session_init(struct eg_device_session *s, bool ours, struct eg_span crl);
/** Free everything it holds; it may be initialised again. */
void eg_device_session_end(struct eg_device_session *s);

/** Begin: a new session needs ADMIT. */
enum eg_device_need eg_device_session_start(struct eg_device_session *s);
/** Begin and end with this UpdateStatus: the peer may not even be judged. */
enum eg_device_need eg_device_session_refuse(struct eg_device_session *s, uint32_t update);

/** A rule other than REPORT was run with this result. */
enum eg_device_need eg_device_session_ruled(struct eg_device_session *s, eg_status st);
/** REPORT was run; writes goodbye unless the session is broken or it was said before. */
enum eg_device_need eg_device_session_reported(struct eg_device_session *s,
                                               const struct eg_cloud_report *report);

/**
 * The frame that answers the last message (without prefix). It must stay where it is until the next
 * message is sent: the claim rule looks into it.
 */
enum eg_device_need eg_device_session_answer(struct eg_device_session *s, struct eg_span frame);

/** The peer is lost; why: a few words for the timeline. END when there is nothing to store. */
enum eg_device_need eg_device_session_broken(struct eg_device_session *s, const char *why);

/** What is to be sent, prefix and all; empty if nothing is. */
struct eg_span eg_device_session_out(const struct eg_device_session *s);
/** It was sent: give its memory back. */
void eg_device_session_sent(struct eg_device_session *s);

/** The outcome as REPORT wants it. */
void eg_device_session_outcome(const struct eg_device_session *s, struct eg_cloud_outcome *out);

#endif
