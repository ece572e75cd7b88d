/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/wire/session/session_datastore.h"

#include <pb_encode.h>
#include <string.h>

#include "lib/wire/session/session_leaf.h"
#include "lib/wire/session/session_msg.h"
#include "lib/wire/session/session_walk.h"

enum { AT_LENGTH = 32, AT_VERSION = 36, AT_COUNT = 40 };
/* Field numbers of an ObjectReference. */
enum { N_REF_TYPE = 1, N_REF_ENDPOINT = 2, N_REF_OBJECT = 3 };
/* Field number of a ServiceDescriptor's service_type, the one whose presence matters. */
enum { N_SERVICE_TYPE = 2 };

/* ---- one descriptor ----------------------------------------------------------------------------
 */

enum kind { ID, NUMBER, TEXT, REF };

/* Every field of a descriptor that is kept: its number on the wire and its place here. */
static const struct {
    uint8_t number;
    uint8_t kind;
    uint16_t place;
} fields[] = {
#define F(number, kind, member)                                                                    \
    {                                                                                              \
        number, kind, offsetof(struct eg_service, member)                                          \
    }
    F(1, ID, id),
    F(N_SERVICE_TYPE, NUMBER, type),
    F(10, TEXT, hostname),
    F(11, NUMBER, port),
    F(12, NUMBER, timeout_ms),
    F(13, NUMBER, protocol),
    F(14, TEXT, client_id),
    F(15, TEXT, username),
    F(16, TEXT, password),
    F(20, TEXT, client_certificate),
    F(21, TEXT, server_certificate),
    F(30, TEXT, metadata_json),
    F(50, REF, client_certificate_ref),
    F(51, REF, server_certificate_ref),
    F(52, REF, client_key_ref),
    F(100, TEXT, azure_id_scope),
    F(101, TEXT, azure_registration_id),
    F(102, TEXT, azure_endpoint),
#undef F
};

enum { FIELDS = sizeof(fields) / sizeof(fields[0]) };

static bool read_ref(struct eg_span data, struct eg_object_ref *out)
{
    struct eg_walk_field f;
    bool bad;
    memset(out, 0, sizeof(*out));
    while (eg_walk_next(&data, &f, &bad)) {
        if (f.number == N_REF_TYPE) {
            out->type = (uint32_t)f.value;
        } else if (f.number == N_REF_ENDPOINT) {
            out->endpoint_id = (uint32_t)f.value;
        } else if (f.number == N_REF_OBJECT) {
            out->object_id = (uint32_t)f.value;
        }
    }
    return !bad;
}

/* One field into its place; false if it is of another wire type than the place. */
static bool keep(const struct eg_walk_field *f, enum kind kind, void *place)
{
    if (f->is_bytes != (kind >= TEXT)) {
        return false;
    }
    uint32_t number = (uint32_t)f->value;
    switch (kind) {
    case ID:
        memcpy(place, &f->value, sizeof(f->value));
        return true;
    case NUMBER:
        memcpy(place, &number, sizeof(number));
        return f->value == number;
    case TEXT:
        memcpy(place, &f->data, sizeof(f->data));
        return true;
    default:
        return read_ref(f->data, place);
    }
}

/* The identifier must be there, everything else may be missing. */
static bool read_service(struct eg_span data, struct eg_service *out)
{
    struct eg_walk_field f;
    bool identified = false;
    bool bad;
    memset(out, 0, sizeof(*out));
    out->typeless = true;
    while (eg_walk_next(&data, &f, &bad)) {
        for (size_t i = 0; i < FIELDS; i++) {
            if (fields[i].number != f.number) {
                continue;
            }
            if (!keep(&f, (enum kind)fields[i].kind, (char *)out + fields[i].place)) {
                return false;
            }
            identified = identified || fields[i].kind == ID;
            out->typeless = out->typeless && f.number != N_SERVICE_TYPE;
        }
    }
    return !bad && identified;
}

static bool put_ref_fields(pb_ostream_t *out, const struct eg_object_ref *ref)
{
    return eg_put_varint(out, N_REF_TYPE, ref->type) &&
           eg_put_varint(out, N_REF_ENDPOINT, ref->endpoint_id) &&
           eg_put_varint(out, N_REF_OBJECT, ref->object_id);
}

static bool put_ref(pb_ostream_t *out, uint32_t number, const struct eg_object_ref *ref)
{
    pb_ostream_t count = PB_OSTREAM_SIZING;
    return (ref->type == 0 && ref->object_id == 0) ||
           (put_ref_fields(&count, ref) && pb_encode_tag(out, PB_WT_STRING, number) &&
            pb_encode_varint(out, count.bytes_written) && put_ref_fields(out, ref));
}

/* What is empty or zero is left out; the identifier and a type that counts are always there. */
static bool put_field(pb_ostream_t *out, const struct eg_service *service, size_t i)
{
    const char *place = (const char *)service + fields[i].place;
    uint32_t wire = fields[i].number;
    struct eg_span text;
    struct eg_object_ref ref;
    uint32_t number;
    switch (fields[i].kind) {
    case ID:
        return pb_encode_tag(out, PB_WT_64BIT, wire) && pb_encode_fixed64(out, place);
    case NUMBER:
        memcpy(&number, place, sizeof(number));
        return (wire == N_SERVICE_TYPE ? service->typeless : number == 0) ||
               eg_put_varint(out, wire, number);
    case TEXT:
        memcpy(&text, place, sizeof(text));
        return text.len == 0 || eg_put_bytes(out, wire, text);
    default:
        memcpy(&ref, place, sizeof(ref));
        return put_ref(out, wire, &ref);
    }
}

static bool put_service(pb_ostream_t *out, const struct eg_service *service)
{
    for (size_t i = 0; i < FIELDS; i++) {
        if (!put_field(out, service, i)) {
            return false;
        }
    }
    return true;
}

void eg_container_put(struct eg_writer *w, const struct eg_service *service)
{
    uint8_t prefix[EG_SESSION_PREFIX_MAX];
    pb_ostream_t count = PB_OSTREAM_SIZING;
    if (!put_service(&count, service)) {
        eg_writer_fail(w, EG_ERR(WIRE_BAD_SESSION));
        return;
    }
    eg_writer_bytes(w, eg_span(prefix, eg_session_put_prefix(prefix, count.bytes_written)));
    uint8_t *room = eg_writer_reserve(w, count.bytes_written);
    if (room != NULL) {
        pb_ostream_t out = pb_ostream_from_buffer(room, count.bytes_written);
        if (!put_service(&out, service)) {
            eg_writer_fail(w, EG_ERR(WIRE_BAD_SESSION));
        }
    }
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
