/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_VCHIP_MCUBOOT_FRAME_H
#define EG_VCHIP_MCUBOOT_FRAME_H
/**
 * McuBoot's serial framing, the chip's side (docs/protocol/vchip.md, "Frames"):
 *
 *   5A A1 | 5A A2 | 5A A3 | 5A A6                        ACK, NAK, ABORT, PING
 *   5A A7 | version 4 | options 2 | CRC 2                answer to PING
 *   5A A4 | length 2 | CRC 2 | payload                   command or response; A5: data
 *
 * Numbers little endian. CRC-16/XMODEM over everything but itself.
 */
#include <stddef.h>
#include <stdint.h>

#include "lib/base/span.h"

enum eg_frame_type {
    EG_FRAME_ACK = 0xA1,
    EG_FRAME_NAK = 0xA2,
    EG_FRAME_ABORT = 0xA3,
    EG_FRAME_COMMAND = 0xA4,
    EG_FRAME_DATA = 0xA5,
    EG_FRAME_PING = 0xA6,
    EG_FRAME_PING_RESPONSE = 0xA7,
};
enum {
    EG_FRAME_START = 0x5A,
    EG_FRAME_HEADER_LEN = 6,
    EG_FRAME_PAYLOAD_MAX = 256, /* property 0x0B */
    EG_FRAME_LEN_MAX = EG_FRAME_HEADER_LEN + EG_FRAME_PAYLOAD_MAX,
};

uint16_t eg_frame_crc(uint16_t crc, struct eg_span data);

/** Append a command or data frame. */
void eg_frame_encode(struct eg_writer *w, enum eg_frame_type type, struct eg_span payload);
/** Append ACK, NAK or ABORT. */
void eg_frame_encode_short(struct eg_writer *w, enum eg_frame_type type);
/** Append the answer to a PING: version 1.3.0, no options. */
void eg_frame_encode_ping_response(struct eg_writer *w);

struct eg_frame_decoder {
    uint8_t bytes[EG_FRAME_LEN_MAX];
    size_t len;
};

enum eg_frame_event {
    EG_FRAME_NOTHING, /* more bytes needed, or noise skipped */
    EG_FRAME_GOT_ACK,
    EG_FRAME_GOT_NAK,
    EG_FRAME_GOT_ABORT,
    EG_FRAME_GOT_PING,
    EG_FRAME_GOT_COMMAND,
    EG_FRAME_GOT_DATA,
    EG_FRAME_BAD, /* wrong CRC, or longer than allowed: to be answered by NAK */
};
/** Take one byte. payload of COMMAND and DATA lies in the decoder until the next byte. */
enum eg_frame_event eg_frame_feed(struct eg_frame_decoder *d, uint8_t byte,
                                  struct eg_span *out_payload);
void eg_frame_reset(struct eg_frame_decoder *d);

#endif
