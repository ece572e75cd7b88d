/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/wire/mcuboot_frame.h"

#include <string.h>

enum {
    CRC_LEN = 2,
    SHORT_LEN = 2,     /* ACK, NAK, ABORT, PING */
    PING_BODY_LEN = 6, /* version, options */
    PING_LEN = SHORT_LEN + PING_BODY_LEN + CRC_LEN,
};

static uint16_t crc_step(uint16_t crc, uint8_t byte)
{
    crc = (uint16_t)(crc ^ (unsigned)byte << 8);
    for (int bit = 0; bit < 8; bit++) {
        unsigned shifted = (unsigned)crc << 1;

        crc = (uint16_t)((crc & 0x8000u) != 0 ? shifted ^ 0x1021u : shifted);
    }
    return crc;
}

static uint16_t crc_over(uint16_t crc, struct eg_span data)
{
    for (size_t i = 0; i < data.len; i++) {
        crc = crc_step(crc, data.ptr[i]);
    }
    return crc;
}

uint16_t eg_crc16_xmodem(struct eg_span data)
{
    return crc_over(0, data);
}

/* A command or data frame: the checksum skips itself but covers everything else. */
static void put_long(struct eg_writer *w, const struct eg_mcuboot_frame *f)
{
    uint8_t head[4] = {EG_MCUBOOT_START, (uint8_t)f->type, (uint8_t)f->payload.len,
                       (uint8_t)(f->payload.len >> 8)};
    uint16_t crc = crc_over(eg_crc16_xmodem(EG_SPAN_OF(head)), f->payload);

    if (f->payload.len > EG_MCUBOOT_PAYLOAD_MAX) {
        eg_writer_fail(w, EG_ERR(WIRE_BAD_LENGTH));
        return;
    }
    eg_writer_bytes(w, EG_SPAN_OF(head));
    eg_writer_le16(w, crc);
    eg_writer_bytes(w, f->payload);
}

static void put_short(struct eg_writer *w, const struct eg_mcuboot_frame *f)
{
    const uint8_t frame[SHORT_LEN] = {EG_MCUBOOT_START, (uint8_t)f->type};
    size_t body_len = f->type == EG_MCUBOOT_PING_RESPONSE ? PING_BODY_LEN : 0;

    if (f->payload.len != body_len) {
        eg_writer_fail(w, EG_ERR(WIRE_BAD_LENGTH));
        return;
    }
    eg_writer_bytes(w, EG_SPAN_OF(frame));
    if (body_len > 0) {
        eg_writer_bytes(w, f->payload);
        eg_writer_le16(w, crc_over(eg_crc16_xmodem(EG_SPAN_OF(frame)), f->payload));
    }
}

void eg_mcuboot_frame_put(struct eg_writer *w, const struct eg_mcuboot_frame *frame)
{
    if (frame->type == EG_MCUBOOT_COMMAND || frame->type == EG_MCUBOOT_DATA) {
        put_long(w, frame);
    } else {
        put_short(w, frame);
    }
}

/* data begins with 5A A4 or 5A A5. */
static eg_status decode_long(struct eg_span data, struct eg_mcuboot_frame *out, size_t *out_used)
{
    size_t len;
    uint16_t crc;

    if (data.len < EG_MCUBOOT_FRAME_HEAD) {
        return EG_ERR(TRUNCATED);
    }
    len = eg_load_le16(data.ptr + 2);
    if (len > EG_MCUBOOT_PAYLOAD_MAX) {
        return EG_ERR(WIRE_BAD_FRAME);
    }
    if (data.len - EG_MCUBOOT_FRAME_HEAD < len) {
        return EG_ERR(TRUNCATED);
    }
    out->payload = eg_span(data.ptr + EG_MCUBOOT_FRAME_HEAD, len);
    crc = crc_over(eg_crc16_xmodem(eg_span(data.ptr, 4)), out->payload);
    if (crc != eg_load_le16(data.ptr + 4)) {
        return EG_ERR(WIRE_BAD_CRC);
    }
    *out_used = EG_MCUBOOT_FRAME_HEAD + len;
    return EG_OK;
}

/* data begins with 5A A7. */
static eg_status decode_ping(struct eg_span data, struct eg_mcuboot_frame *out, size_t *out_used)
{
    if (data.len < PING_LEN) {
        return EG_ERR(TRUNCATED);
    }
    if (eg_crc16_xmodem(eg_span(data.ptr, PING_LEN - CRC_LEN)) !=
        eg_load_le16(data.ptr + PING_LEN - CRC_LEN)) {
        return EG_ERR(WIRE_BAD_CRC);
    }
    out->payload = eg_span(data.ptr + SHORT_LEN, PING_BODY_LEN);
    *out_used = PING_LEN;
    return EG_OK;
}

/* data has at least one byte and the first is not 00. */
static eg_status decode_started(struct eg_span data, struct eg_mcuboot_frame *out, size_t *out_used)
{
    if (data.ptr[0] == EG_MCUBOOT_ACK) {
        out->type = EG_MCUBOOT_ACK;
        *out_used = 1;
        return EG_OK;
    }
    if (data.ptr[0] != EG_MCUBOOT_START) {
        return EG_ERR(WIRE_BAD_FRAME);
    }
    if (data.len < SHORT_LEN) {
        return EG_ERR(TRUNCATED);
    }
    out->type = (enum eg_mcuboot_frame_type)data.ptr[1];
    *out_used = SHORT_LEN;
    switch (out->type) {
    case EG_MCUBOOT_ACK:
    case EG_MCUBOOT_NAK:
    case EG_MCUBOOT_ABORT:
    case EG_MCUBOOT_PING:
        return EG_OK;
    case EG_MCUBOOT_COMMAND:
    case EG_MCUBOOT_DATA:
        return decode_long(data, out, out_used);
    case EG_MCUBOOT_PING_RESPONSE:
        return decode_ping(data, out, out_used);
    }
    return EG_ERR(WIRE_BAD_FRAME);
}

eg_status eg_mcuboot_frame_decode(struct eg_span data, struct eg_mcuboot_frame *out,
                                  size_t *out_used)
{
    size_t idle = 0;
    size_t used = 0;
    eg_status st;

    memset(out, 0, sizeof(*out));
    while (idle < data.len && data.ptr[idle] == 0) {
        idle++;
    }
    *out_used = idle;
    if (idle == data.len) {
        return EG_ERR(TRUNCATED);
    }
    st = decode_started(eg_span(data.ptr + idle, data.len - idle), out, &used);
    if (eg_ok(st)) {
        *out_used += used;
        return st;
    }
    memset(out, 0, sizeof(*out));
    *out_used += eg_is(st, EG_E_TRUNCATED) ? 0 : 1;
    return st;
}
