/* SPDX-License-Identifier: Apache-2.0 */
/* Aimed at: eg_mcuboot_frame_decode, eg_mcuboot_packet_decode, eg_mcuboot_ping_decode, fed like a
 * receive buffer. What is accepted must be encoded to the same bytes again. */
#include <stdlib.h>
#include <string.h>

#include "lib/wire/mcuboot_frame.h"
#include "tests/fuzz/fuzz.h"

static uint8_t room[2 * EG_MCUBOOT_PAYLOAD_MAX];

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void packet_again(const struct eg_mcuboot_frame *frame)
{
    struct eg_mcuboot_packet packet, back;
    struct eg_mcuboot_frame again;
    struct eg_writer w;
    size_t used;

    if (!eg_ok(eg_mcuboot_packet_decode(frame, &packet))) {
        return;
    }
    eg_writer_init(&w, room, sizeof(room));
    eg_mcuboot_packet_put(&w, &packet);
    require(eg_ok(w.status));
    require(eg_ok(eg_mcuboot_frame_decode(eg_writer_span(&w), &again, &used)));
    require(eg_ok(eg_mcuboot_packet_decode(&again, &back)));
    require(memcmp(&packet, &back, sizeof(packet)) == 0);
}

static void frame_again(const struct eg_mcuboot_frame *frame, struct eg_span raw)
{
    struct eg_writer w;

    eg_writer_init(&w, room, sizeof(room));
    eg_mcuboot_frame_put(&w, frame);
    require(eg_ok(w.status));
    /* raw may begin with 00 bytes, and a bare A1 stands for 5A A1 */
    require(w.len <= raw.len || frame->type == EG_MCUBOOT_ACK);
    if (w.len <= raw.len) {
        require(memcmp(raw.ptr + raw.len - w.len, room, w.len) == 0 ||
                frame->type == EG_MCUBOOT_ACK);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct eg_span rest = eg_span(data, size);

    for (;;) {
        struct eg_mcuboot_frame frame;
        struct eg_mcuboot_ping ping;
        size_t used;
        eg_status st = eg_mcuboot_frame_decode(rest, &frame, &used);

        require(used <= rest.len);
        if (eg_is(st, EG_E_TRUNCATED)) {
            return 0;
        }
        require(used > 0);
        if (eg_ok(st)) {
            frame_again(&frame, eg_span(rest.ptr, used));
            packet_again(&frame);
            require(eg_ok(eg_mcuboot_ping_decode(&frame, &ping)) ==
                    (frame.type == EG_MCUBOOT_PING_RESPONSE));
        }
        rest = eg_span(rest.ptr + used, rest.len - used);
    }
}
