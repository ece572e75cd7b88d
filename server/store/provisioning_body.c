/* SPDX-License-Identifier: Apache-2.0 */
#include "server/store/provisioning_body.h"

size_t eg_body_len(const struct eg_body_object *objects, size_t count)
{
    size_t len = EG_BODY_HEAD_LEN;

    for (size_t i = 0; i < count; i++) {
        len += EG_BODY_OBJECT_HEAD_LEN + objects[i].blob.len + objects[i].certificate.len +
               objects[i].spki.len;
    }
    return len;
}

static void encode_field(struct eg_span field, struct eg_writer *w)
{
    if (field.len > EG_BODY_FIELD_MAX) {
        eg_writer_fail(w, EG_ERR(NO_ROOM));
    }
    eg_writer_block(w, field);
}

void eg_body_encode(const struct eg_body_object *objects, size_t count, struct eg_writer *w)
{
    if (count > EG_BODY_OBJECTS_MAX) {
        eg_writer_fail(w, EG_ERR(NO_ROOM));
        return;
    }
    eg_writer_u8(w, EG_BODY_FORMAT);
    eg_writer_be16(w, (uint16_t)count);
    for (size_t i = 0; i < count; i++) {
        eg_writer_be64(w, (uint64_t)objects[i].object_id);
        eg_writer_be32(w, objects[i].version);
        eg_writer_u8(w, (uint8_t)objects[i].state);
        encode_field(objects[i].blob, w);
        encode_field(objects[i].certificate, w);
        encode_field(objects[i].spki, w);
    }
}

static void decode_object(struct eg_reader *r, struct eg_body_object *out)
{
    uint8_t state;

    out->object_id = (int64_t)eg_reader_be64(r);
    out->version = eg_reader_be32(r);
    state = eg_reader_u8(r);
    out->state = (enum eg_body_state)state;
    out->blob = eg_reader_block(r, EG_BODY_FIELD_MAX);
    out->certificate = eg_reader_block(r, EG_BODY_FIELD_MAX);
    out->spki = eg_reader_block(r, EG_BODY_FIELD_MAX);
    if (state < EG_BODY_COMPLETED || state > EG_BODY_ELSEWHERE) {
        eg_reader_fail(r, EG_ERR(BODY_MALFORMED));
    }
}

eg_status eg_body_decode(struct eg_span body, struct eg_body_object out[static EG_BODY_OBJECTS_MAX],
                         size_t *out_count)
{
    struct eg_reader r;
    size_t count;
    eg_status st;

    *out_count = 0;
    eg_reader_init(&r, body);
    if (eg_reader_u8(&r) != EG_BODY_FORMAT) {
        eg_reader_fail(&r, EG_ERR(BODY_MALFORMED));
    }
    count = eg_reader_be16(&r);
    if (count > EG_BODY_OBJECTS_MAX) {
        eg_reader_fail(&r, EG_ERR(BODY_MALFORMED));
        count = 0;
    }
    for (size_t i = 0; i < count && eg_ok(r.status); i++) {
        decode_object(&r, &out[i]);
    }
    st = eg_reader_finish(&r);
    if (eg_ok(st)) {
        *out_count = count;
    }
    return st;
}
