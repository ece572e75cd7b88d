/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_LIB_WIRE_SESSION_SESSION_MSG_H
#define EG_LIB_WIRE_SESSION_SESSION_MSG_H
/**
 * Messages of the device session, for both ends.
 *
 *   service: eg_session_put_request() ... eg_session_put_prefix()  -> device
 *   device:  eg_session_next_request() for each, answers, prefix   -> service
 *   service: eg_session_next_response() for each
 *
 * A message is built by appending requests (or responses) to a writer; one message is simply all
 * that was appended. Its length prefix is written separately, because it is known only then:
 *
 *     uint8_t prefix[EG_SESSION_PREFIX_MAX];
 *     size_t n = eg_session_put_prefix(prefix, writer.len);
 *     send(prefix, n); send(writer.ptr, writer.len);
 *
 * Reading copies nothing: spans point into the frame and live as long as it does. Readers take what
 * NXP's agent really sends: varints that are longer than needed, packed enums, negative numbers in
 * ten bytes, garbage in the additional data of a datastore, unknown fields anywhere. No function
 * here allocates; none is bound to a thread.
 */
#include "lib/base/span.h"
#include "lib/wire/session/session_report.h"
#include "lib/wire/session/session_types.h"

/* ---- framing -------------------------------------------------------------------------------- */

/** Write the length of a message; returns how many bytes that took (1..EG_SESSION_PREFIX_MAX). */
size_t eg_session_put_prefix(uint8_t out[static EG_SESSION_PREFIX_MAX], size_t message_len);

/**
 * Look for a length at the start of what was received so far. EG_OK: *out_used bytes of prefix,
 * *out_len bytes of message behind it. TRUNCATED: not yet complete, read on (both 0).
 * WIRE_SESSION_TOO_LONG: more than max_len. WIRE_BAD_SESSION: no length (more than 10 bytes, or
 * beyond 32 bits).
 */
EG_MUST_USE eg_status eg_session_get_prefix(struct eg_span received, size_t max_len,
                                            size_t *out_used, size_t *out_len);

/* ---- requests ------------------------------------------------------------------------------- */

/** What a request or response is about. Which fields go with it: see the table at each struct. */
enum eg_session_kind {
    EG_SESSION_NONE = 0,      /* a request without payload */
    EG_SESSION_HELLO = 1,     /* */
    EG_SESSION_GOODBYE = 2,   /* requests only */
    EG_SESSION_CRL = 3,       /* */
    EG_SESSION_DATASTORE = 4, /* operation says which */
    EG_SESSION_PSA_VERSION = 5,
    EG_SESSION_PSA_DESTROY = 6,
    EG_SESSION_PSA_IMPORT = 7,
    EG_SESSION_PSA_CREATE = 8, /* this project never sends CREATE and WRITE; agents refuse them */
    EG_SESSION_PSA_WRITE = 9,
    EG_SESSION_PSA_READ = 10,
    EG_SESSION_PSA_REMOVE = 11,
    EG_SESSION_PSA_OTHER = 12, /* command `number`, unknown here */
    EG_SESSION_OTHER = 13,     /* payload `number` (APDU, RPC, ...), not for us */
};

/** Bits of `missing`: fields that a received request did not hold (a writer leaves them out). */
enum {
    EG_SESSION_NO_ENDPOINT_TYPE = 1 << 0,
    EG_SESSION_NO_ENDPOINT_ID = 1 << 1,
    EG_SESSION_NO_ID = 1 << 2,
    EG_SESSION_NO_TYPE = 1 << 3,
    EG_SESSION_NO_USAGE = 1 << 4,
    EG_SESSION_NO_ALGORITHM = 1 << 5,
    EG_SESSION_NO_LIFETIME = 1 << 6,
    EG_SESSION_NO_BITS = 1 << 7,
    EG_SESSION_NO_FORMAT = 1 << 8,
    EG_SESSION_NO_OFFSET = 1 << 9,
    EG_SESSION_NO_LENGTH = 1 << 10,
    EG_SESSION_NO_DATA = 1 << 11,
    EG_SESSION_NO_OPERATION = 1 << 12,
    EG_SESSION_NO_STATUS = 1 << 13,
};

/**
 * One request. Start from {0} and fill:
 *
 *   kind         fields
 *   HELLO        version, state, buffer_size (agents ignore all three)
 *   GOODBYE      report (to write); data = the report's bytes (received)
 *   CRL          data = DER
 *   DATASTORE    operation; ALLOCATE length; READ offset, length; WRITE offset, data; COMMIT none
 *   PSA_VERSION  none
 *   PSA_DESTROY  id
 *   PSA_IMPORT   id, type, usage, algorithm, lifetime, bits, format, data = secure object
 *   PSA_READ     id, offset, length
 *   PSA_REMOVE   id
 *   PSA_OTHER, OTHER  number (received only)
 */
struct eg_session_request {
    enum eg_session_kind kind;
    uint32_t endpoint_type; /* EG_ENDPOINT_... */
    uint32_t endpoint_id;   /* as hello named it */
    uint32_t missing;       /* EG_SESSION_NO_...; 0 = all there */
    uint32_t number;        /* field number of the payload or command */
    uint32_t version;
    uint32_t state;
    uint32_t buffer_size;
    uint32_t operation; /* EG_DATASTORE_ALLOCATE, ... */
    uint32_t id;
    uint32_t type;
    uint32_t usage;
    uint32_t algorithm;
    uint32_t lifetime;
    uint32_t bits;
    uint32_t format; /* EG_SESSION_KEY_FORMAT_S50 */
    uint32_t offset; /* received: 0xFFFFFFFF for a negative one, likewise length */
    uint32_t length;
    struct eg_span data;                    /* borrowed */
    const struct eg_session_report *report; /* GOODBYE to write; else NULL */
};

/** Bytes that eg_session_put_request() would append. 0: cannot be written (see there). */
size_t eg_session_request_size(const struct eg_session_request *req);

/**
 * Append one request to w. Kinds that cannot be written (NONE, OTHER, PSA_OTHER), a report whose
 * correlation id is too long, data above 2^31-1 bytes: WIRE_BAD_SESSION. No room: NO_ROOM. Nothing
 * is appended then, and w keeps the error.
 */
void eg_session_put_request(struct eg_writer *w, const struct eg_session_request *req);

/** Walks the requests of one message. Treat as opaque. */
struct eg_session_iter {
    struct eg_span rest;
    eg_status status; /* EG_OK, or why the walk stopped */
};

/** Start at the first request or response of a message (without its prefix). */
void eg_session_iter_start(struct eg_session_iter *it, struct eg_span message);

/**
 * Next request; false at the end or at a mistake: it->status then tells which (WIRE_BAD_SESSION).
 * A payload before the endpoint fields is a mistake; so are two payloads in one request.
 */
bool eg_session_next_request(struct eg_session_iter *it, struct eg_session_request *out);

/* ---- responses ------------------------------------------------------------------------------ */

/** An endpoint as hello announces it. */
struct eg_session_endpoint {
    uint32_t type;    /* EG_ENDPOINT_... */
    uint32_t id;      /* to be used in requests */
    uint32_t version; /* a byte per part */
    int32_t state;
    bool request_crl;  /* agent: wants a CRL first */
    bool transactions; /* datastore: ALLOCATE/WRITE/COMMIT is one transaction */
};

struct eg_session_hello {
    uint32_t version;          /* of the agent, a byte per part */
    uint32_t response_buffer;  /* bytes that all answers to one message may take */
    uint32_t request_buffer;   /* bytes that one message may take */
    bool many_requests;        /* several requests in one message allowed */
    uint32_t engrave_features; /* EG_SESSION_FEATURE_...; 0 from other agents */
    size_t endpoint_count;     /* at most EG_SESSION_ENDPOINTS_MAX */
    struct eg_session_endpoint endpoints[EG_SESSION_ENDPOINTS_MAX];
};

/**
 * One response.
 *
 *   kind          fields
 *   NONE          nothing: NXP's agent's way to say "not supported"
 *   HELLO         hello
 *   CRL           status: 0 accepted (NXP's agent always says so)
 *   DATASTORE     status EG_DATASTORE_STATUS_...; data = what was read
 *   PSA_VERSION   version (crypto interface), format_s50, max_key
 *   PSA_DESTROY, PSA_IMPORT, PSA_CREATE, PSA_WRITE, PSA_REMOVE, PSA_OTHER   status EG_PSA_...
 *   PSA_READ      status, data
 *   OTHER         number (received only)
 */
struct eg_session_response {
    enum eg_session_kind kind;
    uint32_t missing; /* EG_SESSION_NO_STATUS, EG_SESSION_NO_DATA */
    uint32_t number;  /* PSA_OTHER: command answered; OTHER: payload */
    int32_t status;
    struct eg_span data; /* borrowed */
    uint32_t version;    /* of the crypto interface: major << 16 | minor << 8 */
    bool format_s50;
    uint32_t max_key; /* bytes that one import takes */
    struct eg_session_hello hello;
};

/** Bytes that eg_session_put_response() would append. 0: cannot be written. */
size_t eg_session_response_size(const struct eg_session_response *res);

/**
 * Append one response to w; errors as eg_session_put_request(). data may lie in w's own room, from
 * EG_SESSION_ANSWER_READ_OBJECT bytes behind what was written: so an agent reads into place.
 */
void eg_session_put_response(struct eg_writer *w, const struct eg_session_response *res);

/** Next response; as eg_session_next_request(). */
bool eg_session_next_response(struct eg_session_iter *it, struct eg_session_response *out);

#endif
