/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One line, two ends: the same bytes through the host's reader of McuBoot frames
 * (lib/wire/mcuboot_frame.h) and through the chip's own (vchip/mcuboot_frame.h), frame by frame,
 * and what is in a command frame through both readers of packets. They agree but for `ends_differ`
 * and the number of parameters that a chip takes.
 *
 * An odd first byte asks for checksums to be put right beforehand: no input guesses them.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/wire/mcuboot_frame.h"
#include "tests/fuzz/fuzz.h"
#include "vchip/mcuboot_frame.h"
#include "vchip/mcuboot_internal.h"

enum {
    INPUT_MAX = 1 << 16,
};

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

/* What the chip made of the first bytes of some data. */
struct chip_view {
    enum eg_frame_event event; /* EG_FRAME_NOTHING: the data ended, or noise was dropped */
    size_t used;               /* bytes fed until then */
    struct eg_span payload;
};

static struct eg_frame_decoder decoder;

/* Feed a fresh decoder until it says something, drops what it has, or the data ends. */
static struct chip_view chip_reads(struct eg_span data)
{
    struct chip_view v = {EG_FRAME_NOTHING, 0, {NULL, 0}};

    eg_frame_reset(&decoder);
    while (v.used < data.len && v.event == EG_FRAME_NOTHING) {
        v.event = eg_frame_feed(&decoder, data.ptr[v.used++], &v.payload);
        if (decoder.len != v.used) {
            break;
        }
    }
    return v;
}

static bool is_long(struct eg_span data)
{
    return data.len >= 2 && (data.ptr[1] == EG_MCUBOOT_COMMAND || data.ptr[1] == EG_MCUBOOT_DATA);
}

/*
 * Where the two ends may differ, for data that begins with 5A: only a chip answers a ping, so no
 * chip reads such an answer; and a chip takes shorter frames than a host, as its property 0x0B
 * says.
 */
static bool ends_differ(struct eg_span data, const struct chip_view *v)
{
    if (data.len >= 2 && data.ptr[1] == EG_MCUBOOT_PING_RESPONSE) {
        require(v->event == EG_FRAME_NOTHING && v->used == 2);
        return true;
    }
    if (is_long(data) && data.len >= EG_FRAME_HEADER_LEN &&
        eg_load_le16(data.ptr + 2) > EG_FRAME_PAYLOAD_MAX) {
        require(v->event == EG_FRAME_BAD && v->used == EG_FRAME_HEADER_LEN);
        return true;
    }
    return false;
}

static enum eg_frame_event event_of(enum eg_mcuboot_frame_type type)
{
    switch (type) {
    case EG_MCUBOOT_ACK:
        return EG_FRAME_GOT_ACK;
    case EG_MCUBOOT_NAK:
        return EG_FRAME_GOT_NAK;
    case EG_MCUBOOT_ABORT:
        return EG_FRAME_GOT_ABORT;
    case EG_MCUBOOT_PING:
        return EG_FRAME_GOT_PING;
    case EG_MCUBOOT_COMMAND:
        return EG_FRAME_GOT_COMMAND;
    case EG_MCUBOOT_DATA:
        return EG_FRAME_GOT_DATA;
    case EG_MCUBOOT_PING_RESPONSE:
        break;
    }
    return EG_FRAME_NOTHING;
}

static void compare_packets(const struct eg_mcuboot_frame *frame)
{
    struct eg_mcuboot_packet packet;
    struct eg_mb_request request;
    bool host_takes = eg_ok(eg_mcuboot_packet_decode(frame, &packet));
    bool chip_takes = eg_mb_request_read(frame->payload, &request);

    require(chip_takes == (host_takes && packet.count <= EG_MB_PARAMS_MAX));
    if (chip_takes) {
        require(packet.tag == request.tag && packet.count == request.count);
        require(memcmp(packet.words, request.param, sizeof(request.param)) == 0);
    }
}

/* data begins with 5A. Returns the bytes that were dealt with. */
static size_t compare_frames(struct eg_span data)
{
    struct eg_mcuboot_frame frame;
    size_t used;
    eg_status st = eg_mcuboot_frame_decode(data, &frame, &used);
    struct chip_view v = chip_reads(data);

    if (ends_differ(data, &v)) {
        return eg_ok(st) ? used : v.used;
    }
    if (eg_ok(st)) {
        require(v.event == event_of(frame.type) && v.used == used);
        require(eg_span_equal(v.payload, frame.payload));
        if (frame.type == EG_MCUBOOT_COMMAND) {
            compare_packets(&frame);
        }
    } else if (eg_is(st, EG_E_TRUNCATED)) {
        require(v.event == EG_FRAME_NOTHING && v.used == data.len);
    } else if (eg_is(st, EG_E_WIRE_BAD_CRC)) {
        require(v.event == EG_FRAME_BAD);
    } else {
        require(v.event == EG_FRAME_NOTHING && v.used == 2); /* 5A and no type: noise to both */
    }
    return data.ptr[1 < data.len ? 1 : 0] == EG_MCUBOOT_START && v.used == 2 ? 1 : v.used;
}

/* Put the checksum of a long frame at the beginning of data right, when all of it is there. */
static void seal(uint8_t *data, size_t len)
{
    struct eg_span all = eg_span(data, len);

    if (!is_long(all) || len < EG_FRAME_HEADER_LEN) {
        return;
    }
    size_t payload_len = eg_load_le16(data + 2);
    if (payload_len <= len - EG_FRAME_HEADER_LEN) {
        uint16_t crc = eg_frame_crc(eg_frame_crc(0, eg_span(data, 4)),
                                    eg_span(data + EG_FRAME_HEADER_LEN, payload_len));
        data[4] = (uint8_t)crc;
        data[5] = (uint8_t)(crc >> 8);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t room[INPUT_MAX];

    if (size == 0 || size > sizeof(room)) {
        return 0;
    }
    memcpy(room, data, size);
    for (size_t at = 1; at < size;) {
        if (room[at] != EG_MCUBOOT_START) {
            at++; /* noise; how each end gets over it is in the unit tests of each */
            continue;
        }
        if ((room[0] & 1) != 0) {
            seal(room + at, size - at);
        }
        at += compare_frames(eg_span(room + at, size - at));
    }
    return 0;
}
