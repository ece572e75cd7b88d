/* SPDX-License-Identifier: Apache-2.0 */
#include <pb_encode.h>
#include <string.h>

#include "lib/wire/session/session_leaf.h"
#include "lib/wire/session/session_msg.h"
#include "lib/wire/session/session_numbers.h"
#include "lib/wire/session/session_walk.h"

/* ---- writing -------------------------------------------------------------------------------- */

/* One nanopb struct for each shape of request. */
union shape {
    engrave_session_AgentHelloRequest hello;
    engrave_session_AgentCrlRequest crl;
    engrave_session_DatastoreRequest store;
    engrave_session_ImportKeyRequest import;
    engrave_session_ObjectRequest object;
};

static bool has(const struct eg_session_request *req, uint32_t bit)
{
    return (req->missing & bit) == 0;
}

static const pb_msgdesc_t *shape_hello(const struct eg_session_request *req, union shape *s)
{
    s->hello = (engrave_session_AgentHelloRequest){
        .has_version = true,
        .version = req->version,
        .has_state = true,
        .state = (engrave_session_DeviceState)req->state,
        .has_communication_buffer_size = true,
        .communication_buffer_size = (int32_t)req->buffer_size,
    };
    return engrave_session_AgentHelloRequest_fields;
}

static const pb_msgdesc_t *shape_crl(const struct eg_session_request *req, union shape *s)
{
    s->crl.crl = eg_leaf_bytes_out(&req->data);
    return engrave_session_AgentCrlRequest_fields;
}

static const pb_msgdesc_t *shape_store(const struct eg_session_request *req, union shape *s)
{
    bool places = req->operation == EG_DATASTORE_READ || req->operation == EG_DATASTORE_WRITE;
    bool sizes = req->operation == EG_DATASTORE_READ || req->operation == EG_DATASTORE_ALLOCATE;
    s->store = (engrave_session_DatastoreRequest){
        .has_operation = has(req, EG_SESSION_NO_OPERATION),
        .operation = (engrave_session_DatastoreOperation)req->operation,
        .has_offset = places && has(req, EG_SESSION_NO_OFFSET),
        .offset = (int32_t)req->offset,
        .has_length = sizes && has(req, EG_SESSION_NO_LENGTH),
        .length = (int32_t)req->length,
        .data = eg_leaf_bytes_out(&req->data),
    };
    return engrave_session_DatastoreRequest_fields;
}

static const pb_msgdesc_t *shape_import(const struct eg_session_request *req, union shape *s)
{
    s->import = (engrave_session_ImportKeyRequest){
        .has_identifier = has(req, EG_SESSION_NO_ID),
        .identifier = req->id,
        .has_type = has(req, EG_SESSION_NO_TYPE),
        .type = req->type,
        .has_usage = has(req, EG_SESSION_NO_USAGE),
        .usage = req->usage,
        .has_algorithm = has(req, EG_SESSION_NO_ALGORITHM),
        .algorithm = req->algorithm,
        .has_lifetime = has(req, EG_SESSION_NO_LIFETIME),
        .lifetime = req->lifetime,
        .has_key_bits = has(req, EG_SESSION_NO_BITS),
        .key_bits = req->bits,
        .data = eg_leaf_bytes_out(&req->data),
        .has_key_data_format = has(req, EG_SESSION_NO_FORMAT),
        .key_data_format = (engrave_session_KeyDataFormat)req->format,
    };
    return engrave_session_ImportKeyRequest_fields;
}

static const pb_msgdesc_t *shape_object(const struct eg_session_request *req, union shape *s)
{
    bool reads = req->kind == EG_SESSION_PSA_READ;
    s->object = (engrave_session_ObjectRequest){
        .has_identifier = has(req, EG_SESSION_NO_ID),
        .identifier = req->id,
        .has_offset = reads && has(req, EG_SESSION_NO_OFFSET),
        .offset = req->offset,
        .has_length = reads && has(req, EG_SESSION_NO_LENGTH),
        .length = req->length,
        .data = eg_leaf_bytes_out(&req->data),
    };
    return engrave_session_ObjectRequest_fields;
}

/* type and endpointId, which stand before the payload. */
static struct eg_span put_head(const struct eg_session_request *req, uint8_t *room, size_t size)
{
    pb_ostream_t out = pb_ostream_from_buffer(room, size);
    bool ok = true;
    if (has(req, EG_SESSION_NO_ENDPOINT_TYPE)) {
        ok = pb_encode_tag(&out, PB_WT_VARINT, N_ENDPOINT_TYPE) &&
             pb_encode_varint(&out, req->endpoint_type);
    }
    if (ok && has(req, EG_SESSION_NO_ENDPOINT_ID)) {
        ok = pb_encode_tag(&out, PB_WT_VARINT, N_ENDPOINT_ID) &&
             pb_encode_varint(&out, req->endpoint_id);
    }
    return eg_span(room, ok ? out.bytes_written : 0);
}

static void wrap(struct eg_leaf *leaf, uint16_t number)
{
    leaf->wrap[leaf->wraps++] = number;
}

/* Fill leaf from req; false for a kind that is never written. */
static bool plan(const struct eg_session_request *req, union shape *s, struct eg_leaf *leaf)
{
    memset(s, 0, sizeof(*s));
    leaf->src = s;
    wrap(leaf, N_REQUESTS);
    wrap(leaf, N_PAYLOAD);
    switch (req->kind) {
    case EG_SESSION_HELLO:
        wrap(leaf, N_HELLO);
        leaf->fields = shape_hello(req, s);
        break;
    case EG_SESSION_GOODBYE:
        wrap(leaf, N_GOODBYE);
        if (req->report != NULL) {
            wrap(leaf, N_GOODBYE_STATUS);
            leaf->encode = eg_report_encode;
            leaf->src = req->report;
        }
        break;
    case EG_SESSION_CRL:
        wrap(leaf, N_CRL);
        leaf->fields = shape_crl(req, s);
        break;
    case EG_SESSION_DATASTORE:
        wrap(leaf, N_DATASTORE);
        leaf->fields = shape_store(req, s);
        break;
    case EG_SESSION_PSA_VERSION:
    case EG_SESSION_PSA_DESTROY:
    case EG_SESSION_PSA_IMPORT:
    case EG_SESSION_PSA_CREATE:
    case EG_SESSION_PSA_WRITE:
    case EG_SESSION_PSA_READ:
    case EG_SESSION_PSA_REMOVE:
        wrap(leaf, N_PSA);
        wrap(leaf, (uint16_t)(req->kind - EG_SESSION_PSA_VERSION + N_PSA_FIRST));
        if (req->kind != EG_SESSION_PSA_VERSION) {
            leaf->fields =
                req->kind == EG_SESSION_PSA_IMPORT ? shape_import(req, s) : shape_object(req, s);
        }
        break;
    default:
        return false;
    }
    return true;
}

enum { HEAD_MAX = 12 };

size_t eg_session_request_size(const struct eg_session_request *req)
{
    union shape s;
    uint8_t room[HEAD_MAX];
    struct eg_leaf leaf = {.head = put_head(req, room, sizeof(room))};
    return plan(req, &s, &leaf) ? eg_leaf_size(&leaf) : 0;
}

void eg_session_put_request(struct eg_writer *w, const struct eg_session_request *req)
{
    union shape s;
    uint8_t room[HEAD_MAX];
    struct eg_leaf leaf = {.head = put_head(req, room, sizeof(room))};
    if (!plan(req, &s, &leaf)) {
        eg_writer_fail(w, EG_ERR(WIRE_BAD_SESSION));
        return;
    }
    eg_leaf_put(w, &leaf);
}
