/* SPDX-License-Identifier: Apache-2.0 */
/* What is inside ping responses and command frames. */
#include <string.h>

#include "lib/wire/mcuboot_frame.h"

enum {
    PACKET_HEAD = 4, /* tag, flags, reserved, count */
    PACKET_MAX = PACKET_HEAD + 4 * EG_MCUBOOT_WORDS_MAX,
    PING_BODY_LEN = 6,
};

void eg_mcuboot_ping_put(struct eg_writer *w, const struct eg_mcuboot_ping *ping)
{
    uint8_t body[PING_BODY_LEN];
    const struct eg_mcuboot_frame frame = {EG_MCUBOOT_PING_RESPONSE, EG_SPAN_OF(body)};

    eg_store_le32(body, ping->version);
    body[4] = (uint8_t)ping->options;
    body[5] = (uint8_t)(ping->options >> 8);
    eg_mcuboot_frame_put(w, &frame);
}

eg_status eg_mcuboot_ping_decode(const struct eg_mcuboot_frame *frame, struct eg_mcuboot_ping *out)
{
    memset(out, 0, sizeof(*out));
    if (frame->type != EG_MCUBOOT_PING_RESPONSE || frame->payload.len != PING_BODY_LEN) {
        return EG_ERR(WIRE_BAD_FRAME);
    }
    out->version = eg_load_le32(frame->payload.ptr);
    out->options = eg_load_le16(frame->payload.ptr + 4);
    return EG_OK;
}

void eg_mcuboot_packet_put(struct eg_writer *w, const struct eg_mcuboot_packet *packet)
{
    uint8_t room[PACKET_MAX];
    struct eg_writer body;
    struct eg_mcuboot_frame frame;

    if (packet->count > EG_MCUBOOT_WORDS_MAX) {
        eg_writer_fail(w, EG_ERR(WIRE_BAD_LENGTH));
        return;
    }
    eg_writer_init(&body, room, sizeof(room));
    eg_writer_u8(&body, packet->tag);
    eg_writer_u8(&body, packet->flags);
    eg_writer_u8(&body, 0);
    eg_writer_u8(&body, packet->count);
    for (size_t i = 0; i < packet->count; i++) {
        eg_writer_le32(&body, packet->words[i]);
    }
    frame = (struct eg_mcuboot_frame){EG_MCUBOOT_COMMAND, eg_writer_span(&body)};
    eg_mcuboot_frame_put(w, &frame);
}

eg_status eg_mcuboot_packet_decode(const struct eg_mcuboot_frame *frame,
                                   struct eg_mcuboot_packet *out)
{
    struct eg_reader r;
    eg_status st;

    memset(out, 0, sizeof(*out));
    if (frame->type != EG_MCUBOOT_COMMAND) {
        return EG_ERR(WIRE_BAD_FRAME);
    }
    eg_reader_init(&r, frame->payload);
    out->tag = eg_reader_u8(&r);
    out->flags = eg_reader_u8(&r);
    (void)eg_reader_u8(&r); /* reserved */
    out->count = eg_reader_u8(&r);
    for (size_t i = 0; i < out->count && i < EG_MCUBOOT_WORDS_MAX; i++) {
        out->words[i] = eg_reader_le32(&r);
    }
    st = eg_reader_finish(&r); /* a count beyond our limit leaves words unread */
    if (!eg_ok(st)) {
        memset(out, 0, sizeof(*out));
        return EG_ERR(WIRE_BAD_FRAME);
    }
    return EG_OK;
}
