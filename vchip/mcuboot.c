/* SPDX-License-Identifier: Apache-2.0 */
#include "vchip/mcuboot.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/secret.h"
#include "vchip/mcuboot_internal.h"
#include "vchip/memory.h"

void eg_mcuboot_init(struct eg_mcuboot *m, struct eg_part *part, eg_mcuboot_emit_fn emit,
                     void *context)
{
    *m = (struct eg_mcuboot){.part = part, .emit = emit, .context = context};
}

void eg_mb_end_phase(struct eg_mcuboot *m)
{
    if (m->data != NULL) {
        eg_wipe(m->data, m->len);
    }
    free(m->data);
    m->data = NULL;
    m->phase = EG_MB_IDLE;
}

void eg_mcuboot_drop(struct eg_mcuboot *m)
{
    eg_mb_end_phase(m);
    eg_frame_reset(&m->decoder);
}

void eg_mcuboot_cleanup(struct eg_mcuboot *m)
{
    eg_mb_end_phase(m);
    *m = (struct eg_mcuboot){0};
}

/* ---- sending -------------------------------------------------------------------------------- */

static void send_short(struct eg_mcuboot *m, enum eg_frame_type type)
{
    uint8_t room[2];
    struct eg_writer w;
    eg_writer_init(&w, room, sizeof(room));
    eg_frame_encode_short(&w, type);
    m->emit(m->context, eg_writer_span(&w));
}

static void send_ping_response(struct eg_mcuboot *m)
{
    uint8_t room[10];
    struct eg_writer w;
    eg_writer_init(&w, room, sizeof(room));
    eg_frame_encode_ping_response(&w);
    m->emit(m->context, eg_writer_span(&w));
}

static void send_frame(struct eg_mcuboot *m, enum eg_frame_type type, struct eg_span payload)
{
    uint8_t room[EG_FRAME_LEN_MAX];
    struct eg_writer w;
    eg_writer_init(&w, room, sizeof(room));
    eg_frame_encode(&w, type, payload);
    m->emit(m->context, eg_writer_span(&w));
}

static void send_reply(struct eg_mcuboot *m, const struct eg_mb_reply *reply)
{
    uint8_t room[4 + 4 + 4 * EG_MB_WORDS_MAX];
    struct eg_writer w;
    eg_writer_init(&w, room, sizeof(room));
    eg_writer_u8(&w, reply->tag);
    eg_writer_u8(&w, reply->data_follows ? 1 : 0);
    eg_writer_u8(&w, 0);
    eg_writer_u8(&w, (uint8_t)(1 + reply->count));
    eg_writer_le32(&w, reply->status);
    for (uint32_t i = 0; i < reply->count; i++) {
        eg_writer_le32(&w, reply->word[i]);
    }
    send_frame(m, EG_FRAME_COMMAND, eg_writer_span(&w));
}

static void send_generic(struct eg_mcuboot *m, uint8_t command, uint32_t status)
{
    struct eg_mb_reply reply = {
        .tag = EG_MB_RSP_GENERIC, .status = status, .word = {command}, .count = 1};
    send_reply(m, &reply);
}

/* ---- events --------------------------------------------------------------------------------- */

/* The power went while a command ran: nothing is said any more. */
static void lose_power(struct eg_mcuboot *m)
{
    eg_mcuboot_drop(m);
    eg_part_power_off(m->part);
}

bool eg_mb_request_read(struct eg_span payload, struct eg_mb_request *out)
{
    struct eg_reader r;
    eg_reader_init(&r, payload);
    *out = (struct eg_mb_request){.tag = eg_reader_u8(&r)};
    (void)eg_reader_u8(&r);
    (void)eg_reader_u8(&r);
    uint32_t count = eg_reader_u8(&r);
    for (uint32_t i = 0; i < count && i < EG_MB_PARAMS_MAX; i++) {
        out->param[i] = eg_reader_le32(&r);
    }
    out->count = count;
    return count <= EG_MB_PARAMS_MAX && eg_ok(eg_reader_finish(&r));
}

static void on_command(struct eg_mcuboot *m, struct eg_span payload)
{
    struct eg_mb_request request;
    eg_mb_end_phase(m);
    send_short(m, EG_FRAME_ACK);
    if (!eg_mb_request_read(payload, &request)) {
        send_generic(m, request.tag, EG_MB_INVALID_ARGUMENT);
        return;
    }
    struct eg_mb_reply reply = {
        .tag = EG_MB_RSP_GENERIC, .status = EG_MB_SUCCESS, .word = {request.tag}, .count = 1};
    if (!eg_ok(eg_mb_command(m, &request, &reply))) {
        lose_power(m);
        return;
    }
    if (reply.status != EG_MB_SUCCESS && reply.tag != EG_MB_RSP_PROPERTY) {
        send_generic(m, request.tag, reply.status);
        return;
    }
    send_reply(m, &reply);
    if (reply.reset) {
        eg_mcuboot_drop(m);
        eg_part_reset(m->part, false);
    }
}

static void finish_receiving(struct eg_mcuboot *m)
{
    uint32_t word;
    uint8_t command = m->command;
    eg_status st = eg_mb_received(m, &word);
    eg_mb_end_phase(m);
    if (!eg_ok(st)) {
        lose_power(m);
        return;
    }
    send_generic(m, command, word);
}

static void on_data(struct eg_mcuboot *m, struct eg_span payload)
{
    if (m->phase != EG_MB_RECEIVING) {
        send_short(m, EG_FRAME_NAK);
        return;
    }
    if (payload.len == 0 || payload.len > m->len - m->done) {
        uint8_t command = m->command;
        send_short(m, EG_FRAME_ACK);
        eg_mb_end_phase(m);
        send_generic(m, command, EG_MB_ABORT_DATA_PHASE);
        return;
    }
    if (m->data != NULL) {
        memcpy(m->data + m->done, payload.ptr, payload.len);
    }
    m->done += (uint32_t)payload.len;
    send_short(m, EG_FRAME_ACK);
    if (m->done == m->len) {
        finish_receiving(m);
    }
}

/* While sending, each ACK fetches the next data frame, the last one the final response. */
static void on_ack(struct eg_mcuboot *m)
{
    uint8_t room[EG_FRAME_PAYLOAD_MAX];
    if (m->phase != EG_MB_SENDING) {
        return;
    }
    uint32_t left = m->len - m->done;
    size_t step = left < sizeof(room) ? left : sizeof(room);
    if (step == 0) {
        eg_mb_end_phase(m);
        send_generic(m, m->command, EG_MB_SUCCESS);
        return;
    }
    if (!eg_ok(eg_memory_read(m->part, m->address + m->done, room, step))) {
        eg_mb_end_phase(m);
        send_generic(m, m->command, EG_MB_RANGE_INVALID);
        return;
    }
    m->done += (uint32_t)step;
    send_frame(m, EG_FRAME_DATA, eg_span(room, step));
}

static void on_event(struct eg_mcuboot *m, enum eg_frame_event event, struct eg_span payload)
{
    switch (event) {
    case EG_FRAME_GOT_PING:
        eg_mb_end_phase(m);
        send_ping_response(m);
        break;
    case EG_FRAME_GOT_COMMAND:
        on_command(m, payload);
        break;
    case EG_FRAME_GOT_DATA:
        on_data(m, payload);
        break;
    case EG_FRAME_GOT_ACK:
        on_ack(m);
        break;
    case EG_FRAME_GOT_NAK:
    case EG_FRAME_GOT_ABORT:
        eg_mb_end_phase(m);
        break;
    case EG_FRAME_BAD:
        send_short(m, EG_FRAME_NAK);
        break;
    case EG_FRAME_NOTHING:
        break;
    }
}

void eg_mcuboot_input(struct eg_mcuboot *m, struct eg_span bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        struct eg_span payload = eg_span(NULL, 0);
        if (!eg_part_in_isp(m->part)) {
            eg_mcuboot_drop(m);
            return;
        }
        on_event(m, eg_frame_feed(&m->decoder, bytes.ptr[i], &payload), payload);
    }
}
