/* SPDX-License-Identifier: Apache-2.0 */
#include <pb_encode.h>
#include <string.h>

#include "lib/wire/session/session_leaf.h"
#include "lib/wire/session/session_msg.h"
#include "lib/wire/session/session_numbers.h"

static const struct eg_span none;

union shape {
    engrave_session_AgentCrlResponse crl;
    engrave_session_DatastoreResponse store;
    engrave_session_GetVersionResponse version;
    engrave_session_ObjectResponse object;
};

/* ---- hello, which holds endpoints, which hold additional data ---------------------------------
 */

enum { ADDITIONAL_MAX = 8, ENDPOINT_MAX = 48 };

/* The varint length is one byte: additional data are a few bytes. */
static struct eg_span put_additional(const struct eg_session_endpoint *e,
                                     uint8_t room[ADDITIONAL_MAX])
{
    engrave_session_AgentAdditionalData agent = {
        .has_service_descriptor_version = true,
        .service_descriptor_version = engrave_session_DescriptorVersion_DESCRIPTOR_PROTOBUF,
        .has_request_crl = true,
        .request_crl = e->request_crl,
    };
    pb_ostream_t out = pb_ostream_from_buffer(room + 1, ADDITIONAL_MAX - 1);
    bool ok = false;
    if (e->type == EG_ENDPOINT_AGENT) {
        ok = pb_encode(&out, engrave_session_AgentAdditionalData_fields, &agent);
    } else if (e->transactions) {
        ok = pb_encode_tag(&out, PB_WT_VARINT, 1) && pb_encode_varint(&out, 1);
    }
    room[0] = (uint8_t)out.bytes_written;
    return ok ? eg_span(room, 1 + out.bytes_written) : eg_span(NULL, 0);
}

static bool put_endpoint(pb_ostream_t *out, const struct eg_session_endpoint *e)
{
    uint8_t additional_room[ADDITIONAL_MAX];
    uint8_t room[ENDPOINT_MAX];
    struct eg_span additional = put_additional(e, additional_room);
    engrave_session_EndpointInformation m = {
        .has_type = true,
        .type = (engrave_session_EndpointType)e->type,
        .has_endpoint_id = true,
        .endpoint_id = e->id,
        .has_version = true,
        .version = e->version,
        .has_state = e->state != 0,
        .state = e->state,
        .additional_data = eg_leaf_bytes_out(&additional),
        .configuration_state = eg_leaf_bytes_out(&none),
    };
    pb_ostream_t inner = pb_ostream_from_buffer(room, sizeof(room));
    return pb_encode(&inner, engrave_session_EndpointInformation_fields, &m) &&
           pb_encode_tag(out, PB_WT_STRING, N_HELLO_ENDPOINTS) &&
           pb_encode_string(out, room, inner.bytes_written);
}

static bool put_hello(pb_ostream_t *out, const void *src)
{
    const struct eg_session_hello *hello = src;
    engrave_session_AgentHelloResponse m = {
        .has_version = true,
        .version = hello->version,
        .has_communication_buffer_size_responses = true,
        .communication_buffer_size_responses = (int32_t)hello->response_buffer,
        .has_communication_buffer_size_requests = true,
        .communication_buffer_size_requests = (int32_t)hello->request_buffer,
        .has_use_multiple_requests_per_message = true,
        .use_multiple_requests_per_message = hello->many_requests,
        .has_engrave_features = hello->engrave_features != 0,
        .engrave_features = hello->engrave_features,
    };
    if (hello->endpoint_count > EG_SESSION_ENDPOINTS_MAX ||
        !pb_encode(out, engrave_session_AgentHelloResponse_fields, &m)) {
        return false;
    }
    for (size_t i = 0; i < hello->endpoint_count; i++) {
        if (!put_endpoint(out, &hello->endpoints[i])) {
            return false;
        }
    }
    return true;
}

/* ---- the others -------------------------------------------------------------------------------
 */

static const pb_msgdesc_t *shape_version(const struct eg_session_response *res, union shape *s)
{
    s->version = (engrave_session_GetVersionResponse){
        .has_crypto_api_version = true,
        .crypto_api_version = res->version,
        .supported_key_data_formats_count = res->format_s50 ? 1 : 0,
        .supported_key_data_formats = {engrave_session_KeyDataFormat_KEY_FORMAT_S50},
        .has_max_raw_key_size = true,
        .max_raw_key_size = res->max_key,
    };
    return engrave_session_GetVersionResponse_fields;
}

static const pb_msgdesc_t *shape_object(const struct eg_session_response *res, union shape *s)
{
    s->object = (engrave_session_ObjectResponse){
        .has_status = (res->missing & EG_SESSION_NO_STATUS) == 0,
        .status = res->status,
        .data = eg_leaf_bytes_out(&none),
    };
    return engrave_session_ObjectResponse_fields;
}

static const pb_msgdesc_t *shape_store(const struct eg_session_response *res, union shape *s)
{
    s->store = (engrave_session_DatastoreResponse){
        .has_status = (res->missing & EG_SESSION_NO_STATUS) == 0,
        .status = (engrave_session_DatastoreStatus)res->status,
        .data = eg_leaf_bytes_out(&none),
    };
    return engrave_session_DatastoreResponse_fields;
}

static const pb_msgdesc_t *shape_crl(const struct eg_session_response *res, union shape *s)
{
    s->crl = (engrave_session_AgentCrlResponse){
        .has_error = res->status != 0,
        .error = (uint32_t)res->status,
    };
    return engrave_session_AgentCrlResponse_fields;
}

static void wrap(struct eg_leaf *leaf, uint32_t number)
{
    leaf->wrap[leaf->wraps++] = (uint16_t)number;
}

static bool plan_psa(const struct eg_session_response *res, union shape *s, struct eg_leaf *leaf)
{
    uint32_t command = res->kind == EG_SESSION_PSA_OTHER
                           ? res->number
                           : (uint32_t)(res->kind - EG_SESSION_PSA_VERSION + N_PSA_FIRST);
    if (res->kind < EG_SESSION_PSA_VERSION || res->kind > EG_SESSION_PSA_OTHER || command == 0 ||
        command > UINT16_MAX) {
        return false;
    }
    wrap(leaf, N_PSA);
    wrap(leaf, command);
    leaf->fields =
        res->kind == EG_SESSION_PSA_VERSION ? shape_version(res, s) : shape_object(res, s);
    leaf->tail = res->kind == EG_SESSION_PSA_VERSION ? none : res->data;
    return true;
}

/* Fill leaf from res; false for a kind that is never written. */
static bool plan(const struct eg_session_response *res, union shape *s, struct eg_leaf *leaf)
{
    memset(s, 0, sizeof(*s));
    leaf->src = s;
    wrap(leaf, N_RESPONSES);
    switch (res->kind) {
    case EG_SESSION_NONE:
        return true;
    case EG_SESSION_HELLO:
        wrap(leaf, N_HELLO);
        leaf->encode = put_hello;
        leaf->src = &res->hello;
        return true;
    case EG_SESSION_CRL:
        wrap(leaf, N_CRL);
        leaf->fields = shape_crl(res, s);
        return true;
    case EG_SESSION_DATASTORE:
        wrap(leaf, N_DATASTORE);
        leaf->fields = shape_store(res, s);
        leaf->tail = res->data;
        return true;
    default:
        return plan_psa(res, s, leaf);
    }
}

size_t eg_session_response_size(const struct eg_session_response *res)
{
    union shape s;
    struct eg_leaf leaf = {0};
    return plan(res, &s, &leaf) ? eg_leaf_size(&leaf) : 0;
}

void eg_session_put_response(struct eg_writer *w, const struct eg_session_response *res)
{
    union shape s;
    struct eg_leaf leaf = {0};
    if (!plan(res, &s, &leaf)) {
        eg_writer_fail(w, EG_ERR(WIRE_BAD_SESSION));
        return;
    }
    eg_leaf_put(w, &leaf);
}
