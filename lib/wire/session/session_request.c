/* SPDX-License-Identifier: Apache-2.0 */
#include <pb_encode.h>

#include "lib/wire/session/session_leaf.h"
#include "lib/wire/session/session_msg.h"
#include "lib/wire/session/session_numbers.h"
#include "lib/wire/session/session_walk.h"

static bool has(const struct eg_session_request *req, uint32_t bit)
{
    return (req->missing & bit) == 0;
}

/* A number, unless it is to be missing. */
static bool put(pb_ostream_t *out, const struct eg_session_request *req, uint32_t bit,
                uint32_t field, uint32_t value)
{
    return !has(req, bit) || eg_put_varint(out, field, value);
}

static bool put_hello(pb_ostream_t *out, const void *src)
{
    const struct eg_session_request *req = src;
    return eg_put_fixed32(out, 1, req->version) && eg_put_varint(out, 2, req->state) &&
           eg_put_varint(out, 20, req->buffer_size);
}

static bool put_crl(pb_ostream_t *out, const void *src)
{
    const struct eg_session_request *req = src;
    return eg_put_bytes(out, 1, req->data);
}

static bool put_store(pb_ostream_t *out, const void *src)
{
    const struct eg_session_request *req = src;
    bool places = req->operation == EG_DATASTORE_READ || req->operation == EG_DATASTORE_WRITE;
    bool sizes = req->operation == EG_DATASTORE_READ || req->operation == EG_DATASTORE_ALLOCATE;
    return put(out, req, EG_SESSION_NO_OPERATION, 1, req->operation) &&
           (!places || put(out, req, EG_SESSION_NO_OFFSET, 2, req->offset)) &&
           (!sizes || put(out, req, EG_SESSION_NO_LENGTH, 3, req->length)) &&
           eg_put_bytes(out, 10, req->data);
}

static bool put_import(pb_ostream_t *out, const void *src)
{
    const struct eg_session_request *req = src;
    return put(out, req, EG_SESSION_NO_ID, 1, req->id) &&
           put(out, req, EG_SESSION_NO_TYPE, 2, req->type) &&
           put(out, req, EG_SESSION_NO_USAGE, 3, req->usage) &&
           put(out, req, EG_SESSION_NO_ALGORITHM, 4, req->algorithm) &&
           put(out, req, EG_SESSION_NO_LIFETIME, 5, req->lifetime) &&
           put(out, req, EG_SESSION_NO_BITS, 6, req->bits) && eg_put_bytes(out, 10, req->data) &&
           put(out, req, EG_SESSION_NO_FORMAT, 11, req->format);
}

static bool put_object(pb_ostream_t *out, const void *src)
{
    const struct eg_session_request *req = src;
    bool reads = req->kind == EG_SESSION_PSA_READ;
    return put(out, req, EG_SESSION_NO_ID, 1, req->id) &&
           (!reads || put(out, req, EG_SESSION_NO_OFFSET, 2, req->offset)) &&
           (!reads || put(out, req, EG_SESSION_NO_LENGTH, 3, req->length)) &&
           eg_put_bytes(out, 10, req->data);
}

/* type and endpointId, which stand before the payload. */
static struct eg_span put_head(const struct eg_session_request *req, uint8_t *room, size_t size)
{
    pb_ostream_t out = pb_ostream_from_buffer(room, size);
    bool ok = true;
    if (has(req, EG_SESSION_NO_ENDPOINT_TYPE)) {
        ok = eg_put_varint(&out, N_ENDPOINT_TYPE, req->endpoint_type);
    }
    if (ok && has(req, EG_SESSION_NO_ENDPOINT_ID)) {
        ok = eg_put_varint(&out, N_ENDPOINT_ID, req->endpoint_id);
    }
    return eg_span(room, ok ? out.bytes_written : 0);
}

static void wrap(struct eg_leaf *leaf, uint16_t number)
{
    leaf->wrap[leaf->wraps++] = number;
}

/* How each kind is written: the member of the payload, the command in it, its fields. */
static const struct {
    uint8_t kind;
    uint8_t member;
    uint8_t command;
    bool (*encode)(pb_ostream_t *out, const void *src);
} shapes[] = {
    {EG_SESSION_HELLO, N_HELLO, 0, put_hello},
    {EG_SESSION_GOODBYE, N_GOODBYE, 0, NULL},
    {EG_SESSION_CRL, N_CRL, 0, put_crl},
    {EG_SESSION_DATASTORE, N_DATASTORE, 0, put_store},
    {EG_SESSION_PSA_VERSION, N_PSA, 1, NULL},
    {EG_SESSION_PSA_DESTROY, N_PSA, 2, put_object},
    {EG_SESSION_PSA_IMPORT, N_PSA, 3, put_import},
    {EG_SESSION_PSA_CREATE, N_PSA, 4, put_object},
    {EG_SESSION_PSA_WRITE, N_PSA, 5, put_object},
    {EG_SESSION_PSA_READ, N_PSA, 6, put_object},
    {EG_SESSION_PSA_REMOVE, N_PSA, 7, put_object},
};

/* Fill leaf from req; false for a kind that is never written. */
static bool plan(const struct eg_session_request *req, struct eg_leaf *leaf)
{
    for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
        if (shapes[i].kind != req->kind) {
            continue;
        }
        wrap(leaf, N_REQUESTS);
        wrap(leaf, N_PAYLOAD);
        wrap(leaf, shapes[i].member);
        if (shapes[i].command != 0) {
            wrap(leaf, shapes[i].command);
        }
        leaf->encode = shapes[i].encode;
        leaf->src = req;
        if (req->kind == EG_SESSION_GOODBYE && req->report != NULL) {
            wrap(leaf, N_GOODBYE_STATUS);
            leaf->encode = eg_report_encode;
            leaf->src = req->report;
        }
        return true;
    }
    return false;
}

enum { HEAD_MAX = 12 };

size_t eg_session_request_size(const struct eg_session_request *req)
{
    uint8_t room[HEAD_MAX];
    struct eg_leaf leaf = {.head = put_head(req, room, sizeof(room))};
    return plan(req, &leaf) ? eg_leaf_size(&leaf) : 0;
}

void eg_session_put_request(struct eg_writer *w, const struct eg_session_request *req)
{
    uint8_t room[HEAD_MAX];
    struct eg_leaf leaf = {.head = put_head(req, room, sizeof(room))};
    if (!plan(req, &leaf)) {
        eg_writer_fail(w, EG_ERR(WIRE_BAD_SESSION));
        return;
    }
    eg_leaf_put(w, &leaf);
}
