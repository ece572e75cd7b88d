/* SPDX-License-Identifier: Apache-2.0 */
#include "vchip/mcuboot_frame.h"

uint16_t eg_frame_crc(uint16_t crc, struct eg_span data)
{
    for (size_t i = 0; i < data.len; i++) {
        crc = (uint16_t)(crc ^ (data.ptr[i] << 8));
        for (int bit = 0; bit < 8; bit++) {
            crc = (uint16_t)((crc & 0x8000u) != 0 ? (crc << 1) ^ 0x1021 : crc << 1);
        }
    }
    return crc;
}

void eg_frame_encode(struct eg_writer *w, enum eg_frame_type type, struct eg_span payload)
{
    uint8_t head[4] = {EG_FRAME_START, (uint8_t)type, (uint8_t)payload.len,
                       (uint8_t)(payload.len >> 8)};
    eg_writer_bytes(w, EG_SPAN_OF(head));
    eg_writer_le16(w, eg_frame_crc(eg_frame_crc(0, EG_SPAN_OF(head)), payload));
    eg_writer_bytes(w, payload);
}

void eg_frame_encode_short(struct eg_writer *w, enum eg_frame_type type)
{
    eg_writer_u8(w, EG_FRAME_START);
    eg_writer_u8(w, (uint8_t)type);
}

void eg_frame_encode_ping_response(struct eg_writer *w)
{
    /* bugfix, minor, major, 'P'; options 0 */
    static const uint8_t body[] = {EG_FRAME_START, EG_FRAME_PING_RESPONSE, 0, 3, 1, 'P', 0, 0};
    eg_writer_bytes(w, EG_SPAN_OF(body));
    eg_writer_le16(w, eg_frame_crc(0, EG_SPAN_OF(body)));
}

void eg_frame_reset(struct eg_frame_decoder *d)
{
    d->len = 0;
}

static const struct {
    uint8_t type;
    enum eg_frame_event event;
} short_frames[] = {
    {EG_FRAME_ACK, EG_FRAME_GOT_ACK},
    {EG_FRAME_NAK, EG_FRAME_GOT_NAK},
    {EG_FRAME_ABORT, EG_FRAME_GOT_ABORT},
    {EG_FRAME_PING, EG_FRAME_GOT_PING},
};

/* Second byte: a short frame is complete, a long one goes on, everything else is noise. */
static enum eg_frame_event feed_type(struct eg_frame_decoder *d)
{
    uint8_t type = d->bytes[1];
    for (size_t i = 0; i < sizeof(short_frames) / sizeof(short_frames[0]); i++) {
        if (short_frames[i].type == type) {
            d->len = 0;
            return short_frames[i].event;
        }
    }
    if (type != EG_FRAME_COMMAND && type != EG_FRAME_DATA) {
        d->len = type == EG_FRAME_START ? 1 : 0;
    }
    return EG_FRAME_NOTHING;
}

static enum eg_frame_event finish_frame(struct eg_frame_decoder *d, size_t payload_len,
                                        struct eg_span *out_payload)
{
    struct eg_span payload = eg_span(d->bytes + EG_FRAME_HEADER_LEN, payload_len);
    uint16_t crc = eg_frame_crc(eg_frame_crc(0, eg_span(d->bytes, 4)), payload);
    d->len = 0;
    if (crc != eg_load_le16(d->bytes + 4)) {
        return EG_FRAME_BAD;
    }
    *out_payload = payload;
    return d->bytes[1] == EG_FRAME_COMMAND ? EG_FRAME_GOT_COMMAND : EG_FRAME_GOT_DATA;
}

enum eg_frame_event eg_frame_feed(struct eg_frame_decoder *d, uint8_t byte,
                                  struct eg_span *out_payload)
{
    if (d->len == 0 && byte != EG_FRAME_START) {
        return EG_FRAME_NOTHING;
    }
    d->bytes[d->len++] = byte;
    if (d->len == 2) {
        return feed_type(d);
    }
    if (d->len < EG_FRAME_HEADER_LEN) {
        return EG_FRAME_NOTHING;
    }
    size_t payload_len = eg_load_le16(d->bytes + 2);
    if (payload_len > EG_FRAME_PAYLOAD_MAX) {
        d->len = 0;
        return EG_FRAME_BAD;
    }
    return d->len == EG_FRAME_HEADER_LEN + payload_len ? finish_frame(d, payload_len, out_payload)
                                                       : EG_FRAME_NOTHING;
}
