/* SPDX-License-Identifier: Apache-2.0 */
#include <pb_encode.h>

#include "lib/wire/session/session_leaf.h"
#include "lib/wire/session/session_msg.h"
#include "lib/wire/session/session_numbers.h"

/* ---- hello, which holds endpoints, which hold additional data ---------------------------------
 */

/* A length, then AgentAdditionalData or DatastoreAdditionalData; they have two values each. */
static struct eg_span additional_data(const struct eg_session_endpoint *e)
{
    static const uint8_t with_crl[] = {4, 0x08, 10, 0x10, 1}; /* descriptors in protobuf; CRL */
    static const uint8_t without_crl[] = {4, 0x08, 10, 0x10, 0};
    static const uint8_t transactions[] = {2, 0x08, 1};
    if (e->type == EG_ENDPOINT_AGENT) {
        return e->request_crl ? EG_SPAN_OF(with_crl) : EG_SPAN_OF(without_crl);
    }
    return e->transactions ? EG_SPAN_OF(transactions) : eg_span(NULL, 0);
}

static bool put_endpoint_fields(pb_ostream_t *out, const struct eg_session_endpoint *e)
{
    return eg_put_varint(out, 1, e->type) && eg_put_varint(out, 2, e->id) &&
           eg_put_fixed32(out, 3, e->version) &&
           (e->state == 0 || eg_put_varint(out, 4, (uint64_t)(int64_t)e->state)) &&
           eg_put_bytes(out, 5, additional_data(e));
}

static bool put_endpoint(pb_ostream_t *out, const struct eg_session_endpoint *e)
{
    pb_ostream_t count = PB_OSTREAM_SIZING;
    return put_endpoint_fields(&count, e) && pb_encode_tag(out, PB_WT_STRING, N_HELLO_ENDPOINTS) &&
           pb_encode_varint(out, count.bytes_written) && put_endpoint_fields(out, e);
}

static bool put_hello(pb_ostream_t *out, const void *src)
{
    const struct eg_session_response *res = src;
    const struct eg_session_hello *hello = &res->hello;
    bool ok = hello->endpoint_count <= EG_SESSION_ENDPOINTS_MAX &&
              eg_put_fixed32(out, 1, hello->version) &&
              eg_put_varint(out, 2, hello->response_buffer) &&
              eg_put_varint(out, 3, hello->request_buffer) &&
              eg_put_varint(out, 5, hello->many_requests ? 1 : 0);
    for (size_t i = 0; ok && i < hello->endpoint_count; i++) {
        ok = put_endpoint(out, &hello->endpoints[i]);
    }
    return ok &&
           (hello->engrave_features == 0 || eg_put_varint(out, 1000, hello->engrave_features));
}

/* ---- the others -------------------------------------------------------------------------------
 */

static bool put_version(pb_ostream_t *out, const void *src)
{
    static const uint8_t s50[] = {EG_SESSION_KEY_FORMAT_S50}; /* a packed list of one */
    const struct eg_session_response *res = src;
    return eg_put_fixed32(out, 1, res->version) &&
           (!res->format_s50 || eg_put_bytes(out, 4, EG_SPAN_OF(s50))) &&
           eg_put_varint(out, 5, res->max_key);
}

/* Status of a command or a datastore; a negative one takes ten bytes. Data follow as the tail. */
static bool put_status(pb_ostream_t *out, const void *src)
{
    const struct eg_session_response *res = src;
    return (res->missing & EG_SESSION_NO_STATUS) != 0 ||
           eg_put_varint(out, 1, (uint64_t)(int64_t)res->status);
}

static bool put_crl(pb_ostream_t *out, const void *src)
{
    const struct eg_session_response *res = src;
    return res->status == 0 || eg_put_fixed32(out, 1, (uint32_t)res->status);
}

static void wrap(struct eg_leaf *leaf, uint32_t number)
{
    leaf->wrap[leaf->wraps++] = (uint16_t)number;
}

static bool plan_psa(const struct eg_session_response *res, struct eg_leaf *leaf)
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
    leaf->encode = res->kind == EG_SESSION_PSA_VERSION ? put_version : put_status;
    leaf->tail = res->kind == EG_SESSION_PSA_VERSION ? eg_span(NULL, 0) : res->data;
    return true;
}

/* Fill leaf from res; false for a kind that is never written. */
static bool plan(const struct eg_session_response *res, struct eg_leaf *leaf)
{
    leaf->src = res;
    wrap(leaf, N_RESPONSES);
    switch (res->kind) {
    case EG_SESSION_NONE:
        return true;
    case EG_SESSION_HELLO:
        wrap(leaf, N_HELLO);
        leaf->encode = put_hello;
        return true;
    case EG_SESSION_CRL:
        wrap(leaf, N_CRL);
        leaf->encode = put_crl;
        return true;
    case EG_SESSION_DATASTORE:
        wrap(leaf, N_DATASTORE);
        leaf->encode = put_status;
        leaf->tail = res->data;
        return true;
    default:
        return plan_psa(res, leaf);
    }
}

size_t eg_session_response_size(const struct eg_session_response *res)
{
    struct eg_leaf leaf = {0};
    return plan(res, &leaf) ? eg_leaf_size(&leaf) : 0;
}

void eg_session_put_response(struct eg_writer *w, const struct eg_session_response *res)
{
    struct eg_leaf leaf = {0};
    if (!plan(res, &leaf)) {
        eg_writer_fail(w, EG_ERR(WIRE_BAD_SESSION));
        return;
    }
    eg_leaf_put(w, &leaf);
}
