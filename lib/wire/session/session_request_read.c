/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "lib/wire/session/session_leaf.h"
#include "lib/wire/session/session_msg.h"
#include "lib/wire/session/session_numbers.h"
#include "lib/wire/session/session_walk.h"

static const uint8_t payloads[] = {N_HELLO, N_GOODBYE, N_CRL, N_DATASTORE, N_PSA, 0};
static const uint8_t commands[] = {1, 2, 3, 4, 5, 6, 7, 0};

static uint32_t unless(bool present, uint32_t bit)
{
    return present ? 0 : bit;
}

/* Offsets and lengths are signed on the wire; none of them may be negative. */
static uint32_t not_negative(int32_t v)
{
    return v < 0 ? UINT32_MAX : (uint32_t)v;
}

static bool read_hello(struct eg_span data, struct eg_session_request *out)
{
    engrave_session_AgentHelloRequest m = {0};
    if (!eg_leaf_read(data, engrave_session_AgentHelloRequest_fields, &m)) {
        return false;
    }
    out->version = m.version;
    out->state = (uint32_t)m.state;
    out->buffer_size = not_negative(m.communication_buffer_size);
    return true;
}

static bool read_crl(struct eg_span data, struct eg_session_request *out)
{
    engrave_session_AgentCrlRequest m = {.crl = eg_leaf_bytes_in(&out->data)};
    bool ok = eg_leaf_read(data, engrave_session_AgentCrlRequest_fields, &m);
    out->missing |= unless(out->data.ptr != NULL, EG_SESSION_NO_DATA);
    return ok;
}

static bool read_goodbye(struct eg_span data, struct eg_session_request *out)
{
    static const uint8_t known[] = {N_GOODBYE_STATUS, 0};
    struct eg_walk_field field;
    bool found;
    if (!eg_walk_pick(data, known, &field, &found)) {
        return false;
    }
    if (found && field.number == N_GOODBYE_STATUS) {
        out->data = field.data;
    } else {
        out->missing |= EG_SESSION_NO_STATUS;
    }
    return true;
}

static bool read_store(struct eg_span data, struct eg_session_request *out)
{
    engrave_session_DatastoreRequest m = {.data = eg_leaf_bytes_in(&out->data)};
    if (!eg_leaf_read(data, engrave_session_DatastoreRequest_fields, &m)) {
        return false;
    }
    out->operation = (uint32_t)m.operation;
    out->offset = not_negative(m.offset);
    out->length = not_negative(m.length);
    out->missing |= unless(m.has_operation, EG_SESSION_NO_OPERATION) |
                    unless(m.has_offset, EG_SESSION_NO_OFFSET) |
                    unless(m.has_length, EG_SESSION_NO_LENGTH) |
                    unless(out->data.ptr != NULL, EG_SESSION_NO_DATA);
    return true;
}

static bool read_import(struct eg_span data, struct eg_session_request *out)
{
    engrave_session_ImportKeyRequest m = {.data = eg_leaf_bytes_in(&out->data)};
    if (!eg_leaf_read(data, engrave_session_ImportKeyRequest_fields, &m)) {
        return false;
    }
    out->id = m.identifier;
    out->type = m.type;
    out->usage = m.usage;
    out->algorithm = m.algorithm;
    out->lifetime = m.lifetime;
    out->bits = m.key_bits;
    out->format = (uint32_t)m.key_data_format;
    out->missing |= unless(m.has_identifier, EG_SESSION_NO_ID) |
                    unless(m.has_type, EG_SESSION_NO_TYPE) |
                    unless(m.has_usage, EG_SESSION_NO_USAGE) |
                    unless(m.has_algorithm, EG_SESSION_NO_ALGORITHM) |
                    unless(m.has_lifetime, EG_SESSION_NO_LIFETIME) |
                    unless(m.has_key_bits, EG_SESSION_NO_BITS) |
                    unless(m.has_key_data_format, EG_SESSION_NO_FORMAT) |
                    unless(out->data.ptr != NULL, EG_SESSION_NO_DATA);
    return true;
}

static bool read_object(struct eg_span data, struct eg_session_request *out)
{
    engrave_session_ObjectRequest m = {.data = eg_leaf_bytes_in(&out->data)};
    if (!eg_leaf_read(data, engrave_session_ObjectRequest_fields, &m)) {
        return false;
    }
    out->id = m.identifier;
    out->offset = m.offset;
    out->length = m.length;
    out->missing |= unless(m.has_identifier, EG_SESSION_NO_ID) |
                    unless(m.has_offset, EG_SESSION_NO_OFFSET) |
                    unless(m.has_length, EG_SESSION_NO_LENGTH) |
                    unless(out->data.ptr != NULL, EG_SESSION_NO_DATA);
    return true;
}

static bool read_psa(struct eg_span data, struct eg_session_request *out)
{
    struct eg_walk_field field;
    bool found;
    if (!eg_walk_pick(data, commands, &field, &found)) {
        return false;
    }
    out->number = field.number;
    if (!found || field.number > N_PSA_LAST) {
        out->kind = EG_SESSION_PSA_OTHER;
        return true;
    }
    out->kind = (enum eg_session_kind)(EG_SESSION_PSA_VERSION + field.number - N_PSA_FIRST);
    if (out->kind == EG_SESSION_PSA_VERSION) {
        return true;
    }
    return out->kind == EG_SESSION_PSA_IMPORT ? read_import(field.data, out)
                                              : read_object(field.data, out);
}

static bool read_payload(struct eg_span data, struct eg_session_request *out)
{
    static const struct {
        uint8_t number;
        uint8_t kind;
        bool (*read)(struct eg_span data, struct eg_session_request *out);
    } readers[] = {
        {N_HELLO, EG_SESSION_HELLO, read_hello}, {N_GOODBYE, EG_SESSION_GOODBYE, read_goodbye},
        {N_CRL, EG_SESSION_CRL, read_crl},       {N_DATASTORE, EG_SESSION_DATASTORE, read_store},
        {N_PSA, EG_SESSION_PSA_OTHER, read_psa},
    };
    struct eg_walk_field field;
    bool found;
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

/* One EndpointRequest: type and id, then the payload; both orders of the first two are fine. */
static bool read_request(struct eg_span data, struct eg_session_request *out)
{
    struct eg_walk_field field;
    bool payload = false;
    bool bad;
    memset(out, 0, sizeof(*out));
    out->missing = EG_SESSION_NO_ENDPOINT_TYPE | EG_SESSION_NO_ENDPOINT_ID;
    while (eg_walk_next(&data, &field, &bad)) {
        bool endpoint = field.number == N_ENDPOINT_TYPE || field.number == N_ENDPOINT_ID;
        if (payload && (endpoint || field.number == N_PAYLOAD)) {
            return false;
        }
        if (endpoint && field.is_bytes) {
            return false;
        }
        if (field.number == N_ENDPOINT_TYPE) {
            out->endpoint_type = (uint32_t)field.value;
            out->missing &= ~(uint32_t)EG_SESSION_NO_ENDPOINT_TYPE;
        } else if (field.number == N_ENDPOINT_ID) {
            out->endpoint_id = (uint32_t)field.value;
            out->missing &= ~(uint32_t)EG_SESSION_NO_ENDPOINT_ID;
        } else if (field.number == N_PAYLOAD) {
            payload = true;
            if (!field.is_bytes || !read_payload(field.data, out)) {
                return false;
            }
        }
    }
    return !bad;
}

bool eg_session_next_request(struct eg_session_iter *it, struct eg_session_request *out)
{
    struct eg_span message;
    memset(out, 0, sizeof(*out));
    if (!eg_walk_next_message(&it->rest, N_REQUESTS, &it->status, &message)) {
        return false;
    }
    if (!read_request(message, out)) {
        it->status = EG_ERR(WIRE_BAD_SESSION);
        return false;
    }
    return true;
}
