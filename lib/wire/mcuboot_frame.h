/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_LIB_WIRE_MCUBOOT_FRAME_H
#define EG_LIB_WIRE_MCUBOOT_FRAME_H
/**
 * McuBoot on a serial line: frames and the packets inside (docs/protocol/mcuboot.md). Pure
 * functions for both directions; who sends what when is host/lib's business. No heap. Thread-safe.
 */
#include <stdbool.h>
#include <stdint.h>

#include "lib/base/span.h"

enum {
    EG_MCUBOOT_START = 0x5A,
    EG_MCUBOOT_FRAME_HEAD = 6,      /* bytes before the payload of a command or data frame */
    EG_MCUBOOT_PACKET_DEFAULT = 32, /* bytes of a data packet when the device does not say */
    EG_MCUBOOT_PAYLOAD_MAX = 4096,  /* longest payload taken here */
    EG_MCUBOOT_WORDS_MAX = 64,      /* parameters of one packet */
    EG_MCUBOOT_FLAG_DATA = 1,       /* packet flags: a data phase follows */
};

enum eg_mcuboot_frame_type {
    EG_MCUBOOT_ACK = 0xA1,
    EG_MCUBOOT_NAK = 0xA2,
    EG_MCUBOOT_ABORT = 0xA3,
    EG_MCUBOOT_COMMAND = 0xA4,
    EG_MCUBOOT_DATA = 0xA5,
    EG_MCUBOOT_PING = 0xA6,
    EG_MCUBOOT_PING_RESPONSE = 0xA7,
};

/** Commands (packet tags of the host). */
enum eg_mcuboot_command {
    EG_MCUBOOT_CMD_FLASH_ERASE_REGION = 0x02,
    EG_MCUBOOT_CMD_READ_MEMORY = 0x03,
    EG_MCUBOOT_CMD_WRITE_MEMORY = 0x04,
    EG_MCUBOOT_CMD_GET_PROPERTY = 0x07,
    EG_MCUBOOT_CMD_RECEIVE_SB = 0x08,
    EG_MCUBOOT_CMD_RESET = 0x0B,
    EG_MCUBOOT_CMD_FLASH_READ_ONCE = 0x0F,
    EG_MCUBOOT_CMD_EL2GO = 0x20,
};

/** Answers (packet tags of the device). */
enum eg_mcuboot_answer {
    EG_MCUBOOT_ANS_GENERIC = 0xA0,      /* status, command tag */
    EG_MCUBOOT_ANS_READ_MEMORY = 0xA3,  /* status, byte count; data phase */
    EG_MCUBOOT_ANS_GET_PROPERTY = 0xA7, /* status, values */
    EG_MCUBOOT_ANS_READ_ONCE = 0xAF,    /* status, byte count, values */
    EG_MCUBOOT_ANS_EL2GO = 0xB6,        /* status, result, ... */
};

enum eg_mcuboot_property {
    EG_MCUBOOT_PROP_VERSION = 0x01,
    EG_MCUBOOT_PROP_COMMANDS = 0x07,
    EG_MCUBOOT_PROP_MAX_PACKET = 0x0B,
    EG_MCUBOOT_PROP_UNIQUE_ID = 0x12,
};

/** First parameter of EG_MCUBOOT_CMD_EL2GO. */
enum eg_mcuboot_el2go {
    EG_MCUBOOT_EL2GO_VERSION = 1,      /* no more parameters */
    EG_MCUBOOT_EL2GO_CLOSE_DEVICE = 2, /* address of the objects, dry run 0 or 1 */
    EG_MCUBOOT_EL2GO_BATCH = 3,        /* address, dry run, report address or 0xFFFFFFFF */
};

enum {
    EG_MCUBOOT_EL2GO_PASS = 0x5A5A5A5A,     /* result word of success */
    EG_MCUBOOT_STATUS_PENDING_JUMP = 10119, /* final status of receive-sb-file: success */
    EG_MCUBOOT_STATUS_PENDING_RESET = 10120,
};

/** CRC-16/XMODEM: polynomial 1021, start 0, nothing reflected. */
uint16_t eg_crc16_xmodem(struct eg_span data);

/** One frame; payload is empty but for COMMAND, DATA and PING_RESPONSE (version, options: 6). */
struct eg_mcuboot_frame {
    enum eg_mcuboot_frame_type type;
    struct eg_span payload;
};

/** Append a frame. WIRE_BAD_LENGTH in the writer: payload that the type does not take. */
void eg_mcuboot_frame_put(struct eg_writer *w, const struct eg_mcuboot_frame *frame);

/**
 * Look for one frame at the start of what was received so far.
 * Leading 00 ("not ready yet") are skipped; a bare A1 counts as an ACK whose 5A was lost.
 *
 * EG_OK: *out (borrows data) and *out_used, the bytes to drop. TRUNCATED: more bytes are needed;
 * *out_used are the 00 to drop. WIRE_BAD_FRAME: data starts with something else, or the frame is
 * longer than EG_MCUBOOT_PAYLOAD_MAX. WIRE_BAD_CRC. On an error *out_used is 1 more byte to drop
 * for who wants to find the next start.
 */
EG_MUST_USE eg_status eg_mcuboot_frame_decode(struct eg_span data, struct eg_mcuboot_frame *out,
                                              size_t *out_used);

/** What a ping is answered with; version as in 0x50010300 ('P', major, minor, bugfix). */
struct eg_mcuboot_ping {
    uint32_t version;
    uint16_t options;
};
void eg_mcuboot_ping_put(struct eg_writer *w, const struct eg_mcuboot_ping *ping);
/** From the payload of a PING_RESPONSE frame. WIRE_BAD_FRAME: *out is zero. */
EG_MUST_USE eg_status eg_mcuboot_ping_decode(const struct eg_mcuboot_frame *frame,
                                             struct eg_mcuboot_ping *out);

/** Payload of a COMMAND frame, in both directions. */
struct eg_mcuboot_packet {
    uint8_t tag;   /* enum eg_mcuboot_command or eg_mcuboot_answer */
    uint8_t flags; /* EG_MCUBOOT_FLAG_DATA */
    uint8_t count; /* of words; at most EG_MCUBOOT_WORDS_MAX */
    uint32_t words[EG_MCUBOOT_WORDS_MAX];
};

/** Append the packet as a whole COMMAND frame. WIRE_BAD_LENGTH: count too large. */
void eg_mcuboot_packet_put(struct eg_writer *w, const struct eg_mcuboot_packet *packet);
/** From the payload of a COMMAND frame; length and count must agree. WIRE_BAD_FRAME: *out zero. */
EG_MUST_USE eg_status eg_mcuboot_packet_decode(const struct eg_mcuboot_frame *frame,
                                               struct eg_mcuboot_packet *out);

#endif
