/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/wire/session/session_datastore.h"

#include <pb_decode.h>
#include <pb_encode.h>
#include <string.h>

#include "lib/wire/session/session_leaf.h"
#include "lib/wire/session/session_msg.h"

enum { AT_LENGTH = 32, AT_VERSION = 36, AT_COUNT = 40 };
enum { REF_MAX = 18 /* bytes of an ObjectReference */ };

typedef engrave_session_ServiceDescriptor descriptor_msg;

/* ---- references to objects, which nanopb hands over by callback -------------------------------
 */

static bool ref_in(pb_istream_t *in, const pb_field_t *field, void **arg)
{
    (void)field;
    engrave_session_ObjectReference m = {0};
    struct eg_object_ref *out = *arg;
    struct eg_span data = eg_span(in->state, in->bytes_left);
    if (!eg_leaf_read(data, engrave_session_ObjectReference_fields, &m)) {
        return false;
    }
    *out = (struct eg_object_ref){(uint32_t)m.type, m.endpoint_id, m.object_id};
    return pb_read(in, NULL, in->bytes_left);
}

static bool ref_out(pb_ostream_t *out, const pb_field_t *field, void *const *arg)
{
    const struct eg_object_ref *ref = *arg;
    uint8_t room[REF_MAX];
    engrave_session_ObjectReference m = {
        .has_type = true,
        .type = (engrave_session_EndpointType)ref->type,
        .has_endpoint_id = true,
        .endpoint_id = ref->endpoint_id,
        .has_object_id = true,
        .object_id = ref->object_id,
    };
    if (ref->type == 0 && ref->object_id == 0) {
        return true;
    }
    pb_ostream_t inner = pb_ostream_from_buffer(room, sizeof(room));
    return pb_encode(&inner, engrave_session_ObjectReference_fields, &m) &&
           pb_encode_tag_for_field(out, field) && pb_encode_string(out, room, inner.bytes_written);
}

/* ---- one descriptor ---------------------------------------------------------------------------
 */

/* Where the texts, bytes and references are: member of nanopb's struct, member of ours. */
static const struct {
    uint16_t callback;
    uint16_t place;
} texts[] =
    {
#define T(callback, place)                                                                         \
    {                                                                                              \
        offsetof(descriptor_msg, callback), offsetof(struct eg_service, place)                     \
    }
        T(hostname, hostname),
        T(client_id, client_id),
        T(username, username),
        T(password, password),
        T(client_certificate, client_certificate),
        T(server_certificate, server_certificate),
        T(customer_metadata_json, metadata_json),
        T(azure_id_scope, azure_id_scope),
        T(azure_registration_id, azure_registration_id),
        T(azure_global_device_endpoint, azure_endpoint),
},
  refs[] = {
      T(client_certificate_ref, client_certificate_ref),
      T(server_certificate_ref, server_certificate_ref),
      T(client_key_ref, client_key_ref),
#undef T
};

enum { TEXTS = sizeof(texts) / sizeof(texts[0]), REFS = sizeof(refs) / sizeof(refs[0]) };

static bool read_service(struct eg_span data, struct eg_service *out)
{
    descriptor_msg m;
    memset(&m, 0, sizeof(m));
    memset(out, 0, sizeof(*out));
    for (size_t i = 0; i < TEXTS; i++) {
        pb_callback_t cb =
            eg_leaf_bytes_in((struct eg_span *)(void *)((char *)out + texts[i].place));
        memcpy((char *)&m + texts[i].callback, &cb, sizeof(cb));
    }
    for (size_t i = 0; i < REFS; i++) {
        pb_callback_t cb = {.funcs.decode = ref_in, .arg = (char *)out + refs[i].place};
        memcpy((char *)&m + refs[i].callback, &cb, sizeof(cb));
    }
    if (!eg_leaf_read(data, engrave_session_ServiceDescriptor_fields, &m)) {
        return false;
    }
    out->id = m.identifier;
    out->type = (uint32_t)m.service_type;
    out->typeless = !m.has_service_type;
    out->protocol = (uint32_t)m.protocol;
    out->port = m.port;
    out->timeout_ms = m.timeout_ms;
    return true;
}

/* Empty texts are left out, so their callbacks get a NULL pointer. */
static void plan_texts(const struct eg_service *service, struct eg_span spans[TEXTS],
                       descriptor_msg *m)
{
    for (size_t i = 0; i < TEXTS; i++) {
        memcpy(&spans[i], (const char *)service + texts[i].place, sizeof(spans[i]));
        if (spans[i].len == 0) {
            spans[i].ptr = NULL;
        }
        pb_callback_t cb = eg_leaf_bytes_out(&spans[i]);
        memcpy((char *)m + texts[i].callback, &cb, sizeof(cb));
    }
}

static void plan_refs(const struct eg_service *service, struct eg_object_ref places[REFS],
                      descriptor_msg *m)
{
    for (size_t i = 0; i < REFS; i++) {
        memcpy(&places[i], (const char *)service + refs[i].place, sizeof(places[i]));
        pb_callback_t cb = {.funcs.encode = ref_out, .arg = &places[i]};
        memcpy((char *)m + refs[i].callback, &cb, sizeof(cb));
    }
}

static void put_message(struct eg_writer *w, const descriptor_msg *m)
{
    size_t len = 0;
    uint8_t prefix[EG_SESSION_PREFIX_MAX];
    if (!pb_get_encoded_size(&len, engrave_session_ServiceDescriptor_fields, m)) {
        eg_writer_fail(w, EG_ERR(WIRE_BAD_SESSION));
        return;
    }
    eg_writer_bytes(w, eg_span(prefix, eg_session_put_prefix(prefix, len)));
    uint8_t *room = eg_writer_reserve(w, len);
    if (room == NULL) {
        return;
    }
    pb_ostream_t out = pb_ostream_from_buffer(room, len);
    if (!pb_encode(&out, engrave_session_ServiceDescriptor_fields, m)) {
        eg_writer_fail(w, EG_ERR(WIRE_BAD_SESSION));
    }
}

void eg_container_put(struct eg_writer *w, const struct eg_service *service)
{
    struct eg_span spans[TEXTS];
    struct eg_object_ref places[REFS];
    descriptor_msg m;
    memset(&m, 0, sizeof(m));
    plan_texts(service, spans, &m);
    plan_refs(service, places, &m);
    m.identifier = service->id;
    m.has_service_type = !service->typeless;
    m.service_type = (engrave_session_ServiceType)service->type;
    m.has_port = service->port != 0;
    m.port = service->port;
    m.has_timeout_ms = service->timeout_ms != 0;
    m.timeout_ms = service->timeout_ms;
    m.has_protocol = service->protocol != 0;
    m.protocol = (engrave_session_ServiceProtocol)service->protocol;
    put_message(w, &m);
}

/* ---- the container ----------------------------------------------------------------------------
 */

void eg_container_begin(struct eg_writer *w)
{
    uint8_t *header = eg_writer_reserve(w, EG_CONTAINER_HEADER_LEN);
    if (header != NULL) {
        memset(header, 0, EG_CONTAINER_HEADER_LEN);
    }
}

void eg_container_end(struct eg_writer *w, uint32_t count)
{
    if (!eg_ok(w->status) || w->len > EG_CONTAINER_MAX) {
        eg_writer_fail(w, EG_ERR(NO_ROOM));
        return;
    }
    eg_store_le32(w->ptr + AT_LENGTH, (uint32_t)w->len);
    eg_store_le32(w->ptr + AT_COUNT, count);
}

struct eg_span eg_container_hashed(struct eg_span container)
{
    return eg_span(container.ptr + EG_CONTAINER_HASH_LEN, container.len - EG_CONTAINER_HASH_LEN);
}

uint32_t eg_container_length(struct eg_span header)
{
    if (header.len < EG_CONTAINER_HEADER_LEN || eg_load_le32(header.ptr + AT_VERSION) != 0) {
        return 0;
    }
    uint32_t len = eg_load_le32(header.ptr + AT_LENGTH);
    return len >= EG_CONTAINER_HEADER_LEN && len <= EG_CONTAINER_MAX ? len : 0;
}

eg_status eg_container_read(struct eg_span data, struct eg_container_iter *it, uint32_t *out_count)
{
    uint32_t len = eg_container_length(data);
    *it = (struct eg_container_iter){.status = EG_ERR(WIRE_BAD_CONTAINER)};
    *out_count = 0;
    if (len == 0 || len > data.len) {
        return it->status;
    }
    it->rest = eg_span(data.ptr + EG_CONTAINER_HEADER_LEN, len - EG_CONTAINER_HEADER_LEN);
    it->left = eg_load_le32(data.ptr + AT_COUNT);
    it->status = EG_OK;
    *out_count = it->left;
    return EG_OK;
}

bool eg_container_next(struct eg_container_iter *it, struct eg_service *out)
{
    size_t used;
    size_t len;
    memset(out, 0, sizeof(*out));
    if (!eg_ok(it->status) || (it->left == 0 && it->rest.len == 0)) {
        return false;
    }
    if (it->left > 0 && eg_ok(eg_session_get_prefix(it->rest, it->rest.len, &used, &len)) &&
        len <= it->rest.len - used && read_service(eg_span(it->rest.ptr + used, len), out)) {
        it->rest = eg_span(it->rest.ptr + used + len, it->rest.len - used - len);
        it->left--;
        return true;
    }
    memset(out, 0, sizeof(*out));
    it->status = EG_ERR(WIRE_BAD_CONTAINER);
    return false;
}
