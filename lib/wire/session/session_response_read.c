/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "lib/wire/session/session_leaf.h"
#include "lib/wire/session/session_msg.h"
#include "lib/wire/session/session_numbers.h"
#include "lib/wire/session/session_walk.h"

static const uint8_t payloads[] = {N_HELLO, N_CRL, N_DATASTORE, N_PSA, 0};
static const uint8_t commands[] = {1, 2, 3, 4, 5, 6, 7, 0};

/* ---- hello ---------------------------------------------------------------------------------- */

/*
 * additionalData: a varint length, then fields. True is any varint but zero, at any width, and what
 * follows may be anything: agents were seen to send bytes of their stack here. So fields are read
 * until the first mistake, and a mistake is none.
 */
static void read_additional(struct eg_span data, struct eg_session_endpoint *out)
{
    struct eg_walk_field field;
    size_t used;
    size_t len;
    bool bad;
    if (!eg_ok(eg_session_get_prefix(data, data.len, &used, &len)) || len > data.len - used) {
        return;
    }
    struct eg_span rest = eg_span(data.ptr + used, len);
    while (eg_walk_next(&rest, &field, &bad)) {
        if (field.number == 1 && !field.is_bytes) {
            out->transactions = out->type >= EG_ENDPOINT_STORE_FILE && field.value != 0;
        } else if (field.number == 2 && !field.is_bytes) {
            out->request_crl = out->type == EG_ENDPOINT_AGENT && field.value != 0;
        }
    }
}

static bool read_endpoint(struct eg_span data, struct eg_session_endpoint *out)
{
    struct eg_span additional = {0};
    struct eg_span state = {0};
    engrave_session_EndpointInformation m = {.additional_data = eg_leaf_bytes_in(&additional),
                                             .configuration_state = eg_leaf_bytes_in(&state)};
    if (!eg_leaf_read(data, engrave_session_EndpointInformation_fields, &m)) {
        return false;
    }
    *out = (struct eg_session_endpoint){
        .type = (uint32_t)m.type, .id = m.endpoint_id, .version = m.version, .state = m.state};
    read_additional(additional, out);
    return true;
}

static uint32_t buffer_size(bool sent, int32_t size)
{
    return !sent ? EG_SESSION_BUFFER_DEFAULT : size < 0 ? 0 : (uint32_t)size;
}

static bool read_hello(struct eg_span data, struct eg_session_response *out)
{
    struct eg_session_hello *hello = &out->hello;
    engrave_session_AgentHelloResponse m = {0};
    struct eg_walk_field field;
    bool bad;
    if (!eg_leaf_read(data, engrave_session_AgentHelloResponse_fields, &m)) {
        return false;
    }
    hello->version = m.version;
    hello->response_buffer = buffer_size(m.has_communication_buffer_size_responses,
                                         m.communication_buffer_size_responses);
    hello->request_buffer =
        buffer_size(m.has_communication_buffer_size_requests, m.communication_buffer_size_requests);
    hello->many_requests = m.use_multiple_requests_per_message;
    hello->engrave_features = m.engrave_features;
    while (eg_walk_next(&data, &field, &bad)) {
        if (field.number != N_HELLO_ENDPOINTS) {
            continue;
        }
        if (!field.is_bytes || hello->endpoint_count == EG_SESSION_ENDPOINTS_MAX ||
            !read_endpoint(field.data, &hello->endpoints[hello->endpoint_count])) {
            return false;
        }
        hello->endpoint_count++;
    }
    return !bad;
}

/* ---- the others ----------------------------------------------------------------------------- */

static bool read_crl(struct eg_span data, struct eg_session_response *out)
{
    engrave_session_AgentCrlResponse m = {0};
    bool ok = eg_leaf_read(data, engrave_session_AgentCrlResponse_fields, &m);
    out->status = (int32_t)m.error;
    return ok;
}

static bool read_store(struct eg_span data, struct eg_session_response *out)
{
    engrave_session_DatastoreResponse m = {.data = eg_leaf_bytes_in(&out->data)};
    bool ok = eg_leaf_read(data, engrave_session_DatastoreResponse_fields, &m);
    out->status = (int32_t)m.status;
    out->missing |= m.has_status ? 0 : EG_SESSION_NO_STATUS;
    out->missing |= out->data.ptr != NULL ? 0 : EG_SESSION_NO_DATA;
    return ok;
}

static bool read_version(struct eg_span data, struct eg_session_response *out)
{
    engrave_session_GetVersionResponse m = {0};
    if (!eg_leaf_read(data, engrave_session_GetVersionResponse_fields, &m)) {
        return false;
    }
    out->version = m.crypto_api_version;
    out->max_key = m.max_raw_key_size;
    for (pb_size_t i = 0; i < m.supported_key_data_formats_count; i++) {
        out->format_s50 = out->format_s50 || m.supported_key_data_formats[i] ==
                                                 engrave_session_KeyDataFormat_KEY_FORMAT_S50;
    }
    return true;
}

static bool read_object(struct eg_span data, struct eg_session_response *out)
{
    engrave_session_ObjectResponse m = {.data = eg_leaf_bytes_in(&out->data)};
    bool ok = eg_leaf_read(data, engrave_session_ObjectResponse_fields, &m);
    out->status = m.status;
    out->missing |= m.has_status ? 0 : EG_SESSION_NO_STATUS;
    out->missing |= out->data.ptr != NULL ? 0 : EG_SESSION_NO_DATA;
    return ok;
}

static bool read_psa(struct eg_span data, struct eg_session_response *out)
{
    struct eg_walk_field field;
    bool found;
    if (!eg_walk_pick(data, commands, &field, &found)) {
        return false;
    }
    out->number = field.number;
    out->kind = EG_SESSION_PSA_OTHER;
    if (!found) {
        return true;
    }
    if (field.number <= N_PSA_LAST) {
        out->kind = (enum eg_session_kind)(EG_SESSION_PSA_VERSION + field.number - N_PSA_FIRST);
    }
    return out->kind == EG_SESSION_PSA_VERSION ? read_version(field.data, out)
                                               : read_object(field.data, out);
}

static bool read_response(struct eg_span data, struct eg_session_response *out)
{
    static const struct {
        uint8_t number;
        uint8_t kind;
        bool (*read)(struct eg_span data, struct eg_session_response *out);
    } readers[] = {
        {N_HELLO, EG_SESSION_HELLO, read_hello},
        {N_CRL, EG_SESSION_CRL, read_crl},
        {N_DATASTORE, EG_SESSION_DATASTORE, read_store},
        {N_PSA, EG_SESSION_PSA_OTHER, read_psa},
    };
    struct eg_walk_field field;
    bool found;
    memset(out, 0, sizeof(*out));
    if (!eg_walk_pick(data, payloads, &field, &found)) {
        return false;
    }
    out->number = field.number;
    out->kind = found ? EG_SESSION_OTHER : EG_SESSION_NONE;
    for (size_t i = 0; found && i < sizeof(readers) / sizeof(readers[0]); i++) {
        if (readers[i].number == field.number) {
            out->kind = (enum eg_session_kind)readers[i].kind;
            return readers[i].read(field.data, out);
        }
    }
    return true;
}

bool eg_session_next_response(struct eg_session_iter *it, struct eg_session_response *out)
{
    struct eg_span message;
    memset(out, 0, sizeof(*out));
    if (!eg_walk_next_message(&it->rest, N_RESPONSES, &it->status, &message)) {
        return false;
    }
    if (!read_response(message, out)) {
        it->status = EG_ERR(WIRE_BAD_SESSION);
        return false;
    }
    return true;
}
